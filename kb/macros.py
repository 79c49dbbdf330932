"""Macros: a page, and what is asked for, in; HTML out.

One implementation of each serves the pages of records, where the record goes without saying, and hand-written pages,
where the first argument names it. Templates only print; all text is escaped on the way out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup, escape

from kb import words
from kb.atlas import HOME, whereabouts
from kb.atlas import atlas as mapped
from kb.changes import MOST_LISTED, by_record, by_type, news
from kb.chart import chart as draw_chart
from kb.chart import observations
from kb.dates import Edtf
from kb.explorer import choices, holding
from kb.feeds import NAME as FEED
from kb.frame import Block, Heading
from kb.graph import Backlink, Cite, KnowledgeBase, Linked, Resting
from kb.keys import fold
from kb.lineage import lineage as traced
from kb.load import Card
from kb.matrix import matrix
from kb.model import (
    SINGULAR,
    TYPES,
    AnyRecord,
    Calculation,
    Dispute,
    Figure,
    Inferred,
    Name,
    Place,
    Quantity,
    Source,
)
from kb.network import neighbourhood as around
from kb.network import network as woven
from kb.page import SHOWN, MacroError, Page, Spot, spoken
from kb.printing import PRINTER, print_template
from kb.problems import CODES, did_you_mean
from kb.reads import LISTED, WHOLE, trait
from kb.schema import fields_of
from kb.timeline import Timeline
from kb.timeline import timeline as draw_timeline
from kb.years import years as by_year

_LABELS = {
    "people": "People", "places": "Places", "institutions": "Institutions", "policies": "Policies",
    "events": "Events", "figures": "Figures", "disputes": "Disputes", "sources": "Sources",
}  # fmt: skip


class Macro(NamedTuple):
    """A macro: how it prints, what it cites, and whether it stands on a line of its own."""

    show: Callable[..., Block | str]
    cites: Callable[..., Iterable[Cite | Spot]]
    block: bool
    takes_record: bool
    type: str
    """The one type of record it is for, if it is for one."""


_WAYS = 12
"""Places, years and sources that the home page offers."""

MACROS: dict[str, Macro] = {}
"""Every macro by name."""


def no_cites(*args: object, **kwargs: object) -> Iterator[Cite]:
    """What a macro cites that shows no citation."""
    return iter(())


def _macro(
    cites: Callable[..., Iterable[Cite | Spot]] = no_cites, block: bool = True, type: str = ""
) -> Callable[[Callable[..., Block | str]], Callable[..., Block | str]]:
    def register(show: Callable[..., Block | str]) -> Callable[..., Block | str]:
        takes_record = "record" in inspect.signature(show).parameters
        MACROS[show.__name__] = Macro(show, cites, block, takes_record, type)
        return show

    return register


def is_block(name: str) -> bool:
    """Whether the macro makes a block of its own."""
    return name == "prose" or (name in MACROS and MACROS[name].block)


PRINTER.globals |= {"words": words, "LABELS": _LABELS, "SINGULAR": SINGULAR}
PRINTER.filters |= {"spoken": spoken}


def _print(name: str, page: Page, **data: object) -> str:
    return print_template(f"{name}.html", page, **data)


def _plain(text: str) -> str:
    """Text as HTML without any tag, for attributes and the table of contents."""
    return str(escape(words.visible(text)))


# --- small things ----------------------------------------------------------------------------------------------------


@_macro(block=False)
def name(page: Page, record: AnyRecord) -> Block | str:
    """The record's name, or the role that stands in its place."""
    return spoken(record.caption)


@_macro(block=False)
def description(page: Page, record: AnyRecord) -> Block | str:
    """The summary as plain text, for the page's description."""
    return escape(words.visible(page.unlinked(record.summary)))


@_macro(block=False)
def title(page: Page, record: AnyRecord) -> Block | str:
    """The record's name as plain text, for the page's title."""
    return escape(words.visible(record.caption))


@_macro(block=False)
def canonical(page: Page) -> Block | str:
    """The page's full address."""
    return escape(page.site.url + page.address)


@_macro(block=False)
def edit_url(page: Page, record: AnyRecord) -> Block | str:
    """Where the record's YAML file is edited."""
    return escape(f"{page.site.edit_url}data/{record.type}/{record.id}.yaml")


