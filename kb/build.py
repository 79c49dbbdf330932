"""The base and a frame in; the finished site out.

What is made is put in a folder beside the site, and takes its place there when everything came out, so a build that fails
leaves the site as it was. With what an earlier build kept (`kb.store`), a part is made again only if something it read has
changed or a file of it is not as it was left, and a file is written only if its bytes differ. A build that is broken off
half way is no trouble to the next one: what is not as it was left is made again.
"""

from __future__ import annotations

import marshal
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from errno import EEXIST
from functools import partial
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

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
    found: Mapping[str, Mapping[str, bytes]] = MappingProxyType({})
    """What to keep for the search, of the parts that were made."""


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


_File: TypeAlias = "tuple[str, bytes | Path | Iterable[bytes]] | Problem | search.About"
"""What making a part comes to, one after the other."""


class _Made(NamedTuple):
    """A part that was made, with its problems."""

    name: str
    part: Part
    problems: list[Problem]
    found: dict[str, search.Found]
    """What the search knows of it; or, where it is of the search, of what nothing was kept of."""


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
        found: dict[str, search.Found] = {}
        for made in (made for some in spread(len(pieces), make, hands, told) for made in some):
            problems += made.problems
            done[made.name] = made.part
            found |= made.found
        if problems:
            return Outcome(sorted(set(problems)), {}, 0)

        lists = _share(self._lists(done), shard)
        done |= {name: part for name, part in self._left(lists).items() if _stands(part, changed)}
        ends = [name for name in lists if name not in done]
        last = [ends.pop()] if "search" in ends[-1:] else []  # it says what is in the files of the search

        def end(number: int) -> _Made:
            lost: dict[str, search.Found] = {}
            files = self._list(ends[number], done, found, lost)
            return self._make(ends[number], lists[ends[number]], files)._replace(found=lost)

        for made in spread(len(ends), end, workers if len(made_of) >= _WORTH else 1):
            done[made.name] = made.part
            found |= made.found
        for name in last:
            done[name] = self._make(name, lists[name], self._contents(done, found)).part
        self._place({path: stamp for part in done.values() for path, stamp in part.written.items()})
        kept = {kind: {name: getattr(of, kind) for name, of in found.items()} for kind in search.FILES}
        return Outcome([], done, len(missing), kept)

    # --- what there is to make ----------------------------------------------------------------------------------------

    def _made_of(self) -> dict[str, bytes]:
        """Every part but the lists, and a digest of what it is made of beside records."""
        return self.parts.made_of()

    def _lists(self, done: Mapping[str, Part]) -> dict[str, bytes]:
        """Every list, and the files of the search by their kind, with a digest of what it is put together from.

        What says what is in the files of the search is the last one.
        """
        kb = self.parts.kb
        every = [(card.type, str(_json_of(done, card))) for card in kb.cards.values()]
        records = [(card, done.get(f"record {card.id}")) for card in kb.cards.values()]
        told = [part.told if part else card.digest for card, part in records]
        told += [
            done[name].told if name in done else self.parts.framed.digest(name.removeprefix("file "))
            for name in self.parts.pages
        ]
        rank = _digest(*(f"{card.type}/{id_} {card.caption}" for id_, card in kb.cards.items()))
        rank += b"".join(one[:4] for one in told)
        found = {
            f"search {kind}": _digest((rank + b"".join(search.told_of(kind, one) for one in told)).hex())
            for kind in search.FILES[::-1]  # those that take longest are begun first
        }
        found[f"list {export.STATEMENTS}"] = _digest(*(stamp for _, stamp in every))
        for name, ids in kb.ids_of.items():
            found[f"list api/v1/{name}.json"] = _digest(*ids, *(stamp for type_, stamp in every if type_ == name))
        return {**found, "search": _digest(*(digest.hex() for name, digest in found.items() if name[0] == "s"))}

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

    def _make(self, name: str, made_of: bytes, files: Iterable[_File]) -> _Made:
        written: dict[str, Written] = {}
        problems: list[Problem] = []
        found: dict[str, search.Found] = {}
        told = b""

        def make() -> None:
            nonlocal told
            for file in files:
                if isinstance(file, Problem):
                    problems.append(file)
                elif isinstance(file, search.About):
                    told = marshal.dumps(tuple(file))
                else:
                    written[file[0]] = self._write(*file)
            if not problems and (known := self.parts.found(name)):
                found[name], told = known, known.told

        made = self.parts.kb.reads.noting(make)
        in_check = self.checked.get(name.removeprefix("record "), b"")
        reads = packed(made.all_traits().union(unpacked(in_check)))
        return _Made(name, Part(made_of, reads, written, told), problems, found)

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

    def _list(
        self, name: str, done: Mapping[str, Part], found: Mapping[str, search.Found], lost: dict[str, search.Found]
    ) -> Iterator[_File]:
        """A list, or the files of the search of a kind; of parts made by another shard what goes in is made here too.

        So it is of those of which nothing is kept that can be read; then it is put into `lost`.
        """
        kind, _, path = name.partition(" ")
        if kind == "list":
            yield path, export.list_of(self.parts.kb, path, partial(self._json, done))
            return
        kind, cards = path, self.parts.kb.cards
        others: dict[str, search.Found] = {}
        kept = self.before.found.get(kind, {})

        def made(part: str) -> search.Found:
            if part not in others:
                known = self.parts.found(part)
                assert known is not None
                others[part] = known
                if part in done:
                    lost[part] = known
            return others[part]

        def of(part: str) -> bytes:
            content = kept.get(part) if part in done and part not in found else None
            whole: bytes = getattr(found.get(part) or made(part), kind) if content is None else content
            return whole

        links = {
            id_: search.links_told(done[part].told) if (part := f"record {id_}") in done else made(part).links
            for id_ in cards
        }
        ranked = search.ranked(cards.values(), links)
        yield from search.files(kind, ranked, (of(f"record {card.id}") for card in ranked), map(of, self.parts.pages))

    def _contents(self, done: Mapping[str, Part], found: Mapping[str, search.Found]) -> Iterator[_File]:
        """What says what is in the files of the search, of whichever shard those are."""
        abouts = []
        for name in (f"search {kind}" for kind in search.FILES):
            if name in done:
                abouts.append(search.About(*marshal.loads(done[name].told)))
            else:
                made = self._list(name, done, found, {})
                abouts += [about for about in made if isinstance(about, search.About)]
        yield "search/index.json", search.contents(abouts)

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
