"""A table of statements in CSV in; the records with these statements, or what is wrong with which cell, out.

A row is a statement with one citation. A row that names a statement of an earlier row adds a citation to it. What is
wrong is found by the checks of `kb check` in the records as they would be, and told at the cell it came from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import ryaml

from kb.edits import Changes, RefusedError, new_errors
from kb.graph import KnowledgeBase
from kb.load import read_text
from kb.model import Quantity
from kb.naming import Keys
from kb.problems import Problem, did_you_mean
from kb.rename import formatted, lay, with_entry
from kb.written import Group, Item, Node, Scalar, composed, written

_STATEMENT = ("id", "property", "value", "note")
_SCOPE = ("time", "place", "agency", "sector", "group")
_CITE = ("source", "at", "voice", "modality", "inferred")
_AMOUNT = tuple(field.name.replace("_", "-") for field in fields(Quantity))
COLUMNS = ("record", *_STATEMENT[:3], *_AMOUNT, *_SCOPE, *_CITE, "note")
"""Columns a table may have, in any order; record, source and at are needed in every row, property and value in the first
of a statement. An amount is a number or a quantity in YAML under `value`, or stands under its own columns."""
_NEEDED = ("record", "property", "source", "at")


class Row(NamedTuple):
    """A row of the table: its cells by column, and where each begins."""

    cells: Mapping[str, str]
    places: Mapping[str, tuple[int, int]]


class Imported(NamedTuple):
    """What a table adds."""

    changes: Changes
    problems: list[Problem]
    """What is wrong; if anything is, nothing may be written."""
    statements: int


def imported(kb: KnowledgeBase, docs: Path | None, path: Path) -> Imported:
    """The records with the statements of a table. Raises RefusedError where the file is no table at all."""
    rows, problems = _rows(path)
    by_record: dict[str, list[Row]] = {}
    for row in rows:
        id_ = row.cells.get("record", "")
        if id_ in kb.records:
            by_record.setdefault(id_, []).append(row)
        else:
            hint = f"; “{id_}” is now “{kb.former[id_]}”" if id_ in kb.former else did_you_mean(id_, kb.records)
            problems.append(_at(path, row, "record", "unknown-record", f"no record “{id_}”{hint}"))
    changes: dict[Path, str | None] = {}
    origins: dict[Path, dict[Keys, Row]] = {}
    count = 0
    for id_, its_rows in by_record.items():
        record = kb.records[id_]
        target = kb.loaded.path(record)
        file = written(formatted(target, record.type))
        entry = file.root.get("statements")
        standing = entry.node.items if entry is not None and isinstance(entry.node, Group) else []
        taken = {statement.id for statement in record.statements}
        items, where, wrong = _statements(kb, path, its_rows, len(standing), taken)
        problems += wrong
        count += len(items)
        changes[target] = lay(
            with_entry(file, "statements", Group([*standing, *items], is_mapping=False)), record.type, target
        )
        origins[target] = where
    if not problems:
        problems = [_told(path, problem, changes, origins) for problem in new_errors(kb.loaded.data, docs, changes)]
    return Imported(changes, sorted(set(problems)), count)


def _rows(path: Path) -> tuple[list[Row], list[Problem]]:
    """The rows of a file, and what is wrong with its header and its cells."""
    text, problem = read_text(path)
    if text is None:
        raise RefusedError(str(problem))
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    if not first.strip():
        raise RefusedError(f"{path}:1:1: missing-key: found no header, expected names of columns: {', '.join(COLUMNS)}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = text.splitlines(keepends=True)
    header: list[str] = []
    rows, problems, begin = [], [], 0
    try:
        for cells in reader:
            places = _places("".join(lines[begin : reader.line_num]), begin + 1, delimiter)
            begin = reader.line_num
            if not header:
                header = [name.strip().lower() for name in cells]
                problems = list(_wrong_columns(path, header, places))
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                message = (
                    f"found {len(cells)} cells, expected {len(header)}: put quotes around text with a “{delimiter}”"
                )
                problems.append(Problem(str(path), *places[len(header)], "bad-yaml", message))
                continue
            named = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            rows.append(Row({k: v for k, v in named.items() if v}, dict(zip(header, places, strict=False))))
    except csv.Error as error:
        problems.append(Problem(str(path), begin + 1, 1, "bad-yaml", f"the row cannot be read: {error}"))
    return rows, problems


def _places(text: str, line: int, delimiter: str) -> list[tuple[int, int]]:
    """Line and column, from 1, where each cell of a row begins."""
    places, column, quoted = [(line, 1)], 1, False
    for letter in text:
        column += 1
        if letter == '"':
            quoted = not quoted
        elif letter == "\n":
            line, column = line + 1, 1
        elif letter == delimiter and not quoted:
            places.append((line, column))
    return places


def _wrong_columns(path: Path, header: list[str], places: list[tuple[int, int]]) -> Iterator[Problem]:
    for number, name in enumerate(header):
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS) or f", expected one of {', '.join(COLUMNS)}"
            yield Problem(str(path), *places[number], "unknown-key", f"found the column “{name}”{hint}")
        elif name in header[:number]:
            yield Problem(str(path), *places[number], "duplicate-key", f"the column “{name}” stands twice")
    for name in _NEEDED:
        if name not in header:
            yield Problem(str(path), 1, 1, "missing-key", f"the column “{name}” is missing")


def _statements(
    kb: KnowledgeBase, path: Path, rows: list[Row], first: int, taken: set[str]
) -> tuple[list[Item], dict[Keys, Row], list[Problem]]:
    """The statements of a record's rows, which row each part of them is from, and what is wrong with the rows."""
    made: dict[str, tuple[int, list[Item]]] = {}
    items: list[Item] = []
    where: dict[Keys, Row] = {}
    problems: list[Problem] = []
    for row in rows:
        cells = row.cells
        problems += [_at(path, row, name, "missing-key", f"the cell “{name}” is empty") for name in ("source", "at") if name not in cells]  # fmt: skip
        cite = Item(Group([Item(_cell(name, cells[name]), name) for name in _CITE if name in cells], is_mapping=True))
        anchor = cells.get("id", "")
        if anchor in made:
            number, cites = made[anchor]
            where["statements", number, "cites", len(cites)] = row
            cites.append(cite)
            again = [name for name in (*_STATEMENT[1:], *_AMOUNT, *_SCOPE) if name in cells and cells[name] != where["statements", number].cells.get(name)]  # fmt: skip
            problems += [_at(path, row, name, "duplicate-statement", f"“{anchor}” has another {name} in an earlier row: leave the cell empty to add a citation") for name in again]  # fmt: skip
            continue
        if "property" not in cells:
            problems.append(_at(path, row, "property", "missing-key", "the cell “property” is empty"))
            continue
        anchor = anchor or _free(cells["property"], {*taken, *made})
        value, wrong = _value(kb, path, row)
        problems += wrong
        number, cites = first + len(items), [cite]
        scope = [Item(Scalar(cells[name]), name) for name in _SCOPE if name in cells]
        parts: dict[str, Node] = {"id": Scalar(anchor), "property": Scalar(cells["property"]), "value": value}
        parts |= {"qualifiers": Group(scope, is_mapping=True)} if scope else {}
        parts |= {"cites": Group(cites, is_mapping=False)}
        parts |= {"note": Scalar(cells["note"])} if "note" in cells else {}
        items.append(Item(Group([Item(node, key) for key, node in parts.items()], is_mapping=True)))
        made[anchor] = number, cites
        where["statements", number] = where["statements", number, "cites", 0] = row
    return items, where, problems


