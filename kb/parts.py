"""The base and a frame in; the files of the site, part by part, out.

A **part** is what is made at one go and depends on nothing but what it reads (`kb.reads`): a record with its page, its JSON and
its former addresses; a hand-written page; a file that is taken over as it is. Lists (`kb.export`) and the search
(`kb.search`) are made of all parts, when those are done.
"""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from kb import export, search
from kb.feeds import feeds
from kb.frame import Call, Frame, has_slots, read, sections
from kb.graph import KnowledgeBase
from kb.hosting import hosting
from kb.load import Card
from kb.macros import is_block
from kb.page import MacroError, Page, Site
from kb.printing import print_template
from kb.problems import Problem
from kb.reads import ALL, Made
from kb.render import render, within_line

MANIFEST = "frame.json"
"""Beside the framed pages: what the adapter knows of the site. Written by the adapter, read here, not published."""
MADE_OF = ".made-of"
"""Beside it: a digest of what the frame was made of."""
_REMEMBERED = 100_000
"""Printed pieces that are remembered at most."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the adapter tells about a frame."""

    site: Site
    types: dict[str, str]
    """Type of record to its framed page."""
    pages: dict[str, str]
    """File of every other page to its address."""
    prose: dict[str, str]
    """Record id to the file of its prose."""

    @staticmethod
    def load(frame: Path) -> Manifest:
        """Read the manifest of a frame."""
        data = json.loads((frame / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(Site(**data["site"]), data["types"], data["pages"], data["prose"])

    def save(self, frame: Path) -> None:
        """Write the manifest of a frame."""
        site = {"name": self.site.name, "url": self.site.url, "edit_url": self.site.edit_url}
        data = {"site": site, "types": self.types, "pages": self.pages, "prose": self.prose}
        (frame / MANIFEST).write_text(json.dumps(data, indent=1, sort_keys=True), encoding="utf-8")


@dataclass(frozen=True)
class Framed:
    """The pages MkDocs framed, in their folder."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        """What the adapter tells about them."""
        return Manifest.load(self.folder)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file that is filled or taken over, in order."""
        own = {
            MANIFEST,
            MADE_OF,
            "sitemap.xml",
            "sitemap.xml.gz",
            *self.manifest.types.values(),
            *self.manifest.prose.values(),
        }
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted(name for name in found if name not in own))

    @cached_property
    def shells(self) -> dict[str, Frame]:
        """The page of each type."""
        return {
            type_name: read((self.folder / name).read_text(encoding="utf-8"), is_block)
            for type_name, name in self.manifest.types.items()
        }

    def prose(self, id_: str) -> Frame | None:
        """The prose of a record as sections; it has no page around it."""
        if (name := self.manifest.prose.get(id_)) is None:
            return None
        text = (self.folder / name).read_text(encoding="utf-8")
        return Frame((), tuple(sections(text, is_block)), ())

    def digest(self, name: str) -> bytes:
        """Of a file."""
        return blake2b((self.folder / name).read_bytes(), digest_size=16).digest()


@dataclass(frozen=True)
class Parts:
    """What a site is made of."""

    kb: KnowledgeBase
    framed: Framed
    docs: Path
    """Where the frame's Markdown stands, for the places of mistakes."""
    printed: dict[Hashable, Made[str]] = field(default_factory=dict)
    """What has been printed once for several pages."""

    @property
    def site(self) -> Site:
        """What the site knows of itself."""
        return self.framed.manifest.site

    def record(self, id_: str) -> Iterator[tuple[str, bytes] | Problem]:
        """The files of a record."""
        card = self.kb.cards[id_]
        record = self.kb.loaded.record(card)
        address = f"{card.type}/{id_}/"
        page = Page(self.kb, self.site, address, record, printed=self.printed)
        made = _filled(self.framed.shells[card.type], page, self.docs, self.framed.prose(id_))
        yield made if isinstance(made, Problem) else (f"{address}index.html", made)
        for former in record.former_ids:
            page = Page(self.kb, self.site, f"{card.type}/{former}/")
            yield f"{card.type}/{former}/index.html", print_template("redirect.html", page, record=record).encode()
        yield from export.record_files(self.kb, record)
        if len(self.printed) > _REMEMBERED:
            self.printed.clear()

    def file(self, name: str) -> tuple[str, bytes | Path] | Problem:
        """A file of the frame, filled where it has slots."""
        path = self.framed.folder / name
        if not (path.suffix == ".html" and has_slots(html := path.read_text(encoding="utf-8"))):
            return name, path
        page = Page(self.kb, self.site, self.framed.manifest.pages[name], printed=self.printed)
        made = _filled(read(html, is_block), page, self.docs)
        return made if isinstance(made, Problem) else (name, made)

    @property
    def written(self) -> list[str]:
        """The paths of hand-written pages, those of records with prose among them."""
        types = {
            id_: f"{self.kb.cards[id_].type}/{id_}/index.html"
            for id_ in self.framed.manifest.prose
            if id_ in self.kb.cards
        }
        return [*self.framed.manifest.pages, *types.values()]

    def made_of(self) -> dict[str, bytes]:
        """Every part by its name, in order, with a digest of what it is made of beside records."""
        framed = {name: self.framed.digest(name) for name in self.framed.files}
        prose = {id_: self.framed.digest(name) for id_, name in self.framed.manifest.prose.items()}
        shells = {type_name: self.framed.digest(name) for type_name, name in self.framed.manifest.types.items()}
        addresses = "\n".join(self.framed.manifest.pages.values()).encode()
        return {
            "sitemap": blake2b(addresses, digest_size=16).digest(),
            "ids": b"",
            "hosting": b"",
            "feeds": b"",
            **{f"file {name}": digest for name, digest in framed.items()},
            **{f"record {card.id}": shells[card.type] + prose.get(card.id, b"") for card in self.kb.cards.values()},
        }

    @cached_property
    def pages(self) -> list[str]:
        """The parts that are hand-written pages, in order."""
        return [f"file {name}" for name in self.framed.files if name in self.framed.manifest.pages]

    def files_of(self, part: str) -> Iterator[tuple[str, bytes | Path] | Problem]:
        """The files of a part, by its name."""
        kind, _, name = part.partition(" ")
        if kind == "record":
            yield from self.record(name)
        elif kind == "file":
            yield self.file(name)
        elif kind == "feeds":
            yield from feeds(self.kb, self.site)
        else:
            self.kb.reads.now.add(ALL)
            yield from {"sitemap": self._sitemap, "ids": self._ids, "hosting": self._hosting}[kind]()

    def at(self, path: str) -> bytes | Path | Problem | None:
        """The file at a path below the site's root, made on its own; None where the site has none."""
        folder, _, name = path.rpartition("/")
        if path in self.framed.files:
            made = self.file(path)
            return made if isinstance(made, Problem) else made[1]
        if path.startswith("search/"):
            self.kb.reads.now.add(ALL)  # the others are there once one was asked for
            return self._search.get(path)
        if (owner := self._owner(folder, name)) is not None:
            files = {}
            for made in self.record(owner):
                if isinstance(made, Problem):
                    return made
                files[made[0]] = made[1]
            return files.get(path)
        for listed in ("ids", "sitemap", "feeds", "hosting"):
            for file in self.files_of(listed):
                assert not isinstance(file, Problem)
                if file[0] == path:
                    return file[1]
        if path == export.STATEMENTS or (folder == "api/v1" and name.removesuffix(".json") in self.kb.ids_of):
            return b"".join(export.list_of(self.kb, path, self._json))
        return None

    def _owner(self, folder: str, name: str) -> str | None:
        """The record among whose files a path is."""
        *above, last = folder.split("/")
        id_ = self.kb.former.get(last, last) if name == "index.html" and len(above) == 1 else name.rpartition(".")[0]
        card = self.kb.cards.get(id_)
        return id_ if card and card.type in (*above, last) else None

    def _json(self, card: Card) -> bytes:
        return dict(export.record_files(self.kb, self.kb.loaded.record(card)))[export.file_of(card)]

    @cached_property
    def _search(self) -> dict[str, bytes]:
        return dict(search.index(self.kb, self.sections()))

    def found(self, part: str) -> search.Found | None:
        """What the search knows of a part; None where it is neither a record nor a hand-written page."""
        kind, _, name = part.partition(" ")
        if kind == "record":
            return search.record(self.kb, self.kb.loaded.record(self.kb.cards[name]), self._prose(name))
        return search.page(self._page(name)) if kind == "file" and name in self.framed.manifest.pages else None

    def _hosting(self) -> Iterator[tuple[str, bytes]]:
        return hosting(self.kb)

    def _ids(self) -> Iterator[tuple[str, bytes]]:
        yield "api/v1/ids.json", export.ids(self.kb)

    def sections(self) -> Iterator[search.Section]:
        """Everything hand-written, for the search, in the order of its files and then of records."""
        for part in self.pages:
            yield from self._page(part.removeprefix("file "))
        for id_ in self.kb.cards:
            yield from self._prose(id_)

    def _page(self, name: str) -> Iterator[search.Section]:
        shell = read((self.framed.folder / name).read_text(encoding="utf-8"), is_block)
        return _sections(shell, Page(self.kb, self.site, self.framed.manifest.pages[name]))

    def _prose(self, id_: str) -> Iterator[search.Section]:
        if prose := self.framed.prose(id_):
            card = self.kb.cards[id_]
            page = Page(self.kb, self.site, f"{card.type}/{id_}/", self.kb.loaded.record(card))
            yield from _sections(prose, page)

    def _sitemap(self) -> Iterator[tuple[str, bytes]]:
        """The addresses of all pages (sitemaps.org)."""
        records = [f"{type_name}/{id_}/" for type_name, ids in self.kb.ids_of.items() for id_ in ids]
        addresses = sorted(self.site.url + address for address in (*self.framed.manifest.pages.values(), *records))
        yield "sitemap.xml", print_template("sitemap.xml", None, addresses=addresses).encode() + b"\n"


def _filled(frame: Frame, page: Page, docs: Path, prose: Frame | None = None) -> bytes | Problem:
    try:
        return render(frame, page, prose).encode()
    except MacroError as error:
        return _macro_problem(error, docs)
    except TemplateSyntaxError as error:
        return Problem(os.path.relpath(error.filename or "kb"), error.lineno, 1, "bad-template", str(error.message))
    except Exception as error:
        if problem := _template_problem(error):
            return problem
        raise


def _template_problem(error: Exception) -> Problem | None:
    """A template's mistake, at its line, which Jinja puts into the traceback; None for a mistake made elsewhere."""
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if place.filename.endswith((".html", ".xml"))]
    if not own or not (isinstance(error, TemplateError) or own[-1] is places[-1]):
        return None
    return Problem(os.path.relpath(own[-1].filename), own[-1].lineno or 1, 1, "bad-template", str(error))


def _macro_problem(error: MacroError, docs: Path) -> Problem:
    """A macro's mistake, at the first call in its Markdown file that looks like it."""
    assert error.call is not None  # `render` names the call in every mistake
    file = docs / error.call.page
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    written = [str(value) for value in (*error.call.args, *dict(error.call.kwargs).values())]
    calls = list(re.finditer(rf"\{{\{{-?\s*({re.escape(error.call.name)})\b(.*?)\}}\}}", text, re.DOTALL))
    found = next((call for call in calls if all(value in call[2] for value in written)), calls[0] if calls else None)
    start = found.start(1) if found else 0
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return Problem(str(file), line, column, "bad-macro", str(error))


def _sections(frame: Frame, page: Page) -> Iterator[search.Section]:
    """The hand-written sections of a page, for the search."""
    title = page.record.caption if page.record else ""
    return search.sections(frame.parts, page.address, title, lambda call: _in_line(call, page))


def _in_line(call: Call, page: Page) -> str:
    try:
        return within_line(call, page)
    except MacroError:
        return ""  # told where the page is made
