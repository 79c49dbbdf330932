"""The model as others read it: JSON Schema for editors and tables for the reference page."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from kb import model
from kb.load import CHANGES, json_schema
from kb.model import TYPES

VOCABULARY_SCHEMA = "properties"
IDS = "ids.json"
"""Beside the schemas: the choices that change with every record (`kb.editors`)."""
STATEMENTS, BY_PROPERTY, BY_SOURCE = "statements", "by-property", "by-source"
NAMED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Statement", "property"): ("properties",),
    ("Qualifiers", "place"): ("places",),
    ("Qualifiers", "agency"): ("institutions",),
    ("Qualifiers", "sector"): ("sectors",),
    ("Qualifiers", "group"): ("people",),
    ("Citation", "source"): ("sources",),
    ("Position", "holders"): ("people", "institutions", "sources"),
    ("Position", "statements"): (STATEMENTS,),
    ("Agreed", "statements"): (STATEMENTS,),
    ("Calculation", "inputs"): (STATEMENTS,),
    ("Source", "publisher"): ("institutions",),
    ("Voice", "entity"): ("people", "institutions", "sources"),
    ("Voice", "speaks-for"): ("institutions",),
    ("Voice", "through"): ("institutions", "sources"),
    ("Lineage", "origin"): ("institutions", "sources"),
    ("Distinct", "records"): tuple(TYPES),
}
"""Part of a record and its key, to what an id there may name."""
_DEPENDING = {"Statement": BY_PROPERTY, "Citation": BY_SOURCE}
"""Part of a record to the choices that depend on another of its keys."""
_FIRST = ("name", "role", "names", "kind", "protection", "protection-reason", "summary")
_LAST = ("statements", "former_ids", "review")


class Row(NamedTuple):
    """A key of a record: what it takes and what it means."""

    key: str
    takes: str
    meaning: str
    required: bool


@cache
def schemas() -> Mapping[str, str]:
    """File name to JSON Schema (draft 2020-12), for every type, the vocabulary and releases. The id comes from the file's name and is left out."""
    found = {}
    for name in (*TYPES, VOCABULARY_SCHEMA, CHANGES):
        schema = json_schema(name)
        for part in (schema, *schema.get("$defs", {}).values()):
            if name != VOCABULARY_SCHEMA and _is_record(part):
                part["properties"].pop("id", None)
                part["required"] = [key for key in part["required"] if key != "id"]
            if "properties" in part:
                _complete(part)
                _offer(part)
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        found[f"{name}.json"] = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    return found


def _complete(part: dict[str, Any]) -> None:
    """Put keys in reading order, and describe each as the model does."""
    keys = reading_order(part["properties"])
    part["properties"] = {key: part["properties"][key] for key in keys}
    for base in getattr(model, part.get("title", ""), object).__mro__[::-1]:
        for name, said in _described().get(base.__name__, {}).items():
            if (key := model.key(name)) in keys:
                part["properties"][key]["description"] = said


@cache
def _described() -> Mapping[str, Mapping[str, str]]:
    """What the model says of every field, below it, by the class; read from its text, so that nobody else waits for it."""
    classes = [node for node in ast.parse(inspect.getsource(model)).body if isinstance(node, ast.ClassDef)]
    return {
        each.name: {
            field.target.id: inspect.cleandoc(said.value.value)
            for field, said in pairwise(each.body)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) and isinstance(said.value.value, str)
        }
        for each in classes
    }


def reading_order(keys: Iterable[str]) -> list[str]:
    """Keys of a record as a file has them: what it is first, statements and review last, the rest as in the model."""
    return sorted(
        keys,
        key=lambda key: (
            _FIRST.index(key) - len(_FIRST) if key in _FIRST else 1 + _LAST.index(key) if key in _LAST else 0
        ),
    )


def _offer(part: dict[str, Any]) -> None:
    """Point the keys that take ids, and the part where one key depends on another, at the choices there are."""
    for key, field in part["properties"].items():
        if named := NAMED.get((part["title"], key)):
            for place in _of_ids(field):
                choices = [{"$ref": f"{IDS}#/$defs/{name}"} for name in named]
                place["allOf"] = choices if len(choices) == 1 else [{"anyOf": choices}]
    if part["title"] in _DEPENDING:
        part["allOf"] = [{"$ref": f"{IDS}#/$defs/{_DEPENDING[part['title']]}"}]


def _of_ids(field: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The places within a field's schema that take an id."""
    if "pattern" in field:
        yield field
    below = [*field.get("anyOf", ()), field.get("items"), field.get("additionalProperties")]
    for part in below:
        if isinstance(part, dict):
            yield from _of_ids(part)


def _is_record(part: Mapping[str, Any]) -> bool:
    """Whether a file is one of it: a record or a release."""
    return {"summary", "review"} <= part.get("properties", {}).keys() or part.get("title") == "Release"


def write(folder: Path) -> list[Path]:
    """Write every schema that changed; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def fields_of(type_name: str) -> list[tuple[str, list[Row]]]:
    """The reference of a type: a table for the record, then one for every part it is made of."""
    schema = json.loads(schemas()[f"{type_name}.json"])
    definitions = schema.get("$defs", {})
    roots = [schema] if "properties" in schema else [definitions[_name(branch)] for branch in schema["oneOf"]]
    tables, seen = [], set()
    queue = [(root["title"], root) for root in roots]
    while queue:
        title, part = queue.pop(0)
        if title in seen or "properties" not in part:
            continue
        seen.add(title)
        tables.append((f"{title}: {part.get('description', '')}", list(_rows(part))))
        for name in _referenced(part["properties"]):
            queue.append((definitions[name]["title"], definitions[name]))
    return tables


def _rows(part: Mapping[str, Any]) -> Iterator[Row]:
    for key, field in part["properties"].items():
        yield Row(key, _takes(field), field.get("description", ""), key in part.get("required", ()))


def _takes(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _name(field)
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    if options := field.get("anyOf") or field.get("oneOf"):
        return " or ".join(dict.fromkeys(_takes(o) for o in options if o.get("type") != "null"))
    if pattern := str(field.get("pattern", "")):
        return "statement" if "#" in pattern else "address" if "http" in pattern else "id"
    kind = str(field.get("type", ""))
    if kind == "array":
        return f"list of {_takes(field.get('items', {}))}"
    return {
        "string": "text",
        "integer": "number",
        "number": "number",
        "object": "mapping",
        "boolean": "true or false",
    }.get(kind, kind)


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _referenced(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if str(part.get("$ref", "")).startswith("#"):
            yield _name(part)
        for below in part.values():
            yield from _referenced(below)
    elif isinstance(part, list):
        for below in part:
            yield from _referenced(below)