def _value(kb: KnowledgeBase, path: Path, row: Row) -> tuple[Node, list[Problem]]:
    cells = row.cells
    amount = {name: cells[name] for name in _AMOUNT if name in cells}
    if amount:
        wrong = [_at(path, row, "value", "bad-quantity", "found a value beside an amount in columns: keep one")] if "value" in cells else []  # fmt: skip
        return Group([Item(_cell(name, text), name) for name, text in amount.items()], is_mapping=True), wrong
    if "value" not in cells:
        return Scalar(""), [_at(path, row, "value", "missing-key", "the cell “value” is empty")]
    declared = kb.vocabulary.properties.get(cells["property"])
    if declared is None or declared.range != "quantity":
        return Scalar(cells["value"]), []
    if not cells["value"].startswith("{"):
        return _cell("value", cells["value"]), []
    try:
        return written(f"value: {cells['value']}\n").root.items[0].node, []
    except Exception as error:  # ryaml raises several kinds, and the cell may hold anything
        return Scalar(""), [
            _at(path, row, "value", "bad-yaml", f"found no quantity, expected such as {{about: 40}}: {error}")
        ]


def _cell(name: str, text: str) -> Scalar:
    """A cell as a value: a number where its column takes numbers and it is one, else text."""
    if name in ("at", "value", *_AMOUNT):
        try:
            is_number = isinstance(ryaml.loads(text), int | float)  # type: ignore[attr-defined]
        except Exception:  # ryaml raises several kinds; what is no YAML is text
            is_number = False
        return Scalar(text, is_text=not is_number)
    return Scalar(text)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _at(path: Path, row: Row, column: str, code: str, message: str) -> Problem:
    place = row.places.get(column) or next(iter(row.places.values()))
    return Problem(str(path), *place, code, message)


def _told(path: Path, problem: Problem, changes: Changes, origins: Mapping[Path, Mapping[Keys, Row]]) -> Problem:
    """A problem of a record as it would be, at the cell it came from."""
    where = origins.get(Path(problem.path), {})
    keys = _keys_at(changes.get(Path(problem.path)) or "", problem.line - 1, problem.column - 1)
    row = where.get(keys[:4]) or where.get(keys[:2])
    if row is None:
        return problem
    column = next((str(key) for key in reversed(keys) if key in row.places), "record")
    line, begin = row.places.get(column) or next(iter(row.places.values()))
    return replace(problem, path=str(path), line=line, column=begin)


def _keys_at(text: str, line: int, column: int) -> Keys:
    """The way to what stands at a place of a text."""
    node, keys = composed(text), []
    while node is not None and not isinstance(node.value, str):
        steps = (
            [(str(key.value), key.start_mark, value) for key, value in node.value]
            if isinstance(node.value, list) and node.value and isinstance(node.value[0], tuple)
            else [(i, value.start_mark, value) for i, value in enumerate(node.value)]
        )
        before = [step for step in steps if (step[1].line, step[1].column) <= (line, column)]
        if not before:
            break
        keys.append(before[-1][0])
        node = before[-1][2]
    return tuple(keys)
