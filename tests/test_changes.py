"""What changed between two states of the base, how a release is written and checked, and what readers see of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from pages import shown
from records import Fields, base, codes, dispute, event, place, position, problems, said, write

from kb.changes import MOST_LISTED, Difference, compare, present
from kb.check import check_folder
from kb.cli import main
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.protect import digest

ARTICLE = {"source": "article", "at": 1}
PORT = place(statements=[said("motto", "said", "Row on")])
FIRST = {"date": "2026-01-01", "summary": "The first release."}


def between(folder: Path, before: Mapping[str, Fields], now: Mapping[str, Fields]) -> Difference:
    return compare(base(folder / "before", before), base(folder / "now", now))


def one(statement: Fields, **more: Any) -> Mapping[str, Fields]:
    return {"places/port": place(statements=[statement], **more)}


def released(folder: Path, now: Mapping[str, Fields], **more: Any) -> KnowledgeBase:
    """A base with one release; nothing may be wrong with the files."""
    return base(folder, {**now, "../changes/first": {**FIRST, **more}})


# --- comparing -------------------------------------------------------------------------------------------------------


def test_nothing_changed_where_nothing_changed(tmp_path: Path) -> None:
    assert not between(tmp_path, {"places/port": PORT}, {"places/port": PORT})


def test_new_statements_are_added_and_lost_ones_withdrawn(tmp_path: Path) -> None:
    found = between(tmp_path, one(said("a", "said", "A", time="2011")), one(said("b", "said", "B")))
    assert found.added == ("port#b",)
    assert [(gone.ref, gone.was, gone.type) for gone in found.withdrawn] == [("port#a", "said A (2011)", "places")]
    assert (found.corrected, found.revised) == ((), ())


@pytest.mark.parametrize(
    ("now", "was"),
    [
        (said("a", "said", "B", ARTICLE), "said A"),
        (said("a", "said", "A", ARTICLE, time="2011"), "said A"),
        (said("a", "home-town", "A", ARTICLE), "said A"),
        (said("a", "said", "A", {"source": "article", "at": 2}), "said A, as said by The Courier, paragraph 1"),
        (said("a", "said", "A", {**ARTICLE, "modality": "alleged"}), "said A, as said by The Courier, paragraph 1"),
    ],
    ids=["value", "scope", "property", "paragraph", "modality"],
)
def test_a_statement_that_says_or_rests_on_something_else_is_corrected(tmp_path: Path, now: Fields, was: str) -> None:
    found = between(tmp_path, one(said("a", "said", "A", ARTICLE)), one(now))
    assert [(change.ref, change.was) for change in found.corrected] == [("port#a", was)]
    assert (found.added, found.withdrawn, found.revised) == ((), (), ())


@pytest.mark.parametrize(
    "now",
    [
        said("a", "said", "A", ARTICLE, {"source": "article", "at": 2}),
        {**said("a", "said", "A", ARTICLE), "note": "Read with care."},
        said("a", "said", "A", {**ARTICLE, "inferred": "the year"}),
    ],
    ids=["citation", "note", "inference"],
)
def test_another_citation_or_note_is_no_correction(tmp_path: Path, now: Fields) -> None:
    found = between(tmp_path, one(said("a", "said", "A", ARTICLE)), one(now))
    assert found == Difference((), (), ("port#a",), ())


def test_a_renamed_record_is_followed_everywhere(tmp_path: Path) -> None:
    def files(id: str, **more: Any) -> Mapping[str, Fields]:
        by = said("by", "located-in", id, {"source": "article", "at": 1}, place=id)
        return {f"places/{id}": {**PORT, **more}, "events/ferry": event(statements=[by])}

    assert not between(tmp_path, files("old-port"), files("new-port", former_ids=["old-port"]))


def test_what_was_merged_beside_a_namesake_is_withdrawn_and_the_namesake_is_untouched(tmp_path: Path) -> None:
    quay = place(statements=[said("motto", "said", "Sail on"), said("song", "said", "La")])
    merged = place(former_ids=["quay"], statements=[said("motto", "said", "Row on"), said("song", "said", "La")])
    found = between(tmp_path, {"places/port": PORT, "places/quay": quay}, {"places/port": merged})
    assert [(gone.ref, gone.was) for gone in found.withdrawn] == [("quay#motto", "said Sail on")]
    assert (found.corrected, found.revised, found.added) == ((), (), ())


def test_what_is_withdrawn_says_which_disputes_it_was_part_of(tmp_path: Path) -> None:
    both = place(statements=[said("a", "said", "A"), said("b", "said", "B")])
    answers = dispute(position("x", "port#a"), position("y", "port#b"))
    found = between(tmp_path, {"places/port": both, "disputes/size": answers}, one(said("b", "said", "B")))
    assert [(gone.ref, gone.disputes) for gone in found.withdrawn] == [("port#a", ("size",))]


# --- kb release ------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with records and their first release in a commit."""
    write(tmp_path, {"places/port": PORT})
    monkeypatch.chdir(tmp_path)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.org")
    git("init", "-q")
    assert release("first", "--date", "2026-01-01").exit_code == 0
    commit()
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", "-A")
    git("commit", "-qm", "Records")


