"""The commands: what they print, where, with which exit code, and how they help."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pages import ROOT, frame_folder
from records import MINI, place, said, write

import kb.project
from kb import __version__
from kb.cli import main
from kb.graph import changes
from kb.load import load
from kb.model import SINGULAR, TYPES
from kb.schema import schemas

COMMANDS = (
    "check", "build", "serve", "new", "import", "fmt", "mv", "merge", "due", "show", "verify", "links", "release",
    "manifest", "schema",
)  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the miniature base in data/, in which the commands run."""
    shutil.copytree(MINI, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    """A command; anything but an exit is a traceback, and fails."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def broken(folder: Path) -> None:
    """Put one error and one warning into the data."""
    path = folder / "data/places/cannery.yaml"
    text = path.read_text(encoding="utf-8").replace("value: northport", "value: nortport")
    path.write_text(text.replace("A made-up place", "A <b>made-up</b> place"), encoding="utf-8")


# --- help ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_of_every_command_says_what_it_does_and_shows_examples(command: str, flag: str) -> None:
    result = run(command, flag)
    assert result.exit_code == 0
    assert re.search(rf"Examples:\n(      ?.*)?  .*kb {command}", result.output)
    assert len(result.output.splitlines()[2].strip()) > 20


def test_help_lists_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert set(COMMANDS) == set(main.commands)
    for command in COMMANDS:
        assert re.search(rf"^  {command}  +\w", result.output, re.MULTILINE)
    assert "Examples:" in result.output


def test_the_examples_of_the_help_are_commands_there_are() -> None:
    for command in COMMANDS:
        for line in run(command, "--help").output.splitlines():
            if example := re.match(r"^ +(?:[A-Z_]+=\S+ )?kb (\w+)((?: \S+)*?)(?:  .*)?$", line):
                assert example[1] in COMMANDS
                below = getattr(main.commands[example[1]], "commands", {}).values()  # kb import csv
                parameters = [parameter for one in (main.commands[example[1]], *below) for parameter in one.params]
                flags = {option for parameter in parameters for option in parameter.opts}
                assert set(re.findall(r"--[\w-]+", example[2])) <= flags


def test_the_version_is_told() -> None:
    assert run("--version").output.strip().endswith(__version__)


def test_an_unknown_command_is_refused() -> None:
    assert run("chek").exit_code == 2


# --- check -----------------------------------------------------------------------------------------------------------


def test_check_of_a_good_base_exits_with_0_and_prints_no_problems() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert re.fullmatch(r"15 records, \d+ statements: no problems\n", result.stderr)


def test_check_tells_every_problem_and_exits_with_1(folder: Path) -> None:
    broken(folder)
    result = run("check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "data/places/cannery.yaml:4:10: markup-in-text: warning: found what looks like markup; it will be shown as written",
        "data/places/cannery.yaml:8:12: unknown-record: no record “nortport”; did you mean “northport”?",
    ]


def test_a_warning_alone_exits_with_0(folder: Path) -> None:
    write(folder / "other", {"places/x": place(summary="A <b>city</b>.")})
    result = run("check", "--data", "other/data")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)


def test_check_prints_json(folder: Path) -> None:
    assert json.loads(run("check", "--format", "json").stdout) == []
    broken(folder)
    result = run("check", "--format", "json")
    assert result.exit_code == 1
    assert [(p["path"], p["line"], p["column"], p["code"], p["severity"]) for p in json.loads(result.stdout)] == [
        ("data/places/cannery.yaml", 4, 10, "markup-in-text", "warning"),
        ("data/places/cannery.yaml", 8, 12, "unknown-record", "error"),
    ]


def test_check_prints_annotations_for_github(folder: Path) -> None:
    broken(folder)
    result = run("check", "--format", "github")
    assert result.exit_code == 1
    assert [line.split("::")[1] for line in result.stdout.splitlines()] == [
        "error file=data/places/cannery.yaml,line=8,col=12,title=unknown-record",
        "warning file=data/places/cannery.yaml,line=4,col=10,title=markup-in-text",
    ]


def test_check_writes_the_summary_of_the_job_after_what_stands_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder / "summary.md"
    place.write_text("Before.\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place))
    assert run("check", "--format", "github").exit_code == 0
    assert place.read_text(encoding="utf-8") == "Before.\n### 0 errors, 0 warnings\n\n"
    broken(folder)
    for name, value in (("SERVER_URL", "https://github.example"), ("REPOSITORY", "a/b"), ("SHA", "c0ffee")):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    assert run("check", "--format", "github").exit_code == 1
    text = place.read_text(encoding="utf-8")
    assert "### 1 error, 1 warning\n" in text
    assert "(<https://github.example/a/b/blob/c0ffee/data/places/cannery.yaml#L8>) | **unknown-record**: " in text
    assert run("check", "--format", "text").stdout.startswith("data/places/cannery.yaml:4:10")
    assert place.read_text(encoding="utf-8") == text


def test_check_of_another_folder_looks_at_the_prose_beside_it(folder: Path) -> None:
    data = write(folder / "other", {"places/x": place()})
    for docs, name in (("docs", "nowhere"), ("other/docs", "elsewhere")):
        (folder / docs / "places").mkdir(parents=True)
        (folder / docs / "places" / f"{name}.md").write_text("Prose.", encoding="utf-8")
    result = run("check", "--data", str(data.relative_to(folder)))
    assert result.stdout == "other/docs/places/elsewhere.md:1:1: stray-file: there is no place “elsewhere”\n"


@pytest.mark.parametrize("data", ["nowhere", "data/properties.yaml", "n" * 300])
def test_check_without_a_data_folder_says_so(data: str) -> None:
    result = run("check", "--data", data)
    assert result.exit_code != 0
    assert len((result.stdout + result.stderr).splitlines()) <= 4


def test_check_refuses_a_format_it_does_not_know() -> None:
    assert run("check", "--format", "xml").exit_code == 2


def test_check_of_the_project_itself_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "")


# --- new -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plural", "singular"), SINGULAR.items())
def test_new_starts_a_record_that_loads(folder: Path, plural: str, singular: str) -> None:
    result = run("new", singular, "fresh-record")
    assert (result.exit_code, result.stdout) == (0, f"data/{plural}/fresh-record.yaml\n")
    assert load(folder / "data").problems == ()
    assert "fresh-record" in {record.id for record in load(folder / "data").records}


def test_new_takes_the_plural_too() -> None:
    assert run("new", "places", "fresh").stdout == "data/places/fresh.yaml\n"


def test_new_makes_the_folders_it_needs(folder: Path) -> None:
    assert run("new", "place", "fresh", "--data", "else/where").exit_code == 0
    assert (folder / "else/where/places/fresh.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("plase", "fresh"), "found “plase”, expected one of person, place"),
        (("plase", "fresh"), "did you mean “place”?"),
        (("place", "Fresh"), "expected lowercase letters a-z, digits and single hyphens"),
        (("place", "../fresh"), "expected lowercase letters"),
        (("place", "fresh\n"), "expected lowercase letters"),
        (("place", ""), "expected lowercase letters"),
        (("event", "northport"), "the id “northport” is taken by data/places/northport.yaml"),
        (("event", "north-harbour"), "the id “north-harbour” is taken by data/places/northport.yaml"),
        (("place", "a" * 300), "File name too long"),
    ],
)
def test_new_refuses_what_cannot_be_a_record(folder: Path, arguments: tuple[str, str], reason: str) -> None:
    before = sorted(folder.rglob("*"))
    result = run("new", *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert sorted(folder.rglob("*")) == before


def test_new_never_writes_over_a_file_even_a_broken_one(folder: Path) -> None:
    path = folder / "data/places/half.yaml"
    path.write_text("name: [", encoding="utf-8")
    result = run("new", "place", "half")
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert path.read_text(encoding="utf-8") == "name: ["


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_prints_what_is_known_of_a_record() -> None:
    result = run("show", "northport")
    assert result.exit_code == 0
    assert result.output.splitlines()[:3] == [
        "Northport",
        "place, city · data/places/northport.yaml",
        "북항 · Pukhang",
    ]
    assert (
        "\n  northport#opened  [reported]\n  opened: about 1950\n  The Tidewater Courier: courier-2011-04-02, map on page 3\n"
        in result.output
    )
    assert "  contains: The cannery (cannery)\n" in result.output


def test_show_of_one_statement_prints_only_that() -> None:
    result = run("show", "night-ferry#dozen")
    assert result.exit_code == 0
    assert result.output.strip().splitlines() == [
        "night-ferry#dozen  [contested]",
        "  saw leave: about 12 people",
        "  The Tidewater Courier, citing the ministry, who spoke under state supervision, by way of Gull Agency: "
        "courier-2011-04-02, paragraph 5",
    ]


def test_show_prints_the_scope_of_a_statement() -> None:
    assert "  scope: perhaps 2009, harbour-ministry, fishing, dock-workers\n" in run("show", "tide-levy#imposed").output


def test_show_finds_a_record_by_a_former_id() -> None:
    assert run("show", "north-harbour").output.startswith("Northport\n")


def test_show_hides_no_character(folder: Path) -> None:
    write(folder / "other", {"places/x": place(name="a\x1b[31mb", statements=[said("a", "said", "c\u202ed")])})
    output = run("show", "x", "--data", "other/data").output
    assert output.startswith("a[U+001B][31mb\n") and "said: c[U+202E]d" in output


@pytest.mark.parametrize(
    ("id", "reason"),
    [
        ("nortport", "no record “nortport”; did you mean “northport”?"),
        ("zzzzzz", "no record “zzzzzz”"),
        ("northport#opend", "“northport” has no statement “opend”; did you mean “opened”?"),
        ("nortport#opened", "no record “nortport”; did you mean “northport”?"),
    ],
)
def test_show_of_what_is_not_there_names_the_nearest(id: str, reason: str) -> None:
    result = run("show", id)
    assert (result.exit_code, result.stderr) == (1, f"Error: {reason}\n")


def test_show_of_a_record_with_mistakes_says_so(folder: Path) -> None:
    (folder / "data/places/cannery.yaml").write_text("name: [", encoding="utf-8")
    result = run("show", "cannery")
    assert result.exit_code == 1
    assert "data/places/cannery.yaml:2:1: bad-yaml" in result.stderr


# --- schema ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TYPES, *SINGULAR.values(), "properties"])
def test_schema_of_a_type_is_printed(name: str) -> None:
    plural = {singular: plural for plural, singular in SINGULAR.items()}.get(name, name)
    assert run("schema", name).stdout == schemas()[f"{plural}.json"]


@pytest.mark.parametrize(
    ("arguments", "reason"), [((), "name a type: people"), (("plases",), "did you mean “places”?")]
)
def test_schema_of_no_type_names_them(arguments: tuple[str, ...], reason: str) -> None:
    result = run("schema", *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr


def test_schema_writes_every_file_and_tells_what_changed(folder: Path) -> None:
    first = run("schema", "--write")
    assert first.stdout.splitlines() == [f"schema/{name}" for name in schemas()]
    assert run("schema", "--write").stdout == ""
    assert run("schema", "--write", "else/where").exit_code == 0
    assert (folder / "else/where/places.json").is_file()


def test_schema_says_where_it_cannot_write(folder: Path) -> None:
    (folder / "file").write_text("x", encoding="utf-8")
    result = run("schema", "--write", "file")
    assert result.exit_code == 1
    assert result.stderr == "Error: file: File exists\n"


# --- build and serve -------------------------------------------------------------------------------------------------


@pytest.fixture
def framed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames without MkDocs."""

    def frame(target: Path) -> None:
        shutil.rmtree(folder / "made", ignore_errors=True)
        made, docs = frame_folder(folder / "made", {"": '{{ link("northport") }}\n'})
        shutil.copytree(made, target, dirs_exist_ok=True)
        shutil.copytree(docs, folder / "docs", dirs_exist_ok=True)

    monkeypatch.setattr(kb.project, "frame_pages", frame)


@pytest.mark.usefixtures("framed")
def test_build_leaves_the_site_and_says_so(folder: Path) -> None:
    result = run("build", "--site-dir", "out/site")
    assert result.exit_code == 0
    assert re.search(r"^checked 15 records, \d+ statements\n", result.stderr)
    assert re.search(r"built out/site/ in [\d.]+ s, \d+ parts made\n$", result.stderr)
    assert "Northport" in (folder / "out/site/places/northport/index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("framed")
def test_build_of_a_base_with_errors_tells_them_and_leaves_the_site(folder: Path) -> None:
    run("build")
    before = (folder / "site/places/cannery/index.html").read_bytes()
    broken(folder)
    result = run("build")
    assert result.exit_code == 1
    assert "data/places/cannery.yaml:8:12: unknown-record" in result.stderr
    assert result.stderr.endswith("Error: 1 error; the site is as it was\n")
    assert (folder / "site/places/cannery/index.html").read_bytes() == before


@pytest.mark.usefixtures("framed")
def test_build_says_where_it_cannot_write(folder: Path) -> None:
    (folder / "file").write_text("x", encoding="utf-8")
    result = run("build", "--site-dir", "file/site")
    assert result.exit_code == 1
    assert re.search(r"Error: \S*file/\S*: Not a directory\n$", result.stderr)


def test_build_without_mkdocs_yml_says_what_is_missing() -> None:
    result = run("build")
    assert result.exit_code == 1
    assert result.stderr.endswith("Error: mkdocs.yml: No such file or directory\n")


def test_serve_says_when_its_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: cannot listen at 127.0.0.1:{port}:")
    assert "--port" in result.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "eighty"])
