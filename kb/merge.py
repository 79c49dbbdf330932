"""Two records of one thing in; one of them, with all that was said of the other, and every file that follows, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kb.edits import Changes, RefusedError, text_of
from kb.graph import KnowledgeBase
from kb.load import VOCABULARY
from kb.model import AnyRecord, Figure, RoleOnlyPerson, Source
from kb.rename import existing, followed, formatted, lay, with_entry, with_former
from kb.written import Group, Item, Scalar, Written, written

_ANCHORED = ("statements", "positions", "calculations", "voices")
"""Lists whose items have an id within the record."""
_ONE_COPY = ("kind", "issued", "language", "sha256", "paragraphs")
"""What two records of one document agree in: citations name paragraphs of the copy that was read."""


class Merged(NamedTuple):
    """What a merge changes, and what it leaves to people."""

    changes: Changes
    renamed: Mapping[str, str]
    """Reference of each statement that gets another id, old to new."""
    left_out: Mapping[str, str]
    """Keys of which the merged record's own text was kept, with what the other said."""


def merged(kb: KnowledgeBase, docs: Path, one: str, into: str) -> Merged:
    """What changes where the record `one` is merged into the record `into`. Raises RefusedError."""
    gone, kept = existing(kb, one), existing(kb, into)
    _refuse(kb, docs, gone, kept)
    gone_path, kept_path = kb.loaded.path(gone), kb.loaded.path(kept)
    anchors = _free_anchors(written(formatted(gone_path, gone.type)), written(formatted(kept_path, kept.type)))
    statements = {f"{one}#{old}": f"{into}#{new}" for old, new in anchors["statements"].items()}
    changes = dict(followed(kb, docs, {one: into, **statements}, anchors["voices"]))
    source = written(changes.get(gone_path) or text_of(gone_path))
    target = written(changes.get(kept_path) or text_of(kept_path))
    result, left_out = _joined(source, target, anchors, gone, kept)
    result = with_former(result, list(dict.fromkeys([*kept.former_ids, one, *gone.former_ids])))
    changes[gone_path] = None
    changes[kept_path] = lay(result, kept.type, kept_path)
    prose = docs / gone.type / f"{one}.md"
    if prose.is_file():
        changes[prose.with_name(f"{into}.md")] = changes.get(prose) or text_of(prose)
        changes[prose] = None
    renamed = {old: new for old, new in statements.items() if old.partition("#")[2] != new.partition("#")[2]}
    return Merged(changes, renamed, left_out)


def _refuse(kb: KnowledgeBase, docs: Path, gone: AnyRecord, kept: AnyRecord) -> None:
    """Stop where the two cannot be one."""
    if gone is kept:
        raise RefusedError(f"“{gone.id}” cannot be merged into itself")
    if gone.type != kept.type:
        raise RefusedError(f"“{gone.id}” is one of the {gone.type}, “{kept.id}” one of the {kept.type}: only records of one type can be merged")  # fmt: skip
    if isinstance(gone, RoleOnlyPerson) != isinstance(kept, RoleOnlyPerson):
        role = gone if isinstance(gone, RoleOnlyPerson) else kept
        raise RefusedError(f"“{role.id}” is described by role only, and the other would give them a name: they stay two records")  # fmt: skip
    protections = [getattr(record, "protection", None) for record in (gone, kept)]
    if protections[0] != protections[1]:
        raise RefusedError(f"the protection of “{gone.id}” is {protections[0]}, that of “{kept.id}” {protections[1]}: decide which holds, and write it in both")  # fmt: skip
    same: tuple[str, ...] = ("kind",)
    if isinstance(gone, Figure):
        same = ("kind", "measure", "unit")
    if isinstance(gone, Source):
        same = _ONE_COPY
    for field in same:
        ours, theirs = getattr(gone, field), getattr(kept, field)
        if ours != theirs:
            told = [getattr(value, "text", value) for value in (ours, theirs)]
            raise RefusedError(f"{field} of “{gone.id}” is {told[0]}, of “{kept.id}” {told[1]}: two records of one thing agree in it")  # fmt: skip
    for record, other in ((gone, kept), (kept, gone)):
        for statement in record.statements:
            if statement.value == other.id:
                raise RefusedError(f"{record.id}#{statement.id} leads to “{other.id}”, and would lead to its own record: remove it first")  # fmt: skip
        for lineage in getattr(record, "lineage", ()):
            if lineage.origin == other.id:
                raise RefusedError(f"“{record.id}” has its lineage from “{other.id}”: two documents cannot be merged")
    for entry in kb.vocabulary.distinct:
        if {gone.id, kept.id} <= set(entry.records):
            raise RefusedError(f"{kb.loaded.data / VOCABULARY} says that they are two: {entry.because}")
    both = [docs / gone.type / f"{record.id}.md" for record in (gone, kept)]
    if all(path.is_file() for path in both):
        raise RefusedError(f"both have prose: put what {both[0]} says into {both[1]}, and delete the first")


