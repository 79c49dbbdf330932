"""A passage of text in; the amounts, dates and names that stand in it out.

Digits, separators and names of months, weekdays and currencies are read as the passage's language writes them (CLDR, by
Babel). Numbers in words and relative dates are read in English; in other languages a citation says what it found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import NamedTuple, TypeAlias

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_currency_name, get_currency_symbol, get_decimal_symbol
from babel.units import get_unit_name

from kb.dates import MONTHS, SEASONS, Edtf
from kb.keys import fold

Span: TypeAlias = tuple[int, int]
"""Where something stands in a text: first character, and the one after the last."""

_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[가-힣぀-ヿ㐀-䶿一-鿿]")
_STOP = frozenset((
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "of", "on", "or", "that", "the", "their", "this",
    "to", "was", "were", "who", "with",
))  # fmt: skip


def alike(a: str, b: str, ending: int = 3) -> bool:
    """Whether two folded words are forms of one: the same but for at most `ending` last letters (Korea, Koreans)."""
    if a == b or a + "s" == b or b + "s" == a:
        return True
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return same >= max(4, min(len(a), len(b)) - 2) and max(len(a), len(b)) - same <= ending


def words(text: str) -> list[str]:
    """The words of a text, folded; initials are one word: U.N. is un."""
    return _WORD.findall(fold(_INITIALS.sub(lambda found: found[0].replace(".", ""), text)))


def content(text: str) -> list[str]:
    """The words of a text that mean something, folded; what stands in round brackets is left out."""
    return [word for word in words(re.sub(r"\([^)]*\)", "", text)) if word not in _STOP]


# --- amounts ---------------------------------------------------------------------------------------------------------

_TEENS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PARTS = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

_UNITS = {word: n for n, word in enumerate(_TEENS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_UNITS |= {f"{word[:-1]}ies": 10 * n for n, word in enumerate(_TENS, 2)}  # somebody in their twenties
_UNITS |= {"couple": 2, "pair": 2, "both": 2}
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "mn": 10**6, "m": 10**6, "bn": 10**9, "тыс": 10**3, "млн": 10**6, "млрд": 10**9,
}  # fmt: skip
_SCALES |= {f"{word}s": n for word, n in _SCALES.items() if len(word) > 4}
_MYRIADS = {
    "십": 10, "백": 100, "천": 10**3, "만": 10**4, "억": 10**8, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
}  # fmt: skip
_FRACTIONS = {"half": 1 / 2, "halves": 1 / 2, "quarter": 1 / 4, "quarters": 1 / 4}
_FRACTIONS |= {word + plural: 1 / n for n, word in enumerate(_PARTS, 3) for plural in ("", "s")}
_PERCENT = {"%", "％", "percent", "percentage", "pct", "퍼센트", "процентов"}
_TO = {"-", "to", "or", "and"}
_TOKEN = re.compile(
    r"\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,’']\d+)*|[^\W\d_]+|[%％,;:.!?()-]"
)


class Amount(NamedTuple):
    """A number as it stands in a text."""

    value: float
    percent: bool = False
    fraction: bool = False
    """Whether it stood there as a fraction, and is compared as exactly as the other number is written."""


class _Read(NamedTuple):
    value: float
    scale: float
    end: int


def amounts(text: str, language: str = "en") -> Iterator[Amount]:
    """Every number of a text, in digits or in English words: 2.3 billion, two dozen, a third, 20–30 %.

    A fraction is a share and a percentage as well.
    """
    tokens = _TOKEN.findall(re.sub("[‐‑‒–—−]", "-", text.lower()))
    decimal = _decimal(language)
    i = 0
    while i < len(tokens):
        read = _number(tokens, i, decimal)
        if read is None:
            i += 1
            continue
        values, end = [read.value], read.end
        if tokens[end : end + 1] and tokens[end] in _TO and (upper := _number(tokens, end + 1, decimal)):
            if upper.scale > read.scale:  # 2-3 billion
                values.append(read.value * upper.scale)
            values.append(upper.value)
            end = upper.end
        percent = bool(tokens[end : end + 1]) and (tokens[end] in _PERCENT or tokens[end : end + 2] == ["per", "cent"])
        yield from (Amount(value, percent) for value in values)
        yield from (Amount(value * 100, True, fraction=True) for value in values if not percent and 0 < value < 1)
        i = max(end, i + 1)


def _number(tokens: Sequence[str], start: int, decimal: str) -> _Read | None:
    """The number that begins at a token, in digits or words."""
    total, current, scale, i = 0.0, None, 1.0, start
    while i < len(tokens):
        token, following = tokens[i], tokens[i + 1] if i + 1 < len(tokens) else ""
        if token[0].isdigit() and current is None:
            current = _digits(token, decimal)
        elif token in _UNITS and (
            current is None or (not tokens[i - 1][0].isdigit() and _room(current, _UNITS[token]))
        ):
            current = (current or 0) + _UNITS[token]
        elif token in _FRACTIONS and (current is not None or token == "half") and not total:
            current = (1 if current is None else current) * _FRACTIONS[token]
        elif token in _SCALES and (current is not None or i > start or len(token) > 4):
            current = (1 if current is None else current) * _SCALES[token]
            scale = _SCALES[token]
            if scale >= 1000:
                total, current = total + current, None
        elif token[0] in _MYRIADS and current is not None:
            scale = _MYRIADS[token[0]]
            total, current = total + current * scale, None
        elif token in ("a", "an") and (following in _SCALES or following in _FRACTIONS) and len(following) > 3:
            current = 1 if current is None else current  # half a million
        elif (
            token == "-" and i > start and (following in _UNITS or following in _FRACTIONS or following in _SCALES)
        ) or (token == "and" and (total or (current or 0) >= 100) and following in _UNITS):
            pass
        else:
            break
        i += 1
    if total == 0 and current is None:
        return None
    return _Read(total + (current or 0), scale, i)


def _room(current: float, unit: int) -> bool:
    """Whether a unit in words goes on a number: twenty five, two hundred twelve, but not two twelve."""
    return (current >= 100 and current % 100 == 0) or (current % 10 == 0 and 20 <= current < 100 and 0 < unit < 10)


def _digits(token: str, decimal: str) -> float:
    """A number in digits, with separators of thousands."""
    whole, part = token, ""
    if (last := max(token.rfind(","), token.rfind("."))) >= 0:
        mark, after = token[last], token[last + 1 :]
        if mark == decimal or (len(after) != 3 and token.count(mark) == 1):
            whole, part = token[:last], after
    return float(f"{re.sub(r'[^0-9]', '', whole)}.{part or 0}")


# --- dates -----------------------------------------------------------------------------------------------------------


class Moment(NamedTuple):
    """A date as far as a text gives it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?"
