"""The commands that start and keep records: new, import, fmt, mv, merge, due."""

from __future__ import annotations

import datetime
import difflib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import click

from kb import words
from kb.github import tell
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.model import SINGULAR, TYPES, Address, Date, Language, Source, Text
from kb.problems import Format, did_you_mean, report
from kb.project import DOCS

F = TypeVar("F", bound=Callable[..., Any])

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def data_option(command: F) -> F:
    """`--data`, the folder of the records; an edit of it that was cut off is finished first."""
    option = click.option(
        "--data",
        type=click.Path(path_type=Path),
        default=Path("data"),
        show_default=True,
        callback=_finished,
        help="Folder of the records.",
    )
    return option(command)


def _finished(ctx: click.Context, param: click.Parameter, data: Path) -> Path:
    from kb.edits import finish

    if finish(data):
        click.echo(f"finished an edit of {data}/ that was cut off", err=True)
    return data


def _docs(data: Path) -> Path:
    """The pages beside a folder of records."""
    return data.parent / DOCS


def _check_id(id_: str) -> None:
    if not _ID.fullmatch(id_):
        raise click.ClickException(f"found “{id_}”, expected lowercase letters a-z, digits and single hyphens")


def _carry_out(data: Path, changes: Any, what: str) -> None:
    """Make changes that bring no error about; otherwise tell the errors, and leave every file as it was."""
    from kb.edits import carry_out, new_errors

    docs = _docs(data)
    if wrong := new_errors(data, docs if docs.is_dir() else None, changes):
        click.echo(report(wrong), err=True)
        raise click.ClickException(
            f"{what} would bring about {words.counted(len(wrong), 'error')}; every file is as it was"
        )
    carry_out(data, changes)
    for path, text in changes.items():
        click.echo(f"{'removed' if text is None else 'wrote'} {path}")


@click.command()
@data_option
@click.option(
    "--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSL-JSON or BibTeX, as Zotero exports it; for sources.",
)  # fmt: skip
@click.option(
    "--ask", is_flag=True, help="Ask what a source needs, one question at a time; without ID, this is the rule."
)
@click.argument("type_name", metavar="TYPE")
@click.argument("id_", metavar="[ID]", required=False)
def new(data: Path, file: Path | None, ask: bool, type_name: str, id_: str | None) -> None:
    """Start a record: a commented, valid file to fill in.

    TYPE is person, place, institution, policy, event, figure, dispute or source. A source can be made from what a
    reference manager exports, or by answering questions; its ID is then proposed from publisher and date.

    \b
    Examples:
      kb new place khabarovsk
      kb new source --from export.json
      kb new source --ask
      kb new source rfa-2017-07-19
    """
    from kb.start import start

    plural = {singular: plural for plural, singular in SINGULAR.items()}.get(type_name, type_name)
    if plural not in TYPES:
        names = SINGULAR.values()
        raise click.ClickException(
            f"found “{type_name}”, expected one of {', '.join(names)}{did_you_mean(type_name, names)}"
        )
    if (file or ask) and plural != "sources":
        raise click.ClickException(
            f"--from and --ask are for sources: kb new {SINGULAR[plural]} ID starts a file to fill in"
        )
    if file and ask:
        raise click.ClickException("found --from and --ask: give one of them")
    if id_ is not None:
        _check_id(id_)
    kb, today = link(load(data)), datetime.date.today().isoformat()
    if id_ is not None and (id_ in kb.records or id_ in kb.former):
        owner = kb.records[kb.former.get(id_, id_)]
        raise click.ClickException(f"the id “{id_}” is taken by {kb.loaded.path(owner)}: ids are unique over all types")
    if file is not None:
        texts = _from_file(kb, file, id_, today)
    elif ask or (id_ is None and plural == "sources" and sys.stdin.isatty()):
        texts = _from_answers(kb, id_, today)
    elif id_ is None:
        ways = ", --from FILE or --ask" if plural == "sources" else ""
        raise click.ClickException(f"expected an id{ways}: kb new {SINGULAR[plural]} ID")
    else:
        texts = {id_: start(plural, today)}
    _write_new({data / plural / f"{name}.yaml": text for name, text in texts.items()}, data)


