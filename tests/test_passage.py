"""What stands in a passage: amounts, dates and names, in digits and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import dates, words
from kb.passage import Moment, Passage, alike, amounts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The 1,200 workers", 1200), ("1 200 workers", 1200), ("1\u202f200 workers", 1200), ("12,000,000", 12_000_000),
        ("2.3 billion", 2.3e9), ("$2.3bn", 2.3e9), ("half a million", 500_000), ("250k", 250_000),
        ("seven men", 7), ("Twenty-five ships", 25), ("two hundred and fifty crates", 250), ("a hundred", 100),
        ("three thousand two hundred", 3200), ("a dozen crates", 12), ("two dozen", 24), ("dozens of crates", 12),
        ("On March 30, seven men", 7), ("30 seven", 30), ("a quarter or a third", 0.25), ("both ferries", 2), ("in their twenties", 20), ("from 20s to mid-40s", 40), ("a third of them", 1 / 3),
        ("three-quarters", 0.75), ("half of them", 0.5), ("$250-$300", 300), ("$250–$300", 250), ("2 to 3 million", 2e6),
        ("2 to 3 million", 3e6), ("tens of thousands", 1000),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, value: float) -> None:
    assert Passage(text).has_amount(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The 1,200 workers", 1), ("The 1,200 workers", 200), ("2.3 billion", 2.3), ("2.3 billion", 23),
        ("twenty-five", 20), ("twenty-five", 5), ("two hundred and fifty", 50), ("the third ferry", 1 / 3),
        ("nine ten", 19), ("On March 30, seven men", 37), ("30 seven", 37), ("twenty, five", 25), ("a ferry", 1), ("half a million", 0.5), ("a month", 1), ("1,200", 1201), ("a kilo", 1000),
    ],
)  # fmt: skip
def test_what_is_another_number_is_not_read(text: str, value: float) -> None:
    assert not Passage(text).has_amount(value)


@pytest.mark.parametrize(
    ("text", "value", "there"),
    [
        ("40% of them", 40, True), ("40 percent", 40, True), ("40 per cent", 40, True), ("20-30 percent", 20, True),
        ("forty per cent", 40, True), ("half", 50, True), ("a third", 33, True), ("a third", 33.3, True),
        ("two-thirds", 67, True), ("a third", 34, False), ("40 workers", 40, False), ("a quarter or a third", 33, True), ("12.5%", 12, False),
    ],
)  # fmt: skip
def test_a_percentage_is_one_in_figures_words_or_a_fraction(text: str, value: float, there: bool) -> None:
    assert Passage(text).has_amount(value, percent=True) is there


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "1.200 Arbeiter", 1200), ("de", "2,5 Millionen", 2.5), ("fr", "1 200,5", 1200.5), ("ko", "5만 명", 50_000),
        ("ko", "3만5천 명", 35_000), ("zh", "2万人", 20_000), ("ru", "2,3 млрд", 2.3e9), ("xx-nowhere", "1,200", 1200),
    ],
)  # fmt: skip
def test_digits_are_read_as_the_language_writes_them(language: str, text: str, value: float) -> None:
    assert Passage(text, language).has_amount(value)


@given(st.integers(0, 10**13) | st.floats(0.01, 10**6).map(lambda n: round(n, 2)))
def test_a_number_as_this_site_prints_it_is_read_back(value: float) -> None:
    assert Passage(f"about {words.number(value)} crates").has_amount(value)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_no_number_is_taken_for_another(printed: int, sought: int) -> None:
    assert Passage(f"{words.number(printed)} crates").has_amount(sought) is (printed == sought)


@given(st.text(alphabet="0123456789.,- %$abcdeftwoandhalfmillion年월만", max_size=40))
def test_any_text_can_be_read(text: str) -> None:
    assert all(amount.value >= 0 for amount in amounts(text))
    assert Passage(text).missing(dates.parse("2011-03-30")) is not None


TOLD = "2011-04-02"  # a Saturday


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on 30 March 2011", "2011-03-30"), ("on March 30, 2011", "2011-03-30"), ("the 30th of March 2011", "2011-03-30"),
        ("on Mar. 30, 2011", "2011-03-30"), ("2011-03-30", "2011-03-30"), ("30.03.2011", "2011-03-30"),
        ("2011/3/30", "2011-03-30"), ("In March 2011", "2011-03"), ("since 2011", "2011"), ("in the 1990s", "199X"),
        ("In 2011, in the night of March 30", "2011-03-30"), ("last month", "2011-03"), ("last year", "2010"),
        ("October last year", "2010-10"), ("last October", "2010-10"), ("this March", "2011-03"), ("this week", "2011-03"),
        ("this week", "2011-04"), ("yesterday", "2011-04-01"), ("on Wednesday", "2011-03-30"), ("two years ago", "2009"),
        ("three months ago", "2011-01"), ("next year", "2012"), ("in the summer of 2010", "2010-22"),
        ("in July 2010", "2010-22"), ("from 2009 until May 2010", "2009/2010-05"), ("until 2010", "../2010"),
        ("on 31 March 2011", "[2011-03-30, 2011-03-31]"), ("about 2010", "2010~"),
    ],
)  # fmt: skip
def test_a_date_is_read(text: str, date: str) -> None:
    assert Passage(text, told=dates.parse(TOLD)).missing(dates.parse(date)) == ()


@pytest.mark.parametrize(
    ("text", "date", "missing"),
    [
        ("on March 30", "2011-03-30", ("2011",)), ("in March", "2011-03", ("2011",)), ("in 2011", "2011-03", ("March",)),
        ("in 2010", "2011", ("2011",)), ("in March 2010", "2011-03", ("March 2011",)),
        ("30 March 2010", "2011-03-30", ("30 March 2011",)), ("in May 2011", "2011-03-30", ("30 March",)),
        ("they may have", "2011-05", ("May 2011",)), ("from 2009", "2009/2010", ("2010",)),
        ("for $2011", "2011", ("2011",)), ("2,011 crates", "2011", ("2011",)), ("in winter", "2010-22", ("summer 2010",)),
        ("last year", "2010", ("2010",)),
    ],
)  # fmt: skip
def test_what_is_missing_of_a_date_is_told(text: str, date: str, missing: tuple[str, ...]) -> None:
    assert Passage(text).missing(dates.parse(date)) == missing


@given(st.dates())
def test_a_day_as_this_site_prints_it_is_read_back(day: object) -> None:
    date = dates.parse(str(day))
    expected = () if str(day) >= "1500" and str(day) < "2100" else (str(day)[:4].lstrip("0"),)
    assert Passage(f"On {date.words} a ferry left.").missing(date) in ((), expected)


@pytest.mark.parametrize(
    ("language", "text", "date"),
    [
        ("ko", "2011년 3월 30일 밤", "2011-03-30"), ("zh", "2011年3月30日", "2011-03-30"), ("ru", "30 марта 2011 года", "2011-03-30"),
        ("fr", "le 30 mars 2011", "2011-03-30"), ("es", "30 de marzo de 2011", "2011-03-30"), ("de", "30. März 2011", "2011-03-30"),
    ],
)  # fmt: skip
def test_months_are_read_as_the_language_names_them(language: str, text: str, date: str) -> None:
    assert Passage(text, language).missing(dates.parse(date)) == ()


def test_a_relative_date_needs_a_day_it_is_counted_from() -> None:
    wide = Passage("last month", told=dates.parse("2011"))
    assert wide.missing(dates.parse("2011-03")) == ("March 2011",)
    assert Moment(2011, 3) in Passage("last month", told=dates.parse("2011-04")).moments


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("Northport", "In Northport, yesterday", True), ("Northport", "the Northport’s ferry", True),
        ("Northport", "in Southport", False), ("Sandoria", "the Sandorian ferry", True), ("Sandoria", "Sand", False),
        ("Harbour Ministry of Northport", "Northport’s Harbour Ministry", True),
        ("Harbour Ministry of Northport", "the Harbour Ministry", False), ("U.N. Office", "the UN office", True),
        ("Ministry (Northport)", "the ministry", True), ("P'yŏngyang", "Pyongyang said", True),
        ("북항", "북항에서 배가", True), ("북항", "남항에서", False), ("北港", "在北港", True),
        ("Northport restaurants abroad", "a restaurant of Northport", True),
        ("Northport restaurants abroad", "the port restaurants", False), ("harbour committee", "harbour", False),
    ],
)  # fmt: skip
def test_a_name_is_found_in_any_order_and_form(name: str, text: str, there: bool) -> None:
    assert Passage(text).has_name(name) is there


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("night ferry", "The “night-ferry” left", True), ("night ferry", "the ferry at night", False),
        ("the clerk's", "in the clerk’s words", True), ("북항", "북항에서", True), ("ferry", "ferries", False),
    ],
)  # fmt: skip
def test_a_phrase_is_found_in_its_order(phrase: str, text: str, there: bool) -> None:
    assert Passage(text).has_phrase(phrase) is there


@pytest.mark.parametrize(
    ("currency", "text", "there"),
    [
        ("USD", "for $300", True), ("USD", "300 U.S. dollars", True), ("USD", "USD 300", True), ("USD", "300 euros", False),
        ("EUR", "300 €", True), ("EUR", "300 euro", True), ("CNY", "300 yuan", True), ("RUB", "300 rubles", True),
        ("KRW", "₩300", True), ("GBP", "for $300", False),
    ],
)  # fmt: skip
def test_a_currency_is_found_by_sign_code_or_name(currency: str, text: str, there: bool) -> None:
    assert Passage(text).has_currency(currency) is there


@pytest.mark.parametrize(
    ("period", "text", "there"),
    [
        ("month", "a monthly wage", True), ("month", "300 a month", True), ("year", "annually", True),
        ("year", "per annum", True), ("day", "daily", True), ("year", "a month", False), ("week", "in two weeks", True),
    ],
)  # fmt: skip
def test_a_period_is_found(period: str, text: str, there: bool) -> None:
    assert Passage(text).has_period(period) is there


@pytest.mark.parametrize(
    ("a", "b", "forms"),
    [
        ("china", "chinese", True), ("russia", "russians", True), ("south", "southern", True), ("south", "southeast", False),
        ("kim", "kims", True), ("kim", "kin", False), ("committee", "commerce", False),
    ],
)  # fmt: skip
def test_two_words_are_forms_of_one(a: str, b: str, forms: bool) -> None:
    assert alike(a, b) is alike(b, a) is forms
