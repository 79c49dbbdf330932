"""The knowledge base in; two drawings of where it reaches out: the world, and north-east Asia close up.

A place with coordinates is a mark, a statement whose property is a `movement` is an arc from North Korea to where
workers are said to have been. An arc joins two points and is no route; it is as wide for one statement as for ten. Marks
that would cover each other stand side by side, and a name is written only where nothing else stands: all that is drawn,
and all that could not be, is in the list by country.

Drawn here rather than by a map library: two projections are forty lines, the result is a few kilobytes of linked and
themed SVG, and no reader's browser asks anybody for tiles. The outlines are in docs/assets/outline.svg, made by
bench/outline.py with the projections below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise, product
from math import asin, atan2, copysign, cos, degrees, hypot, radians, sin, sqrt
from typing import TypeAlias

from kb.graph import KnowledgeBase, Linked
from kb.model import AnyRecord, Place, RoleOnlyPerson
from kb.page import SHOWN

HOME = "north-korea"
"""Id of the country that sends the workers; every arc starts there."""
LIES_IN = "located-in"
"""Property that says which larger place a place lies in."""

Point: TypeAlias = tuple[float, float]
"""Units from the left and from the top of a drawing."""


def equal_earth(lat: float, lon: float, *, centre: float) -> Point:
    """The Equal Earth projection of Šavrič, Patterson and Jenny (2018), equal in area; y points north."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = asin(sqrt(3) / 2 * sin(radians(lat)))
    slope = a1 + 3 * a2 * theta**2 + theta**6 * (7 * a3 + 9 * a4 * theta**2)
    x = radians((lon - centre + 180) % 360 - 180) * cos(theta) * 2 / sqrt(3) / slope
    return x, theta * (a1 + a2 * theta**2 + theta**6 * (a3 + a4 * theta**2))


def lambert(lat: float, lon: float, *, centre: Point) -> Point:
    """Lambert's azimuthal projection around a centre (latitude, longitude), equal in area; y points north."""
    phi, middle, away = radians(lat), radians(centre[0]), radians(lon - centre[1])
    k = sqrt(2 / (1 + sin(middle) * sin(phi) + cos(middle) * cos(phi) * cos(away)))
    return k * cos(phi) * sin(away), k * (cos(middle) * sin(phi) - sin(middle) * cos(phi) * cos(away))


def unlambert(x: float, y: float, *, centre: Point) -> Point:
    """Latitude and longitude of a point of `lambert`."""
    away, middle = hypot(x, y), radians(centre[0])
    if not away:
        return centre
    c = 2 * asin(away / 2)
    lat = asin(cos(c) * sin(middle) + y * sin(c) * cos(middle) / away)
    lon = atan2(x * sin(c), away * cos(middle) * cos(c) - y * sin(middle) * sin(c))
    return degrees(lat), centre[1] + degrees(lon)


@dataclass(frozen=True, slots=True)
class View:
    """A part of the world, how it is projected, and the frame it is drawn in."""

    id: str
    name: str
    width: int
    height: int
    scale: float
    """Units of the drawing for one of the projection."""
    middle: Point
    """Where the projection's own centre lies in the drawing."""
    project: Callable[[float, float], Point]
    wide: int
    """Size of names on a wide screen, in units of the drawing."""
    narrow: int
    """Size of names on a phone, where the drawing is shown smaller."""

    def at(self, lat: float, lon: float) -> Point:
        """Where a point of the earth stands in the drawing."""
        x, y = self.project(lat, lon)
        return self.middle[0] + x * self.scale, self.middle[1] - y * self.scale

    def back(self, x: float, y: float) -> Point:
        """Where a point of the drawing stands in the projection."""
        return (x - self.middle[0]) / self.scale, (self.middle[1] - y) / self.scale

    def holds(self, point: Point) -> bool:
        """Whether a point of the drawing lies inside its frame."""
        return 0 <= point[0] <= self.width and 0 <= point[1] <= self.height


# Cut in the Atlantic at 30° west, where only Greenland lies; from Cape Horn to the north of Greenland.
WORLD = View("world", "The world", 1000, 446, 184.7, (500, 240), partial(equal_earth, centre=150), 14, 30)
NEAR_CENTRE: Point = (39.5, 122.0)
NEAR = View(
    "north-east-asia", "North-east Asia", 800, 620, 1500, (400, 310), partial(lambert, centre=NEAR_CENTRE), 14, 26
)


