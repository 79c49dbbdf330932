"""Under which words a name is looked up. The names are made up, or those of the issue's kinds of spelling."""

from __future__ import annotations

import pytest
from pages import ROOT

from kb.graph import link
from kb.hangul import SYLLABLES, letters
from kb.keys import FAMILIES, Field, fold, keys, southern_latin, words
from kb.load import load
from kb.model import Name


def found(name: str, korean: bool = False, person: bool = False) -> set[str]:
    """Every word a name is looked up under."""
    return set().union(*keys(name, korean, person).fields.values())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("P'yŏngyang", "pyongyang"),
        ("Xī'ān", "xian"),
        ("L’Été", "lete"),
        ("ＦＵＬＬ width", "full width"),
        ("Хабаровск", "хабаровск"),
        ("Йод", "иод"),
        ("북항", "북항"),
        ("북항", "북항"),
    ],
)
def test_case_marks_and_apostrophes_are_dropped(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_are_split_at_spaces_hyphens_and_signs() -> None:
    assert words("Gull-Office (North), 2016: U.N.") == ["gull", "office", "north", "2016", "u", "n"]


@pytest.mark.parametrize("typed", ["gullharbouroffice", "harbouroffice", "harbour", "office", "gull"])
def test_hyphens_and_spaces_may_be_there_or_not(typed: str) -> None:
    assert typed in found("Gull-Harbour Office")


@pytest.mark.parametrize("typed", ["해외노동자", "노동자", "동자"])
def test_hangul_inside_a_word_begins_a_key(typed: str) -> None:
    assert letters(typed) in found("해외노동자")


def test_a_last_syllable_alone_is_no_key() -> None:
    assert not found("해외노동자") & {letters("자"), "ja", "cha"}


@pytest.mark.parametrize("typed", ["正恩", "港", "北港"])
def test_chinese_inside_a_name_begins_a_key(typed: str) -> None:
    assert (typed in found("金正恩")) == (typed == "正恩")


@pytest.mark.parametrize(
    ("name", "keys_made"),
    [
        ("로동회관", {letters("노동회관"), "rodonghoegwan", "nodonghoegwan", "ㄹㄷㅎㄱ"}),
        ("녀성회관", {letters("여성회관"), "nyeoseonghoegwan", "nyosonghoegwan", "yeoseonghoegwan", "yosonghoegwan"}),
        ("료양소", {letters("요양소"), "ryoyangso", "yoyangso"}),
        ("북항", {"bukhang", "pukhang", "ㅂㅎ"}),
        ("평양", {"pyeongyang", "pyongyang"}),
        ("새 북항", {"saebukhang", "saepukhang", "bukhang", "ㅅㅂㅎ"}),
    ],
)
def test_a_name_in_hangul_has_keys_in_southern_spelling_two_romanisations_and_initials(
    name: str, keys_made: set[str]
) -> None:
    assert keys_made <= found(name)


@pytest.mark.parametrize(("word", "south"), [("ryo", "yo"), ("nyo", "yo"), ("ri", "i"), ("rodong", "nodong"), ("rice", "ice"), ("north", "north"), ("nine", "nine")])  # fmt: skip
def test_latin_words_as_the_south_writes_them(word: str, south: str) -> None:
    assert southern_latin(word) == south


def test_korean_names_in_latin_letters_have_southern_keys_and_others_have_not() -> None:
    assert {"yugyong", "yugyongsanatorium"} <= found("Ryugyong Sanatorium", korean=True)
    assert not {"yugyong", "ice"} & found("Rice Office")


@pytest.mark.parametrize("typed", ["leegalmae", "yigalmae", "rheekalmae", "rigalmae", "igalmae"])
@pytest.mark.parametrize("name", ["리갈매", "이갈매"])
def test_family_names_are_found_as_usually_spelled(name: str, typed: str) -> None:
    assert typed in found(name, person=True)


def test_family_names_in_latin_letters_are_found_in_their_other_spellings() -> None:
    assert {"leegalmae", "rheegalmae", "igalmae"} <= found("Ri Gal-mae", korean=True, person=True)
    assert "leegalmae" not in found("Ri Gal-mae", korean=True)


def test_given_names_are_romanised_by_the_syllable_too() -> None:
    """Notice 2000-8, chapter 3, article 4: 한복남 is Han Boknam, though it sounds Bongnam."""
    assert {"hanboknam", "hanbongnam"} <= found("한복남", person=True)


def test_family_names_are_single_syllables_and_spelled_as_words_are_folded() -> None:
    assert all(SYLLABLES.fullmatch(name) and len(name) == 1 for name in FAMILIES)
    assert all(fold(spelling) == spelling for spellings in FAMILIES.values() for spelling in spellings.split())


def test_what_is_written_counts_more_than_what_is_made() -> None:
    fields = keys("북항").fields
    assert fields[Field.WHOLE] == {letters("북항")}
    assert {"bukhang", "pukhang", "ㅂㅎ"} <= fields[Field.ALIKE]
    long = keys("새 북항").fields
    assert letters("북항") in long[Field.PART] and "bukhang" in long[Field.KEY]


def test_only_what_somebody_would_write_is_held_against_mistyped_words() -> None:
    spelled = set(keys("해외노동자").spelled)
    assert {letters("해외노동자"), "haeoenodongja"} <= spelled
    assert not spelled & {letters("노동자"), "nodongja", "ㅎㅇㄴㄷㅈ"}


def test_romanisations_on_record_are_keys_of_the_hangul_on_record() -> None:
    """The records themselves, written out by hand by the same systems, against the rules."""
    checked, missed = 0, []
    for record in link(load(ROOT / "data")).records.values():
        hangul = [name.value for name in record.names if name.script == "Hang"]
        made = set().union(*(found(name, person=record.type == "people") for name in hangul))
        for name in record.names:
            if hangul and name.romanisation in ("revised", "mccune-reischauer") and _whole(name):
                checked += 1
                if "".join(words(name.value)) not in made:
                    missed.append(name.value)
    assert checked > 10
    assert missed == []


def _whole(name: Name) -> bool:
    """Whether nothing in it is set apart, so that sounds meet across words by the rules."""
    return " " not in name.value and "-" not in name.value


def test_a_name_of_signs_has_no_keys() -> None:
    assert found("?! …") == set()
