"""Citations held against copies of their sources: what is verified, what is not found, and what says why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner, Result
from records import MINI, Fields, base, event, figure, institution, place, role_only, said, source, write

from kb.cli import main
from kb.graph import link
from kb.load import load
from kb.verify import find_copies, paragraphs, report, verify

COPY = """\
FERRY LEAVES AT NIGHT

On March 30, seven clerks left Northport on the night ferry, the harbour office said.
\u00a0
The office, which pays US$1,200 a month, put the crates at two dozen, or a third of the store.
A Sandorian cook called it “a quiet night”.
"""
PARAGRAPHS = [
    "FERRY LEAVES AT NIGHT",
    "On March 30, seven clerks left Northport on the night ferry, the harbour office said.",
    "The office, which pays US$1,200 a month, put the crates at two dozen, or a third of the store.",
    "A Sandorian cook called it “a quiet night”.",
]
DIGEST = hashlib.sha256(COPY.encode()).hexdigest()


def at(paragraph: int | str, **more: Any) -> Fields:
    """A citation of a paragraph of the source `article`."""
    return {"source": "article", "at": paragraph, **more}


def folder(tmp_path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder of copies."""
    copies = tmp_path / "copies"
    copies.mkdir()
    for name, text in files.items():
        (copies / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return copies


def outcome(tmp_path: Path, records: Mapping[str, Fields]) -> str:
    """What comes of the only citation of `records`, in the words of the report."""
    kb = base(tmp_path, {"sources/article": source(sha256=DIGEST, paragraphs=4), **records})
    found = verify(kb, folder(tmp_path, {"copy": COPY}))
    (checked,) = found.citations
    missing = ", ".join(map(str, checked.missing))
    explained = f" ({', '.join(map(str, checked.explained))})" if checked.explained else ""
    assert len(found.problems) == (checked.outcome == "not found")
    return f"{checked.outcome}: {missing}" if missing else checked.outcome + explained


def of_place(
    *cites: Fields, value: Any = "the ferry left", property: str = "said", **scope: Any
) -> Mapping[str, Fields]:
    """An event with one statement."""
    return {"events/ferry": event(statements=[said("a", property, value, *cites, **scope)])}


def counted(value: Any, *cites: Fields, **more: Any) -> Mapping[str, Fields]:
    """A figure with one observation."""
    return {"figures/size": figure(statements=[said("a", "observation", value, *cites)], **more)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "verified"),
        (8, "not found: figure “8”"),
        ({"about": 7}, "verified"),
        ({"low": 7, "high": 9}, "not found: figure “9”"),
        ({"at-least": 7}, "verified"),
        ("unknown", "verified"),
    ],
)
def test_the_figure_has_to_stand_in_the_paragraph(tmp_path: Path, value: Any, expected: str) -> None:
    assert outcome(tmp_path, counted(value, at(2))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"exact": 1200, "currency": "USD", "per": "month"}, "verified"),
        ({"exact": 1200, "currency": "EUR", "per": "month"}, "not found: figure “EUR”"),
        ({"exact": 1200, "currency": "USD", "per": "week"}, "not found: figure “a week”"),
        ({"exact": 24}, "verified"),
        ({"exact": 33, "unit": "percent of the store"}, "verified"),
        ({"exact": 40, "unit": "percent of the store"}, "not found: figure “40%”"),
    ],
)
def test_currency_period_dozens_and_fractions_are_understood(tmp_path: Path, value: Any, expected: str) -> None:
    assert outcome(tmp_path, counted(value, at(3))) == expected


