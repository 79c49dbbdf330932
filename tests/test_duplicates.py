"""Likely duplicates: the same name in any script is told, another name is not, and what is declared distinct is left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from generate import write as generate
from pages import ROOT
from records import VOCABULARY, Fields, institution, place, role_only, write

from kb.check import check_folder
from kb.problems import Problem


def person(name: str, *names: tuple[str, str]) -> Fields:
    """A person under a heading, with other names and their scripts."""
    return {
        "name": name, "protection": "public", "protection-reason": "R", "summary": "S.", "review": {"date": "2026"},
        "names": [{"value": value, "language": "ko", "script": script, "inferred": "made up"} for value, script in names],
    }  # fmt: skip


def problems(folder: Path, records: Mapping[str, Fields]) -> list[Problem]:
    """What is wrong with records."""
    return check_folder(write(folder, records))[1]


def told(folder: Path, *records: Fields, type_name: str = "people", **more: Any) -> list[tuple[str, int, str]]:
    """File, line and code of what is wrong with records a, b, c …"""
    named = {f"{type_name}/{letter}": record for letter, record in zip("abcdefgh", records, strict=False)}
    return [(Path(p.path).stem, p.line, p.code) for p in problems(folder, {**named, **more})]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Pae Sora"), person("PAE SO-RA")),
        (person("Pae Sora"), person("Sora Pae")),
        (person("Ri Sora"), person("Lee Sora")),
        (person("A", ("리소라", "Hang")), person("B", ("이소라", "Hang"))),
        (person("A", ("배소라", "Hang")), person("Pae Sora")),
        (person("A", ("배소라", "Hang")), person("B", ("Bae Sora", "Latn"))),
        (person("P'yŏng Sora"), person("Pyong Sora")),
        (person("A", ("裵小羅", "Hani")), person("B", ("裵小羅", "Hani"))),
    ],
)
def test_a_name_is_met_again_in_any_script_and_spelling(tmp_path: Path, one: Fields, other: Fields) -> None:
    assert [(stem, code) for stem, _, code in told(tmp_path, one, other)] == [("b", "likely-duplicate")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Pae Sora"), person("Pae Sona")),
        (person("A", ("정소라", "Hang"), ("Chŏng Sora", "Latn")), person("B", ("청소라", "Hang"), ("Ch'ŏng Sora", "Latn"))),
        (role_only(role="A clerk"), role_only(role="A clerk")),
    ],
)  # fmt: skip
def test_another_name_is_not(tmp_path: Path, one: Fields, other: Fields) -> None:
    assert told(tmp_path, one, other) == []


def test_one_wrong_letter_in_a_long_name_of_a_place_is_told_another_number_is_not(tmp_path: Path) -> None:
    long = [place(name=name) for name in ("Harbour of Northport", "Harbuor of Northport", "Pier 12 of Northport", "Pier 13 of Northport")]  # fmt: skip
    assert [stem for stem, _, _ in told(tmp_path, *long, type_name="places")] == ["b"]


def test_records_of_two_types_are_never_compared(tmp_path: Path) -> None:
    assert told(tmp_path, place(name="The Courier"), type_name="places") == []


def test_it_is_a_warning_at_the_name_that_says_what_to_do(tmp_path: Path) -> None:
    found = problems(
        tmp_path, {"people/a": person("A", ("배소라", "Hang")), "people/b": person("B", ("배 소라", "Hang"))}
    )
    (problem,) = found
    assert problem.severity == "warning"
    text = Path(problem.path).read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert text[problem.column - 1 :].startswith('"배 소라"')
    assert "people/a.yaml: join them (kb merge b into a), or say under distinct" in problem.message


def test_what_is_declared_as_distinct_is_left(tmp_path: Path) -> None:
    distinct = {**VOCABULARY, "distinct": [{"records": ["a", "b"], "because": "Two people."}]}
    found = told(tmp_path, person("Pae Sora"), person("Pae Sora"), person("Pae Sora"), properties=distinct)
    assert [stem for stem, _, _ in found] == ["c"]


def test_what_is_declared_as_distinct_has_to_be_there(tmp_path: Path) -> None:
    distinct = {**VOCABULARY, "distinct": [{"records": ["courier", "gone"], "because": "Two."}]}
    found = told(tmp_path, institution(name="Gull"), type_name="institutions", properties=distinct)
    assert [(stem, code) for stem, _, code in found] == [("properties", "unknown-record")]


def test_names_are_held_against_few_others_however_many_there_are(tmp_path: Path) -> None:
    found = told(tmp_path, *[person("Pae Sora")] * 8)
    assert [stem for stem, _, _ in found] == list("bcdefgh")


def test_our_records_and_made_up_ones_are_clean(tmp_path: Path) -> None:
    assert check_folder(ROOT / "data")[1] == []
    generate(300, 3, tmp_path / "data")
    assert check_folder(tmp_path / "data")[1] == []
