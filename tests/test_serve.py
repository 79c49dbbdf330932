"""The site while it is being written: edits are shown, mistakes are told, and the last good page stays."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from edits import OF_RECORDS, Edited
from host import chromium
from playwright.sync_api import Browser, Page, Route, expect
from project import KB, Project, copied, files

import kb.serve
from kb.build import build
from kb.graph import link
from kb.load import load
from kb.serve import Shown, _Work
from kb.start import start

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds before a test gives up waiting; none of it is spent when things work."""
PLACE, HOME = "data/places/ningbo.yaml", "docs/index.md"


class Served:
    """A running `kb serve`: what it says in the terminal, on its pages and on its stream of events."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.said = ""
        self._process = subprocess.Popen(
            [*KB, "serve", "--port", "0"], cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it serves, once it does."""
        return until(lambda: re.search(r"http://127\.0\.0\.1:\d+/", self.said))[0]

    def page(self, path: str) -> str:
        """A page as it is served now."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return without_time(answer.read().decode())

    def events(self) -> Iterator[dict[str, Any]]:
        """What a browser hears: how things stand, then every build."""
        with urllib.request.urlopen(self.address + "-/events", timeout=PATIENCE) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    @contextmanager
    def edited(self, file: str, old: str, new: str) -> Iterator[None]:
        """A file with an edit that is undone again."""
        self.project.edit(file, old, new)
        try:
            yield
        finally:
            self.project.edit(file, new, old)

    def stop(self) -> int:
        """End it as Ctrl-C would; returns its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.said += line


def without_time(page: str) -> str:
    """What a page is, but for when it was asked for."""
    return re.sub(r' data-(frame|version)="[^"]+"', "", page)


