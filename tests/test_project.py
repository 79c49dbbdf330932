"""A build after any edits, breaks and accidents leaves what a build from nothing would."""

from __future__ import annotations

import fcntl
import os
import pkgutil
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from edits import OF_RECORDS, Edited
from project import files

import kb.build
import kb.project
from kb.build import WHOLE, Outcome, Shard, build
from kb.graph import link
from kb.load import load
from kb.parts import Parts
from kb.problems import errors
from kb.spread import spread

RARE = ("vocabulary", "shell", "lineage", "page_away")
SEED = 6
Ways = list[tuple[Callable[[], object], Mapping[str, bytes]]]


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edited:
    """A made-up project in the working folder, with frames made without MkDocs."""
    monkeypatch.chdir(tmp_path)
    made = Edited(tmp_path, 20, SEED)
    monkeypatch.setattr(kb.project, "frame_pages", made.frame)
    return made


def built(shard: Shard = WHOLE, site: str = "site", workers: int = 1) -> Outcome:
    """What `kb build` does."""
    return kb.project.built(Path("data"), Path(site), shard=shard, workers=workers)


def clean(edited: Edited) -> Mapping[str, bytes]:
    """The files of a site built from nothing."""
    edited.frame(kb.project.FRAME)
    target = edited.folder / "clean"
    assert build(link(load(edited.data)), kb.project.FRAME, Path("docs"), target) == []
    return files(target)


def assert_right(edited: Edited, since: str = "") -> None:
    """The site is what a build from nothing makes."""
    wanted, found = clean(edited), files(edited.site)
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    assert not wrong, f"not as a clean build makes them: {wrong[:8]}, {len(wrong)} in all, after {since}"


def test_after_300_random_edits_the_site_is_what_a_clean_build_makes(edited: Edited) -> None:
    built()
    compared = 0
    while len(edited.made) < 300:
        before = len(edited.made)
        kinds = [edited.edit()] if edited.broken is not None else []
        kinds += [edited.edit() for _ in range(edited.chance.randint(1, 6)) if edited.broken is None]
        if before // 120 < len(edited.made) // 120 and edited.broken is None:
            kinds.append(edited.vocabulary_edit())
        edited.save()
        site = files(edited.site) if edited.broken else {}
        outcome = built()
        since = "; ".join(edited.made[compared:])
        if edited.broken is not None:
            assert errors(outcome.problems), f"nothing was told after {since}"
            assert files(edited.site) == site, f"a build that is stopped changed the site after {since}"
            continue
        assert not errors(outcome.problems), f"{outcome.problems[0]} after {since}"
        if len(edited.made) - compared >= 15 or not {*RARE}.isdisjoint(kinds):
            assert_right(edited, since)
            compared = len(edited.made)
    if edited.broken is not None:
        edited.edit()
        edited.save()
        built()
    assert_right(edited, "; ".join(edited.made[compared:]))


# --- builds that are broken off ---------------------------------------------------------------------------------------


def started(work: Callable[[], object]) -> int:
    """A copy of this process, the first of a group of its own, that does the work and ends; its id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            work()
            code = 0
        finally:
            os._exit(code)
    with suppress(PermissionError, ProcessLookupError):  # it may have done so, or be gone
        os.setpgid(child, child)
    return child


def living(group: int) -> list[int]:
    """The processes of a group that are not gone."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            if int(of) == group and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


