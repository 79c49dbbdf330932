"""No harm: what would narrow down a person who cannot consent is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from records import VOCABULARY, Fields, codes, place, problems, role_only, said, source, write

from kb.check import check_folder
from kb.protect import digest

WITHHELD = {**VOCABULARY, "withheld": [digest("Madeup Nobody"), digest("북항")]}


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        (role_only(statements=[said("a", "home-town", "Northport")]), True),
        (role_only(statements=[said("a", "said", "The lists were written twice.")]), False),
        (role_only(role="A clerk aged 42"), True),
        (role_only(role="A 42-year-old clerk"), True),
        (role_only(summary="A clerk born in Northport."), True),
        (role_only(statements=[{**said("a", "said", "S"), "note": "The clerk was 42 years old."}]), True),
        (role_only(summary="A clerk of many years."), False),
        (role_only(summary="A clerk who came from a made-up village."), True),
        (role_only(statements=[said("a", "said", "The clerk grew up in Northport.")]), True),
        (role_only(statements=[{**said("a", "said", "S"), "note": "With a made-up grandson."}]), True),
        (role_only(summary="A clerk with two children."), True),
        (role_only(kind="group", summary="Clerks with children who came from Northport."), False),
        (role_only(summary="A clerk at home in every season, with personal files."), False),
    ],
)
def test_a_role_only_record_tells_no_home_no_kin_and_no_age(tmp_path: Path, record: Fields, wrong: bool) -> None:
    assert ("identifying" in codes(problems(tmp_path, {"people/clerk": record}))) is wrong


def test_somebody_named_for_an_office_may_have_a_home(tmp_path: Path) -> None:
    person = {
        **place(name="Quill Sandpiper", kind="person", statements=[said("a", "home-town", "Northport")]),
        "protection": "public",
        "protection-reason": "A made-up speaker.",
    }
    assert problems(tmp_path, {"people/quill": person}) == []


def test_a_role_only_record_has_no_place_for_a_name(tmp_path: Path) -> None:
    found = problems(tmp_path, {"people/clerk": role_only(name="N", names=[{"value": "N", "language": "en"}])})
    assert sorted(codes(found)) == ["unknown-key", "unknown-key"]


@pytest.mark.parametrize(
    ("kind", "description", "wrong"),
    [
        ("anonymous", "a source in Northport", False),
        ("anonymous", "a man in Northport", True),
        ("anonymous", "a clerk who lost her post", True),
        ("anonymous", "a clerk aged 42", True),
        ("anonymous", "a human in Manchester", False),
        ("official", "a woman who speaks for the ministry", False),
    ],
)
def test_an_anonymous_voice_has_no_age_and_no_gender(tmp_path: Path, kind: str, description: str, wrong: bool) -> None:
    voices = [{"id": "v", "description": description, "kind": kind}]
    found = problems(tmp_path, {"sources/article": source(voices=voices)})
    assert codes(found) == (["identifying"] if wrong else [])


@pytest.mark.parametrize(
    "record",
    [
        place(name="The house of Madeup Nobody"),
        place(summary="MADEUP NOBODY lived here."),
        place(summary="Made-up Nobody lived here."),
        place(summary="Mádeup Nobody lived here."),
        place(summary="Here lived 북항 alone."),
        place(statements=[said("a", "said", "It was Madeup Nobody.")]),
        place(statements=[{**said("a", "said", "S"), "note": "By Madeup Nobody."}]),
        place(former_ids=["madeup-nobody"]),
        place(review={"date": "2026", "note": "Read with Madeup Nobody."}),
    ],
)
def test_a_withheld_name_stands_in_no_text(tmp_path: Path, record: Fields) -> None:
    assert codes(problems(tmp_path, {"properties": WITHHELD, "places/x": record})) == ["withheld-name"]


def test_a_withheld_name_is_no_id(tmp_path: Path) -> None:
    assert codes(problems(tmp_path, {"properties": WITHHELD, "places/madeup-nobody": place()})) == ["withheld-name"]


def test_a_withheld_name_is_not_in_the_vocabulary(tmp_path: Path) -> None:
    sectors = {"x": {"label": "X", "definition": "The sector of Madeup Nobody."}}
    found = problems(tmp_path, {"properties": {**WITHHELD, "sectors": sectors}})
    assert [(Path(p.path).name, p.code) for p in found] == [("properties.yaml", "withheld-name")]


@pytest.mark.parametrize("text", ["Somebody Else lived here.", "A madeup story of nobody.", "Madeup or Nobody?"])
def test_other_words_are_no_withheld_name(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, {"properties": WITHHELD, "places/x": place(summary=text)}) == []


def test_a_withheld_name_is_in_no_page(tmp_path: Path) -> None:
    data = write(tmp_path, {"properties": WITHHELD})
    page = tmp_path / "docs" / "deep" / "page.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Page\n\nBy **Madeup Nobody**.\n", encoding="utf-8")
    found = check_folder(data, tmp_path / "docs")[1]
    assert [(p.path, p.line, p.code) for p in found] == [(str(page), 3, "withheld-name")]
