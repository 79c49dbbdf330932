"""Two records joined: nothing that was said or remarked is lost, references follow, and what cannot be one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ryaml
from records import VOCABULARY, Fields, dispute, figure, institution, place, position, problems, role_only, said, source
from records import write as write_records

from kb.edits import RefusedError, new_errors
from kb.formatting import files as yaml_files
from kb.formatting import formatted
from kb.graph import link
from kb.load import load
from kb.merge import Merged, merged


def base(folder: Path, records: dict[str, Fields]) -> Path:
    """A folder of records in the one form."""
    data = write_records(folder, records)
    assert all(found.problem is None for found in formatted(list(yaml_files([data])), check=False))
    return data


def merge(data: Path, one: str, into: str) -> tuple[Merged, dict[str, Any]]:
    """What changes, and the values of each file as it would be."""
    found = merged(link(load(data)), data.parent / "docs", one, into)
    assert new_errors(data, None, found.changes) == []
    return found, {path.stem: text and ryaml.loads(text) for path, text in found.changes.items()}  # type: ignore[attr-defined]


TWO: dict[str, Fields] = {
    "places/a": place(
        name="North Port", coordinates={"lat": 1, "lon": 2, "inferred": "I"}, former_ids=["old-a"],
        names=[{"value": "북항", "language": "ko", "script": "Hang", "inferred": "x"}],
        statements=[said("opened", "took-place", "1950"), said("other", "said", "S")],
    ),
    "places/b": place(
        name="Northport", summary="A city, told otherwise.", statements=[said("opened", "took-place", "1950")],
        names=[{"value": "북항", "language": "ko", "script": "Hang", "inferred": "x"}], former_ids=["old-b"],
    ),
    "places/c": place(name="Elsewhere", summary="Near [[a|the port]].", statements=[said("in", "located-in", "a", place="a")]),
    "figures/size": figure(statements=[said("n", "observation", 1, time="2001"), said("m", "observation", 2, time="2002")]),
    "disputes/d": dispute(position("p", "a#opened", "b#opened"), position("q", "a#other")),
}  # fmt: skip


def test_statements_move_and_references_follow(tmp_path: Path) -> None:
    found, files = merge(base(tmp_path, TWO), "a", "b")
    assert files["a"] is None
    assert [statement["id"] for statement in files["b"]["statements"]] == ["opened", "opened-2", "other"]
    assert dict(found.renamed) == {"a#opened": "b#opened-2"}
    assert [p["statements"] for p in files["d"]["positions"]] == [["b#opened-2", "b#opened"], ["b#other"]]
    assert files["c"]["summary"] == "Near [[b|the port]]."
    assert (files["c"]["statements"][0]["value"], files["c"]["statements"][0]["qualifiers"]) == ("b", {"place": "b"})
    assert files["b"]["former_ids"] == ["old-b", "a", "old-a"]


def test_what_only_the_one_has_is_taken_over_and_what_differs_is_told(tmp_path: Path) -> None:
    found, files = merge(base(tmp_path, TWO), "a", "b")
    assert files["b"]["coordinates"] == {"lat": 1, "lon": 2, "inferred": "I"}
    assert [name["value"] for name in files["b"]["names"]] == ["북항", "North Port"]
    assert (files["b"]["name"], files["b"]["summary"]) == ("Northport", "A city, told otherwise.")
    assert dict(found.left_out) == {"summary": "A made-up city."}


def test_comments_move_with_what_they_are_about(tmp_path: Path) -> None:
    data = base(tmp_path, TWO)
    path = data / "places/a.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("  - id: other", "  # of the other\n  - id: other  # beside").replace(
        "summary:", "# of the summary\nsummary:"
    )
    path.write_text(f"# head\n{text}# foot\n", encoding="utf-8")
    made = merge(data, "a", "b")[0].changes[data / "places/b.yaml"] or ""
    assert "  # of the other\n  - id: other  # beside\n" in made
    assert all(made.count(remark) == 1 for remark in ("# head", "# of the summary", "# foot"))


def test_voices_of_a_document_that_was_entered_twice_follow(tmp_path: Path) -> None:
    voices = [{"id": "clerk", "description": "a clerk", "kind": "by-role"}]
    cites = [{"source": "twice", "at": 2, "voice": "clerk"}, {"source": "article", "at": 2, "voice": "clerk"}]
    records: dict[str, Fields] = {
        "sources/article": source(voices=voices),
        "sources/twice": source(name="Courier", voices=[{**voices[0], "description": "another clerk"}]),
        "places/x": place(statements=[said("s", "said", "S", *cites)]),
    }
    _, files = merge(base(tmp_path, records), "twice", "article")
    assert [voice["id"] for voice in files["article"]["voices"]] == ["clerk", "clerk-2"]
    assert [(cite["source"], cite["voice"]) for cite in files["x"]["statements"][0]["cites"]] == [("article", "clerk-2"), ("article", "clerk")]  # fmt: skip


def test_prose_moves_with_its_record(tmp_path: Path) -> None:
    data = base(tmp_path, TWO)
    (tmp_path / "docs/places").mkdir(parents=True)
    (tmp_path / "docs/places/a.md").write_text('{{ fact("a#opened") }}', encoding="utf-8")
    found = merged(link(load(data)), tmp_path / "docs", "a", "b").changes
    assert found[tmp_path / "docs/places/a.md"] is None
    assert found[tmp_path / "docs/places/b.md"] == '{{ fact("b#opened-2") }}'
    (tmp_path / "docs/places/b.md").write_text("Prose.", encoding="utf-8")
    with pytest.raises(RefusedError, match="both have prose"):
        merged(link(load(data)), tmp_path / "docs", "a", "b")


PERSON: Fields = {"name": "Pae Sora", "protection": "public", "protection-reason": "R", "summary": "S.", "review": {"date": "2026"}}  # fmt: skip


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ({"places/a": place(), "institutions/b": institution(name="X")}, "only records of one type"),
        ({"people/a": role_only(), "people/b": PERSON}, "“a” is described by role only"),
        ({"people/a": PERSON, "people/b": role_only()}, "“b” is described by role only"),
        ({"people/a": PERSON, "people/b": {**PERSON, "protection": "on-record"}}, "decide which holds"),
        ({"people/a": role_only(), "people/b": role_only(kind="group")}, "kind of “a” is person, of “b” group"),
        ({"figures/a": figure(), "figures/b": figure(unit="people")}, "unit of “a” is workers, of “b” people"),
        ({"sources/a": source(), "sources/b": source(paragraphs=11)}, "paragraphs of “a” is 10, of “b” 11"),
        (
            {"places/a": place(statements=[said("in", "located-in", "b")]), "places/b": place(name="B")},
            "a#in leads to “b”",
        ),
        ({"places/a": place()}, "no record “b”"),
        ({"places/b": place(former_ids=["a"])}, "“a” is now “b”"),
        (
            {
                "places/a": place(),
                "places/b": place(name="B"),
                "properties": {**VOCABULARY, "distinct": [{"records": ["a", "b"], "because": "Two rivers."}]},
            },
            "says that they are two: Two rivers.",
        ),
    ],
)
def test_what_cannot_be_one_is_refused_with_the_reason(tmp_path: Path, records: dict[str, Fields], reason: str) -> None:
    data = base(tmp_path, records)
    with pytest.raises(RefusedError, match=reason):
        merged(link(load(data)), tmp_path / "docs", "a", "b")


def test_a_record_is_not_merged_into_itself(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="into itself"):
        merged(link(load(base(tmp_path, TWO))), tmp_path / "docs", "a", "a")


def test_two_values_that_contradict_each_other_are_an_error_of_the_result(tmp_path: Path) -> None:
    records: dict[str, Fields] = {
        "events/a": {**place(kind="departure"), "statements": [said("on", "took-place", "2001")]},
        "events/b": {**place(kind="departure", name="B"), "statements": [said("on", "took-place", "2002")]},
    }
    data = base(tmp_path, records)
    assert [p.code for p in problems(tmp_path / "same", records)] == []
    found = merged(link(load(data)), tmp_path / "docs", "a", "b")
    assert [problem.code for problem in new_errors(data, None, found.changes)] == ["conflict"]