def locked() -> bool:
    """Whether a build works in this folder."""
    waited = []
    with Path("build/lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited.append(True)
    return bool(waited)


@pytest.fixture
def two_ways(edited: Edited, monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Two states of the data: what leads to each, and its site. Builds use several processes."""
    monkeypatch.setattr(kb.build, "_WORTH", 2)
    monkeypatch.setattr(kb.build, "_PIECE", 2)
    ways: Ways = []
    for n in range(2):
        if n:
            for _ in range(12):
                edited.edit(*(kind for kind in OF_RECORDS if kind != "touch"))
            edited.save()
        shutil.copytree(edited.data, edited.folder / f"data-{n}")
        shutil.copytree(edited.folder / "docs", edited.folder / f"docs-{n}")
        wanted = clean(edited)
        shutil.copytree(kb.project.FRAME, edited.folder / f"frame-{n}")

        def go(n: int = n) -> None:
            for name, target in (("data", "data"), ("docs", "docs"), ("frame", "build/frame")):
                shutil.rmtree(target)
                shutil.copytree(f"{name}-{n}", target)

        ways.append((go, wanted))
    monkeypatch.setattr(kb.project, "frame_pages", lambda frame: None)
    return ways


def alone_built(**options: Any) -> None:
    """What `kb build` does, with the lock."""
    with kb.project.alone(lambda: None):
        built(**options)


def test_a_build_killed_at_30_random_moments_is_followed_by_a_right_one(two_ways: Ways, edited: Edited) -> None:
    chance = random.Random(SEED)
    begun = time.monotonic()
    os.waitpid(started(lambda: alone_built(workers=2)), 0)
    takes = time.monotonic() - begun
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    killed = 0
    for n in range(30):
        two_ways[n % 2][0]()
        child = started(lambda: alone_built(workers=2))
        signal.sigtimedwait({signal.SIGCHLD}, chance.uniform(0, takes))
        os.killpg(child, signal.SIGKILL) if living(child) else None
        killed += os.waitpid(child, 0)[1] == signal.SIGKILL
        signal.sigtimedwait({signal.SIGCHLD}, 0)
        while living(child):  # the others of the group are going
            os.sched_yield()
        assert not locked()
        go, wanted = two_ways[(n + n // 2) % 2]  # on as before, or back
        go()
        alone_built()
        assert files(edited.site) == wanted, f"after the moment {n}"
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    assert killed > 10


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize(
    ("where", "time"),
    [("kb.store.write", 1), ("os.replace", 1), ("os.replace", 9), ("pathlib.Path.unlink", 2), ("kb.store._put", 3)],
)
def test_a_build_killed_while_it_puts_files_in_their_place_is_followed_by_a_right_one(
    two_ways: Ways, edited: Edited, monkeypatch: pytest.MonkeyPatch, where: str, time: int, back: bool
) -> None:
    two_ways[0][0]()
    alone_built()
    assert files(edited.site) == two_ways[0][1]
    two_ways[1][0]()

    def build_and_die() -> None:
        times = iter(range(1, time + 1))
        real = pkgutil.resolve_name(where)

        def dies(*args: Any, **options: Any) -> Any:
            if next(times) == time:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        monkeypatch.setattr(where, dies)
        alone_built()

    child = started(build_and_die)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    go, wanted = two_ways[not back]
    go()
    alone_built()
    assert files(edited.site) == wanted
    assert sorted(path.name for path in edited.folder.glob(".*")) == []


def test_when_a_build_is_killed_alone_the_processes_it_started_end(two_ways: Ways) -> None:
    (told, tells), parent = os.pipe(), os.getpid()

    def build_and_die() -> None:
        real = Parts.files_of

        def dies(self: Parts, part: str) -> Any:
            if os.getpgid(0) != os.getpid() and os.getpid() != parent:
                os.write(tells, b".")
            return real(self, part)

        Parts.files_of = dies  # type: ignore[method-assign]
        alone_built(workers=2)

    child = started(build_and_die)
    assert os.read(told, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(tells)
    while os.read(told, 100):  # ends when nobody is left who could tell
        pass
    while living(child):
        os.sched_yield()
    assert not locked()


# --- by several, and in shares ----------------------------------------------------------------------------------------


def test_several_workers_make_what_one_does(edited: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = clean(edited)
    for module, name in (("build", "_WORTH"), ("build", "_PIECE"), ("project", "_PIECE")):
        monkeypatch.setattr(f"kb.{module}.{name}", 2)
    hands: list[int] = []

    def noted(pieces: int, work: Callable[[int], Any], workers: int, *rest: Any) -> Iterator[Any]:
        hands.append(workers)
        return spread(pieces, work, workers, *rest)

    monkeypatch.setattr(kb.build, "spread", noted)
    built(site="one")
    built(site="three", workers=3)
    assert hands == [1, 1, 3, 3]
    assert files(Path("one")) == files(Path("three")) == wanted
    for _ in range(20):
        edited.edit(*OF_RECORDS)
    edited.save()
    one, three = built(site="one"), built(site="three", workers=3)
    assert one.made == three.made
    assert {name: part.reads for name, part in one.parts.items()} == {
        name: part.reads for name, part in three.parts.items()
    }
    assert files(Path("one")) == files(Path("three")) == clean(edited)


def test_the_shares_of_a_site_put_together_are_the_site(edited: Edited) -> None:
    for again in range(3):
        shares = []
        for number in (1, 2, 3):
            built(Shard(number, 3), f"share-{number}")
            shares.append(files(Path(f"share-{number}")))
        names = [name for share in shares for name in share]
        assert len(names) == len(set(names)), "shares are disjoint"
        assert {name: content for share in shares for name, content in share.items()} == clean(edited), edited.made
        for _ in range(6 * (again + 1)):
            edited.edit(*OF_RECORDS, "page", "prose")
        edited.save()


# --- what is written --------------------------------------------------------------------------------------------------


def stamps(site: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file and folder."""
    return {
        path.relative_to(site).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns) for path in site.rglob("*")
    }


def test_where_nothing_changed_nothing_is_made_or_written(edited: Edited) -> None:
    assert built().made > 20
    before = stamps(edited.site)
    edited._touch()
    assert built().made == 0
    assert stamps(edited.site) == before


def test_what_is_wrong_with_the_base_as_a_whole_is_told_where_no_record_has_changed(edited: Edited) -> None:
    built()
    page = Path("docs/places/nobody.md")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("Of nobody.\n", encoding="utf-8")
    assert [problem.path for problem in built().problems] == [str(page)]
    page.unlink()
    assert not built().problems
    event, other = (min(Path("data", name).glob("*.yaml")) for name in ("events", "places"))
    second = other.with_name(event.name)
    shutil.copyfile(other, second)
    assert "duplicate-id" in {problem.code for problem in built().problems}
    second.unlink()
    assert not built().problems


def test_only_different_bytes_are_written(edited: Edited) -> None:
    built()
    before, old = stamps(edited.site), files(edited.site)
    edited.edit("note")
    edited.save()
    assert 0 < built().made < 60
    new = files(edited.site)
    written = {name for name, stamp in stamps(edited.site).items() if stamp != before.get(name) and name in new}
    assert written == {name for name in new if new[name] != old.get(name)}
    assert 0 < len(written) < len(new) / 2


def test_what_is_no_longer_wanted_is_removed_with_its_folders(edited: Edited) -> None:
    built()
    (edited.site / "a/b").mkdir(parents=True)
    (edited.site / "a/b/c.txt").write_text("x", encoding="utf-8")
    (edited.site / "index.html").unlink()
    (edited.site / "index.html").mkdir()
    shutil.rmtree(edited.site / "places")
    (edited.site / "places").write_text("x", encoding="utf-8")
    edited.edit("delete")
    edited.save()
    gone = edited.made[-1].partition(" ")[2]
    assert list(edited.site.glob(f"*/{gone}"))
    built()
    assert_right(edited)
    assert not list(edited.site.glob(f"*/{gone}")) and not (edited.site / "a").exists()
    assert all(any(folder.iterdir()) for folder in edited.site.rglob("*") if folder.is_dir())


def test_other_code_and_other_settings_make_everything_again(edited: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    like = next(record for (type_, _), record in edited.records.items() if type_ == "sources")
    for n in range(1, 4):  # a rule follows lineage further than any page shows it
        edited.records["sources", f"told-{n}"] = {**like, "statements": [], "lineage": [{"origin": f"told-{n + 1}"}]}
    edited.records["sources", "told-4"] = {**like, "statements": [], "lineage": []}
    edited.save()
    every = built().made
    assert built().made == 0
    monkeypatch.setattr(kb.project, "made_by", lambda: b"other code")
    assert built().made == every
    manifest = kb.project.FRAME / "frame.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace("https://kb.example/", "https://kb.test/"), "utf-8"
    )
    again = built()
    assert again.made == every
    fresh = built(site="other").parts
    assert {name: part.reads for name, part in again.parts.items()} == {
        name: part.reads for name, part in fresh.items()
    }
    assert b"https://kb.test/" in (edited.site / "sitemap.xml").read_bytes()
    assert built().made == 0


# --- the store --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flip", "cut", "text", "folder", "empty", "gone"])
def test_after_a_damaged_store_the_site_is_right_and_it_is_told(edited: Edited, damage: str) -> None:
    built()
    (store,) = Path("build/kept").iterdir()
    content = store.read_bytes()
    store.unlink()
    if damage == "folder":
        (store / "x").mkdir(parents=True)
    elif damage != "gone":
        middle = content.index(b"sitemap") + 12  # in a row
        flipped = content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]
        store.write_bytes({"flip": flipped, "cut": content[:9000], "text": b"no store " * 999, "empty": b""}[damage])
    for _ in range(5):
        edited.edit(*OF_RECORDS)
    edited.save()
    notes: list[str] = []
    kb.project.built(Path("data"), Path("site"), told=lambda look: notes.append(look.before.note))
    assert bool(notes[0]) == (damage != "gone")
    assert_right(edited)
    assert built().made == 0


# --- two at once ------------------------------------------------------------------------------------------------------


def test_a_second_build_waits_for_the_first_and_both_are_right(edited: Edited) -> None:
    wanted = clean(edited)
    (told, tells), waited = os.pipe(), []
    ready, go = os.pipe()
    told_by: list[int] = []

    def second() -> None:
        os.close(told)
        os.read(ready, 1)
        with kb.project.alone(lambda: told_by.append(os.write(tells, b"waits"))):
            built()

    child = started(second)
    os.close(tells)
    with kb.project.alone(lambda: waited.append(True)):
        os.write(go, b".")
        assert os.read(told, 5) == b"waits"
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        first = built()
        assert files(edited.site) == wanted
    assert os.waitpid(child, 0)[1] == 0
    assert waited == [] and first.made > 0
    assert files(edited.site) == wanted
    assert built().made == 0
