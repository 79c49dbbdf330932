"""Dates that may be uncertain: EDTF text in, bounds and plain English out.

Follows ISO 8601-2:2019 / the Library of Congress EDTF specification: level 0, level 1, and the one-of-set of level 2
(``[2016-04-18, 2016-04-20..2016-04-21]``). Times of day are not dates of this subject and are refused.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Day: TypeAlias = tuple[int, int, int]
"""Year, month, day in the proleptic Gregorian calendar; years may be negative or above 9999."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Northern meteorological seasons; ISO 8601-2 names the codes but sets no bounds. Winter runs into the next year.
SEASONS = {21: ("spring", 3), 22: ("summer", 6), 23: ("autumn", 9), 24: ("winter", 12)}

_DATE = re.compile(
    r"(?:(?P<long>Y-?[1-9]\d{4,8})|(?P<year>(?!-0000)-?(?:\d{4}|\d{3}X|\d{2}XX)))"
    r"(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?)?(?P<mark>[?~%])?",
    re.ASCII,
)


class DateError(ValueError):
    """The text is not an EDTF date this project takes; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Edtf:
    """A date, an interval or one of several dates.

    `lower` and `upper` are the first and last day it may mean; None is no bound on that side. Qualifiers (`?`, `~`,
    `%`) mark the date but do not widen the bounds: how far "about" reaches is not ours to invent.
    """

    text: str
    lower: Day | None
    upper: Day | None
    words: str

    @property
    def sort_key(self) -> tuple[Day, str]:
        """Orders by lower bound; dates without one come first."""
        return (self.lower or (-(10**9), 1, 1), self.text)

    def overlaps(self, other: Edtf) -> bool:
        """Whether some day may belong to both."""
        return not (
            (self.upper is not None and other.lower is not None and self.upper < other.lower)
            or (other.upper is not None and self.lower is not None and other.upper < self.lower)
        )


@lru_cache(maxsize=65536)
def parse(text: str) -> Edtf:
    """Read EDTF `text`; raises `DateError` saying what was found and what is expected."""
    if text.startswith("[") and text.endswith("]"):
        return _one_of(text)
    if "/" in text:
        return _interval(text)
    return _date(text)


def _date(text: str) -> Edtf:
    match = _DATE.fullmatch(text)
    if not match:
        raise DateError(f"“{text}” is not a date: write YYYY, YYYY-MM or YYYY-MM-DD, with ~ for about and ? for unsure")
    year, month, day = match["long"] or match["year"], match["month"], match["day"]
    if "X" in year and month:
        raise DateError(f"“{text}” gives a month of an unknown year: write only the year, such as 201X")
    if month == "XX" and day not in (None, "XX"):
        raise DateError(f"“{text}” gives a day of an unknown month: write YYYY-XX or YYYY-XX-XX")
    first, last = int(year.lstrip("Y").replace("X", "0")), int(year.lstrip("Y").replace("X", "9"))
    if first > last:  # a negative decade or century counts away from zero
        first, last = last, first
    words = _year_words(year, first, last)
    lower, upper = (first, 1, 1), (last, 12, 31)
    if month == "XX":
        words = f"an unknown month of {words}" if day is None else f"an unknown day of {words}"
    elif month and int(month) in SEASONS:
        if day:
            raise DateError(f"“{text}” gives a day of a season: write YYYY-{month} or a month")
        season, start = SEASONS[int(month)]
        words, lower = f"{season} {words}", (first, start, 1)
        last_year, last_month = (first, start + 2) if start < 12 else (first + 1, 2)
        upper = (last_year, last_month, _days_in(last_year, last_month))
    elif month:
        if not 1 <= int(month) <= 12:
            raise DateError(f"“{text}” has no month {month}: months run from 01 to 12, seasons from 21 to 24")
        days = _days_in(first, int(month))
        words = f"{MONTHS[int(month) - 1]} {words}"
        lower, upper = (first, int(month), 1), (first, int(month), days)
        if day == "XX":
            words = f"an unknown day of {words}"
        elif day:
            if not 1 <= int(day) <= days:
                raise DateError(f"“{text}” has no day {day}: {words} has {days} days")
            words = f"{int(day)} {words}"
            lower = upper = (first, int(month), int(day))
    mark = {"?": "perhaps ", "~": "about ", "%": "perhaps about "}.get(match["mark"] or "", "")
    return Edtf(text, lower, upper, mark + words)


def _interval(text: str) -> Edtf:
    start, _, end = text.partition("/")
    if "/" in end:
        raise DateError(f"“{text}” has more than one /: write start/end")
    if start in ("", "..") and end in ("", ".."):
        raise DateError(f"“{text}” has neither a start nor an end: write at least one, or leave the date out")
    if end in ("", ".."):
        first = _date(start)
        return Edtf(text, first.lower, None, f"from {first.words}" + (" to an unknown end" if end == "" else " on"))
    if start in ("", ".."):
        last = _date(end)
        return Edtf(text, None, last.upper, ("from an unknown start to " if start == "" else "until ") + last.words)
    first, last = _date(start), _date(end)
    assert first.lower and last.upper  # single dates always have both
    if last.upper < first.lower:
        raise DateError(f"“{text}” ends before it starts: put the earlier date first")
    return Edtf(text, first.lower, last.upper, f"{first.words} to {last.words}")


def _one_of(text: str) -> Edtf:
    choices = []
    for part in text[1:-1].split(","):
        part = part.strip()
        start, dots, end = part.partition("..")
        choices.append(_interval(f"{start or '..'}/{end or '..'}") if dots else _date(part))
    lowers, uppers = [c.lower for c in choices], [c.upper for c in choices]
    return Edtf(
        text,
        None if None in lowers else min(d for d in lowers if d),
        None if None in uppers else max(d for d in uppers if d),
        ("one of: " if len(choices) > 2 else "") + " or ".join(c.words for c in choices),
    )


def _year_words(year: str, first: int, last: int) -> str:
    if year.endswith("XX"):
        return f"the years {first} to {last}"
    if year.endswith("X"):
        return f"the {first if first >= 0 else last}s"
    return str(first) if first >= 0 else f"year {first}"


def _days_in(year: int, month: int) -> int:
    """Days of a month in any year: the calendar repeats every 400 years, which keeps `monthrange` in its range."""
    return monthrange(2000 + year % 400, month)[1]