def test_serve_refuses_a_port_there_is_not(port: str) -> None:
    assert run("serve", "--port", port).exit_code == 2


# --- output ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_output_is_the_same_in_any_locale(locale: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    command = [sys.executable, "-c", "from kb.cli import main; main()", "show", "northport"]
    done = subprocess.run(command, env={**environment, "LC_ALL": locale}, capture_output=True, check=True)
    assert "북항 · Pukhang".encode() in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f'"{sys.executable}" -c "from kb.cli import main; main()" schema sources | head -c 1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{", "")


def test_a_build_does_not_wait_for_what_only_other_commands_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, kb.cli; print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "kb.build" in done.stdout.split()
    assert {"babel", "urllib3", "kb.links", "kb.verify"}.isdisjoint(done.stdout.split())


@pytest.mark.usefixtures("framed")
def test_build_without_a_vocabulary_says_so(folder: Path) -> None:
    run("build")
    (folder / "data/properties.yaml").unlink()
    result = run("build")
    assert result.exit_code == 1
    assert "data/properties.yaml:1:1: unreadable-file: " in result.stderr


def forget_parsed(folder: Path) -> None:
    """Have what is kept hold nothing of what files say, so that they are read when their records are asked for."""
    for file in (folder / "build/kept").glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as kept, kept:
            kept.execute("DELETE FROM parsed")


