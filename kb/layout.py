"""A record as somebody wrote it in; the same values and comments in the one form every file has, out.

Keys stand in the order of the model. A text goes without quotes where it can, a date never does; what does not fit in
a line is folded. A list or mapping of single values stands in brackets where it fits in a line, holds no sentence, and
no text needs quotes for it; what has an id or a comment inside does not. PyYAML's emitter writes; what is done here to its lines is to put
lists in, to fold at a width, and to put comments back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import ryaml
import yaml
from yaml.resolver import Resolver

from kb.load import json_schema
from kb.schema import reading_order
from kb.written import SYNTAX, Group, Item, Node, Scalar, UnwritableError, Written, composed, written

WIDTH = 120
_ENDLESS = 10**9
_RESOLVER: Any = Resolver()
_CORE = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
"""What a reader of YAML 1.2 takes for something else than text."""
_DATE = re.compile(r"[\d\[\]{}.,/~?%X-]*\d[\d\[\]{}.,/~?%X-]*")
_NO_PLAIN = re.compile(r"^[-?:,\[\]{}#&*!|>'\"%@`\s]|\s$|:(?=\s|$)|\s#|^\.\.\.|[\t\n]")
_SENTENCE = re.compile(r"\s.*[^\W\d_][.?!]$")
_NO_PLAIN_IN_BRACKETS = re.compile(r"[,?\[\]{}:]")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the model says of a place in a file: the order of its keys, and what is below each."""

    keys: Mapping[str, Shape]
    below: Shape | None = None
    """That of every element of a list, or of every entry where keys are free."""


_UNKNOWN = Shape({})


@dataclass(frozen=True, slots=True)
class _Line:
    """Where an item begins in what the emitter wrote, and where it is to stand."""

    item: Item
    line: int
    last: int
    column: int
    shift: int
    is_folded: bool


def laid_out(text: str, type_name: str) -> str:
    """A file of a type in the one form. Raises UnwritableError where it cannot be written so without losing anything.

    What the model does not allow is laid out as well; keys it does not know follow those it does.
    """
    made = lay_out(written(text), type_name)
    if ryaml.loads(made) != ryaml.loads(text):  # type: ignore[attr-defined]
        raise UnwritableError("found values that would not come out the same: simplify their quotes or line breaks")
    return made


def lay_out(file: Written, type_name: str) -> str:
    """The text of a file of a type, in the one form."""
    head, foot = _squeezed(file.head), _squeezed(file.foot)
    result = render(file.root, shape(type_name))
    if head[-1:] == [""] == result[:1]:
        head.pop()
    if foot[-1:] == [""]:
        foot.pop()
    return "\n".join([*head, *result, *foot]) + "\n"


def render(root: Group, shape: Shape, indent: int = 0) -> list[str]:
    """The lines of a mapping or list, laid out as if it stood `indent` columns in; not indented themselves."""
    root = _ordered(root, shape)
    node = _plain(root, indent, in_brackets=False)
    dumper = yaml.CSafeDumper if _is_in_plane(root) else yaml.SafeDumper
    emitted = yaml.serialize(node, Dumper=dumper, width=_ENDLESS, allow_unicode=True)
    lines = emitted.split("\n")[:-1]
    if lines[-1:] == ["..."]:
        lines.pop()
    places = _places(root, composed(emitted), len(lines))
    return list(_overlaid(lines, places, indent))


@cache
def shape(type_name: str) -> Shape:
    """The order of keys of a type of record, or of the vocabulary."""
    schema = json_schema(type_name)
    return _shape([schema], schema["$defs"])


def _shape(parts: list[dict[str, Any]], definitions: Mapping[str, Any]) -> Shape:
    found: dict[str, list[dict[str, Any]]] = {}
    below: list[dict[str, Any]] = []
    queue = list(parts)
    while queue:
        part = queue.pop(0)
        if "$ref" in part:
            queue.insert(0, definitions[part["$ref"].rsplit("/", 1)[1]])
        queue[:0] = [*part.get("anyOf", ()), *part.get("oneOf", ())]
        for key in part.get("properties", {}):
            found.setdefault(key, []).append(part["properties"][key])
        below += [part[key] for key in ("items", "additionalProperties") if isinstance(part.get(key), dict)]
    order = reading_order(found) if "summary" in found else list(found)
    keys = {key: _shape(found[key], definitions) for key in order}
    return Shape(keys, _shape(below, definitions) if below else None)


