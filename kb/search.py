"""The base and the sections of hand-written pages in; what the search asks for, out: `search/`.

`index.json` says how the rest is cut. `names/` leads from every word of a name (`kb.keys`) to the names that have it,
`texts/` from every word of a summary, a statement or a section to the entries that have it; both are sorted and cut
into pieces, so that a word is in the piece that begins at or before it. `spelled/` has the words of names by script and
length, for what is mistyped, cut into pieces too. `entries/` has what is shown of a result: records first, those most referred to in front,
then sections, then statements. `facets.json` names the places and sources that entries point to by number.

docs/assets/finder.js reads all this and hands it to MiniSearch in the shape of an index of its own.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import NamedTuple

from kb import words
from kb.dates import Edtf
from kb.explorer import INSIDE
from kb.frame import Call
from kb.graph import KnowledgeBase, Linked
from kb.keys import Field, fold, keys
from kb.keys import words as words_of
from kb.model import TYPES, AnyRecord, Dispute, Figure, Name, Source
from kb.words import STATUS
from kb.years import time_of

KINDS = (*TYPES, "pages", "statements")
"""What an entry can be; its file has the place in this list."""
NAMES_EACH = 64
"""A name's number is its record's times this, and its own place among the names of the record."""
PIECE = 24_000
"""Characters of a piece of an index, about three times as many as it has bytes when compressed."""
BLOCK = 32
"""Entries in a file."""
MOST = 1000
"""Entries of a word that are kept: the first ones. Who looks for such a word alone will not read further."""
FEWEST_LETTERS = 4
"""Shorter words are not held against mistyped ones."""
LINE = 160
"""Characters of what is shown below the name of a result."""

_KOREAN = ("revised", "mccune-reischauer", "north-korean")
_ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.DOTALL)
_HEADING = re.compile(r'<h([123])\b[^>]*?\bid="([^"]*)"[^>]*>(.*?)</h\1>', re.DOTALL)
_NOT_TEXT = re.compile(
    r'<a class="headerlink".*?</a>|<(script|style|svg)\b.*?</\1>|<(details|ul) class="kb-(?:cite-page|colophon)".*?</\2>',
    re.DOTALL,
)
_BREAK = re.compile(r"</?(?:p|li|ul|ol|dl|dt|dd|div|br|tr|td|th|table|pre|blockquote|summary|details)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r"\0(\d+)\0")


class Section(NamedTuple):
    """Part of a hand-written page, from one heading to the next."""

    address: str
    page: str
    """Title of the page."""
    title: str
    """Its own heading; empty for what stands before the first."""
    text: str
    named: tuple[str, ...]
    """Ids of records and references of statements that its macros name."""


class Facets(NamedTuple):
    """What an entry can be picked by."""

    places: frozenset[str] = frozenset()
    years: frozenset[tuple[int, int]] = frozenset()
    """First and last year of each time, as far as years are named in the base."""
    sources: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()

    def with_(self, other: Facets) -> Facets:
        """What either can be picked by."""
        return Facets(
            self.places | other.places,
            self.years | other.years,
            self.sources | other.sources,
            self.statuses | other.statuses,
        )


def sections(parts: Iterable[str | Call], address: str, title: str, shown: Callable[[Call], str]) -> Iterator[Section]:
    """The sections of a page: of its article, where it has one. `shown(call)` is what a macro comes to within a line.

    `title` is that of the page where the parts have none.
    """
    calls: list[Call] = []
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        else:
            pieces.append(f"\0{len(calls)}\0")
            calls.append(part)
    whole = "".join(pieces)
    article = _ARTICLE.search(whole)
    before, *headed = _HEADING.split(article[1] if article else whole)

    def text(piece: str) -> str:
        filled = _MARK.sub(lambda found: shown(calls[int(found[1])]), piece)
        bare = _TAG.sub("", _BREAK.sub(" ", _NOT_TEXT.sub("", filled)))
        return words.visible(" ".join(html.unescape(bare).split()))

    def named(piece: str) -> tuple[str, ...]:
        made = (calls[int(found[1])] for found in _MARK.finditer(piece))
        return tuple(dict.fromkeys(arg for call in made for arg in call.args if isinstance(arg, str)))

    lead, anchor, heading = before, "", ""
    for level, id_, inner, after in zip(*(iter(headed),) * 4, strict=True):
        if level == "1":
            title = text(inner)
            lead += after
            continue
        yield Section(address + (f"#{anchor}" if anchor else ""), title, heading, text(lead), named(lead))
        anchor, heading, lead = id_, text(inner), after
    yield Section(address + (f"#{anchor}" if anchor else ""), title, heading, text(lead), named(lead))


def index(kb: KnowledgeBase, pages: Iterable[Section]) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every file the search asks for."""
    of_records = {f"{record.type}/{record.id}/" for record in kb.records.values()}
    filled = [page for page in pages if page.text or not page.title]
    leads = {page.address: page.text for page in filled if page.address in of_records}
    made = list(_Index(kb, [page for page in filled if page.address not in leads], leads).files())
    digest = sha256()
    for path, content in made:
        digest.update(path.encode() + content)
    yield from made[1:]
    path, content = made[0]
    yield path, content.replace(b'"version":""', f'"version":"{digest.hexdigest()[:12]}"'.encode(), 1)