_ISO = re.compile(rf"(?<![\d.-]){_YEAR}([-/.])(?P<month>0?[1-9]|1[0-2])(?:\2(?P<day>\d{{1,2}}))?(?![\d-])")
_DOTTED = re.compile(rf"(?<![\d.])(?P<day>\d{{1,2}})\.(?P<month>0?[1-9]|1[0-2])\.{_YEAR}(?!\d)")
_EASTERN = re.compile(rf"(?:{_YEAR}\s?[년年]\s?)?(?:(?P<month>\d{{1,2}})\s?[월月]\s?(?:(?P<day>\d{{1,2}})\s?[일日])?)?")
_BARE = re.compile(rf"(?<![\d.,$€£¥₩]){_YEAR}(?:s\b)?(?![\d%]|[.,]\d)")
_SHIFT = {"last": -1, "previous": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
_RELATIVE = re.compile(r"\b(last|previous|past|this|current|next|coming) (year|month|week)\b", re.IGNORECASE)
_AGO = re.compile(r"\b(\w+) (year|month)s? ago\b", re.IGNORECASE)
_NEAR = re.compile(r"\b(today|yesterday|tomorrow)\b", re.IGNORECASE)


def moments(text: str, language: str = "en", told: Edtf | None = None) -> Iterator[tuple[Moment, Span]]:
    """Every date of a text, with its place. Relative ones are counted from when it was `told`, and left out without."""
    for found in (*_ISO.finditer(text), *_DOTTED.finditer(text), *_EASTERN.finditer(text)):
        if found[0]:
            yield _moment(found), found.span()
    for pattern, names in _month_patterns(language):
        for found in pattern.finditer(text):
            month = names[found["name"].lower()]
            moment = _moment(found)._replace(month=month)
            yield moment, found.span()
            for day in _days(told) if moment.year is None else ():
                if year := _year_of(found, month, day):
                    yield moment._replace(year=year), found.span()
    for found in _BARE.finditer(text):
        yield _moment(found), found.span()
    for day in _days(told):
        yield from _relative(text, language, day)


def _relative(text: str, language: str, day: date) -> Iterator[tuple[Moment, Span]]:
    """Dates counted from a day."""
    for found in _RELATIVE.finditer(text):
        shift, unit = _SHIFT[found[1].lower()], found[2].lower()
        if unit == "week":
            for end in (0, 6):  # a week may lie in two months
                then = day - timedelta(day.weekday() - end) + timedelta(7 * shift)
                yield Moment(then.year, then.month), found.span()
        else:
            yield _shifted(day, unit, shift), found.span()
    for found in _AGO.finditer(text):
        number = next(amounts(found[1]), None)
        if number:
            yield _shifted(day, found[2].lower(), -int(number.value)), found.span()
    for found in _NEAR.finditer(text):
        then = day + timedelta({"yesterday": -1, "today": 0, "tomorrow": 1}[found[1].lower()])
        yield Moment(then.year, then.month, then.day), found.span()
    pattern, names = _weekday_pattern(language)
    for found in pattern.finditer(text):
        back = (day.weekday() - names[found[0].lower()]) % 7
        for days in (back, back + 7):
            then = day - timedelta(days)
            yield Moment(then.year, then.month, then.day), found.span()


def _shifted(day: date, unit: str, by: int) -> Moment:
    if unit == "year":
        return Moment(day.year + by)
    months = day.year * 12 + day.month - 1 + by
    return Moment(months // 12, months % 12 + 1)


def _year_of(found: re.Match[str], month: int, day: date) -> int | None:
    """The year of a month that is given relative to a day: October last year, this May, last October."""
    if year := found.groupdict().get("of"):
        return day.year + _SHIFT[year.lower()]
    if near := found.groupdict().get("near"):
        shift = _SHIFT[near.lower()]
        passed = month < day.month
        return day.year + (0 if shift == 0 else (0 if passed else -1) if shift < 0 else (1 if passed else 0))
    return None


def _moment(found: re.Match[str]) -> Moment:
    parts = {name: int(part) for name, part in found.groupdict().items() if name in Moment._fields and part}
    return Moment(**parts)


def _days(told: Edtf | None) -> tuple[date, ...]:
    """The first and last day it may have been told, where they are less than half a year apart."""
    if told is None or told.lower is None or told.upper is None or not 0 < told.lower[0] <= told.upper[0] < 9999:
        return ()
    first, last = date(*told.lower), date(*told.upper)
    return tuple(dict.fromkeys((first, last))) if last - first < timedelta(183) else ()


# --- languages -------------------------------------------------------------------------------------------------------


@cache
def _locale(language: str) -> Locale:
    """The nearest language CLDR knows; English where it knows none."""
    try:
        return Locale.parse(language.split("-")[0])
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _decimal(language: str) -> str:
    return get_decimal_symbol(_locale(language))


@cache
def _month_patterns(language: str) -> tuple[tuple[re.Pattern[str], Mapping[str, int]], ...]:
    """How a month stands in a text: with a day before or after it, and with a year. As “May” is one and “may” is not, case counts."""
    names = {
        name.rstrip("."): number
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, _locale(language)).items()
        if not name[0].isdigit()
    }
    if _locale(language).language == "en":
        names["Sept"] = 9
    if not names:
        return ()
    near = r"(?:(?P<near>last|this|next|past|coming) )?"
    of = r"(?:,? (?:of )?(?:" + _YEAR + r"|(?P<of>last|this|next) year))?"
    either = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    month = rf"(?<![^\W_])(?P<name>{either})\b\.?"
    known = {name.lower(): number for name, number in names.items()}
    return (
        (re.compile(rf"{near}(?<!\d){_DAY} (?:of |de |du )?{month}(?: de)?{of}"), known),
        (re.compile(rf"{near}{month}(?: {_DAY.replace('er|', '')}(?!\d))?{of}"), known),
    )


@cache
def _weekday_pattern(language: str) -> tuple[re.Pattern[str], Mapping[str, int]]:
    names = {name.lower(): number for number, name in get_day_names("wide", locale=_locale(language)).items()}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE), names


