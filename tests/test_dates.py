"""Dates: what is taken, how far it reaches, how it reads, and what is refused. The `edtf` package is the oracle for bounds."""

from __future__ import annotations

import pytest
from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.dates import DateError, Day, parse


@pytest.mark.parametrize(
    ("text", "words", "lower", "upper"),
    [
        # level 0
        ("2016", "2016", (2016, 1, 1), (2016, 12, 31)),
        ("2016-04", "April 2016", (2016, 4, 1), (2016, 4, 30)),
        ("2016-04-08", "8 April 2016", (2016, 4, 8), (2016, 4, 8)),
        ("2016-02", "February 2016", (2016, 2, 1), (2016, 2, 29)),
        ("1900-02", "February 1900", (1900, 2, 1), (1900, 2, 28)),
        ("2016-04/2017-05-01", "April 2016 to 1 May 2017", (2016, 4, 1), (2017, 5, 1)),
        # level 1
        ("2016~", "about 2016", (2016, 1, 1), (2016, 12, 31)),
        ("2016-08?", "perhaps August 2016", (2016, 8, 1), (2016, 8, 31)),
        ("2016-08-01%", "perhaps about 1 August 2016", (2016, 8, 1), (2016, 8, 1)),
        ("201X", "the 2010s", (2010, 1, 1), (2019, 12, 31)),
        ("20XX", "the years 2000 to 2099", (2000, 1, 1), (2099, 12, 31)),
        ("2016-XX", "an unknown month of 2016", (2016, 1, 1), (2016, 12, 31)),
        ("2016-XX-XX", "an unknown day of 2016", (2016, 1, 1), (2016, 12, 31)),
        ("2016-04-XX", "an unknown day of April 2016", (2016, 4, 1), (2016, 4, 30)),
        ("2016-21", "spring 2016", (2016, 3, 1), (2016, 5, 31)),
        ("2016-22", "summer 2016", (2016, 6, 1), (2016, 8, 31)),
        ("2016-23", "autumn 2016", (2016, 9, 1), (2016, 11, 30)),
        ("2015-24", "winter 2015", (2015, 12, 1), (2016, 2, 29)),
        ("2017-05/..", "from May 2017 on", (2017, 5, 1), None),
        ("2017-05/", "from May 2017 to an unknown end", (2017, 5, 1), None),
        ("../2017-05", "until May 2017", None, (2017, 5, 31)),
        ("/2017-05", "from an unknown start to May 2017", None, (2017, 5, 31)),
        ("2012~/2016?", "about 2012 to perhaps 2016", (2012, 1, 1), (2016, 12, 31)),
        ("0000", "0", (0, 1, 1), (0, 12, 31)),
        ("-0044", "year -44", (-44, 1, 1), (-44, 12, 31)),
        ("-004X", "the -40s", (-49, 1, 1), (-40, 12, 31)),
        ("Y12026", "12026", (12026, 1, 1), (12026, 12, 31)),
        # one of a set
        ("[2016, 2018]", "2016 or 2018", (2016, 1, 1), (2018, 12, 31)),
        (
            "[2016-04-18, 2016-04-20..2016-04-21]", "18 April 2016 or 20 April 2016 to 21 April 2016",
            (2016, 4, 18), (2016, 4, 21),
        ),
        ("[2014,2015,2016]", "one of: 2014 or 2015 or 2016", (2014, 1, 1), (2016, 12, 31)),
        ("[2018, 2016]", "2018 or 2016", (2016, 1, 1), (2018, 12, 31)),
        ("[..2016]", "until 2016", None, (2016, 12, 31)),
        ("[2012, 2016..]", "2012 or from 2016 on", (2012, 1, 1), None),
    ],
)  # fmt: skip
def test_a_date_reads_in_plain_words_and_keeps_its_bounds(
    text: str, words: str, lower: Day | None, upper: Day | None
) -> None:
    date = parse(text)
    assert (date.text, date.words, date.lower, date.upper) == (text, words, lower, upper)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a date"),
        ("spring 2016", "is not a date"),
        ("16-04-08", "is not a date"),
        ("2016-4", "is not a date"),
        ("8 April 2016", "is not a date"),
        (" 2016", "is not a date"),
        ("2016-04-08T12:30:00", "is not a date"),
        ("２０１６", "is not a date"),
        ("-0000", "is not a date"),
        ("Y2016", "is not a date"),
        ("Y" + "9" * 5000, "is not a date"),
        ("2016?~", "is not a date"),
        ("2016-13", "has no month 13"),
        ("2016-00", "has no month 00"),
        ("2015-02-29", "has no day 29: February 2015 has 28 days"),
        ("2016-04-00", "has no day 00"),
        ("2016-21-01", "gives a day of a season"),
        ("201X-04", "gives a month of an unknown year"),
        ("2016-XX-01", "gives a day of an unknown month"),
        ("2017/2016", "ends before it starts"),
        ("2016/2017/2018", "more than one /"),
        ("../..", "neither a start nor an end"),
        ("/", "neither a start nor an end"),
        ("[]", "is not a date"),
        ("[2016, ]", "is not a date"),
        ("[2017..2016]", "ends before it starts"),
        ("[2016/2017]", "is not a date"),
        ("{2016, 2017}", "is not a date"),
    ],
)
def test_what_is_refused_says_why(text: str, reason: str) -> None:
    with pytest.raises(DateError, match=reason):
        parse(text)


