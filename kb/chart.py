"""A figure's observations in; a drawing of them out, and the same as CSV.

Two or more times make a chart over time; one alone makes a line from nought to a little beyond the value, so that a
single number does not pretend to be a series. Nothing is joined but values of one origin in one scope, and figures
never share a drawing: each has its own definition.

Drawn by our own template (see `kb.axis`). Across is in percent of the width, down in pixels.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

from kb import axis, words
from kb.axis import FADES, Span, Stroke, Tick, TimeAxis
from kb.dates import Day
from kb.graph import KnowledgeBase, Linked
from kb.model import Figure, Quantity

Kind: TypeAlias = Literal["exact", "about", "at-least", "at-most", "range"]

LEFT, RIGHT = 14, 96
"""Where the values of a chart begin and end across; the labels of the grid stand to the left."""
TOP, BOTTOM, HEIGHT = 34, 236, 262
"""Where the values of a chart over time end and begin, and how high it is."""
_BAND, _LABELS, _WIDE, _NARROW, _LETTER = 9, 12, 520, 330, 6.6


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of the values: linear from nought, or logarithmic where they lie more than a hundredfold apart."""

    low: float
    high: float
    log: bool
    caption: str
    """What is counted: "people", "USD a month"."""
    currency: str | None = None

    def along(self, value: float) -> float:
        """How far along the axis a value lies, from 0 to 1; what lies beyond is drawn at the end."""
        if self.log:
            along = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            along = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, along))

    def y(self, value: float) -> float:
        """How far down a value stands in a chart over time, in pixels."""
        return round(BOTTOM - self.along(value) * (BOTTOM - TOP), 1)

    def x(self, value: float) -> float:
        """How far across a value stands on a line of values, in percent."""
        return round(2 + self.along(value) * (RIGHT - 2), 2)

    @property
    def values(self) -> list[float]:
        """Round values for the grid."""
        if self.log:
            return [10.0**power for power in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]
        step = _step(self.high - self.low)
        return [step * i for i in range(round(self.low / step), round(self.high / step) + 1)]

    def label(self, value: float) -> str:
        """A round value as printed beside the grid."""
        return words.quantity(Quantity(exact=value, currency=self.currency))


@dataclass(frozen=True, slots=True)
class Band:
    """A strip of the fading beyond a bound: how far down it begins, its height, how faint it is."""

    y: float
    height: float
    fade: int


@dataclass(frozen=True, slots=True)
class Label:
    """Words beside a mark. `wide` ones are left out where the page is narrow, as they would cover another."""

    text: str
    x: float
    y: float
    anchor: Literal["start", "end"]
    wide: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """An observation as it is drawn."""

    linked: Linked
    kind: Kind
    unsure: bool
    """Whether its date is itself uncertain."""
    time: tuple[Stroke, ...] = ()
    """Over time: the pieces of the time it holds for."""
    high: float = 0
    """Over time: how far down its value stands, or the higher of two."""
    low: float = 0
    bands: tuple[Band, ...] = ()
    """Over time: the fading above a lower bound or below an upper one."""
    value: tuple[Stroke, ...] = ()
    """On a line of values: the value, the range, or the bound and its fading."""
    label: Label | None = None

    @property
    def said(self) -> Stroke:
        """The piece of its time that is said."""
        return next(stroke for stroke in self.time if not stroke.fade)

    @property
    def middle(self) -> float:
        """The middle of that piece."""
        return round((self.said.x1 + self.said.x2) / 2, 2)

    @property
    def levels(self) -> tuple[float, ...]:
        """How far down its lines stand: two for a range."""
        return (self.low, self.high) if self.kind == "range" else (self.low,)

    @property
    def tip(self) -> float:
        """How far down the fading beyond its bound ends, where an arrow points on."""
        return self.bands[-1].y if self.kind == "at-least" else self.bands[-1].y + self.bands[-1].height