def release(name: str, *more: str) -> Result:
    result = CliRunner().invoke(main, ["release", name, "--summary", "A made-up release.", *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_before_the_first_release_everything_is_new(repository: Path) -> None:
    text = (repository / "changes/first.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schema/changes.json\n")
    assert yaml.safe_load(text) == {
        "date": "2026-01-01", "summary": "A made-up release.", "added": ["port#motto"],
    }  # fmt: skip


def test_a_release_is_compared_with_the_one_before_and_asks_for_reasons(repository: Path) -> None:
    write(repository, one(said("motto", "said", 'Row: "faster"', time="2011")))
    done = release("second", "--date", "2026-02-01")
    assert done.stdout == "changes/second.yaml: 1 corrected, 0 withdrawn, 0 revised, 0 added\n"
    assert done.stderr == "write 1 reason into it: `kb check` names each place\n"
    assert [str(problem) for problem in check_folder(Path("data"))[1]] == [
        "changes/second.yaml:7:13: blank-text: found empty text: write something, or leave the key out"
    ]
    path = Path("changes/second.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace('reason: ""', "reason: Misread."), encoding="utf-8")
    kb, found = check_folder(Path("data"))
    assert found == []
    assert [release.id for release in kb.loaded.releases] == ["second", "first"]
    assert kb.loaded.releases[0].corrected[0].was == "said Row on"


def test_it_compares_with_the_records_that_were_committed_with_the_last_release(repository: Path) -> None:
    write(repository, {"places/quay": PORT})
    commit()  # after the release, and not part of it
    assert "1 added" in release("second").stdout


def test_a_commit_to_compare_with_can_be_named(repository: Path) -> None:
    write(repository, {"places/quay": PORT})
    commit()
    write(repository, {"places/pier": PORT})
    assert "1 added" in release("second", "--since", "HEAD").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["first"], "changes/first.yaml exists"),
        (["Second"], "expected lowercase letters"),
        (["second", "--date", "2026"], "expected a day, YYYY-MM-DD"),
        (["second", "--date", "2025-12-31"], "before 2026-01-01, the day of the last release"),
        (["second", "--since", "nowhere"], "git archive: fatal: not a valid object name: nowhere"),
        (["second"], "there is nothing to publish"),
        (["second", "--summary", " "], "expected one plain sentence"),
    ],
)
def test_what_cannot_be_released_is_refused_in_a_line(repository: Path, arguments: list[str], message: str) -> None:
    before = {path: path.read_bytes() for path in Path().rglob("*.yaml")}
    done = release(*arguments)
    assert done.exit_code == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert {path: path.read_bytes() for path in Path().rglob("*.yaml")} == before


def test_a_release_in_no_commit_a_folder_without_history_and_wrong_records_are_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, {"places/quay": PORT})
    assert release("second").exit_code == 0
    write(repository, {"places/pier": PORT})
    assert "changes/second.yaml is in no commit: commit it" in release("third").stderr
    (repository / ".git").rename(repository / "history")
    assert "not a git repository" in release("third").stderr
    write(repository, {"places/pier": place(colour="red")})
    assert "1 error: mend them first" in release("third").stderr
    monkeypatch.setenv("PATH", "")
    write(repository, {"places/pier": PORT})
    assert "git is not installed" in release("third").stderr
    assert not Path("changes/third.yaml").exists()


def test_records_that_this_version_cannot_read_are_not_compared(repository: Path) -> None:
    path = write(repository, {"places/quay": place(colour="red")})
    commit()
    (path / "places/quay.yaml").unlink()
    done = release("second", "--since", "HEAD")
    assert done.exit_code == 1
    assert "data/places/quay.yaml:8:2: unknown-key" in done.stderr
    assert "name a later one with --since" in done.stderr


# --- checking --------------------------------------------------------------------------------------------------------


def test_a_published_statement_that_is_gone_is_told_until_a_release_withdraws_it(tmp_path: Path) -> None:
    files = {"places/port": PORT, "../changes/first": {**FIRST, "added": ["port#motto", "port#song"]}}
    (found,) = problems(tmp_path / "a", files)
    assert (found.code, found.severity, found.line) == ("vanished-statement", "warning", 6)
    gone = {"statement": "port#song", "type": "places", "reason": "Nobody sang."}
    later = {"date": "2026-02-01", "summary": "S.", "withdrawn": [gone]}
    assert problems(tmp_path / "b", {**files, "../changes/second": later}) == []