@pytest.mark.parametrize(
    ("cite", "expected"),
    [
        (at(2), "not found: date “2011”"),
        (at(2, inferred="the year - that of the article"), "verified (date “2011”)"),
        (at(2, converted="March 30"), "verified (date “2011”)"),
        (at(2, converted="March 31"), "not found: words “March 31”, date “2011”"),
        (at(2, spelled_out="March 30"), "not found: date “2011”"),
        (at(1), "not found: date “30 March 2011”"),
    ],
)
def test_a_date_is_found_or_the_citation_says_why_not(tmp_path: Path, cite: Fields, expected: str) -> None:
    cite = {key.replace("_", "-"): value for key, value in cite.items()}
    assert outcome(tmp_path, of_place(cite, value="2011-03-30", property="took-place")) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ({"inferred": "the year - it has none"}, "not found: figure “9”"),
        ({"inferred": "who they are - it does not say"}, "not found: figure “9”"),
        ({"inferred": "seven clerks and two cooks"}, "verified (figure “9”)"),
        ({"converted": "seven clerks"}, "verified (figure “9”)"),
        ({"spelled-out": "seven clerks"}, "verified (figure “9”)"),
        ({"converted": "nine clerks"}, "not found: words “nine clerks”, figure “9”"),
    ],
)
def test_a_figure_is_not_inferred_by_a_reason_for_something_else(tmp_path: Path, reason: Fields, expected: str) -> None:
    assert outcome(tmp_path, counted(9, at(2, **reason))) == expected


@pytest.mark.parametrize(
    ("year", "reason", "told"),
    [
        ("2009", "the year - it has none", True),
        ("2009", "the year 2009 - it has none", False),
        ("2011", "the year - it has none", False),
        ("2012", "who knows", True),
    ],
)
def test_an_inferred_year_is_that_of_the_source_or_the_reason_names_it(
    tmp_path: Path, year: str, reason: str, told: bool
) -> None:
    statement = said("a", "observation", 7, at(2, inferred=reason), time=year)
    kb = base(
        tmp_path,
        {"sources/article": source(sha256=DIGEST, paragraphs=4), "figures/size": figure(statements=[statement])},
    )
    found = verify(kb, folder(tmp_path, {"copy": COPY}))
    assert [(p.code, p.severity) for p in found.problems] == [("inferred-date", "warning")] * told
    assert found.counts["verified"] == 1


PEOPLE: Mapping[str, Fields] = {
    "places/northport": place(),
    "places/sandoria": place(name="Sandoria", kind="country"),
    "institutions/office": institution(
        name="Port Authority",
        kind="agency",
        names=[{"value": "Harbour Office", "language": "en", "inferred": "made up"}],
    ),
    "people/clerks": role_only(role="Clerks of the harbour who left", kind="group"),
}


@pytest.mark.parametrize(
    ("property", "value", "cite", "expected"),
    [
        ("located-in", "northport", at(2), "verified"),
        ("located-in", "northport", at(3), "not found: name “Northport”"),
        ("located-in", "northport", at(3, **{"spelled-out": "the store"}), "verified (name “Northport”)"),
        ("located-in", "northport", at(3, converted="the store"), "not found: name “Northport”"),
        ("located-in", "northport", at(3, inferred="where - from paragraph 2"), "verified (name “Northport”)"),
        ("located-in", "northport", at(3, inferred="the year - that of the article"), "not found: name “Northport”"),
        ("located-in", "sandoria", at(4), "verified"),
        ("led-by", "office", at(2), "verified"),
        ("led-by", "office", at(4), "not found: name “Port Authority”"),
        ("led-by", "clerks", at(2), "verified"),
        ("led-by", "clerks", at(4), "not found: name “Clerks of the harbour who left”"),
    ],
)
def test_a_name_is_found_by_any_spelling_or_by_the_words_of_a_role(
    tmp_path: Path, property: str, value: str, cite: Fields, expected: str
) -> None:
    assert outcome(tmp_path, {**PEOPLE, **of_place(cite, property=property, value=value)}) == expected