@_macro(block=False)
def link(page: Page, record: AnyRecord, text: str = "") -> Block | str:
    """A link to a record, in its own words or others."""
    return page.link(record, text)


def _at_spot(page: Page, source: str, at: int | str, voice: str = "") -> Iterator[Spot]:
    record = find(page.kb, source)
    if not isinstance(record, Source):
        raise MacroError(f"“{source}” is one of the {record.type}, not a source")
    if isinstance(at, int) and not 1 <= at <= (record.paragraphs or at):
        raise MacroError(f"{source} has no paragraph {at}: it has {record.paragraphs}")
    yield (source, at)


@_macro(cites=_at_spot, block=False)
def cite(page: Page, source: str, at: int | str) -> Block | str:
    """A numbered citation of a place in a source."""
    return page.marked([(source, at)])


def _of_statement(page: Page, ref: str, *args: object, **kwargs: object) -> Iterator[Cite]:
    yield from find_statement(page.kb, ref).cites


@_macro(cites=_of_statement, block=False)
def fact(page: Page, ref: str, text: str = "") -> Block | str:
    """A statement's value in running text, with its citation and a link to the statement."""
    linked = find_statement(page.kb, ref)
    inner = spoken(text or page.unlinked(words.value(linked.value)))
    href = page.href(linked.subject, linked.statement.id)
    return Markup('<a class="kb-fact kb-{}" href="{}">{}</a>{}').format(
        linked.status, href, inner, page.marks(linked.cites)
    )


@_macro(block=False)
def when(page: Page, ref: str) -> Block | str:
    """The time a statement holds for, in words."""
    linked = find_statement(page.kb, ref)
    if linked.statement.qualifiers.time is None:
        raise MacroError(f"{ref} has no time")
    return spoken(linked.statement.qualifiers.time.words)


@_macro(block=False)
def says(page: Page, ref: str) -> Block | str:
    """Who says it, in running text: "Radio Free Asia, citing a source in Vladivostok"."""
    linked = find_statement(page.kb, ref)
    return spoken("; ".join(speaker for speaker, _ in page.says(linked)))


@_macro(block=False)
def count(page: Page, what: str) -> Block | str:
    """How many records of a type there are, or statements."""
    if what == "statements":
        return words.number(page.kb.size)
    if what not in page.kb.ids_of:
        raise MacroError(f"found “{what}”, expected statements or one of {', '.join(TYPES)}")
    page.kb.reads.now.add(trait(what, LISTED))
    return words.number(len(page.kb.ids_of[what]))


@_macro(block=False)
def changed(page: Page) -> Block | str:
    """When the data last changed: the day of the latest review."""
    latest = page.kb.reviewed
    return Markup('<time datetime="{}">{}</time>').format(latest.text, latest.words)


# --- parts of a record's page ----------------------------------------------------------------------------------------


@_macro()
def breadcrumb(page: Page, record: AnyRecord) -> Block | str:
    """The way down to the record."""
    return _print("breadcrumb", page, record=record)


@_macro()
def lead(page: Page, record: AnyRecord) -> Block | str:
    """The summary, and for a question or a figure its wording."""
    return _print("lead", page, record=record)


@_macro()
def strip(page: Page, record: AnyRecord) -> Block | str:
    """What stands behind the record, counted: statements, sources, independent origins, disputes, review."""
    own = [linked.ref for linked in page.kb.of_subject.get(record.id, ())]
    if isinstance(record, Place):
        own += [ref for ref in holding(page.kb, record.id) if ref not in own]
    elif isinstance(record, Source):
        own = list(dict.fromkeys(resting.ref for resting in page.kb.resting_on.get(record.id, ())))
    elif isinstance(record, Dispute):
        own = [ref for position in record.positions for ref in position.statements]
    about = _refs(page, own) if len(own) <= SHOWN else []
    sources = {cite.source.id for linked in about for cite in linked.cites}
    origins = {origin for linked in about for origin in linked.origins}
    disputes = {dispute.id for linked in about for dispute, _ in linked.disputes} - {record.id}
    counts = [
        (len(own), "statement resting on it" if isinstance(record, Source) else "statement"),
        (0 if isinstance(record, Source) else len(sources), "source"),
        (len(origins), "independent origin"),
        (len(disputes), "other dispute" if isinstance(record, Dispute) else "dispute"),
    ]
    return _print("strip", page, record=record, counts=[(n, noun) for n, noun in counts if n])


