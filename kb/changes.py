"""Two states of the base in, what changed between them out; and every release as readers are told of it.

A release is a committed file, changes/<name>.yaml (`kb.model.Release`), so that a site can be made from a folder that has
no history. `kb release` writes it from a comparison with an earlier commit, and a person adds the reasons.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import subprocess
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import click

from kb import words
from kb.export import plain, statement
from kb.graph import KnowledgeBase, Linked, link
from kb.load import CHANGES, Loaded, load, locate, read_text
from kb.model import TYPES, AnyRecord, Change, Dispute, Release, Statement, Withdrawal
from kb.naming import Keys, texts
from kb.problems import Problem
from kb.protect import holds_withheld_name

Kind: TypeAlias = Literal["corrected", "withdrawn", "revised", "added"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can become of a statement, in the order readers are told."""
MOST_LISTED = 1000
"""New or revised statements of a release that are listed one by one; more are counted."""


# --- comparing two states --------------------------------------------------------------------------------------------


class Changed(NamedTuple):
    """A statement that says something else, or is gone."""

    ref: str
    was: str
    """How it read before, in plain words."""
    type: str
    disputes: tuple[str, ...]
    """Ids of the disputes it is or was part of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of statements between two states of the base; refs are those of the later one."""

    corrected: tuple[Changed, ...]
    withdrawn: tuple[Changed, ...]
    revised: tuple[str, ...]
    added: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.corrected or self.withdrawn or self.revised or self.added)


def compare(before: KnowledgeBase, now: KnowledgeBase) -> Difference:
    """What changed, statement by statement. A record that was renamed or merged is looked for under its present id.

    A statement is corrected when its property, value or scope differs, or when an earlier citation is gone or names
    another place, voice or way of saying; it is revised when only notes differ or citations joined.
    """
    old: dict[str, tuple[AnyRecord, Statement]] = {}
    for ref, found in sorted(_statements(before), key=lambda pair: present(now, pair[0]) != pair[0]):
        here = present(now, ref)
        old[ref if here in old else here] = found  # what was merged beside a namesake keeps its former ref
    new, disputes = dict(_statements(now)), disputes_of(before)
    corrected, revised = [], []
    for ref in sorted(old.keys() & new.keys()):
        (record, was), (_, said) = old[ref], new[ref]
        if _says(was, now) != _says(said, now):
            corrected.append(_changed(before, disputes, ref, record, was))
        elif not _rests_on(was, now) <= _rests_on(said, now):
            corrected.append(_changed(before, disputes, ref, record, was, recited=True))
        elif _renamed(plain(was), now) != plain(said):
            revised.append(ref)
    withdrawn = [_changed(before, disputes, ref, *old[ref]) for ref in sorted(old.keys() - new.keys())]
    return Difference(tuple(corrected), tuple(withdrawn), tuple(revised), tuple(sorted(new.keys() - old.keys())))


def _statements(kb: KnowledgeBase) -> Iterator[tuple[str, tuple[AnyRecord, Statement]]]:
    for record in kb.records.values():
        for said in record.statements:
            yield f"{record.id}#{said.id}", (record, said)


def _says(said: Statement, now: KnowledgeBase) -> tuple[Any, ...]:
    """Property, value and scope, with present ids."""
    return said.property, _renamed(plain(said.value), now), _renamed(plain(said.qualifiers), now)


def _rests_on(said: Statement, now: KnowledgeBase) -> set[tuple[Any, ...]]:
    """Where it is said, by whom and how, with present ids."""
    return {(_renamed(cite.source, now), cite.at, cite.voice, cite.modality) for cite in said.cites}


def _renamed(thing: Any, now: KnowledgeBase) -> Any:
    """The same with present ids in place of former ones."""
    if isinstance(thing, dict):
        return {key: _renamed(value, now) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_renamed(item, now) for item in thing]
    return now.former.get(thing, thing) if isinstance(thing, str) else thing


def _changed(
    kb: KnowledgeBase,
    disputes: Mapping[str, frozenset[str]],
    ref: str,
    record: AnyRecord,
    said: Statement,
    recited: bool = False,
) -> Changed:
    own = f"{record.id}#{said.id}"
    linked = kb.statements.get(own)
    was = _wording(linked, kb, recited) if linked else f"{said.property}: {plain(said.value)}"
    return Changed(ref, was, record.type, tuple(sorted(disputes.get(own, ()))))


