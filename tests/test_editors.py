"""What an editor can offer and refuse, by an independent reading of JSON Schema. `make editors` tries it in a real language server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from pages import ROOT
from records import MINI, base, place, said, source, write
from referencing import Registry, Resource

from kb.check import check_folder
from kb.cli import main
from kb.editors import ids, offer
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.naming import references
from kb.schema import IDS, NAMED, schemas
from kb.schema import write as write_schemas

STATEMENT = said("a", "located-in", "pier", {"source": "article", "at": 1, "voice": "clerk"}, place="pier")


def validator(kb: KnowledgeBase, name: str) -> Draft202012Validator:
    """A type's schema with the choices of a base beside it."""
    resources = {**schemas(), IDS: ids(kb)}
    registry = Registry().with_resources(
        (f"https://kb.example/{file}", Resource.from_contents(json.loads(text))) for file, text in resources.items()
    )
    return Draft202012Validator({"$ref": f"https://kb.example/{name}.json"}, registry=registry)


def valid(kb: KnowledgeBase, statement: dict[str, Any]) -> bool:
    return bool(validator(kb, "places").is_valid(json.loads(json.dumps(place(statements=[statement])))))


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    voices = [{"id": "clerk", "kind": "anonymous", "description": "a clerk"}]
    return base(tmp_path, {"places/pier": place(), "sources/article": source(voices=voices)})


@pytest.mark.parametrize("folder", [ROOT / "data", MINI], ids=["data", "mini"])
def test_every_good_record_is_good_in_an_editor(folder: Path) -> None:
    kb = link(load(folder))
    for type in kb.by_type:
        check = validator(kb, type)
        for path in sorted((folder / type).glob("*.yaml")):
            assert [error.message for error in check.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == [], path


def test_a_good_statement_is_good(kb: KnowledgeBase) -> None:
    assert valid(kb, dict(STATEMENT))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s | {"property": "located"},
        lambda s: s | {"value": "courier"},
        lambda s: s | {"value": "nowhere"},
        lambda s: s | {"qualifiers": {"place": "courier"}},
        lambda s: s | {"qualifiers": {"sector": "mining"}},
        lambda s: s | {"cites": [{"source": "courier", "at": 1}]},
        lambda s: s | {"cites": [{"source": "article", "at": 11}]},
        lambda s: s | {"cites": [{"source": "article", "at": 1, "voice": "nobody"}]},
    ],
    ids=["property", "type", "value", "place", "sector", "source", "paragraph", "voice"],
)
def test_what_names_nothing_is_refused(kb: KnowledgeBase, spoil: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    assert not valid(kb, spoil(dict(STATEMENT)))


@pytest.mark.parametrize("value", ["unknown", "none"])
def test_what_is_not_known_is_a_value(kb: KnowledgeBase, value: str) -> None:
    assert valid(kb, {**STATEMENT, "value": value})


def fields(part: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Part and key of every field that takes an id or a statement."""
    for definition in (part, *part.get("$defs", {}).values()):
        for key, field in definition.get("properties", {}).items():
            if '"pattern": "^[a-z0-9]+' in json.dumps(field):
                yield definition["title"], key


def test_every_key_that_takes_an_id_offers_some() -> None:
    """But for ids that are given there, those of the past, and voices, which depend on the source."""
    own = {"id", "former_ids", "voice"}
    found = {
        (title, key)
        for name, text in schemas().items()
        if name != "changes.json"
        for title, key in fields(json.loads(text))
    }
    assert {(title, key) for title, key in found if key not in own} == set(NAMED)


def test_what_a_key_may_name_is_what_the_check_lets_it_name() -> None:
    named = {key: set(types) for (_, key), types in NAMED.items()}
    seen = set()
    for folder in (ROOT / "data", MINI):
        for record in link(load(folder)).records.values():
            for _, label, keys, types in references(record):
                if label != "mentioned in":
                    key = next(step for step in reversed(keys) if isinstance(step, str))
                    assert named[key] == set(types), key
                    seen.add(key)
    assert seen >= {"place", "agency", "group", "holders", "publisher", "entity", "through", "origin"}


def test_a_record_with_a_mistake_can_be_named_meanwhile(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/pier": place(colour="red"), "places/port": place()})
    assert json.loads(ids(link(load(data))))["$defs"]["places"]["enum"] == ["port", "pier"]


def test_check_and_serve_write_the_choices_only_beside_schemas_and_only_when_they_differ(tmp_path: Path) -> None:
    kb, _ = check_folder(write(tmp_path, {"places/port": place()}))
    assert offer(kb) is None
    write_schemas(tmp_path / "schema")
    assert offer(kb) == tmp_path / "schema/ids.json"
    assert offer(kb) is None
    write(tmp_path, {"places/pier": place()})
    for command in (["check"], ["schema", "--ids"]):
        (tmp_path / "schema/ids.json").write_text("{}", encoding="utf-8")
        assert CliRunner().invoke(main, [*command, "--data", str(tmp_path / "data")]).exit_code == 0
        assert "pier" in (tmp_path / "schema/ids.json").read_text(encoding="utf-8")


def test_a_check_goes_on_where_the_choices_cannot_be_written(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/port": place()})
    (tmp_path / "schema/ids.json/x").mkdir(parents=True)  # a folder in its place
    done = CliRunner().invoke(main, ["check", "--data", str(data)])
    assert done.exit_code == 0
    assert "schema/.ids.json.new: " in done.stderr and "editors go on with the ids they know" in done.stderr


def test_settings_of_the_project_leave_the_form_of_records_to_the_project_and_ask_no_other_host() -> None:
    settings = json.loads((ROOT / ".vscode/settings.json").read_text(encoding="utf-8"))
    assert settings["yaml.format.enable"] is False
    assert settings["yaml.schemaStore.enable"] is False
    assert settings["redhat.telemetry.enabled"] is False
    recommended = json.loads((ROOT / ".vscode/extensions.json").read_text(encoding="utf-8"))["recommendations"]
    assert "redhat.vscode-yaml" in recommended
