"""A YAML text in; its values as they are written, each with the comments that belong to it, out.

ryaml says what a text means (`kb.load`); PyYAML's composer says where each value stands; comments are what is left
between them. A comment beside a value belongs to it, one above to what follows it, one that stands deeper than what
follows to what came before: so a part of a file can be moved with all that is said about it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import ryaml
import yaml

SYNTAX = "tag:yaml.org,2002:"


class UnwritableError(ValueError):
    """A text with something that a canonical file does not have, such as an alias; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: text, or a number, true, false or nothing as its file spells it."""

    text: str
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A mapping or a list."""

    items: list[Item]
    is_mapping: bool

    def get(self, key: str) -> Item | None:
        """The entry with a key."""
        return next((item for item in self.items if item.key == key), None)


Node: TypeAlias = Scalar | Group


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a mapping or an element of a list, with its comments."""

    node: Node
    key: str | None = None
    key_is_text: bool = True
    above: list[str] = field(default_factory=list)
    """Lines of comment that stand before it, "" for a blank line."""
    beside: list[str] = field(default_factory=list)
    """What stands behind it on its line."""
    below: list[str] = field(default_factory=list)
    """Lines of comment that stand after all of it, and deeper than what follows."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its values, and the comments that belong to the whole."""

    root: Group
    head: list[str]
    foot: list[str]


@dataclass(frozen=True, slots=True)
class Span:
    """Where an item stands in a text. Indices are of characters, lines and columns count from 0."""

    item: Item
    parent: int
    """Position of the item around it in the list of all, or -1."""
    start: int
    end: int | None
    """Where it ends; None for a block of items, whose end is that of its last."""
    key_end: int
    line: int
    column: int
    """That of the key, or of the dash."""
    group: tuple[int, int] | None
    """Where its brackets open and close."""


@dataclass(frozen=True, slots=True)
class _Remark:
    index: int
    line: int
    column: int
    text: str
    """Empty for a blank line."""
    alone: bool


def written(text: str) -> Written:
    """Read a text. It must be a mapping that `kb.load` can read; raises UnwritableError where it has aliases or tags."""
    data = ryaml.loads(text)  # type: ignore[attr-defined]
    root, spans, scalars = parsed(text, data)
    file = Written(root, [], [])
    _attach(file, spans, list(_remarks(text, scalars, spans)))
    return file


def composed(text: str) -> Any:
    """The nodes of a text, for their places.

    PyYAML reads YAML 1.1 and trips over a tab after a colon and a question mark in brackets; where it trips, both are
    hidden behind characters of the same width.
    """
    try:
        return yaml.compose(text, yaml.CSafeLoader)
    except yaml.MarkedYAMLError:
        return yaml.compose(re.sub(r"(?<=[^\s\[{,])\?", "_", text).replace("\t", " "), yaml.CSafeLoader)


def parsed(text: str, data: Any) -> tuple[Group, list[Span], list[tuple[int, int]]]:
    """The values of a text, where each item stands, and where no comment can start."""
    try:
        top = composed(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UnwritableError(f"found what another reader of YAML refuses: {error}".splitlines()[0]) from error
    if not isinstance(top, yaml.MappingNode) or not isinstance(data, dict):
        raise UnwritableError("found no keys and values")
    spans: list[Span] = []
    scalars: list[tuple[int, int]] = []
    seen: set[int] = set()

    def take(node: Any, value: Any, parent: int, brackets: tuple[int, int] | None) -> Node:
        if id(node) in seen:
            raise UnwritableError("found an alias (*name): write out what it stands for")
        seen.add(id(node))
        begin, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.ScalarNode):
            if node.style in ("|", ">"):
                first = text.find("\n", begin)
                begin = first if first >= 0 else end
            scalars.append((begin, max(begin, end)))
            return Scalar(value) if isinstance(value, str) else Scalar(node.value or "null", is_text=False)
        is_mapping = isinstance(node, yaml.MappingNode)
        if len(node.value) != len(value) or is_mapping != isinstance(value, dict):
            raise UnwritableError("found a merge (<<) or a tag (!): write out what it stands for")
        inside = (begin, end) if node.flow_style else brackets
        group = Group([], is_mapping)
        pairs = value.items() if is_mapping else ((None, element) for element in value)
        for entry, (key, content) in zip(node.value, pairs, strict=True):
            key_node: Any = entry[0] if is_mapping else None
            below: Any = entry[1] if is_mapping else entry
            mark = (key_node or below).start_mark
            if key_node is not None:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise UnwritableError("found a list or mapping as a key")
                scalars.append((mark.index, key_node.end_mark.index))
                column = mark.column
            else:
                dash = text.rfind("-", 0, mark.index)
                column = mark.column if inside else dash - text.rfind("\n", 0, dash) - 1
            closed = isinstance(below, yaml.ScalarNode) or below.flow_style
            position = len(spans)
            spans.append(None)  # type: ignore[arg-type]  # its place, so that what is in it comes after it
            item = Item(
                take(below, content, position, inside),
                key if key is None or isinstance(key, str) else key_node.value,
                isinstance(key, str | None),
            )
            group.items.append(item)
            spans[position] = Span(
                item,
                parent,
                mark.index,
                below.end_mark.index if closed else None,
                key_node.end_mark.index if key_node is not None else mark.index,
                mark.line,
                column,
                inside,
            )
        return group

    root = take(top, data, -1, None)
    assert isinstance(root, Group)
    return root, spans, scalars