def until(found: Callable[[], T | None]) -> T:
    """What `found` finds, as soon as it does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if thing := found():
            return thing
        time.sleep(0.05)
    raise AssertionError(f"nothing after {PATIENCE:.0f} s")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(copied(tmp_path_factory.mktemp("served") / "project"))
    yield served
    served.stop()


@pytest.mark.parametrize(
    ("file", "old", "new", "path"),
    [
        (PLACE, "A Chinese port city", "A harbour city of China", "places/ningbo/"),
        (HOME, "## Open disputes", "## Disputes not settled", ""),
        ("kb/templates/colophon.html", "<li>Last changed", "<li>Changed at last", "places/ningbo/"),
        ("docs/places/_page.md", "## Statements", "## What is said of it", "places/ningbo/"),
        ("changes/2026-11-22.yaml", "First release: five documents", "Five documents to begin with", "changes/"),
    ],
    ids=["record", "page", "template", "page of a type", "release"],
)
def test_an_edit_is_shown(served: Served, file: str, old: str, new: str, path: str) -> None:
    shown = new.removeprefix("## ")
    assert shown not in served.page(path)
    with served.edited(file, old, new):
        until(lambda: shown in served.page(path))
    until(lambda: shown not in served.page(path))


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (PLACE, "kind: city", "kind: citty", PLACE + ":14:7: unknown-choice"),
        (HOME, 'dispute("ningbo-departure")', 'dispute("ningbo-depature")', "did you mean “ningbo-departure”?"),
        (HOME, "(disputes/index.md)", "(disputes/nowhere.md)", "disputes/nowhere.md"),
        ("kb/templates/colophon.html", "<li>Last changed with the review of", "<li>Last changed {{{", "colophon.html"),
    ],
    ids=["record", "macro", "link", "template"],
)
def test_a_mistake_is_told_until_it_is_mended(served: Served, file: str, old: str, new: str, told: str) -> None:
    events = served.events()
    assert next(events)["problems"] == ""
    before, heard = served.page("places/ningbo/"), len(served.said)
    with served.edited(file, old, new):
        while told not in (problems := next(events)["problems"]):
            assert problems == ""
        until(lambda: told in served.said[heard:])
        assert "Traceback" not in served.said[heard:]
        assert served.page("places/ningbo/") == before
    while next(events)["problems"]:
        pass
    assert served.page("places/ningbo/") == before


def test_editors_are_told_of_a_new_record(served: Served) -> None:
    until(lambda: served.address)
    ids = served.project.folder / "schema/ids.json"
    until(ids.is_file)
    assert '"newtown"' not in ids.read_text(encoding="utf-8")
    new = served.project.folder / "data/places/newtown.yaml"
    new.write_text(start("places", "2026-01-02"), encoding="utf-8")
    try:
        until(lambda: '"newtown"' in ids.read_text(encoding="utf-8"))
    finally:
        new.unlink()


def test_an_edit_during_the_first_build_is_shown(project: Project) -> None:
    served = Served(project)
    until(lambda: list(project.folder.glob("build/serve/*")))  # the records are read by now
    project.edit(PLACE, "A Chinese port city", "A harbour city of China")
    until(lambda: "A harbour city of China" in served.page("places/ningbo/"))
    assert served.stop() == 0, served.said
    assert "Traceback" not in served.said


def test_an_interruption_during_a_build_waits_for_it_and_ends_quietly(project: Project) -> None:
    served = Served(project)
    until(lambda: list(project.folder.glob("build/serve/*")))
    assert served.stop() == 0, served.said
    assert list(project.folder.glob("build/serve/*/frame.json"))
    assert "Traceback" not in served.said and "Error" not in served.said


def test_pages_listen_for_builds_and_unknown_addresses_are_told(served: Served) -> None:
    assert '<script src="/-/serve.js" defer></script>' in served.page("places/ningbo/")
    assert "EventSource" in served.page("-/serve.js")
    with pytest.raises(urllib.error.HTTPError) as missing:
        served.page("places/nowhere/")
    assert missing.value.code == 404


def test_a_busy_port_is_told(served: Served) -> None:
    port = served.address.split(":")[2].strip("/")
    done = served.project.kb("serve", "--port", port)
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr and "Traceback" not in done.stderr


# --- in a browser ------------------------------------------------------------------------------------------------------

OLD, NEW = "A Chinese port city", "A harbour city of China"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, served: Served) -> Iterator[Callable[[str], Page]]:
    """Opens a page that is served, and marks it: a page that was loaded again has no mark. In the end nothing may have gone wrong."""
    context, wrong = browser.new_context(reduced_motion="reduce"), list[str]()

    def open_page(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        with page.expect_response(lambda answer: answer.url.endswith("-/events")):
            page.goto(served.address + path)
        page.evaluate("window.mark = 'same'")
        return page

    yield open_page
    context.close()
    assert wrong == []


def same(page: Page) -> bool:
    """Whether a page has not been loaded again since it was opened."""
    return bool(page.evaluate("window.mark") == "same")


def test_an_edit_of_a_record_is_put_into_the_open_page_as_if_it_had_been_loaded_again(
    served: Served, opened: Callable[[str], Page]
) -> None:
    page = opened("places/ningbo/")
    for old, new in ((OLD, NEW), (NEW, "A port"), ("A port", OLD)):
        served.project.edit(PLACE, old, new)
        expect(page.locator("p.kb-lead")).to_contain_text(new)
        expect(page.locator(".kb-cite-page button")).to_have_count(1)
        assert page.locator("meta[name=description]").get_attribute("content").startswith(new)  # type: ignore[union-attr]
        fresh = opened("places/ningbo/")
        expect(fresh.locator(".kb-cite-page button")).to_have_count(1)
        assert without_time(page.content()) == without_time(fresh.content())
    assert same(page)
    page.locator(".kb-statement .kb-cite-button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_an_edit_between_loading_and_listening_is_not_missed(served: Served, opened: Callable[[str], Page]) -> None:
    page = opened("places/ningbo/")
    with ExitStack() as edits:

        def listen(route: Route) -> None:
            edits.enter_context(served.edited(PLACE, OLD, NEW))
            until(lambda: NEW in served.page("places/ningbo/"))
            route.continue_()

        page.route("**/-/serve.js", listen, times=1)
        page.reload()
        expect(page.locator("p.kb-lead")).to_contain_text(NEW)


def test_what_an_address_leads_to_stays_marked_and_the_reader_stays_where_they_are(
    served: Served, opened: Callable[[str], Page]
) -> None:
    statement = opened("places/ningbo/").locator(".kb-statement").first.get_attribute("id")
    page = opened(f"places/ningbo/#{statement}")
    page.set_viewport_size({"width": 900, "height": 300})
    assert page.evaluate("scrollTo(0, 120), scrollY") == 120
    with served.edited(PLACE, OLD, NEW):
        expect(page.locator("p.kb-lead")).to_contain_text(NEW)
        assert page.locator(":target").get_attribute("id") == statement
        assert page.evaluate("scrollY") == 120
    assert same(page)


def test_a_page_that_has_asked_for_more_is_loaded_again(served: Served, opened: Callable[[str], Page]) -> None:
    page = opened("views/statements/?place=ningbo")
    expect(page.locator(".kb-results tbody tr").first).to_be_visible()
    with served.edited(PLACE, "name: Ningbo", "name: Ningbo on the sea"):
        expect(page.locator(".kb-results").get_by_text("Ningbo on the sea").first).to_be_visible()
        assert not same(page)


def test_an_edit_of_a_template_loads_open_pages_again(served: Served, opened: Callable[[str], Page]) -> None:
    page = opened("places/ningbo/")
    with served.edited("kb/templates/colophon.html", "<li>Last changed", "<li>Changed at last"):
        expect(page.get_by_text("Changed at last")).to_be_visible()
        assert not same(page)


def test_a_mistake_lies_over_the_page_until_it_is_mended(served: Served, opened: Callable[[str], Page]) -> None:
    page = opened("places/ningbo/")
    with served.edited(PLACE, "kind: city", "kind: citty"):
        expect(page.get_by_role("alert")).to_contain_text("unknown-choice")
        expect(page.locator("p.kb-lead")).to_contain_text(OLD)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert same(page)


# --- every page that shows what was edited, without a browser ---------------------------------------------------------


class InProcess:
    """What `kb serve` would show of a made-up project."""

    def __init__(self, edited: Edited) -> None:
        self.edited = edited
        self.shown = Shown()
        self._work = _Work(edited.data, edited.folder / "docs", edited.folder / "frames", self.shown)
        self._work.begin()

    def take(self) -> None:
        """Save what was edited and have it shown."""
        self._work.take(self.edited.save())

    def wrong(self, clean: Mapping[str, bytes], others: Iterable[str] = ()) -> list[str]:
        """The paths at which it shows something other than a clean build has."""
        return sorted(path for path in {*clean, *others} if self.shown.file(path) != clean.get(path))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    monkeypatch.chdir(tmp_path)
    edited = Edited(tmp_path, 20, 9)
    monkeypatch.setattr(kb.serve, "frame_pages", edited.frame)
    monkeypatch.setattr(kb.serve, "stands", edited.framed)
    return InProcess(edited)


def clean(edited: Edited) -> Mapping[str, bytes]:
    """The files of a site built from nothing."""
    edited.frame(edited.folder / "frame")
    assert (
        build(link(load(edited.data)), edited.folder / "frame", edited.folder / "docs", edited.folder / "clean") == []
    )
    return files(edited.folder / "clean")


def test_after_40_random_edits_every_page_is_as_a_clean_build_has_it(work: InProcess) -> None:
    edited, seen, compared = work.edited, set(clean(work.edited)), 0
    assert work.wrong(clean(edited)) == []
    while len(edited.made) < 40 or edited.broken is not None:
        edited.edit(*OF_RECORDS, "page", "prose", "shell", "break")
        if len(edited.made) == 20:
            edited.vocabulary_edit()
        work.take()
        if edited.broken is not None:
            assert work.shown.problems or "macro" in edited.made[-1]
        elif len(edited.made) - compared >= 6 or len(edited.made) >= 40:
            assert work.shown.problems == ""
            wanted = clean(edited)
            assert work.wrong(wanted, seen) == [], f"after {'; '.join(edited.made[compared:])}"
            seen, compared = seen | set(wanted), len(edited.made)


def test_a_file_that_breaks_and_is_then_deleted_is_missed(work: InProcess) -> None:
    """While it cannot be read, what names it is no mistake; once it is gone, it is."""
    (path,) = (work.edited.data / "institutions").glob("*-institution-1.yaml")
    whole = path.read_text(encoding="utf-8")
    path.write_text("name: [", encoding="utf-8")
    work._work.take({path})
    assert "bad-yaml" in work.shown.problems and "unknown-record" not in work.shown.problems
    path.unlink()
    work._work.take({path})
    assert "unknown-record" in work.shown.problems
    path.write_text(whole, encoding="utf-8")
    work._work.take({path})
    assert work.shown.problems == ""


def test_what_is_told_of_a_missing_record_follows_what_is_there(work: InProcess) -> None:
    place, other = (sorted((work.edited.data / "places").glob("*.yaml"))[n] for n in (0, 1))
    place.unlink()
    work._work.take({place})
    assert f"no record “{place.stem}”" in work.shown.problems
    other.write_text(other.read_text(encoding="utf-8") + f"\nformer_ids: [{place.stem}]\n", encoding="utf-8")
    work._work.take({other})
    assert f"“{place.stem}” is now “{other.stem}”" in work.shown.problems
    assert f"no record “{place.stem}”" not in work.shown.problems


def test_the_page_of_a_record_comes_goes_and_moves_with_it(work: InProcess) -> None:
    edited, page = work.edited, "places/quay/index.html"
    assert work.shown.file(page) is None and work.shown.file("api/v1/places/quay.json") is None
    like = next(record for (type_, _), record in edited.records.items() if type_ == "places")
    edited.records["places", "quay"] = {**like, "name": "The quay"}
    work.take()
    assert b"The quay" in (work.shown.file(page) or b"")
    edited.records["places", "pier"] = {**edited.records.pop(("places", "quay")), "former_ids": ["quay"]}
    work.take()
    assert b"../../places/pier/" in (work.shown.file(page) or b"")
    assert b"The quay" in (work.shown.file("places/pier/index.html") or b"")
    del edited.records["places", "pier"]
    work.take()
    assert work.shown.file(page) is None and work.shown.file("places/pier/index.html") is None


def test_an_edit_during_a_break_is_shown_when_it_is_mended(work: InProcess) -> None:
    edited = work.edited
    (institution,) = (record for (_, id_), record in edited.records.items() if id_.endswith("-institution-1"))
    seen = {path for path in clean(edited) if institution["name"].encode() in (work.shown.file(path) or b"")}
    assert len(seen) > 5, "others show its name"
    edited.edit("break")
    while edited.made[-1].endswith("macro"):
        edited.edit()
        edited.edit("break")
    work.take()
    assert work.shown.problems
    edited.edit()
    (institution,) = (record for (_, id_), record in edited.records.items() if id_.endswith("-institution-1"))
    institution["name"] = "The new name"
    work.take()
    assert work.shown.problems == ""
    assert work.wrong(clean(edited)) == []
    assert sum(b"The new name" in (work.shown.file(path) or b"") for path in seen) > 5