def _name_cites(page: Page, record: AnyRecord) -> Iterator[Spot]:
    for variant in record.names:
        yield from _name_spots(variant)


def _name_spots(variant: Name) -> list[Spot]:
    return [(cite.source, cite.at) for cite in variant.cites]


@_macro(cites=_name_cites)
def names(page: Page, record: AnyRecord) -> Block | str:
    """Other ways the name is written, with script, system and where it is printed."""
    rows = [(variant, page.marked(_name_spots(variant))) for variant in record.names]
    return _print("names", page, rows=rows) if rows else ""


def _boxed(page: Page, record: AnyRecord) -> list[Linked]:
    return [s for s in page.kb.of_subject.get(record.id, ()) if s.declared.infobox]


def _box_cites(page: Page, record: AnyRecord) -> Iterator[Cite]:
    for linked in _boxed(page, record):
        yield from linked.cites


@_macro(cites=_box_cites)
def infobox(page: Page, record: AnyRecord) -> Block | str:
    """The record at a glance."""
    grouped = [(group[0].declared.label, group) for _, group in _by_property(_boxed(page, record))]
    return _print("infobox", page, record=record, grouped=grouped, extra=list(_own_rows(page, record)))


def _own_rows(page: Page, record: AnyRecord) -> Iterator[tuple[str, Markup]]:
    """Rows of the box that come from fields of the type rather than statements."""
    if isinstance(record, Place) and record.coordinates:
        lat, lon = record.coordinates.lat, record.coordinates.lon
        text = f"{abs(lat):g}° {'N' if lat >= 0 else 'S'}, {abs(lon):g}° {'E' if lon >= 0 else 'W'}"
        yield (
            "coordinates",
            Markup('{} <small class="kb-inferred">{}</small>').format(text, spoken(record.coordinates.inferred)),
        )
    elif isinstance(record, Figure):
        yield (
            "measure",
            Markup("{}").format(
                f"{record.measure}: how {'many or much at a time' if record.measure == 'stock' else 'much over a period'}"
            ),
        )
        if record.unit:
            yield "unit", spoken(record.unit)
    elif isinstance(record, Dispute):
        yield "status", Markup('<span class="kb-dispute-status">{}</span>').format(record.status.replace("-", " "))
        yield "positions", Markup("{}").format(len(record.positions))
    elif isinstance(record, Source):
        publisher = page.kb.records.get(record.publisher)
        if publisher:
            yield "publisher", page.link(publisher)
        for author in record.author:
            yield author.part or "author", spoken(author.literal)
        yield "issued", Markup("{}").format(record.issued.words)
        yield (
            "reliability",
            Markup("<strong>{}</strong> {}").format(
                record.reliability.grade, words.RELIABILITY[record.reliability.grade]
            ),
        )
        yield "original", Markup('<a href="{}" rel="noreferrer">{}</a>').format(record.url, record.url.split("/")[2])
        if record.archive:
            yield (
                "archived copy",
                Markup('<a href="{}" rel="noreferrer">{}</a>').format(record.archive, record.archive.split("/")[2]),
            )


def _shown(page: Page, record: AnyRecord, property: str = "") -> list[Linked]:
    if property and property not in page.kb.vocabulary.properties:
        raise MacroError(f"no property “{property}”{did_you_mean(property, page.kb.vocabulary.properties)}")
    return [s for s in page.kb.of_subject.get(record.id, ()) if property in ("", s.statement.property)]


def _shown_cites(page: Page, record: AnyRecord, property: str = "") -> Iterator[Cite]:
    for linked in _shown(page, record, property):
        yield from linked.cites


@_macro(cites=_shown_cites)
def statements(page: Page, record: AnyRecord, property: str = "") -> Block | str:
    """The record's statements grouped by property, all or those of one."""
    groups = list(_by_property(_shown(page, record, property)))
    if not groups:
        return ""
    html = _print("statements", page, record=record, groups=groups)
    return Block(html, tuple(Heading(f"on-{key}", _plain(group[0].declared.label)) for key, group in groups))