def _ordered(group: Group, shape: Shape) -> Group:
    """The group with its keys in the order of the model; names, as the vocabulary has them, stay in their own."""
    order = {key: place for place, key in enumerate(shape.keys)}
    items = list(group.items)
    if group.is_mapping and order:
        items.sort(key=lambda item: order.get(item.key or "", len(order)))
    return Group(
        [
            Item(
                _ordered(item.node, _below(shape, item.key)) if isinstance(item.node, Group) else item.node,
                item.key,
                item.key_is_text,
                item.above,
                item.beside,
                item.below,
            )
            for item in items
        ],
        group.is_mapping,
    )


def _below(shape: Shape, key: str | None) -> Shape:
    return (shape.keys.get(key) if key is not None else None) or shape.below or _UNKNOWN


# --- values ----------------------------------------------------------------------------------------------------------


def _plain(node: Node, column: int, in_brackets: bool, begin: int = 0, is_element: bool = False) -> yaml.Node:
    """A node for the emitter. `column` is where a block of it would stand, `begin` where its text does on a line begun."""
    if isinstance(node, Scalar):
        return _scalar(node, begin, in_brackets)
    flow = in_brackets or not node.items
    if not flow and begin:
        levels = 2 if is_element else int(node.is_mapping)  # as a name holds its citations; else a line each
        inline = _inline(node, levels)
        flow = inline is not None and begin + len(inline) <= WIDTH
    if not node.is_mapping:
        content = [_plain(item.node, column + 2, flow, column + 2, is_element=True) for item in node.items]
        return yaml.SequenceNode(f"{SYNTAX}seq", content, flow_style=flow)
    pairs = []
    for item in node.items:
        key = _scalar(Scalar(item.key or "", item.key_is_text), 0, in_brackets=True)
        pairs.append((key, _plain(item.node, column + 2, flow, column + len(_quoted(key)) + 2)))
    return yaml.MappingNode(f"{SYNTAX}map", pairs, flow_style=flow)


def _scalar(scalar: Scalar, begin: int, in_brackets: bool) -> yaml.ScalarNode:
    text = scalar.text
    if not scalar.is_text:
        return yaml.ScalarNode(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)), text)
    style = _style(text, in_brackets)
    if not in_brackets and begin:
        if "\n" in text:
            style = "|"
        elif begin + len(text) + 2 * bool(style) > WIDTH and _can_fold(text):
            style = ">"
    return yaml.ScalarNode(f"{SYNTAX}str", text, style=style)


def _can_fold(text: str) -> bool:
    """Whether a text can be broken at its spaces and come out the same."""
    return text.isprintable() and " " in text and "  " not in text and text == text.strip()


@lru_cache(maxsize=16384)
def _style(text: str, in_brackets: bool) -> str | None:
    """No quotes where no reader of YAML could take the text for anything else; double ones, unless they are inside."""
    needs = (
        not text
        or _NO_PLAIN.search(text)
        or (in_brackets and _NO_PLAIN_IN_BRACKETS.search(text))
        or not text.isprintable()
        or _CORE.fullmatch(text)
        or _DATE.fullmatch(text)
        or _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) != f"{SYNTAX}str"
    )
    if not needs:
        return None
    return "'" if ('"' in text or "\\" in text) and "'" not in text and text.isprintable() else '"'


def _quoted(node: yaml.ScalarNode) -> str:
    return f'"{node.value}"' if node.style else str(node.value)


def _inline(node: Node, levels: int) -> str | None:
    """A node as it would stand in brackets, with so many levels of brackets in it, or None where it does not belong there."""
    if isinstance(node, Scalar):
        if not node.is_text:
            return node.text
        style = _style(node.text, in_brackets=True)
        if _SENTENCE.search(node.text) or (style and not _style(node.text, in_brackets=False)):
            return None
        return f'"{node.text}"' if style else node.text
    if levels < 0 or (node.is_mapping and node.get("id") is not None):
        return None
    parts = []
    for item in node.items:
        if item.above or item.beside or item.below:
            return None
        part = _inline(item.node, levels - 1)
        if part is None:
            return None
        parts.append(part if item.key is None else f"{item.key}: {part}")
    return f"{{{', '.join(parts)}}}" if node.is_mapping else f"[{', '.join(parts)}]"


