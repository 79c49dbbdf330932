"""The map: what stands where, what is joined by an arc, what is only listed, and what is left out for people's sake."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from itertools import combinations
from math import cos, hypot, radians
from pathlib import Path

import pytest
from pages import shown
from records import Fields, base, place, problems, role_only, said

from kb.atlas import NEAR, NEAR_CENTRE, WORLD, Arc, Drawing, View, atlas, equal_earth, lambert, unlambert, whereabouts
from kb.graph import KnowledgeBase
from kb.page import MacroError

ROOT = Path(__file__).parent.parent


def _property(label: str, **more: object) -> Fields:
    return {"label": label, "definition": "D", "range": ["places"], "reverse": f"{label}, reversed", **more}


VOCABULARY: Fields = {
    "properties": {
        "located-in": _property("located in"),
        "sent-to": _property("sent workers to", movement="reported"),
        "to-send-to": _property("is to send workers to", movement="planned"),
        "visited": _property("visited"),
    }
}


def spot(lat: float, lon: float, kind: str = "city", name: str = "Northport", *statements: Fields) -> Fields:
    """A place with a point."""
    at = {"lat": lat, "lon": lon, "inferred": "made up"}
    return place(name=name, kind=kind, coordinates=at, statements=list(statements))


HOME = {"places/north-korea": spot(39.0, 125.75, "country", "North Korea")}


def kb_of(folder: Path, files: Mapping[str, Fields]) -> KnowledgeBase:
    return base(folder, {"properties": VOCABULARY, **HOME, **files})


def group(*statements: Fields, kind: str = "group") -> Fields:
    return role_only(kind=kind, role="Dock workers", statements=list(statements))


def arcs(drawing: Drawing) -> dict[str, Arc]:
    return {arc.place.id: arc for arc in drawing.arcs}


def drawn(drawing: Drawing) -> dict[str, tuple[float, float]]:
    return {mark.place.id: (mark.x, mark.y) for mark in drawing.marks}


def test_projections_are_the_published_ones() -> None:
    assert equal_earth(0, 180, centre=0)[0] == pytest.approx(-2.70663, abs=1e-5)
    assert equal_earth(90, 0, centre=0)[1] == pytest.approx(1.31736, abs=1e-5)
    assert equal_earth(0, 190, centre=150)[0] == pytest.approx(equal_earth(0, 40, centre=0)[0])
    assert lambert(-90, 0, centre=(0, 0)) == pytest.approx((0, -(2**0.5)))
    for point in ((29.87, 121.55), (48.48, 135.08), NEAR_CENTRE):
        assert unlambert(*lambert(*point, centre=NEAR_CENTRE), centre=NEAR_CENTRE) == pytest.approx(point)


@pytest.mark.parametrize("view", [WORLD, NEAR], ids=lambda view: view.id)
def test_a_square_mile_is_as_large_in_the_north_as_in_the_south(view: View) -> None:
    def area(lat: float, lon: float) -> float:
        (x, y), (ex, ey), (nx, ny) = (view.at(*at) for at in ((lat, lon), (lat, lon + 0.01), (lat + 0.01, lon)))
        return abs((ex - x) * (ny - y) - (ey - y) * (nx - x)) / cos(radians(lat))

    assert area(30, 110) == pytest.approx(area(50, 135), rel=1e-3)


def test_a_city_near_korea_is_drawn_close_up_and_a_far_one_in_the_world(tmp_path: Path) -> None:
    kb = kb_of(tmp_path, {"places/near": spot(43, 131), "places/far": spot(25, 55), "places/pointless": place()})
    world, near = atlas(kb).drawings
    assert set(drawn(world)) == {"north-korea", "far"}
    assert set(drawn(near)) == {"north-korea", "near"}


def test_a_country_nearby_stands_in_both(tmp_path: Path) -> None:
    kb = kb_of(tmp_path, {"places/country": spot(39.9, 116.4, "country")})
    assert all("country" in drawn(drawing) for drawing in atlas(kb).drawings)


def test_north_is_up_and_east_is_right(tmp_path: Path) -> None:
    near = drawn(atlas(kb_of(tmp_path, {"places/north-east": spot(48, 135)})).drawings[1])
    (hx, hy), (x, y) = near["north-korea"], near["north-east"]
    assert x > hx and y < hy


def test_marks_of_one_point_stand_side_by_side(tmp_path: Path) -> None:
    kb = kb_of(tmp_path, {f"places/p{i}": spot(30, 120, "worksite") for i in range(9)})
    points = [point for id, point in drawn(atlas(kb).drawings[1]).items() if id != "north-korea"]
    assert len(points) == 9
    assert all(hypot(a[0] - b[0], a[1] - b[1]) >= 9.9 for a, b in combinations(points, 2))
    assert all(hypot(x - NEAR.at(30, 120)[0], y - NEAR.at(30, 120)[1]) < 45 for x, y in points)


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_names_do_not_run_into_each_other_or_out_of_the_frame(tmp_path: Path, size: str) -> None:
    crowd = {f"places/p{i}": spot(35 + i % 7 * 0.4, 120 + i // 7 * 0.9, name=f"The harbour of {i}") for i in range(49)}
    boxes = []
    for mark in atlas(kb_of(tmp_path, crowd)).drawings[1].marks:
        label, height = getattr(mark, size), getattr(NEAR, size)
        if label is None:
            continue
        width = 0.5 * height * len(mark.place.caption)
        left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        boxes.append((left, label.y - 0.7 * height, left + width, label.y))
    assert 5 < len(boxes) <= 50
    assert all(
        left >= 0 and top >= 0 and right <= NEAR.width and bottom <= NEAR.height for left, top, right, bottom in boxes
    )
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_an_arc_leads_to_every_place_of_a_movement_and_to_no_other(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {
            "people/workers": group(said("one", "sent-to", "port"), said("two", "visited", "spa"), said("three", "sent-to", "moor")),
            "places/port": spot(30, 121), "places/spa": spot(31, 112), "places/moor": place(name="The moor"),
        },
    )  # fmt: skip
    near = atlas(kb).drawings[1]
    assert set(arcs(near)) == {"port"}
    start, end = (
        re.findall(r"-?[\d.]+ -?[\d.]+", arcs(near)["port"].path)[:1],
        arcs(near)["port"].path.rsplit(" ", 2)[1:],
    )
    hx, hy = drawn(near)["north-korea"]
    x, y = map(float, start[0].split())
    assert hypot(x - hx, y - hy) < 9
    px, py = drawn(near)["port"]
    assert hypot(float(end[0]) - px, float(end[1]) - py) < 9


def test_one_arc_stands_for_any_number_of_statements(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {"people/workers": group(*(said(f"s{i}", "sent-to", "port") for i in range(5))), "places/port": spot(30, 121)},
    )
    (arc,) = atlas(kb).drawings[1].arcs
    assert len(arc.said) == 5


@pytest.mark.parametrize(
    ("property", "modality", "certain"),
    [("sent-to", "stated", True), ("sent-to", "speculated", False), ("to-send-to", "stated", False)],
)
def test_what_is_planned_or_guessed_is_drawn_as_such(
    tmp_path: Path, property: str, modality: str, certain: bool
) -> None:
    cite = {"source": "article", "at": 1, "modality": modality}
    kb = kb_of(tmp_path, {"people/workers": group(said("s", property, "port", cite)), "places/port": spot(30, 121)})
    (arc,) = atlas(kb).drawings[1].arcs
    assert arc.certain is certain
    assert ("kb-map__arc--unsure" in shown(kb, "{{ atlas('port') }}")) is not certain


def test_an_arc_to_a_place_outside_leaves_the_frame_with_its_name(tmp_path: Path) -> None:
    kb = kb_of(tmp_path, {"people/workers": group(said("s", "sent-to", "far")), "places/far": spot(55.75, 37.6)})
    world, near = atlas(kb).drawings
    assert not arcs(world)["far"].leaves
    leaving = arcs(near)["far"]
    assert leaving.leaves and leaving.wide
    x, y = map(float, leaving.path.rsplit(" ", 2)[1:])
    assert min(x, y, NEAR.width - x, NEAR.height - y) < 15
    assert "to Northport" in shown(kb, "{{ atlas() }}\n\n{{ sources() }}")


def test_where_a_single_person_was_is_not_put_on_the_map(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {
            "people/one": group(said("s", "sent-to", "port"), kind="person"),
            "people/many": group(said("s", "sent-to", "cannery")),
            "places/port": spot(30, 121), "places/cannery": spot(33, 110),
        },
    )  # fmt: skip
    map_ = atlas(kb)
    assert set(arcs(map_.drawings[1])) == {"cannery"}
    listed = {linked.ref for country in map_.countries for entry in country.entries for linked in entry.said}
    assert listed == {"many#s"}
    drawing = whereabouts(kb, kb.records["port"])
    assert drawing is not None and not drawing.arcs


def test_the_list_goes_by_country_and_has_what_no_drawing_can_show(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {
            "places/land": place(name="The land", kind="country"),
            "places/shire": place(name="The shire", kind="province", statements=[said("in", "located-in", "land")]),
            "places/town": place(name="The town", statements=[said("in", "located-in", "shire")]),
            "places/adrift": place(name="Adrift"),
            "places/wide": place(name="The wide", kind="region"),
        },
    )
    map_ = atlas(kb)
    listed = {c.place.id if c.place else None: [e.place.id for e in c.entries] for c in map_.countries}
    assert listed == {"land": ["land", "shire", "town"], "north-korea": ["north-korea"], None: ["adrift"]}
    assert [entry.place.id for entry in map_.regions] == ["wide"]


def test_places_that_lie_in_each_other_have_no_country(tmp_path: Path) -> None:
    files = {
        "places/a": place(name="A", statements=[said("in", "located-in", "b")]),
        "places/b": place(name="B", statements=[said("in", "located-in", "a")]),
    }
    assert [e.place.id for c in atlas(kb_of(tmp_path, files)).countries if c.place is None for e in c.entries] == [
        "a",
        "b",
    ]


def test_every_mark_and_arc_is_a_link_and_every_movement_is_cited(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {
            "people/workers": group(said("once", "sent-to", "port"), said("first", "sent-to", "pier"), said("then", "sent-to", "pier")),
            "places/port": spot(30, 121), "places/pier": spot(33, 110),
        },
    )  # fmt: skip
    html = shown(kb, "{{ atlas() }}\n\n{{ sources() }}")
    svg = "".join(re.findall(r"<svg class=\"kb-map kb-map--.*?</svg>", html, re.DOTALL))
    links = re.findall(r'<a class="kb-map__\w+[^"]*" href="([^"]+)"', svg)
    assert {"../places/port/", "../places/pier/", "../places/north-korea/"} <= set(links)
    assert "../people/workers/#once" in links
    assert "#map-pier" in links and 'id="map-pier"' in html
    for ref in ("once", "first", "then"):
        assert re.search(rf'href="../people/workers/#{ref}">[^<]*</a><sup class="kb-cite"><a href="#cite-1"', html)
    assert not re.search(r'\sstyle="|<style', html)


def test_names_are_escaped(tmp_path: Path) -> None:
    html = shown(kb_of(tmp_path, {"places/odd": spot(30, 121, name="<b>Odd & co</b>")}), "{{ atlas() }}")
    assert "<b>" not in html
    assert html.count("&lt;b&gt;Odd &amp; co&lt;/b&gt;</text>") == 2


def test_the_map_of_one_record_has_its_places_and_no_others(tmp_path: Path) -> None:
    kb = kb_of(
        tmp_path,
        {
            "people/workers": group(said("s", "sent-to", "port"), said("t", "visited", "spa", place="inland")),
            "places/port": spot(30, 121, "city", "The port"), "places/spa": spot(31, 112), "places/inland": spot(34, 109),
            "places/other": spot(44, 131), "places/cannery": spot(30, 121, "worksite", "C", said("in", "located-in", "port")),
            "places/nowhere": place(),
        },
    )  # fmt: skip
    drawings = {id: whereabouts(kb, kb.records[id]) for id in ("workers", "port", "nowhere", "courier")}
    assert drawings["nowhere"] is None and drawings["courier"] is None
    assert drawings["workers"] and set(drawn(drawings["workers"])) == {"north-korea", "port", "spa", "inland"}
    assert drawings["port"] and set(drawn(drawings["port"])) == {"north-korea", "port", "cannery"}
    assert set(arcs(drawings["port"])) == {"port"}
    assert "The port" in shown(kb, '{{ atlas("record") }}', kb.records["workers"])
    assert shown(kb, '{{ atlas("record") }}', kb.records["nowhere"]).strip() == ""
    with pytest.raises(MacroError, match="pages of records"):
        shown(kb, '{{ atlas("record") }}')
    with pytest.raises(MacroError, match=r"no record “prot”.*did you mean “port”"):
        shown(kb, '{{ atlas("prot") }}')


def test_a_movement_leads_to_a_place(tmp_path: Path) -> None:
    wrong = {**VOCABULARY["properties"], "sent": {**_property("sent"), "range": "text", "movement": "reported"}}
    found = problems(tmp_path, {"properties": {"properties": wrong}})
    assert [(problem.code, "“sent” is a movement" in problem.message) for problem in found] == [("wrong-range", True)]


def test_without_the_country_that_sends_there_is_a_map_without_arcs(tmp_path: Path) -> None:
    files = {"people/workers": group(said("s", "sent-to", "port")), "places/port": spot(30, 121)}
    kb = base(tmp_path, {"properties": VOCABULARY, **files})
    near = atlas(kb).drawings[1]
    assert set(drawn(near)) == {"port"} and not near.arcs


def test_the_outlines_are_the_ones_on_record_and_hold_what_is_drawn(tmp_path: Path) -> None:
    vendored = (ROOT / "VENDORED.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", vendored, re.MULTILINE)
    assert "docs/assets/outline.svg" in dict(rows)
    for file, digest in rows:
        assert hashlib.sha256((ROOT / file).read_bytes()).hexdigest() == digest, file
    outline = (ROOT / "docs" / "assets" / "outline.svg").read_text(encoding="utf-8")
    html = shown(kb_of(tmp_path, {"places/far": spot(25, 55)}), "{{ atlas() }}")
    wanted = set(re.findall(r'assets/outline\.svg#([\w-]+)"', html))
    assert len(wanted) == 3
    assert wanted <= set(re.findall(r'<path id="([\w-]+)"', outline))


def _rings(part: str) -> list[list[tuple[float, float]]]:
    """The rings of a part of the outlines."""
    outline = (ROOT / "docs" / "assets" / "outline.svg").read_text(encoding="utf-8")
    found = re.search(rf'id="{part}" d="([^"]+)"', outline)
    assert found
    rings = []
    for ring in found[1].split("M")[1:]:
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", ring)]
        x, y = numbers[:2]
        points = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        rings.append(points)
    return rings


def _inside(point: tuple[float, float], rings: list[list[tuple[float, float]]]) -> bool:
    x, y = point
    crossings = 0
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            crossings += (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("view", "lat", "lon", "land"),
    [
        (WORLD, 55.75, 37.6, True), (WORLD, 0, 23, True), (WORLD, 40, -100, True), (WORLD, 66, 179, True),
        (WORLD, 72, -40, True), (WORLD, 0, -150, False), (WORLD, -30, 90, False), (WORLD, 55, -35, False),
        (NEAR, 39.0, 125.9, True), (NEAR, 48.4, 134.5, True), (NEAR, 34.3, 109, True), (NEAR, 38, 122.5, False),
        (NEAR, 40, 135, False),
    ],
)  # fmt: skip
def test_land_is_drawn_where_land_is(view: View, lat: float, lon: float, land: bool) -> None:
    assert _inside(view.at(lat, lon), _rings(f"{view.id}-land")) is land
