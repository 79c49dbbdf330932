"""The base and the sections of hand-written pages in; what the search asks for, out: `search/`.

`index.json` says how the rest is cut. `names/` leads from every word of a name (`kb.keys`) to the names that have it,
`texts/` from every word of a summary, a statement or a section to the entries that have it; both are sorted and cut
into pieces, so that a word is in the piece that begins at or before it. `spelled/` has the words of names by script and
length, for what is mistyped, cut into pieces too. `entries/` has what is shown of a result: records first, those most referred to in front,
then sections, then statements. `facets.json` names the places and sources that entries point to by number.

What is known of each record and page is worked out with it and kept. The `FILES` of each kind are put together from what is
kept for them, so that those of a kind stand where nothing of theirs has changed.

docs/assets/finder.js reads all this and hands it to MiniSearch in the shape of an index of its own.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

from kb import words
from kb.explorer import INSIDE
from kb.frame import Call
from kb.graph import KnowledgeBase, Linked
from kb.keys import Field, fold, keys
from kb.keys import words as words_of
from kb.load import Card
from kb.model import TYPES, AnyRecord, Dispute, Figure, Name, Place, Source
from kb.words import STATUS
from kb.years import time_of

KINDS = (*TYPES, "pages", "statements")
"""What an entry can be; its file has the place in this list."""
FILES = ("names", "texts", "entries")
"""The kinds of files that are put together from what is known of records and pages."""
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


class Found(NamedTuple):
    """What the search knows of a record or a page, as it is kept: lines, which are joined and cut faster than anything is decoded.

    Texts and entries are in three groups, with a form feed between: the record itself, sections, statements.
    """

    links: int
    """How much refers to it."""
    names: bytes
    """Of each name the words it is looked up under, by `kb.keys.Field`, and those a mistyped one may be meant for."""
    texts: bytes
    """Of each entry its words; of a section, those of its heading stand in front, with a tab between."""
    entries: bytes
    """Of each entry its JSON without facets, and these (`_columns`); of a record also the places it is in, of a section what it names."""

    @property
    def told(self) -> bytes:
        """What differs where anything of this does; see `told_of`."""
        return b"".join(number.to_bytes(4, "big") for number in (self.links, *map(crc32, self[1:])))


def links_told(told: bytes) -> int:
    """How much refers to a record, by what was told of it."""
    return int.from_bytes(told[:4], "big")


def told_of(kind: str, told: bytes) -> bytes:
    """Of what was told of a record or page, that which differs where something of a kind does."""
    place = 4 + 4 * FILES.index(kind)
    return told[place : place + 4]


class About(NamedTuple):
    """What `index.json` says of the files of a kind."""

    digest: bytes
    facts: dict[str, Any]


class _Entry(NamedTuple):
    """A line of `Found.texts` and one of `Found.entries`."""

    words: str
    shown: str


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


def record(kb: KnowledgeBase, of: AnyRecord, prose: Iterable[Section] = ()) -> Found:
    """What the search knows of a record. What its prose says before the first heading is found as the record."""
    address = f"{of.type}/{of.id}/"
    about = kb.of_subject[of.id]
    parts = list(prose)
    leads = [section.text for section in parts if section.address == address]
    called = names(of)
    written = [name.value if isinstance(name, Name) else name for name in called]
    picked = Facets(places=(of.id,) if of.type == "places" else (), sources=(of.id,) if of.type == "sources" else ())
    inside = {s.value.id for s in about if s.statement.property == INSIDE and isinstance(s.value, Place)}
    head = _head(of.type, address, written, words.unlinked(of.summary, kb))
    own = _Entry(
        _distinct(" ".join([words.unlinked(_about(of), kb), *leads])),
        "\t".join([head, _columns(picked.with_(map(_facets, about))), " ".join(sorted(inside))]),
    )
    return _found(
        [own],
        [section for section in parts if section.address != address],
        [_said(kb, linked, address) for linked in about],
        len(kb.backlinks.get(of.id, ())),
        _lines(_named(name, of.type == "people") for name in called),
    )


def page(parts: Iterable[Section]) -> Found:
    """What the search knows of a page that is no record's."""
    return _found((), parts, ())


