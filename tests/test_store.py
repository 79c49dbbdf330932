"""What is kept from one build to the next: read as it was written, or thrown away."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from records import MINI

from kb import store
from kb.load import load
from kb.search import FILES
from kb.store import NOTHING, Kept, Part, Written

KEY = b"code"
PARTS = {
    f"record {n}": Part(b"made", bytes(range(n, n + 8)), {f"p/{n}.html": Written(n, n, n)}, b"told" * n) for n in range(60)
}  # fmt: skip


def kept() -> Kept:
    """Something of every kind."""
    cards = {(card.type, card.id): card for card in load(MINI).cards}
    found = {kind: {name: f"{kind} of {name}".encode() * 50 for name in PARTS} for kind in FILES}
    return Kept({"settings": b"s", "form": store._FORM, "key": KEY}, cards, PARTS, found, load(MINI).fresh)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that holds it."""
    path = tmp_path / "kept.sqlite"
    store.write(path, KEY, NOTHING, kept())
    return path


def test_what_is_written_is_read(path: Path) -> None:
    assert store.read(path, KEY) == kept()


def test_nothing_is_kept_before_the_first_build(tmp_path: Path) -> None:
    assert store.read(tmp_path / "kept.sqlite", KEY) == NOTHING


def test_only_what_differs_is_written(path: Path) -> None:
    before = store.read(path, KEY)
    parts = {name: part for name, part in before.parts.items() if name != "record 3"}
    parts["record 4"] = parts["record 4"]._replace(told=b"other")
    with closing(sqlite3.connect(path)) as there:
        there.execute("UPDATE parts SET checksum = 0 WHERE name = 'record 5'")  # rewritten, it would be right
        there.commit()
    store.write(path, KEY, before, Kept(before.facts, before.cards, parts))
    with closing(sqlite3.connect(path)) as there:
        found = dict(there.execute("SELECT name, checksum FROM parts"))
    assert found.keys() == parts.keys() and found["record 5"] == 0


def test_what_another_version_of_the_code_kept_is_not_used_and_needs_no_note(path: Path) -> None:
    assert store.read(path, b"other code") == NOTHING


def test_a_store_of_another_form_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_FORM", b"another")
    assert store.read(path, KEY) == Kept(note="what earlier builds kept is of another version")


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _text(path: Path) -> None:
    path.write_text("This is no database.\n" * 100, encoding="utf-8")


def _folder(path: Path) -> None:
    path.unlink()
    (path / "in it").mkdir(parents=True)


def _other_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as there:
        there.execute("CREATE TABLE facts (name)")


def _renamed_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as there:
        there.execute("DELETE FROM parts WHERE name = 'record 7'")
        there.execute("UPDATE parts SET name = 'record 7' WHERE name = 'record 8'")
        there.commit()


DAMAGES: list[Callable[[Path], object]] = [_truncated, _text, _folder, _other_tables, _renamed_row]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_told_and_another_takes_its_place(path: Path, damage: Callable[[Path], object]) -> None:
    damage(path)
    found = store.read(path, KEY)
    assert found == Kept(note="what earlier builds kept is damaged")
    store.write(path, KEY, found, kept())
    assert store.read(path, KEY) == kept()


def test_an_empty_file_is_no_store(path: Path) -> None:
    path.write_bytes(b"")
    found = store.read(path, KEY)
    assert (found.facts, found.cards, found.parts) == ({}, {}, {})
    store.write(path, KEY, found, kept())
    assert store.read(path, KEY) == kept()


def test_any_byte_that_is_flipped_leaves_nothing_that_is_wrong(path: Path) -> None:
    whole, chance, told = path.read_bytes(), random.Random(6), 0
    after = kept()
    for place in (*range(16, 110, 4), *(chance.randrange(len(whole)) for _ in range(130))):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
        found = store.read(path, KEY)
        told += bool(found.note) or {} in found.found.values()
        assert all(after.cards.get(key) == card for key, card in found.cards.items()), place
        assert all(after.parts.get(name) == part for name, part in found.parts.items()), place
        assert all(after.facts.get(name) == fact for name, fact in found.facts.items()), place
        assert all(of in ({}, after.found[kind]) for kind, of in found.found.items()), place
        assert found.parsed in ({}, after.parsed), place
        changed = {**after.parts, **found.parts, "record 3": Part(b"new", b"", {})}
        store.write(path, KEY, found, Kept(after.facts, {**after.cards, **found.cards}, changed))
        again = store.read(path, KEY)
        assert (again.facts, again.cards, again.parts) == (after.facts, after.cards, changed), place
        for beside in path.parent.iterdir():
            if beside != path:
                beside.unlink()
    assert told > 40


def test_a_write_that_is_killed_half_way_leaves_what_was_kept(path: Path) -> None:
    before = store.read(path, KEY)
    child = os.fork()
    if child == 0:

        def killed(part: Part) -> bytes:
            if part.told == b"last":
                os.kill(os.getpid(), signal.SIGKILL)
            return real(part)

        real, store._part_content = store._part_content, killed
        parts = {name: part._replace(told=b"x" * 20_000) for name, part in PARTS.items()}
        parts["record 59"] = PARTS["record 59"]._replace(told=b"last")
        store.write(path, KEY, before, Kept(before.facts, before.cards, parts))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert store.read(path, KEY) == kept()


def test_a_first_write_that_is_killed_half_way_leaves_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.sqlite"

    def broken_off(part: Part) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "_part_content", broken_off)
        with pytest.raises(KeyboardInterrupt):
            store.write(path, KEY, NOTHING, kept())
    assert store.read(path, KEY) == NOTHING
    store.write(path, KEY, NOTHING, kept())
    assert store.read(path, KEY) == kept()
