"""Values, scopes and attributions as a reader sees them."""

from __future__ import annotations

import pytest
from records import MINI, amount

from kb import dates, words
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.model import Name, Quantity


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ({"language": "en"}, "English"),
        ({"language": "ko", "script": "Hang"}, "Korean, hangul"),
        ({"language": "ko", "romanisation": "mccune-reischauer"}, "Korean, McCune–Reischauer"),
        ({"language": "en", "romanisation": "press"}, "English, as in the press"),
        ({"language": "mn", "script": "Mong"}, "mn, Mong"),
    ],
)
def test_how_a_name_is_written_is_told_in_words(name: dict[str, str], text: str) -> None:
    assert words.writing(Name(value="N", inferred="I", **name)) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12, "12"),
        (50_000, "50,000"),
        (999_999, "999,999"),
        (1_000_000, "1 million"),
        (2_400_000, "2.4 million"),
        (1_234_567, "1,234,567"),
        (2_300_000_000, "2.3 billion"),
        (12_345_670_000_000, "12,345.67 billion"),
        (-1_500_000, "-1.5 million"),
        (2.5, "2.5"),
        (4.0, "4"),
        (76_923.5, "76,923.5"),
        (1 / 3, "0.3333333333"),
    ],
)
def test_a_number_is_written_as_it_is_read(value: float, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (amount(exact=9, unit="people"), "9 people"),
        (amount(about=1000, unit="workers"), "about 1,000 workers"),
        (amount(at_least=50_000, unit="workers"), "at least 50,000 workers"),
        (amount(at_most=3, unit="people"), "up to 3 people"),
        (amount(low=250, high=300, currency="USD", per="month"), "US$250–300 a month"),
        (amount(about=2_300_000_000, currency="USD", per="year"), "about US$2.3 billion a year"),
        (amount(exact=10, currency="EUR"), "€10"),
        (amount(exact=10, currency="MNT"), "MNT 10"),
        (amount(exact=70, unit="percent"), "70%"),
        (amount(exact=0, unit="people"), "0 people"),
        (amount(exact=5), "5"),
        (amount(low=0, high=0.5, unit="percent"), "0–0.5%"),
    ],
)
def test_a_quantity_keeps_how_exact_its_source_is(quantity: Quantity, text: str) -> None:
    assert words.quantity(quantity) == text


def test_every_kind_of_value_has_words(mini: KnowledgeBase) -> None:
    assert words.value("unknown") == "not known"
    assert words.value("none") == "none"
    assert words.value("as written") == "as written"
    assert words.value(dates.parse("2017-05/..")) == "from May 2017 on"
    assert words.value(amount(exact=9, unit="people")) == "9 people"
    assert words.value(mini.records["harbour-clerk"]) == "A clerk at the harbour"


@pytest.mark.parametrize(
    ("ref", "speakers"),
    [
        ("northport#opened", ["The Tidewater Courier"]),
        ("night-ferry#where", ["Gull Agency", "The Tidewater Courier, citing a clerk at the harbour"]),
        (
            "harbour-ministry#denial",
            ["The Tidewater Courier, citing the ministry, who spoke under state supervision, by way of Gull Agency"],
        ),
    ],
)
def test_who_says_it_is_told_as_the_source_tells_it(mini: KnowledgeBase, ref: str, speakers: list[str]) -> None:
    assert [cite.says for cite in mini.statements[ref].cites] == speakers


def test_the_place_in_a_source_is_a_paragraph_or_as_written(mini: KnowledgeBase) -> None:
    assert words.place(mini.statements["northport#berths"].cites[0]) == "paragraph 2"
    assert words.place(mini.statements["northport#opened"].cites[0]) == "map on page 3"


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 statements"), (1, "1 statement"), (2, "2 statements"), (1500, "1,500 statements")]
)
def test_a_count_has_its_noun(n: int, text: str) -> None:
    assert words.counted(n, "statement") == text


def test_an_odd_plural_is_given() -> None:
    assert (words.counted(1, "policy", "policies"), words.counted(2, "policy", "policies")) == (
        "1 policy",
        "2 policies",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("북항 Ryŏ – “quoted”…", "북항 Ryŏ – “quoted”…"),
        ("two\nlines\tand\r\nmore", "two lines and  more"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\u200bb\ufeff", "a[U+200B]b[U+FEFF]"),
        ("a\x1b[31mb", "a[U+001B][31mb"),
        ("a\u2028b\u2029c", "a[U+2028]b[U+2029]c"),
        ("a\ue000b\U000e0041", "a[U+E000]b[U+E0041]"),
        ("a\u00a0b", "a\u00a0b"),
        ("👩\u200d🚒", "👩[U+200D]🚒"),
    ],
)
def test_nothing_in_a_text_is_hidden(text: str, shown: str) -> None:
    assert words.visible(text) == shown


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("cannery#in-northport", "The cannery located in Northport"),
        ("dock-workers-abroad#in-2008", "Dock workers abroad observed value 800–1,000 workers (2008)"),
        ("night-ferry#when", "The night ferry took place 30 March 2011 or 31 March 2011"),
        ("harbour-clerk#lists", "A clerk at the harbour said: The lists were written twice."),
    ],
)
def test_a_statement_reads_as_a_sentence(mini: KnowledgeBase, ref: str, sentence: str) -> None:
    assert mini.statements[ref].sentence == sentence
