"""Pages with slots: what MkDocs renders once and the knowledge base fills for every record.

A macro in a Markdown page does not print data. It leaves a slot: one word of letters and digits that carries the call
and passes through Markdown, templates and escaping unharmed. A page with slots is a frame. The page of a type
(docs/<type>/_page.md) is a frame that is filled once per record; any other page is filled once.

Within the article of a type's page, an `<h2>` and what follows it is a section; a section whose slots all come out
empty for a record is left out, with its line in the table of contents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

_SLOT = re.compile(r"kbslot([0-9a-f]+)tolsbk")
_HEADING = re.compile(r'(?=<h2 [^>]*id=")')
_IN_HEADING = re.compile(r'<h2 [^>]*id="([^"]*)"[^>]*>(.*?)(?:<a class="headerlink"|</h2>|$)', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
ARTICLE_START, ARTICLE_END, TOC = "article-start", "article-end", "toc"
PROSE = "prose"
"""The slot where docs/<type>/<id>.md goes."""
COLOPHON = "colophon"
"""The macro that stands below the last section and belongs to none."""


@dataclass(frozen=True, slots=True)
class Call:
    """A macro call waiting for its data. `page` is the Markdown file it stands in."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    page: str = ""

    def __str__(self) -> str:
        words = [*map(json.dumps, self.args), *(f"{key}={json.dumps(value)}" for key, value in self.kwargs)]
        return f"{self.name}({', '.join(words)})" if words else self.name


class Heading(NamedTuple):
    """A line of the table of contents."""

    id: str
    title: str
    children: tuple[Heading, ...] = ()


class Block(NamedTuple):
    """What a macro comes to: HTML, and the headings in it."""

    html: str
    toc: tuple[Heading, ...] = ()


Part: TypeAlias = str | Call
Fill: TypeAlias = Callable[[Call], Block]


@dataclass(frozen=True, slots=True)
class Section:
    """Part of an article, from one heading of the second level to the next. The first has no heading."""

    heading: Heading | None
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Frame:
    """A page with slots: what stands before the article, the article's sections, what stands after."""

    before: tuple[Part, ...]
    sections: tuple[Section, ...]
    after: tuple[Part, ...]

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the article, in reading order."""
        return tuple(part for section in self.sections for part in section.parts if isinstance(part, Call))

    @cached_property
    def slots(self) -> tuple[Call, ...]:
        """Every call that waits for data of a record or the base, in reading order."""
        return tuple(part for part in self.parts if isinstance(part, Call) and part.name != TOC)

    @property
    def parts(self) -> Iterator[Part]:
        """Everything, in reading order."""
        yield from self.before
        for section in self.sections:
            yield from section.parts
        yield from self.after

    @cached_property
    def bare(self) -> Frame:
        """It without its slot for prose."""
        return self.holding(Frame((), (Section(None, ()),), ()))

    def holding(self, prose: Frame) -> Frame:
        """It with the sections of `prose` in place of the slot, so that their headings join the table of contents."""
        sections: list[Section] = []
        for section in self.sections:
            place = next(
                (i for i, part in enumerate(section.parts) if isinstance(part, Call) and part.name == PROSE), None
            )
            if place is None:
                sections.append(section)
                continue
            first, *rest = prose.sections
            sections += (Section(section.heading, section.parts[:place] + first.parts), *rest)
            last = sections.pop()
            sections.append(Section(last.heading, last.parts + section.parts[place + 1 :]))
        return Frame(self.before, tuple(sections), self.after)

    def fill(self, fill: Fill) -> str:
        """The page with `fill(call)` in every slot."""
        article: list[str] = []
        toc: list[Heading] = []
        for section in self.sections:
            blocks = [fill(part) if isinstance(part, Call) else part for part in section.parts]
            filled = [block for block in blocks if isinstance(block, Block)]
            if section.heading and filled and not any(block.html for block in filled):
                continue
            article += [block if isinstance(block, str) else block.html for block in blocks]
            inner = tuple(heading for block in filled for heading in block.toc)
            toc += [section.heading._replace(children=inner)] if section.heading else inner
        around = [
            [
                part if isinstance(part, str) else toc_html(toc) if part.name == TOC else fill(part).html
                for part in parts
            ]
            for parts in (self.before, self.after)
        ]
        return "".join((*around[0], *article, *around[1]))


def slot(call: Call) -> str:
    """The word that stands for a call."""
    data = json.dumps([call.name, call.args, call.kwargs, call.page], ensure_ascii=True, separators=(",", ":"))
    return f"kbslot{data.encode().hex()}tolsbk"


def has_slots(html: str) -> bool:
    """Whether anything in the page waits for data."""
    return "kbslot" in html


def read(html: str, is_block: Callable[[str], bool]) -> Frame:
    """Read a frame. `is_block(name)` tells macros that make blocks: Markdown puts `<p>` around a slot, which is dropped for those."""
    parts = _parts(html, is_block)
    marks = [i for i, part in enumerate(parts) if isinstance(part, Call) and part.name in (ARTICLE_START, ARTICLE_END)]
    if len(marks) != 2:
        return Frame(before=(), sections=(Section(None, tuple(parts)),), after=())
    start, end = marks
    return Frame(tuple(parts[:start]), tuple(_sections(parts[start + 1 : end])), tuple(parts[end + 1 :]))


def sections(html: str, is_block: Callable[[str], bool]) -> Iterator[Section]:
    """A piece of an article on its own, such as the prose of a record."""
    yield from _sections(_parts(html, is_block))


def _parts(html: str, is_block: Callable[[str], bool]) -> list[Part]:
    pieces: list[Part] = []
    position = 0
    for match in _SLOT.finditer(html):
        name, args, kwargs, page = json.loads(bytes.fromhex(match[1]))
        start, end = match.span()
        if is_block(name) and html.endswith("<p>", position, start) and html.startswith("</p>", end):
            start, end = start - len("<p>"), end + len("</p>")
        pieces += [html[position:start], Call(name, tuple(args), tuple((k, v) for k, v in kwargs), page)]
        position = end
    return [*pieces, html[position:]]


def _sections(parts: Sequence[Part]) -> Iterator[Section]:
    heading: Heading | None = None
    current: list[Part] = []
    for part in parts:
        if isinstance(part, Call) and part.name == COLOPHON:
            yield Section(heading, tuple(current))
            heading, current = None, []
        first, *rest = _HEADING.split(part) if isinstance(part, str) else (part,)
        current.append(first)
        for text in rest:
            yield Section(heading, tuple(current))
            found = _IN_HEADING.match(text)
            assert found is not None  # `_HEADING` splits only before such a heading
            heading, current = Heading(found[1], _TAG.sub("", found[2]).replace('"', "&quot;")), [text]
    yield Section(heading, tuple(current))


def toc_html(headings: Sequence[Heading]) -> str:
    """The items of a table of contents, in the theme's own markup. Ids and titles are HTML already."""
    return "".join(
        f'<li class="md-nav__item"><a href="#{h.id}" class="md-nav__link"><span class="md-ellipsis">{h.title}</span></a>'
        + (
            f'<nav class="md-nav" aria-label="{h.title}"><ul class="md-nav__list">{toc_html(h.children)}</ul></nav>'
            if h.children
            else ""
        )
        + "</li>"
        for h in headings
    )
