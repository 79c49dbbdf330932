"""The base and a frame in; the finished site out.

What is made is put in a folder beside the site, and takes its place there when everything came out, so a build that fails
leaves the site as it was. With what an earlier build kept (`kb.store`), a part is made again only if something it read has
changed or a file of it is not as it was left, and a file is written only if its bytes differ. A build that is broken off
half way is no trouble to the next one: what is not as it was left is made again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from errno import EEXIST
from functools import partial
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from kb import export, search
from kb.graph import KnowledgeBase
from kb.load import Card
from kb.parts import Framed, Parts
from kb.printing import read_again
from kb.problems import Problem
from kb.reads import Traits, packed, unpacked
from kb.spread import spread
from kb.store import NOTHING, Kept, Part, Written

_MARK = "api/v1"
"""By this folder a site is known as one made here."""
_PIECE = 40
"""Parts that one process makes before it takes others."""
_WORTH = 200
"""Parts of a site for which it pays to start other processes."""


class Shard(NamedTuple):
    """A share of a site: every `of`-th part, from the `number`-th on (counted from 1)."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Shard()
"""All of it."""


class Outcome(NamedTuple):
    """What a build came to."""

    problems: list[Problem]
    """If there are any, the site is as it was."""
    parts: Mapping[str, Part]
    """What to keep for the next build."""
    made: int
    """Parts that were made, lists not counted."""


def build(
    kb: KnowledgeBase,
    frame: Path,
    docs: Path,
    site_dir: Path,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Problem]:
    """Fill `frame` and put the site at `site_dir`, from nothing; on problems nothing is changed and they are returned."""
    return renew(Parts(kb, Framed(frame), docs), site_dir, progress=progress).problems


