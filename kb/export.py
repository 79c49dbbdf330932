"""The knowledge base for machines: `/api/v1/`.

`statements.json` is every statement; `<type>.json` every record of a type; `<type>/<id>.json` one record with its
statements, links from elsewhere and, for a source, what rests on it. Values are as in YAML: id, text, EDTF date,
quantity, `unknown` or `none`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from kb.dates import Edtf
from kb.graph import Cite, KnowledgeBase, Linked, Value
from kb.model import AnyRecord, Quantity


def export(kb: KnowledgeBase) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every machine-readable file."""
    statements = {ref: statement(linked) for ref, linked in kb.statements.items()}
    yield "api/v1/statements.json", _json(list(statements.values()))
    for type_name, records in kb.by_type.items():
        whole = []
        for record in records:
            data = plain(record) | {
                "id": record.id,
                "type": record.type,
                "caption": record.caption,
                "statements": [statements[s.ref] for s in kb.of_subject[record.id]],
            }
            whole.append(data)
            links = [
                {"id": b.record.id, "label": b.label, "statement": b.statement.ref if b.statement else None}
                for b in kb.backlinks.get(record.id, ())
            ]
            resting = [{"at": c.citation.at, "statement": s.ref} for s, c in kb.resting_on.get(record.id, ())]
            more = {"backlinks": links} | ({"resting_on": resting} if record.type == "sources" else {})
            yield f"api/v1/{type_name}/{record.id}.json", _json(data | more)
        yield f"api/v1/{type_name}.json", _json(whole)


def statement(linked: Linked) -> dict[str, Any]:
    """A statement as the contract has it, with what was computed."""
    raw = linked.statement
    return {
        "id": linked.ref,
        "subject": linked.subject.id,
        "property": raw.property,
        "value": _value(linked.value),
        "qualifiers": plain(raw.qualifiers),
        "cites": [_cite(cite) for cite in linked.cites],
        "status": linked.status,
        "origins": list(linked.origins),
        "disputes": [f"{dispute.id}#{position.id}" for dispute, position in linked.disputes],
        "note": raw.note,
    }


def plain(thing: Any) -> Any:
    """A model as JSON has it: YAML's keys, what is left out left out, dates as EDTF."""
    if isinstance(thing, Edtf):
        return thing.text
    if isinstance(thing, tuple):
        return [plain(item) for item in thing]
    if isinstance(thing, dict):
        return {key: plain(item) for key, item in thing.items()}
    if is_dataclass(thing):
        return {
            field.name if field.name == "former_ids" else field.name.replace("_", "-"): plain(value)
            for field in fields(thing)
            if (value := getattr(thing, field.name)) not in (None, ())
        }
    return thing


def _value(value: Value) -> Any:
    if isinstance(value, Quantity | Edtf | str):
        return plain(value)
    record: AnyRecord = value
    return record.id


def _cite(cite: Cite) -> dict[str, Any]:
    citation = cite.citation
    return {
        "source": citation.source,
        "at": citation.at,
        "voice": citation.voice,
        "modality": citation.modality,
        "inferred": citation.inferred,
        "origin": cite.origin,
    }


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
