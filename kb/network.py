"""The knowledge base in; drawings of what is joined to what: the neighbourhood of a record, and the whole network.

Two records are joined where one names the other: as the value or the scope of a statement, as holder of a position, as
publisher or voice of a source, in a text, or because a statement about it takes a side in a dispute. Citations join
nothing here; every page lists its own.

Laid out here rather than by a graph library: a place in a circle follows from the order of types and names, so the
drawing is the same at every build, a newcomer moves its neighbours by one step, and nothing grows faster than the number
of links. The neighbourhood is drawn between two plain lists, which wrap, print and are read aloud as any list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import cos, hypot, pi, sin, sqrt
from typing import NamedTuple

from kb import words
from kb.dates import Edtf
from kb.graph import KnowledgeBase
from kb.load import Card
from kb.model import TYPES, AnyRecord, Dispute, Quantity

NEIGHBOURS = 24
"""Neighbours drawn on the page of one record; the rest are counted."""
DRAWN = 300
"""Records drawn on the page of the whole network; the rest are counted."""
_ORDER = {name: place for place, name in enumerate(TYPES)}


class Edge(NamedTuple):
    """One way in which two records are joined."""

    other: AnyRecord | Card
    label: str
    """It as one plain sentence, where that is known at once."""
    ref: str = ""
    """Otherwise the reference of the statement that does it."""

    def says(self, kb: KnowledgeBase) -> str:
        """It as one plain sentence."""
        statement = kb.statements.get(self.ref) if self.ref else None
        return statement.sentence if statement else words.visible(self.label)


def edges(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Edge]:
    """Everything that joins a record to others, from either side; one pair may be joined in several ways."""
    yield from _outward(kb, record)
    for backlink in kb.backlinks.get(record.id, ()):
        if backlink.record.id != record.id:
            label = "" if backlink.anchor else f"{record.caption} {backlink.label} {backlink.record.caption}"
            yield Edge(backlink.record, label, backlink.ref)
    for linked in kb.of_subject.get(record.id, ()):
        for dispute, _ in linked.disputes:
            yield Edge(dispute, linked.sentence)


def _outward(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Edge]:
    """What the record itself names."""
    about = {linked.statement.id: linked for linked in kb.of_subject.get(record.id, ())}
    for linked in about.values():
        if not isinstance(linked.value, Quantity | Edtf | str) and linked.value.id != record.id:
            yield Edge(linked.value, linked.sentence)
    for tie in kb.cards[record.id].ties:
        if tie.is_elsewhere and tie.target != record.id and (other := kb.records.get(tie.target)) is not None:
            through = about.get(tie.anchor)
            yield Edge(other, through.sentence if through else f"{other.caption} {tie.how} {record.caption}")
    if isinstance(record, Dispute):
        for position in record.positions:
            for ref in position.statements:
                if (taken := kb.statements.get(ref)) is not None:
                    yield Edge(taken.subject, taken.sentence)


# --- one record ------------------------------------------------------------------------------------------------------


class Spoke(NamedTuple):
    """A neighbour, and the line that leads to it."""

    record: AnyRecord | Card
    says: tuple[str, ...]
    """What joins the two, each way once."""
    path: str
    """The `d` of an SVG path, from the middle to the neighbour's line of the list."""
    dot: str
    """The `d` of a point on that path, to be drawn as a round end."""


@dataclass(frozen=True, slots=True)
class Side:
    """The list on one side of the drawing: neighbours by type."""

    sectors: tuple[tuple[str, tuple[Spoke, ...]], ...]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A record between its neighbours. The drawing is `WIDTH` wide and ten units high for each of `rows`."""

    left: Side
    right: Side
    rows: int
    """Lines of the longer side, headings counted."""
    more: int
    """Neighbours that are not drawn."""

    @property
    def spokes(self) -> tuple[Spoke, ...]:
        """Every neighbour drawn."""
        return tuple(spoke for side in (self.left, self.right) for _, sector in side.sectors for spoke in sector)


WIDTH = 100


def neighbourhood(kb: KnowledgeBase, record: AnyRecord) -> Neighbourhood | None:
    """The records joined to one, those joined in most ways first in line; None where there are none."""
    joined: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges(kb, record):
        joined[edge.other.id].append(edge)
    if not joined:
        return None
    near = sorted(joined.values(), key=lambda ways: (-len(ways), ways[0].other.caption.casefold(), ways[0].other.id))
    drawn = sorted(near[:NEIGHBOURS], key=lambda ways: (_ORDER[ways[0].other.type], ways[0].other.caption.casefold()))
    half = len(drawn) // 2
    sides = [_sectors(drawn[:half]), _sectors(drawn[half:])]
    heights = [sum(len(sector) + 1 for sector in side) for side in sides]
    rows = max(heights)
    left, right = (
        Side(tuple(_spokes(kb, side, rows, (rows - height) / 2, toward)))
        for side, height, toward in zip(sides, heights, (-1, 1), strict=True)
    )
    return Neighbourhood(left, right, rows, more=len(joined) - len(drawn))


def _sectors(ways: list[list[Edge]]) -> list[list[list[Edge]]]:
    return [list(group) for _, group in groupby(ways, key=lambda edges: edges[0].other.type)]


def _spokes(
    kb: KnowledgeBase, sectors: list[list[list[Edge]]], rows: int, line: float, toward: int
) -> Iterator[tuple[str, tuple[Spoke, ...]]]:
    """The lines of one side, from `line` down, with a point on a circle for each."""
    for sector in sectors:
        line += 1
        spokes = []
        for ways in sector:
            says = tuple(dict.fromkeys([edge.says(kb) for edge in ways]))
            spokes.append(Spoke(ways[0].other, says, *_line(rows, line, toward)))
            line += 1
        yield sector[0][0].other.type, tuple(spokes)


@cache
def _line(rows: int, line: float, toward: int) -> tuple[str, str]:
    """The path to a line of one side, and the point on it."""
    y, middle = line * 10 + 5, rows * 5
    off = (y - middle) / (middle + 5)
    x = WIDTH / 2 + toward * 0.32 * WIDTH * sqrt(1 - off * off)
    return f"M{WIDTH / 2:g} {middle}L{x:.1f} {y:g}H{WIDTH if toward > 0 else 0}", f"M{x:.1f} {y:g}h0"


# --- all of them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """A record on the circle."""

    record: AnyRecord
    degree: int
    """Records it is joined to, drawn or not."""
    x: float
    y: float
    turn: float
    """Degrees its name is turned by."""
    left: bool
    """Whether it is on the left, where names end at the dot."""
    size: float
    """Radius of its dot, whose area stands for the degree."""


@dataclass(frozen=True, slots=True)
class Sector:
    """The nodes of one type, side by side, after a heading."""

    type: str
    x: float
    y: float
    turn: float
    left: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """That two nodes are joined."""

    ends: tuple[int, int]
    """Their places among all nodes, sector after sector."""
    path: str


@dataclass(frozen=True, slots=True)
class Network:
    """The whole network, or the best connected part of it, on a circle."""

    size: float
    """Width and height of the drawing; its middle is at zero."""
    sectors: tuple[Sector, ...]
    links: tuple[Link, ...]
    best: tuple[Node, ...]
    """The best connected records, best first."""
    records: int
    """How many records there are, drawn or not."""
    joined: int
    """How many pairs are joined, drawn or not."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node drawn."""
        return tuple(node for sector in self.sectors for node in sector.nodes)