def _found(
    own: Iterable[_Entry], parts: Iterable[Section], said: Iterable[_Entry], links: int = 0, named: str = ""
) -> Found:
    shown = [_section(section) for section in parts if section.text or not section.title]
    groups = [list(zip(*group, strict=True)) or [(), ()] for group in (own, shown, said)]
    texts, entries = ("\f".join(_lines(group[i]) for group in groups) for i in (0, 1))
    return Found(links, named.encode(), texts.encode(), entries.encode())


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _distinct(text: str) -> str:
    return " ".join(dict.fromkeys(words_of(text)))


def _said(kb: KnowledgeBase, linked: Linked, address: str) -> _Entry:
    sentence = words.unlinked(linked.sentence, kb)
    years = sorted({str(year) for year in _years(linked) if year != EVER})
    line = f"{linked.status}: {'; '.join(dict.fromkeys(cite.says for cite in linked.cites))}"
    head = _head("statements", f"{address}#{linked.statement.id}", [sentence], line)
    return _Entry(
        _distinct(" ".join([sentence, linked.statement.note or "", *years])), f"{head}\t{_columns(_facets(linked))}"
    )


def _section(of: Section) -> _Entry:
    titled = dict.fromkeys(words_of(of.title or of.page))
    written = [word for word in dict.fromkeys(words_of(f"{of.page} {of.text}")) if word not in titled]
    head = _head("pages", of.address, [f"{of.page} › {of.title}" if of.title else of.page], of.text)
    named = [name for name in of.named if name.split() == [name]]
    return _Entry(f"{' '.join(titled)}\t{' '.join(written)}", f"{head}\t{' '.join(named)}")


def _years(linked: Linked) -> tuple[int, ...]:
    """The first and the last year of a statement's time; none where it has no time."""
    time = time_of(linked)
    return tuple(day[0] if day else EVER for day in (time.lower, time.upper)) if time else ()


def _facets(linked: Linked) -> Facets:
    concerned = {linked.statement.qualifiers.place}
    concerned |= {end.id for end in (linked.subject, linked.value) if isinstance(end, Place)}
    years = _years(linked)
    return Facets(
        tuple(sorted(place for place in concerned if place)),
        (years,) if years else (),  # type: ignore[arg-type]
        tuple(sorted({cite.source.id for cite in linked.cites})),
        (_STATUSES.index(linked.status),),
    )


def _columns(of: Facets) -> str:
    """Facets with tabs between them, and what is in them with spaces between."""
    spans = (f"{first},{last}" for first, last in of.years)
    return "\t".join(map(" ".join, (of.places, spans, of.sources, map(str, of.statuses))))


def _named(name: str | Name, person: bool) -> str:
    korean = isinstance(name, Name) and (name.language == "ko" or name.romanisation in _KOREAN)
    fields, spelled = keys(name.value if isinstance(name, Name) else name, korean, person=person)
    held = [word for word in spelled if len(word) >= FEWEST_LETTERS]
    return "\t".join(map(" ".join, [*(sorted(fields[field]) for field in Field), held]))