def test_a_place_is_named_by_what_lies_in_it(tmp_path: Path) -> None:
    inside = said("in", "located-in", "sandoria", at(2, inferred="which country"))
    records = {**PEOPLE, "places/northport": place(statements=[inside])}
    kb = base(tmp_path, {"sources/article": source(), **records, **of_place(at(2), place="sandoria")})
    (scope,) = (c for c in verify(kb, folder(tmp_path, {"article.txt": COPY})).citations if c.of == "ferry#a")
    assert (scope.outcome, scope.explained) == ("verified", ())


@pytest.mark.parametrize(
    ("value", "paragraph", "expected"),
    [
        ("seven of them left", 2, "verified"),
        ("nine of them left Northport", 2, "not found: figure “9”"),
        ("two dozen crates", 3, "verified"),
        ("paid 1,200 US dollars", 3, "verified"),
        ("they left Southport", 2, "not found: name “Southport”"),
        ("the [[northport|harbour]] was quiet", 4, "not found: name “Northport”"),
        ("called “a quiet night”", 4, "verified"),
        ("called “a quiet evening”", 4, "not found: words “a quiet evening”"),
        ("left on 30 March", 2, "verified"),
        ("left in May", 2, "not found: date “May”"),
        ("left in March 2009", 2, "not found: date “2009”"),
        ("He left. She stayed.", 4, "verified"),
    ],
)
def test_figures_dates_names_and_quotations_of_a_text_are_looked_for(
    tmp_path: Path, value: str, paragraph: int, expected: str
) -> None:
    assert outcome(tmp_path, {**PEOPLE, **of_place(at(paragraph), value=value)}) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"place": "northport", "group": "clerks", "agency": "office"}, "verified"),
        ({"place": "sandoria"}, "not found: name “Sandoria”"),
        ({"time": "2010"}, "not found: date “2010”"),
        ({"sector": "fishing"}, "verified"),
    ],
)
def test_the_scope_is_looked_for(tmp_path: Path, scope: Fields, expected: str) -> None:
    assert outcome(tmp_path, {**PEOPLE, **of_place(at(2), **scope)}) == expected


def test_the_subject_is_looked_for_where_it_has_a_name_of_its_own(tmp_path: Path) -> None:
    records = {"places/northport": place(statements=[said("a", "said", "quiet", at(4))])}
    assert outcome(tmp_path, records) == "not found: name “Northport”"


def test_a_name_is_looked_for_where_it_is_said_to_be_printed(tmp_path: Path) -> None:
    names = [{"value": "Night Ferry", "language": "en", "cites": [at(2), at(4)]}]
    kb = base(tmp_path, {"sources/article": source(), "events/ferry": event(names=names)})
    found = verify(kb, folder(tmp_path, {"article.txt": COPY}))
    assert [(c.of, c.outcome) for c in found.citations] == [
        ("ferry, name “Night Ferry”", "verified"),
        ("ferry, name “Night Ferry”", "not found"),
    ]


