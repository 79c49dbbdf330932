"""What an editor shows of a record, through the YAML language server that VS Code and Neovim use. Run by `make editors`, which installs it.

The server is driven as an editor drives it: language server protocol 3.17, over standard input and output.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from pages import ROOT
from project import Project, copied

SERVER = ROOT / "build/editors/node_modules/.bin/yaml-language-server"
SETTINGS = json.loads((ROOT / ".vscode/settings.json").read_text(encoding="utf-8"))
NEW = """\
# yaml-language-server: $schema=../../schema/places.json
name: Northport
kind: city
summary: A made-up city.
statements:
  - id: where
    property: located-in
    value: china
    qualifiers: {place: russia}
    cites:
      - source: rfa-2017-07-19
        at: 10
        voice: vladivostok
review: {date: "2026-01-01"}
"""


class Editor:
    """An editor with one window on a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        process = subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin and process.stdout
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self._asked = 0
        self._versions: dict[str, int] = {}
        yaml = {key.removeprefix("yaml."): value for key, value in SETTINGS.items() if key.startswith("yaml.")}
        self._settings = {
            "yaml": {
                "validate": yaml["validate"], "completion": yaml["completion"], "hover": yaml["hover"],
                "schemaStore": {"enable": yaml["schemaStore.enable"]}, "yamlVersion": yaml["yamlVersion"],
            }
        }  # fmt: skip
        capabilities = {"workspace": {"configuration": True}, "textDocument": {"completion": {}}}
        root = project.folder.as_uri()
        folders = [{"uri": root, "name": "project"}]
        params = {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": capabilities}
        self.ask("initialize", params)
        self.tell("initialized", {})

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._to.close()
        self._from.close()

    def ask(self, method: str, params: Any) -> Any:
        """A request, and its answer; what the server asks or tells meanwhile is answered."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def mistakes(self, name: str, text: str) -> list[tuple[int, str]]:
        """Line, from 1, and message of every mistake shown in a file that is opened or typed anew."""
        uri = self._typed(name, text)
        while True:
            message = self._read()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                found = message["params"]["diagnostics"]
                return sorted((one["range"]["start"]["line"] + 1, one["message"]) for one in found)

    def offered(self, name: str, text: str) -> dict[str, str]:
        """What is offered where `text` has a bar, each with what is said of it."""
        before, _, after = text.partition("|")
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        uri = self._typed(name, before + after)
        answer = self.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"].strip('"'): _text(item.get("documentation")) for item in items}

    def changed(self, name: str) -> None:
        """A file of the project was written by something else."""
        uri = (self.project.folder / name).as_uri()
        self.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})

    def _typed(self, name: str, text: str) -> str:
        uri = (self.project.folder / name).as_uri()
        version = self._versions[uri] = self._versions.get(uri, 0) + 1
        if version == 1:
            document = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
            self.tell("textDocument/didOpen", {"textDocument": document})
        else:
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
            self.tell("textDocument/didChange", change)
        return uri

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._to.flush()

    def _read(self) -> dict[str, Any]:
        message = _message(self._from)
        if "id" in message and "method" in message:
            wanted = message["params"].get("items", ()) if message["method"] == "workspace/configuration" else ()
            answer = [self._settings.get(item["section"]) for item in wanted] if wanted else None
            self._send({"id": message["id"], "result": answer})
        return message


def _message(stream: IO[bytes]) -> dict[str, Any]:
    length = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b": ")
        length = int(value) if name.lower() == b"content-length" else length
    assert length, "the language server ended"
    found = json.loads(stream.read(length))
    assert isinstance(found, dict)
    return found


def _text(documentation: Any) -> str:
    return str(documentation.get("value", "") if isinstance(documentation, dict) else documentation or "")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, checked once, as `make serve` and `make check` do."""
    project = copied(tmp_path_factory.mktemp("editors") / "project")
    assert project.kb("check").returncode == 0
    assert (project.folder / "schema/ids.json").is_file()
    return project


@pytest.fixture
def editor(project: Project) -> Iterator[Editor]:
    editor = Editor(project)
    yield editor
    editor.close()


PLACE = "data/places/northport.yaml"


def test_a_good_record_has_no_mistakes(editor: Editor) -> None:
    assert editor.mistakes(PLACE, NEW) == []


def test_every_record_of_the_project_is_without_mistakes(editor: Editor) -> None:
    found = {}
    for path in sorted((editor.project.folder / "data").rglob("*.yaml")):
        name = path.relative_to(editor.project.folder).as_posix()
        if mistakes := editor.mistakes(name, path.read_text(encoding="utf-8")):
            found[name] = mistakes
    assert found == {}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("kind: city", "kind: city\ncolour: red", 4, "Property colour is not allowed."),
        ("kind: city", "kind: hamlet", 3, "Valid values"),
        ("property: located-in", "property: located", 7, "Valid values"),
        ("value: china", "value: chine", 8, ""),
        ("value: china", "value: rfa", 8, ""),
        ("place: russia", "place: rusia", 9, "Valid values"),
        ("source: rfa-2017-07-19", "source: rfa", 11, "Valid values"),
        ("at: 10", "at: 1000", 12, "maximum"),
        ("voice: vladivostok", "voice: nobody", 13, "Valid values"),
    ],
)
def test_a_mistake_is_shown_on_its_line(editor: Editor, old: str, new: str, line: int, message: str) -> None:
    assert old in NEW
    found = editor.mistakes(PLACE, NEW.replace(old, new, 1))
    assert found and {number for number, _ in found} == {line}, found
    assert any(message in told for _, told in found), found


