"""Files to change in; all of them changed, or none, out.

What would come out is checked in a copy first. Then every new and old text is put into a journal beside the records,
which counts from the moment it is renamed to its name; only then are files replaced, each in one step. A run that is
cut off before that moment did nothing; one that is cut off after it is finished by the next command.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from kb.check import check_folder
from kb.load import VOCABULARY, read_text
from kb.model import TYPES
from kb.problems import Problem, errors

Changes: TypeAlias = Mapping[Path, str | None]
"""What is to stand in each file; None where it is to be removed."""

JOURNAL = ".journal"
"""In the folder of the records; hidden files there are no records."""
_STAGED = ".journal.new"
_DONE = ".journal.done"
_PLAN = "plan.json"


class RefusedError(ValueError):
    """An edit that is not made; the message says why and what to do."""


class CutOffError(RuntimeError):
    """An edit that was cut off and cannot be finished; the message says what to do."""


def type_of(path: Path) -> str | None:
    """The type of the records a file stands among, `properties` for the vocabulary, None for any other file."""
    if path.name == VOCABULARY and path.parent.name not in TYPES:
        return "properties"
    return path.parent.name if path.parent.name in TYPES and path.suffix == ".yaml" else None


def write_file(path: Path, text: str) -> None:
    """Put a text in place of a file in one step, its permissions kept."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        _write_through(beside, text.encode())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def new_errors(data: Path, docs: Path | None, changes: Changes) -> list[Problem]:
    """The errors that changes would bring about: every one of a code of which there would be more than there are."""
    before = errors(check_folder(data, docs)[1])
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        copied = {data: copy / "data", **({docs: copy / "docs"} if docs is not None else {})}
        for folder, place in copied.items():
            shutil.copytree(folder, place, copy_function=_linked, ignore=shutil.ignore_patterns(".*", "assets"))
            for path, text in changes.items():
                if path.is_relative_to(folder):
                    target = place / path.relative_to(folder)
                    target.unlink(missing_ok=True)
                    if text is not None:
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_text(text, encoding="utf-8")
        after = errors(check_folder(copied[data], copied[docs] if docs is not None else None)[1])
        after = [
            replace(problem, path=str(folder / Path(problem.path).relative_to(place)))
            for problem in after
            for folder, place in copied.items()
            if Path(problem.path).is_relative_to(place)
        ]
    known = {(problem.path, problem.code, problem.message) for problem in before}
    more = Counter(problem.code for problem in after) - Counter(problem.code for problem in before)
    return [p for p in after if p.code in more and (p.path, p.code, p.message) not in known]


def _linked(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())


def carry_out(data: Path, changes: Changes) -> None:
    """Make all changes, or none. Raises OSError, with every file as it was, where one cannot be written."""
    with _alone(data):
        staged = data / _STAGED
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        plan = []
        for number, (path, text) in enumerate(changes.items()):
            old = path.read_bytes() if path.exists() else None
            new = text.encode() if text is not None else None
            for kind, content in (("old", old), ("new", new)):
                if content is not None:
                    _write_through(staged / f"{number}.{kind}", content)
            plan.append({"file": os.path.relpath(path, data), "old": _digest(old), "new": _digest(new)})
        _write_through(staged / _PLAN, json.dumps(plan, indent=1).encode())
        staged.rename(data / JOURNAL)
        _finish(data)


def finish(data: Path) -> bool:
    """Finish what was cut off in a folder, if anything was. Raises CutOffError where a file was edited since."""
    if not any((data / name).exists() for name in (JOURNAL, _STAGED, _DONE)):
        return False
    with _alone(data):
        for name in (_STAGED, _DONE):
            shutil.rmtree(data / name, ignore_errors=True)
        if not (data / JOURNAL).exists():
            return False
        _finish(data)
    return True


def _finish(data: Path) -> None:
    journal = data / JOURNAL
    plan = json.loads((journal / _PLAN).read_bytes())
    for step in plan:
        path = data / step["file"]
        found = _digest(path.read_bytes() if path.exists() else None)
        if found not in (step["old"], step["new"]):
            raise CutOffError(
                f"{journal} holds an edit that was cut off, and {os.path.normpath(path)} was changed since: "
                f"take what you need from {journal} (N.old and N.new, as plan.json says), then delete that folder"
            )
    try:
        _put(data, plan, "new")
    except OSError:
        _put(data, plan, "old")
        journal.rename(data / _DONE)
        shutil.rmtree(data / _DONE, ignore_errors=True)
        raise
    journal.rename(data / _DONE)
    shutil.rmtree(data / _DONE, ignore_errors=True)


def _put(data: Path, plan: list[dict[str, str]], kind: str) -> None:
    for number, step in enumerate(plan):
        path = data / step["file"]
        if step[kind]:
            if _digest(path.read_bytes() if path.exists() else None) != step[kind]:
                write_file(path, (data / JOURNAL / f"{number}.{kind}").read_bytes().decode())
        elif path.exists():
            path.unlink()


def _digest(content: bytes | None) -> str:
    return sha256(content).hexdigest() if content is not None else ""


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Wait until no other command edits the folder, and keep others waiting."""
    handle = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def text_of(path: Path) -> str:
    """The text of a file that is to be changed."""
    text, problem = read_text(path)
    if text is None:
        raise RefusedError(str(problem))
    return text
