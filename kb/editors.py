"""The base in; what an editor can offer and refuse out: schema/ids.json, to which the schemas of the types point.

JSON Schema from the model alone knows keys and forms. This file adds what changes with every record: ids by type,
properties and sectors, the values a property takes, the voices and paragraphs of each source, and every statement.
It is not committed: `kb check` and `kb serve` keep it current.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from kb.graph import KnowledgeBase
from kb.model import NONE, UNKNOWN, Source
from kb.schema import BY_PROPERTY, BY_SOURCE, IDS, STATEMENTS


def ids(kb: KnowledgeBase) -> str:
    """JSON Schema definitions: a list of choices for each type, for properties, sectors and statements, and what depends on another key."""
    vocabulary = kb.vocabulary
    found: dict[str, Any] = {
        name: _choices({record.id: record.caption for record in records} | dict.fromkeys(_unread(kb, name), ""))
        for name, records in kb.by_type.items()
    }
    found["properties"] = _choices({id: declared.definition for id, declared in vocabulary.properties.items()})
    found["sectors"] = _choices({id: term.definition for id, term in vocabulary.sectors.items()})
    found[STATEMENTS] = _choices(dict.fromkeys(kb.statements, ""))
    found[BY_PROPERTY] = {
        "allOf": [
            _where("property", id, {"value": _any([*declared.range, None])})
            for id, declared in vocabulary.properties.items()
            if isinstance(declared.range, tuple)
        ]
    }
    found[BY_SOURCE] = {
        "allOf": [
            _where("source", record.id, _of_source(record))
            for record in kb.by_type["sources"]
            if isinstance(record, Source)
        ]
    }
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": found}
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _unread(kb: KnowledgeBase, type: str) -> Iterable[str]:
    """Ids whose files have a mistake just now: what names them is right all the same."""
    paths = (Path(problem.path) for problem in kb.loaded.problems)
    return sorted({path.stem for path in paths if path.parent.name == type and path.suffix == ".yaml"})


def _choices(meanings: Mapping[str, str]) -> dict[str, Any]:
    """One of some words, each with what an editor shows beside it."""
    if not meanings:
        return {"not": {}}
    described = {"enumDescriptions": list(meanings.values())} if any(meanings.values()) else {}
    return {"type": "string", "enum": list(meanings), **described}


def _any(types: Iterable[str | None]) -> dict[str, Any]:
    """An id of one of some types; None stands for the words for what is not known and what there is none of."""
    special = {"enum": [UNKNOWN, NONE]}
    return {"anyOf": [special if name is None else {"$ref": f"#/$defs/{name}"} for name in types]}


def _where(key: str, value: str, then: Mapping[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"properties": then}}


def _of_source(source: Source) -> dict[str, Any]:
    """The voices and paragraphs that may be cited."""
    voices = {"voice": _choices({voice.id: voice.description for voice in source.voices})}
    return voices | ({"at": {"maximum": source.paragraphs}} if source.paragraphs else {})


def offer(kb: KnowledgeBase) -> Path | None:
    """Write the choices of a base beside its schemas, where it has some and they differ; returns the file if it was written."""
    path = kb.loaded.data.parent / "schema" / IDS
    if not path.parent.is_dir():
        return None
    text = ids(kb)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return None
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.rename(path)
    return path


def keep_current(kb: KnowledgeBase) -> None:
    """`offer`, and a line of warning where it cannot be written: what was asked for is done all the same."""
    try:
        offer(kb)
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}; editors go on with the ids they know", err=True)
