"""The knowledge base in; what happened, what held and what was published out, as lines along the years.

A statement whose value is a date is a mark: a point for a day, an outlined stretch for something that happened at some
time within a month or a year, a bar for what lasted (`lasting` in the vocabulary). A rule that nobody dates has thin
lines for the times its statements hold for. Open ends fade (see `kb.axis`); dates that are themselves uncertain are
dotted. Of one record only what touches it is drawn, with its own dated statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from kb import axis, words
from kb.axis import Span, Stroke, TimeAxis
from kb.dates import Edtf
from kb.graph import KnowledgeBase, Linked, Status
from kb.model import AnyRecord, Dispute, Event, Policy, Position, Source
from kb.years import time_of

Shape: TypeAlias = Literal["day", "within", "lasting", "reported"]
"""A day; some time within; all the time; the time that statements hold for."""
_LEVEL = 18


@dataclass(frozen=True, slots=True)
class Mark:
    """A dated thing: what, when, and where it leads."""

    record: AnyRecord
    anchor: str
    time: Edtf
    span: Span
    shape: Shape
    what: str
    """What it says of the record, where the record's name does not say it."""
    linked: Linked | None = None
    """The statement; positions and sources have dates of their own."""

    @property
    def status(self) -> Status:
        """The status of the statement; what is its own evidence is reported."""
        return self.linked.status if self.linked else "reported"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mark in its row; `level` counts the lines it stands below the first, so that no mark covers another."""

    mark: Mark
    strokes: tuple[Stroke, ...]
    level: int

    @property
    def y(self) -> int:
        """How far down its row it stands, in pixels."""
        return 12 + _LEVEL * self.level


@dataclass(frozen=True, slots=True)
class Row:
    """A record with its marks, or one statement of it."""

    record: AnyRecord
    drawn: tuple[Drawn, ...]

    @property
    def dates(self) -> tuple[tuple[str, str, str], ...]:
        """What it says, when, and the status of the statement; each once."""
        return tuple(dict.fromkeys((d.mark.what, d.mark.time.words, d.mark.status) for d in self.drawn))

    @property
    def height(self) -> int:
        """How high its drawing is, in pixels."""
        return 24 + _LEVEL * max(drawn.level for drawn in self.drawn)


@dataclass(frozen=True, slots=True)
class Lane:
    """Rows of one kind."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lanes along the same years, and the same in the order of time."""

    years: TimeAxis
    lanes: tuple[Lane, ...]
    by_year: tuple[tuple[int, tuple[Mark, ...]], ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes drawn, for the key."""
        found = {mark.shape for _, marks in self.by_year for mark in marks}
        return tuple(shape for shape in ("day", "within", "lasting", "reported") if shape in found)

    @property
    def open(self) -> bool:
        """Whether a mark has an open end."""
        return any(mark.span.before or mark.span.after for _, marks in self.by_year for mark in marks)

    @property
    def unsure(self) -> bool:
        """Whether the date of a mark is uncertain."""
        return any(mark.span.unsure for _, marks in self.by_year for mark in marks)


def timeline(kb: KnowledgeBase, record: AnyRecord | None = None) -> Timeline | None:
    """All that is dated, or what touches a record; None where fewer than two things are."""
    lanes = _lanes_of(kb, record) if record else _lanes(kb)
    marks = [mark for rows in lanes.values() for row in rows for mark in row]
    if sum(map(len, lanes.values())) < 2:
        return None
    years = axis.time_axis(mark.span for mark in marks)
    marks.sort(key=_order)
    return Timeline(
        years,
        tuple(Lane(title, tuple(_rows(rows, years))) for title, rows in lanes.items() if rows),
        tuple((year, tuple(found)) for year, found in groupby(marks, key=lambda mark: mark.span.years[0])),
    )


def _lanes(kb: KnowledgeBase) -> dict[str, list[list[Mark]]]:
    """Everything that is dated: what happened, rules, and sources."""
    dated = [(record, marks) for records in kb.by_type.values() for record in records if (marks := _marks(kb, record))]
    return {
        "Events": [marks for record, marks in dated if not isinstance(record, Policy)],
        "Rules and practices": [marks for record, marks in dated if isinstance(record, Policy)],
        "Sources issued": [[_issued(source)] for source in kb.by_type["sources"] if isinstance(source, Source)],
    }


def _lanes_of(kb: KnowledgeBase, record: AnyRecord) -> dict[str, list[list[Mark]]]:
    """What touches a record: events and rules it is named with, its own dated statements, the sources that speak of it."""
    touching = _touching(kb, record)
    near = {
        record.id: record,
        **{end.id: end for s in touching for end in (s.subject, s.value) if isinstance(end, Event | Policy)},
    }
    sources = {cite.source.id: cite.source for linked in touching for cite in linked.cites}
    statements = [
        _happened(linked, linked.value) if isinstance(linked.value, Edtf) else _holding(linked, time)
        for linked in touching
        if not isinstance(linked.subject, Event | Policy) and (time := time_of(linked))
    ]
    return {
        "Events": [marks for end in near.values() if isinstance(end, Event) and (marks := _marks(kb, end))],
        "Rules and practices": [
            marks for end in near.values() if isinstance(end, Policy) and (marks := _marks(kb, end))
        ],
        "Dated statements": [[mark] for mark in statements],
        "Positions": [[_taken(record, p)] for p in (record.positions if isinstance(record, Dispute) else ())],
        "Sources issued": [[_issued(source)] for source in sources.values()],
    }


def _touching(kb: KnowledgeBase, record: AnyRecord) -> list[Linked]:
    """The statements that have a record as subject, value or scope, rest on it, or are in dispute in it."""
    found = [*kb.of_subject.get(record.id, ())]
    refs = [link.ref for link in kb.backlinks.get(record.id, ())]
    refs += [resting.ref for resting in kb.resting_on.get(record.id, ())]
    if isinstance(record, Dispute):
        refs += [ref for position in record.positions for ref in position.statements]
        refs += [ref for agreed in record.common_ground for ref in agreed.statements]
    found += [linked for ref in refs if (linked := kb.statements.get(ref))]
    return list({linked.ref: linked for linked in found}.values())


def _marks(kb: KnowledgeBase, record: AnyRecord) -> list[Mark]:
    """The dates of a record; for a rule that has none, the times its statements hold for."""
    found = kb.of_subject.get(record.id, ())
    marks = [_happened(linked, linked.value) for linked in found if isinstance(linked.value, Edtf)]
    if marks or not isinstance(record, Policy):
        return marks
    by_time: dict[str, Linked] = {}
    for linked in found:
        if time := linked.statement.qualifiers.time:
            by_time.setdefault(time.text, linked)
    return [
        Mark(record, linked.statement.id, time, axis.span(time, axis.said(linked)), "reported", "", linked)
        for linked in by_time.values()
        if (time := linked.statement.qualifiers.time)
    ]


def _happened(linked: Linked, time: Edtf) -> Mark:
    """A statement whose value is a date."""
    span = axis.span(time, axis.said(linked))
    shape: Shape = "lasting" if linked.declared.lasting else "day" if span.exact else "within"
    what = "" if isinstance(linked.subject, Event) or linked.declared.lasting else linked.declared.label
    return Mark(linked.subject, linked.statement.id, time, span, shape, what, linked)


def _holding(linked: Linked, time: Edtf) -> Mark:
    """A statement that holds for a time."""
    what = f"{linked.declared.label}: {words.value(linked.value)}"
    return Mark(linked.subject, linked.statement.id, time, axis.span(time, axis.said(linked)), "reported", what, linked)


def _taken(dispute: AnyRecord, position: Position) -> Mark:
    return Mark(dispute, position.id, position.since, axis.span(position.since), "within", position.label)


def _issued(source: Source) -> Mark:
    span = axis.span(source.issued)
    return Mark(source, "", source.issued, span, "day" if span.exact else "within", "")


def _rows(found: Iterable[list[Mark]], years: TimeAxis) -> Iterator[Row]:
    """A row for every list of marks, earliest first."""
    for marks in sorted((sorted(marks, key=_order) for marks in found), key=lambda marks: _order(marks[0])):
        ends: list[float] = []
        drawn = []
        for mark in marks:
            strokes = years.strokes(mark.span)
            level = next((i for i, end in enumerate(ends) if end < strokes[0].x1), len(ends))
            ends[level : level + 1] = [strokes[-1].x2]
            drawn.append(Drawn(mark, strokes, level))
        yield Row(marks[0].record, tuple(drawn))


def _order(mark: Mark) -> tuple[float, float, str, str]:
    return mark.span.start, mark.span.end, mark.record.id, mark.anchor
