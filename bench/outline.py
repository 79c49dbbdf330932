"""Natural Earth's shapes, as world-atlas packs them, made into docs/assets/outline.svg: the land behind the map.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python bench/outline.py package

Run once; the result is kept, and listed with its digest in VENDORED.md. The world is drawn from 1:110m as land only,
north-east Asia from 1:50m with the boundaries, in the projections of `kb.atlas`. Antarctica, and islands too small to be
seen, are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from kb.atlas import NEAR, WORLD, Point, View

Line: TypeAlias = list[Point]

CUT = -30.0
"""Degrees east where the world is cut open."""
MARGIN = 12
"""Units that shapes reach past the frame, so that no cut edge is seen."""
SMALLEST = 1.2
"""Units below which an island is left out."""


class Topology:
    """A TopoJSON file: arcs shared by the shapes on both sides of them."""

    def __init__(self, file: Path) -> None:
        data = json.loads(file.read_text(encoding="utf-8"))
        (self._sx, self._sy), (self._tx, self._ty) = data["transform"]["scale"], data["transform"]["translate"]
        self._arcs = [self._decoded(arc) for arc in data["arcs"]]
        self._objects: dict[str, Any] = data["objects"]

    def _decoded(self, arc: Iterable[Sequence[int]]) -> Line:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * self._sx + self._tx, y * self._sy + self._ty))
        return points

    def rings(self, name: str) -> Iterator[Line]:
        """Every ring of a collection, as longitude and latitude."""
        for polygon in _polygons(self._objects[name]):
            for ring in polygon:
                line: Line = []
                for i in ring:
                    arc = self._arcs[i] if i >= 0 else self._arcs[~i][::-1]
                    line += arc[1:] if line else arc
                yield line

    def borders(self, name: str) -> Iterator[Line]:
        """Lines with a different shape on either side."""
        users = Counter(
            i if i >= 0 else ~i
            for shape in self._objects[name]["geometries"]
            for i in {i if i >= 0 else ~i for polygon in _polygons(shape) for ring in polygon for i in ring}
        )
        yield from (self._arcs[i] for i, count in sorted(users.items()) if count > 1)


def _polygons(shape: dict[str, Any]) -> Iterator[list[list[int]]]:
    if shape["type"] == "GeometryCollection":
        for part in shape["geometries"]:
            yield from _polygons(part)
    elif shape["type"] == "Polygon":
        yield shape["arcs"]
    elif shape["type"] == "MultiPolygon":
        yield from shape["arcs"]


def cut(ring: Line, axis: int, limit: float, keep_below: bool) -> Line:
    """The part of a ring on one side of a straight line (Sutherland and Hodgman)."""

    def inside(point: Point) -> bool:
        return (point[axis] <= limit) if keep_below else (point[axis] >= limit)

    kept: Line = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        if inside(a):
            kept.append(a)
        if inside(a) != inside(b):
            t = (limit - a[axis]) / (b[axis] - a[axis])
            kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
    return kept


def world(topology: Topology) -> Iterator[Line]:
    """The land of the world, cut open in the Atlantic."""
    for ring in topology.rings("land"):
        if max(lat for _, lat in ring) < -60:
            continue
        for west in (CUT - 360, CUT, CUT + 360):
            # A hair's breadth off the cut, so that no edge lands on the other side of the drawing.
            part = cut(cut(unrolled(ring), 0, west + 0.001, False), 0, west + 359.999, True)
            if part:
                yield [WORLD.at(lat, lon) for lon, lat in part]


def unrolled(ring: Line) -> Line:
    """The ring without the leap from 180° east to 180° west."""
    turns = 0
    line = [ring[0]]
    for (before, _), (lon, lat) in pairwise(ring):
        turns += (before - lon > 180) - (lon - before > 180)
        line.append((lon + 360 * turns, lat))
    return line


def near(topology: Topology) -> Iterator[Line]:
    """The land of north-east Asia, cut to its frame."""
    for ring in topology.rings("land"):
        if any(80 < lon < 165 and 10 < lat < 70 for lon, lat in ring):
            part = [NEAR.at(lat, lon) for lon, lat in ring]
            for axis, end in ((0, NEAR.width), (1, NEAR.height)):
                part = cut(cut(part, axis, end + MARGIN, True), axis, -MARGIN, False)
            if part:
                yield part


def near_borders(topology: Topology) -> Iterator[Line]:
    """The boundaries of north-east Asia, as far as its frame."""
    for line in topology.borders("countries"):
        run: Line = []
        for lon, lat in line:
            point = NEAR.at(lat, lon) if 60 < lon < 180 and lat > 0 else (-1e9, -1e9)
            if -MARGIN <= point[0] <= NEAR.width + MARGIN and -MARGIN <= point[1] <= NEAR.height + MARGIN:
                run.append(point)
            elif run:
                yield run
                run = []
        if run:
            yield run


def thinned(line: Line, tolerance: float) -> Line:
    """The line without points that lie less than `tolerance` off it (Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = line[first], line[last]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        farthest, index = 0.0, None
        for i in range(first + 1, last):
            x, y = line[i]
            if length:
                off = abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
            else:
                off = ((x - ax) ** 2 + (y - ay) ** 2) ** 0.5
            if off > farthest:
                farthest, index = off, i
        if index is not None and farthest > tolerance:
            keep.add(index)
            spans += [(first, index), (index, last)]
    return [line[i] for i in sorted(keep)]


def path(lines: Iterable[Line], closed: bool, tolerance: float) -> str:
    """Lines as the `d` of an SVG path, to a tenth of a unit, each step from the last."""
    parts = []
    for line in lines:
        if closed:
            width = max(x for x, _ in line) - min(x for x, _ in line)
            height = max(y for _, y in line) - min(y for _, y in line)
            if max(width, height) < SMALLEST:
                continue
            half = len(line) // 2  # a ring is thinned as two lines, or it would have no length to measure against
            line = thinned(line[: half + 1], tolerance)[:-1] + thinned(line[half:], tolerance)
        else:
            line = thinned(line, tolerance)
        tenths = [(round(x * 10), round(y * 10)) for x, y in line]
        steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(tenths)]
        steps = [step for step in steps if step != (0, 0)]
        if len(steps) < (2 if closed else 1):
            continue
        text = "M" + _pair(*tenths[0]) + "l" + " ".join(_pair(*step) for step in steps) + ("z" if closed else "")
        parts.append(text.replace(" -", "-"))
    return "".join(parts)


