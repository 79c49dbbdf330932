"""Words that a dispute says to avoid stand in no text of ours about its matter, and are free everywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from records import (
    Fields,
    codes,
    dispute,
    event,
    figure,
    institution,
    place,
    position,
    problems,
    role_only,
    said,
    source,
    write,
)

from kb.check import check_base, check_folder
from kb.graph import link
from kb.load import load

WORDING: Fields = {"use": ["departure"], "avoid": [{"words": ["flight", "gave the slip", "harbour's shame"]}]}


def sided(**more: Any) -> dict[str, Fields]:
    """The event `ferry`, a dispute about its statement `claimed`, and whatever else stands in the event."""
    statements = [said("claimed", "said", "A flight."), *more.pop("statements", [])]
    return {
        "events/ferry": event(statements=statements, **more),
        "disputes/d": dispute(position("one", "ferry#claimed"), position("two", "ferry#claimed"), wording=WORDING),
    }


def in_dispute(**more: Any) -> dict[str, Fields]:
    """`sided`, with something more in the dispute."""
    files = sided()
    return {**files, "disputes/d": {**files["disputes/d"], **more}}


def found(folder: Path, files: dict[str, Fields]) -> list[str]:
    """Where words are refused, as lines of the report without the folder."""
    refused = problems(folder, files)
    assert set(codes(refused)) <= {"avoided-wording"}, refused
    return [f"{Path(p.path).parent.name}/{Path(p.path).stem}" for p in refused]


def test_only_what_is_or_names_the_matter_is_read_for_it(tmp_path: Path) -> None:
    far = {"places/far": place(), "events/about": event(summary="As told in [[ferry]].")}
    data = write(tmp_path, {**sided(), **far})
    known = {(card.type, card.id): card for card in load(data).cards}
    again = load(data, known)
    assert check_base(link(again)) == []
    read = {id_ for _, id_ in again._records}
    assert {"d", "ferry", "about"} <= read and "far" not in read


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"name": "The flight by ferry"}, True),
        ({"name": "Two Flights"}, True),
        ({"summary": "A flight."}, True),
        ({"summary": "They gave the\nslip to everybody."}, True),
        ({"summary": "The harbour’s shame."}, True),
        ({"summary": "A flighty ferry."}, False),
        ({"summary": "A overflight."}, False),
        ({"summary": "They gave everybody the slip."}, False),
        ({"summary": "What one side calls “a flight”."}, False),
        ({"summary": 'What one side calls "a flight".'}, False),
        ({"summary": "What one side calls “a flight” was a flight."}, True),
        ({"name": "The departure"}, False),
        ({"names": [{"value": "The Flight", "language": "en", "inferred": "I"}]}, False),
        ({"names": [{"value": "V", "language": "en", "inferred": "used by those who call it a flight"}]}, True),
        ({"review": {"date": "2026", "note": "The flight was looked up."}}, True),
        ({"statements": [said("b", "said", "A flight.")]}, True),
        ({"statements": [{**said("b", "said", "S"), "note": "The flight."}]}, True),
        ({"statements": [said("b", "said", "S", {"source": "article", "at": 1, "inferred": "the flight"})]}, True),
        ({"statements": [said("flight", "said", "S")]}, False),
    ],
)
def test_every_text_of_a_record_in_dispute_takes_no_side(tmp_path: Path, more: dict[str, Any], wrong: bool) -> None:
    assert found(tmp_path, sided(**more)) == (["events/ferry"] if wrong else [])


def test_a_claim_is_free_and_the_note_on_it_is_not(tmp_path: Path) -> None:
    files = sided()
    files["events/ferry"] = event(statements=[{**said("claimed", "said", "A flight."), "note": "No flight, say some."}])
    refused = problems(tmp_path, files)
    assert codes(refused) == ["avoided-wording"]
    assert "No flight" in Path(refused[0].path).read_text(encoding="utf-8").splitlines()[refused[0].line - 1]


_CALCULATION: Fields = {"id": "c", "inputs": {"a": "count#a"}, "expression": "a", "result": {"exact": 2}}


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"question": "Was it a flight?"}, True),
        ({"status-reason": "The flight is denied."}, True),
        ({"common-ground": [{"text": "The flight was at night.", "statements": ["ferry#claimed"]}]}, True),
        ({"would-settle": ["The list of the flight."]}, True),
        ({"calculations": [{**_CALCULATION, "question": "How many were on the flight?"}]}, True),
        ({"calculations": [{**_CALCULATION, "question": "How many?", "note": "Of the flight."}]}, True),
        ({"positions": [position("one", "ferry#claimed", label="It was a flight"), position("two", "ferry#claimed")]}, False),
        ({"positions": [position("one", "ferry#claimed", note="The flight."), position("two", "ferry#claimed")]}, True),
        ({"wording": {**WORDING, "use": ["a departure, not a flight"]}}, False),
    ],
)  # fmt: skip
def test_every_text_of_a_dispute_but_its_claims_takes_no_side(
    tmp_path: Path, more: dict[str, Any], wrong: bool
) -> None:
    count = figure(unit="boats", statements=[said("a", "observation", 2)])
    assert found(tmp_path, {**in_dispute(**more), "figures/count": count}) == (["disputes/d"] if wrong else [])


def test_a_second_dispute_about_the_same_record_keeps_to_the_words_of_the_first(tmp_path: Path) -> None:
    second = dispute(position("one", "ferry#claimed"), position("two", "ferry#claimed"), summary="A flight.")
    assert found(tmp_path, {**sided(), "disputes/e": second}) == ["disputes/e"]


@pytest.mark.parametrize("named", ["positions", "common-ground", "calculations"])
def test_a_record_is_in_dispute_wherever_the_dispute_names_a_statement_of_it(tmp_path: Path, named: str) -> None:
    more: dict[str, Any] = {
        "positions": {"positions": [position("one", "ferry#claimed"), position("two", "count#a")]},
        "common-ground": {"common-ground": [{"text": "T", "statements": ["count#a"]}]},
        "calculations": {"calculations": [{**_CALCULATION, "question": "How many?"}]},
    }
    count = figure(summary="Who was on the flight.", unit="boats", statements=[said("a", "observation", 2)])
    assert found(tmp_path, {**in_dispute(), "figures/count": count}) == []
    assert found(tmp_path, {**in_dispute(**more[named]), "figures/count": count}) == ["figures/count"]


def test_a_title_is_as_printed_even_where_the_source_is_in_dispute(tmp_path: Path) -> None:
    article = source(title="The flight", statements=[said("claimed", "said", "S")])
    about = dispute(position("one", "article#claimed"), position("two", "article#claimed"), wording=WORDING)
    assert found(tmp_path, {"sources/article": article, "disputes/d": about}) == []


def test_the_id_in_a_link_is_no_word(tmp_path: Path) -> None:
    files = sided()
    files |= {"events/flight": files.pop("events/ferry"), "places/x": place(summary="Known for [[flight]].")}
    about = dispute(position("one", "flight#claimed"), position("two", "flight#claimed"), wording=WORDING)
    assert found(tmp_path, {**files, "disputes/d": about}) == []


@pytest.mark.parametrize(
    ("name", "record", "wrong"),
    [
        ("places/x", place(summary="Known for a flight."), False),
        ("places/x", place(summary="Known for the flight by [[ferry]]."), True),
        ("places/x", place(summary="Known for the [[ferry|flight]]."), True),
        ("places/x", place(summary="Known for a flight and for [[courier]]."), False),
        ("people/clerk", role_only(statements=[{**said("a", "said", "S"), "note": "Before the flight."}]), False),
        ("people/clerk", role_only(statements=[{**said("a", "involved", "ferry"), "note": "In the flight."}]), True),
        ("people/clerk", role_only(summary="In a flight.", statements=[said("a", "involved", "ferry")]), False),
        ("sources/article", source(summary="An article on the flight."), True),
        ("sources/article", source(title="The flight"), False),
        ("sources/article", source(reliability={"grade": "F", "reason": "It has flight numbers only."}), False),
        ("sources/other", source(summary="An article on another flight."), False),
    ],
)
def test_other_records_are_bound_where_they_speak_of_the_matter(
    tmp_path: Path, name: str, record: Fields, wrong: bool
) -> None:
    vocabulary = {
        "properties": {
            "said": {"label": "said", "definition": "D", "range": "text"},
            "involved": {"label": "involved in", "definition": "D", "range": ["events"], "reverse": "involved"},
        }
    }
    files = {**sided(), "properties": vocabulary, name: record}
    assert found(tmp_path, files) == ([name] if wrong else [])


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"summary": "A newspaper that saw the flight."}, True),
        ({"statements": [{**said("claimed", "said", "S"), "note": "Of the flight."}]}, True),
        ({"statements": [said("claimed", "said", "S"), said("b", "said", "A flight of birds passed.")]}, False),
    ],
)
def test_of_a_body_the_lead_and_the_statements_in_dispute_are_bound(
    tmp_path: Path, more: dict[str, Any], wrong: bool
) -> None:
    body = institution(**{"statements": [said("claimed", "said", "S")], **more})
    about = dispute(position("one", "body#claimed"), position("two", "body#claimed"), wording=WORDING)
    files = {"institutions/body": body, "disputes/d": about}
    assert found(tmp_path, files) == (["institutions/body"] if wrong else [])


def test_ids_and_kinds_are_no_words(tmp_path: Path) -> None:
    files = sided(kind="escape", former_ids=["escape"], statements=[said("escape", "said", "S")])
    words = {"avoid": [{"words": ["escape", "account"]}]}
    claims = (position("escape", "ferry#claimed", "ferry#escape"), position("two", "ferry#claimed"))
    assert found(tmp_path, {**files, "disputes/d": dispute(*claims, kind="account", wording=words)}) == []


YAML = """name: The ferry
kind: departure
summary: >-
  What some call “a flight”, and others
  no flight at all; they gave the
  slip to everybody.
