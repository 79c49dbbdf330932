"""A record in; every record it names, and how, out: what a base has to know of it before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from kb.dates import Edtf
from kb.model import TYPES, AnyRecord, Dispute, Figure, Source

Keys: TypeAlias = tuple[str | int, ...]
"""The way to a value in a file: keys of mappings and positions in lists."""

Reference: TypeAlias = tuple[str, str, Keys, tuple[str, ...]]
"""That a record names another: its id, how that reads from there, keys to the place, types allowed."""

LINK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]")
"""A link in text: the id, and the words shown where they are not the record's own name."""

VALUE, CITES, HOLDS, USES = "=", "cites", "holds", "uses"
"""How a record names another in a statement's value, as a source, and as the subject of a statement that a position rests on,
or that something else does."""


PLACE_OF = "place of"
"""How a place that is the scope of a statement reads from there."""


class Tie(NamedTuple):
    """That a record names another."""

    target: str
    """The id it names; whether there is such a record is another matter."""
    how: str
    """`CITES`, `HOLDS`, `USES`, `VALUE` with the property, or how it reads from the other side."""
    anchor: str
    """The statement that does it; empty where it is the record as a whole."""
    at: int | str | None = None
    """Of a citation, the place in the source."""
    voice: str | None = None
    """Of a citation, who speaks there."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is told other than in a value, a citation, a position or a sum, and so reads back from there."""
        return self.how not in (CITES, HOLDS, USES) and not self.how.startswith(VALUE)


def ties(record: AnyRecord) -> Iterator[Tie]:
    """Everything a record names: in statements first, then elsewhere."""
    for statement in record.statements:
        if isinstance(statement.value, str) and " " not in statement.value:
            yield Tie(statement.value, VALUE + statement.property, statement.id)
        for cite in statement.cites:
            yield Tie(cite.source, CITES, statement.id, cite.at, cite.voice)
    for name in record.names:
        for cite in name.cites:
            yield Tie(cite.source, USES, "")
    for target, label, keys, _ in references(record):
        i = keys[1] if keys[0] == "statements" and len(keys) > 1 else None
        yield Tie(target, label, record.statements[i].id if isinstance(i, int) else "")
    if isinstance(record, Dispute):
        for position in record.positions:
            for ref in position.statements:
                yield Tie(ref.partition("#")[0], HOLDS, "")
        for agreed in record.common_ground:
            for ref in agreed.statements:
                yield Tie(ref.partition("#")[0], USES, "")
    for sum_ in record.calculations if isinstance(record, Dispute | Figure) else ():
        for ref in sum_.inputs.values():
            yield Tie(ref.partition("#")[0], USES, "")


def references(record: AnyRecord) -> Iterator[Reference]:
    """Every reference of a record other than its statements' values."""
    anything = tuple(TYPES)
    for i, statement in enumerate(record.statements):
        q = statement.qualifiers
        for name, label, types in (
            ("place", PLACE_OF, ("places",)),
            ("agency", "agency in", ("institutions",)),
            ("group", "group in", ("people",)),
        ):
            if target := getattr(q, name):
                yield target, label, ("statements", i, "qualifiers", name), types
    if isinstance(record, Dispute):
        for i, position in enumerate(record.positions):
            for j, holder in enumerate(position.holders):
                yield (
                    holder,
                    "holds a position in",
                    ("positions", i, "holders", j),
                    ("people", "institutions", "sources"),
                )
    if isinstance(record, Source):
        yield record.publisher, "published", ("publisher",), ("institutions",)
        for i, voice in enumerate(record.voices):
            if voice.entity:
                yield voice.entity, "speaks in", ("voices", i, "entity"), ("people", "institutions", "sources")
            if voice.speaks_for:
                yield voice.speaks_for, "spoken for in", ("voices", i, "speaks-for"), ("institutions",)
            for j, outlet in enumerate(voice.through):
                yield outlet, "passed on what is said in", ("voices", i, "through", j), ("institutions", "sources")
        for i, lineage in enumerate(record.lineage):
            yield lineage.origin, "origin of reports in", ("lineage", i, "origin"), ("institutions", "sources")
    for keys, text in texts(record, having="[["):
        for match in LINK.finditer(text):
            yield match[1].strip(), "mentioned in", keys, anything


def texts(thing: Any, written: bool = False, having: str = "") -> list[tuple[Keys, str]]:
    """Every text field below a record that has some characters in it, with the way to it.

    `written`: only free text, no ids, codes or choices.
    """
    found: list[tuple[Keys, str]] = []
    _gather(thing, (), written, having, found)
    return found


def _gather(thing: Any, keys: Keys, written: bool, having: str, found: list[tuple[Keys, str]]) -> None:
    for name, key, is_free in _plan(type(thing)):  # type: ignore[arg-type]
        value = getattr(thing, name)
        if value is None or value == ():
            continue
        kind = type(value)
        if kind is str:
            if having in value and (is_free or not written):
                found.append(((*keys, key), value))
        elif kind is tuple:
            for i, item in enumerate(value):
                if type(item) is not str:
                    _gather(item, (*keys, key, i), written, having, found)
                elif having in item and (is_free or not written):
                    found.append(((*keys, key, i), item))
        elif kind is dict:
            for name, item in value.items():
                _gather(item, (*keys, key, name), written, having, found)
        elif kind not in _BARE:
            _gather(value, (*keys, key), written, having, found)


_BARE = frozenset([Edtf, int, float, bool])
"""Kinds of values without text in them."""


@cache
def _plan(kind: type[Any]) -> tuple[tuple[str, str, bool], ...]:
    """Fields of a model worth looking into for text, with their YAML keys and whether they are declared as free text."""
    if kind is Edtf or not is_dataclass(kind):
        return ()
    return tuple(
        (
            f.name,
            f.name if f.name == "former_ids" else f.name.replace("_", "-"),
            "Text" in str(f.type) or f.type == "RawValue",
        )
        for f in fields(kind)
        if f.name != "id"
    )
