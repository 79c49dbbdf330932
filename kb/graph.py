"""Records in; the knowledge base out: every id resolved, every backlink, origin and status computed.

`link` never fails: what does not resolve is left out here and told by `kb.check`, which looks at the records themselves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import combinations
from typing import Any, Literal, TypeAlias

from kb import dates
from kb.dates import DateError, Edtf
from kb.load import Keys, Loaded
from kb.model import (
    NONE,
    TYPES,
    UNKNOWN,
    AnyRecord,
    Citation,
    Dispute,
    Figure,
    Lineage,
    Position,
    Property,
    Quantity,
    Source,
    Statement,
    Vocabulary,
    Voice,
)

Status: TypeAlias = Literal["reported", "corroborated", "contested"]
"""Reported: one independent origin. Corroborated: two or more. Contested: it takes a side in a dispute not yet settled."""

Value: TypeAlias = "AnyRecord | Quantity | Edtf | str"
"""A value resolved through its property's range; `unknown` and `none` stay as they are."""

Fault: TypeAlias = tuple[AnyRecord | None, Keys, str, str]
"""What a rule about the base yields: record (None for the vocabulary), keys to the place, code, message."""

Reference: TypeAlias = tuple[str, str, Keys, tuple[str, ...]]
"""That a record names another: its id, how that reads from there, keys to the place, types allowed."""

LINK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]")
"""A link in text: the id, and the words shown where they are not the record's own name."""


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation with its source and voice in hand, and the origin its words go back to."""

    citation: Citation
    source: Source
    voice: Voice | None
    origin: str
    """Id of the body or source the words go back to, or `source#voice` for a voice without a record."""
    counted: bool
    """Whether that origin is known well enough to be counted as one of its own."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A statement with all it refers to."""

    subject: AnyRecord
    statement: Statement
    declared: Property
    """The property, as the vocabulary declares it."""
    value: Value
    cites: tuple[Cite, ...]
    origins: tuple[str, ...]
    """Independent origins, in the order they are cited."""
    disputes: tuple[tuple[Dispute, Position], ...]
    status: Status

    @property
    def ref(self) -> str:
        """`record-id#statement-id`."""
        return f"{self.subject.id}#{self.statement.id}"


@dataclass(frozen=True, slots=True)
class Backlink:
    """That another record refers to this one, and how it reads from here."""

    record: AnyRecord
    label: str
    statement: Linked | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """All records, linked. Mappings are in the order pages show them."""

    loaded: Loaded
    vocabulary: Vocabulary
    records: Mapping[str, AnyRecord]
    by_type: Mapping[str, tuple[AnyRecord, ...]]
    statements: Mapping[str, Linked]
    of_subject: Mapping[str, tuple[Linked, ...]]
    """The statements of each record, in the order of the vocabulary, then of time."""
    references: Mapping[str, tuple[Reference, ...]]
    """What each record names other than in its statements' values."""
    backlinks: Mapping[str, tuple[Backlink, ...]]
    resting_on: Mapping[str, tuple[tuple[Linked, Cite], ...]]
    """The statements resting on each source, in the order of its paragraphs."""
    former: Mapping[str, str]
    """Former id to present id."""

    def value_of(self, ref: str) -> Value | None:
        """The value of a statement, or None where there is no such statement."""
        linked = self.statements.get(ref)
        return linked.value if linked else None


def link(loaded: Loaded) -> KnowledgeBase:
    """Resolve everything that resolves."""
    vocabulary = loaded.vocabulary
    records = {record.id: record for record in reversed(loaded.records)}  # the first of two with one id wins
    records = dict(sorted(records.items()))
    positions: dict[str, list[tuple[Dispute, Position]]] = defaultdict(list)
    for record in records.values():
        if isinstance(record, Dispute):
            for position in record.positions:
                for ref in position.statements:
                    positions[ref].append((record, position))

    statements: dict[str, Linked] = {}
    of_subject: dict[str, tuple[Linked, ...]] = {}
    order = {name: place for place, name in enumerate(vocabulary.properties)}
    for record in records.values():
        linked = [
            found
            for statement in record.statements
            if (found := _link_statement(record, statement, records, vocabulary, positions)) is not None
        ]
        linked.sort(key=lambda s: (order[s.statement.property], s.statement.qualifiers.time is None, _time_key(s)))
        of_subject[record.id] = tuple(linked)
        statements.update((s.ref, s) for s in linked)

    named = {record.id: tuple(references(record)) for record in records.values()}
    resting_on: dict[str, list[tuple[Linked, Cite]]] = defaultdict(list)
    for found in statements.values():
        for cite in found.cites:
            resting_on[cite.source.id].append((found, cite))
    for pairs in resting_on.values():
        pairs.sort(key=lambda pair: (str(type(pair[1].citation.at)), pair[1].citation.at, pair[0].ref))

    return KnowledgeBase(
        loaded=loaded,
        vocabulary=vocabulary,
        records=records,
        by_type={
            name: tuple(
                sorted((r for r in records.values() if r.type == name), key=lambda r: (r.caption.casefold(), r.id))
            )
            for name in TYPES
        },
        statements=statements,
        of_subject=of_subject,
        references=named,
        backlinks=_backlinks(records, named, statements),
        resting_on={source: tuple(pairs) for source, pairs in resting_on.items()},
        former={former: record.id for record in records.values() for former in record.former_ids},
    )