def _is_in_plane(node: Node) -> bool:
    """Whether libyaml writes every character as it is; it knows none beyond the first plane, and PyYAML's own emitter does."""
    if isinstance(node, Scalar):
        return node.text.isascii() or max(node.text) < "\U00010000"
    return all(_is_in_plane(item.node) and max(item.key or " ") < "\U00010000" for item in node.items)


# --- lines -----------------------------------------------------------------------------------------------------------


def _places(root: Group, top: Any, count: int) -> list[_Line]:
    """Where every item that begins a line or stands on one stands in what the emitter wrote."""
    found: list[tuple[Item, int, int, int, bool, int]] = []

    def walk(group: Group, node: Any, depth: int, shift: int, in_mapping: bool) -> None:
        if node.flow_style:
            return
        if not group.is_mapping and in_mapping:
            shift += 2
        for item, entry in zip(group.items, node.value, strict=True):
            key, value = entry if group.is_mapping else (None, entry)
            mark = (key or value).start_mark
            column = mark.column if key is not None else mark.column - 2
            found.append(
                (item, mark.line, column, shift, isinstance(value, yaml.ScalarNode) and value.style == ">", depth)
            )
            if isinstance(item.node, Group):
                walk(item.node, value, depth + 1, shift, group.is_mapping)

    walk(root, top, 0, 0, in_mapping=False)
    places = []
    ends: dict[int, int] = {}  # depth to the line before the next item that is not deeper
    for position in range(len(found) - 1, -1, -1):
        item, line, column, shift, is_folded, depth = found[position]
        last = min((end for level, end in ends.items() if level <= depth), default=count - 1)
        places.append(_Line(item, line, max(last, line), column, shift, is_folded))
        ends = {level: end for level, end in ends.items() if level < depth} | {depth: line - 1}
    return places[::-1]


def _overlaid(lines: list[str], places: list[_Line], indent: int) -> Iterator[str]:
    """The emitter's lines, lists in lists put in, long texts folded, comments put back."""
    begun: dict[int, list[_Line]] = {}
    ended: dict[int, list[_Line]] = {}
    for place in places:
        begun.setdefault(place.line, []).append(place)
        ended.setdefault(place.last, []).append(place)
    shift, folded, before = 0, False, "-"
    for number, line in enumerate(lines):
        if here := begun.get(number):
            shift, folded = here[-1].shift, here[-1].is_folded
            own = " " * (len(line) - len(line.lstrip(" ")) + here[0].shift)
            beside = [text for place in here for text in place.item.beside]
            above = [text for place in here for text in place.item.above]
            for text in _squeezed([*above, *beside[:-1]], before):
                yield f"{own}{text}" if text else ""
            yield f"{own}{line.lstrip(' ')}" + "".join(f"  {text}" for text in beside[-1:])
        elif folded and line:
            yield from _folded(line.strip(" "), len(line) - len(line.lstrip(" ")) + shift, indent)
        else:
            yield f"{' ' * shift}{line}" if line else ""
        before = "-"
        for place in reversed(ended.get(number, ())):
            for text in _squeezed(place.item.below, before):
                before = text
                yield f"{' ' * (place.column + place.shift)}{text}" if text else ""


def _folded(text: str, column: int, indent: int) -> Iterator[str]:
    """A text in lines of the width, broken at single spaces."""
    line = " " * column
    room = WIDTH - indent
    for number, word in enumerate(text.split(" ")):
        if number and len(line) + 1 + len(word) > room:
            yield line
            line = " " * column + word
        else:
            line += f" {word}" if number else word
    yield line


def _squeezed(remarks: list[str], before: str = "-") -> list[str]:
    """Lines of comment with no two blank ones in a row, the line before them counted."""
    return [text for last, text in zip([before, *remarks], remarks, strict=False) if text or last]
