"""YAML files in; records and problems out.

A valid file is read once, by the fastest loader that keeps YAML 1.2's rules and refuses duplicate keys (ryaml), and
checked by the model. Only a file with something wrong is read again, by PyYAML's composer, for the line and column.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import ryaml
import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from kb.model import TYPES, AnyRecord, Vocabulary
from kb.problems import Problem, did_you_mean

Keys: TypeAlias = tuple[str | int, ...]
"""The way to a value in a file: keys of mappings and positions in lists."""

VOCABULARY = "properties.yaml"

_CODES = {
    "missing": "missing-key", "unexpected_keyword_argument": "unknown-key", "invalid_key": "unknown-key",
    "literal_error": "unknown-choice", "greater_than_equal": "out-of-bounds", "less_than_equal": "out-of-bounds",
    "too_short": "too-few",
}  # fmt: skip
_EXPECTED = {
    "string_type": "text", "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false",
    "dict_type": "keys and values", "dataclass_type": "keys and values", "tuple_type": "a list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands in a data folder. Records that could not be read are missing from `records`, never from `problems`."""

    data: Path
    records: tuple[AnyRecord, ...]
    vocabulary: Vocabulary
    problems: tuple[Problem, ...]

    def path(self, record: AnyRecord) -> Path:
        """The file of a record."""
        return self.data / record.type / f"{record.id}.yaml"


def load(data: Path) -> Loaded:
    """Read every record below `data`; problems are returned, not raised."""
    records: list[AnyRecord] = []
    problems: list[Problem] = []
    if not data.is_dir():
        message = "found no folder here: name the one with the records (--data)"
        return Loaded(data, (), Vocabulary(properties={}), (Problem(str(data), 1, 1, "unreadable-file", message),))
    for entry in sorted(data.iterdir()):
        if entry.name.startswith(".") or entry.name == VOCABULARY:
            continue
        if entry.name not in TYPES or not entry.is_dir():
            message = f"found “{entry.name}”, expected {VOCABULARY} or a folder of a type of record"
            problems.append(Problem(str(entry), 1, 1, "stray-file", message + did_you_mean(entry.name, TYPES)))
            continue
        for path in sorted(entry.iterdir()):
            if path.name.startswith("."):
                continue
            if path.suffix != ".yaml":
                message = f"found “{path.name}”, expected a record named <id>.yaml"
                problems.append(Problem(str(path), 1, 1, "stray-file", message))
                continue
            record, wrong = read(path, entry.name, {"id": path.stem})
            problems += wrong
            if record is not None:
                records.append(record)
    vocabulary, wrong = read(data / VOCABULARY, "properties", {})
    return Loaded(data, tuple(records), vocabulary or Vocabulary(properties={}), (*problems, *wrong))


def read(path: Path, type_name: str, given: Mapping[str, str]) -> tuple[Any, list[Problem]]:
    """One file as a record of `type_name` (or the vocabulary), or None and what is wrong with it.

    `given` are fields that come from outside the file, such as the id from its name.
    """
    text, problem = read_text(path)
    if text is None:
        return None, [problem] if problem else []
    try:
        data = ryaml.loads(text)  # type: ignore[attr-defined]
    except Exception as error:  # ryaml raises several kinds; each is told with the composer's line and column
        return None, list(_syntax_problems(path, text, str(error)))
    if data is None:
        return None, [Problem(str(path), 1, 1, "empty-file", "found nothing, expected a record")]
    if not isinstance(data, dict):
        message = f"found {_describe(data)}, expected keys and values"
        return None, [Problem(str(path), *locate(text, ()), "wrong-type", message)]
    problems = [
        Problem(
            str(path),
            *locate(text, (key,), key=True),
            "unknown-key",
            f"“{key}” comes from the file's name: leave it out",
        )
        for key in given
        if key in data
    ]
    try:
        record = _adapter(type_name).validate_python({**data, **given})
    except ValidationError as error:
        return None, problems + list(_shape_problems(path, text, data, type_name, given, error))
    return (None if problems else record), problems