def renew(
    parts: Parts,
    site_dir: Path,
    *,
    before: Kept = NOTHING,
    changed: Traits = frozenset(),
    checked: Mapping[str, bytes] = MappingProxyType({}),
    workers: int = 1,
    shard: Shard = WHOLE,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Put the site at `site_dir`, making only what is not as it was left, by up to `workers` processes.

    `changed` are the traits of records that are not as they were when `before` was kept; `checked` is what checking a record
    read, of each by its id; `progress` is told how many parts
    are done, of how many. Raises `FileExistsError` rather than replacing a folder that holds anything but a site made here.
    """
    site_dir = site_dir.resolve()
    if site_dir.is_dir() and any(site_dir.iterdir()) and not (site_dir / _MARK).is_dir():
        raise FileExistsError(EEXIST, "is no site made here: empty it, or name another folder", str(site_dir))
    read_again()
    new = site_dir.with_name(f".{site_dir.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(site_dir.with_name(f".{site_dir.name}.old"), ignore_errors=True)
    new.mkdir(parents=True)
    try:
        return _Build(parts, site_dir, new, before, checked, *_found(site_dir)).run(changed, workers, shard, progress)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def stale(before: Kept, changed: Traits, ids: Iterable[str]) -> list[str]:
    """The records to look at again: those that read something that has changed, and those nobody looked at yet."""
    return [id_ for id_ in ids if not _stands(before.parts.get(f"record {id_}"), changed)]


def _stands(part: Part | None, changed: Traits) -> bool:
    return part is not None and (not changed or changed.isdisjoint(unpacked(part.reads)))


class _Made(NamedTuple):
    """A part that was made, with its problems."""

    name: str
    part: Part
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Build:
    """One build, with the site it finds."""

    parts: Parts
    site: Path
    new: Path
    """Where files wait until everything came out."""
    before: Kept
    checked: Mapping[str, bytes]
    on_disk: Mapping[str, Written]
    folders: Sequence[str]
    """Those of the site, each before those in it."""

    def run(
        self,
        changed: Traits,
        workers: int,
        shard: Shard,
        progress: Callable[[int, int], None],
    ) -> Outcome:
        """Make what has to be made, and put it in its place."""
        made_of = _share(self._made_of(), shard)
        done = {name: part for name, part in self._left(made_of).items() if _stands(part, changed)}
        missing = [name for name in made_of if name not in done]
        pieces = [*_pieces([name for name in missing if not name.startswith("record ")], 5)]
        records = [name for name in missing if name.startswith("record ")]
        pieces += _pieces(records, min(_PIECE, 1 + len(records) // (4 * workers)))
        hands = workers if len(made_of) >= _WORTH and len(pieces) > workers else 1
        finished = len(done)
        progress(finished, len(made_of))

        def told(number: int) -> None:
            nonlocal finished
            finished += len(pieces[number])
            progress(finished, len(made_of))

        def make(number: int) -> list[_Made]:
            return [self._make(name, made_of[name], self.parts.files_of(name)) for name in pieces[number]]

        problems: list[Problem] = []
        for made in (made for some in spread(len(pieces), make, hands, told) for made in some):
            problems += made.problems
            done[made.name] = made.part
        if problems:
            return Outcome(sorted(set(problems)), {}, 0)

        lists = _share(self._lists(done), shard)
        done |= {name: part for name, part in self._left(lists).items() if _stands(part, changed)}
        ends = [name for name in lists if name not in done]

        def end(number: int) -> _Made:
            return self._make(ends[number], lists[ends[number]], self._list(ends[number], done))

        for made in spread(len(ends), end, workers if len(made_of) >= _WORTH else 1):
            done[made.name] = made.part
        self._place({path: stamp for part in done.values() for path, stamp in part.written.items()})
        return Outcome([], done, len(missing))

    # --- what there is to make ----------------------------------------------------------------------------------------

    def _made_of(self) -> dict[str, bytes]:
        """Every part but the lists, and a digest of what it is made of beside records."""
        return self.parts.made_of()

    def _lists(self, done: Mapping[str, Part]) -> dict[str, bytes]:
        """Every list, and the search, with a digest of what it is put together from."""
        kb = self.parts.kb
        every = [(card.type, str(_json_of(done, card))) for card in kb.cards.values()]
        known = (done[name].found if (name := f"record {id_}") in done else kb.cards[id_].digest for id_ in kb.cards)
        found = {
            "search": _digest(str(list(map(crc32, known))), self.parts.prose.hex()),
            f"list {export.STATEMENTS}": _digest(*(stamp for _, stamp in every)),
        }
        for name, ids in kb.ids_of.items():
            found[f"list api/v1/{name}.json"] = _digest(*ids, *(stamp for type_, stamp in every if type_ == name))
        return found

    def _left(self, made_of: Mapping[str, bytes]) -> dict[str, Part]:
        """The parts made of the same, of which every file is as it was left."""
        return {
            name: part
            for name, digest in made_of.items()
            if (part := self.before.parts.get(name))
            and part.made_of == digest
            and all(self.on_disk.get(path) == stamp for path, stamp in part.written.items())
        }

    # --- making it ----------------------------------------------------------------------------------------------------

    def _make(
        self, name: str, made_of: bytes, files: Iterable[tuple[str, bytes | Path | Iterable[bytes]] | Problem]
    ) -> _Made:
        written: dict[str, Written] = {}
        problems: list[Problem] = []
        found = b""

        def make() -> None:
            nonlocal found
            for file in files:
                if isinstance(file, Problem):
                    problems.append(file)
                else:
                    written[file[0]] = self._write(*file)
            if name.startswith("record ") and not problems:
                found = self.parts.found(name.removeprefix("record "))

        made = self.parts.kb.reads.noting(make)
        in_check = self.checked.get(name.removeprefix("record "), b"")
        return _Made(name, Part(made_of, packed(made.all_traits().union(unpacked(in_check))), written, found), problems)

    def _write(self, path: str, content: bytes | Path | Iterable[bytes]) -> Written:
        """Have the file wait in the new folder, unless the site has these bytes already."""
        if isinstance(content, Path):
            content = content.read_bytes()
        there = self.on_disk.get(path)
        if isinstance(content, bytes) and there and there.size == len(content) and self._has(path, content):
            return there
        target = f"{self.new}/{path}"
        try:
            file = open(target, "wb")  # noqa: SIM115, PTH123 - the fastest way, ten thousand times over
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
            file = open(target, "wb")  # noqa: SIM115, PTH123
        with file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                file.writelines(content)
        return _stamp(os.stat(target))  # noqa: PTH116

    def _has(self, path: str, content: bytes) -> bool:
        with open(f"{self.site}/{path}", "rb") as file:  # noqa: PTH123
            return file.read() == content

    def _list(self, name: str, done: Mapping[str, Part]) -> Iterator[tuple[str, bytes | Iterable[bytes]]]:
        """The search, or a list; of records made by another shard what goes in is made here too."""
        if name != "search":
            path = name.removeprefix("list ")
            yield path, export.list_of(self.parts.kb, path, partial(self._json, done))
            return
        known = (
            done[part].found if (part := f"record {id_}") in done else self.parts.found(id_)
            for id_ in self.parts.kb.cards
        )
        for path, content in search.together(map(search.loaded, known), self.parts.sections()):
            yield path, content

    def _json(self, done: Mapping[str, Part], card: Card) -> bytes:
        path = export.file_of(card)
        part = done.get(f"record {card.id}")
        if part is None:
            return dict(export.record_files(self.parts.kb, self.parts.kb.loaded.record(card)))[path]
        folder = self.site if self.on_disk.get(path) == part.written[path] else self.new
        with open(f"{folder}/{path}", "rb") as file:  # noqa: PTH123
            return file.read()

    # --- putting it in its place --------------------------------------------------------------------------------------

    def _place(self, expected: Mapping[str, Written]) -> None:
        """Have the site hold these files and no others."""
        if not self.on_disk and not self.folders:
            self.site.parent.mkdir(parents=True, exist_ok=True)
            if self.site.exists():
                self.site.rmdir()
            self.new.rename(self.site)
            return
        for path in self.on_disk.keys() - expected.keys():
            (self.site / path).unlink()
        wanted = {folder for path in expected for folder in _above(path)}
        for folder in reversed(self.folders):
            if folder not in wanted:
                (self.site / folder).rmdir()
        for folder in sorted(wanted.difference(self.folders)):
            (self.site / folder).mkdir()
        for path, stamp in expected.items():
            if self.on_disk.get(path) != stamp:
                os.replace(f"{self.new}/{path}", f"{self.site}/{path}")  # noqa: PTH105


def _json_of(done: Mapping[str, Part], card: Card) -> object:
    part = done.get(f"record {card.id}")
    return part.written.get(export.file_of(card)) if part else card.digest


def _share(named: Mapping[str, bytes], shard: Shard) -> dict[str, bytes]:
    return {name: digest for place, (name, digest) in enumerate(named.items()) if place % shard.of == shard.number - 1}


def _pieces(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[i : i + size] for i in range(0, len(names), size))


def _found(site: Path) -> tuple[dict[str, Written], list[str]]:
    """The files of a site as they are, and its folders, each before those in it."""
    files: dict[str, Written] = {}
    folders: list[str] = []
    ahead = [""] if site.is_dir() else []
    for folder in ahead:
        with os.scandir(site / folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(f"{folder}{entry.name}/")
                    folders.append(f"{folder}{entry.name}")
                else:
                    files[f"{folder}{entry.name}"] = _stamp(entry.stat(follow_symlinks=False))
    return files, folders


def _stamp(stat: os.stat_result) -> Written:
    return Written(stat.st_size, stat.st_mtime_ns, stat.st_ino)


def _above(path: str) -> Iterator[str]:
    """The folders a file is in."""
    while path := path.rpartition("/")[0]:
        yield path


def _digest(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()