def test_a_citation_past_the_end_of_the_copy_is_not_found(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/article": source(), **counted(7, at(5))})
    found = verify(kb, folder(tmp_path, {"article.txt": COPY}))
    assert found.counts == {"verified": 0, "not found": 1, "no copy": 0}
    assert "paragraph 5 is past the end, the copy has 4 paragraphs" in str(found.problems)


def test_a_place_that_is_no_paragraph_is_looked_for_in_the_whole_copy(tmp_path: Path) -> None:
    assert outcome(tmp_path, counted(24, at("p. 1"))) == "verified"


def test_paragraphs_are_the_non_empty_lines() -> None:
    assert list(paragraphs(COPY)) == PARAGRAPHS
    assert paragraphs("a\r\nb\n \t\u00a0\u2003\nc\rd") == ("a", "b", "c", "d")
    assert paragraphs("a\u2028b\x0cc") == ("a\u2028b\x0cc",)


# --- copies ----------------------------------------------------------------------------------------------------------


def test_a_copy_is_found_by_its_digest_before_its_name(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/article": source(sha256=DIGEST), "sources/other": source()})
    copies = folder(tmp_path, {"article.txt": "not this one", "whatever.html": COPY, "other.txt": "x", ".y": "z"})
    found, wrong = find_copies([s for s in kb.records.values() if s.type == "sources"], copies)  # type: ignore[misc]
    assert {id_: copy.path.name for id_, copy in found.items()} == {"article": "whatever.html", "other": "other.txt"}
    assert wrong == []


def codes(tmp_path: Path, fields: Fields, files: Mapping[str, str | bytes]) -> list[str]:
    """Problems with the copy of a source, as `line: code: message`."""
    kb = base(tmp_path, {"sources/article": source(**fields), **counted(7, at(2))})
    problems = verify(kb, folder(tmp_path, files)).problems
    text = (tmp_path / "data/sources/article.yaml").read_text(encoding="utf-8").splitlines()
    return [f"{text[p.line - 1][p.column - 1 :].strip(' ,')[:9]} {p.code} {p.severity}" for p in problems]


def test_a_copy_that_is_not_the_one_recorded_is_told_at_its_digest(tmp_path: Path) -> None:
    fields = {"sha256": "0" * 64, "paragraphs": 5}
    assert codes(tmp_path, fields, {"article.txt": COPY}) == ["5 other-copy error", '"00000000 other-copy error']


def test_a_source_without_a_digest_is_told_what_to_record(tmp_path: Path) -> None:
    kb = base(
        tmp_path, {"sources/article": {k: v for k, v in source().items() if k != "paragraphs"}, **counted(7, at(2))}
    )
    found = verify(kb, folder(tmp_path, {"article.txt": COPY}))
    assert [(p.code, p.severity) for p in found.problems] == [("unrecorded-copy", "warning")] * 2
    assert DIGEST in str(found.problems)
    assert "paragraphs: 4" in str(found.problems)


def test_a_copy_that_is_no_text_is_told(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/article": source(), **counted(7, at(2))})
    found = verify(kb, folder(tmp_path, {"article.txt": b"\xff\xfe"}))
    assert [p.code for p in found.problems] == ["unreadable-file"]
    assert found.counts["no copy"] == 1


# --- the command -----------------------------------------------------------------------------------------------------


def run(data: Path, copies: Path, *arguments: str) -> Result:
    """`kb verify`."""
    return CliRunner().invoke(main, ["verify", "--data", str(data), "--sources", str(copies), *arguments])


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A base with one citation of each outcome, and a folder of copies."""
    statements = [
        said("right", "observation", 7, at(2), time="2011-03", group="clerks"),
        said("wrong", "observation", 8, at(2)),
        said("far", "observation", 9, {"source": "other", "at": 1}),
    ]
    statements[0]["cites"][0]["inferred"] = "the year - that of the article"
    data = write(
        tmp_path,
        {
            "sources/article": source(sha256=DIGEST, paragraphs=4),
            "sources/other": source(),
            "figures/size": figure(statements=statements),
            "people/clerks": PEOPLE["people/clerks"],
        },
    )
    return data, folder(tmp_path, {"a copy.txt": COPY})


def test_every_citation_is_told_with_its_outcome_and_the_problems_with_their_place(two: tuple[Path, Path]) -> None:
    data, copies = two
    done = run(data, copies)
    *lines, summary = done.output.splitlines()
    assert done.exit_code == 1
    assert (
        lines[0]
        == "verified: size#right: article, paragraph 2 has figure “7”, name “Clerks of the harbour who left” (explained: date “2011”)"
    )
    assert lines[1] == "no copy: size#far: other, paragraph 1"
    where, _, message = lines[2].partition(": ")
    path, line, column = where.rsplit(":", 2)
    assert message == "not-found: size#wrong: article, paragraph 2 has no figure “8”"
    text = Path(path).read_text(encoding="utf-8").splitlines()
    assert text[int(line) - 1][int(column) - 1 :].startswith("{")
    assert '"wrong"' in "".join(text[: int(line)])
    assert '"far"' not in "".join(text[: int(line)])
    assert summary.startswith("3 citations: 1 verified, 1 not found, 1 no copy; in 1 a reason stands")


def test_a_statement_without_figure_date_or_name_is_told_as_such(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/article": source(sha256=DIGEST, paragraphs=4), **of_place(at(4))})
    line, summary = report(kb, verify(kb, folder(tmp_path, {"copy": COPY}))).splitlines()
    assert line == "verified: ferry#a: article, paragraph 4 is there; nothing else to look for"
    assert summary.endswith("in 1 there is nothing to look for")


def test_it_exits_with_0_where_nothing_is_wrong(two: tuple[Path, Path]) -> None:
    data, copies = two
    done = run(data, copies, "other")
    assert (done.exit_code, done.output.splitlines()[-1][:32]) == (0, "1 citation: 0 verified, 0 not fo")


def test_json_has_the_same(two: tuple[Path, Path]) -> None:
    data, copies = two
    done = run(data, copies, "--format", "json")
    told = json.loads(done.output)
    assert done.exit_code == 1
    assert [(c["of"], c["outcome"], c["missing"]) for c in told["citations"]] == [
        ("size#right", "verified", []),
        ("size#wrong", "not found", [{"kind": "figure", "text": "8"}]),
        ("size#far", "no copy", []),
    ]
    assert told["citations"][0]["found"][0] == {"kind": "figure", "text": "7"}
    assert told["citations"][0]["explained"] == [{"kind": "date", "text": "2011"}]
    assert told["summary"] == {"verified": 1, "not found": 1, "no copy": 1, "explained": 1, "nothing to look for": 0}
    assert [(p["code"], p["line"] > 1) for p in told["problems"]] == [("not-found", True)]


def test_bad_input_is_refused_in_a_line_or_two(two: tuple[Path, Path], tmp_path: Path) -> None:
    data, copies = two
    assert "no source “artical”; did you mean “article”?" in run(data, copies, "artical").output
    assert "does not exist" in run(data, tmp_path / "nowhere").output
    (data / "figures/size.yaml").write_text("name: [", encoding="utf-8")
    done = run(data, copies)
    assert (done.exit_code, ": bad-yaml: " in done.output, "mend these files first" in done.output) == (1, True, True)


def test_the_words_of_a_copy_are_not_printed(two: tuple[Path, Path]) -> None:
    data, copies = two
    kb = link(load(data))
    forms: tuple[Literal["text", "json"], ...] = ("text", "json")
    for form in forms:
        told = report(kb, verify(kb, copies), form)
        assert not any(line in told for line in PARAGRAPHS)


def test_what_cannot_be_seen_in_a_name_is_told_on_one_line(tmp_path: Path) -> None:
    names = [{"value": "Night\nFerry\u202e", "language": "en", "cites": [at(2)]}]
    kb = base(tmp_path, {"sources/article": source(), "events/ferry": event(names=names)})
    line, _ = report(kb, verify(kb, folder(tmp_path, {}))).splitlines()
    assert line == "no copy: ferry, name “Night Ferry[U+202E]”: article, paragraph 2"


def test_the_miniature_base_has_no_copies(tmp_path: Path) -> None:
    kb = link(load(MINI))
    found = verify(kb, folder(tmp_path, {}))
    assert found.problems == ()
    assert found.counts == {"verified": 0, "not found": 0, "no copy": len(found.citations)}
    assert found.citations


def test_words_of_a_source_are_few(tmp_path: Path) -> None:
    path = write(tmp_path, counted(7, at(2, converted="one two three four five six seven eight")))
    (problem,) = load(path).problems
    assert (problem.code, "8 words of a source, expected at most 7" in problem.message) == ("wrong-type", True)
