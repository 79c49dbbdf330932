"""What scripts add, in a real browser on the real site: the explorer, previews, and "Cite". And that nothing is lost without them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright
from project import Project

from kb import words
from kb.explorer import choices
from kb.graph import KnowledgeBase, Linked, link
from kb.load import load
from kb.model import Dispute
from kb.years import reaches, time_of

CANONICAL = "http://127.0.0.1:8000/"
"""Where the site says it is published; the tests serve it elsewhere."""
HOSTILE = '<img src=x onerror=alert(1)> 50% of {pay} & "more", #1_2 \\ ~ ^ $5 \u2019 é 노동자'
EXPLORER = "views/statements/"
DELAY = 250

Opened: TypeAlias = Callable[..., Page]
Json: TypeAlias = dict[str, Any]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(built: Project) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(built.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Opened]:
    """Opens a page of the site; in the end, nothing may have failed and nobody else have been asked."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(path: str, *, before: Callable[[Page], object] = lambda page: None, **context: Any) -> Page:
        contexts.append(browser.new_context(base_url=address, **context))
        page = contexts[-1].new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((address, "blob:", "data:")) else wrong.append(r.url))
        before(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def kb(built: Project) -> KnowledgeBase:
    return link(load(built.folder / "data"))


# --- the explorer ----------------------------------------------------------------------------------------------------


def found(page: Page) -> list[str]:
    """The statements that are shown, all of them, in their order."""
    more = page.get_by_role("button", name=re.compile(r"^Show \d+ more$"))
    while more.is_visible():
        more.click()
    hrefs = page.locator(".kb-results .kb-permalink").evaluate_all("links => links.map((link) => link.href)")
    return [ref_of(href) for href in hrefs]


def ref_of(href: str) -> str:
    """The statement an address leads to."""
    return re.sub(r".*/([^/]+)/#", r"\1#", href)


def form(page: Page) -> Locator:
    return page.get_by_role("form", name="Filter and sort the statements")


def ready(page: Page) -> Page:
    expect(page.locator(".kb-count")).to_contain_text("statements")
    expect(page.locator(".kb-results")).not_to_be_empty()
    return page


def test_the_explorer_shows_every_statement(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(EXPLORER))
    expect(page.get_by_role("status").filter(has_text="statements")).to_have_text(
        f"{len(kb.statements)} of {len(kb.statements)} statements"
    )
    assert page.locator(".kb-results tbody tr").count() == min(50, len(kb.statements))
    assert sorted(found(page)) == sorted(kb.statements)


def test_more_rows_come_when_asked_for_and_the_keyboard_goes_on_there(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(EXPLORER))
    assert len(kb.statements) > 50
    page.get_by_role("button", name=re.compile("^Show")).press("Enter")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 51


def test_no_link_of_a_row_has_the_address_of_this_host(opened: Opened) -> None:
    page = ready(opened(EXPLORER))
    written = page.locator(".kb-results a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert [href for href in written if not href.startswith("../../")] == []  # addresses of others are printed on paper


def expected(kb: KnowledgeBase, fits: Callable[[Linked], object]) -> list[str]:
    return sorted(ref for ref, linked in kb.statements.items() if fits(linked))


def about(linked: Linked) -> set[object]:
    """The places a statement is about, holds for or leads to."""
    return {linked.subject.id, linked.statement.qualifiers.place, getattr(linked.value, "id", None)}


def asked(kb: KnowledgeBase) -> Iterator[tuple[str, str, list[str]]]:
    """Every choice of every filter, with what it has to find."""
    offered = choices(kb)
    for name in offered.types:
        yield "type", name, expected(kb, lambda s, name=name: s.subject.type == name)  # type: ignore[misc]
    for id, _ in offered.properties:
        yield "property", id, expected(kb, lambda s, id=id: s.statement.property == id)  # type: ignore[misc]
    for place in offered.places:
        wanted = {place.place.id, *place.within}
        yield "place", place.place.id, expected(kb, lambda s, wanted=wanted: about(s) & wanted)  # type: ignore[misc]
    for year in offered.years:
        fits = lambda s, year=year: (time := time_of(s)) and reaches(time, year)  # noqa: E731
        yield "year", str(year), expected(kb, fits)
    yield "year", "undated", expected(kb, lambda s: time_of(s) is None)
    for choice in offered.sources:
        id = choice.source.id
        yield "source", id, expected(kb, lambda s, id=id: any(c.source.id == id for c in s.cites))  # type: ignore[misc]
        for voice in choice.voices:
            speaks = lambda s, voice=voice: any(c.voice is voice for c in s.cites)  # noqa: E731
            yield "voice", f"{id}#{voice.id}", expected(kb, speaks)
    for status in offered.statuses:
        yield "status", status, expected(kb, lambda s, status=status: s.status == status)  # type: ignore[misc]


CHOOSE = """([name, value]) => {
    const control = document.querySelector(`.kb-filters [name=${name}]`);
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    for (let more; (more = document.querySelector(".kb-results > button:not([hidden])")); ) more.click();
    control.value = "";
    return [...document.querySelectorAll(".kb-results .kb-permalink")].map((link) => link.href);
}"""
"""Makes one choice, reads everything that is shown, and leaves the control for the next; quick enough for all of them."""


def test_every_choice_of_every_filter_finds_what_fits_and_nothing_else(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(EXPLORER))
    offered = page.locator(".kb-filters select:not(#explore-sort) option:not([value=''])").count()
    checked = 0
    for name, value, refs in asked(kb):
        shown = sorted(map(ref_of, page.evaluate(CHOOSE, [name, value])))
        assert shown == refs, f"{name}={value}"
        assert refs, f"{name}={value} is offered and finds nothing"
        checked += 1
    assert checked == offered


def test_filters_hold_together(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("About", exact=True).select_option("policies")
    form(page).get_by_label("Status", exact=True).select_option("contested")
    form(page).get_by_label("May hold in", exact=True).select_option("2016")
    fits = expected(
        kb,
        lambda s: s.subject.type == "policies" and s.status == "contested" and (t := time_of(s)) and reaches(t, 2016),
    )
    assert fits
    assert sorted(found(page)) == fits


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("VLADIVOSTOK recruitment", "external-construction-bureau#recruitment-cut"),
        ("  recruitment-cut ", "external-construction-bureau#recruitment-cut"),
        ("réduced RECRUITMENT", "external-construction-bureau#recruitment-cut"),
    ],
)
def test_words_are_found_whatever_their_case_order_and_marks(opened: Opened, typed: str, ref: str) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("Words", exact=True).fill(typed)
    shown = found(page)
    assert ref in shown
    assert len(shown) < 100


def test_words_that_stand_nowhere_find_nothing_and_the_page_says_so(opened: Opened) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("Words", exact=True).fill("zeppelin")
    expect(page.locator(".kb-count")).to_contain_text("None of")
    assert found(page) == []
    expect(page.get_by_role("button", name="Download these as CSV")).to_be_disabled()
    form(page).get_by_role("button", name="Clear").click()
    assert found(page)


@pytest.mark.parametrize("order", ["earliest", "latest"])
def test_statements_are_ordered_by_time_undated_last(opened: Opened, kb: KnowledgeBase, order: str) -> None:
    page = ready(opened(f"{EXPLORER}?sort={order}"))
    times = [time_of(kb.statements[ref]) for ref in found(page)]
    dated = [time for time in times if time]
    assert times[: len(dated)] == dated
    firsts = [time.lower or time.upper for time in dated]
    assert firsts == sorted(firsts, key=lambda day: day or (0, 0, 0), reverse=order == "latest")


def test_statements_are_ordered_by_independent_origins(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("Order", exact=True).select_option("origins")
    counts = [len(kb.statements[ref].origins) for ref in found(page)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_the_address_keeps_what_is_asked_for(opened: Opened, address: str) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("Place", exact=True).select_option("china")
    assert page.url == f"{address}{EXPLORER}?place=china"
    form(page).get_by_label("Words", exact=True).press_sequentially("restaurant")
    assert page.url == f"{address}{EXPLORER}?q=restaurant&place=china"
    shown = found(page)
    assert shown
    again = ready(opened(page.url.removeprefix(address)))
    assert form(again).get_by_label("Place", exact=True).input_value() == "china"
    assert found(again) == shown


def test_the_back_button_goes_back_and_forward_forward(opened: Opened, address: str) -> None:
    page = ready(opened(EXPLORER))
    form(page).get_by_label("Status", exact=True).select_option("contested")
    contested = found(page)
    form(page).get_by_label("Words", exact=True).press_sequentially("ningbo")
    both = found(page)
    assert both != contested
    page.go_back()  # over all that was typed at once
    assert page.url == f"{address}{EXPLORER}?status=contested"
    assert form(page).get_by_label("Words", exact=True).input_value() == ""
    assert found(page) == contested
    page.go_back()
    assert page.url == f"{address}{EXPLORER}"
    assert form(page).get_by_label("Status", exact=True).input_value() == ""
    page.go_forward()
    assert found(page) == contested


def test_an_address_that_asks_for_what_is_not_there_shows_everything(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(f"{EXPLORER}?place=atlantis&year=1066&colour=red"))
    assert len(found(page)) == len(kb.statements)
    assert form(page).locator("select").evaluate_all("selects => selects.every((s) => s.selectedIndex === 0)")


def downloaded(page: Page) -> tuple[str, list[dict[str, str]]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these as CSV").click()
    text = download.value.path().read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    return text, list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def test_what_is_shown_can_be_taken_away_as_csv(opened: Opened, kb: KnowledgeBase) -> None:
    page = ready(opened(f"{EXPLORER}?source=rfa-2017-07-19&sort=latest"))
    shown = found(page)
    text, rows = downloaded(page)
    assert [row["id"] for row in rows] == shown
    assert text.count("\r\n") == text.count("\n") == len(shown) + 1
    for row in rows:
        linked = kb.statements[row["id"]]
        assert row["address"] == f"{CANONICAL}{linked.subject.type}/{linked.subject.id}/#{linked.statement.id}"
        assert row["value"] == words.unlinked(words.value(linked.value), kb)
        assert row["status"] == linked.status
        assert f"{CANONICAL}sources/rfa-2017-07-19/#paragraph-" in row["citation addresses"]
        assert len(row["citation addresses"].split()) == len({(c.source.id, c.citation.at) for c in linked.cites})


def altered(change: Callable[[list[Json]], None]) -> Callable[[Page], object]:
    """Has the site give other statements."""

    def answer(route: Route) -> None:
        statements = route.fetch().json()
        change(statements)
        route.fulfill(json=statements)

    return lambda page: page.route("**/statements.json", answer)


def test_csv_keeps_every_sign_and_starts_no_formula(opened: Opened) -> None:
    def change(statements: list[Json]) -> None:
        del statements[3:]
        statements[0]["words"]["value"] = 'said "no",\r\nthen left'
        statements[1]["words"]["value"] = "=HYPERLINK(1)"
        statements[2]["note"] = HOSTILE

    text, rows = downloaded(ready(opened(EXPLORER, before=altered(change))))
    values = {row["value"] for row in rows}
    assert {'said "no",\r\nthen left', "'=HYPERLINK(1)"} <= values
    assert HOSTILE in {row["note"] for row in rows}
    assert '"said ""no"",' in text


def test_data_never_becomes_html_in_the_explorer(opened: Opened) -> None:
    def change(statements: list[Json]) -> None:
        for statement in statements:
            statement["words"] |= dict.fromkeys(("subject", "property", "value", "time", "sector"), HOSTILE)
            for cite in statement["cites"]:
                cite["says"] = HOSTILE

    page = ready(opened(EXPLORER, before=altered(change)))
    assert page.locator(".kb-results img").count() == 0
    expect(page.locator(".kb-results tbody th").first).to_have_text(HOSTILE)
    assert page.locator(".kb-results tbody th [lang=ko]").first.inner_text() == "노동자"


def test_a_row_says_what_its_statement_says(opened: Opened, kb: KnowledgeBase) -> None:
    ref = "external-construction-bureau#recruitment-cut"
    linked = kb.statements[ref]
    page = ready(opened(f"{EXPLORER}?q=recruitment-cut"))
    row = page.get_by_role("row").filter(has=page.locator(f"a[href$='{ref.replace('#', '/#')}']"))
    assert row.get_by_role("rowheader").inner_text() == linked.subject.caption
    time = linked.statement.qualifiers.time
    assert time
    for text in (linked.declared.label, words.value(linked.value), time.words, linked.status):
        expect(row).to_contain_text(text)
    for cite in linked.cites:
        expect(row).to_contain_text(cite.says)
        expect(row.get_by_role("link", name=words.place(cite)).first).to_be_visible()


def test_where_the_statements_do_not_come_the_lists_are_there(browser: Browser, address: str) -> None:
    page = browser.new_page(base_url=address)
    page.route("**/statements.json", lambda route: route.abort())
    page.goto(EXPLORER)
    expect(page.locator(".kb-count")).to_contain_text("could not be loaded")
    expect(page.locator(".kb-filters")).to_be_hidden()
    expect(page.locator(".kb-links a").first).to_be_visible()
    page.close()


def test_without_scripts_the_explorer_leads_to_every_statement(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened(EXPLORER, java_script_enabled=False)
    expect(page.locator(".kb-filters")).to_be_hidden()
    page.get_by_role("link", name="No date given").click()
    page.wait_for_url("**/views/years/#undated")
    listed = page.locator(".kb-said .kb-permalink").evaluate_all("links => links.map((link) => link.href)")
    assert len(listed) == len(set(listed)) == len(kb.statements)


@pytest.mark.parametrize("width", [1440, 768, 375])
def test_nothing_stands_over_the_edge(opened: Opened, width: int) -> None:
    for path in (EXPLORER, "views/years/"):
        page = opened(path, viewport={"width": width, "height": 900})
        if path == EXPLORER:
            ready(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_scripts_and_explorer_stay_light(built: Project) -> None:
    def weight(*names: str) -> int:
        return sum(len(gzip.compress((built.site / name).read_bytes(), 9)) for name in names)

    scripts = [f"assets/{name}.js" for name in ("element", "explorer", "preview", "cite")]
    assert weight(*scripts) < 12_000
    theme = [path.relative_to(built.site).as_posix() for path in built.site.glob("assets/**/*.css")]
    assert weight(*scripts, *theme, f"{EXPLORER}index.html", "api/v1/statements.json") < 350_000


# --- previews --------------------------------------------------------------------------------------------------------


def card(page: Page) -> Locator:
    return page.get_by_role("tooltip")


def record_link(page: Page) -> Locator:
    """A link to another record: the first value of a statement that is one."""
    return page.locator(".kb-statement .kb-value > a[href*='/']:not(.kb-permalink)").first


BUREAU = "institutions/external-construction-bureau/"


def standing_still(opened: Opened) -> Page:
    """The bureau's page, where time passes only when told to."""
    page = opened(BUREAU, before=lambda page: page.clock.install(time=datetime(2026, 1, 1)))
    page.clock.pause_at(datetime(2026, 1, 2))
    return page


def asks(page: Page) -> list[str]:
    """Every record that is asked for from now on."""
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url) if "/api/v1/" in request.url else None)
    return heard


def test_a_link_shows_what_is_behind_it(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened(BUREAU)
    link = record_link(page)
    link.hover()
    expect(card(page)).to_be_visible()
    record = kb.records["russia"]
    for text in (record.caption, "place, country", words.unlinked(record.summary, kb)):
        expect(card(page)).to_contain_text(text)
    assert link.get_attribute("aria-describedby") == card(page).get_attribute("id")
    link.click()
    expect(page).to_have_url(re.compile("/places/russia/$"))


def test_a_preview_tells_the_status_of_a_dispute_and_the_grade_of_a_source(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened(BUREAU)
    page.locator(".kb-dispute-link").first.hover()
    dispute = kb.records["who-may-be-recruited"]
    assert isinstance(dispute, Dispute)
    expect(card(page)).to_contain_text(words.standing(dispute))
    page.locator(".kb-sources a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(card(page)).to_contain_text(words.standing(kb.records["rfa-2017-07-19"]))


def test_a_link_that_is_left_early_asks_for_nothing(opened: Opened) -> None:
    page = standing_still(opened)
    heard = asks(page)
    record_link(page).hover()
    page.clock.run_for(DELAY - 10)
    page.mouse.move(1, 1)
    page.clock.run_for(10 * DELAY)
    assert heard == []
    expect(card(page)).to_have_count(0)


def test_what_was_asked_for_and_is_no_longer_wanted_is_given_up(opened: Opened) -> None:
    page = standing_still(opened)
    page.route("**/api/v1/**", lambda route: None)  # never answered
    with page.expect_request("**/api/v1/**") as request:
        record_link(page).hover()
        page.clock.run_for(DELAY)
    with page.expect_event("requestfailed") as failed:
        page.mouse.move(1, 1)
        page.clock.run_for(10)
    assert failed.value == request.value


def test_a_record_is_asked_for_once(opened: Opened) -> None:
    page = opened(BUREAU)
    heard = asks(page)
    for _ in range(3):
        record_link(page).hover()
        expect(card(page)).to_be_visible()
        page.mouse.move(1, 1)
        expect(card(page)).to_be_hidden()
    assert len(heard) == 1


def test_escape_takes_the_preview_away_and_the_pointer_may_rest_on_it(opened: Opened) -> None:
    page = opened(BUREAU)
    link = record_link(page)
    link.hover()
    expect(card(page)).to_be_visible()
    box, under = link.bounding_box(), card(page).bounding_box()
    assert box
    assert under
    page.mouse.move(box["x"] + 5, under["y"] - 2)  # between them, where neither is
    page.mouse.move(box["x"] + 5, under["y"] + 10)
    page.wait_for_timeout(2 * DELAY)
    expect(card(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    assert link.get_attribute("aria-describedby") is None


def test_a_citation_mark_shows_source_paragraph_voice_and_grade(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened(BUREAU)
    heard = asks(page)
    mark = page.locator("#recruitment-cut .kb-cite a").first
    mark.hover()
    (cite,) = kb.statements["external-construction-bureau#recruitment-cut"].cites
    assert cite.voice
    grade = cite.source.reliability.grade
    for text in (cite.source.caption, words.place(cite), cite.voice.description, grade, words.RELIABILITY[grade]):
        expect(card(page)).to_contain_text(text)
    assert heard == []  # it is all on the page


def test_a_mark_for_several_places_shows_all_of_them(opened: Opened, kb: KnowledgeBase, built: Project) -> None:
    drawn = re.compile(r'<a href="#cite-(\d+)"[^>]*>\[\d+\]</a>–<a href="#cite-(\d+)"')
    pages = (path for path in sorted(built.site.glob("*/*/index.html")) if drawn.search(path.read_text("utf-8")))
    path = next(pages)
    run = drawn.search(path.read_text("utf-8"))
    assert run
    first, last = int(run[1]), int(run[2])
    page = opened(path.relative_to(built.site).as_posix())
    later = page.locator(f".kb-cite a[href='#cite-{first}'] + a[href='#cite-{last}']").first
    for mark in (later, later.locator("xpath=preceding-sibling::a[1]")):
        mark.hover()
        for number in range(first, last + 1):
            expect(card(page)).to_contain_text(f"[{number}]")
        page.mouse.move(1, 1)
        expect(card(page)).to_be_hidden()


def test_data_never_becomes_html_in_a_preview(opened: Opened) -> None:
    def answer(route: Route) -> None:
        record = route.fetch().json()
        route.fulfill(json=record | {"caption": HOSTILE, "words": {"kind": HOSTILE, "summary": HOSTILE}})

    page = opened(BUREAU, before=lambda page: page.route("**/api/v1/places/*", answer))
    record_link(page).hover()
    expect(card(page)).to_contain_text(HOSTILE)
    assert card(page).locator("img").count() == 0


def test_a_device_without_hover_gets_plain_links(opened: Opened) -> None:
    page = opened(BUREAU, has_touch=True, is_mobile=True)
    heard = asks(page)
    record_link(page).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.wait_for_timeout(2 * DELAY)
    assert heard == []
    record_link(page).tap()
    expect(page).to_have_url(re.compile("/places/russia/$"))


# --- cite ------------------------------------------------------------------------------------------------------------

_FIELD = re.compile(r"\s*([a-z]+)\s*=\s*")
_SIGNS = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}


def bibtex(text: str) -> tuple[str, str, dict[str, str]]:
    """Type, key and fields of one BibTeX entry; anything that is no BibTeX fails."""
    head = re.match(r"@([a-z]+)\{([^\s,{}#%~\\\"']+),", text)
    assert head
    fields: dict[str, str] = {}
    at = head.end()
    while (name := _FIELD.match(text, at)) is not None:
        at = name.end()
        if text[at] == "{":
            end, depth = at, 0
            while True:
                depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
                end += 1
                if depth == 0:
                    break
            fields[name[1]], at = text[at + 1 : end - 1], end
        else:
            word = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d+").match(text, at)
            assert word
            fields[name[1]], at = word[0], word.end()
        assert text[at] == ","
        at += 1
    assert text[at:].strip() == "}"
    return head[1], head[2], fields


def untexed(field: str) -> str:
    """The text a BibTeX field stands for; a sign with a meaning of its own has to be escaped."""
    text = field.removeprefix("{").removesuffix("}")
    for written, sign in _SIGNS.items():
        text = text.replace(written, f"\0{ord(sign)}\0")
    assert not re.search(r"(?<!\\)[{}%&$#_~^]", text)
    text = re.sub(r"\\([{}%&$#_])", r"\1", text)
    return re.sub(r"\0(\d+)\0", lambda m: chr(int(m[1])), text)


def ris(text: str) -> dict[str, str]:
    """The fields of one RIS reference."""
    assert text.endswith("ER  - \r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    for line in lines:
        assert re.fullmatch(r"[A-Z][A-Z0-9]  - [^\r\n]*", line), line
    assert lines[0].startswith("TY  - ")
    tags = [line[:2] for line in lines]
    assert len(tags) == len(set(tags))
    return {line[:2]: line[6:] for line in lines}


def csl(text: str) -> Json:
    """The one item of a CSL-JSON list, of which every part has the type the CSL schema asks for."""
    (item,) = json.loads(text)
    assert item.keys() <= {"id", "type", "title", "container-title", "URL", "issued", "accessed"}
    assert item["type"] == "webpage"
    for key in ("id", "title", "container-title", "URL"):
        assert isinstance(item[key], str)
    for key in {"issued", "accessed"} & item.keys():
        (parts,) = item[key]["date-parts"]
        assert 1 <= len(parts) <= 3
        assert all(type(part) is int for part in parts)
    return dict(item)


def made(page: Page, **given: str) -> dict[str, str]:
    """What the script makes of something to cite."""
    item = {
        "title": "Northport", "site": "Sent Abroad", "url": f"{CANONICAL}places/northport/#berths",
        "reviewed": "2026-01-02", "accessed": "2026-11-23", **given,
    }  # fmt: skip
    call = "(item) => import('/assets/cite.js').then((cite) => cite.formats(item))"
    return dict(page.evaluate(call, item))


@pytest.mark.parametrize("title", ["Northport", HOSTILE, "}{", "a\\b", "100%"])
def test_every_format_gives_the_title_back(opened: Opened, title: str) -> None:
    formats = made(opened("404.html"), title=title)
    assert untexed(bibtex(formats["BibTeX"])[2]["title"].removeprefix("{").removesuffix("}")) == title
    assert ris(formats["RIS"])["TI"] == title
    assert csl(formats["CSL-JSON"])["title"] == title
    assert f"“{title}”" in formats["Text"]


def test_every_format_has_site_address_and_dates(opened: Opened) -> None:
    formats = made(opened("404.html"))
    url = f"{CANONICAL}places/northport/#berths"
    kind, key, fields = bibtex(formats["BibTeX"])
    assert (kind, key) == ("misc", "sent-abroad-places-northport-berths")
    assert fields == {
        "title": "{Northport}", "organization": "{Sent Abroad}", "year": "2026", "month": "jan",
        "note": "Reviewed 2 January 2026, accessed 23 November 2026", "url": url, "urldate": "2026-11-23",
    }  # fmt: skip
    assert ris(formats["RIS"]) == {
        "TY": "ELEC", "ID": key, "TI": "Northport", "T2": "Sent Abroad", "PY": "2026", "DA": "2026/01/02/",
        "Y2": "2026/11/23/", "UR": url, "ER": "",
    }  # fmt: skip
    assert csl(formats["CSL-JSON"]) == {
        "id": key, "type": "webpage", "title": "Northport", "container-title": "Sent Abroad", "URL": url,
        "issued": {"date-parts": [[2026, 1, 2]]}, "accessed": {"date-parts": [[2026, 11, 23]]},
    }  # fmt: skip
    assert formats["Text"] == (f"“Northport”, Sent Abroad, reviewed 2 January 2026, {url}, accessed 23 November 2026")


@pytest.mark.parametrize(
    ("reviewed", "year", "month", "day", "ris_date"),
    [("2026", "2026", None, [2026], "2026///"), ("2026-03~", "2026", "mar", [2026, 3], "2026/03//"), ("2026-21", "2026", None, [2026], "2026///")],
)  # fmt: skip
def test_a_review_without_a_day_stays_without_one(
    opened: Opened, reviewed: str, year: str, month: str | None, day: list[int], ris_date: str
) -> None:
    formats = made(opened("404.html"), reviewed=reviewed)
    fields = bibtex(formats["BibTeX"])[2]
    assert (fields["year"], fields.get("month")) == (year, month)
    assert ris(formats["RIS"])["DA"] == ris_date
    assert csl(formats["CSL-JSON"])["issued"] == {"date-parts": [day]}


def read_dialog(page: Page, form: str = "Text") -> str:
    dialog = page.get_by_role("dialog", name=re.compile("^Cite"))
    dialog.get_by_label(form, exact=True).check()
    return str(dialog.locator("pre").text_content())


def test_a_statement_is_cited_at_its_published_address(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened(BUREAU, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#recruitment-cut").get_by_role("button", name="Cite").click()
    linked = kb.statements["external-construction-bureau#recruitment-cut"]
    text = read_dialog(page)
    assert f"“{linked.sentence}”" in text
    assert f"{CANONICAL}{BUREAU}#recruitment-cut" in text
    item = csl(read_dialog(page, "CSL-JSON"))
    assert item["container-title"] == "Sent Abroad"
    assert item["accessed"] == {"date-parts": [[date.today().year, date.today().month, date.today().day]]}
    page.get_by_role("button", name="Copy CSL-JSON").click()
    expect(page.get_by_role("dialog").get_by_text("Copied")).to_be_visible()
    assert csl(page.evaluate("navigator.clipboard.readText()")) == item


def test_a_statement_shown_on_another_page_is_cited_where_it_stands(opened: Opened, kb: KnowledgeBase) -> None:
    page = opened("sources/rfa-2017-07-19/")
    statement = page.locator(".kb-statement").filter(has=page.locator("a[href$='bureau/#recruitment-cut']")).first
    statement.get_by_role("button", name="Cite").click()
    assert f"{CANONICAL}{BUREAU}#recruitment-cut" in read_dialog(page)


@pytest.mark.parametrize("path", [BUREAU, "", "views/map/"])
def test_a_page_is_cited_as_it_was_printed(opened: Opened, path: str) -> None:
    page = opened(path)
    page.get_by_text("Cite this page").click()
    printed = page.locator(".kb-cite-page p").inner_text()
    page.locator(".kb-cite-page").get_by_role("button").click()
    text = read_dialog(page)
    assert text.startswith(f"{printed}, accessed ")
    assert CANONICAL + path in text
    item = csl(read_dialog(page, "CSL-JSON"))
    assert item["title"] == page.locator("h1").evaluate("heading => heading.firstChild.data.trim()")
    assert item["issued"]["date-parts"][0]


def test_the_dialog_works_by_keyboard_alone(opened: Opened) -> None:
    page = opened(BUREAU)
    button = page.locator("#recruitment-cut").get_by_role("button", name="Cite")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cite this statement")
    expect(dialog).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("button", name="Copy BibTeX")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_without_scripts_the_citation_is_printed_and_no_button_is_dead(opened: Opened) -> None:
    page = opened(BUREAU, java_script_enabled=False)
    assert page.locator(".kb-cite-button").count() == 0
    page.get_by_text("Cite this page").click()
    expect(page.locator(".kb-cite-page p")).to_contain_text(CANONICAL + BUREAU)