@pytest.mark.parametrize(
    ("old", "new", "some", "none"),
    [
        ("kind: city", "kind: |", {"city", "country"}, {"person"}),
        ("property: located-in", "property: |", {"located-in"}, {"china"}),
        ("value: china", "value: |", {"china", "russia", "unknown"}, {"rfa", "kim-jong-un"}),
        ("{place: russia}", "\n      place: |", {"russia", "ningbo"}, {"rfa"}),
        ("{place: russia}", "\n      agency: |", {"rfa", "wpk"}, {"russia"}),
        ("source: rfa-2017-07-19", "source: |", {"rfa-2017-07-19", "daily-nk-2016-08"}, {"rfa"}),
        ("voice: vladivostok", "voice: |", {"vladivostok"}, set()),
        ("review:", "fo|\nreview:", {"former_ids"}, {"role"}),
    ],
    ids=["kind", "property", "value", "place", "agency", "source", "voice", "key"],
)
def test_what_can_be_written_is_offered(editor: Editor, old: str, new: str, some: set[str], none: set[str]) -> None:
    assert old in NEW
    offered = editor.offered(PLACE, NEW.replace(old, new, 1)).keys()
    assert some <= offered
    assert offered & none == set()


def test_the_voices_offered_are_those_of_the_source(editor: Editor) -> None:
    other = NEW.replace("rfa-2017-07-19", "global-news-2016-04").replace("voice: vladivostok", "voice: |")
    offered = editor.offered(PLACE, other)
    assert offered and "vladivostok" not in offered


def test_statements_are_offered_to_a_dispute(editor: Editor) -> None:
    name = "data/disputes/ningbo-departure.yaml"
    text = (editor.project.folder / name).read_text(encoding="utf-8")
    start = text.index("statements:", text.index("positions:"))
    end = text.index("\n", start)
    offered = editor.offered(name, f"{text[:start]}statements:\n      - |{text[end:]}")
    assert "ningbo-departure-2016#date" in offered


def test_an_id_is_offered_with_the_name_of_its_record(editor: Editor) -> None:
    offered = editor.offered(PLACE, NEW.replace("{place: russia}", "\n      agency: |"))
    assert "Radio Free Asia" in offered["rfa"]


def test_a_new_record_is_known_as_soon_as_it_was_checked(editor: Editor) -> None:
    named = NEW.replace("value: china", "value: newtown")
    assert editor.mistakes(PLACE, named) != []
    new = editor.project.folder / "data/places/newtown.yaml"
    new.write_text(NEW.replace("Northport", "Newtown"), encoding="utf-8")
    editor.project.kb("check")
    editor.changed("schema/ids.json")
    assert editor.mistakes(PLACE, named) == []
    new.unlink()
    editor.project.kb("check")


def test_before_the_project_is_set_up_the_editor_says_what_is_missing(tmp_path: Path) -> None:
    editor = Editor(copied(tmp_path / "project"))
    try:
        ((_, message),) = editor.mistakes(PLACE, NEW)
        assert "schema/ids.json" in message
        editor.project.kb("schema", "--ids")
        editor.changed("schema/ids.json")
        assert editor.mistakes(PLACE, NEW) == []
    finally:
        editor.close()


def test_a_release_is_checked_too(editor: Editor) -> None:
    text = "# yaml-language-server: $schema=../schema/changes.json\ndate: '2026-01-01'\nsumary: S\n"
    found = editor.mistakes("changes/next.yaml", text)
    assert (3, "Property sumary is not allowed.") in found