def _day(bound: object) -> Day | None:
    """A bound of the oracle: a struct_time, or an infinity where it is open."""
    return None if isinstance(bound, float) else (bound[0], bound[1], bound[2])  # type: ignore[index]


_YEARS = st.integers(0, 9999).map(lambda year: f"{year:04}")
_DATES = st.one_of(
    _YEARS,
    st.integers(1, 9999).map(lambda year: f"-{year:04}"),
    st.integers(10000, 999999999).map(lambda year: f"Y{year}"),
    st.integers(100, 999).map(lambda decade: f"{decade}X"),
    st.integers(10, 99).map(lambda century: f"{century}XX"),
    st.builds("{}-{:02}".format, _YEARS, st.integers(1, 12)),
    st.builds("{}-{:02}-{:02}".format, _YEARS, st.integers(1, 12), st.integers(1, 28)),
    st.builds("{}-{:02}-XX".format, _YEARS, st.integers(1, 12)),
    _YEARS.map(lambda year: f"{year}-XX"),
)
_MARKED = st.builds(
    "{}{}".format, _DATES.filter(lambda text: not set(text) & {"X", "Y"}), st.sampled_from(["", "?", "~", "%"])
)
_ANY = st.one_of(
    _MARKED,
    _DATES,
    st.builds("{}/{}".format, _MARKED, _MARKED),
    _MARKED.map(lambda text: f"{text}/.."),
    _MARKED.map(lambda text: f"../{text}"),
    st.lists(_DATES.filter(lambda text: text.replace("-", "").isdigit()), min_size=2, max_size=4).map(
        lambda d: f"[{', '.join(d)}]"
    ),
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(_ANY)
def test_bounds_are_those_of_the_edtf_package(text: str) -> None:
    try:
        date = parse(text)
    except DateError as error:
        first, _, last = text.partition("/")
        assert "ends before it starts" in str(error)
        assert parse_edtf(last).upper_strict()[:3] < parse_edtf(first).lower_strict()[:3]
        return
    oracle = parse_edtf(text)
    assert (date.lower, date.upper) == (_day(oracle.lower_strict()), _day(oracle.upper_strict()))


@settings(deadline=None, derandomize=True, max_examples=2000)
@given(st.one_of(st.text("0123456789-/.X~?%Y[], ", max_size=24), st.text(max_size=40)))
def test_any_text_is_a_date_or_a_date_error(text: str) -> None:
    try:
        date = parse(text)
    except DateError as error:
        assert str(error)
        return
    assert date.words
    assert date.lower is None or date.upper is None or date.lower <= date.upper


def test_dates_sort_by_their_lower_bound_and_open_starts_come_first() -> None:
    dates = [parse(text) for text in ("2016-04-08", "2016", "../2020", "2015/..", "[2014, 2030]", "-0001")]
    ordered = [date.text for date in sorted(dates, key=lambda date: date.sort_key)]
    assert ordered == ["../2020", "-0001", "[2014, 2030]", "2015/..", "2016", "2016-04-08"]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("2016", "2016-04-08", True),
        ("2016-04-08", "2016-04-09", False),
        ("2016-04", "2016-04-30/2016-05", True),
        ("2015", "2016", False),
        ("2015/..", "2020", True),
        ("../2015", "2016", False),
        ("../2015", "2010/..", True),
        ("2015/..", "../2014", False),
        ("[2010, 2020]", "2015", True),
    ],
)
def test_overlap_holds_both_ways(one: str, other: str, overlap: bool) -> None:
    assert parse(one).overlaps(parse(other)) is overlap
    assert parse(other).overlaps(parse(one)) is overlap