@_macro(cites=_of_statement)
def statement(page: Page, ref: str) -> Block | str:
    """One statement in full."""
    linked = find_statement(page.kb, ref)
    return _print("statements", page, record=None, groups=[(linked.statement.property, [linked])])


def _by_property(linked: Sequence[Linked]) -> Iterator[tuple[str, list[Linked]]]:
    for key, group in groupby(linked, key=lambda s: s.statement.property):
        yield key, list(group)


@_macro()
def related(page: Page, record: AnyRecord) -> Block | str:
    """Records this one points to, by type."""
    found: dict[str, AnyRecord] = {}
    for linked in page.kb.of_subject.get(record.id, ()):
        if not isinstance(linked.value, Quantity | Edtf | str):
            found[linked.value.id] = linked.value
        q = linked.statement.qualifiers
        found.update((i, page.kb.records[i]) for i in (q.place, q.agency, q.group) if i and i in page.kb.records)
        found.update((dispute.id, dispute) for dispute, _ in linked.disputes)
    found.pop(record.id, None)
    grouped = [(kind, [r for r in found.values() if r.type == kind]) for kind in TYPES]
    return _print("related", page, grouped=[(kind, records) for kind, records in grouped if records]) if found else ""


@_macro()
def backlinks(page: Page, record: AnyRecord) -> Block | str:
    """Records that point to this one, by how they do."""
    found = page.kb.backlinks.get(record.id, ())
    grouped = [(label, list(_by_record(group))) for label, group in groupby(found, key=_label)]
    return _print("backlinks", page, grouped=grouped) if grouped else ""


def _label(backlink: Backlink) -> str:
    return backlink.label


def _by_record(backlinks: Iterable[Backlink]) -> Iterator[tuple[Card, list[str]]]:
    """Each record once, with the anchors of its statements; one without stands for the whole record."""
    anchors: dict[str, list[str]] = {}
    records: dict[str, Card] = {}
    for backlink in backlinks:
        records[backlink.record.id] = backlink.record
        anchors.setdefault(backlink.record.id, []).append(backlink.anchor)
    return ((record, anchors[id]) for id, record in records.items())


@_macro()
def sources(page: Page) -> Block | str:
    """The numbered list of what this page cites."""
    spots = page.spots()
    originals = {cited.source.id: cited.source for cited in spots}
    return _print("sources", page, spots=spots, originals=originals.values()) if spots else ""


@_macro()
def colophon(page: Page, record: AnyRecord) -> Block | str:
    """Address, JSON, edit link, review."""
    return _print("colophon", page, record=record)


# --- figures, disputes, sources --------------------------------------------------------------------------------------


@_macro(type="figures")
def definition(page: Page, record: Figure) -> Block | str:
    """What a figure counts, and who is in and out."""
    return _print("definition", page, record=record)


def _observed(page: Page, record: Figure) -> Iterator[Cite]:
    for linked in observations(page.kb, record):
        yield from linked.cites


@_macro(cites=_observed, type="figures")
def chart(page: Page, record: Figure) -> Block | str:
    """A figure's observations drawn, with a table and files of the same."""
    drawn = draw_chart(page.kb, record)
    return _print("charts", page, charts=[drawn], one=True) if drawn else ""


def _figures(page: Page) -> list[Figure]:
    return [record for record in page.kb.by_type["figures"] if isinstance(record, Figure)]


def _every_observed(page: Page) -> Iterator[Cite]:
    for record in _figures(page):
        yield from _observed(page, record)


@_macro(cites=_every_observed)
def charts(page: Page) -> Block | str:
    """Every figure as a small chart with its definition; each has axes of its own."""
    drawn = [chart for record in _figures(page) if (chart := draw_chart(page.kb, record))]
    return _print("charts", page, charts=drawn, one=False)


def _refs(page: Page, refs: Iterable[str]) -> list[Linked]:
    return [linked for ref in refs if (linked := page.kb.statements.get(ref))]


def _position_cites(page: Page, record: Dispute) -> Iterator[Cite]:
    for position in record.positions:
        for linked in _refs(page, position.statements):
            yield from linked.cites


@_macro(cites=_shown_cites, type="figures")
def figure_card(page: Page, record: Figure) -> Block | str:
    """A figure in short: what was observed, by whom, under which definition."""
    return _print("figure_card", page, record=record, observed=_shown(page, record))