def read_text(path: Path) -> tuple[str | None, Problem | None]:
    """The text of a file, or why it cannot be read."""
    if not path.is_file():  # a folder, a broken link, or a pipe that would wait for ever
        return None, Problem(str(path), 1, 1, "unreadable-file", "expected a file that can be read")
    try:
        return path.read_bytes().decode("utf-8-sig"), None
    except OSError as error:
        return None, Problem(str(path), 1, 1, "unreadable-file", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        return None, Problem(
            str(path),
            line,
            column,
            "unreadable-file",
            f"found byte 0x{error.object[error.start]:02x}, expected UTF-8 text",
        )


def locate(text: str, keys: Keys, key: bool = False) -> tuple[int, int]:
    """Line and column (from 1) of the value at `keys`, or of its key; of the nearest parent where there is no such value."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return 1, 1
    place = node
    for step in keys:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if str(pair[0].value) == str(step)), None)
            if found is None:
                break
            place, node = found[0], found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            place = node = node.value[step]
        else:
            break
    else:
        place = place if key else node
    return (place.start_mark.line + 1, place.start_mark.column + 1) if place else (1, 1)


@functools.cache
def _adapter(type_name: str) -> TypeAdapter[Any]:
    return TypeAdapter(Vocabulary if type_name == "properties" else TYPES[type_name])


def json_schema(type_name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a type's model."""
    return _adapter(type_name).json_schema(by_alias=True)


def _syntax_problems(path: Path, text: str, reason: str) -> Iterator[Problem]:
    """Why `text` is not YAML: the composer's own words and place, or every duplicate key."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        where = f" ({error.context})" if error.context else ""
        yield Problem(str(path), line, column, "bad-yaml", f"{error.problem}{where}")
        return
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        yield Problem(
            str(path),
            line,
            column,
            "bad-yaml",
            f"found the character U+{ord(text[error.position]):04X}, which YAML does not allow",
        )
        return
    except RecursionError:
        yield Problem(str(path), 1, 1, "bad-yaml", "the brackets are nested too deep")
        return
    duplicates = list(_duplicate_keys(root))
    for node in duplicates:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        yield Problem(str(path), line, column, "duplicate-key", f"“{node.value}” stands twice: keep one")
    if not duplicates:
        yield Problem(str(path), 1, 1, "bad-yaml", reason)


def _duplicate_keys(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)
            yield from _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)


def _shape_problems(
    path: Path, text: str, data: dict[str, Any], type_name: str, given: Mapping[str, str], error: ValidationError
) -> Iterator[Problem]:
    """Every way `data` differs from the model, one problem a place."""
    by_place: dict[Keys, list[ErrorDetails]] = {}
    for detail in error.errors():
        by_place.setdefault(_real_keys(data, detail["loc"]), []).append(detail)
    for keys, details in by_place.items():
        if keys and keys[0] in given:
            yield Problem(str(path), 1, 1, details[0]["type"], f"in the file's name: {details[0]['msg']}")
            continue
        typed = [d for d in details if d["type"] in _EXPECTED]
        detail = next((d for d in details if d["type"] not in _EXPECTED), details[0])  # a clear reason before a type
        code = _CODES.get(detail["type"], detail["type"])
        if code in ("missing-key", "unknown-key"):
            allowed = _allowed_keys(type_name, keys[:-1])
            message = f"the key “{keys[-1]}” is missing"
            if code == "unknown-key":
                message = f"found the key “{keys[-1]}”" + (
                    did_you_mean(str(keys[-1]), allowed) or f", expected one of {', '.join(allowed)}"
                )
        elif detail["type"] in _EXPECTED:
            expected = list(dict.fromkeys(_EXPECTED[d["type"]] for d in typed))
            if "a number" in expected and "a whole number" in expected:
                expected.remove("a whole number")
            code, message = "wrong-type", f"found {_describe(detail['input'])}, expected {' or '.join(expected)}"
        elif code == "unknown-choice":
            choices = str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            message = f"found {_describe(detail['input'])}, expected one of {', '.join(choices)}"
            message += did_you_mean(str(detail["input"]), choices)
        elif code in ("out-of-bounds", "too-few"):
            message = f"found {_describe(detail['input'])}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
        else:
            message = detail["msg"]
        line, column = locate(text, keys, key=code == "unknown-key")
        yield Problem(str(path), line, column, code if code in _OWN else "wrong-type", message)


def _real_keys(data: Any, loc: Sequence[str | int]) -> Keys:
    """The part of a pydantic location that stands in the file: names of union branches are dropped."""
    keys: list[str | int] = []
    for position, step in enumerate(loc):
        if (isinstance(data, dict) and step in data) or (isinstance(data, list) and isinstance(step, int)):
            data = data[step]  # type: ignore[index]
            keys.append(step)
        elif position == len(loc) - 1 and isinstance(data, dict) and step not in _BRANCHES:
            keys.append(step)  # a key that is missing
    return tuple(keys)


_BRANCHES = {"quantity", "scalar", "named", "role-only"}
_OWN = {
    "missing-key", "unknown-key", "unknown-choice", "out-of-bounds", "too-few", "wrong-type",
    "bad-id", "bad-date", "bad-address", "bad-code", "bad-quantity", "blank-text", "uncited-name",
}  # fmt: skip


def _allowed_keys(type_name: str, keys: Keys) -> list[str]:
    """The keys the schema allows at a place."""
    schema = json_schema(type_name)
    here = [schema]
    for step in keys:
        here = [
            below
            for part in _branches(here, schema)
            for below in (
                [part["items"]] if isinstance(step, int) and "items" in part
                else [part["properties"][step]] if step in part.get("properties", {})
                else [part["additionalProperties"]] if isinstance(part.get("additionalProperties"), dict)
                else []
            )
        ]  # fmt: skip
    allowed = {key for part in _branches(here, schema) for key in part.get("properties", {})}
    return sorted(allowed - ({"id"} if not keys else set()))


def _branches(parts: list[dict[str, Any]], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if "$ref" in part:
            yield from _branches([schema["$defs"][part["$ref"].rsplit("/", 1)[1]]], schema)
        elif "anyOf" in part or "oneOf" in part:
            yield from _branches(part.get("anyOf") or part["oneOf"], schema)
        else:
            yield part


def _describe(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"“{value if len(value) < 60 else value[:57] + '…'}”"
    if isinstance(value, int | float):
        return f"the number {value}"
    return (
        "a list"
        if isinstance(value, list | tuple)
        else "keys and values"
        if isinstance(value, dict)
        else "something else"
    )
