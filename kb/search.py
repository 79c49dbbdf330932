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
import marshal
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from kb import words
from kb.explorer import INSIDE
from kb.frame import Call
from kb.graph import KnowledgeBase, Linked
from kb.keys import Field, fold, keys
from kb.keys import words as words_of
from kb.model import TYPES, AnyRecord, Dispute, Figure, Name, Place, Source
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

EVER = -(10**6)
"""Stands for the year of a bound that there is none of."""

_STATUSES = list(STATUS)
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

    places: tuple[str, ...] = ()
    years: tuple[tuple[int, int], ...] = ()
    """First and last year of each time; `EVER` on the side where it has no bound."""
    sources: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()

    def with_(self, others: Iterable[Facets]) -> Facets:
        """What any of them can be picked by."""
        joined = (sorted({thing for each in some for thing in each}) for some in zip(self, *others, strict=True))
        return Facets(*map(tuple, joined))


class Said(NamedTuple):
    """What the search knows of a statement."""

    anchor: str
    head: str
    """Its entry as JSON, but for the facets."""
    words: tuple[str, ...]
    facets: Facets


class Named(NamedTuple):
    """What the search knows of a name."""

    fields: tuple[tuple[str, ...], ...]
    """The words it is looked up under, by `kb.keys.Field`."""
    spelled: tuple[str, ...]
    """Words a mistyped one may be meant for."""


class Found(NamedTuple):
    """What the search knows of a record."""

    id: str
    type: str
    caption: str
    links: int
    """How much refers to it."""
    names: tuple[Named, ...]
    head: str
    """Its entry as JSON, but for the facets."""
    words: tuple[str, ...]
    facets: Facets
    inside: tuple[str, ...]
    """The places it is in."""
    said: tuple[Said, ...]

    @property
    def address(self) -> str:
        """Of its page."""
        return f"{self.type}/{self.id}/"


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


def record(kb: KnowledgeBase, of: AnyRecord) -> Found:
    """What the search knows of a record."""
    address = f"{of.type}/{of.id}/"
    about = kb.of_subject[of.id]
    said = tuple(_said(kb, linked, address) for linked in about)
    own = Facets(places=(of.id,) if of.type == "places" else (), sources=(of.id,) if of.type == "sources" else ())
    called = names(of)
    written = [name.value if isinstance(name, Name) else name for name in called]
    inside = [s.value.id for s in about if s.statement.property == INSIDE and isinstance(s.value, Place)]
    return Found(
        of.id,
        of.type,
        words.visible(of.caption),
        len(kb.backlinks.get(of.id, ())),
        tuple(_named(name, of.type == "people") for name in called),
        _head(of.type, address, written, words.unlinked(of.summary, kb)),
        tuple(dict.fromkeys(words_of(words.unlinked(_about(of), kb)))),
        own.with_(each.facets for each in said),
        tuple(sorted(set(inside))),
        said,
    )


def _said(kb: KnowledgeBase, linked: Linked, address: str) -> Said:
    time = time_of(linked)
    bounds = (time.lower, time.upper) if time else ()
    concerned = {linked.statement.qualifiers.place}
    concerned |= {end.id for end in (linked.subject, linked.value) if isinstance(end, Place)}
    sentence = words.unlinked(linked.sentence, kb)
    text = " ".join([sentence, linked.statement.note or "", *sorted({str(day[0]) for day in bounds if day})])
    line = f"{linked.status}: {'; '.join(dict.fromkeys(cite.says for cite in linked.cites))}"
    return Said(
        linked.statement.id,
        _head("statements", f"{address}#{linked.statement.id}", [sentence], line),
        tuple(dict.fromkeys(words_of(text))),
        Facets(
            tuple(sorted(place for place in concerned if place)),
            (tuple(day[0] if day else EVER for day in bounds),) if bounds else (),  # type: ignore[arg-type]
            tuple(sorted({cite.source.id for cite in linked.cites})),
            (_STATUSES.index(linked.status),),
        ),
    )