@_macro(cites=_position_cites, type="disputes")
def positions(page: Page, record: Dispute) -> Block | str:
    """The answers on record, side by side, each with its holders and statements."""
    held = [
        (p, [page.kb.records[h] for h in p.holders if h in page.kb.records], _refs(page, p.statements))
        for p in record.positions
    ]
    return Block(
        _print("positions", page, positions=held), tuple(Heading(p.id, _plain(p.label)) for p in record.positions)
    )


def _agreed_cites(page: Page, record: Dispute) -> Iterator[Cite]:
    for agreed in record.common_ground:
        for linked in _refs(page, agreed.statements):
            yield from linked.cites


@_macro(cites=_agreed_cites, type="disputes")
def common_ground(page: Page, record: Dispute) -> Block | str:
    """What no side denies."""
    found = [(agreed, _refs(page, agreed.statements)) for agreed in record.common_ground]
    agreed = [(a, refs, page.marks(cite for linked in refs for cite in linked.cites)) for a, refs in found]
    return _print("common_ground", page, agreed=agreed) if agreed else ""


@_macro(type="disputes")
def would_settle(page: Page, record: Dispute) -> Block | str:
    """What evidence would settle it."""
    return _print("list", page, items=record.would_settle) if record.would_settle else ""


def _sums(page: Page, record: AnyRecord, only: str = "") -> tuple[Calculation, ...]:
    sums = record.calculations if isinstance(record, Dispute | Figure) else ()
    chosen = tuple(sum_ for sum_ in sums if only in ("", sum_.id))
    if only and not chosen:
        raise MacroError(f"“{record.id}” has no calculation “{only}”{did_you_mean(only, [sum_.id for sum_ in sums])}")
    return chosen


def _input_cites(page: Page, record: AnyRecord, only: str = "") -> Iterator[Cite]:
    for sum_ in _sums(page, record, only):
        for linked in _refs(page, sum_.inputs.values()):
            yield from linked.cites


@_macro(cites=_input_cites)
def calculations(page: Page, record: AnyRecord, only: str = "") -> Block | str:
    """Arithmetic of a dispute or figure, with what goes in and what comes out; all, or the one with an id."""
    worked = []
    for sum_ in _sums(page, record, only):
        inputs = {name: find_statement(page.kb, ref) for name, ref in sum_.inputs.items()}
        worked.append((sum_, inputs))
    return _print("calculations", page, worked=worked) if worked else ""


def _one_sum(page: Page, ref: str) -> tuple[AnyRecord, Calculation]:
    owner, _, anchor = ref.partition("#")
    record = find(page.kb, owner)
    (sum_,) = _sums(page, record, anchor or "?")
    return record, sum_


def _one_sum_cites(page: Page, ref: str) -> Iterator[Cite]:
    record, sum_ = _one_sum(page, ref)
    yield from _input_cites(page, record, sum_.id)


@_macro(cites=_one_sum_cites, block=False)
def result(page: Page, ref: str) -> Block | str:
    """What a calculation comes to, in running text, with a link to it and the places of its inputs."""
    record, sum_ = _one_sum(page, ref)
    marks = page.marks(cite for linked in _refs(page, sum_.inputs.values()) for cite in linked.cites)
    href, inner = page.href(record, sum_.id), spoken(words.quantity(sum_.result))
    return Markup('<a class="kb-fact" href="{}">{}</a>{}').format(href, inner, marks)


def _calculating(page: Page) -> list[AnyRecord]:
    records = (*page.kb.by_type["disputes"], *page.kb.by_type["figures"])
    return [record for record in records if _sums(page, record)]


def _every_input(page: Page) -> Iterator[Cite]:
    for record in _calculating(page):
        yield from _input_cites(page, record)


@_macro(cites=_every_input)
def all_calculations(page: Page) -> Block | str:
    """Every calculation of every dispute and figure."""
    worked = [(record, calculations(page, record)) for record in _calculating(page)]
    return _print("all_calculations", page, worked=worked)


@_macro(type="disputes")
def wording(page: Page, record: Dispute) -> Block | str:
    """Words to use and to avoid."""
    return _print("wording", page, wording=record.wording) if record.wording.use or record.wording.avoid else ""