statements:
  - {id: claimed, property: said, value: S, cites: [{source: article, at: 1}], note: "In short, a flight."}
review: {date: "2026"}
"""


def test_line_and_column_are_those_of_the_word_and_the_message_says_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, sided())
    path = tmp_path / "data" / "events" / "ferry.yaml"
    path.write_text(YAML, encoding="utf-8")
    refused = check_folder(tmp_path / "data")[1]
    assert [(p.line, p.column) for p in refused] == [(5, 6), (5, 26), (8, 99)]
    assert str(refused[0]) == (
        f"{path}:5:6: avoided-wording: “flight” is to be avoided in what d is about: write “departure”"
    )
    assert "“gave the slip”" in refused[1].message


LINKED = '{{ link("ferry") }}'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"# Page\n\nOn {LINKED}.\n\nThe flight.\n", [(5, 5)]),
        ('# Page\n\n{{ fact("ferry#claimed") }}, a flight.\n', [(3, 32)]),
        ('# Page\n\n{{ dispute("d") }}\n\n## The *FLIGHT*\n', [(5, 9)]),
        (f"# Page\n\n{LINKED}: they gave\nthe slip.\n", [(3, 27)]),
        (f"# Page\n\n{LINKED}\n\n> they gave\n> the slip\n\n{LINKED}\n", []),
        (f"# Page\n\nNothing.\n\n> they gave\n> the slip\n\n{LINKED}\n", [(5, 8)]),
        (f"# Page\n\n> the flight, as {LINKED} has it\n", []),
        (f"# Page\n\n{LINKED} “a flight”\n", []),
        (f"# Page\n\n{LINKED}\n\n“A flight”\n", [(5, 4)]),
        (f"---\ndescription: \"The flight.\"\n---\n\n# Page\n\n{LINKED}\n", [(2, 19)]),
        (f"---\ndescription: \"The flight.\"\n---\n# Page\n{LINKED}\n", [(2, 19)]),
        ('# Page\n\n{{ link("ferry", "the flight") }}\n', [(3, 23)]),
        ('# Page\n\n{{ link("ferry", "flight") }}\n', [(3, 19)]),
        ('# Page\n\n{{ link("ferry", "the “flight”") }}\n', []),
        ('# Page\n\n{{ link("ferry") }} {{ table("events", where={"kind": "flight"}) }}\n', []),
        (f"# Page\n\n{LINKED} `flight`\n\n```\nflight\n```\n\n<a href=\"flight/\">[x](flight.md)</a>\n\n## X {{ #flight }}\n", []),
        (f"# Page\n\n{LINKED}: [a flight](x.md)\n", [(3, 25)]),
        ("# Page\n\nA flight.\n", []),
        ('# Page\n\n{{ link("courier") }} on a flight.\n', []),
        ('# Page\n\n`{{ link("ferry") }}` makes a link, as on a flight.\n', []),
    ],
)  # fmt: skip
def test_a_page_that_names_the_matter_takes_no_side(tmp_path: Path, text: str, places: list[tuple[int, int]]) -> None:
    data = write(tmp_path, sided())
    page = tmp_path / "docs" / "deep" / "page.md"
    page.parent.mkdir(parents=True)
    page.write_text(text, encoding="utf-8")
    refused = check_folder(data, tmp_path / "docs")[1]
    assert [(p.path, p.line, p.column, p.code) for p in refused] == [
        (str(page), line, column, "avoided-wording") for line, column in places
    ]


@pytest.mark.parametrize(("name", "wrong"), [("events/ferry", True), ("institutions/courier", False)])
def test_the_prose_of_a_record_is_bound_as_the_record_is(tmp_path: Path, name: str, wrong: bool) -> None:
    data = write(tmp_path, sided())
    page = tmp_path / "docs" / f"{name}.md"
    page.parent.mkdir(parents=True)
    page.write_text("A flight.\n", encoding="utf-8")
    assert codes(check_folder(data, tmp_path / "docs")[1]) == (["avoided-wording"] if wrong else [])
