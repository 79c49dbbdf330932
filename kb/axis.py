"""Time on a drawn line: EDTF dates in; where they begin, end and fade out.

Drawings of the site (`kb.chart`, `kb.timeline`) are SVG made at build time by our own templates: they take the page's
colours, carry links, work without scripts and need no library. Positions across are in percent of the width, so that
a drawing is as wide as its page while its text keeps its size; positions down are in pixels.

What a date names is drawn solid. An open end is solid as far as anybody said so, which is when the last source that
says it was issued, and fades from there on.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb import dates
from kb.dates import Day, Edtf
from kb.graph import Linked

FADES = 5
"""Steps in which an open end fades; 1 is the darkest."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time in decimal years: what is said of it, and on which sides it stays open."""

    start: float
    end: float
    before: bool = False
    """It may have begun earlier: no start is said."""
    after: bool = False
    """It may go on: no end is said."""
    exact: bool = False
    """It is one day."""
    unsure: bool = False
    """The date itself is marked as approximate, uncertain or one of several."""

    @property
    def years(self) -> range:
        """The calendar years of the part that is said."""
        first = math.floor(self.start)
        return range(first, max(first, math.ceil(self.end) - 1) + 1)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A piece of a line, in percent of the width. `fade` is 0 where it is said, then 1 to `FADES`."""

    x1: float
    x2: float
    fade: int = 0

    @property
    def width(self) -> float:
        """How wide it is, in percent."""
        return round(self.x2 - self.x1, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it is, its label, and where that stands."""

    at: float
    label: str = ""
    label_at: float = 0
    wide: bool = False
    """Whether the label is left out where the page is narrow."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The years a drawing covers, and where they stand."""

    first: int
    last: int
    left: float = 2
    right: float = 96
    labels: int = 14
    """How many years have room for a label; half of them where the page is narrow."""

    def x(self, year: float) -> float:
        """Where a moment stands, in percent of the width."""
        along = (year - self.first) / (self.last + 1 - self.first)
        return round(self.left + along * (self.right - self.left), 2)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Years in the middle of their width; where there are many, every so many at their start; where few, quarters."""
        count = self.last + 1 - self.first
        if count <= 2:
            quarters = [(year, month) for year in range(self.first, self.last + 1) for month in (1, 4, 7, 10)]
            starts = [self.x(year + (month - 1) / 12) for year, month in quarters]
            names = [dates.MONTHS[month - 1][:3] if month > 1 else str(year) for year, month in quarters]
            labelled = [
                Tick(x, name, x, month > 1 and count > 1)
                for x, name, (_, month) in zip(starts, names, quarters, strict=True)
            ]
        else:
            step = next(
                (s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if count <= self.labels * s),
                math.ceil(count / self.labels),
            )
            found = range(self.first + -self.first % step, self.last + 1, step)
            labelled = [
                Tick(self.x(year), str(year), self.x(year + 0.5 if step == 1 else year), count > 7 * step and i % 2 > 0)
                for i, year in enumerate(found)
            ]
        return (*labelled, Tick(self.x(self.last + 1)))

    def strokes(self, span: Span) -> tuple[Stroke, ...]:
        """The pieces of a span: what is said, and the fading on its open sides."""
        x1, x2 = self.x(span.start), self.x(span.end)
        return (
            *(reversed(list(fading(x1, 0))) if span.before else ()),
            Stroke(x1, x2),
            *(fading(x2, 100) if span.after else ()),
        )


def span(time: Edtf, said: Day | None = None) -> Span:
    """A date as it is drawn; `said` is the last day somebody said it."""
    start, end = time.lower, time.upper
    first, last = _named(time)
    if end is None and said is not None and said > last:
        last = said
    return Span(
        start=_decimal(start or first),
        end=_decimal(end or last, end=True),
        before=start is None,
        after=end is None,
        exact=start is not None and start == end,
        unsure=any(mark in time.text for mark in "?~%X["),
    )


def said(linked: Linked) -> Day | None:
    """The last day on which a source that says this was issued."""
    days = [day for cite in linked.cites if (day := cite.source.issued.upper or cite.source.issued.lower)]
    return max(days, default=None)


def time_axis(spans: Iterable[Span], left: float = 2, right: float = 96, labels: int = 14) -> TimeAxis:
    """The years that hold every span; there has to be one."""
    covered = [span.years for span in spans]
    first, last = min(found[0] for found in covered), max(found[-1] for found in covered)
    return TimeAxis(first, last, left, right, labels)


def _named(time: Edtf) -> tuple[Day, Day]:
    """The first and last day of what a date with an open end does name: all of 2012 in 2012/.."""
    for part in time.text.strip("[]").replace("..", "/").replace(",", "/").split("/"):
        if part.strip():
            date = dates.parse(part.strip())
            if date.lower and date.upper:
                return date.lower, date.upper
    raise AssertionError(time.text)  # a date names at least one end


def _decimal(day: Day, end: bool = False) -> float:
    """The start of a day, or its end, in years; months are equal twelfths."""
    year, month, number = day
    days = monthrange(2000 + year % 400, month)[1]  # the calendar repeats every 400 years
    return year + (month - 1 + (number - (not end)) / days) / 12


def fading(near: float, far: float) -> Iterator[Stroke]:
    """From a drawn end to the edge, ever fainter; small gaps keep the pieces from covering each other."""
    step = (far - near) / FADES
    for fade in range(FADES):
        x1, x2 = sorted((round(near + (fade + 0.1) * step, 2), round(near + (fade + 1) * step, 2)))
        yield Stroke(x1, x2, fade + 1)
