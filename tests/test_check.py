"""Rules over the linked base: what is told, where, with which hint, and what is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from records import (
    MINI,
    VOCABULARY,
    Fields,
    codes,
    dispute,
    event,
    figure,
    institution,
    place,
    position,
    problems,
    said,
    source,
    write,
)

from kb.check import check_folder

TERRIBLE = Path(__file__).parent / "terrible"


def messages(folder: Path, files: Mapping[str, Fields | str | bytes]) -> list[str]:
    """Code and message of every problem."""
    return [f"{problem.code}: {problem.message}" for problem in problems(folder, files)]


def test_the_miniature_base_has_nothing_wrong() -> None:
    assert check_folder(MINI)[1] == []


def test_every_mistake_of_terrible_records_is_told_in_one_run() -> None:
    told = [
        f"{Path(p.path).relative_to(TERRIBLE / 'data')}:{p.line}:{p.column}: {p.code}"
        for p in check_folder(TERRIBLE / "data")[1]
    ]
    assert told == (TERRIBLE / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_a_mistake_is_told_at_the_place_in_its_file(tmp_path: Path) -> None:
    text = """\
name: Northport
kind: city
summary: A made-up city.
statements:
  - id: a
    property: located-in
    value: north
    cites:
      - source: article
        at: 11
