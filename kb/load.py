"""YAML files in; records and problems out.

A valid file is read once, by the fastest loader that keeps YAML 1.2's rules and refuses duplicate keys (ryaml), and
checked by the model. Only a file with something wrong is read again, by PyYAML's composer, for the line and column.

Of every record there is a card: what a base has to know of it before it is asked for the record itself. Where a card is
at hand and the file says what it said, the file is read when the record is asked for, if ever.
"""

from __future__ import annotations

import functools
import marshal
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import ryaml
import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from kb.dates import Edtf
from kb.model import TYPES, AnyRecord, Release, Vocabulary
from kb.naming import Keys, Tie, ties
from kb.problems import Problem, did_you_mean

VOCABULARY = "properties.yaml"
CHANGES = "changes"
"""The folder of releases, beside that of the records."""

_PLACE = re.compile(r" at line (\d+) column (\d+)")
_CODES = {
    "missing": "missing-key", "unexpected_keyword_argument": "unknown-key", "invalid_key": "unknown-key",
    "literal_error": "unknown-choice", "greater_than_equal": "out-of-bounds", "less_than_equal": "out-of-bounds",
    "finite_number": "out-of-bounds", "too_short": "too-few",
}  # fmt: skip
_EXPECTED = {
    "string_type": "text", "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false",
    "dict_type": "keys and values", "dataclass_type": "keys and values", "tuple_type": "a list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What a base has to know of a record before it reads it."""

    type: str
    id: str
    digest: bytes
    """Of the file."""
    face: bytes
    """Digest of what others may show of it: all but its summary, other names, statements and review."""
    listing: bytes
    """Digest of what a list may show of it: all but its statements and review."""
    caption: str
    former_ids: tuple[str, ...]
    ties: tuple[Tie, ...]
    """What it names."""
    reviewed: Edtf
    statements: int
    """How many it has."""
    plain: bool
    """Whether nothing in its file could be markup or a character that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands in a data folder. Records that could not be read are missing from `records`, never from `problems`."""

    data: Path
    cards: tuple[Card, ...]
    vocabulary: Vocabulary
    problems: tuple[Problem, ...]
    releases: tuple[Release, ...] = ()
    """What was published when, the newest first."""
    _records: dict[tuple[str, str], AnyRecord] = field(default_factory=dict, repr=False, compare=False)
    parsed: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """What files of known cards say, by `type/id`, as `marshal` has it."""
    fresh: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """The same of all others."""

    @property
    def records(self) -> tuple[AnyRecord, ...]:
        """Every record that could be read, in the order of their files."""
        return tuple(map(self.record, self.cards))

    def record(self, card: Card) -> AnyRecord:
        """The record of a card; raises `FileChanged` where its file no longer says what it said."""
        found = self._records.get((card.type, card.id))
        if found is None and (said := self.parsed.get(f"{card.type}/{card.id}")):
            found = _adapter(card.type).validate_python({**marshal.loads(said), "id": card.id})
            self._records[card.type, card.id] = found
        elif found is None:
            path = self.data / card.type / f"{card.id}.yaml"
            text, _ = read_text(path)
            found, _, _ = _parse(path, text or "", card.type, {"id": card.id})
            if found is None or text is None or _digest(text.encode()) != card.digest:
                raise FileChanged(path)
            self._records[card.type, card.id] = found
        return found

    def path(self, record: AnyRecord | Card) -> Path:
        """The file of a record."""
        return self.data / record.type / f"{record.id}.yaml"

    @property
    def unread(self) -> frozenset[str]:
        """Names, without .yaml, of the files that could not be read: what refers to them is no mistake of its own."""
        return frozenset(Path(problem.path).stem for problem in self.problems)


class FileChanged(Exception):
    """A file, given by its path, was written while it was being worked with."""

    def __str__(self) -> str:
        return f"{self.args[0]} was changed meanwhile: run the command again"


def load(
    data: Path,
    known: Mapping[tuple[str, str], Card] = MappingProxyType({}),
    parsed: Mapping[str, bytes] = MappingProxyType({}),
) -> Loaded:
    """Read every record below `data`; problems are returned, not raised.

    A file that says what it said when its card in `known` was made is not read before its record is asked for, and then
    taken from `parsed` if it stands there.
    """
    cards: list[Card] = []
    fresh: dict[str, bytes] = {}
    records: dict[tuple[str, str], AnyRecord] = {}
    if not data.is_dir():
        message = "found no folder here: name the one with the records (--data)"
        return Loaded(data, (), Vocabulary(properties={}), (Problem(str(data), 1, 1, "unreadable-file", message),))
    entries, problems = _inside(data)
    for entry in entries:
        if entry.name == VOCABULARY:
            continue
        if entry.name not in TYPES or not entry.is_dir():
            message = f"found “{entry.name}”, expected {VOCABULARY} or a folder of a type of record"
            problems.append(Problem(str(entry), 1, 1, "stray-file", message + did_you_mean(entry.name, TYPES)))
            continue
        paths, wrong = _inside(entry)
        problems += wrong
        for path in paths:
            key = (entry.name, path.stem)
            record, card, said, wrong = _read_record(path, entry.name, known.get(key))
            problems += wrong
            if card is not None:
                cards.append(card)
            if record is not None:
                records[key] = record
                fresh["/".join(key)] = said
    vocabulary, wrong = read(data / VOCABULARY, "properties", {})
    releases, unpublished = _releases(data.parent / CHANGES)
    problems += [*wrong, *unpublished]
    found = vocabulary or Vocabulary(properties={})
    return Loaded(data, tuple(cards), found, tuple(problems), releases, records, parsed, fresh)


class _Read(NamedTuple):
    """A file as a record with its card; only the card where it is known and still holds, and neither where something is wrong."""

    record: AnyRecord | None
    card: Card | None
    said: bytes
    """What the file says, as `marshal` has it."""
    problems: list[Problem]


def _read_record(path: Path, type_name: str, known: Card | None = None) -> _Read:
    if path.suffix != ".yaml" or not path.name.isprintable():
        message = f"found “{path.name}”, expected a record named <id>.yaml"
        return _Read(None, None, b"", [Problem(str(path), 1, 1, "stray-file", message)])
    text, problem = read_text(path)
    if text is None:
        return _Read(None, None, b"", [problem] if problem else [])
    digest = _digest(text.encode())
    if known is not None and known.digest == digest:
        return _Read(None, known, b"", [])
    record, written, problems = _parse(path, text, type_name, {"id": path.stem})
    if record is None:
        return _Read(None, None, b"", problems)
    return _Read(record, _card(record, text, written, digest), marshal.dumps(written), problems)


def reload(loaded: Loaded, paths: Iterable[Path]) -> Loaded:
    """`load` again, where only the files at `paths` may have changed."""
    files = {path for path in paths if path.suffix == ".yaml" and path.parent.parent == loaded.data}
    if not all(path in files and path.parent.name in TYPES for path in paths):
        again = load(loaded.data, {(card.type, card.id): card for card in loaded.cards})
        stand = {(card.type, card.id) for card in again.cards} - again._records.keys()
        again._records.update((key, loaded._records[key]) for key in stand & loaded._records.keys())
        return again
    before = {(card.type, card.id): card for card in loaded.cards}
    cards = dict(before)
    records = dict(loaded._records)
    told = {str(path) for path in files}
    problems = [problem for problem in loaded.problems if problem.path not in told]
    for path in files:
        key = (path.parent.name, path.stem)
        there = path.exists() and not path.name.startswith(".")
        record, card, _, wrong = _read_record(path, path.parent.name) if there else _Read(None, None, b"", [])
        problems += wrong
        if record is not None and card is not None:
            cards[key], records[key] = card, record
        else:
            cards.pop(key, None)
            records.pop(key, None)
    if cards.keys() != before.keys():
        cards = {key: cards[key] for key in sorted(cards, key=lambda key: (key[0], f"{key[1]}.yaml"))}
    return Loaded(
        loaded.data,
        tuple(cards.values()),
        loaded.vocabulary,
        tuple(problems),
        loaded.releases,
        records,
    )


def _releases(folder: Path) -> tuple[tuple[Release, ...], list[Problem]]:
    """Every release below a folder that need not be there, the newest first."""
    releases: list[Release] = []
    paths, problems = _inside(folder) if folder.is_dir() else ([], [])
    for path in paths:
        if path.suffix != ".yaml":
            problems.append(Problem(str(path), 1, 1, "stray-file", f"found “{path.name}”, expected <release>.yaml"))
            continue
        release, wrong = read(path, CHANGES, {"id": path.stem})
        problems += wrong
        releases += [release] if release else []
    return tuple(sorted(releases, key=lambda release: (release.date.text, release.id), reverse=True)), problems


def _inside(folder: Path) -> tuple[list[Path], list[Problem]]:
    """What stands in a folder, hidden files left out, or why it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".")), []
    except OSError as error:
        return [], [Problem(str(folder), 1, 1, "unreadable-file", f"cannot be read: {error.strerror}")]


def read(path: Path, type_name: str, given: Mapping[str, str]) -> tuple[Any, list[Problem]]:
    """One file as a record of `type_name` (or the vocabulary), or None and what is wrong with it.

    `given` are fields that come from outside the file, such as the id from its name.
    """
    text, problem = read_text(path)
    if text is None:
        return None, [problem] if problem else []
    record, _, problems = _parse(path, text, type_name, given)
    return record, problems


def _parse(
    path: Path, text: str, type_name: str, given: Mapping[str, str]
) -> tuple[Any, dict[str, Any], list[Problem]]:
    """The text of a file as a record and as it is written, or what is wrong with it."""
    try:
        data = ryaml.loads(text)  # type: ignore[attr-defined]
    except Exception as error:  # ryaml raises several kinds; each is told with the composer's line and column
        return None, {}, list(_syntax_problems(path, text, str(error)))
    if data is None:
        return None, {}, [Problem(str(path), 1, 1, "empty-file", "found nothing, expected a record")]
    if not isinstance(data, dict):
        message = f"found {_describe(data)}, expected keys and values"
        return None, {}, [Problem(str(path), *locate(text, ()), "wrong-type", message)]
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
        return None, data, problems + list(_shape_problems(path, text, data, type_name, given, error))
    return (None if problems else record), data, problems


_LIKE_MARKUP = ("<", "{{", "{%", "{#", "](", "javascript:", "\\")
_NO_FACE = frozenset(["summary", "names", "statements", "review"])
_NOT_LISTED = frozenset(["statements", "review"])


def _card(record: AnyRecord, text: str, data: dict[str, Any], digest: bytes) -> Card:
    return Card(
        record.type,
        record.id,
        digest,
        _digest(repr([item for item in data.items() if item[0] not in _NO_FACE]).encode()),
        _digest(repr([item for item in data.items() if item[0] not in _NOT_LISTED]).encode()),
        record.caption,
        record.former_ids,
        tuple(dict.fromkeys(ties(record))),
        record.review.date,
        len(record.statements),
        text.replace("\n", "").isprintable() and not _is_like_markup(text.lower()),
    )


def _is_like_markup(text: str) -> bool:
    return any(mark in text for mark in _LIKE_MARKUP)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def read_text(path: Path) -> tuple[str | None, Problem | None]:
    """The text of a file, or why it cannot be read."""
    try:
        if (content := _content(path)) is None:
            return None, Problem(str(path), 1, 1, "unreadable-file", "expected a file that can be read")
        return content.decode("utf-8-sig"), None
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


def _content(path: Path) -> bytes | None:
    """What is in a file; None where it is none. Half the system calls of `Path.is_file` and `Path.read_bytes`."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:  # a broken link
        return None
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):  # a folder, or a pipe, which is not waited for
            return None
        content = os.read(file, about.st_size + 1)
        while len(content) > about.st_size and (more := os.read(file, about.st_size + 1)):  # written to meanwhile
            content += more
        return content
    finally:
        os.close(file)