def _wording(linked: Linked, kb: KnowledgeBase, recited: bool) -> str:
    """A statement without its subject, in plain words; `recited`: with the places it rested on."""
    said = statement(linked, kb)["words"]
    limits = [str(said[limit]) for limit in ("time", "place", "agency", "sector", "group") if limit in said]
    scope = f" ({', '.join(limits)})" if limits else ""
    places = "; ".join(f"{cite.says}, {words.place(cite)}" for cite in linked.cites)
    return f"{said['property']} {said['value']}{scope}" + (f", as said by {places}" if recited else "")


def parts_of(dispute: Dispute) -> frozenset[str]:
    """The statements a dispute speaks of."""
    held = [position.statements for position in dispute.positions]
    return frozenset(chain(*held, *(agreed.statements for agreed in dispute.common_ground)))


# --- writing a release -----------------------------------------------------------------------------------------------


def write_release(kb: KnowledgeBase, name: str, date: str, summary: str, since: str | None) -> tuple[Path, Difference]:
    """Write the release `name`: what changed since a commit, or else since the last release; before the first, everything is new.

    Raises `click.ClickException`, and then nothing is written.
    """
    folder, last = kb.loaded.data.parent / CHANGES, next(iter(kb.loaded.releases), None)
    path = folder / f"{name}.yaml"
    if path.exists():
        raise click.ClickException(f"{path} exists: choose another name, or correct it by hand")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise click.ClickException(f"found “{name}”, expected lowercase letters a-z, digits and single hyphens")
    if not summary.strip():
        raise click.ClickException("found an empty summary, expected one plain sentence (--summary)")
    try:
        datetime.date.fromisoformat(date)
    except ValueError as error:
        raise click.ClickException(f"found “{date}”, expected a day, YYYY-MM-DD (--date)") from error
    if last and date < last.date.text:
        raise click.ClickException(
            f"{date} is before {last.date.text}, the day of the last release, {last.id} (--date)"
        )
    since = since or (published(kb.loaded.data, last) if last else None)
    difference = compare(data_at(kb.loaded.data, since) if since else link(Loaded(folder, (), kb.vocabulary, ())), kb)
    if not difference:
        raise click.ClickException(f"no statement changed since {since}: there is nothing to publish")
    folder.mkdir(exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(written(difference, date, summary), encoding="utf-8")
    new.rename(path)
    return path, difference


def data_at(data: Path, revision: str) -> KnowledgeBase:
    """The records as they were in a commit, read as records are now; raises `click.ClickException`."""
    packed = _git(data.resolve().parent, "archive", "--format=tar", revision, "--", data.resolve().name)
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
        kb = link(load(Path(folder) / data.resolve().name))
    if kb.loaded.problems:
        first = str(kb.loaded.problems[0]).replace(f"{folder}/", f"{revision[:12]}:")
        message = "the records of that commit cannot be read by this version, so they cannot be compared"
        raise click.ClickException(f"{first}\n{message}: name a later one with --since")
    return kb


def published(data: Path, release: Release) -> str:
    """The commit that brought a release, which holds the records it speaks of; raises `click.ClickException`."""
    folder = data.resolve().parent
    name = f"{CHANGES}/{release.id}.yaml"
    found = _git(folder, "log", "--diff-filter=A", "--format=%H", "-1", "--", name).decode().strip()
    if not found:
        raise click.ClickException(f"{name} is in no commit: commit it, or name the commit to compare with (--since)")
    return found


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise click.ClickException("git is not installed: it holds the records to compare with") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["git said nothing"]
        cause = next((line for line in said if line.startswith("fatal: ")), said[-1])
        raise click.ClickException(f"git {arguments[0]}: {cause}")
    return done.stdout


def written(difference: Difference, date: str, summary: str) -> str:
    """A release as the text of its file. Its reasons are left empty, which `kb check` refuses until they are written."""
    lines = [
        f"# yaml-language-server: $schema=../schema/{CHANGES}.json",
        f'date: "{date}"',
        f"summary: {_quoted(summary)}",
    ]
    for kind, changes in (("corrected", difference.corrected), ("withdrawn", difference.withdrawn)):
        lines += [f"{kind}:"] if changes else []
        for change in changes:
            lines += [f"  - statement: {change.ref}"]
            if kind == "withdrawn":
                lines += [f"    type: {change.type}"]
                lines += [f"    disputes: [{', '.join(change.disputes)}]"] if change.disputes else []
            lines += [f"    was: {_quoted(change.was)}", '    reason: ""']
    for kind, refs in (("revised", difference.revised), ("added", difference.added)):
        lines += [f"{kind}:", *(f"  - {ref}" for ref in refs)] if refs else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- checking --------------------------------------------------------------------------------------------------------


def release_problems(kb: KnowledgeBase) -> Iterator[Problem]:
    """What is wrong with releases: an old wording that is to be withheld, a withheld name, a published statement that is gone."""
    withheld, told = frozenset(kb.vocabulary.withheld), set[str]()
    for release in kb.loaded.releases:
        path = kb.loaded.data.parent / CHANGES / f"{release.id}.yaml"
        text, _ = read_text(path)

        def problem(keys: Keys, code: str, message: str, path: Path = path, text: str = text or "") -> Problem:
            return Problem(str(path), *locate(text, keys), code, message)

        for kind in ("corrected", "withdrawn"):
            for i, change in enumerate(getattr(release, kind)):
                if change.withheld and change.was is not None:
                    message = "what is withheld to protect somebody is not repeated here: delete this line"
                    yield problem((kind, i, "was"), "identifying", message)
        for keys, said in texts(release) if withheld else ():
            if holds_withheld_name(said, withheld):
                yield problem(keys, "withheld-name", "found a name that is withheld: describe the person by role")
        told |= {present(kb, change.statement) for change in release.withdrawn}
        for kind in ("corrected", "revised", "added"):
            for i, entry in enumerate(getattr(release, kind)):
                ref = entry.statement if isinstance(entry, Change) else entry
                if (here := present(kb, ref)) in told or here.partition("#")[0] in kb.loaded.unread:
                    continue
                told.add(here)
                if here not in kb.statements:
                    message = f"the published statement “{here}” is gone: `kb release` lists it, for you to say why"
                    yield problem((kind, i), "vanished-statement", message)


def present(kb: KnowledgeBase, ref: str) -> str:
    """A statement's ref under the present id of its record."""
    owner, _, anchor = ref.partition("#")
    return f"{kb.former.get(owner, owner)}#{anchor}"


# --- telling ---------------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """What a release did to one statement."""

    kind: Kind
    ref: str
    type: str
    """Type of the record; empty where the record is gone and no release says what it was."""
    record: AnyRecord | None
    """The record as it is now; None once it is gone."""
    linked: Linked | None
    """The statement as it is now; None once it is gone."""
    change: Change | None
    """How it read before and why it was changed; for corrected and withdrawn statements."""

    @property
    def owner(self) -> str:
        """Id of the record."""
        return self.ref.partition("#")[0]


class About(NamedTuple):
    """What a release did to the statements of one record; at least one."""

    items: tuple[Item, ...]

    @property
    def id(self) -> str:
        """Id of the record."""
        return self.items[0].owner

    @property
    def record(self) -> AnyRecord | None:
        """The record as it is now; None once it is gone."""
        return self.items[0].record

    @property
    def counts(self) -> tuple[tuple[Kind, int], ...]:
        """How many statements of each kind."""
        found = ((kind, sum(item.kind == kind for item in self.items)) for kind in KINDS)
        return tuple((kind, n) for kind, n in found if n)


class News(NamedTuple):
    """A release as it is told: its corrections first."""

    release: Release
    items: tuple[Item, ...]

    def of(self, kind: Kind) -> tuple[Item, ...]:
        """The items of a kind."""
        return tuple(item for item in self.items if item.kind == kind)


def news(kb: KnowledgeBase) -> tuple[News, ...]:
    """Every release, the newest first."""
    return tuple(News(release, tuple(_items(kb, release))) for release in kb.loaded.releases)


def _items(kb: KnowledgeBase, release: Release) -> Iterator[Item]:
    for kind in KINDS:
        for entry in getattr(release, kind):
            change = entry if isinstance(entry, Change) else None
            ref = present(kb, change.statement if change else entry)
            record = kb.records.get(ref.partition("#")[0])
            type = record.type if record else change.type if isinstance(change, Withdrawal) else ""
            yield Item(kind, ref, type, record, kb.statements.get(ref), change)


def by_record(items: Iterable[Item]) -> tuple[About, ...]:
    """Items together by record, in the order in which each record first comes."""
    grouped: dict[str, list[Item]] = {}
    for item in items:
        grouped.setdefault(item.owner, []).append(item)
    return tuple(About(tuple(found)) for found in grouped.values())


def by_type(items: Iterable[Item]) -> tuple[tuple[str, int], ...]:
    """How many items there are of each type of record."""
    counts = Counter(item.type for item in items)
    return tuple((type, counts[type]) for type in (*TYPES, "") if counts[type])


def disputes_of(kb: KnowledgeBase) -> Mapping[str, frozenset[str]]:
    """Statement to the ids of the disputes that speak of it."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in kb.by_type["disputes"]:
        for ref in parts_of(record) if isinstance(record, Dispute) else ():
            found[ref].add(record.id)
    return {ref: frozenset(ids) for ref, ids in found.items()}