@dataclass(frozen=True)
class _Index:
    kb: KnowledgeBase
    pages: Sequence[Section]
    leads: Mapping[str, str]
    """Address of a record to what its prose says before the first heading; that is found as the record."""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file; the first is `index.json`, without its version."""
        names, spelled = self._names()
        name_cuts, name_files = _pieces("names", names)
        text_cuts, text_files = _pieces("texts", self._texts())
        spelled_cuts, spelled_files = _spelled(spelled)
        about = {
            "version": "",
            "kinds": KINDS,
            "statuses": list(STATUS),
            "records": len(self.records),
            "entries": len(self.records) + len(self.pages) + len(self.kb.statements),
            "block": BLOCK,
            "names": name_cuts,
            "texts": text_cuts,
            "spelled": spelled_cuts,
        }
        yield "search/index.json", _json(about)
        yield from name_files
        yield from text_files
        yield from spelled_files
        block: list[object] = []
        for number, entry in enumerate(self._entries()):
            block.append(entry)
            if len(block) == BLOCK:
                yield f"search/entries/{number // BLOCK}.json", _json(block)
                block = []
        if block:
            yield f"search/entries/{number // BLOCK}.json", _json(block)
        inside = {
            (s.subject.id, s.value.id)
            for s in self.kb.statements.values()
            if s.statement.property == INSIDE and not isinstance(s.value, str) and hasattr(s.value, "id")
        }
        outer: dict[str, list[int]] = defaultdict(list)
        for inner, place in sorted(inside):
            if place in self.places:
                outer[inner].append(self.places[place])
        yield (
            "search/facets.json",
            _json(
                {
                    "places": [[self._caption(id_), *outer[id_]] for id_ in self.places],
                    "sources": [self._caption(id_) for id_ in self.sources],
                    "years": self.years,
                }
            ),
        )

    # --- what there is ----------------------------------------------------------------------------------------------

    @cached_property
    def records(self) -> list[AnyRecord]:
        """Those most referred to first, so that the first of many results are those most asked for."""
        order = {name: place for place, name in enumerate(TYPES)}

        def rank(record: AnyRecord) -> tuple[int, int, str, str]:
            return (-len(self.kb.backlinks.get(record.id, ())), order[record.type], fold(record.caption), record.id)

        return sorted(self.kb.records.values(), key=rank)

    @cached_property
    def statements(self) -> list[Linked]:
        return [linked for record in self.records for linked in self.kb.of_subject[record.id]]

    @cached_property
    def places(self) -> dict[str, int]:
        """Id to number."""
        return {record.id: number for number, record in enumerate(self.kb.by_type["places"])}

    @cached_property
    def sources(self) -> dict[str, int]:
        """Id to number."""
        return {record.id: number for number, record in enumerate(self.kb.by_type["sources"])}

    @cached_property
    def years(self) -> list[int]:
        """Every year in which some time begins or ends."""
        times = {time for linked in self.kb.statements.values() if (time := time_of(linked))}
        return sorted({day[0] for time in times for day in (time.lower, time.upper) if day})

    @cached_property
    def facets(self) -> dict[str, Facets]:
        """Of every record by its id and of every statement by its reference."""
        span = lru_cache(maxsize=None)(self._span)
        found: dict[str, Facets] = {}
        for record in self.kb.records.values():
            whole = Facets()
            if record.type == "places":
                whole = whole.with_(Facets(places=frozenset([record.id])))
            if record.type == "sources":
                whole = whole.with_(Facets(sources=frozenset([record.id])))
            for linked in self.kb.of_subject[record.id]:
                concerned = {record.id, linked.statement.qualifiers.place}
                if not isinstance(linked.value, str) and hasattr(linked.value, "id"):
                    concerned.add(linked.value.id)
                time = time_of(linked)
                found[linked.ref] = Facets(
                    frozenset(place for place in concerned if place in self.places),
                    frozenset([span(time)] if time and self.years else ()),
                    frozenset(cite.source.id for cite in linked.cites),
                    frozenset([linked.status]),
                )
                whole = whole.with_(found[linked.ref])
            found[record.id] = whole
        return found

    def _span(self, time: Edtf) -> tuple[int, int]:
        """The years a time may reach, those named in the base; an open end reaches the first or last of them."""
        first = time.lower[0] if time.lower else self.years[0]
        last = time.upper[0] if time.upper else self.years[-1]
        return (
            self.years[bisect_left(self.years, first)],
            self.years[bisect_right(self.years, last) - 1],
        )

    # --- the two indexes --------------------------------------------------------------------------------------------

    def _names(self) -> tuple[dict[str, list[list[int]]], set[str]]:
        """Word to numbers of names, by field; and the words that names are spelled with."""
        found: dict[str, list[list[int]]] = {}
        spelled: set[str] = set()
        for number, record in enumerate(self.records):
            for place, name in enumerate(names(record)):
                korean = isinstance(name, Name) and (name.language == "ko" or name.romanisation in _KOREAN)
                written = name.value if isinstance(name, Name) else name
                fields, to_spell = keys(written, korean, person=record.type == "people")
                for field, its_words in fields.items():
                    for word in its_words:
                        if word not in found:
                            found[word] = [[] for _ in Field]
                        found[word][field].append(number * NAMES_EACH + place)
                spelled.update(word for word in to_spell if len(word) >= FEWEST_LETTERS)
        return found, spelled

    def _texts(self) -> dict[str, list[list[int]]]:
        """Word to numbers of entries: those that have it in their heading, and those that have it in their text."""
        found: dict[str, list[list[int]]] = {}

        def add(number: int, title: str, text: str) -> None:
            in_title = set(words_of(title))
            for word in in_title:
                found.setdefault(word, [[], []])[0].append(number)
            for word in set(words_of(text)) - in_title:
                found.setdefault(word, [[], []])[1].append(number)

        for number, record in enumerate(self.records):
            lead = self.leads.get(f"{record.type}/{record.id}/", "")
            add(number, "", f"{words.unlinked(_about(record), self.kb)} {lead}")
        for number, page in enumerate(self.pages, len(self.records)):
            add(number, f"{page.title or page.page}", f"{page.page} {page.text}")
        for number, linked in enumerate(self.statements, len(self.records) + len(self.pages)):
            time = time_of(linked)
            years = {str(day[0]) for day in (time.lower, time.upper) if day} if time else set()
            add(number, "", " ".join([self._sentence(linked), linked.statement.note or "", *sorted(years)]))
        return found

    def _sentence(self, linked: Linked) -> str:
        return words.unlinked(words.sentence(linked), self.kb)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[object]:
        for record in self.records:
            written = [name.value if isinstance(name, Name) else name for name in names(record)]
            yield self._entry(
                record.type, f"{record.type}/{record.id}/", written, words.unlinked(record.summary, self.kb), self.facets[record.id]
            )  # fmt: skip
        for page in self.pages:
            facets = Facets()
            for name in page.named:
                facets = facets.with_(self.facets.get(name, Facets()))
            title = f"{page.page} › {page.title}" if page.title else page.page
            yield self._entry("pages", page.address, [title], page.text, facets)
        for linked in self.statements:
            address = f"{linked.subject.type}/{linked.subject.id}/#{linked.statement.id}"
            said = dict.fromkeys(words.attribution(cite, self.kb) for cite in linked.cites)
            yield self._entry(
                "statements", address, [self._sentence(linked)], f"{linked.status}: {'; '.join(said)}", self.facets[linked.ref]
            )  # fmt: skip

    def _caption(self, id_: str) -> str:
        return words.visible(self.kb.records[id_].caption)

    def _entry(self, kind: str, address: str, written: list[str], line: str, facets: Facets) -> object:
        return [
            KINDS.index(kind),
            address,
            [words.visible(name) for name in written],
            _short(words.visible(line)),
            sorted(self.places[id_] for id_ in facets.places),
            sorted(facets.years),
            sorted(self.sources[id_] for id_ in facets.sources),
            [place for place, status in enumerate(STATUS) if status in facets.statuses],
        ]


def names(record: AnyRecord) -> list[str | Name]:
    """What a record is called, each once; the first is its caption."""
    others = {name.value: name for name in record.names if name.value != record.caption}
    same = next((name for name in record.names if name.value == record.caption), record.caption)
    return [same, *others.values()][: NAMES_EACH - 1]


def script(word: str) -> str:
    """The script that words are kept apart by: what is typed in one is not mistyped from another."""
    return "latin" if word[0] < "\u0250" else "hangul" if "ㄱ" <= word[0] <= "ㅣ" else "other"


def _about(record: AnyRecord) -> str:
    """What is searched of a record beside its names and statements; all of it stands on its page."""
    said = [record.summary, words.kind(record)]
    if isinstance(record, Source):
        said.append(record.title if isinstance(record.title, str) else record.title.value)
    if isinstance(record, Dispute):
        said += [record.question, *(position.label for position in record.positions)]
    if isinstance(record, Figure):
        said.append(record.definition)
    return " ".join(said)


def _pieces(folder: str, index: Mapping[str, list[list[int]]]) -> tuple[list[str], Iterator[tuple[str, bytes]]]:
    """The first word of every piece, and the pieces: word to numbers by field, each number less the one before it."""
    cuts: list[str] = []
    pieces: list[list[str]] = []
    size = PIECE
    for word in sorted(index, key=_order):
        fields = [_steps(numbers[:MOST]) for numbers in index[word]]
        while not fields[-1]:
            fields.pop()
        line = f"{json.dumps(word, ensure_ascii=False)}:{json.dumps(fields, separators=(',', ':'))}"
        if size + len(line) > PIECE:
            cuts.append(word)
            pieces.append([])
            size = 0
        pieces[-1].append(line)
        size += len(line)
    files = (
        (f"search/{folder}/{number}.json", ("{" + ",\n".join(lines) + "}\n").encode())
        for number, lines in enumerate(pieces)
    )
    return cuts, files


def _spelled(found: Iterable[str]) -> tuple[list[tuple[str, int]], Iterator[tuple[str, bytes]]]:
    """Script and length of the first word of every piece, and the pieces: words by script, then by length."""
    cuts: list[tuple[str, int]] = []
    pieces: list[list[str]] = []
    size = PIECE
    for word in sorted(found, key=lambda word: (script(word), len(word), _order(word))):
        if size + len(word) > PIECE:
            cuts.append((script(word), len(word)))
            pieces.append([])
            size = 0
        pieces[-1].append(word)
        size += len(word) + 3
    return cuts, ((f"search/spelled/{number}.json", _json(piece)) for number, piece in enumerate(pieces))


def _steps(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _order(word: str) -> bytes:
    """Words in the order JavaScript compares them in."""
    return word.encode("utf-16-be")


def _short(text: str) -> str:
    if len(text) <= LINE:
        return text
    return text[:LINE].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