@_macro()
def disputes_by_state(page: Page) -> Block | str:
    """Every dispute by its state, the open ones first, with its question and the answers."""
    found = [record for record in page.kb.by_type["disputes"] if isinstance(record, Dispute)]
    grouped = [(state, [record for record in found if record.status == state]) for state in words.STATE]
    return _print("disputes_by_state", page, grouped=[(state, records) for state, records in grouped if records])


@_macro(type="disputes")
def dispute(page: Page, record: Dispute) -> Block | str:
    """A dispute in short: the question, the answers and who holds them."""
    held = [(p, [page.kb.records[h] for h in p.holders if h in page.kb.records]) for p in record.positions]
    return _print("dispute", page, record=record, positions=held)


def _cited(page: Page, record: Source) -> set[int | str]:
    """The places of a source that something rests on; each has an anchor on its page."""
    return {resting.at for resting in _first_resting(page, record)}


@_macro(type="sources")
def voices(page: Page, record: Source) -> Block | str:
    """Who speaks in a source, and what is known of them."""
    return _print("voices", page, record=record, cited=_cited(page, record)) if record.voices else ""


@_macro(type="sources")
def lineage(page: Page, record: Source) -> Block | str:
    """Whose words a source carries and by which way they came, drawn as a tree, and which sources repeat it."""
    drawn = traced(page.kb, record)
    return _print("lineage", page, record=record, drawn=drawn, cited=_cited(page, record)) if drawn else ""


@_macro(type="sources")
def provenance(page: Page, record: Source) -> Block | str:
    """What is known of a source, what is inferred, and the copy that was read."""
    title = record.title
    return _print(
        "provenance",
        page,
        record=record,
        title=title if isinstance(title, str) else title.value,
        title_inferred=title.inferred if isinstance(title, Inferred) else "",
    )


@_macro(type="sources")
def resting(page: Page, record: Source) -> Block | str:
    """Every statement that rests on a source, in the order of its paragraphs."""
    first = _first_resting(page, record)
    grouped = [(at, _refs(page, (r.ref for r in group))) for at, group in groupby(first, key=lambda r: r.at)]
    more = len(page.kb.resting_on.get(record.id, ())) - len(first)
    return _print("resting", page, record=record, grouped=grouped, more=more) if grouped else ""


def _first_resting(page: Page, record: Source) -> Sequence[Resting]:
    """What rests on a source, as far as its page shows it."""
    return page.kb.resting_on.get(record.id, ())[:SHOWN]


@_macro()
def coverage(page: Page) -> Block | str:
    """For every source that was read whole: each paragraph, what rests on it, and what was left out."""
    covered = []
    for source in page.kb.by_type["sources"]:
        if isinstance(source, Source) and source.paragraphs:
            resting: dict[int | str, dict[str, Linked]] = {}
            for of in page.kb.resting_on.get(source.id, ()):
                if linked := page.kb.statements.get(of.ref):
                    resting.setdefault(of.at, {})[of.ref] = linked
            rows = [
                (at, list(resting.get(at, {}).values()), [left for left in source.left_out if left.at == at])
                for at in range(1, source.paragraphs + 1)
            ]
            covered.append((source, rows))
    return _print("coverage", page, covered=covered)


# --- where and with whom ----------------------------------------------------------------------------------------------


def _atlas_cites(page: Page, of: str = "") -> Iterator[Cite]:
    if not of:
        drawn = mapped(page.kb)
        for entry in (*(entry for country in drawn.countries for entry in country.entries), *drawn.regions):
            for linked in entry.said:
                yield from linked.cites


@_macro(cites=_atlas_cites)
def atlas(page: Page, of: str = "") -> Block | str:
    """The map of every place and movement, with its list; or a small one of one record: its id, or "record" on its own page."""
    if not of:
        return _print("atlas", page, drawn=mapped(page.kb), HOME=HOME)
    if of == "record" and page.record is None:
        raise MacroError('atlas("record") is for the pages of records: give the id of one here')
    drawing = whereabouts(page.kb, page.record if of == "record" and page.record else find(page.kb, of))
    return _print("whereabouts", page, drawing=drawing, HOME=HOME) if drawing else ""


# --- when, and who may go ---------------------------------------------------------------------------------------------


