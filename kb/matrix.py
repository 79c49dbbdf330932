"""Who may go: the knowledge base in; groups by years out, with the statements behind every cell.

A property says in the vocabulary what it makes of a group (`eligibility`): let in, kept out, or a condition. The row is
the group that the value names, or else the one in the scope; what names no group stands in a row for everybody. The
columns run from the first year that is said to the last. The page puts the groups in order, by what they have in common;
those it does not name follow in the order in which they are first spoken of.

An open end goes on to the edge of the table, but only the years up to the last source that says it count as said; the
others are carried on, and shown as such. A year about which nothing is said has an empty cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, groupby, product
from typing import Literal, TypeAlias

from kb import axis
from kb.axis import Span
from kb.dates import Edtf
from kb.graph import KnowledgeBase, Linked
from kb.model import AnyRecord, Quantity, RoleOnlyPerson

Standing: TypeAlias = Literal["said", "no start said", "no end said"]
"""How a statement stands to a year: it says it, or the year lies beyond one of its open ends."""
_ORDER = ("open", "closed", "condition")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a statement says of a group in a year."""

    linked: Linked
    standing: Standing
    said: range
    """The years it does say, the same in every cell."""

    @property
    def eligibility(self) -> Literal["open", "closed", "condition"]:
        """Whether it lets the group in, keeps it out, or sets a condition."""
        return self.linked.declared.eligibility or "condition"

    @property
    def modality(self) -> str:
        """How it is said, where no source states it outright."""
        found = dict.fromkeys(cite.citation.modality for cite in self.linked.cites)
        return "" if "stated" in found else " or ".join(found)


@dataclass(frozen=True, slots=True)
class Cell:
    """Years in a row of which the same is said; without entries, nothing is."""

    first: int
    last: int
    entries: tuple[Entry, ...]

    @property
    def years(self) -> int:
        """How many columns it spans."""
        return self.last + 1 - self.first

    @property
    def clash(self) -> bool:
        """Whether one statement lets in and another keeps out, in a scope they may share."""
        sides = [{_scope(e.linked) for e in self.entries if e.eligibility == side} for side in ("open", "closed")]
        return any(all(a in (None, b) or b is None for a, b in zip(*pair, strict=True)) for pair in product(*sides))


@dataclass(frozen=True, slots=True)
class Row:
    """A group through the years; None is everybody who applies."""

    group: RoleOnlyPerson | None
    cells: tuple[Cell, ...]
    statements: tuple[Linked, ...]
    """Those that let in, then those that keep out, then conditions, each in the order of time; those without a date are in no cell."""
    heading: str
    """What its group has in common with those beside it."""

    @property
    def name(self) -> str:
        """The group, or everybody."""
        return self.group.caption if self.group else "Everybody who applies"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table."""

    years: range
    rows: tuple[Row, ...]
    undated: tuple[Row, ...]
    """Groups of which nothing is said with a date; their cells are empty."""

    @property
    def headed(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """The rows under their headings."""
        return tuple((heading, tuple(rows)) for heading, rows in groupby(self.rows, key=lambda row: row.heading))

    @property
    def statements(self) -> tuple[Linked, ...]:
        """Every statement behind it, row by row."""
        return tuple(linked for row in (*self.rows, *self.undated) for linked in row.statements)


def matrix(kb: KnowledgeBase, groups: Mapping[str, Sequence[str]] | None = None) -> Matrix | None:
    """Who may go in which year, or None where no statement says so; `groups` has ids in their order, by heading."""
    headings = {id: heading for heading, ids in (groups or {}).items() for id in ids}
    order = {id: place for place, id in enumerate(headings)}
    by_group: dict[str, list[tuple[Linked, Span | None]]] = defaultdict(list)
    for linked in kb.statements.values():
        if linked.declared.eligibility is None:
            continue
        named = _group(kb, linked)
        if named is not None and not (isinstance(named, RoleOnlyPerson) and named.kind == "group"):
            continue  # one person is no group, and who may be named is none either
        time = linked.statement.qualifiers.time
        by_group[named.id if named else ""].append((linked, axis.span(time, axis.said(linked)) if time else None))
    said = [span.years for found in by_group.values() for _, span in found if span]
    if not said:
        return None
    years = range(min(span[0] for span in said), max(span[-1] for span in said) + 1)
    rows = []
    for group_id, found in by_group.items():
        found.sort(key=lambda pair: (_ORDER.index(pair[0].declared.eligibility), _start(pair[1]), pair[0].ref))
        group = kb.records.get(group_id)
        cells = _cells(years, [(linked, span) for linked, span in found if span])
        statements = tuple(linked for linked, _ in found)
        heading = headings.get(group_id, "Other groups" if groups and group_id else "")
        rows.append(Row(group if isinstance(group, RoleOnlyPerson) else None, tuple(cells), statements, heading))

    def place(row: Row) -> tuple[bool, int, float, str]:
        id = row.group.id if row.group else ""
        return row.group is None, order.get(id, len(order)), min(_start(span) for _, span in by_group[id]), row.name

    rows.sort(key=place)
    dated = [any(cell.entries for cell in row.cells) for row in rows]
    return Matrix(
        years, tuple(compress(rows, dated)), tuple(row for row, has in zip(rows, dated, strict=True) if not has)
    )


def _group(kb: KnowledgeBase, linked: Linked) -> AnyRecord | None:
    """The group a statement lets in or keeps out, or else the one it holds for."""
    if isinstance(linked.value, Quantity | Edtf | str):
        return kb.records.get(linked.statement.qualifiers.group or "")
    return linked.value


def _start(span: Span | None) -> float:
    return span.start if span else float("inf")


def _cells(years: range, found: Sequence[tuple[Linked, Span]]) -> Iterable[Cell]:
    def of(year: int) -> tuple[tuple[int, Standing], ...]:
        return tuple((i, standing) for i, (_, span) in enumerate(found) if (standing := _standing(span, year)))

    for entries, run in groupby(years, key=of):
        covered = list(run)
        yield Cell(covered[0], covered[-1], tuple(Entry(found[i][0], s, found[i][1].years) for i, s in entries))


def _standing(span: Span, year: int) -> Standing | None:
    if year in span.years:
        return "said"
    if span.before and year < span.years[0]:
        return "no start said"
    return "no end said" if span.after and year > span.years[-1] else None


def _scope(linked: Linked) -> tuple[str | None, str | None, str | None]:
    """What the statement is limited to, besides time and group."""
    q = linked.statement.qualifiers
    return q.place, q.agency, q.sector