def locate(
    text: str, keys: Keys, key: bool = False, match: tuple[re.Pattern[str], int] | None = None
) -> tuple[int, int]:
    """Line and column (from 1) of the value at `keys`, or of its key; of the nearest parent where there is no such value.

    With `match`, of the nth place (from 0) in the value that the pattern finds.
    """
    try:
        node = _compose(text)
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
    if place and match:
        for found in islice(match[0].finditer(text, place.start_mark.index, place.end_mark.index), match[1], None):
            return text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    return (place.start_mark.line + 1, place.start_mark.column + 1) if place else (1, 1)


@functools.cache
def _adapter(type_name: str) -> TypeAdapter[Any]:
    return TypeAdapter({"properties": Vocabulary, CHANGES: Release, **TYPES}[type_name])


def json_schema(type_name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a type's model."""
    return _adapter(type_name).json_schema(by_alias=True)


def _compose(text: str) -> yaml.Node | None:
    """The nodes of a text, for their places.

    PyYAML reads YAML 1.1 and trips over a tab after a colon and a question mark in `{a: How many?}`; where it trips,
    both are hidden behind characters of the same width.
    """
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError:
        return yaml.compose(re.sub(r"(?<=[^\s\[{,])\?", "_", text).replace("\t", " "), yaml.SafeLoader)


def _syntax_problems(path: Path, text: str, reason: str) -> Iterator[Problem]:
    """Why `text` is not YAML: every wrong key, or the loader's own words and place, or the composer's."""
    place, message = (1, 1), _PLACE.sub("", reason, count=1)
    try:
        wrong = list(_wrong_keys(_compose(text)))
    except yaml.MarkedYAMLError as error:
        wrong, mark = [], error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else place
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - before.rfind("\n")
        wrong, message = [], f"found the character U+{ord(text[error.position]):04X}, which YAML does not allow"
    except RecursionError:
        wrong, message = [], "the brackets are nested too deep"
    for node, code, what in wrong:
        yield Problem(str(path), node.start_mark.line + 1, node.start_mark.column + 1, code, what)
    if not wrong:
        if found := _PLACE.search(reason):
            place = int(found[1]), int(found[2])
        yield Problem(str(path), *place, "bad-yaml", message)


def _wrong_keys(root: yaml.Node | None) -> Iterator[tuple[yaml.Node, str, str]]:
    """Keys that stand twice or are no text; a node that aliases repeat is looked at once, so no file takes for ever."""
    ahead, seen = [root], set()
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    yield key, "bad-yaml", "found a list or mapping as a key, expected text"
                elif key.value in keys:
                    yield key, "duplicate-key", f"“{key.value}” stands twice: keep one"
                else:
                    keys.add(key.value)
            ahead += [value for _, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            ahead += reversed(node.value)


def _shape_problems(
    path: Path, text: str, data: dict[str, Any], type_name: str, given: Mapping[str, str], error: ValidationError
) -> Iterator[Problem]:
    """Every way `data` differs from the model, one problem a place."""
    by_place: dict[Keys, list[ErrorDetails]] = {}
    for detail in error.errors():
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # pydantic counts only the items that are right; the wrong ones are told one by one
        by_place.setdefault(_real_keys({**data, **given}, detail), []).append(detail)
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
        elif code == "too-few":
            message = f"found {len(detail['input'])} items, expected at least {detail['ctx']['min_length']}"
        elif code == "out-of-bounds":
            message = f"found {_describe(detail['input'])}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
        else:
            message = detail["msg"]
        line, column = locate(text, keys, key=code == "unknown-key")
        yield Problem(str(path), line, column, code if code in _OWN else "wrong-type", message)


def _real_keys(data: Any, detail: ErrorDetails) -> Keys:
    """The part of a pydantic location that stands in the file: names of union branches are dropped."""
    keys: list[str | int] = []
    *_, last = loc = detail["loc"] or ("",)
    for step in loc:
        if (isinstance(data, dict) and step in data) or (isinstance(data, list) and isinstance(step, int)):
            data = data[step]  # type: ignore[index]
            keys.append(step)
    absent = detail["type"] == "missing" or (detail["type"] == "invalid_key" and keys[-1:] != [last])
    return (*keys, last) if absent else tuple(keys)


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
