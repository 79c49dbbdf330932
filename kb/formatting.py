"""Paths in; the files among them that are not in the one form, and what is wrong with those that cannot be, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from kb.edits import type_of, write_file
from kb.layout import laid_out
from kb.load import VOCABULARY, read, read_text
from kb.model import TYPES
from kb.problems import Problem
from kb.written import UnwritableError

_MANY = 400
"""Files from which on a second process is worth its start."""


class Formatted(NamedTuple):
    """What became of a file."""

    path: Path
    changed: bool
    """Whether it is written otherwise in the one form."""
    problem: Problem | None
    """Why it cannot be written in the one form, or with `check` where it first differs from it."""


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of records, and of the vocabulary, below paths; hidden ones left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        below = (
            sorted(path.glob("*.yaml")) if path.name in TYPES else sorted([*path.glob("*/*.yaml"), path / VOCABULARY])
        )
        yield from (file for file in below if not file.name.startswith(".") and type_of(file) and file.exists())


def formatted(paths: Sequence[Path], check: bool) -> Iterator[Formatted]:
    """Write each file in the one form, or with `check` only say where it differs."""
    one = partial(_formatted, check=check)
    if len(paths) < _MANY:
        yield from map(one, paths)
        return
    with ProcessPoolExecutor() as pool:
        chunks = [paths[i : i + 50] for i in range(0, len(paths), 50)]
        yield from chain.from_iterable(pool.map(partial(_each, check=check), chunks))


def _each(paths: Sequence[Path], check: bool) -> list[Formatted]:
    return [_formatted(path, check) for path in paths]


def _formatted(path: Path, check: bool) -> Formatted:
    type_name = type_of(path)
    if type_name is None:
        message = f"found no record here: expected data/<type>/<id>.yaml or {VOCABULARY}"
        return Formatted(path, False, Problem(str(path), 1, 1, "stray-file", message))
    text, problem = read_text(path)
    if text is None:
        return Formatted(path, False, problem)
    try:
        made = laid_out(text, type_name)
    except UnwritableError as error:
        return Formatted(path, False, Problem(str(path), 1, 1, "bad-yaml", str(error)))
    except Exception:  # ryaml raises several kinds: the file is no YAML, and `read` says where
        _, found = read(path, type_name, {})
        return Formatted(path, False, found[0] if found else Problem(str(path), 1, 1, "bad-yaml", "cannot be read"))
    if made.encode() == path.read_bytes():
        return Formatted(path, False, None)
    if check:
        return Formatted(path, True, Problem(str(path), _first_difference(text, made), 1, "unformatted", "run kb fmt"))
    write_file(path, made)
    return Formatted(path, True, None)


def _first_difference(text: str, made: str) -> int:
    lines, others = text.split("\n"), made.split("\n")
    return next(
        (i for i, (a, b) in enumerate(zip(lines, others, strict=False), 1) if a != b), min(len(lines), len(others))
    )
