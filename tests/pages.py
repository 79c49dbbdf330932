"""Pages with slots, made as MkDocs makes them but without it: the real pages of the types, and any Markdown a test has."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, StrictUndefined
from markdown import markdown  # type: ignore[import-untyped]

from kb.frame import ARTICLE_END, ARTICLE_START, TOC, Call, Frame, read, sections, slot
from kb.graph import KnowledgeBase
from kb.macros import is_block
from kb.model import TYPES, AnyRecord
from kb.page import Page, Site
from kb.parts import Manifest
from kb.render import render

ROOT = Path(__file__).parent.parent
SITE = Site("Sent Abroad", "https://kb.example/", "https://git.example/edit/")
_DEFINE = runpy.run_path(str(ROOT / "hooks" / "macros.py"))["define_env"]


def framed(text: str, file: str = "page.md") -> str:
    """Markdown with macros as HTML with slots, through the variables mkdocs-macros is given."""
    adapter = SimpleNamespace(variables={}, page=SimpleNamespace(file=SimpleNamespace(src_uri=file)))
    _DEFINE(adapter)
    source = Environment(undefined=StrictUndefined).from_string(text).render(adapter.variables)
    html = markdown(
        source,
        extensions=["attr_list", "toc"],
        extension_configs={"toc": {"permalink": "#", "permalink_title": "Permanent link"}},
    )
    return str(html)


def page_html(article: str) -> str:
    """A whole page of a type around the HTML of its article."""
    head = f"<title>{slot(Call('title'))}</title><meta name='description' content=\"{slot(Call('description'))}\">"
    head += f'<link rel="canonical" href="{slot(Call("canonical"))}">'
    body = f'<a href="{slot(Call("edit_url"))}">Edit</a><ul>{slot(Call(TOC))}</ul>'
    return (
        f"<!doctype html><html><head>{head}</head><body>{body}<article>"
        f"{slot(Call(ARTICLE_START))}{article}{slot(Call(ARTICLE_END))}</article></body></html>"
    )


def type_html(type_name: str) -> str:
    """The page of a type, from docs/<type>/_page.md."""
    text = (ROOT / "docs" / type_name / "_page.md").read_text(encoding="utf-8")
    return page_html(framed(text.split("---\n", 2)[2], f"{type_name}/_page.md"))


def type_frame(type_name: str) -> Frame:
    """The frame of a type."""
    return read(type_html(type_name), is_block)


def record_page(kb: KnowledgeBase, record: AnyRecord) -> Page:
    """The page of a record, not yet filled."""
    return Page(kb, SITE, f"{record.type}/{record.id}/", record)


def filled(kb: KnowledgeBase, record: AnyRecord, prose: str = "") -> str:
    """The finished page of a record, with Markdown prose where there is some."""
    frame = Frame((), tuple(sections(framed(prose), is_block)), ()) if prose else None
    return render(type_frame(record.type), record_page(kb, record), frame)


def article(html: str) -> str:
    """The article of a page."""
    return html.partition("<article>")[2].partition("</article>")[0]


def shown(kb: KnowledgeBase, text: str, record: AnyRecord | None = None) -> str:
    """A hand-written page of Markdown with macros, filled."""
    page = record_page(kb, record) if record else Page(kb, SITE, "page/")
    return render(read(framed(text), is_block), page)


class Markup(HTMLParser):
    """The tags of HTML with their attributes, and its text; every tag has to be closed where it was opened."""

    _OPEN = frozenset(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
    )

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str]]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(html)
        self.close()
        assert not self._inside, f"never closed: {self._inside}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [(name, value or "") for name, value in attrs]))
        if tag not in self._OPEN:
            self._inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [(name, value or "") for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        inside = self._inside.pop() if self._inside else "nothing"
        assert tag == inside, f"</{tag}> at {self.getpos()} closes <{inside}>"

    def handle_data(self, data: str) -> None:
        self.text += data


def frame_folder(folder: Path, pages: Mapping[str, str], prose: Mapping[str, str] | None = None) -> tuple[Path, Path]:
    """What MkDocs would leave for `kb.build`, and the docs it came from: the real pages of the types, `pages` (address to
    Markdown) and `prose` (`type/id` to Markdown)."""
    docs, frame = folder / "docs", folder / "frame"
    files: dict[Path, str] = {}
    for type_name in TYPES:
        files[frame / type_name / "_page/index.html"] = type_html(type_name)
        files[docs / type_name / "_page.md"] = (ROOT / "docs" / type_name / "_page.md").read_text(encoding="utf-8")
    for address, text in pages.items():
        name = f"{address.rstrip('/') or 'index'}.md"
        files[frame / address / "index.html"] = f"<html><body>{framed(text, name)}</body></html>"
        files[docs / name] = text
    for place, text in (prose or {}).items():
        files[frame / f"{place}.prose.html"] = framed(text, f"{place}.md")
        files[docs / f"{place}.md"] = text
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Manifest(
        SITE,
        {name: f"{name}/_page/index.html" for name in TYPES},
        {f"{address}index.html": address for address in pages},
        {place.partition("/")[2]: f"{place}.prose.html" for place in prose or {}},
    ).save(frame)
    return frame, docs
