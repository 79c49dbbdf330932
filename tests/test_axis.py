"""Dates on a line: what is said is solid, what is open fades, and everything stays within the drawing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import base, place, said, source

from kb import axis, dates
from kb.axis import FADES, Span, TimeAxis
from kb.dates import Day


@pytest.mark.parametrize(
    ("text", "told", "span"),
    [
        ("2016", None, Span(2016, 2017)),
        ("2016-07", None, Span(2016.5, 2016 + 7 / 12)),
        ("2016-01-01", None, Span(2016, 2016 + 1 / 12 / 31, exact=True)),
        ("2016-12-31", None, Span(2016 + (11 + 30 / 31) / 12, 2017, exact=True)),
        ("2012/2013", None, Span(2012, 2014)),
        ("2012~", None, Span(2012, 2013, unsure=True)),
        ("[2012, 2014]", None, Span(2012, 2015, unsure=True)),
        ("201X", None, Span(2010, 2020, unsure=True)),
        # an open end is as long as what it names, and then as far as anybody said it
        ("2012/..", None, Span(2012, 2013, after=True)),
        ("2012/..", (2016, 6, 30), Span(2012, 2016.5, after=True)),
        ("2012/", (2016, 6, 30), Span(2012, 2016.5, after=True)),
        ("[2012..]", (2016, 6, 30), Span(2012, 2016.5, after=True, unsure=True)),
        ("2024-11/..", (2024, 10, 1), Span(2024 + 10 / 12, 2024 + 11 / 12, after=True)),
        ("../2016", (2017, 7, 19), Span(2016, 2017, before=True)),
        # a date that is closed does not last longer because somebody tells of it later
        ("2012", (2016, 6, 30), Span(2012, 2013)),
    ],
)
def test_a_date_is_as_long_as_it_says(text: str, told: Day | None, span: Span) -> None:
    found = axis.span(dates.parse(text), told)
    assert (found.start, found.end) == pytest.approx((span.start, span.end))
    assert (found.before, found.after, found.exact, found.unsure) == (span.before, span.after, span.exact, span.unsure)


def test_an_open_end_is_said_until_the_last_of_its_sources(tmp_path: Path) -> None:
    cites = [{"source": "article", "at": 1}, {"source": "later", "at": 1}]
    kb = base(
        tmp_path,
        {
            "places/northport": place(statements=[said("open", "said", "A", *cites, time="2009/..")]),
            "sources/later": source(issued="2013-05"),
        },
    )
    assert axis.said(kb.statements["northport#open"]) == (2013, 5, 31)


@pytest.mark.parametrize(
    ("span", "years"), [(Span(2016, 2017), [2016]), (Span(2016.9, 2017.1), [2016, 2017]), (Span(2016, 2016), [2016])]
)
def test_a_span_knows_the_years_it_touches(span: Span, years: list[int]) -> None:
    assert list(span.years) == years


def test_open_sides_fade_to_the_edges_piece_by_piece() -> None:
    years = TimeAxis(2010, 2019)
    strokes = years.strokes(Span(2012, 2014, before=True, after=True))
    assert [stroke.fade for stroke in strokes] == [*range(FADES, 0, -1), 0, *range(1, FADES + 1)]
    assert (strokes[0].x1, strokes[-1].x2) == (0, 100)
    assert all(a.x1 < a.x2 <= b.x1 < b.x2 for a, b in pairwise(strokes))
    assert sum(stroke.width for stroke in strokes) > 90


def test_a_closed_span_does_not_fade() -> None:
    (stroke,) = TimeAxis(2010, 2019).strokes(Span(2012, 2014))
    assert (stroke.fade, stroke.x1 < stroke.x2) == (0, True)


def test_time_is_drawn_to_scale() -> None:
    years = TimeAxis(2010, 2019)
    (one,), (three,) = years.strokes(Span(2012, 2013)), years.strokes(Span(2014, 2017))
    assert three.width == pytest.approx(3 * one.width, abs=0.03)


@given(first=st.integers(-2000, 3000), count=st.integers(1, 4000))
def test_a_scale_of_any_length_has_a_few_labels_in_order(first: int, count: int) -> None:
    years = TimeAxis(first, first + count - 1)
    labels = [tick for tick in years.ticks if tick.label]
    assert 1 <= len(labels) <= 15
    assert sum(not tick.wide for tick in labels) <= 8
    assert [tick.label_at for tick in labels] == sorted(tick.label_at for tick in labels)
    assert all(0 <= tick.label_at <= 100 for tick in labels)


def test_a_short_scale_has_quarters() -> None:
    assert [tick.label for tick in TimeAxis(2017, 2017).ticks if tick.label] == ["2017", "Apr", "Jul", "Oct"]
    assert [tick.label for tick in TimeAxis(2015, 2017).ticks if tick.label] == ["2015", "2016", "2017"]