_STEP = 14
"""Units of the circle's edge for each name."""
_NAME = 215
"""Units kept for names outside the circle."""
_LISTED = 20
"""Records in the list of the best connected."""


def network(kb: KnowledgeBase) -> Network:
    """Every record on a circle, by type and name, joined through the middle."""
    pairs = _pairs(kb)
    degrees: dict[str, int] = defaultdict(int)
    for a, b in pairs:
        degrees[a] += 1
        degrees[b] += 1
    ranked = sorted(kb.records.values(), key=lambda r: (-degrees[r.id], r.caption.casefold(), r.id))
    drawn = sorted(ranked[:DRAWN], key=lambda r: (_ORDER[r.type], r.caption.casefold(), r.id))
    grouped = [(type_, list(records)) for type_, records in groupby(drawn, key=lambda r: r.type)]

    most = max(degrees.values(), default=1)
    steps = sum(len(records) + 2 for _, records in grouped)
    radius = max(150.0, steps * _STEP / (2 * pi))
    sectors, step = [], 0
    for type_, records in grouped:
        heading = _spot(step, steps, radius)
        nodes = tuple(
            Node(record, degrees[record.id], *_spot(step + 1 + i, steps, radius), size=_dot(degrees[record.id] / most))
            for i, record in enumerate(records)
        )
        sectors.append(Sector(type_, *heading, nodes=nodes))
        step += len(records) + 2
    placed = [node for sector in sectors for node in sector.nodes]
    place = {node.record.id: i for i, node in enumerate(placed)}
    ends = sorted(tuple(sorted((place[a], place[b]))) for a, b in pairs if a in place and b in place)
    return Network(
        size=round(2 * (radius + _NAME)),
        sectors=tuple(sectors),
        links=tuple(Link((a, b), _chord(placed[a], placed[b], radius)) for a, b in ends),
        best=tuple(placed[place[record.id]] for record in ranked[: min(_LISTED, DRAWN)]),
        records=len(kb.records),
        joined=len(pairs),
    )


def _pairs(kb: KnowledgeBase) -> set[tuple[str, str]]:
    """Every two records that are joined, the ids in order."""
    return {
        (record.id, edge.other.id) if record.id < edge.other.id else (edge.other.id, record.id)
        for record in kb.records.values()
        for edge in _outward(kb, record)
        if edge.other.id != record.id
    }


def _dot(part: float) -> float:
    return round(max(1.5, 9 * sqrt(part)), 1)


def _spot(step: int, steps: int, radius: float) -> tuple[float, float, float, bool]:
    """A place on the circle, clockwise from the top: x, y, the turn of a name there, and whether it is on the left."""
    angle = 2 * pi * (step + 1) / steps - pi / 2
    left = cos(angle) < 0
    turn = angle * 180 / pi + (180 if left else 0)
    return round(radius * cos(angle), 1), round(radius * sin(angle), 1), round(turn, 1), left


def _chord(a: Node, b: Node, radius: float) -> str:
    """A curve through the circle, the deeper the farther apart its ends are."""
    inward = 0.8 * (1 - hypot(a.x - b.x, a.y - b.y) / (2 * radius))
    bend = ((a.x + b.x) / 2 * inward, (a.y + b.y) / 2 * inward)
    return f"M{a.x:g} {a.y:g}Q{bend[0]:.0f} {bend[1]:.0f} {b.x:g} {b.y:g}"