@pytest.mark.usefixtures("framed")
def test_build_is_of_files_as_they_were_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, page = folder / "data/places/northport.yaml", folder / "site/places/northport/index.html"
    run("build")
    before = page.read_bytes()

    def changed(*args: Any) -> Any:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"(?m)^summary: ", "summary: Lately, ", text), encoding="utf-8")
        return changes(*args)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(kb.project, "changes", changed)
        shutil.rmtree("site")
        assert run("build").exit_code == 0
    assert page.read_bytes() == before and b"Lately" not in before
    assert run("build").exit_code == 0
    assert b"Lately" in page.read_bytes()


@pytest.mark.usefixtures("framed")
def test_build_says_when_a_file_was_changed_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build")
    forget_parsed(folder)

    def changed(*args: Any) -> Any:
        for path in folder.glob("data/*/*.yaml"):
            path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        return changes(*args)

    monkeypatch.setattr(kb.project, "changes", changed)
    shutil.rmtree("site")
    result = run("build")
    assert result.exit_code == 1
    assert re.search(
        r"^Error: data/\S+\.yaml was changed meanwhile: run the command again$", result.stderr, re.MULTILINE
    )
    monkeypatch.undo()


@pytest.mark.usefixtures("framed")
def test_build_tells_that_what_was_kept_is_damaged_and_goes_on(folder: Path) -> None:
    run("build")
    before = (folder / "site/places/cannery/index.html").read_bytes()
    (store,) = (folder / "build/kept").iterdir()
    store.write_text("no store", encoding="utf-8")
    result = run("build")
    assert result.exit_code == 0
    assert result.stderr.startswith("what earlier builds kept is damaged: everything is made again\n")
    assert (folder / "site/places/cannery/index.html").read_bytes() == before