@dataclass(frozen=True, slots=True)
class Join:
    """A guide from one value to the next of the same origin in the same scope."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn of a figure, and the observations that are only in its table."""

    figure: Figure
    over_time: bool
    scale: Scale
    grid: tuple[Tick, ...]
    years: TimeAxis | None
    marks: tuple[Mark, ...]
    joins: tuple[Join, ...]
    observations: tuple[Linked, ...]
    undrawn: tuple[Linked, ...]
    """Observations in another unit, and those whose value is not known."""

    @property
    def height(self) -> int:
        """Over time: how high it is, in pixels."""
        return HEIGHT

    @property
    def bottom(self) -> int:
        """Over time: how far down the lowest value stands."""
        return BOTTOM

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of value drawn, for the key."""
        drawn = {mark.kind for mark in self.marks}
        return tuple(kind for kind in ("exact", "about", "range", "at-least", "at-most") if kind in drawn)

    @property
    def open(self) -> bool:
        """Whether the time of a mark has an open end."""
        return any(len(mark.time) > 1 for mark in self.marks)

    @property
    def unsure(self) -> bool:
        """Whether the date of a mark is uncertain."""
        return any(mark.unsure for mark in self.marks)


def observations(kb: KnowledgeBase, figure: Figure) -> tuple[Linked, ...]:
    """The observations of a figure, in the order of time."""
    return tuple(s for s in kb.of_subject.get(figure.id, ()) if s.declared.range == "quantity")


def chart(kb: KnowledgeBase, figure: Figure) -> Chart | None:
    """The drawing of a figure, or None where it has no amount to draw."""
    found = observations(kb, figure)
    amounts = [(linked, linked.value) for linked in found if isinstance(linked.value, Quantity)]
    if not amounts:
        return None
    unit = Counter(_unit(value) for _, value in amounts).most_common(1)[0][0]
    drawn = [(linked, value, _span(linked)) for linked, value in amounts if _unit(value) == unit]
    refs = {linked.ref for linked, _, _ in drawn}
    undrawn = tuple(linked for linked in found if linked.ref not in refs)
    scale = _scale([value for _, value, _ in drawn])
    dated = [span for _, _, span in drawn if span]
    if len({(span.start, span.end, span.before, span.after) for span in dated}) < 2:
        marks = [_on_a_line(linked, value, span, scale) for linked, value, span in drawn]
        crowded = sum(len(scale.label(value)) for value in scale.values) > 30
        grid = tuple(
            Tick(scale.x(value), scale.label(value), wide=crowded and i % 2 > 0) for i, value in enumerate(scale.values)
        )
        return Chart(figure, False, scale, grid, None, tuple(marks), (), found, undrawn)
    years = axis.time_axis(dated, LEFT, RIGHT, labels=10)
    marks = [_over_time(linked, value, span, years, scale) for linked, value, span in drawn]
    grid = tuple(Tick(scale.y(value), scale.label(value)) for value in scale.values)
    labelled = tuple(_labelled(kb, marks))
    return Chart(figure, True, scale, grid, years, labelled, tuple(_joins(marks)), found, undrawn)


def _span(linked: Linked) -> Span | None:
    time = linked.statement.qualifiers.time
    return axis.span(time, axis.said(linked)) if time else None


def _unit(value: Quantity) -> tuple[str | None, str | None, str | None]:
    return value.unit, value.currency, value.per


def _kind(value: Quantity) -> Kind:
    if value.low is not None:
        return "range"
    if value.at_least is not None:
        return "at-least"
    if value.at_most is not None:
        return "at-most"
    return "exact" if value.exact is not None else "about"


def _scale(values: Sequence[Quantity]) -> Scale:
    amounts = [end for value in values for end in value.bounds if math.isfinite(end)]
    least, most = min(amounts), max(amounts)
    first = values[0]
    caption = " ".join(part for part in (first.currency or first.unit, f"a {first.per}" if first.per else "") if part)
    if least > 0 and most / least > 100:
        low, high = 10.0 ** math.floor(math.log10(least)), 10.0 ** math.ceil(math.log10(most * 1.2))
        return Scale(low, high, True, caption, first.currency)
    if (first.unit or "").startswith("percent") and least >= 0 and most <= 100:
        return Scale(0, 100, False, caption)
    least = min(least, 0)
    step = _step((max(most, 0) - least) * 1.2 or 1)
    high = step * math.ceil(max(most, 0) * 1.2 / step) or 4 * step
    return Scale(step * math.floor(least * 1.2 / step), high, False, caption, first.currency)


def _step(length: float) -> float:
    """A round distance that goes about four times into a length."""
    size = 10.0 ** math.floor(math.log10(length / 4))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 4.5 >= length)


def _over_time(linked: Linked, value: Quantity, span: Span | None, years: TimeAxis, scale: Scale) -> Mark:
    """A value along the time it holds for; one without a date goes all the way across."""
    kind, (low, high) = _kind(value), value.bounds
    time = years.strokes(span or Span(years.first, years.last + 1))
    y_low, y_high = (scale.y(end if math.isfinite(end) else other) for end, other in ((low, high), (high, low)))
    bands: tuple[Band, ...] = ()
    if kind == "at-least":
        bands = tuple(_bands(y_low, max(TOP - 20, y_low - _BAND * FADES)))
    elif kind == "at-most":
        bands = tuple(_bands(y_high, min(BOTTOM, y_high + _BAND * FADES)))
    return Mark(linked, kind, bool(span and span.unsure), time, y_high, y_low, bands)


def _bands(near: float, far: float) -> Iterator[Band]:
    height = (far - near) / FADES
    for fade in range(FADES):
        y = near + fade * height
        yield Band(round(min(y, y + height), 1), round(abs(height), 1), fade + 1)


def _on_a_line(linked: Linked, value: Quantity, span: Span | None, scale: Scale) -> Mark:
    """A value on a line of values."""
    kind, (low, high) = _kind(value), value.bounds
    if kind == "at-least":
        strokes = (Stroke(scale.x(low), scale.x(low)), *axis.fading(scale.x(low), 100))
    elif kind == "at-most":
        strokes = (
            *reversed(list(axis.fading(scale.x(high), scale.x(scale.low)))),
            Stroke(scale.x(high), scale.x(high)),
        )
    else:
        strokes = (Stroke(scale.x(low), scale.x(high)),)
    return Mark(linked, kind, bool(span and span.unsure), value=strokes)


def _labelled(kb: KnowledgeBase, marks: Sequence[Mark]) -> Iterator[Mark]:
    """The marks with their values written beside them, as far as no label covers another."""
    scopes = {_scope(mark.linked) for mark in marks}
    taken: dict[int, list[tuple[float, float, float]]] = {_WIDE: [], _NARROW: []}
    for mark in marks:
        text = _short(kb, mark.linked, with_scope=len(scopes) > 1)
        below = mark.kind == "at-least" and mark.low + 22 < BOTTOM
        y = mark.low + 18 if below else mark.high - 9
        starts = mark.said.x1 < 55
        x = mark.said.x1 if starts else mark.said.x2
        fits = []
        for width, boxes in taken.items():
            length = len(text) * _LETTER / width * 100
            x1, x2 = (x, x + length) if starts else (x - length, x)
            free = all(x2 < a or b < x1 or abs(y - at) > 14 for a, b, at in boxes) and x1 >= 0 and x2 <= 100
            if free and len(boxes) < _LABELS:
                boxes.append((x1, x2, y))
                fits.append(width)
        label = Label(text, x, y, "start" if starts else "end", _NARROW not in fits) if _WIDE in fits else None
        yield replace(mark, label=label)


def _joins(marks: Sequence[Mark]) -> Iterator[Join]:
    """Guides between single values that follow each other, in one scope and of the same origins."""
    series: dict[tuple[object, ...], list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.kind in ("exact", "about") and mark.linked.statement.qualifiers.time:
            series[(_scope(mark.linked), mark.linked.origins)].append(mark)
    for found in series.values():
        for a, b in pairwise(sorted(found, key=lambda mark: (mark.said.x1, mark.said.x2))):
            if a.said.x2 <= b.said.x1:
                yield Join(a.said.x2, a.low, b.said.x1, b.low)


def _scope(linked: Linked) -> tuple[str | None, ...]:
    q = linked.statement.qualifiers
    return q.place, q.agency, q.sector, q.group


def _short(kb: KnowledgeBase, linked: Linked, with_scope: bool) -> str:
    """The value as written beside its mark: what the axis says already is left out."""
    assert isinstance(linked.value, Quantity)
    value = linked.value.counting("percent" if (linked.value.unit or "").startswith("percent") else None)
    scope = [kb.records[i].caption if i in kb.records else i for i in _scope(linked) if i and with_scope]
    return " · ".join((f"{words.SIGN[linked.status]} {words.quantity(value)}", *scope))


# --- CSV -------------------------------------------------------------------------------------------------------------

COLUMNS = (
    "figure", "statement", "time", "from", "to", "kind", "low", "high", "unit", "currency", "per",
    "place", "agency", "sector", "group", "status", "origins", "sources",
)  # fmt: skip
"""The columns of a figure's CSV file, in their order. An empty cell of low or high is an open end."""


def table(kb: KnowledgeBase, figure: Figure) -> bytes:
    """The observations of a figure as CSV (RFC 4180, UTF-8): dates as EDTF and as first and last day, amounts as bounds."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(map(_row, observations(kb, figure)))
    return text.getvalue().encode()


def _row(linked: Linked) -> Iterator[object]:
    q, value = linked.statement.qualifiers, linked.value
    yield from (linked.subject.id, linked.ref)
    yield from (q.time.text, _day(q.time.lower), _day(q.time.upper)) if q.time else ("", "", "")
    if isinstance(value, Quantity):
        ends = (end if math.isfinite(end) else "" for end in value.bounds)
        yield from (_kind(value), *ends, value.unit or "", value.currency or "", value.per or "")
    else:
        yield from (value, "", "", "", "", "")
    yield from (end or "" for end in (q.place, q.agency, q.sector, q.group))
    yield from (linked.status, len(linked.origins))
    yield "; ".join(f"{cite.source.id} {words.place(cite)}" for cite in linked.cites)


def _day(day: Day | None) -> str:
    return "{:04d}-{:02d}-{:02d}".format(*day) if day else ""
