"""The linked base in; records that are likely to be one thing, by their names in every script, out.

Names are compared by the keys a reader would find them under (`kb.keys`): any spelling, South or North, either
romanisation, usual spellings of family names, words in any order, and in long names of other things than people one
wrong letter. Two records that both have a name in hangul are compared by it. Only names that share a key are held
against each other, so that the work grows with the number of names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rapidfuzz.distance import OSA

from kb.graph import Fault, KnowledgeBase
from kb.hangul import SYLLABLES, letters, southern
from kb.keys import Field, fold, keys, words
from kb.load import VOCABULARY
from kb.model import AnyRecord, RoleOnlyPerson
from kb.naming import Keys

_LONG = 10
"""Letters from which on one that differs is taken for a slip."""
_KEPT = 4
"""How many records with one key are held against those that come after."""


class _Named(NamedTuple):
    record: AnyRecord
    way: Keys
    text: str


def likely_duplicates(kb: KnowledgeBase) -> Iterator[Fault]:
    """Two records of one type have a name in common that they are not declared to share.

    People described by role only have no names and are never compared. A record is told once, with the first that it
    is like.
    """
    distinct = {frozenset((a, b)) for entry in kb.vocabulary.distinct for a in entry.records for b in entry.records}
    hangul = {record.id: {_southern(name) for _, name, _ in _names(record) if SYLLABLES.search(name)} for record in kb.records.values()}  # fmt: skip
    without = {record.type for record in kb.records.values() if not hangul[record.id]}
    buckets: dict[tuple[str, str, str], list[_Named]] = defaultdict(list)
    for record in kb.loaded.records:
        if like := _first_like(record, buckets, hangul, without, distinct):
            way, name, other = like
            message = (
                f"“{name}” is like “{other.text}” of {kb.loaded.path(other.record)}: join them (kb merge {record.id} into "
                f"{other.record.id}), or say under distinct in {VOCABULARY} why they are two"
            )
            yield record, way, "likely-duplicate", message


def _first_like(
    record: AnyRecord,
    buckets: dict[tuple[str, str, str], list[_Named]],
    hangul: Mapping[str, set[str]],
    without: set[str],
    distinct: set[frozenset[str]],
) -> tuple[Keys, str, _Named] | None:
    """The first name of a record that one of those in the buckets shares; its own names are put there."""
    found = None
    for way, name, korean in _names(record):
        for kind, key in _keys(record, name, korean, spelled=record.type in without):
            bucket = buckets[record.type, kind, key]
            others = [other for other in bucket if other.record is not record]
            for other in others if found is None else ():
                both = hangul[record.id], hangul[other.record.id]
                apart = kind != "hangul" and all(both) and not both[0] & both[1]
                declared = frozenset((record.id, other.record.id)) in distinct
                if not apart and not declared and _alike(kind, name, other.text):
                    found = way, name, other
            if len(others) == len(bucket) < _KEPT:
                bucket.append(_Named(record, way, name))
    return found


def distinct_records_exist(kb: KnowledgeBase) -> Iterator[Fault]:
    """What is declared as distinct is there."""
    for i, entry in enumerate(kb.vocabulary.distinct):
        for j, id_ in enumerate(entry.records):
            if id_ not in kb.records and id_ not in kb.loaded.unread:
                now = f"“{id_}” is now “{kb.former[id_]}”" if id_ in kb.former else f"no record “{id_}”"
                yield None, ("distinct", i, "records", j), "unknown-record", now


def _names(record: AnyRecord) -> Iterator[tuple[Keys, str, bool]]:
    """Every name of a record, the way to it, and whether it is Korean."""
    if isinstance(record, RoleOnlyPerson):
        return
    yield ("name",), record.name, False
    for i, name in enumerate(record.names):
        yield ("names", i, "value"), name.value, name.language.startswith("ko")


def _keys(record: AnyRecord, name: str, korean: bool, spelled: bool) -> Iterator[tuple[str, str]]:
    """Under which names this one may be met: kind of key, key. `spelled`: also in other scripts and spellings."""
    is_person = record.type == "people"
    if spelled and (korean or is_person or SYLLABLES.search(name)):
        made = keys(name, korean or is_person, is_person)
        for key in made.fields[Field.ALIKE].intersection(made.spelled):
            yield "whole", key
    if SYLLABLES.search(name):
        yield "hangul", _southern(name)
        return
    found = words(name)
    whole = "".join(found)
    if whole:
        yield "whole", whole
    if len(found) > 1:
        yield "order", " ".join(sorted(found))
    if spelled and not is_person and whole.isascii() and len(whole) >= _LONG:
        numbers = "/".join(re.findall(r"\d+", fold(name)))
        bare = re.sub(r"\d", "", whole)
        for gap in range(len(bare) + 1):
            yield "slip", f"{bare[:gap]}{bare[gap + 1 :]} {numbers}"


def _alike(kind: str, name: str, other: str) -> bool:
    if kind != "slip":
        return True
    a, b = "".join(words(name)), "".join(words(other))
    return OSA.distance(a, b, score_cutoff=1) <= 1


def _southern(name: str) -> str:
    return letters("".join(words(SYLLABLES.sub(lambda found: southern(found[0]), name))))
