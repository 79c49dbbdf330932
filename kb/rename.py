"""A record's new id in; every file that has to follow, out.

References are found where the model has them (`kb.graph.references`), never by looking for the letters of an id. In
pages under docs/ they are arguments of macros, [[links]] and where Markdown links lead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kb.edits import Changes, RefusedError, text_of
from kb.graph import KnowledgeBase
from kb.layout import laid_out, lay_out
from kb.load import VOCABULARY
from kb.model import AnyRecord, Dispute, Figure
from kb.naming import LINK, Keys, references, texts
from kb.problems import did_you_mean
from kb.written import Group, Item, Node, Scalar, UnwritableError, Written, written

_MACRO = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)
_TARGET = re.compile(r"(?<=\]\()[^()\s]+(?=[^()]*\))")


def renamed(kb: KnowledgeBase, docs: Path, old: str, new: str) -> Changes:
    """What changes where a record gets another id. Raises RefusedError."""
    record = existing(kb, old)
    if new == old:
        raise RefusedError(f"“{old}” has this id already")
    if new in kb.records:
        raise RefusedError(
            f"the id “{new}” is taken by {kb.loaded.path(kb.records[new])}: ids are unique over all types"
        )
    if kb.former.get(new, record.id) != record.id:
        raise RefusedError(f"the id “{new}” was that of “{kb.former[new]}” before, and its address leads there")
    changes = dict(followed(kb, docs, {old: new}))
    path = kb.loaded.path(record)
    file = written(changes.get(path) or formatted(path, record.type))
    kept = [former for former in record.former_ids if former != new]
    changes[path] = None
    changes[path.with_name(f"{new}.yaml")] = lay(with_former(file, [*kept, old]), record.type, path)
    prose = docs / record.type / f"{old}.md"
    if prose.is_file():
        changes[prose.with_name(f"{new}.md")] = changes.get(prose) or text_of(prose)
        changes[prose] = None
    return changes


def existing(kb: KnowledgeBase, id_: str) -> AnyRecord:
    """The record with an id. Raises RefusedError, also where any file cannot be read: it may name the record."""
    if kb.loaded.problems:
        raise RefusedError(f"{kb.loaded.problems[0]}\nmend what cannot be read first (kb check)")
    if id_ in kb.former:
        raise RefusedError(f"“{id_}” is now “{kb.former[id_]}”")
    if id_ not in kb.records:
        raise RefusedError(f"no record “{id_}”{did_you_mean(id_, kb.records)}")
    return kb.records[id_]


def followed(
    kb: KnowledgeBase, docs: Path, names: Mapping[str, str], voices: Mapping[str, str] | None = None
) -> Changes:
    """Every file in which a reference changes.

    `names`: old to new, ids and references of statements; the latter go before. `voices`: of a source in `names`, old
    to new. Raises RefusedError where a file that has to change is not in the one form.
    """
    ids = {name.partition("#")[0] for name in names}
    changes: dict[Path, str | None] = {}
    for record in kb.loaded.records:
        path = kb.loaded.path(record)
        if not any(id_ in text_of(path) for id_ in ids):
            continue
        places = dict(_references(kb, record))
        cites = {keys[:-1] for keys, name in places.items() if keys[-1] == "source" and name in names and voices}

        def follow(keys: Keys, text: str, places: Mapping[Keys, str] = places, cites: set[Keys] = cites) -> str:
            if keys in places:
                return renamed_reference(text, names)
            if voices and keys[-1] == "voice" and keys[:-1] in cites:
                return voices.get(text, text)
            return LINK.sub(lambda found: _link(found, names), text) if "[[" in text else text

        if not any(reference_changes(name, names) for name in places.values()) and not any(
            reference_changes(link[1].strip(), names) for _, text in texts(record) for link in LINK.finditer(text)
        ):
            continue
        file = written(formatted(path, record.type))
        changes[path] = lay(replace(file, root=mapped(file.root, follow)), record.type, path)
    listed = {
        ("distinct", i, "records", j): id_
        for i, entry in enumerate(kb.vocabulary.distinct)
        for j, id_ in enumerate(entry.records)
        if id_ in names
    }
    if listed:
        path = kb.loaded.data / VOCABULARY
        file = written(formatted(path, "properties"))
        root = mapped(file.root, lambda keys, text: names[listed[keys]] if keys in listed else text)
        changes[path] = lay(replace(file, root=root), "properties", path)
    for page in sorted(docs.rglob("*.md")) if docs.is_dir() else ():
        text = text_of(page)
        if any(id_ in text for id_ in ids) and (new := _page(text, names)) != text:
            changes[page] = new
    return changes


def renamed_reference(name: str, names: Mapping[str, str]) -> str:
    """An id, or a reference of a statement, as it is written from now on."""
    if name in names:
        return names[name]
    owner, mark, anchor = name.partition("#")
    return f"{names.get(owner, owner)}{mark}{anchor}"


def reference_changes(name: str, names: Mapping[str, str]) -> bool:
    """Whether a reference is written otherwise from now on."""
    return renamed_reference(name, names) != name


def _references(kb: KnowledgeBase, record: AnyRecord) -> Iterator[tuple[Keys, str]]:
    """Every place in a record's file where an id or a reference of a statement stands, texts with links left out."""
    linking = {keys for keys, text in texts(record) if "[[" in text}
    for target, _, keys, _ in references(record):
        if keys not in linking:
            yield keys, target
    for i, statement in enumerate(record.statements):
        declared = kb.vocabulary.properties.get(statement.property)
        if isinstance(statement.value, str) and declared is not None and isinstance(declared.range, tuple):
            yield ("statements", i, "value"), statement.value
        for j, cite in enumerate(statement.cites):
            yield ("statements", i, "cites", j, "source"), cite.source
    for i, name in enumerate(record.names):
        for j, cite in enumerate(name.cites):
            yield ("names", i, "cites", j, "source"), cite.source
    if isinstance(record, Dispute):
        named = {
            "positions": [position.statements for position in record.positions],
            "common-ground": [agreed.statements for agreed in record.common_ground],
        }
        for key, lists in named.items():
            for i, refs in enumerate(lists):
                for j, ref in enumerate(refs):
                    yield (key, i, "statements", j), ref
    for i, sum_ in enumerate(record.calculations if isinstance(record, Dispute | Figure) else ()):
        for variable, ref in sum_.inputs.items():
            yield ("calculations", i, "inputs", variable), ref