@dataclass(frozen=True, slots=True)
class Label:
    """Where a name is written."""

    x: float
    y: float
    anchor: str
    """start, middle or end, as SVG's text-anchor has it."""
    lead: str = ""
    """The `d` of a line from the mark to a name that stands off it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a drawing."""

    place: Place
    x: float
    y: float
    wide: Label | None
    """Its name on a wide screen; none where there is no room."""
    narrow: Label | None
    """Its name on a phone, where letters take more of the drawing."""


@dataclass(frozen=True, slots=True)
class Arc:
    """That workers are said to have been somewhere, drawn from the country that sends them."""

    place: Place
    said: tuple[Linked, ...]
    path: str
    """The `d` of an SVG path."""
    leaves: bool
    """Whether it runs out of the frame, to a place that is not in the drawing."""
    wide: Label | None
    narrow: Label | None
    """Where it leaves, the name of the place it leads to."""

    @property
    def certain(self) -> bool:
        """Whether anybody says outright that workers were there, rather than plans, expects or guesses it."""
        return any(
            linked.declared.movement == "reported" and cite.citation.modality in _OUTRIGHT
            for linked in self.said
            for cite in linked.cites
        )


_OUTRIGHT = ("stated", "implied", "characterised")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A view with all that is drawn in it."""

    view: View
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a place and what is said of workers there."""

    place: Place
    said: tuple[Linked, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A heading of the list, and every place below it, the country itself first."""

    place: Place | None
    """None for places whose country is not on record."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Atlas:
    """Both drawings and the list."""

    drawings: tuple[Drawing, ...]
    countries: tuple[Country, ...]
    regions: tuple[Entry, ...]
    """Regions wider than a country; they have no point."""
    frame: str
    """Where the second drawing lies in the first, as the `d` of an SVG path."""


def atlas(kb: KnowledgeBase) -> Atlas:
    """Every place and every movement on record."""
    places = [record for record in kb.by_type["places"] if isinstance(record, Place)]
    said = movements(kb.statements.values())
    close = [place for place in places if (at := _at(NEAR, place)) and NEAR.holds(at)]
    inner = {place.id for place in close if not _is_wide(place)}
    far = [place for place in places if place.id not in inner]
    countries: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.kind != "region":
            country = country_of(kb, place)
            countries[country.id if country else ""].append(place)
    return Atlas(
        drawings=(_drawn(kb, WORLD, far, said, ()), _drawn(kb, NEAR, close, said, far)),
        countries=tuple(
            Country(country, tuple(_entries(listed, said)))
            for country, listed in sorted(
                ((_place(kb, id), listed) for id, listed in countries.items()),
                key=lambda pair: (pair[0] is None, pair[0].caption.casefold() if pair[0] else ""),
            )
        ),
        regions=tuple(_entries((place for place in places if place.kind == "region"), said)),
        frame=_frame(),
    )


def whereabouts(kb: KnowledgeBase, record: AnyRecord) -> Drawing | None:
    """The places of one record, or None where none of them has a point.

    A place is drawn with what lies in it and what is said of workers there; anything else with the places its
    statements name.
    """
    about = kb.of_subject.get(record.id, ())
    found: dict[str, Place] = {}
    if isinstance(record, Place):
        found[record.id] = record
        about = tuple(_moving(kb, record.id))
        for linked in about:
            if isinstance(linked.subject, Place) and linked.statement.property == LIES_IN and len(found) < _MOST:
                found[linked.subject.id] = linked.subject
    else:
        for linked in about:
            for place in (linked.value, _place(kb, linked.statement.qualifiers.place or "")):
                if isinstance(place, Place) and len(found) < _MOST:
                    found[place.id] = place
    places = [place for place in found.values() if place.coordinates]
    if not places:
        return None
    near = all((at := _at(NEAR, place)) and NEAR.holds(at) for place in places)
    view = replace(NEAR, wide=22) if near else replace(WORLD, wide=26)
    said = {id: linked for id, linked in movements(about).items() if id in found}
    home = _place(kb, HOME)
    return _drawn(kb, view, [*places, home] if said and home and home.id not in found else places, said, ())


_MOST = 24
"""Places drawn on the page of one record."""


def _moving(kb: KnowledgeBase, place: str) -> Iterator[Linked]:
    """What is said of workers in a place, and of what lies in it."""
    moving = {name for name, declared in kb.vocabulary.properties.items() if declared.movement} | {LIES_IN}
    links = [link for link in kb.backlinks.get(place, ()) if link.by in moving]
    for link in links[:SHOWN]:
        if linked := kb.statements.get(link.ref):
            yield linked


def movements(statements: Iterable[Linked]) -> dict[str, tuple[Linked, ...]]:
    """What is said of workers in each place, by the id of the place.

    Where one person was is told on that person's page alone, unless the person may be named.
    """
    found: dict[str, list[Linked]] = defaultdict(list)
    for linked in statements:
        alone = isinstance(linked.subject, RoleOnlyPerson) and linked.subject.kind == "person"
        if linked.declared.movement and isinstance(linked.value, Place) and not alone:
            found[linked.value.id].append(linked)
    return {id: tuple(said) for id, said in found.items()}


def country_of(kb: KnowledgeBase, place: Place) -> Place | None:
    """The country a place is said to lie in, or None where nothing says so."""
    seen: set[str] = set()
    here: Place | None = place
    while here is not None and here.kind != "country" and here.id not in seen:
        seen.add(here.id)
        above = (s.value for s in kb.of_subject.get(here.id, ()) if s.statement.property == LIES_IN)
        here = next((value for value in above if isinstance(value, Place)), None)
    return here if here is not None and here.kind == "country" else None


def _entries(places: Iterable[Place], said: dict[str, tuple[Linked, ...]]) -> Iterator[Entry]:
    for place in sorted(places, key=lambda place: (place.kind != "country", place.caption.casefold(), place.id)):
        yield Entry(place, said.get(place.id, ()))


def _place(kb: KnowledgeBase, id: str) -> Place | None:
    record = kb.records.get(id)
    return record if isinstance(record, Place) else None


def _at(view: View, place: Place) -> Point | None:
    return view.at(place.coordinates.lat, place.coordinates.lon) if place.coordinates else None


def _is_wide(place: Place) -> bool:
    """Whether the place is too wide for its point to be where it is."""
    return place.kind in ("country", "region")


def _frame() -> str:
    """The frame of the close drawing as it lies in the world, as the `d` of an SVG path."""
    ends = ((0, 0), (NEAR.width, 0), (NEAR.width, NEAR.height), (0, NEAR.height), (0, 0))
    edge = [_between(a, b, i / 8) for a, b in pairwise(ends) for i in range(8)]
    points = (WORLD.at(*unlambert(*NEAR.back(*point), centre=NEAR_CENTRE)) for point in edge)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


# --- drawing -------------------------------------------------------------------------------------------------------

_Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""
_Step: TypeAlias = tuple[str, float, float]
"""Anchor of a name, and steps to the right and down."""

_GAP = 7.5
"""Units between a mark and the end of an arc, or a mark and its name."""
_APART = 10
"""Units between two marks, so that neither covers the other."""
_PLACING = {"region": 0, "country": 1, "city": 2, "worksite": 3, "province": 4}
"""What is drawn first, below the rest, and what steps aside last."""
_NAMING = {"worksite": 0, "city": 1, "country": 2, "province": 3, "region": 4}
"""Whose name is written first, while there is room."""


class _Room:
    """What stands in a drawing already, kept by cells: a look around costs the same however much there is."""

    _CELL = 32

    def __init__(self, view: View) -> None:
        self._view = view
        self._cells: dict[tuple[int, int], list[_Box]] = defaultdict(list)

    def take(self, left: float, top: float, right: float, bottom: float) -> None:
        """Nothing else may stand here."""
        for cell in self._around(left, top, right, bottom):
            self._cells[cell].append((left, top, right, bottom))

    def free(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether nothing stands here, and it is inside the frame."""
        inside = self._view.holds((left, top)) and self._view.holds((right, bottom))
        return inside and not any(
            left < its_right and its_left < right and top < its_bottom and its_top < bottom
            for cell in self._around(left, top, right, bottom)
            for its_left, its_top, its_right, its_bottom in self._cells.get(cell, ())
        )

    def _around(self, left: float, top: float, right: float, bottom: float) -> Iterator[tuple[int, int]]:
        size = self._CELL
        yield from product(
            range(int(left // size), int(right // size) + 1), range(int(top // size), int(bottom // size) + 1)
        )


def _drawn(
    kb: KnowledgeBase,
    view: View,
    places: Iterable[Place],
    said: dict[str, tuple[Linked, ...]],
    beyond: Iterable[Place],
) -> Drawing:
    """The view with `places` in it, and arcs to them and to those `beyond` its frame."""
    points = _apart(view, places)
    origin = _place(kb, HOME)
    start = points.get(HOME, (origin, _at(view, origin) or (0, 0)))[1] if origin and origin.coordinates else None
    curves: list[tuple[Place, _Curve]] = []
    if start is not None:
        ends = [(place, point) for id, (place, point) in points.items() if id in said]
        ends += [
            (place, at) for place in beyond if place.id in said and (at := _at(view, place)) and not view.holds(at)
        ]
        curves = [(place, curve) for place, end in ends if (curve := _Curve.between(view, start, end)) is not None]

    written: dict[int, dict[str, Label]] = {}
    for size in (view.wide, view.narrow):
        taken, lines = _Room(view), _Room(view)
        for _, (x, y) in points.values():
            taken.take(x - 5, y - 5, x + 5, y + 5)
        for _, curve in curves:
            for x, y in curve.steps():
                lines.take(x - 2, y - 2, x + 2, y + 2)
        named = {id: at for id, at in points.items() if size == view.wide or at[0].kind != "province"}
        written[size] = dict(_names(named, curves, size, view.wide, taken, lines))
    wide, narrow = written[view.wide], written[view.narrow]
    return Drawing(
        view,
        marks=tuple(
            Mark(place, round(x, 1), round(y, 1), wide.get(id), narrow.get(id)) for id, (place, (x, y)) in points.items()
        ),
        arcs=tuple(
            Arc(place, said[place.id], curve.path, curve.leaves, wide.get(f"to {place.id}"), narrow.get(f"to {place.id}"))
            for place, curve in curves
        ),
    )  # fmt: skip


def _apart(view: View, places: Iterable[Place]) -> dict[str, tuple[Place, Point]]:
    """Every place with its point, moved where it would cover another."""
    rooms = {True: _Room(view), False: _Room(view)}  # a country's ring may stand around the dot of its capital
    points: dict[str, tuple[Place, Point]] = {}
    for place in sorted(places, key=lambda place: (place.id != HOME, _PLACING[place.kind], place.id)):
        at = _at(view, place)
        if at is None or not view.holds(at):
            continue
        spots = ((at[0] + dx, at[1] + dy) for dx, dy in _ASIDE)
        room, half = rooms[_is_wide(place)], (_APART + 2 * _is_wide(place)) / 2
        x, y = next(
            ((x, y) for x, y in spots if room.free(x - half, y - half, x + half, y + half)),
            at,  # a crowd; the list has them all
        )
        room.take(x - half, y - half, x + half, y + half)
        points[place.id] = (place, (x, y))
    return points


_ASIDE = sorted(
    product(range(-3 * _APART, 3 * _APART + 1, _APART // 2), repeat=2),
    key=lambda step: (hypot(*step), -step[0], step[1]),
)
"""Steps aside, the nearest first, to the right before the left."""


def _names(
    points: dict[str, tuple[Place, Point]],
    curves: Iterable[tuple[Place, _Curve]],
    size: int,
    wide: int,
    taken: _Room,
    lines: _Room,
) -> Iterator[tuple[str, Label]]:
    """A place for every name there is room for; one that crosses no arc where there is a choice."""
    around = _AROUND if size == wide else _AROUND[:_CLOSE]
    wanted = [
        (id, place.caption, _is_wide(place), point, around)
        for id, (place, point) in sorted(
            points.items(),
            key=lambda item: (size == wide or item[0] != HOME, _NAMING[item[1][0].kind], item[0] != HOME, item[0]),
        )
    ]
    wanted += [
        (f"to {place.id}", f"to {place.caption}", True, curve.end, _AT_EDGE) for place, curve in curves if curve.leaves
    ]
    for id, text, capitals, point, around in wanted:
        width = size * sum(1.0 if c > "\u2e80" else 0.68 if capitals else 0.54 for c in text)
        gap = _GAP + capitals * size / 8  # the marks of countries are the largest, and grow with the names
        open_ = ((label, box) for label, box in _spots(point, width, size, gap, around) if taken.free(*box))
        first = next(open_, None)
        if first is not None:
            label, box = next((spot for spot in chain([first], open_) if lines.free(*spot[1])), first)
            taken.take(*box)
            yield id, label


def _spots(point: Point, width: float, size: int, gap: float, around: Iterable[_Step]) -> Iterator[tuple[Label, _Box]]:
    """Where a name may stand, and what it would cover there."""
    x, y = point
    for anchor, dx, dy in around:
        start, base = x + dx * gap, y + dy * gap + {-1: 0.0, 0: 0.36 * size, 1: 0.78 * size}[(dy > 0) - (dy < 0)]
        left = start - {"start": 0, "middle": width / 2, "end": width}[anchor]
        lead = ""
        if around is not _AT_EDGE and abs(dx) > 1.5:
            lead = f"M{x:.1f} {y:.1f}L{start - copysign(2, dx):.1f} {base - 0.33 * size:.1f}"
        label = Label(round(start, 1), round(base, 1), anchor, lead)
        yield label, (left, base - 0.82 * size, left + width, base + 0.2 * size)


_AROUND: tuple[_Step, ...] = (
    ("start", 1.0, 0.0), ("end", -1.0, 0.0), ("start", 0.8, 0.8), ("start", 0.8, -0.8), ("end", -0.8, 0.8),
    ("end", -0.8, -0.8), ("middle", 0.0, 1.0), ("middle", 0.0, -1.0),
    ("start", 1.0, 1.3), ("start", 1.0, -1.3), ("end", -1.0, 1.3), ("end", -1.0, -1.3),
    *((anchor, dx * out, dy * out) for out in (2.0, 3.0, 4.5) for dy in (-1.0, 1.0, 0.0)
      for anchor, dx in (("start", 1.0), ("end", -1.0))),
)  # fmt: skip
"""Where a name may stand by its mark, the best first."""
_CLOSE = 8
"""How many of them are so close that a name on a phone cannot be taken for another mark's."""
_AT_EDGE: tuple[_Step, ...] = (
    ("start", 1.0, 1.0), ("start", 1.0, -1.0), ("end", -1.0, -1.0), ("end", -1.0, 1.0), ("start", 1.0, 4.0),
    ("start", 1.0, -4.0), ("end", -1.0, -4.0), ("end", -1.0, 4.0), ("start", 4.0, 1.0), ("end", -4.0, -1.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Curve:
    """A quadratic curve."""

    start: Point
    bend: Point
    end: Point
    leaves: bool

    @staticmethod
    def between(view: View, start: Point, end: Point) -> _Curve | None:
        """A curve that bows to the north, or a line where it is short, and ends short of its marks, or at the frame; None where they are too close."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = hypot(dx, dy)
        if length < 2.5 * _GAP:
            return None
        bow = 0.18 * (length > 5 * _GAP) * (1 if dx > 0 or (dx == 0 and dy > 0) else -1)
        bend = ((start[0] + end[0]) / 2 + bow * dy, (start[1] + end[1]) / 2 - bow * dx)
        curve = _Curve(_toward(start, bend, _GAP), bend, _toward(end, bend, _GAP), False)
        if view.holds(end):
            return curve
        inside, outside = 0.0, 1.0
        for _ in range(12):
            t = (inside + outside) / 2
            inside, outside = (t, outside) if view.holds(curve.point(t)) else (inside, t)
        return curve._until(inside)

    def _until(self, t: float) -> _Curve:
        bend = _between(self.start, self.bend, t)
        return _Curve(self.start, bend, self.point(t), True)

    def point(self, t: float) -> Point:
        """A point along it, from 0 at its start to 1 at its end."""
        return _between(_between(self.start, self.bend, t), _between(self.bend, self.end, t), t)

    def steps(self) -> list[Point]:
        """Points along it."""
        return [self.point(i / 96) for i in range(97)]

    @property
    def path(self) -> str:
        """The `d` of an SVG path."""
        return "M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}".format(*self.start, *self.bend, *self.end)


def _between(a: Point, b: Point, t: float) -> Point:
    return a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def _toward(a: Point, b: Point, units: float) -> Point:
    return _between(a, b, units / (hypot(b[0] - a[0], b[1] - a[1]) or 1))
