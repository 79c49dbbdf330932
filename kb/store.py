"""What is kept from one build to the next: of every file of records its card, of every part of the site what it read and
what it wrote.

One SQLite file. It is a convenience, never a source: written in one transaction at the end of a build, and thrown away, with a
note, where it is of another version, damaged or half written. Every row carries a checksum of its own, since SQLite does not look at
what is in a row.
"""

from __future__ import annotations

import marshal
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar
from zlib import crc32

from kb import dates
from kb.load import Card
from kb.naming import Tie
from kb.search import FILES

T = TypeVar("T")

_FORM = b"5"
"""Changes with every change of what is kept here."""
_TABLE = "CREATE TABLE {} (name TEXT PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID"


class Written(NamedTuple):
    """A file of the site as a build left it; it is taken to be that as long as all of this is so."""

    size: int
    changed: int
    """When it was last changed, in nanoseconds."""
    number: int
    """Its inode."""


class Part(NamedTuple):
    """A part of the site, as a build made it."""

    made_of: bytes
    """Digest of what it was made of beside records: the frame it was filled into."""
    reads: bytes
    """The traits it read (`kb.reads.packed`)."""
    written: dict[str, Written]
    """The files it came to."""
    told: bytes = b""
    """What it tells lists: digests of what the search knows of it, or, of files of the search, what is in them."""


@dataclass(frozen=True)
class Kept:
    """What a store holds."""

    facts: Mapping[str, bytes] = field(default_factory=dict)
    """Digests of what concerns the whole base."""
    cards: Mapping[tuple[str, str], Card] = field(default_factory=dict)
    """By type and id."""
    parts: Mapping[str, Part] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """What the search knows of parts, by kind and part (`kb.search.FILES`); read when it is asked for. Of what is to be written, only
    that of parts which were made anew."""
    parsed: Mapping[str, bytes] = field(default_factory=dict)
    """What the files of cards say (`kb.load.Loaded.parsed`); read when it is asked for. Of what is to be written, only that of files
    which were read anew."""
    note: str = ""
    """Why an earlier store was thrown away, where it was."""


NOTHING = Kept()
"""What is kept before the first build."""


def read(path: Path, key: bytes) -> Kept:
    """What is kept at `path` for builds that are known by `key`; nothing where that is another or it cannot be read."""
    if not path.exists():
        return Kept()
    try:
        with closing(sqlite3.connect(path)) as store:
            facts = dict(_rows(store, "facts"))
            if facts.get("form") != _FORM:
                return Kept(note="what earlier builds kept is of another version")
            if facts.get("key") != key:
                return Kept()
            cards = {(card.type, card.id): card for _, content in _rows(store, "cards") for card in [_card(content)]}
            parts = {name: _part(content) for name, content in _rows(store, "parts")}
            return Kept(facts, cards, parts, _Found(path), _Parsed(path))
    except (sqlite3.Error, ValueError, TypeError, EOFError):
        return Kept(note="what earlier builds kept is damaged")


class _Found(Mapping[str, Mapping[str, bytes]]):
    """What the search knows of parts, by kind; nothing of a kind where any of it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, kind: str) -> Mapping[str, bytes]:
        return _all(self._path, kind)

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


class _Parsed(Mapping[str, bytes]):
    """What files say, by `type/id`; nothing where any of it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _rows(self) -> dict[str, bytes]:
        return _all(self._path, "parsed")

    def __getitem__(self, name: str) -> bytes:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _all(path: Path, table: str) -> dict[str, bytes]:
    """The rows of a table; none where any of them cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as store:
            return dict(_rows(store, table))
    except (sqlite3.Error, ValueError, TypeError):
        return {}


def write(path: Path, key: bytes, before: Kept, after: Kept) -> None:
    """Have `path` hold `after`. Where it holds `before`, only what differs is written; else a new file takes its place."""
    after = replace(after, facts={**after.facts, "form": _FORM, "key": key})
    if before.facts:
        try:
            with closing(sqlite3.connect(path)) as store, store:
                _put_all(store, before, after)
            return
        except sqlite3.DatabaseError:
            pass  # damaged where nothing is read
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.with_name(f".{path.name}.new")
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as store, store:
        store.execute("PRAGMA journal_mode = OFF")
        store.execute("PRAGMA page_size = 16384")
        for table in ("facts", "cards", "parsed", "parts", *FILES):
            store.execute(_TABLE.format(table))
        _put_all(store, NOTHING, after)
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)  # of the file that is replaced
    if path.is_dir():
        shutil.rmtree(path)
    target.replace(path)


def _rows(store: sqlite3.Connection, table: str) -> Iterator[tuple[str, bytes]]:
    last = ""
    for name, content, checksum in store.execute(f"SELECT name, content, checksum FROM {table}"):
        if _checksum(name, content) != checksum or name <= last:  # a row that is not in its place would not be found
            raise ValueError(f"{table} {name} is damaged")
        last = name
        yield name, content


def _checksum(name: str, content: bytes) -> int:
    return crc32(content, crc32(name.encode()))


def _put_all(store: sqlite3.Connection, before: Kept, after: Kept) -> None:
    store.execute("PRAGMA synchronous = OFF")
    _put(store, "facts", before.facts, after.facts, _as_is)
    _put(store, "cards", _named(before.cards), _named(after.cards), _card_content)
    _put(
        store,
        "parsed",
        dict.fromkeys(_named(before.cards).keys() - _named(after.cards).keys(), b""),
        after.parsed,
        _as_is,
    )
    _put(store, "parts", before.parts, after.parts, _part_content)
    gone = dict.fromkeys(before.parts.keys() - after.parts.keys(), b"")
    for kind, found in after.found.items():
        _put(store, kind, gone, found, _as_is)


def _put(
    store: sqlite3.Connection,
    table: str,
    before: Mapping[str, T],
    after: Mapping[str, T],
    content: Callable[[T], bytes],
) -> None:
    changed = (name for name, thing in after.items() if before.get(name) is not thing)
    rows = ((name, made, _checksum(name, made)) for name in changed for made in [content(after[name])])
    store.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", rows)
    store.executemany(f"DELETE FROM {table} WHERE name = ?", ((name,) for name in before.keys() - after.keys()))


def _as_is(content: bytes) -> bytes:
    return content


def _named(cards: Mapping[tuple[str, str], Card]) -> dict[str, Card]:
    return {"/".join(key): card for key, card in cards.items()}


_FIELDS = tuple(f.name for f in fields(Card))
_REVIEWED, _TIES = _FIELDS.index("reviewed"), _FIELDS.index("ties")


def _card_content(card: Card) -> bytes:
    values = [getattr(card, name) for name in _FIELDS]
    values[_REVIEWED], values[_TIES] = card.reviewed.text, tuple(map(tuple, card.ties))
    return marshal.dumps(values)


def _card(content: bytes) -> Card:
    values = marshal.loads(content)
    values[_REVIEWED], values[_TIES] = dates.parse(values[_REVIEWED]), tuple(map(Tie._make, values[_TIES]))
    return Card(*values)


def _part_content(part: Part) -> bytes:
    written = {path: tuple(stamp) for path, stamp in part.written.items()}
    return marshal.dumps((part.made_of, part.reads, written, part.told))


def _part(content: bytes) -> Part:
    made_of, reads, written, told = marshal.loads(content)
    return Part(made_of, reads, {path: Written(*stamp) for path, stamp in written.items()}, told)