def _from_file(kb: KnowledgeBase, file: Path, id_: str | None, today: str) -> dict[str, str]:
    """Id and text of every source in an export."""
    from kb.bibliography import entries, source

    found = entries(file)
    if id_ is not None and len(found) > 1:
        raise click.ClickException(f"{file} has {len(found)} entries: leave the id out, and one is proposed for each")
    texts: dict[str, str] = {}
    addresses = [entry.url for entry in found if entry.url]
    for address in addresses:
        if addresses.count(address) > 1:
            raise click.ClickException(f"{file} has {address} twice: leave one of the two out of the export")
    for entry in found:
        started = source(kb, entry, today, frozenset(texts))
        texts[id_ or started.id] = started.text
    return texts


def _from_answers(kb: KnowledgeBase, id_: str | None, today: str) -> dict[str, str]:
    """Id and text of a source that somebody describes."""
    from kb.bibliography import Entry, source

    address = click.prompt("Address", value_proc=_as(Address))
    title = click.prompt("Title as printed", value_proc=_as(Text))
    publisher = click.prompt("Publisher, its name or id", value_proc=_as(Text))
    issued = click.prompt("Published (2016-04-08, 2016-04, or 2016-08~ for about)", value_proc=_as(Date))
    language = click.prompt("Language", default="en", value_proc=_as(Language))
    kinds = get_args(get_type_hints(Source)["kind"])
    kind = click.prompt("Kind", default=kinds[0], type=click.Choice(kinds))
    paragraphs = click.prompt("Paragraphs: non-empty lines of the copy you read", type=click.IntRange(1))
    entry = Entry(kind, title, publisher, issued, language, address, paragraphs=paragraphs, accessed=today)
    started = source(kb, entry, today)
    if id_ is None:
        id_ = click.prompt("Id", default=started.id)
        _check_id(id_)
        if id_ in kb.records or id_ in kb.former:
            raise click.ClickException(f"the id “{id_}” is taken: ids are unique over all types")
    return {id_: started.text}


def _as(kind: Any) -> Callable[[str], str]:
    """Takes an answer as the model takes it; what it does not take is asked again, with the reason."""
    from pydantic import TypeAdapter, ValidationError

    def take(answer: str) -> str:
        try:
            TypeAdapter(kind).validate_python(answer.strip())
        except ValidationError as error:
            raise click.UsageError(error.errors()[0]["msg"]) from error
        return answer.strip()

    return take


def _write_new(texts: dict[Path, str], data: Path) -> None:
    """Write files that are not there yet: all of them, or none."""
    from kb.edits import carry_out

    for path in texts:
        if path.exists():
            raise click.ClickException(f"{path} exists already: mend it (kb check), or choose another id")
    data.mkdir(parents=True, exist_ok=True)
    carry_out(data, dict(texts))
    for path in texts:
        click.echo(path)


@click.command()
@data_option
@click.option("--check", is_flag=True, help="Write nothing; tell every file that would change, and exit with 1 if any.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
    help="How what is wrong is told: lines of text, a JSON list, or GitHub annotations.",
)  # fmt: skip
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def fmt(data: Path, check: bool, form: Format, paths: tuple[Path, ...]) -> None:
    """Write records in the one form: keys in the order of the model, one way to quote, lines of 120 characters.

    PATHS are files or folders; the whole data folder if none is given. Comments and values are kept. A file that cannot
    be read is told and left alone.

    \b
    Examples:
      kb fmt
      kb fmt data/places/ningbo.yaml
      kb fmt --check --format github
    """
    from kb.formatting import files, formatted

    if not paths and not data.is_dir():
        raise click.ClickException(f"{data}: found no folder here: name the one with the records (--data)")
    found = list(files(paths or [data]))
    problems = []
    for path, changed, problem in formatted(found, check):
        if problem is not None:
            problems.append(problem)
        elif changed:
            click.echo(path)
    tell(problems, form)
    if problems:
        raise SystemExit(1)


@click.command()
@data_option
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def mv(data: Path, old: str, new: str) -> None:
    """Give a record another id: its file, its prose, every reference to it; its old address leads to the new one.

    References are followed in all records, in the macros, [[links]] and Markdown links of docs/. Nothing is written if
    the result would have an error that is not there now.

    \b
    Examples:
      kb mv khabarovsk-departure-2017 khabarovsk-escape-2017
    """
    from kb.rename import renamed

    _check_id(new)
    _carry_out(data, renamed(link(load(data)), _docs(data), old, new), f"renaming “{old}”")