def _free_anchors(source: Written, target: Written) -> dict[str, dict[str, str]]:
    """For every list of items with ids, what the ids of the one are to be in the other."""
    taken = {anchor for key in _ANCHORED for anchor in _anchors(target, key)}
    moved: dict[str, dict[str, str]] = {}
    for key in _ANCHORED:
        moved[key] = {}
        for anchor in _anchors(source, key):
            free, number = anchor, 2
            while free in taken:
                free, number = f"{anchor}-{number}", number + 1
            taken.add(free)
            moved[key][anchor] = free
    return moved


def _anchors(file: Written, key: str) -> list[str]:
    entry = file.root.get(key)
    items = entry.node.items if entry is not None and isinstance(entry.node, Group) else []
    found = [item.node.get("id") for item in items if isinstance(item.node, Group)]
    return [entry.node.text for entry in found if entry is not None and isinstance(entry.node, Scalar)]


def _joined(
    source: Written, target: Written, anchors: Mapping[str, Mapping[str, str]], gone: AnyRecord, kept: AnyRecord
) -> tuple[Written, dict[str, str]]:
    """The target with what it did not have, comments included, and the texts that only the source had."""
    left_out = {}
    result = target
    for item in source.root.items:
        key = item.key or ""
        if key == "former_ids":
            continue
        ours = result.root.get(key)
        if ours is None:
            result = replace(result, root=replace(result.root, items=[*result.root.items, item]))
        elif isinstance(item.node, Group) and isinstance(ours.node, Group) and not item.node.is_mapping:
            moved = [_with_anchor(part, anchors.get(key, {})) for part in item.node.items]
            known = [_plain(part) for part in ours.node.items]
            new = [part for part in moved if _plain(part) not in known]
            result = with_entry(result, key, replace(ours.node, items=[*ours.node.items, *new]))
            _comments_of(item, result.root.get(key))
        elif _plain(item) != _plain(ours):
            if key not in ("review", "name"):
                left_out[key] = item.node.text if isinstance(item.node, Scalar) else "…"
            _comments_of(item, ours)
    if gone.caption != kept.caption and not isinstance(gone, RoleOnlyPerson):
        result = _with_name(result, gone)
    foot = [*result.foot, *(line for line in source.head if line and "$schema" not in line), *source.foot]
    return replace(result, foot=foot), left_out


def _comments_of(item: Item, other: Item | None) -> None:
    """Keep the comments of an entry that goes, on the one that stays."""
    if other is not None:
        other.above.extend([*filter(None, item.above), *item.beside])
        other.below.extend(filter(None, item.below))


def _with_anchor(item: Item, anchors: Mapping[str, str]) -> Item:
    """The item with the id it has from now on."""
    if not isinstance(item.node, Group) or (entry := item.node.get("id")) is None or not isinstance(entry.node, Scalar):
        return item
    new = replace(entry, node=replace(entry.node, text=anchors.get(entry.node.text, entry.node.text)))
    return replace(item, node=replace(item.node, items=[new if part is entry else part for part in item.node.items]))


def _with_name(file: Written, gone: AnyRecord) -> Written:
    """The file with the other record's heading among its names, unless it stands there."""
    entry = file.root.get("names")
    group = entry.node if entry is not None and isinstance(entry.node, Group) else Group([], is_mapping=False)
    for item in group.items:
        value = item.node.get("value") if isinstance(item.node, Group) else None
        if value is not None and isinstance(value.node, Scalar) and value.node.text == gone.caption:
            return file
    told = {
        "value": gone.caption,
        "language": "en",
        "inferred": f"heading of the record {gone.id} before it was merged",
    }
    name = Item(Group([Item(Scalar(text), key) for key, text in told.items()], is_mapping=True))
    return with_entry(file, "names", replace(group, items=[*group.items, name]))


def _plain(item: Item) -> object:
    """What an item says, without its comments."""
    if isinstance(item.node, Scalar):
        return item.key, item.node
    return item.key, item.node.is_mapping, [_plain(part) for part in item.node.items]
