"""The commands that start and keep records, run as a user does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from project import files
from records import MINI

from kb.cli import main
from kb.edits import JOURNAL

EXPORT = [
    {"type": "webpage", "title": "A", "container-title": "Tidewater Courier", "issued": {"date-parts": [[2012, 4]]}, "URL": "https://courier.example/a"},
    {"type": "webpage", "title": "B", "container-title": "Gull Agency", "issued": {"date-parts": [[2012]]}, "URL": "https://gull.example/b"},
]  # fmt: skip
ANSWERS = "htp://x\nhttps://courier.example/c\nA title\nTidewater Courier\n2012-13\n2012-05\n\n\n0\n12\n"
TABLE = "record,id,property,value,time,source,at\nnorthport,cranes,berths,3,2013,courier-2011-04-02,2\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the miniature base in data/, in which the commands run."""
    shutil.copytree(MINI, tmp_path / "data")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text('{{ link("northport") }}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, input: str | None = None) -> Result:
    """A command; anything but an exit is a traceback, and fails."""
    result = CliRunner().invoke(main, arguments, input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(folder: Path, *arguments: str, reason: str, input: str | None = None) -> None:
    """A command that is refused with a reason and leaves every file as it was."""
    before = files(folder)
    result = run(*arguments, input=input)
    assert result.exit_code != 0
    assert reason in result.output
    assert "Traceback" not in result.output
    assert files(folder) == before


# --- new -------------------------------------------------------------------------------------------------------------


def test_sources_are_started_from_an_export(folder: Path) -> None:
    (folder / "export.json").write_text(json.dumps(EXPORT), encoding="utf-8")
    result = run("new", "source", "--from", "export.json")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0, ["data/sources/tidewater-courier-2012-04.yaml", "data/sources/gull-agency-2012.yaml"],
    )  # fmt: skip
    assert run("check").exit_code == 0
    assert run("fmt", "--check").exit_code == 0


def test_one_entry_can_be_given_an_id(folder: Path) -> None:
    (folder / "export.json").write_text(json.dumps(EXPORT[:1]), encoding="utf-8")
    assert run("new", "source", "courier-a", "--from", "export.json").stdout == "data/sources/courier-a.yaml\n"


def test_a_source_is_started_by_answering_questions_and_wrong_answers_are_asked_again(folder: Path) -> None:
    result = run("new", "source", "--ask", input=f"{ANSWERS}\n")
    assert result.exit_code == 0
    assert "expected an address that starts with https://" in result.output
    assert "has no month 13" in result.output
    assert "Id [tidewater-courier-2012-05]" in result.output
    text = (folder / "data/sources/tidewater-courier-2012-05.yaml").read_text(encoding="utf-8")
    assert "\nparagraphs: 12\n" in text and "\ntitle: A title\n" in text
    assert run("check").exit_code == 0


def test_an_id_that_is_given_is_not_asked_for() -> None:
    result = run("new", "source", "courier-c", "--ask", input=ANSWERS)
    assert result.exit_code == 0
    assert "Id [" not in result.output


def test_new_refuses_and_writes_nothing(folder: Path) -> None:
    for name, content in (("two", EXPORT), ("same", [EXPORT[0], EXPORT[0]]), ("none", [])):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    refused(folder, "new", "source", "x", "--from", "two.json", reason="has 2 entries: leave the id out")
    refused(folder, "new", "source", "--from", "same.json", reason="has https://courier.example/a twice")
    refused(folder, "new", "source", "--from", "none.json", reason="found no entry")
    refused(folder, "new", "source", "--from", "gone.json", reason="does not exist")
    refused(folder, "new", "place", "--from", "two.json", reason="are for sources")
    refused(folder, "new", "source", "--ask", "--from", "two.json", reason="give one of them")
    refused(folder, "new", "source", reason="expected an id, --from FILE or --ask")
    refused(folder, "new", "place", reason="expected an id: kb new place ID")
    refused(folder, "new", "source", "--ask", reason="the id “northport” is taken", input=f"{ANSWERS}northport\n")
    refused(folder, "new", "source", "--ask", reason="Aborted", input="https://x.example/\n")


# --- import ----------------------------------------------------------------------------------------------------------


def test_a_table_is_shown_first_and_written_when_asked(folder: Path) -> None:
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    before = files(folder)
    shown = run("import", "csv", "table.csv")
    assert shown.exit_code == 0
    assert "+  - id: cranes" in shown.stdout
    assert "1 statement in 1 record to add; nothing is written yet (--write)" in shown.stderr
    assert files(folder) == before
    written = run("import", "csv", "table.csv", "--write")
    assert "1 statement in 1 record added" in written.stderr
    assert "  - id: cranes\n" in (folder / "data/places/northport.yaml").read_text(encoding="utf-8")
    assert run("check").exit_code == 0
    assert run("fmt", "--check").exit_code == 0


def test_nothing_of_a_table_is_written_when_any_row_is_wrong(folder: Path) -> None:
    (folder / "table.csv").write_text(TABLE + "cannery,x,berths,3,,courier-2011-04-02,99\n", encoding="utf-8")
    refused(folder, "import", "csv", "table.csv", "--write", reason="table.csv:3:40: past-the-end: paragraph 99")
    assert json.loads(run("import", "csv", "table.csv", "--format", "json").stdout)[0]["line"] == 3
    (folder / "data/places/cannery.yaml").write_text("name: [", encoding="utf-8")
    refused(folder, "import", "csv", "table.csv", "--write", reason="mend these files first")


# --- fmt -------------------------------------------------------------------------------------------------------------


def test_fmt_writes_names_what_it_wrote_and_has_nothing_to_do_after(folder: Path) -> None:
    path = folder / "data/places/northport.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("kind: city", 'kind: "city"'), encoding="utf-8")
    refused(folder, "fmt", "--check", reason="data/places/northport.yaml:9:1: unformatted: run kb fmt")
    assert run("fmt", "--check", "--format", "github").stdout.startswith(
        "::error file=data/places/northport.yaml,line=9"
    )
    result = run("fmt")
    assert (result.exit_code, result.stdout) == (0, "data/places/northport.yaml\n")
    assert path.read_text(encoding="utf-8") == good
    assert run("fmt", "--check").stdout == run("fmt", "data/places").stdout == ""


def test_fmt_refuses_what_it_cannot_read(folder: Path) -> None:
    (folder / "data/places/northport.yaml").write_text("name: [", encoding="utf-8")
    refused(folder, "fmt", reason="data/places/northport.yaml:2:1: bad-yaml")
    refused(folder, "fmt", "gone", reason="does not exist")
    refused(folder, "fmt", "docs/index.md", reason="docs/index.md:1:1: stray-file")
    refused(folder, "fmt", "--data", "elsewhere", reason="found no folder here")


# --- mv, merge -------------------------------------------------------------------------------------------------------


def test_mv_renames_and_says_what_it_wrote(folder: Path) -> None:
    result = run("mv", "northport", "seaport")
    assert result.exit_code == 0
    assert "removed data/places/northport.yaml\nwrote data/places/seaport.yaml\n" in result.stdout
    assert "wrote docs/index.md\n" in result.stdout
    assert (folder / "docs/index.md").read_text(encoding="utf-8") == '{{ link("seaport") }}\n'
    assert run("check").exit_code == 0
    assert run("fmt", "--check").exit_code == 0
    assert "Northport" in run("show", "northport").stdout


def test_mv_refuses_and_writes_nothing(folder: Path) -> None:
    refused(folder, "mv", "northport", "Sea Port", reason="expected lowercase letters")
    refused(folder, "mv", "nowhere", "x", reason="no record “nowhere”")
    refused(folder, "mv", "northport", "cannery", reason="is taken by data/places/cannery.yaml")


def test_mv_to_an_id_that_would_be_an_error_is_refused_with_the_error(folder: Path) -> None:
    text = (folder / "data/properties.yaml").read_text(encoding="utf-8")
    from kb.protect import digest

    (folder / "data/properties.yaml").write_text(text.replace("withheld: [", f"withheld: [{digest('Madeup Nobody')}, "), encoding="utf-8")  # fmt: skip
    assert run("fmt").exit_code == 0
    refused(folder, "mv", "northport", "madeup-nobody", reason="withheld-name")


def test_merge_joins_and_tells_what_it_left_to_people(folder: Path) -> None:
    text = (folder / "data/places/northport.yaml").read_text(encoding="utf-8")
    (folder / "data/places/north-port.yaml").write_text(text.replace("[north-harbour]", "[old-port]").replace("A made-up city", "The city"), encoding="utf-8")  # fmt: skip
    assert "north-port" in run("check").stdout  # told as a likely duplicate
    result = run("merge", "north-port", "into", "northport")
    assert result.exit_code == 0
    assert "north-port#berths is now northport#berths-2\n" in result.stdout
    assert "left out, summary of “north-port”: The city at the mouth" in result.stdout
    assert run("check").exit_code == 0
    assert run("fmt", "--check").exit_code == 0
    assert run("show", "old-port").exit_code == 0


def test_merge_refuses_and_writes_nothing(folder: Path) -> None:
    refused(folder, "merge", "northport", "cannery", "x", reason="'cannery' is not 'into'")
    refused(folder, "merge", "northport", "with", "cannery", reason="'with' is not 'into'")
    refused(folder, "merge", "northport", "into", "night-ferry", reason="only records of one type can be merged")
    refused(
        folder, "merge", "harbour-clerk", "into", "quill-sandpiper", reason="“harbour-clerk” is described by role only"
    )


# --- due -------------------------------------------------------------------------------------------------------------


def test_due_lists_records_as_text_and_json(folder: Path) -> None:
    path = folder / "data/places/cannery.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-01-02", "2001-01-01"), encoding="utf-8")
    result = run("due", "--days", "9000")
    assert result.stdout.startswith("data/places/cannery.yaml: ")
    assert "1 record of 15 to read again" in result.stderr
    rows = json.loads(run("due", "--days", "0", "--format", "json").stdout)
    assert len(rows) == 15
    assert {"id", "type", "path", "reviewed", "days", "disputes", "note"} == set(rows[0])
    assert next(row["disputes"] for row in rows if row["id"] == "night-ferry") == ["night-ferry-size"]


def test_due_refuses(folder: Path) -> None:
    refused(folder, "due", "--days", "-1", reason="-1 is not in the range")
    (folder / "data/places/northport.yaml").write_text("name: [", encoding="utf-8")
    refused(folder, "due", reason="mend these files first")


# --- cut off ---------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
def watch(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("seaport.yaml"):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
from kb.cli import main
main()
"""


def test_the_next_command_finishes_an_edit_that_was_killed(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, "mv", "northport", "seaport"], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (folder / "data" / JOURNAL).is_dir()
    assert not (folder / "data/places/seaport.yaml").exists()
    result = run("check")
    assert result.exit_code == 0
    assert "finished an edit of data/ that was cut off" in result.stderr
    assert (folder / "data/places/seaport.yaml").exists()
    assert not (folder / "data" / JOURNAL).exists()


def test_an_edit_that_was_killed_and_edited_since_is_left_to_people(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, "mv", "northport", "seaport"], check=False)
    path = folder / "data/events/night-ferry.yaml"
    path.write_text("name: mine\n", encoding="utf-8")
    refused(folder, "check", reason="night-ferry.yaml was changed since: take what you need")
