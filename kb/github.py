"""Problems in; what GitHub shows of them out: annotations at their lines, and the summary of the job.

GitHub shows ten annotations of a step and drops the others, so the ten are chosen: errors before warnings, and one of
each file before a second of any. All of them stand in the summary.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import click

from kb import words
from kb.problems import Format, Problem, errors, printable, report

MOST = 10
"""Annotations that GitHub shows of a step."""
ROOM = 1_000_000
"""Bytes of a summary; GitHub refuses one of more than a mebibyte, whole."""


def annotate(problems: Iterable[Problem]) -> str:
    """Workflow commands for the most useful problems, then the others as lines of text, which stay in the log."""
    found = _most_useful(printable(problems))
    return "\n".join([*map(_command, found[:MOST]), *map(str, found[MOST:])])


def _most_useful(problems: list[Problem]) -> list[Problem]:
    """Errors before warnings; of each, the first of every file, then the second of every file, and so on."""
    turns = [
        (problem.severity != "error", turn, problem)
        for _, of_file in groupby(sorted(problems, key=_file), key=_file)
        for turn, problem in enumerate(of_file)
    ]
    return [problem for _, _, problem in sorted(turns)]


def _file(problem: Problem) -> tuple[str, str]:
    return problem.severity, problem.path


def _command(problem: Problem) -> str:
    at = f"file={_escaped(problem.path)},line={problem.line},col={problem.column},title={problem.code}"
    return f"::{problem.severity} {at}::{problem.message.replace('%', '%25')}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def summary(problems: Iterable[Problem], files: str = "") -> str:
    """Every problem as a Markdown table, cut where GitHub would refuse it. `files` is the address of the files, where they have one."""
    found = printable(problems)
    wrong = len(errors(found))
    head = f"### {words.counted(wrong, 'error')}, {words.counted(len(found) - wrong, 'warning')}\n\n"
    lines = [head, "| Where | What |\n| --- | --- |\n"] if found else [head]
    room = ROOM - sum(len(line.encode()) for line in lines)
    for i, problem in enumerate(found):
        line = _row(problem, files)
        room -= len(line.encode())
        if room < 0:
            return "".join([*lines, f"\n{words.number(len(found) - i)} more are in the log.\n"])
        lines.append(line)
    return "".join(lines)


def _row(problem: Problem, files: str) -> str:
    where = _markdown(f"{problem.path}:{problem.line}:{problem.column}")
    if files:
        where = f"[{where}](<{files}{problem.path.replace('<', '%3C').replace('>', '%3E')}#L{problem.line}>)"
    return f"| {where} | **{problem.code}**: {'' if problem.severity == 'error' else 'warning: '}{_markdown(problem.message)} |\n"


def _markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>#|~@&$])", r"\\\1", text)


def tell(problems: list[Problem], form: Format) -> None:
    """Print problems; for GitHub as annotations, and all of them in the summary of the job, where it has one."""
    if form != "github":
        if problems or form == "json":
            click.echo(report(problems, form))
        return
    if problems:
        click.echo(annotate(problems))
    given = os.environ
    if place := given.get("GITHUB_STEP_SUMMARY"):
        names = [given.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
        files = "{}/{}/blob/{}/".format(*names) if all(names) else ""
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(summary(problems, files))