def mapped(group: Group, change: Callable[[Keys, str], str], keys: Keys = ()) -> Group:
    """A group with every text below it changed; `change` is given the way to it."""

    def below(node: Node, way: Keys) -> Node:
        if isinstance(node, Group):
            return mapped(node, change, way)
        return replace(node, text=change(way, node.text)) if node.is_text else node

    items = [
        replace(item, node=below(item.node, (*keys, i if item.key is None else item.key)))
        for i, item in enumerate(group.items)
    ]
    if not group.is_mapping and items != group.items:  # one that now names what another names as well goes
        items = [item for i, item in enumerate(items) if item in group.items or item not in items[:i] + items[i + 1 :]]
    return replace(group, items=items)


def _link(link: re.Match[str], names: Mapping[str, str]) -> str:
    name = link[1].strip()
    return link[0].replace(name, renamed_reference(name, names), 1) if reference_changes(name, names) else link[0]


def _page(text: str, names: Mapping[str, str]) -> str:
    """A page with its macros, [[links]] and Markdown links following."""

    def argument(found: re.Match[str]) -> str:
        return f"{found[1]}{renamed_reference(found[2], names)}{found[1]}"

    def target(found: re.Match[str]) -> str:
        if "://" in found[0]:
            return found[0]
        return re.sub(
            r"(?<=/)[a-z0-9-]+(?=/|\.md|#|$)|^[a-z0-9-]+(?=/|\.md)", lambda step: names.get(step[0], step[0]), found[0]
        )

    text = _MACRO.sub(lambda macro: re.sub(r"([\"'])([a-z0-9-]+(?:#[a-z0-9-]+)?)\1", argument, macro[0]), text)
    text = LINK.sub(lambda found: _link(found, names), text)
    return _TARGET.sub(target, text)


def with_former(file: Written, ids: list[str]) -> Written:
    """A file that says which ids its record had before; elements that stand there already keep their comments."""
    entry = file.root.get("former_ids")
    standing = entry.node.items if entry is not None and isinstance(entry.node, Group) else []
    known = {item.node.text: item for item in standing if isinstance(item.node, Scalar)}
    former = Group([known.get(id_) or Item(Scalar(id_)) for id_ in ids], is_mapping=False)
    return with_entry(file, "former_ids", former)


def with_entry(file: Written, key: str, node: Node) -> Written:
    """A file with another value under a key of its record, the comments of the key kept."""
    items = list(file.root.items)
    at = next((i for i, item in enumerate(items) if item.key == key), None)
    if at is None:
        items.append(Item(node, key))  # where it stands is for the layout to say
    else:
        items[at] = replace(items[at], node=node)
    return replace(file, root=replace(file.root, items=items))


def formatted(path: Path, type_name: str) -> str:
    """The text of a file that is about to change. Raises RefusedError where it is not in the one form.

    A file is written again as a whole; one in another form would change in more than what was asked for.
    """
    text = text_of(path)
    try:
        if laid_out(text, type_name) == text:
            return text
    except UnwritableError as error:
        raise RefusedError(f"{path}: {error}") from error
    raise RefusedError(
        f"{path} would change and is not formatted: run “kb fmt” first, so that only the edit is left to see"
    )


def lay(file: Written, type_name: str, path: Path) -> str:
    """A changed file in the one form."""
    try:
        return lay_out(file, type_name)
    except UnwritableError as error:
        raise RefusedError(f"{path}: {error}") from error
