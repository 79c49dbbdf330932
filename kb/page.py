"""A page being filled: all a macro may know of it, and how things are linked, marked and spoken there."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from markupsafe import Markup, escape

from kb import words
from kb.dates import Edtf
from kb.frame import Call
from kb.graph import Cite, KnowledgeBase, Linked
from kb.load import Card
from kb.model import AnyRecord, Quantity, Source, Voice
from kb.naming import LINK
from kb.reads import Made

Spot: TypeAlias = tuple[str, int | str]
"""A place in a source: id and paragraph. Each has one number on a page."""

_HANGUL = re.compile(
    "([\u1100-\u11ff\u3130-\u318f\uac00-\ud7af](?:[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af ]*[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af])?)"
)


html: Callable[[str], Markup] = partial(str.__new__, Markup)
"""What is HTML already, as such; `Markup` does the same, but asks more."""
SHOWN = 200
"""Statements about others that the page of a record shows in full; of a source or a place with more, the rest is counted."""


class MacroError(ValueError):
    """A macro was called with something it cannot show; the message says what and what to do."""

    def __init__(self, message: str, call: Call | None = None) -> None:
        super().__init__(message)
        self.call = call


class Spotted(NamedTuple):
    """A place that a page cites."""

    number: int
    source: Source
    at: int | str
    voices: tuple[Voice, ...]
    """Who speaks there in what is cited."""

    @property
    def key(self) -> tuple[object, ...]:
        """What is said of it in a list of sources is the same where this is."""
        return (self.source.id, self.at, *(voice.id for voice in self.voices))


@dataclass(frozen=True, slots=True)
class Site:
    """What the site knows of itself."""

    name: str
    url: str
    """Where it is published; ends with a slash."""
    edit_url: str
    """Start of the addresses at which files of the repository are edited; ends with a slash."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page being filled: all a macro may know."""

    kb: KnowledgeBase
    site: Site
    address: str
    """Path below the site's root, such as `places/ningbo/`; empty for the home page."""
    record: AnyRecord | None = None
    numbers: Mapping[Spot, int] = field(default_factory=dict)
    voices: Mapping[Spot, tuple[Voice, ...]] = field(default_factory=dict)
    """Who speaks in what this page cites at a place; somebody else may speak there as well."""
    printed: dict[Hashable, Made[str]] = field(default_factory=dict)
    """What `once` has printed; one for all pages of a build."""
    root: str = field(init=False)
    """The way from this page to the site's root."""
    own: str = field(init=False)
    """The id of the record whose page this is; empty where it is of none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", "../" * self.address.count("/") or "./")
        object.__setattr__(self, "own", self.record.id if self.record else "")

    def once(self, key: Hashable, show: Callable[..., str], *args: object) -> str:
        """What `show(page, *args)` prints, printed once for every page at this depth, and so for none of them in particular."""
        key = (key, self.root)
        made = self.printed.get(key)
        if made is None:
            here = Page(self.kb, self.site, self.address, printed=self.printed)
            made = self.printed[key] = self.kb.reads.noting(show, here, *args)
        self.kb.reads.made.add(made)
        return made.value

    def is_of(self, record: AnyRecord | Card) -> bool:
        """Whether this is the page of a record."""
        return record.id == self.own

    def href(self, record: AnyRecord | Card, anchor: str = "") -> str:
        """Relative address of a record."""
        if record.id == self.own:
            return f"#{anchor or 'top'}"
        return f"{self.root}{record.type}/{record.id}/#{anchor}" if anchor else f"{self.root}{record.type}/{record.id}/"

    def link(self, record: AnyRecord | Card, text: str = "", anchor: str = "") -> Markup:
        """A link to a record, in its own words or others."""
        inner = spoken(text or record.caption)
        if not anchor and record.id == self.own:
            return html(f'<span class="kb-self">{inner}</span>')
        return html(f'<a href="{self.href(record, anchor)}">{inner}</a>')  # addresses are ids, and need no escaping

    def links(self, records: Iterable[AnyRecord | Card]) -> Markup:
        """Links to records, side by side."""
        return html(" · ".join(map(self.link, records)))

    def rich(self, text: str) -> Markup:
        """Text with its `[[links]]`; all else as written."""
        if "[[" not in text:
            return spoken(text)
        parts, position = [], 0
        for match in LINK.finditer(text):
            record = self.kb.records.get(match[1].strip())
            parts.append(spoken(text[position : match.start()]))
            parts.append(self.link(record, match[2] or "") if record else spoken(match[0]))
            position = match.end()
        return html("".join((*parts, spoken(text[position:]))))

    def unlinked(self, text: str) -> str:
        """Text with its `[[links]]` as plain words."""
        return words.unlinked(text, self.kb)

    def value(self, linked: Linked) -> Markup:
        """A statement's value: a link to a record, or words."""
        if isinstance(linked.value, Quantity | Edtf):
            return html(f'<span class="kb-amount">{spoken(words.value(linked.value))}</span>')
        if isinstance(linked.value, str):
            return self.rich(words.value(linked.value))
        return self.link(linked.value)

    def marks(self, cites: Iterable[Cite]) -> Markup:
        """Numbered marks that lead to the list of sources."""
        return self.marked([(cite.source.id, cite.citation.at) for cite in cites])

    def marked(self, spots: Iterable[Spot]) -> Markup:
        """Numbered marks for places in sources; three or more in a row are drawn together."""
        return _marks(tuple(sorted({self.numbers[spot] for spot in spots if spot in self.numbers})))

    def scope(self, linked: Linked) -> list[tuple[str, Markup]]:
        """What a statement is limited to: the kind of limit and its words."""
        q = linked.statement.qualifiers
        found = [("time", spoken(q.time.words))] if q.time else []
        for name, target in (("place", q.place), ("agency", q.agency), ("group", q.group)):
            if target and target in self.kb.records:
                found.append((name, self.link(self.kb.records[target])))
        if q.sector and q.sector in self.kb.vocabulary.sectors:
            found.append(("sector", spoken(self.kb.vocabulary.sectors[q.sector].label)))
        return found

    def is_told_in(self, linked: Linked) -> bool:
        """Whether what is said around the value of a statement names this page's record, which then is no link."""
        here, scope = self.own, linked.statement.qualifiers
        if not here:
            return False
        texts = (linked.statement.note, *[cite.citation.inferred for cite in linked.cites])
        return (
            here in (scope.place, scope.agency, scope.group)
            or here in [dispute.id for dispute, _ in linked.disputes]
            or here in [match[1].strip() for text in texts if text and here in text for match in LINK.finditer(text)]
        )

    def says(self, linked: Linked) -> list[tuple[str, list[Cite]]]:
        """Who says it, each speaker once, with the places."""
        speakers: dict[str, list[Cite]] = {}
        for cite in linked.cites:
            speakers.setdefault(cite.says, []).append(cite)
        return list(speakers.items())

    def spots(self) -> list[Spotted]:
        """The numbered list of places this page cites."""
        sources = ((number, self.kb.records.get(spot[0]), spot) for spot, number in self.numbers.items())
        return [
            Spotted(number, source, spot[1], self.voices.get(spot, ()))
            for number, source, spot in sources
            if isinstance(source, Source)
        ]


@lru_cache(maxsize=65536)
def _marks(numbers: tuple[int, ...]) -> Markup:
    """Numbered marks, three or more in a row drawn together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{_mark(run[0])}–{_mark(run[-1])}" if len(run) > 2 else "".join(map(_mark, run)) for run in runs]
    return Markup(f'<sup class="kb-cite">{"".join(shown)}</sup>' if shown else "")


def _mark(number: int) -> str:
    return f'<a href="#cite-{number}" aria-label="Source {number}">[{number}]</a>'


@lru_cache(maxsize=65536)
def spoken(text: str) -> Markup:
    """Escaped text in which nothing is hidden and hangul is marked as Korean."""
    safe = str(escape(words.visible(text)))
    return Markup(safe if safe.isascii() else _HANGUL.sub(r'<span lang="ko">\1</span>', safe))
