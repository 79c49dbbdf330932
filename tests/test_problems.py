"""Every code, provoked by the smallest wrong file; and the forms in which problems are told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from jinja2 import FileSystemLoader
from pages import ROOT, frame_folder
from records import (
    VOCABULARY,
    Fields,
    base,
    dispute,
    event,
    figure,
    place,
    position,
    problems,
    role_only,
    said,
    source,
    write,
)

from kb.build import build
from kb.check import check_folder
from kb.formatting import formatted
from kb.github import annotate, summary
from kb.links import Known, Verdict, addresses, link_problems
from kb.problems import CODES, Problem, did_you_mean, errors, report
from kb.protect import digest
from kb.verify import verify

Files: TypeAlias = Mapping[str, Fields | str | bytes]

NINE, TWELVE = said("nine", "observation", 9), said("twelve", "observation", 12)
COUNTS = figure(statements=[said("nine", "observation", 9, time="2011"), said("two", "observation", 2, time="2012")])


def sums(expression: str, result: int) -> Fields:
    """A dispute with a calculation over `figures/size`."""
    sum_ = {
        "id": "sum", "question": "How many?", "inputs": {"nine": "size#nine", "two": "size#two"},
        "expression": expression, "result": {"exact": result},
    }  # fmt: skip
    return dispute(position("a", "size#nine"), position("b", "size#two"), calculations=[sum_])


def declared(**more: object) -> Fields:
    """The vocabulary with one more property, `new`."""
    return {"properties": {**VOCABULARY["properties"], "new": {"label": "L", "definition": "D", **more}}}


CASES: dict[str, Files] = {
    "unreadable-file": {"places/x": b"\xff"},
    "stray-file": {"place/x": place()},
    "empty-file": {"places/x": ""},
    "bad-yaml": {"places/x": "name: ["},
    "duplicate-key": {"places/x": "name: A\nname: B\n"},
    "wrong-type": {"places/x": place(name=1)},
    "unknown-key": {"places/x": place(colour="red")},
    "missing-key": {"places/x": {key: value for key, value in place().items() if key != "name"}},
    "unknown-choice": {"places/x": place(kind="hamlet")},
    "blank-text": {"places/x": place(name=" ")},
    "bad-id": {"places/x": place(former_ids=["No"])},
    "bad-date": {"places/x": place(review={"date": "today"})},
    "bad-address": {"sources/article": source(url="ftp://courier.example")},
    "bad-code": {"sources/article": source(language="english")},
    "bad-quantity": {"figures/size": figure(statements=[said("a", "observation", {"low": 1})])},
    "out-of-bounds": {"places/x": place(coordinates={"lat": 91, "lon": 0, "inferred": "I"})},
    "too-few": {"places/x": place(statements=[{**said("a", "said", "S"), "cites": []}])},
    "uncited-name": {"places/x": place(names=[{"value": "N", "language": "en"}])},
    "uncited-number": {"places/x": place(summary="A city of 5000.")},
    "past-the-end": {"places/x": place(statements=[said("a", "said", "S", {"source": "article", "at": 11})])},
    "cites-furniture": {
        "sources/article": source(furniture=[2]),
        "places/x": place(statements=[said("a", "said", "S", {"source": "article", "at": 2})]),
    },
    "identifying": {"people/clerk": role_only(statements=[said("a", "home-town", "Northport")])},
    "withheld-name": {
        "properties": {**VOCABULARY, "withheld": [digest("Madeup Nobody")]},
        "places/x": place(summary="A city where Madeup Nobody lives."),
    },
    "avoided-wording": {
        "figures/size": figure(statements=[NINE], summary="A count of deserters."),
        "disputes/x": dispute(
            position("a", "size#nine"), position("b", "size#nine"), wording={"avoid": [{"words": ["deserter"]}]}
        ),
    },
    "duplicate-id": {"places/x": place(), "events/x": event()},
    "duplicate-statement": {"places/x": place(statements=[said("a", "said", "S"), said("a", "said", "T")])},
    "unknown-record": {"places/x": place(statements=[said("a", "located-in", "nowhere")])},
    "wrong-record": {"places/x": place(statements=[said("a", "located-in", "courier")])},
    "unknown-statement": {"disputes/x": dispute(position("a", "courier#one"), position("b", "courier#one"))},
    "unknown-property": {"places/x": place(statements=[said("a", "sad", "S")])},
    "unknown-sector": {"places/x": place(statements=[said("a", "said", "S", sector="fishery")])},
    "unknown-voice": {
        "places/x": place(statements=[said("a", "said", "S", {"source": "article", "at": 1, "voice": "clerk"})])
    },
    "circular-lineage": {"sources/article": source(lineage=[{"origin": "article"}])},
    "wrong-range": {"places/x": place(statements=[said("a", "took-place", "a while ago")])},
    "wrong-subject": {
        "properties": declared(range="text", subjects=["events"]),
        "places/x": place(statements=[said("a", "new", "S")]),
    },
    "missing-reverse": {"properties": declared(range=["places"])},
    "missing-unit": {"places/x": place(statements=[NINE])},
    "conflict": {"figures/size": figure(statements=[NINE, TWELVE])},
    "bad-expression": {"figures/size": COUNTS, "disputes/x": sums("nine ** two", 81)},
    "wrong-result": {"figures/size": COUNTS, "disputes/x": sums("nine * two", 19)},
    "vanished-statement": {"../changes/first": {"date": "2026-01-01", "summary": "S.", "added": ["courier#gone"]}},
    "invisible-character": {"places/x": place(name="North\u202eport")},
    "markup-in-text": {"places/x": place(summary="A <b>made-up</b> city.")},
}
"""Code to the smallest files that have this one thing wrong."""


def bad_macro(folder: Path) -> list[Problem]:
    """A page whose macro cannot be rendered: the one mistake that is not in the data."""
    frame, docs = frame_folder(folder, {"": '{{ link("nowhere") }}\n'})
    return build(base(folder, {}), frame, docs, folder / "site")


def bad_template(folder: Path) -> list[Problem]:
    """A template that cannot be printed."""
    frame, docs = frame_folder(folder, {})
    templates = folder / "templates"
    shutil.copytree(ROOT / "kb" / "templates", templates)
    (templates / "lead.html").write_text("<p>\n{{ record.sumary }}\n</p>\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.printing.PRINTER.loader", FileSystemLoader(templates))
        return build(base(folder, {}), frame, docs, folder / "site")


def held_against(text: str, statement: Fields = NINE, **fields: Any) -> Callable[[Path], list[Problem]]:
    """A figure of nine, held against a copy of its source."""

    def problems_of(folder: Path) -> list[Problem]:
        kb = base(folder, {"sources/article": source(**fields), "figures/size": figure(statements=[statement])})
        (folder / "copies").mkdir()
        (folder / "copies/article.txt").write_text(text, encoding="utf-8")
        return list(verify(kb, folder / "copies").problems)

    return problems_of


def answered(verdict: Verdict) -> Callable[[Path], list[Problem]]:
    """The address of a source, as it was asked for."""

    def problems_of(folder: Path) -> list[Problem]:
        found = addresses(base(folder, {}))
        known = Known(verdict, "404", "2026-03-02T12:00:00+00:00", "https://new.example/")
        return link_problems(found, {address.url: known for address in found})

    return problems_of


ONE_LINE: Mapping[str, Any] = {"paragraphs": 1, "sha256": sha256(b"Ten left.").hexdigest()}

OF_2009 = said("nine", "observation", 9, {"source": "article", "at": 1, "inferred": "the year"}, time="2009")


def unformatted(folder: Path) -> list[Problem]:
    """A file that is right, and not in the one form."""
    path = write(folder, {}) / "properties.yaml"
    return [found.problem for found in formatted([path], check=True) if found.problem]


def likely_duplicate(folder: Path) -> list[Problem]:
    """Two records with one name, which `records.problems` does not tell."""
    return check_folder(write(folder, {"places/x": place(name="North Port"), "places/y": place(name="Northport")}))[1]


ELSEWHERE: dict[str, Callable[[Path], list[Problem]]] = {
    "bad-macro": bad_macro,
    "bad-template": bad_template,
    "not-found": held_against("Ten left.", **ONE_LINE),
    "inferred-date": held_against("Nine left.", OF_2009, **{**ONE_LINE, "sha256": sha256(b"Nine left.").hexdigest()}),
    "other-copy": held_against("Nine left.", **ONE_LINE),
    "unrecorded-copy": held_against("Nine left.", paragraphs=1),
    "dead-link": answered("dead"),
    "moved-link": answered("moved"),
    "likely-duplicate": likely_duplicate,
    "unformatted": unformatted,
}


def test_every_code_is_provoked_by_some_file() -> None:
    assert {*CASES, *ELSEWHERE} == set(CODES)


@pytest.mark.parametrize("code", [*CASES, *ELSEWHERE])
def test_a_wrong_file_has_its_code_and_no_other(tmp_path: Path, code: str) -> None:
    found = ELSEWHERE[code](tmp_path) if code in ELSEWHERE else problems(tmp_path, CASES[code])
    assert {problem.code for problem in found} == {code}
    for problem in found:
        assert Path(problem.path).resolve().is_relative_to(tmp_path)
        assert problem.line >= 1 and problem.column >= 1
        assert problem.message.strip() == problem.message != ""


def test_the_smallest_right_files_have_nothing_wrong(tmp_path: Path) -> None:
    right: Files = {
        "places/northport": place(), "people/clerk": role_only(), "events/ferry": event(), "figures/size": COUNTS,
        "disputes/x": sums("nine * two", 18),
    }  # fmt: skip
    assert problems(tmp_path, right) == []


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for code in CODES.values():
        assert code.meaning.endswith(".") and code.remedy.endswith(".")


def test_only_errors_stop_the_build() -> None:
    told = [Problem("x", 1, 1, "markup-in-text", "m"), Problem("x", 1, 1, "bad-id", "m")]
    assert [problem.code for problem in errors(told)] == ["bad-id"]


PROBLEMS = [
    Problem("data/places/b.yaml", 3, 7, "bad-id", "found “A,B”: 100% wrong"),
    Problem("data/places/a.yaml", 12, 1, "markup-in-text", "found\nmarkup"),
    Problem("data/places/a.yaml", 2, 1, "bad-date", "no \x1b[31mdate"),
]


def test_text_has_one_line_a_problem_sorted_and_without_control_characters() -> None:
    assert report(PROBLEMS).split("\n") == [
        "data/places/a.yaml:2:1: bad-date: no [U+001B][31mdate",
        "data/places/a.yaml:12:1: markup-in-text: warning: found[U+000A]markup",
        "data/places/b.yaml:3:7: bad-id: found “A,B”: 100% wrong",
    ]


def test_json_is_a_list_of_every_part() -> None:
    first, second, third = json.loads(report(PROBLEMS, "json"))
    assert third == {
        "path": "data/places/b.yaml", "line": 3, "column": 7, "code": "bad-id", "severity": "error",
        "message": "found “A,B”: 100% wrong",
    }  # fmt: skip
    assert (first["line"], second["severity"]) == (2, "warning")
    assert json.loads(report([], "json")) == []


def test_problems_can_be_told_of_a_file_whose_name_is_no_unicode(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/x": ""})
    (data / "places/x.yaml").rename(data / "places" / "\udcff.yaml")
    found = check_folder(data)[1]
    for told in (report(found), report(found, "json"), annotate(found), summary(found)):
        assert "U+DCFF" in told.encode().decode()


def test_a_near_word_is_offered_and_a_far_one_is_not() -> None:
    assert did_you_mean("nigbo", ["ningbo", "dandong"]) == "; did you mean “ningbo”?"
    assert did_you_mean("xyz", ["ningbo", "dandong"]) == ""
    assert did_you_mean("x", []) == ""