def _timeline(page: Page, of: str) -> Timeline | None:
    if of == "record" and page.record is None:
        raise MacroError('timeline("record") is for the pages of records: give the id of one here')
    record = page.record if of == "record" else find(page.kb, of) if of else None
    return draw_timeline(page.kb, record)


def _timeline_cites(page: Page, of: str = "") -> Iterator[Cite]:
    drawn = _timeline(page, of)
    for _, marks in drawn.by_year if drawn else ():
        for mark in marks:
            yield from mark.linked.cites if mark.linked else ()


@_macro(cites=_timeline_cites)
def timeline(page: Page, of: str = "") -> Block | str:
    """Events, rules and sources along the years, with a list; or what touches one record: its id, or "record" on its own page."""
    drawn = _timeline(page, of)
    return _print("timeline", page, timeline=drawn) if drawn else ""


def _matrix_cites(page: Page, groups: Mapping[str, Sequence[str]] | None = None) -> Iterator[Cite]:
    for id in (id for ids in (groups or {}).values() for id in ids):
        find(page.kb, id)
    drawn = matrix(page.kb, groups)
    for linked in drawn.statements if drawn else ():
        yield from linked.cites


@_macro(cites=_matrix_cites)
def who_may_go(page: Page, groups: Mapping[str, Sequence[str]] | None = None) -> Block | str:
    """Which groups were let in or kept out in which year, with the statements behind every cell; `groups` are ids by heading."""
    drawn = matrix(page.kb, groups)
    return _print("matrix", page, matrix=drawn) if drawn else ""


# --- every statement -------------------------------------------------------------------------------------------------


@_macro()
def explorer(page: Page) -> Block | str:
    """Every statement, to be filtered and sorted; without scripts, lists of ways in."""
    return _print("explorer", page, choices=choices(page.kb))


@_macro()
def ways_in(page: Page) -> Block | str:
    """Ways in by type, place, year and source; of many places and sources the most spoken of."""
    offered = choices(page.kb)
    places = sorted(offered.places, key=lambda choice: -len(page.kb.backlinks.get(choice.place.id, ())))[:_WAYS]
    sources = sorted(offered.sources, key=lambda choice: -choice.resting)[:_WAYS]
    kept = {choice.place.id for choice in places} | {choice.source.id for choice in sources}
    return _print("ways_in", page, choices=offered, kept=kept, years=offered.by_year[-_WAYS:])


@_macro()
def years(page: Page) -> Block | str:
    """Every statement by calendar year, undated last."""
    return _print("years", page, years=by_year(page.kb))


def _holding_cites(page: Page, record: AnyRecord) -> Iterator[Cite]:
    for linked in _refs(page, holding(page.kb, record.id)[:SHOWN]):
        yield from linked.cites


@_macro(cites=_holding_cites, type="places")
def holding_here(page: Page, record: AnyRecord) -> Block | str:
    """The statements whose scope is a place."""
    held = holding(page.kb, record.id)
    shown = _refs(page, held[:SHOWN])
    return _print("holding_here", page, record=record, held=shown, more=len(held) - len(shown)) if held else ""


@_macro()
def neighbourhood(page: Page, record: AnyRecord) -> Block | str:
    """The record between the records it is joined to, drawn."""
    drawn = around(page.kb, record)
    return _print("neighbourhood", page, record=record, drawn=drawn) if drawn else ""


@_macro()
def network(page: Page) -> Block | str:
    """Every record and what it is joined to, drawn, with the best connected in a list."""
    return _print("network", page, drawn=woven(page.kb))


# --- news ------------------------------------------------------------------------------------------------------------


def _news_cites(page: Page) -> Iterator[Cite]:
    for told in news(page.kb):
        for item in told.of("corrected"):
            yield from item.linked.cites if item.linked else ()


@_macro(cites=_news_cites)
def changes(page: Page) -> Block | str:
    """Every release, the newest first: statements that were corrected, withdrawn, revised and added."""
    return _print("changes", page, news=news(page.kb), by_record=by_record, by_type=by_type, most=MOST_LISTED)


@_macro()
def feeds_list(page: Page) -> Block | str:
    """Every feed: of the whole site, of each type, of each dispute."""
    return _print("feeds_list", page, feed=FEED)


# --- lists -----------------------------------------------------------------------------------------------------------