def _named(name: str | Name, person: bool) -> Named:
    korean = isinstance(name, Name) and (name.language == "ko" or name.romanisation in _KOREAN)
    fields, spelled = keys(name.value if isinstance(name, Name) else name, korean, person=person)
    return Named(
        tuple(tuple(sorted(fields[field])) for field in Field),
        tuple(word for word in spelled if len(word) >= FEWEST_LETTERS),
    )


def dumped(found: Found) -> bytes:
    """What is known of a record as it is kept."""
    return marshal.dumps(_plain(found))  # type: ignore[arg-type]


def loaded(kept: bytes) -> Found:
    """What is known of a record as it was kept; raises `ValueError`, `TypeError` or `EOFError` where it is not that."""
    made = Found._make(marshal.loads(kept))
    return made._replace(
        names=tuple(map(Named._make, made.names)),
        facets=Facets._make(made.facets),
        said=tuple(Said(anchor, head, its_words, Facets._make(its)) for anchor, head, its_words, its in made.said),
    )


def _plain(thing: object) -> object:
    return tuple(map(_plain, thing)) if isinstance(thing, tuple) else thing


def index(kb: KnowledgeBase, pages: Iterable[Section]) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every file the search asks for."""
    return together((record(kb, kb.loaded.record(card)) for card in kb.cards.values()), pages)


def together(found: Iterable[Found], pages: Iterable[Section]) -> Iterator[tuple[str, bytes]]:
    """Every file, from what is known of every record and the sections of pages."""
    order = {name: place for place, name in enumerate(TYPES)}
    ranked = sorted(found, key=lambda of: (-of.links, order[of.type], fold(of.caption), of.id))
    of_records = {of.address for of in ranked}
    filled = [page for page in pages if page.text or not page.title]
    leads = {page.address: page.text for page in filled if page.address in of_records}
    made = list(_Index(ranked, [page for page in filled if page.address not in leads], leads).files())
    digest = sha256()
    for path, content in made:
        digest.update(path.encode() + content)
    yield from made[1:]
    path, content = made[0]
    yield path, content.replace(b'"version":""', f'"version":"{digest.hexdigest()[:12]}"'.encode(), 1)


@dataclass(frozen=True)
class _Index:
    records: Sequence[Found]
    """Those most referred to first, so that the first of many results are those most asked for."""
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
            "entries": len(self.records) + len(self.pages) + sum(len(of.said) for of in self.records),
            "block": BLOCK,
            "names": name_cuts,
            "texts": text_cuts,
            "spelled": spelled_cuts,
        }
        yield "search/index.json", _json(about)
        yield from name_files
        yield from text_files
        yield from spelled_files
        entries = self._entries()
        number = 0
        while block := list(islice(entries, BLOCK)):
            yield f"search/entries/{number}.json", f"[{','.join(block)}]\n".encode()
            number += 1
        captions = {of.id: of.caption for of in self.records}
        inside = {of.id: [self.places[place] for place in of.inside] for of in self.records}
        yield (
            "search/facets.json",
            _json(
                {
                    "places": [[captions[id_], *inside[id_]] for id_ in self.places],
                    "sources": [captions[id_] for id_ in self.sources],
                    "years": self.years,
                }
            ),
        )

    # --- what there is ----------------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> dict[str, int]:
        """Id to number, in the order of names."""
        return self._numbered("places")

    @cached_property
    def sources(self) -> dict[str, int]:
        """Id to number, in the order of names."""
        return self._numbered("sources")

    def _numbered(self, type_name: str) -> dict[str, int]:
        listed = sorted((of.caption.casefold(), of.id) for of in self.records if of.type == type_name)
        return {id_: number for number, (_, id_) in enumerate(listed)}

    @cached_property
    def years(self) -> list[int]:
        """Every year in which some time begins or ends."""
        spans = {span for of in self.records for span in of.facets.years}
        return sorted({year for span in spans for year in span if year != EVER})

    # --- the two indexes --------------------------------------------------------------------------------------------

    def _names(self) -> tuple[dict[str, list[list[int]]], set[str]]:
        """Word to numbers of names, by field; and the words that names are spelled with."""
        found: dict[str, list[list[int]]] = {}
        spelled: set[str] = set()
        for number, of in enumerate(self.records):
            for place, name in enumerate(of.names):
                for field, its_words in enumerate(name.fields):
                    for word in its_words:
                        if word not in found:
                            found[word] = [[] for _ in Field]
                        found[word][field].append(number * NAMES_EACH + place)
                spelled.update(name.spelled)
        return found, spelled

    def _texts(self) -> dict[str, list[list[int]]]:
        """Word to numbers of entries: those that have it in their heading, and those that have it in their text."""
        titled: dict[str, list[int]] = defaultdict(list)
        written: dict[str, list[int]] = defaultdict(list)
        for number, of in enumerate(self.records):
            lead = self.leads.get(of.address)
            for word in {*of.words, *words_of(lead)} if lead else of.words:
                written[word].append(number)
        for number, page in enumerate(self.pages, len(self.records)):
            in_title = set(words_of(page.title or page.page))
            for word in in_title:
                titled[word].append(number)
            for word in set(words_of(f"{page.page} {page.text}")) - in_title:
                written[word].append(number)
        number = len(self.records) + len(self.pages)
        for of in self.records:
            for said in of.said:
                for word in said.words:
                    written[word].append(number)
                number += 1
        return {word: [titled.get(word, []), written.get(word, [])] for word in {**titled, **written}}

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[str]:
        tails = self._tail()
        for of in self.records:
            yield of.head + tails(of.facets)
        facets = {}
        if any(page.named for page in self.pages):
            facets = {of.id: of.facets for of in self.records}
            facets |= {f"{of.id}#{said.anchor}": said.facets for of in self.records for said in of.said}
        for page in self.pages:
            picked = Facets().with_(facets[name] for name in page.named if name in facets)
            title = f"{page.page} › {page.title}" if page.title else page.page
            yield _head("pages", page.address, [title], page.text) + tails(picked)
        for of in self.records:
            for said in of.said:
                yield said.head + tails(said.facets)

    def _tail(self) -> Callable[[Facets], str]:
        """The rest of an entry: its facets by their numbers. Few differ, and each is written once."""

        @cache
        def places(ids: tuple[str, ...]) -> str:
            return _json_text(sorted(self.places[id_] for id_ in ids if id_ in self.places))

        @cache
        def sources(ids: tuple[str, ...]) -> str:
            return _json_text(sorted(self.sources[id_] for id_ in ids if id_ in self.sources))

        @cache
        def spans(years: tuple[tuple[int, int], ...]) -> str:
            return _json_text(sorted({self._span(*span) for span in years}) if self.years else [])

        def tail(of: Facets) -> str:
            return f",{places(of.places)},{spans(of.years)},{sources(of.sources)},{_json_text(of.statuses)}]"

        return tail

    def _span(self, first: int, last: int) -> tuple[int, int]:
        """The years a time may reach, those named in the base; an open end reaches the first or last of them."""
        return (
            self.years[0 if first == EVER else bisect_left(self.years, first)],
            self.years[-1 if last == EVER else bisect_right(self.years, last) - 1],
        )


def _head(kind: str, address: str, written: list[str], line: str) -> str:
    """An entry but for its facets, as JSON: kind, address, names, line."""
    shown = [words.visible(name) for name in written]
    entry = [KINDS.index(kind), address, shown, _short(words.visible(line))]
    return _json_text(entry)[:-1]


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
        line = f"{_json_text(word)}:{_json_text(fields)}"
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


_json_text = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def _json(data: object) -> bytes:
    return _json_text(data).encode() + b"\n"
