"""The pages MkDocs framed and the knowledge base in; the finished site out.

Everything is written to a folder beside the old site and swapped in at the end, so a build that fails leaves the site
as it was.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import traceback
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from errno import EEXIST
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from kb import search
from kb.export import export
from kb.feeds import feeds
from kb.frame import Frame, has_slots, read, sections
from kb.graph import KnowledgeBase
from kb.hosting import hosting
from kb.macros import is_block
from kb.page import MacroError, Page, Site
from kb.printing import print_template, read_again
from kb.problems import Problem
from kb.render import render, within_line

MANIFEST = "frame.json"
"""Beside the framed pages: what the adapter knows of the site. Written by the adapter, read here, not published."""
MADE_OF = ".made-of"
"""Beside it: a digest of what the frame was made of."""
_MARK = "api/v1/statements.json"
"""By this file a site is known as one made here."""


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


def build(
    kb: KnowledgeBase,
    frame: Path,
    docs: Path,
    site_dir: Path,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Problem]:
    """Fill `frame` and put the site at `site_dir`; on problems nothing is changed and they are returned.

    Raises `FileExistsError` rather than replacing a folder that holds anything but a site made here.
    """
    site_dir = site_dir.resolve()
    if site_dir.is_dir() and any(site_dir.iterdir()) and not (site_dir / _MARK).is_file():
        raise FileExistsError(EEXIST, "is no site made here: empty it, or name another folder", str(site_dir))
    manifest = Manifest.load(frame)
    read_again()
    new = site_dir.with_name(f".{site_dir.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    problems: list[Problem] = []
    folders: set[Path] = set()
    total = len(kb.records) + len(manifest.pages)
    try:
        done = 0
        for made in _files(kb, manifest, frame, docs):
            if isinstance(made, Problem):
                problems.append(made)
                continue
            if problems:
                continue
            path, content = made
            target = new / path
            if target.parent not in folders:
                target.parent.mkdir(parents=True, exist_ok=True)
                folders.add(target.parent)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_bytes(content)
            done += path.endswith(".html")
            progress(min(done, total), total)
        if not problems:
            _swap(new, site_dir)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return sorted(set(problems))


def _swap(new: Path, site_dir: Path) -> None:
    old = site_dir.with_name(f".{site_dir.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    site_dir.parent.mkdir(parents=True, exist_ok=True)
    if site_dir.exists():
        site_dir.rename(old)
    new.rename(site_dir)
    shutil.rmtree(old, ignore_errors=True)


def _files(
    kb: KnowledgeBase, manifest: Manifest, frame: Path, docs: Path
) -> Iterator[tuple[str, bytes | Path] | Problem]:
    """Every file of the site, as content or as a file to copy, and every problem met in a page."""
    printed: dict[Hashable, str] = {}
    written: list[search.Section] = []
    own = {
        MANIFEST,
        MADE_OF,
        "sitemap.xml",
        "sitemap.xml.gz",
        *manifest.types.values(),
        *manifest.prose.values(),
    }
    for file in sorted(path for path in frame.rglob("*") if path.is_file()):
        name = file.relative_to(frame).as_posix()
        if name in own:
            continue
        if file.suffix == ".html" and has_slots(html := file.read_text(encoding="utf-8")):
            shell, page = read(html, is_block), Page(kb, manifest.site, manifest.pages[name], printed=printed)
            made = _filled(shell, page, docs)
            yield made if isinstance(made, Problem) else (name, made)
            if not isinstance(made, Problem):
                written += _sections(shell, page)
        else:
            yield name, file
            if name in manifest.pages:
                page = Page(kb, manifest.site, manifest.pages[name])
                written += _sections(read(file.read_text(encoding="utf-8"), is_block), page)
    for type_name, name in manifest.types.items():
        shell = read((frame / name).read_text(encoding="utf-8"), is_block)
        for record in kb.by_type[type_name]:
            prose = _prose(frame / manifest.prose[record.id]) if record.id in manifest.prose else None
            address = f"{type_name}/{record.id}/"
            page = Page(kb, manifest.site, address, record, printed=printed)
            made = _filled(shell, page, docs, prose)
            yield made if isinstance(made, Problem) else (f"{address}index.html", made)
            if prose and not isinstance(made, Problem):
                written += _sections(prose, page)
            for former in record.former_ids:
                page = Page(kb, manifest.site, f"{type_name}/{former}/")
                yield f"{type_name}/{former}/index.html", print_template("redirect.html", page, record=record).encode()
    yield from export(kb)
    yield from feeds(kb, manifest.site)
    yield from hosting(kb)
    yield "sitemap.xml", _sitemap(kb, manifest)
    yield from search.index(kb, written)


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
    return search.sections(frame.parts, page.address, title, lambda call: within_line(call, page))


def _prose(file: Path) -> Frame:
    """The prose of a record as sections; it has no page around it."""
    return Frame((), tuple(sections(file.read_text(encoding="utf-8"), is_block)), ())


def _sitemap(kb: KnowledgeBase, manifest: Manifest) -> bytes:
    records = [f"{record.type}/{record.id}/" for records in kb.by_type.values() for record in records]
    addresses = sorted(manifest.site.url + address for address in (*manifest.pages.values(), *records))
    return print_template("sitemap.xml", None, addresses=addresses).encode() + b"\n"