def resolve(value: object, declared: Property, records: Mapping[str, AnyRecord]) -> Value | None:
    """A value as its property's range reads it, or None where it does not fit."""
    if value in (UNKNOWN, NONE) and isinstance(value, str):
        return value
    if isinstance(declared.range, tuple):
        record = records.get(value) if isinstance(value, str) else None
        return record if record is not None and record.type in declared.range else None
    if declared.range == "quantity":
        return (
            value if isinstance(value, Quantity) else Quantity(exact=value) if isinstance(value, int | float) else None
        )
    if not isinstance(value, str):
        return None
    if declared.range == "text":
        return value
    try:
        return dates.parse(value)
    except DateError:
        return None


def origin(
    source: Source, citation: Citation, records: Mapping[str, AnyRecord], seen: tuple[str, ...] = ()
) -> tuple[str, bool]:
    """Where the words at a place go back to, as far as the record of the source says, and whether that is known or inferred.

    A voice is its own origin, or that of the state it speaks for; otherwise the source's lineage is followed; otherwise
    the origin is the publisher, so that two articles of one newsroom without a named source count once.
    """
    voice = next((v for v in source.voices if v.id == citation.voice), None)
    if voice is not None:
        if voice.speaks_for or voice.entity:
            return voice.speaks_for or voice.entity or "", True
        return (source.publisher if voice.kind == "unattributed" else f"{source.id}#{voice.id}"), True
    lineage = had_from(source, citation.at)
    if lineage is None:
        return source.publisher, True
    known = lineage.inferred is None
    earlier = records.get(lineage.origin)
    if isinstance(earlier, Source) and earlier.id not in seen:
        somewhere = Citation(source=earlier.id, at="somewhere")  # which paragraph was repeated is not recorded
        first, known_further = origin(earlier, somewhere, records, (*seen, source.id))
        return first, known and known_further
    return lineage.origin, known


def had_from(source: Source, at: int | str) -> Lineage | None:
    """Where a source had what it says at a place from; what is said of the paragraph comes before what is said of all."""
    return next(
        (entry for entry in sorted(source.lineage, key=lambda entry: not entry.at) if not entry.at or at in entry.at),
        None,
    )


def _independent(cites: tuple[Cite, ...]) -> tuple[str, ...]:
    """Origins that count as independent of each other.

    What an outlet says in its own words beside a voice of the same article is taken to come from that voice, and an
    origin that is only inferred counts where no other is known.
    """
    voiced = {cite.source.id for cite in cites if cite.voice is not None}
    own = [cite for cite in cites if cite.voice is not None or cite.source.id not in voiced]
    known = [cite for cite in own if cite.counted]
    return tuple(dict.fromkeys(cite.origin for cite in known or own[:1]))


def conflicts(kb: KnowledgeBase) -> Iterator[tuple[Linked, Linked]]:
    """Pairs that cannot both hold: same subject, single-valued property and scope, times that overlap, other values, no dispute joining them.

    Scope is the same where place, agency, sector and group are; a statement about Ningbo does not contradict one about China.
    """
    for linked in kb.of_subject.values():
        groups: dict[tuple[object, ...], list[Linked]] = defaultdict(list)
        for statement in linked:
            if statement.declared.single:
                q = statement.statement.qualifiers
                groups[(statement.statement.property, q.place, q.agency, q.sector, q.group)].append(statement)
        for group in groups.values():
            for a, b in combinations(group, 2):
                joined = {d.id for d, _ in a.disputes} & {d.id for d, _ in b.disputes}
                if not joined and _times_overlap(a, b) and not compatible(a.value, b.value):
                    yield a, b


def compatible(a: Value, b: Value) -> bool:
    """Whether both values can hold at once. "About" reaches a tenth either way; amounts in different units are not compared."""
    if UNKNOWN in (a, b):
        return NONE not in (a, b)
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        if (a.unit, a.currency, a.per) != (b.unit, b.currency, b.per):
            return True
        (low_a, high_a), (low_b, high_b) = _reach(a), _reach(b)
        return low_a <= high_b and low_b <= high_a
    if isinstance(a, Edtf) and isinstance(b, Edtf):
        return a.overlaps(b)
    return a == b


