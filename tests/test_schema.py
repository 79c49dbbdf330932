"""The schema: made from the model, committed for editors, the same for the reference page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import ROOT
from records import MINI

from kb.model import SINGULAR, TYPES
from kb.schema import IDS, fields_of, schemas
from kb.schema import write as write_schemas


def parts(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping a schema describes, with its title."""
    for title, part in {schema.get("title", "?"): schema, **schema.get("$defs", {})}.items():
        if "properties" in part:
            yield title, part


def test_the_committed_files_are_those_made_from_the_model() -> None:
    committed = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schema").iterdir() if path.name != IDS
    }
    assert committed == dict(schemas()), "run: kb schema --write"


def test_there_is_a_schema_for_every_type_the_vocabulary_and_releases() -> None:
    assert set(schemas()) == {f"{name}.json" for name in (*TYPES, "properties", "changes")}


@pytest.mark.parametrize("name", schemas())
def test_every_field_and_every_part_has_a_description(name: str) -> None:
    for title, part in parts(json.loads(schemas()[name])):
        assert part.get("description", "").strip(), title
        for key, field in part["properties"].items():
            assert field.get("description", "").strip(), f"{title}.{key}"


@pytest.mark.parametrize("name", schemas())
def test_unknown_keys_are_refused_in_editors_too(name: str) -> None:
    for title, part in parts(json.loads(schemas()[name])):
        assert part["additionalProperties"] is False, title


@pytest.mark.parametrize("type_name", TYPES)
def test_the_id_is_not_a_key_of_a_file(type_name: str) -> None:
    for title, part in parts(json.loads(schemas()[f"{type_name}.json"])):
        if "review" in part["properties"]:
            assert "id" not in part["properties"], title
            assert "id" not in part["required"], title


@pytest.mark.parametrize("path", sorted(MINI.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_an_editor_finds_no_unknown_key_in_a_good_file(path: Path) -> None:
    schema = json.loads(schemas()[f"{path.parent.name}.json"])
    known = {key for _, part in parts(schema) if "review" in part["properties"] for key in part["properties"]}
    assert yaml.safe_load(path.read_text(encoding="utf-8")).keys() <= known


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert len(write_schemas(tmp_path)) == len(schemas())
    assert write_schemas(tmp_path) == []
    (tmp_path / "places.json").write_text("{}", encoding="utf-8")
    assert write_schemas(tmp_path) == [tmp_path / "places.json"]
    assert (tmp_path / "places.json").read_text(encoding="utf-8") == schemas()["places.json"]


@pytest.mark.parametrize("type_name", TYPES)
def test_the_reference_has_every_key_with_its_meaning(type_name: str) -> None:
    tables = dict(fields_of(type_name))
    assert len(tables) == len(fields_of(type_name))
    for title, part in parts(json.loads(schemas()[f"{type_name}.json"])):
        rows = next(rows for heading, rows in tables.items() if heading.startswith(f"{title}: "))
        assert [row.key for row in rows] == list(part["properties"])
        assert {row.key for row in rows if row.required} == set(part.get("required", ()))
        assert all(row.meaning and row.takes for row in rows), title


@pytest.mark.parametrize(
    ("type_name", "key", "takes"),
    [
        ("places", "kind", "region | country | province | city | worksite"),
        ("places", "statements", "list of Statement"),
        ("places", "review", "Review"),
        ("places", "former_ids", "list of id"),
        ("sources", "url", "address"),
        ("sources", "paragraphs", "number"),
        ("disputes", "question", "text"),
    ],
)
def test_the_reference_says_in_words_what_a_key_takes(type_name: str, key: str, takes: str) -> None:
    assert next(row.takes for row in fields_of(type_name)[0][1] if row.key == key) == takes


def test_every_type_has_a_word_for_one_of_it() -> None:
    assert SINGULAR.keys() == TYPES.keys()
    assert len(set(SINGULAR.values())) == len(SINGULAR)