review: {date: "2026"}
"""
    found = problems(tmp_path, {"places/northport": text, "places/northland": place()})
    assert [(p.line, p.column, p.code) for p in found] == [(7, 12, "unknown-record"), (10, 13, "past-the-end")]


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"places/x": place(statements=[said("a", "located-in", "nortport")]), "places/northport": place()},
            "unknown-record: no record “nortport”; did you mean “northport”?",
        ),
        (
            {"places/x": place(summary="Near [[nortport]]."), "places/northport": place()},
            "unknown-record: no record “nortport”; did you mean “northport”?",
        ),
        (
            {"places/x": place(summary="Near [[old]]."), "places/northport": place(former_ids=["old"])},
            "unknown-record: “old” is now “northport”",
        ),
        (
            {"places/x": place(statements=[said("a", "located-in", "article")])},
            "wrong-record: “article” is one of the sources, expected one of places",
        ),
        (
            {"places/x": place(statements=[said("a", "said", "S", sector="fishin")])},
            "unknown-sector: no sector “fishin”; did you mean “fishing”?",
        ),
        (
            {"places/x": place(statements=[said("a", "sayd", "S")])},
            "unknown-property: no property “sayd”; did you mean “said”?",
        ),
        (
            {
                "sources/article": source(voices=[{"id": "clerk", "description": "a clerk", "kind": "anonymous"}]),
                "places/x": place(
                    statements=[said("a", "said", "S", {"source": "article", "at": 1, "voice": "clark"})]
                ),
            },
            "unknown-voice: article declares no voice “clark”; did you mean “clerk”?",
        ),
        (
            {
                "places/x": place(statements=[said("a", "said", "S")]),
                "disputes/d": dispute(position("one", "x#a"), position("two", "x#aa")),
            },
            "unknown-statement: “x” has no statement “aa”; did you mean “a”?",
        ),
        (
            {"places/x": place(names=[{"value": "N", "language": "en", "cites": [{"source": "articel", "at": 1}]}])},
            "unknown-record: no record “articel”; did you mean “article”?",
        ),
    ],
)
def test_what_does_not_resolve_is_told_with_the_nearest(
    tmp_path: Path, files: Mapping[str, Fields], message: str
) -> None:
    assert messages(tmp_path, files) == [message]


def test_a_link_with_words_of_its_own_is_a_link(tmp_path: Path) -> None:
    found = problems(tmp_path, {"places/x": place(summary="By [[ courier | the paper ]], not [[nowhere|elsewhere]].")})
    assert [(p.code, p.message) for p in found] == [("unknown-record", "no record “nowhere”")]


def test_what_points_at_a_record_with_mistakes_is_no_mistake(tmp_path: Path) -> None:
    files: Mapping[str, Fields | str] = {
        "places/broken": "name: [",
        "places/x": place(summary="Near [[broken]].", statements=[said("a", "located-in", "broken")]),
        "disputes/d": dispute(position("one", "broken#a"), position("two", "x#a")),
    }
    assert codes(problems(tmp_path, files)) == ["bad-yaml"]


def test_a_vocabulary_with_mistakes_does_not_put_every_statement_in_the_wrong(tmp_path: Path) -> None:
    files: Mapping[str, Fields | str] = {
        "properties": "properties: [",
        "places/x": place(statements=[said("a", "said", "S", sector="fishing")]),
    }
    assert codes(problems(tmp_path, files)) == ["bad-yaml"]


@pytest.mark.parametrize(
    "lineage",
    [
        {"a": ["a"]},
        {"a": ["b"], "b": ["a"]},
        {"a": ["b"], "b": ["c"], "c": ["a"]},
        {"a": ["b", "d"], "d": ["c"], "c": ["a"]},
    ],
)
def test_lineage_that_comes_back_is_told_of_every_source_on_the_way(
    tmp_path: Path, lineage: Mapping[str, list[str]]
) -> None:
    files = {f"sources/{n}": source(lineage=[{"origin": o} for o in lineage.get(n, [])]) for n in "abcd"}
    found = [p for p in problems(tmp_path, files) if p.code == "circular-lineage"]
    on_the_way = {"a", *(n for n in "bcd" if n in lineage)}
    assert {Path(p.path).stem for p in found} == on_the_way


def test_a_chain_of_lineage_that_ends_is_no_circle(tmp_path: Path) -> None:
    files = {f"sources/{a}": source(lineage=[{"origin": b}]) for a, b in ("ab", "bc")} | {"sources/c": source()}
    assert problems(tmp_path, files) == []


# --- ids -------------------------------------------------------------------------------------------------------------


def test_an_id_used_twice_is_told_of_both_records(tmp_path: Path) -> None:
    found = problems(tmp_path, {"places/x": place(), "events/x": event()})
    assert [(Path(p.path).parent.name, p.code) for p in found] == [
        ("events", "duplicate-id"),
        ("places", "duplicate-id"),
    ]
    assert "also used in places" in found[0].message


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"places/x": place(former_ids=["courier"])}, 1),
        ({"places/x": place(former_ids=["x"])}, 1),
        ({"places/x": place(former_ids=["old"]), "places/y": place(former_ids=["old"])}, 2),
        ({"places/x": place(former_ids=["old", "older"])}, 0),
    ],
)
def test_a_former_id_is_never_used_again(tmp_path: Path, files: Mapping[str, Fields], count: int) -> None:
    assert codes(problems(tmp_path, files)) == ["duplicate-id"] * count


def test_anchors_of_a_page_are_unique_over_its_parts(tmp_path: Path) -> None:
    calculation = {
        "id": "same", "question": "Q?", "inputs": {"a": "size#a"}, "expression": "a", "result": {"exact": 9}
    }  # fmt: skip
    files = {
        "figures/size": figure(statements=[said("a", "observation", 9)]),
        "disputes/d": dispute(position("same", "size#a"), position("b", "size#a"), calculations=[calculation]),
    }
    assert messages(tmp_path, files) == ["duplicate-statement: the id “same” stands twice in this record"]


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("property", "value", "message"),
    [
        ("observation", "nine", "found “nine”, expected a number or a quantity, “unknown” or “none”"),
        ("took-place", 2011, "found the number 2011, expected an EDTF date in quotes, “unknown” or “none”"),
        ("took-place", {"exact": 2011}, "found a quantity, expected an EDTF date in quotes, “unknown” or “none”"),
        ("said", 9, "found the number 9, expected text, “unknown” or “none”"),
        ("located-in", 9, "found the number 9, expected the id of one of the places, “unknown” or “none”"),
    ],
)
def test_a_value_of_another_range_is_told(tmp_path: Path, property: str, value: object, message: str) -> None:
    assert messages(tmp_path, {"figures/x": figure(statements=[said("a", property, value)])}) == [
        f"wrong-range: {message}"
    ]


@pytest.mark.parametrize("property", ["observation", "took-place", "located-in", "said"])
@pytest.mark.parametrize("value", ["unknown", "none"])
def test_unknown_and_none_fit_every_range(tmp_path: Path, property: str, value: str) -> None:
    assert problems(tmp_path, {"figures/x": figure(statements=[said("a", property, value)])}) == []


@pytest.mark.parametrize(
    ("record", "value", "wrong"),
    [
        (figure(), 9, False),
        (figure(unit=None), 9, True),
        (figure(unit=None), {"exact": 9, "unit": "ships"}, False),
        (figure(unit=None), {"exact": 9, "currency": "USD"}, False),
        (figure(unit=None), {"exact": 9, "per": "year"}, True),
    ],
)
def test_a_quantity_says_what_it_counts(tmp_path: Path, record: Fields, value: object, wrong: bool) -> None:
    files = {"figures/x": {**record, "statements": [said("a", "observation", value)]}}
    assert codes(problems(tmp_path, files)) == (["missing-unit"] if wrong else [])


def test_a_clash_names_the_other_statement(tmp_path: Path) -> None:
    files = {"figures/x": figure(statements=[said("a", "observation", 9), said("b", "observation", 12)])}
    assert messages(tmp_path, files) == [
        "conflict: disagrees with x#a: set their scopes apart, or join both in a dispute"
    ]


# --- citations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"), [(10, ""), (11, "past-the-end"), (2, "cites-furniture"), ("2", ""), ("p. 11", "")]
)
def test_a_citation_points_into_the_article(tmp_path: Path, at: int | str, code: str) -> None:
    files = {
        "sources/article": source(furniture=[2]),
        "places/x": place(
            statements=[said("a", "said", "S", {"source": "article", "at": at})],
            names=[{"value": "N", "language": "en", "cites": [{"source": "article", "at": at}]}],
        ),
    }
    assert codes(problems(tmp_path, files)) == [code] * 2 * bool(code)


def test_without_a_count_of_paragraphs_any_may_be_cited(tmp_path: Path) -> None:
    files = {
        "sources/article": {k: v for k, v in source().items() if k != "paragraphs"},
        "places/x": place(statements=[said("a", "said", "S", {"source": "article", "at": 999})]),
    }
    assert problems(tmp_path, files) == []


@pytest.mark.parametrize(
    ("summary", "statement", "uncited"),
    [
        ("Some 9 people.", said("a", "observation", 9), []),
        ("Some 9 people.", said("a", "observation", {"about": 9}), []),
        ("From 9 to 12.", said("a", "observation", {"low": 9, "high": 12}), []),
        ("None, or 0.", said("a", "observation", {"low": 0, "high": 1}), []),
        ("Some 1,234,567 people.", said("a", "observation", 1234567), []),
        ("Some 1,234,568 people.", said("a", "observation", 1234567), ["1,234,568"]),
        ("Some 2.3 billion.", said("a", "observation", 2_300_000_000), []),
        ("Some 2300000000.", said("a", "observation", 2_300_000_000), []),
        ("Some 9.0 people.", said("a", "observation", 9), []),
        ("Some 90 people.", said("a", "observation", 9), ["90"]),
        ("In 2011.", said("a", "observation", 9, time="2011-04"), []),
        ("In 2012.", said("a", "observation", 9, time="2011-04"), ["2012"]),
        ("In 2011.", said("a", "took-place", "2011-04-02"), []),
        ("They said 9.", said("a", "said", "Nine, or 9."), []),
        ("Near [[place-7]].", said("a", "said", "S"), []),
        ("Near [[place-7|the 7th]].", said("a", "said", "S"), ["7"]),
        ("Some 12 and 13.", said("a", "said", "S"), ["12", "13"]),
        ("Some ９ people.", said("a", "observation", 9), []),
    ],
)
def test_a_number_in_a_summary_rests_on_a_statement(
    tmp_path: Path, summary: str, statement: Fields, uncited: list[str]
) -> None:
    files = {"figures/x": figure(summary=summary, statements=[statement]), "places/place-7": place()}
    assert messages(tmp_path, files) == [
        f"uncited-number: no statement of this record has the number {number}" for number in uncited
    ]


# --- disputes and calculations ---------------------------------------------------------------------------------------


def sums(**more: object) -> Mapping[str, Fields]:
    """A dispute with one calculation over two counts."""
    sum_ = {
        "id": "sum", "question": "Q?", "inputs": {"a": "size#nine", "b": "size#five"}, "expression": "a - b",
        "result": {"exact": 4}, **more,
    }  # fmt: skip
    counts = [
        said("nine", "observation", 9, time="2011"),
        said("five", "observation", 5, time="2012"),
        said("x", "said", "S"),
    ]
    return {
        "figures/size": figure(statements=counts),
        "disputes/d": dispute(position("one", "size#nine"), position("two", "size#five"), calculations=[sum_]),
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, None),
        ({"result": {"exact": 5}}, "wrong-result: the expression gives 4"),
        ({"expression": "b - a", "result": {"exact": -4}}, None),
        ({"expression": "a / b", "result": {"exact": 1.8}}, None),
        ({"expression": "a / b", "result": {"exact": 1.7}}, "wrong-result: the expression gives 1.8"),
        ({"expression": "a - c"}, "bad-expression: found the name “c”, expected one of a, b"),
        ({"expression": "a / (b - 5)"}, "bad-expression: divides by something that may be zero"),
        ({"inputs": {"a": "size#nine", "b": "size#x"}}, "bad-expression: size#x is not a quantity"),
        (
            {"inputs": {"a": "size#nine", "b": "size#fife"}},
            "unknown-statement: “size” has no statement “fife”; did you mean “five”?",
        ),
    ],
)
def test_a_calculation_is_worked_again(tmp_path: Path, more: Mapping[str, object], message: str | None) -> None:
    assert messages(tmp_path, sums(**more)) == ([message] if message else [])


def test_a_figure_may_calculate_too(tmp_path: Path) -> None:
    sum_ = {"id": "sum", "question": "Q?", "inputs": {"a": "x#nine"}, "expression": "a * 2", "result": {"exact": 19}}
    files = {"figures/x": figure(statements=[said("nine", "observation", 9)], calculations=[sum_])}
    assert messages(tmp_path, files) == ["wrong-result: the expression gives 18"]


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A city.\nA port.", None),
        ("Ryŏ 북항 – “quoted”…", None),
        ("a < b and c > d", None),
        ("a [word] (here)", None),
        ("<script>", "markup-in-text"),
        ("</p>", "markup-in-text"),
        ("<!-- x -->", "markup-in-text"),
        ("{{ x }}", "markup-in-text"),
        ("{% x %}", "markup-in-text"),
        ("{# x #}", "markup-in-text"),
        ("see [here](https://x)", "markup-in-text"),
        ("JavaScript:alert()", "markup-in-text"),
        ("a\u202eb", "invisible-character"),
        ("a\u200bb", "invisible-character"),
        ("a\x07b", "invisible-character"),
    ],
)
def test_text_that_is_not_plain_is_a_warning(tmp_path: Path, text: str, code: str | None) -> None:
    found = problems(tmp_path, {"places/x": place(summary=text)})
    assert [(p.code, p.severity) for p in found] == ([(code, "warning")] if code else [])


def test_text_of_the_vocabulary_is_looked_at_too(tmp_path: Path) -> None:
    properties = {
        **VOCABULARY["properties"],
        "new": {"label": "l\u202eabel", "definition": "<b>D</b>", "range": "text"},
    }
    found = problems(tmp_path, {"properties": {**VOCABULARY, "properties": properties}})
    assert [(Path(p.path).name, p.code) for p in found] == [
        ("properties.yaml", "invisible-character"),
        ("properties.yaml", "markup-in-text"),
    ]


# --- prose -----------------------------------------------------------------------------------------------------------


def test_prose_stands_beside_a_record_of_its_type(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/northport": place(), "institutions/ministry": institution(name="M")})
    for name in ("places/northport", "places/nortport", "places/ministry", "places/index", "places/_page", "other/x"):
        path = tmp_path / "docs" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Prose.", encoding="utf-8")
    found = check_folder(data, tmp_path / "docs")[1]
    assert [(Path(p.path).stem, p.code, p.message) for p in found] == [
        ("ministry", "stray-file", "there is no place “ministry”"),
        ("nortport", "stray-file", "there is no place “nortport”; did you mean “northport”?"),
    ]