def references(record: AnyRecord) -> Iterator[Reference]:
    """Every reference of a record other than its statements' values."""
    anything = tuple(TYPES)
    for i, statement in enumerate(record.statements):
        q = statement.qualifiers
        for name, label, types in (
            ("place", "place of", ("places",)),
            ("agency", "agency in", ("institutions",)),
            ("group", "group in", ("people",)),
        ):
            if target := getattr(q, name):
                yield target, label, ("statements", i, "qualifiers", name), types
    if isinstance(record, Dispute):
        for i, position in enumerate(record.positions):
            for j, holder in enumerate(position.holders):
                yield (
                    holder,
                    "holds a position in",
                    ("positions", i, "holders", j),
                    ("people", "institutions", "sources"),
                )
    if isinstance(record, Source):
        yield record.publisher, "published", ("publisher",), ("institutions",)
        for i, voice in enumerate(record.voices):
            if voice.entity:
                yield voice.entity, "speaks in", ("voices", i, "entity"), ("people", "institutions", "sources")
            if voice.speaks_for:
                yield voice.speaks_for, "spoken for in", ("voices", i, "speaks-for"), ("institutions",)
            for j, outlet in enumerate(voice.through):
                yield outlet, "passed on what is said in", ("voices", i, "through", j), ("institutions", "sources")
        for i, lineage in enumerate(record.lineage):
            yield lineage.origin, "origin of reports in", ("lineage", i, "origin"), ("institutions", "sources")
    for keys, text in texts(record):
        if "[[" in text:
            for match in LINK.finditer(text):
                yield match[1].strip(), "mentioned in", keys, anything


def texts(thing: Any, keys: Keys = (), written: bool = False) -> Iterator[tuple[Keys, str]]:
    """Every text field below a record, with the way to it; `written`: only free text, no ids, codes or choices."""
    for name, key, is_free in _plan(type(thing)):  # type: ignore[arg-type]
        value = getattr(thing, name)
        if type(value) is str:
            if is_free or not written:
                yield (*keys, key), value
        elif type(value) is tuple:
            for i, item in enumerate(value):
                if type(item) is not str:
                    yield from texts(item, (*keys, key, i), written)
                elif is_free or not written:
                    yield (*keys, key, i), item
        elif type(value) is dict:
            for name, item in value.items():
                yield from texts(item, (*keys, key, name), written)
        elif value is not None:
            yield from texts(value, (*keys, key), written)


@cache
def _plan(kind: type[Any]) -> tuple[tuple[str, str, bool], ...]:
    """Fields of a model worth looking into for text, with their YAML keys and whether they are declared as free text."""
    if kind is Edtf or not is_dataclass(kind):
        return ()
    return tuple(
        (
            f.name,
            f.name if f.name == "former_ids" else f.name.replace("_", "-"),
            "Text" in str(f.type) or f.type == "RawValue",
        )
        for f in fields(kind)
        if f.name != "id"
    )


def _link_statement(
    record: AnyRecord,
    statement: Statement,
    records: Mapping[str, AnyRecord],
    vocabulary: Vocabulary,
    positions: Mapping[str, list[tuple[Dispute, Position]]],
) -> Linked | None:
    declared = vocabulary.properties.get(statement.property)
    value = resolve(statement.value, declared, records) if declared else None
    if declared is None or value is None:
        return None
    if isinstance(value, Quantity) and not (value.unit or value.currency):
        unit = (record.unit if isinstance(record, Figure) else None) or declared.unit
        value = value.counting(unit)
    cites = tuple(
        Cite(c, source, next((v for v in source.voices if v.id == c.voice), None), *origin(source, c, records))
        for c in statement.cites
        if isinstance(source := records.get(c.source), Source)
    )
    origins = _independent(cites)
    disputes = tuple(positions.get(f"{record.id}#{statement.id}", ()))
    live = any(dispute.status in ("open", "partly-settled") for dispute, _ in disputes)
    status: Status = "contested" if live else "corroborated" if len(origins) > 1 else "reported"
    return Linked(record, statement, declared, value, cites, origins, disputes, status)


def _backlinks(
    records: Mapping[str, AnyRecord],
    references: Mapping[str, tuple[Reference, ...]],
    statements: Mapping[str, Linked],
) -> dict[str, tuple[Backlink, ...]]:
    found: dict[str, dict[tuple[str, str, str], Backlink]] = defaultdict(dict)
    for linked in statements.values():
        if not isinstance(linked.value, Quantity | Edtf | str):
            label = linked.declared.reverse or linked.declared.label
            key = (label, linked.subject.id, linked.ref)
            found[linked.value.id][key] = Backlink(linked.subject, label, linked)
    for record in records.values():
        for target, label, keys, _ in references[record.id]:
            if target in records and target != record.id:
                i = keys[1] if keys[0] == "statements" and len(keys) > 1 else None
                through = statements.get(f"{record.id}#{record.statements[i].id}") if isinstance(i, int) else None
                found[target].setdefault(
                    (label, record.id, through.ref if through else ""), Backlink(record, label, through)
                )
    return {
        target: tuple(sorted(links.values(), key=lambda b: (b.label, b.record.caption.casefold(), b.record.id)))
        for target, links in found.items()
    }


def _times_overlap(a: Linked, b: Linked) -> bool:
    time_a, time_b = a.statement.qualifiers.time, b.statement.qualifiers.time
    return time_a is None or time_b is None or time_a.overlaps(time_b)


def _time_key(linked: Linked) -> tuple[object, str]:
    time = linked.statement.qualifiers.time
    return (time.sort_key if time else (), linked.statement.id)


def _reach(quantity: Quantity) -> tuple[float, float]:
    low, high = quantity.bounds
    margin = abs(low) / 10 if quantity.about is not None else 0
    return low - margin, high + margin