def _pair(x: int, y: int) -> str:
    return f"{_tenths(x)} {_tenths(y)}"


def _tenths(n: int) -> str:
    sign, n = "-" if n < 0 else "", abs(n)
    whole, rest = divmod(n, 10)
    return f"{sign}{whole or ''}.{rest}" if rest else f"{sign}{whole}"


def drawing(folder: Path) -> str:
    """The whole file."""
    coarse, fine = Topology(folder / "countries-110m.json"), Topology(folder / "countries-50m.json")
    parts = [
        (WORLD, "land", path(world(coarse), True, 0.25)),
        (NEAR, "land", path(near(fine), True, 0.35)),
        (NEAR, "borders", path(near_borders(fine), False, 0.35)),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WORLD.width} {WORLD.height}">',
            "<!-- Natural Earth 4.1.0, public domain, by way of world-atlas 2.0.2 (ISC); see bench/outline.py -->",
            "<defs>",
            *(f'<path id="{_name(view, part)}" d="{d}"/>' for view, part, d in parts),
            "</defs>",
            f'<use href="#{_name(WORLD, "land")}"/>',
            "</svg>\n",
        ]
    )


def _name(view: View, part: str) -> str:
    return f"{view.id}-{part}"


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the unpacked world-atlas package")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs" / "assets" / "outline.svg")
    given = parser.parse_args()
    given.out.write_text(drawing(given.folder), encoding="utf-8")


if __name__ == "__main__":
    main()