@click.command()
@data_option
@click.argument("one", metavar="ONE")
@click.argument("into", metavar="into", type=click.Choice(["into"], case_sensitive=False))
@click.argument("other", metavar="OTHER")
def merge(data: Path, one: str, into: str, other: str) -> None:
    """Join two records of one thing: all that is said of ONE is said of OTHER, with its comments.

    Statements that would have the same id get another, and references follow; the address of ONE leads to OTHER. What
    both say differently, such as the summary, stays as OTHER has it and is told. Refused are records of two types or
    kinds, a person described by role with one who is named, documents of which different copies were read, and
    whatever would have an error that is not there now.

    \b
    Examples:
      kb merge xian-city into xian
    """
    from kb.merge import merged

    result = merged(link(load(data)), _docs(data), one, other)
    _carry_out(data, result.changes, f"merging “{one}”")
    for old, new in result.renamed.items():
        click.echo(f"{old} is now {new}")
    for key, text in result.left_out.items():
        click.echo(f"left out, {key} of “{one}”: {text}")


@click.group("import")
def import_() -> None:
    """Add many statements at once.

    \b
    Examples:
      kb import csv wages.csv
      kb import csv wages.csv --write
    """


@import_.command("csv")
@data_option
@click.option("--write", is_flag=True, help="Write what is shown otherwise.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
    help="How what is wrong is told: lines of text, a JSON list, or GitHub annotations.",
)  # fmt: skip
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_csv(data: Path, write: bool, form: Format, path: Path) -> None:
    """Add the statements of a table to their records.

    Shows what would be added; with --write, adds it. Nothing is written when any row is wrong. The first row names the
    columns: record, property, value, source and at, and as wanted id, time, place, agency, sector, group, voice,
    modality, inferred, note, and for amounts exact, about, at-least, at-most, low, high, unit, currency, per. A row with
    the id of an earlier one adds a citation to its statement.

    \b
    Examples:
      kb import csv wages.csv
      kb import csv wages.csv --write
    """
    from kb.edits import carry_out
    from kb.table import imported

    docs = _docs(data)
    result = imported(_linked(data), docs if docs.is_dir() else None, path)
    if result.problems:
        tell(list(result.problems), form)
        raise click.ClickException(
            f"{words.counted(len(result.problems), 'problem')} in {path}; every file is as it was"
        )
    for target, text in result.changes.items():
        before = target.read_text(encoding="utf-8").splitlines()
        for line in difflib.unified_diff(before, (text or "").splitlines(), str(target), str(target), n=1, lineterm=""):
            click.echo(line)
    if write:
        carry_out(data, result.changes)
    told = f"{words.counted(result.statements, 'statement')} in {words.counted(len(result.changes), 'record')}"
    click.echo(f"{told} added" if write else f"{told} to add; nothing is written yet (--write)", err=True)


@click.command()
@data_option
@click.option("--days", type=click.IntRange(0), default=365, show_default=True, help="How long a review holds.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def due(data: Path, days: int, form: str) -> None:
    """List the records that should be read again: reviewed too long ago, sooner those in a dispute not yet settled.

    A review holds for DAYS days, for a record that is, or has a statement in, an open or partly settled dispute a
    quarter of that.

    \b
    Examples:
      kb due
      kb due --days 90 --format json
    """
    from kb.due import due as to_review

    kb = _linked(data)
    found = to_review(kb, datetime.date.today(), days)
    if form == "json":
        rows = [
            {
                "id": entry.record.id, "type": entry.record.type, "path": str(kb.loaded.path(entry.record)),
                "reviewed": entry.record.review.date.text, "days": entry.age, "disputes": entry.disputes,
                "note": entry.record.review.note,
            }
            for entry in found
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for entry in found:
        disputed = f", in dispute: {', '.join(entry.disputes)}" if entry.disputes else ""
        click.echo(f"{kb.loaded.path(entry.record)}: {words.counted(entry.age, 'day')}{disputed}")
    click.echo(f"{words.counted(len(found), 'record')} of {len(kb.records)} to read again", err=True)


def _linked(data: Path) -> KnowledgeBase:
    """The base, where every file of it can be read."""
    kb = link(load(data))
    if kb.loaded.problems:
        click.echo(report(kb.loaded.problems), err=True)
        raise click.ClickException("mend these files first (kb check)")
    return kb


COMMANDS = (new, import_, fmt, mv, merge, due)