def _records_of(page: Page, type: str) -> tuple[AnyRecord, ...]:
    if type not in page.kb.by_type:
        raise MacroError(f"found “{type}”, expected one of {', '.join(TYPES)}{did_you_mean(type, TYPES)}")
    return page.kb.by_type[type]


@_macro()
def index(page: Page, type: str) -> Block | str:
    """Every record of a type from A to Z, under each of its names."""
    entries = [
        (spelling, record)
        for record in _records_of(page, type)
        for spelling in dict.fromkeys([record.caption, *(variant.value for variant in record.names)])
    ]
    entries.sort(key=lambda entry: (_letter(entry[0]), fold(entry[0]), entry[1].id))
    grouped = [(letter, list(group)) for letter, group in groupby(entries, key=lambda entry: _letter(entry[0]))]
    return _print("index", page, grouped=grouped)


def _letter(text: str) -> str:
    """The heading a name stands under: a Latin letter, the script of the name as it calls itself, or #."""
    first = text.lstrip("“‘('\"").lstrip()[:1]
    letter = fold(first)[:1].upper()
    if "A" <= letter <= "Z":
        return letter
    scripts = (("\u0400", "\u04ff", "А–Я"), ("\uac00", "\ud7af", "한글"), ("\u4e00", "\u9fff", "漢字"))
    return next((name for low, high, name in scripts if low <= first <= high), "#")


@_macro()
def table(page: Page, type: str, where: Mapping[str, str] | None = None) -> Block | str:
    """Records of a type whose fields or statements have the values asked for."""
    wanted = dict(where or {})
    rows = [record for record in _records_of(page, type) if all(_has(page, record, k, v) for k, v in wanted.items())]
    return _print("table", page, rows=rows)


def _has(page: Page, record: AnyRecord, key: str, wanted: str) -> bool:
    if key in page.kb.vocabulary.properties:
        return any(_id_or_words(s) == wanted for s in _shown(page, record, key))
    if not hasattr(record, key):
        raise MacroError(
            f"“{key}” is neither a field of {record.type} nor a property{did_you_mean(key, page.kb.vocabulary.properties)}"
        )
    return str(getattr(record, key)) == wanted


def _id_or_words(linked: Linked) -> str:
    return (
        linked.value
        if isinstance(linked.value, str)
        else words.value(linked.value)
        if isinstance(linked.value, Quantity | Edtf)
        else linked.value.id
    )


@_macro()
def problem_codes(page: Page) -> Block | str:
    """Every code a check can report."""
    return _print("problem_codes", page, codes=CODES)


@_macro()
def macros_list(page: Page) -> Block | str:
    """Every macro, how it is called on a hand-written page, and what it prints."""
    rows = []
    for name, macro in MACROS.items():
        given = list(inspect.signature(macro.show).parameters.values())[1:]
        arguments = ", ".join(
            "id" if p.name == "record" else p.name if p.default is p.empty else f"[{p.name}]" for p in given
        )
        rows.append((f"{name}({arguments})", (macro.show.__doc__ or "").strip(), macro.block))
    return _print("macros_list", page, rows=rows)


@_macro()
def properties(page: Page) -> Block | str:
    """The vocabulary: every property and sector."""
    return _print("properties", page, vocabulary=page.kb.vocabulary)


@_macro()
def reference(page: Page, type: str) -> Block | str:
    """Every key a record of a type may have, from the model."""
    _records_of(page, type)
    return _print("reference", page, tables=fields_of(type))


def find(kb: KnowledgeBase, target: object) -> AnyRecord:
    """The record of an id; raises `MacroError` with the nearest one."""
    record = kb.records.get(str(target))
    if record is None:
        now = kb.former.get(str(target))
        raise MacroError(
            f"“{target}” is now “{now}”" if now else f"no record “{target}”{did_you_mean(str(target), kb.records)}"
        )
    kb.reads.now.add(trait(record.id, WHOLE))
    return record


def find_statement(kb: KnowledgeBase, ref: object) -> Linked:
    """The statement of a `record#statement` reference; raises `MacroError` with the nearest one."""
    linked = kb.statements.get(str(ref))
    if linked is None:
        owner, _, _ = str(ref).partition("#")
        near = [s.ref for s in kb.of_subject.get(owner, ())] or list(kb.statements)
        raise MacroError(f"no statement “{ref}”{did_you_mean(str(ref), near)}")
    return linked