def _remarks(text: str, scalars: Sequence[tuple[int, int]], spans: Sequence[Span]) -> Iterator[_Remark]:
    """Comments and blank lines, in their order."""
    if "#" not in text and not re.search(r"\n[ \t\r]*\n", text):
        return
    taken = sorted(scalars)
    starts = [start for start, _ in taken]
    index = 0
    for number, line in enumerate(text.split("\n")):
        begin, index = index, index + len(line) + 1
        line = line.rstrip("\r")

        def is_free(at: int) -> bool:
            before = bisect_right(starts, at) - 1
            return before < 0 or at >= taken[before][1]

        if not line.strip():
            if is_free(begin) and index <= len(text):
                yield _Remark(begin, number, 0, "", alone=True)
            continue
        for found in re.finditer(r"(?<!\S)#", line):
            if is_free(begin + found.start()):
                alone = not line[: found.start()].strip()
                yield _Remark(begin + found.start(), number, found.start(), line[found.start() :].rstrip(), alone)
                break


def _attach(file: Written, spans: Sequence[Span], remarks: Sequence[_Remark]) -> None:
    """Give every comment to what it belongs to."""
    starts = [span.start for span in spans]
    settled = -1  # the last item that has a comment above it: what stands between belongs there too
    for remark in remarks:
        after = bisect_left(starts, remark.index)
        if not remark.alone and (owner := _beside(spans, remark, after)) is not None:
            owner.item.beside.append(remark.text)
            continue
        following = spans[after] if after < len(spans) else None
        if after == 0:
            file.head.append(remark.text)
        elif settled != after and (owner := _before(spans, remark, after, following)) is not None:
            owner.item.below.append(remark.text)
        elif following is None:
            file.foot.append(remark.text)
        else:
            following.item.above.append(remark.text)
            settled = after


def _beside(spans: Sequence[Span], remark: _Remark, after: int) -> Span | None:
    """The outermost item that ends on the line before a comment, else the one whose key does."""
    if not after:
        return None
    begin = remark.index - remark.column
    span, found = spans[after - 1], None
    while span.end is not None and begin <= span.end <= remark.index:
        found = span
        if span.parent < 0:
            break
        span = spans[span.parent]
    last = spans[after - 1]
    return found or (last if last.item.key is not None and begin <= last.key_end else None)


def _before(spans: Sequence[Span], remark: _Remark, after: int, following: Span | None) -> Span | None:
    """The item that a comment on a line of its own closes, where it stands deeper than what follows, or None."""
    last = spans[after - 1]
    if last.group is not None and last.group[0] < remark.index < last.group[1]:
        inside = following is not None and following.start < last.group[1]
        return None if inside else last
    if not remark.text:
        return None
    floor = following.column if following is not None else 0
    if remark.column <= floor:
        return None
    while last.parent >= 0 and (last.column > remark.column or last.group is not None):
        last = spans[last.parent]
    return last if floor < last.column <= remark.column else None