def index(kb: KnowledgeBase, pages: Iterable[Section]) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every file the search asks for."""
    by_page: dict[str, list[Section]] = defaultdict(list)
    for section in pages:
        by_page[section.address.partition("#")[0]].append(section)
    found = {
        card.id: record(kb, kb.loaded.record(card), by_page.pop(f"{card.type}/{card.id}/", ()))
        for card in kb.cards.values()
    }
    cards = ranked(kb.cards.values(), {id_: of.links for id_, of in found.items()})
    others = [page(parts) for parts in by_page.values()]
    abouts = []
    for kind in FILES:
        kept = FILES.index(kind) + 1
        for made in files(kind, cards, (found[card.id][kept] for card in cards), (of[kept] for of in others)):  # type: ignore[misc]
            if isinstance(made, About):
                abouts.append(made)
            else:
                yield made
    yield "search/index.json", contents(abouts)


def ranked(cards: Iterable[Card], links: Mapping[str, int]) -> list[Card]:
    """Those most referred to first, so that the first of many results are those most asked for."""
    order = {name: place for place, name in enumerate(TYPES)}
    return sorted(cards, key=lambda of: (-links[of.id], order[of.type], fold(words.visible(of.caption)), of.id))


def files(
    kind: str, cards: Sequence[Card], of_records: Iterable[bytes], of_pages: Iterable[bytes]
) -> Iterator[tuple[str, bytes] | About]:
    """The files of a kind, and at the end what is to be said of them; from what `Found` has for that kind.

    `cards` are those of all records, as they are `ranked`; `of_records` are in that order too.
    """
    if kind == "names":
        facts, made = _names(of_records)
    elif kind == "texts":
        facts, made = _texts(*_groups(chain(of_pages, of_records)))
    else:
        facts, made = _entries(cards, *_groups(chain(of_pages, of_records)))
    digest = sha256()
    for path, content in made:
        digest.update(path.encode() + content)
        yield path, content
    yield About(digest.digest(), facts)


def contents(abouts: Iterable[About]) -> bytes:
    """`index.json`, from what is said of the files of every kind."""
    digest, facts = sha256(), dict[str, Any]()
    for about in abouts:
        digest.update(about.digest)
        facts |= about.facts
    version = digest.hexdigest()[:12]
    return _json({"version": version, "kinds": KINDS, "statuses": _STATUSES, "block": BLOCK, **facts})


def _groups(kept: Iterable[bytes]) -> list[list[bytes]]:
    """The lines of records, those of sections and those of statements."""
    apart = [of.split(b"\f") for of in kept]
    return [b"".join(groups[i] for groups in apart).split(b"\n")[:-1] for i in range(3)]


_Files = Iterator[tuple[str, bytes]]


def _names(of_records: Iterable[bytes]) -> tuple[dict[str, Any], _Files]:
    """Word to numbers of names, by field; and the words that names are spelled with."""
    found: list[dict[str, list[int]]] = [defaultdict(list) for _ in Field]
    spelled: set[str] = set()
    for place, of in enumerate(of_records):
        for number, line in enumerate(of.decode().split("\n")[:-1], place * NAMES_EACH):
            *fields, held = line.split("\t")
            for numbers, its_words in zip(found, fields, strict=True):
                for word in its_words.split():
                    numbers[word].append(number)
            spelled.update(held.split())
    name_cuts, name_files = _pieces("names", found)
    spelled_cuts, spelled_files = _spelled(spelled)
    return {"names": name_cuts, "spelled": spelled_cuts}, chain(name_files, spelled_files)


def _texts(
    of_records: Sequence[bytes], of_sections: Sequence[bytes], of_statements: Sequence[bytes]
) -> tuple[dict[str, Any], _Files]:
    """Word to numbers of entries: those that have it in their heading, and those that have it in their text."""
    titled: dict[str, list[int]] = defaultdict(list)
    written: dict[str, list[int]] = defaultdict(list)
    headings, bodies = zip(*(line.split(b"\t") for line in of_sections), strict=True) if of_sections else ((), ())
    for number, line in enumerate(headings, len(of_records)):
        for word in line.decode().split():
            titled[word].append(number)
    for number, line in enumerate(chain(of_records, bodies, of_statements)):
        for word in line.decode().split():
            written[word].append(number)
    cuts, made = _pieces("texts", (titled, written))
    return {"texts": cuts}, made


def _entries(
    cards: Sequence[Card], of_records: Sequence[bytes], of_sections: Sequence[bytes], of_statements: Sequence[bytes]
) -> tuple[dict[str, Any], _Files]:
    """What is shown of results, and the names of what they can be picked by."""
    captions = {card.id: words.visible(card.caption) for card in cards}
    places, sources = (_numbered(cards, captions, type_name) for type_name in ("places", "sources"))
    inside, spans = {}, set[str]()
    for card, line in zip(cards, of_records, strict=True):
        *_, in_years, _, _, within = line.decode().split("\t")
        inside[card.id] = [places[id_] for id_ in within.split()]
        spans.update(in_years.split())
    years = sorted({int(year) for span in spans for year in span.split(",")} - {EVER})
    reached = {span: _span(span, years) for span in spans if years}
    columns = (
        _Once(lambda ids: sorted(places[id_] for id_ in ids if id_ in places)),
        _Once(lambda some: [[*span] for span in sorted({reached[span] for span in some})] if years else []),
        _Once(lambda ids: sorted(sources[id_] for id_ in ids if id_ in sources)),
        _Once(lambda numbers: list(map(int, numbers))),
    )

    def entry(line: bytes) -> bytes:
        head, *picked = line.split(b"\t")
        return b",".join((head, *map(_Once.__getitem__, columns, picked)))

    lines = [*of_records, *_with_facets(of_sections, chain(of_records, of_statements)), *of_statements]
    facets = {
        "places": [[captions[id_], *inside[id_]] for id_ in places],
        "sources": [captions[id_] for id_ in sources],
        "years": years,
    }
    blocks = (
        (f"search/entries/{first // BLOCK}.json", b"[" + b"],".join(map(entry, lines[first : first + BLOCK])) + b"]]\n")
        for first in range(0, len(lines), BLOCK)
    )
    about = {"records": len(cards), "entries": len(lines)}
    return about, chain(blocks, [("search/facets.json", _json(facets))])


class _Once(dict[bytes, bytes]):
    """Words to the list that is made of them, as JSON; each made once."""

    def __init__(self, make: Callable[[list[str]], list[Any]]) -> None:
        self._make = make

    def __missing__(self, text: bytes) -> bytes:
        made = self[text] = str(self._make(text.decode().split())).replace(" ", "").encode()
        return made


def _numbered(cards: Sequence[Card], captions: Mapping[str, str], type_name: str) -> dict[str, int]:
    """Id to number, in the order of names."""
    listed = sorted((captions[of.id].casefold(), of.id) for of in cards if of.type == type_name)
    return {id_: number for number, (_, id_) in enumerate(listed)}


def _with_facets(of_sections: Sequence[bytes], others: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of sections, with all that what they name can be picked by in place of its names."""
    named = {name for line in of_sections for name in line.split(b"\t")[1].split()}
    columns: dict[bytes, list[list[bytes]]] = {}
    for line in others if named else ():
        _, address, _ = line.split(b'"', 2)
        ref = address.partition(b"/")[2].replace(b"/", b"", 1)
        if ref in named:
            columns[ref] = [column.split() for column in line.split(b"\t")[1:5]]
    for line in of_sections:
        head, names_ = line.split(b"\t")
        picked = [columns[name] for name in names_.split() if name in columns]
        joined = [sorted({one for some in column for one in some}) for column in zip(*picked, strict=True)]
        yield b"\t".join([head, *map(b" ".join, joined or [[]] * 4)])


def _span(span: str, years: Sequence[int]) -> tuple[int, int]:
    """The years a time may reach, those named in the base; an open end reaches the first or last of them."""
    first, last = map(int, span.split(","))
    return (
        years[0 if first == EVER else bisect_left(years, first)],
        years[-1 if last == EVER else bisect_right(years, last) - 1],
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


def _pieces(folder: str, fields: Sequence[Mapping[str, list[int]]]) -> tuple[list[str], Iterator[tuple[str, bytes]]]:
    """The first word of every piece, and the pieces: word to numbers by field, each number less the one before it."""
    cuts: list[str] = []
    pieces: list[list[str]] = []
    nothing: list[int] = []
    size = PIECE
    for word in sorted({word for field in fields for word in field}, key=_order):
        steps = [_steps(field.get(word, nothing)) for field in fields]
        while not steps[-1]:
            steps.pop()
        line = f'"{word}":{steps}'.replace(" ", "")  # JSON, as no word has anything to escape
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


def _steps(numbers: list[int]) -> list[int]:
    """The first of them, each less the one before it."""
    if len(numbers) < 2:
        return numbers
    kept = numbers[:MOST]
    return list(map(int.__sub__, kept, [0, *kept]))


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
