"""The knowledge base for machines: `/api/v1/`, and the observations of every figure as `/figures/<id>.csv`.

`<type>/<id>.json` is one record with its statements, each on a line of its own, links from elsewhere and, for a source, what
rests on it; `<type>.json` is all of a type, a record a line, `statements.json` every statement, a line each, and `ids.json` every
record's id, type and name. The lists are put together from the lines of the records' files. Values are as in YAML: id,
text, EDTF date, quantity, `unknown` or `none`; `words` has the same in plain English, as pages print it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from orjson import dumps

from kb import words
from kb.chart import table
from kb.dates import Day, Edtf
from kb.graph import Cite, KnowledgeBase, Linked, Value
from kb.load import Card
from kb.model import AnyRecord, Figure, Quantity
from kb.years import time_of

STATEMENTS = "api/v1/statements.json"
"""The list of every statement."""


def export(kb: KnowledgeBase) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every machine-readable file."""
    made = {}
    for card in kb.cards.values():
        for path, content in record_files(kb, kb.loaded.record(card)):
            made[path] = content
            yield path, content
    yield "api/v1/ids.json", ids(kb)
    for path in (STATEMENTS, *(f"api/v1/{name}.json" for name in kb.ids_of)):
        yield path, b"".join(list_of(kb, path, lambda card: made[file_of(card)]))


def file_of(card: Card) -> str:
    """The path of a record's JSON."""
    return f"api/v1/{card.type}/{card.id}.json"


def record_files(kb: KnowledgeBase, record: AnyRecord) -> Iterator[tuple[str, bytes]]:
    """Path and content of a record's JSON, and of the CSV of a figure."""
    own = {key: plain(value) for key, value in _given(record) if key != "statements"}
    own |= {"id": record.id, "type": record.type, "caption": record.caption, "words": _spoken(record, kb)}
    said = b",\n".join([dumps(statement(linked, kb)) for linked in kb.of_subject[record.id]])
    links = [{"id": b.record.id, "label": b.label, "statement": b.ref or None} for b in kb.backlinks.get(record.id, ())]
    resting = [{"at": r.at, "statement": r.ref} for r in kb.resting_on.get(record.id, ())]
    more = {"backlinks": links} | ({"resting_on": resting} if record.type == "sources" else {})
    data = b'%b,"statements":[\n%b\n],%b\n' % (dumps(own)[:-1], said, dumps(more)[1:])
    yield f"api/v1/{record.type}/{record.id}.json", data
    if isinstance(record, Figure):
        yield f"figures/{record.id}.csv", table(kb, record)


def ids(kb: KnowledgeBase) -> bytes:
    """Every record's id, type and name."""
    listed = (card for named in kb.ids_of.values() for card in map(kb.cards.__getitem__, named))
    return b"".join(_list(dumps({"id": c.id, "type": c.type, "caption": c.caption}) for c in listed))


def list_of(kb: KnowledgeBase, path: str, content: Callable[[Card], bytes]) -> Iterator[bytes]:
    """A list, in pieces: `STATEMENTS`, or that of a type. `content(card)` is the JSON of a record."""
    if path == STATEMENTS:
        return _list(line for card in kb.cards.values() for line in _said(content(card)))
    listed = kb.ids_of[path.removeprefix("api/v1/").removesuffix(".json")]
    return _list(content(kb.cards[id_]).replace(b"\n", b"") for id_ in listed)


def _said(content: bytes) -> Iterator[bytes]:
    """The lines of a record's JSON that are statements."""
    for line in content.split(b"\n")[1:-2]:
        if line:
            yield line.removesuffix(b",")


def statement(linked: Linked, kb: KnowledgeBase) -> dict[str, Any]:
    """A statement as the contract has it, with what was computed."""
    raw = linked.statement
    time = time_of(linked)
    return {
        "id": linked.ref,
        "subject": linked.subject.id,
        "type": linked.subject.type,
        "property": raw.property,
        "value": _value(linked.value),
        "value-type": "" if isinstance(linked.value, Quantity | Edtf | str) else linked.value.type,
        "qualifiers": plain(raw.qualifiers),
        "bounds": [_iso(time.lower), _iso(time.upper)] if time else [],
        "words": _wording(linked, kb),
        "cites": [_cite(cite, kb) for cite in linked.cites],
        "status": linked.status,
        "origins": list(linked.origins),
        "disputes": [f"{dispute.id}#{position.id}" for dispute, position in linked.disputes],
        "note": raw.note,
    }


_AS_IT_IS = frozenset([str, int, float, bool, type(None)])


def plain(thing: Any) -> Any:
    """A model as JSON has it: YAML's keys, what is left out left out, dates as EDTF."""
    kind = type(thing)
    if kind in _AS_IT_IS:
        return thing
    if kind is Edtf:
        return thing.text
    if kind is tuple:
        return [plain(item) for item in thing]
    if kind is dict:
        return {key: plain(item) for key, item in thing.items()}
    return {key: plain(value) for key, value in _given(thing)}


def _given(model: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a model that are given, under YAML's keys."""
    for name, key in _keys(type(model)):  # type: ignore[arg-type]
        value = getattr(model, name)
        if value is not None and value != ():
            yield key, value


@cache
def _keys(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((f.name, f.name if f.name == "former_ids" else f.name.replace("_", "-")) for f in fields(kind))


def _value(value: Value) -> Any:
    if isinstance(value, Quantity | Edtf | str):
        return plain(value)
    record: AnyRecord = value
    return record.id


def _wording(linked: Linked, kb: KnowledgeBase) -> dict[str, str | list[str]]:
    """A statement's parts as they are read; what is left out is not restricted."""
    scope = linked.statement.qualifiers
    sector = kb.vocabulary.sectors.get(scope.sector or "")
    said = {
        "subject": linked.subject.caption,
        "property": linked.declared.label,
        "value": words.unlinked(words.value(linked.value), kb),
        "time": scope.time.words if scope.time else "",
        "sector": sector.label if sector else "",
    } | {
        kind: kb.records[target].caption
        for kind, target in (("place", scope.place), ("agency", scope.agency), ("group", scope.group))
        if target and target in kb.records
    }
    disputes = [words.visible(dispute.caption) for dispute, _ in linked.disputes]
    return {kind: words.visible(text) for kind, text in said.items() if text} | {"disputes": disputes}


def _spoken(record: AnyRecord, kb: KnowledgeBase) -> dict[str, str]:
    """A record at a glance."""
    said = {
        "kind": words.kind(record),
        "summary": words.unlinked(record.summary, kb),
        "standing": words.standing(record),
    }
    return {key: words.visible(text) for key, text in said.items() if text}


def _iso(day: Day | None) -> str | None:
    return f"{day[0]:04d}-{day[1]:02d}-{day[2]:02d}" if day else None


def _cite(cite: Cite, kb: KnowledgeBase) -> dict[str, Any]:
    citation = cite.citation
    return {
        "source": citation.source,
        "at": citation.at,
        "voice": citation.voice,
        "says": words.visible(cite.says),
        "modality": citation.modality,
        "inferred": citation.inferred,
        "converted": citation.converted,
        "spelled-out": citation.spelled_out,
        "origin": cite.origin,
    }


def _list(items: Iterable[bytes]) -> Iterator[bytes]:
    """A list of what is JSON already, a line each."""
    between = b"[\n"
    for item in items:
        yield between + item
        between = b",\n"
    yield b"\n]\n" if between == b",\n" else b"[]\n"