def test_what_is_withheld_stands_nowhere_in_a_release(tmp_path: Path) -> None:
    gone = {"statement": "port#song", "type": "places", "reason": "To protect somebody.", "withheld": True}
    files = {"places/port": PORT, "../changes/first": {**FIRST, "withdrawn": [gone]}}
    assert problems(tmp_path / "a", files) == []
    told = {**FIRST, "withdrawn": [{**gone, "was": "sang"}]}
    assert codes(problems(tmp_path / "b", {**files, "../changes/first": told})) == ["identifying"]
    vocabulary = json.loads((tmp_path / "a/data/properties.yaml").read_text(encoding="utf-8"))
    hidden = {"properties": {**vocabulary, "withheld": [digest("Madeup Nobody")]}}
    named = {**FIRST, "corrected": [{"statement": "port#motto", "reason": "Said by Madeup Nobody."}]}
    found = problems(tmp_path / "c", {**files, **hidden, "../changes/first": named})
    assert [(Path(problem.path).name, problem.code) for problem in found] == [("first.yaml", "withheld-name")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("date: '2026'\nsummary: S", "bad-date"),
        ("date: '2026-01-01'", "missing-key"),
        ("date: '2026-01-01'\nsummary: S\nadded: [port]", "bad-id"),
        ("date: '2026-01-01'\nsummary: S\nremoved: []", "unknown-key"),
        ("date: '2026-01-01'\nsummary: S\ncorrected: [{statement: port#motto}]", "missing-key"),
        ("id: x\ndate: '2026-01-01'\nsummary: S", "unknown-key"),
        ("", "empty-file"),
    ],
)
def test_a_wrong_release_is_told_at_its_place(tmp_path: Path, text: str, code: str) -> None:
    (found,) = problems(tmp_path, {"places/port": PORT, "../changes/first": text})
    assert (Path(found.path).name, found.code) == ("first.yaml", code)


def test_other_files_between_releases_are_told(tmp_path: Path) -> None:
    released(tmp_path, {"places/port": PORT})
    (tmp_path / "changes/notes.txt").write_text("x", encoding="utf-8")
    assert codes(check_folder(tmp_path / "data")[1]) == ["stray-file"]


# --- the page --------------------------------------------------------------------------------------------------------


def page(kb: KnowledgeBase) -> str:
    return shown(kb, "{{ changes() }}\n\n{{ sources() }}")


def test_a_correction_shows_what_it_says_now_where_how_it_read_and_why(tmp_path: Path) -> None:
    change = {"statement": "port#motto", "was": "said Row <off>", "reason": "Misread; see [[port]]."}
    html = page(released(tmp_path, {"places/port": PORT}, corrected=[change]))
    assert '<span class="kb-mark kb-corrected">correction</span> <a href="../places/port/">Northport</a>' in html
    assert "Row on" in html and 'href="../places/port/#motto"' in html
    assert '<sup class="kb-cite"><a href="#cite-1"' in html
    assert "Before: <del>said Row &lt;off&gt;</del>" in html
    assert 'Why: Misread; see <a href="../places/port/">Northport</a>.' in html


def test_a_withdrawn_statement_keeps_its_address_and_not_what_was_withheld(tmp_path: Path) -> None:
    gone = [
        {"statement": "port#song", "type": "places", "was": "said La", "reason": "Nobody sang."},
        {"statement": "pier#song", "type": "places", "reason": "Asked to.", "withheld": True},
    ]
    html = page(released(tmp_path, {"places/port": PORT}, withdrawn=gone))
    assert '<a href="../places/port/">Northport</a> <code>#song</code>' in html
    assert "<del>said La</del>" in html
    assert "<code>pier#song</code>" in html
    assert "How it read before is withheld, to protect somebody." in html
    assert html.count("<del>") == 1


def test_what_was_added_is_linked_by_record_under_its_present_id(tmp_path: Path) -> None:
    kb = released(tmp_path, {"places/new-port": {**PORT, "former_ids": ["port"]}}, added=["port#motto", "gone#x"])
    html = page(kb)
    assert '<a href="../places/new-port/#motto">motto</a>' in html
    assert "x (gone since)" in html
    assert present(kb, "port#motto") == "new-port#motto"


def test_of_very_many_new_statements_only_the_number_is_told(tmp_path: Path) -> None:
    refs = [f"port#s{n}" for n in range(MOST_LISTED + 1)]
    port = place(statements=[said(ref.partition("#")[2], "said", "A") for ref in refs])
    html = page(released(tmp_path, {"places/port": port}, added=[*refs, "gone#x"]))
    assert '<li>1,001 statements of <a href="../places/">places</a></li>' in html
    assert "<li>1 statement of records that are gone</li>" in html
    assert "<details" not in html


def test_releases_stand_newest_first(tmp_path: Path) -> None:
    files = {"places/port": PORT, "../changes/b": {**FIRST, "date": "2026-03-01"}, "../changes/a": FIRST}
    html = page(base(tmp_path, files))
    assert html.index('id="b"') < html.index('id="a"')
    assert "1 March 2026" in html


def test_without_releases_the_page_says_so(tmp_path: Path) -> None:
    assert "Nothing has been released yet." in page(base(tmp_path, {"places/port": PORT}))
    assert link(load(tmp_path / "data")).loaded.releases == ()