@cache
def _signs(currency: str, language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Signs of a currency, and the words it goes by, without the country."""
    signs, names = set(), {currency.lower()}
    for locale in {_locale("en"), _locale(language)}:
        symbol = get_currency_symbol(currency, locale)
        signs |= {symbol[-1]} if not symbol[-1].isalnum() else set()
        names |= {words(get_currency_name(currency, count, locale))[-1] for count in (1, 2)}
    return frozenset(signs), frozenset(names)


@cache
def _periods(period: str, language: str) -> frozenset[str]:
    """Words that make an amount one per day, week, month or year."""
    names = {period, {"day": "daily"}.get(period, f"{period}ly")} | ({"annual", "annum"} if period == "year" else set())
    for locale in {_locale("en"), _locale(language)}:
        name = get_unit_name(f"duration-{period}", "long", locale)
        names |= set(words(name)) if name else set()
    return frozenset(names)


# --- a passage -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passage:
    """A paragraph of a source, to be asked what stands in it."""

    text: str
    language: str = "en"
    told: Edtf | None = None
    """When the source was published; relative dates are counted from it."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, folded, in their order."""
        return tuple(words(self.text))

    @cached_property
    def _run(self) -> str:
        return "".join(self.words)

    @cached_property
    def amounts(self) -> frozenset[Amount]:
        """Its numbers."""
        return frozenset(amounts(unicodedata.normalize("NFKC", self.text), self.language))

    @cached_property
    def moments(self) -> frozenset[Moment]:
        """Its dates."""
        return frozenset(moment for moment, _ in moments(self.text, self.language, self.told))

    def has_phrase(self, text: str) -> bool:
        """Whether these words stand in it one after the other, whatever their case, marks and punctuation."""
        sought = words(text)
        if _UNSPACED.search(text):
            return "".join(sought) in self._run
        return any(
            self.words[i : i + len(sought) - 1] == tuple(sought[:-1]) and alike(self.words[i + len(sought) - 1], sought[-1], 1)
            for i in range(len(self.words) - len(sought) + 1)
        )  # fmt: skip

    def has_name(self, spelling: str) -> bool:
        """Whether a name stands in it, its words in any order and form.

        Words with a capital letter all have to be there, and of those without, which describe, one: “restaurant staff of
        Northport” has the name “Northport restaurants abroad”.
        """
        if _UNSPACED.search(spelling):
            return "".join(words(spelling)) in self._run
        written = re.sub(r"\([^)]*\)", "", spelling)
        proper = content(" ".join(word for word in written.split() if not word[0].islower()))
        others = [word for word in content(written) if word not in proper]
        if proper:
            return all(map(self.has_word, proper)) and (not others or any(map(self.has_word, others)))
        return bool(others) and all(map(self.has_word, others))

    def has_word(self, word: str, ending: int = 3) -> bool:
        """Whether a word stands in it, in any form that differs by so many last letters."""
        return any(alike(fold(word), own, ending) for own in self.words)

    def has_amount(self, value: float, percent: bool = False) -> bool:
        """Whether a number stands in it; a percentage also as a fraction."""
        decimals = len(f"{value:.10g}".partition(".")[2])
        return any(
            (round(found.value, decimals) if found.fraction else found.value) == value
            for found in self.amounts
            if found.percent or not percent
        )

    def has_currency(self, currency: str) -> bool:
        """Whether it has the sign, the code or the name of a currency."""
        signs, names = _signs(currency, self.language)
        return any(sign in self.text for sign in signs) or any(
            alike(name, own, 1) for name in names for own in self.words
        )

    def has_period(self, period: str) -> bool:
        """Whether it says that something is for a day, week, month or year."""
        return any(alike(name, own, 2) for name in _periods(period, self.language) for own in self.words)

    def missing(self, date: Edtf) -> tuple[str, ...]:
        """What of a date does not stand in it: "8 April 2016", "April", "2016". Of one of several dates, the nearest."""
        if date.text.startswith("["):
            return min((self._missing_ends(part) for part in date.text[1:-1].split(",")), key=len)
        return self._missing_ends(date.text)

    def _missing_ends(self, text: str) -> tuple[str, ...]:
        ends = [_NEEDED.match(end.strip()) for end in re.split(r"/|(?<=\d)\.\.|\.\.(?=\d)", text)]
        return tuple(dict.fromkeys(filter(None, (self._missing_day(end) for end in ends if end))))

    def _missing_day(self, end: re.Match[str]) -> str:
        first, last = int(end["year"].replace("X", "0")), int(end["year"].replace("X", "9"))
        month, day = (int(end[part]) if (end[part] or "X").isdigit() else None for part in ("month", "day"))
        months: Sequence[int] = [month] if month else []
        if month in SEASONS:
            season, start = SEASONS[month]
            months = () if self.has_word(season, 1) else [(start + i - 1) % 12 + 1 for i in range(3)]
        within = [m for m in self.moments if m.year is None or first <= m.year <= last]
        parts = []
        if day and not any(m.day == day and m.month == month for m in within):
            parts.append(str(day))
        if months and not any(m.month in months for m in within):
            parts.append(SEASONS[month][0] if month in SEASONS else MONTHS[months[0] - 1])
        elif parts:
            parts.append(MONTHS[months[0] - 1])
        if not any(m.year is not None for m in within):
            parts.append(str(first) if first == last else f"{first} to {last}")
        return " ".join(parts)


_NEEDED = re.compile(r"(?P<year>\d{2}(?:\d\d|\dX|XX))(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?)?")
