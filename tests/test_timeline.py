"""The timeline: uncertain dates look uncertain, open ends look open, and of a record only what touches it is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pages import article, filled, shown
from records import VOCABULARY, Fields, base, dispute, event, place, position, said, source

from kb.graph import KnowledgeBase
from kb.page import MacroError
from kb.timeline import Lane, Row, Timeline, timeline

PROPERTIES: Fields = {
    **VOCABULARY["properties"],
    "took-place-in": {"label": "in", "definition": "D", "range": ["places"], "reverse": "saw"},
    "held": {"label": "held", "definition": "D", "range": "date", "lasting": True},
    "planned": {"label": "first sailing planned", "definition": "D", "range": "date"},
    "asks": {"label": "asks", "definition": "D", "range": "text"},
}


def policy(**more: Any) -> Fields:
    return {"name": "The levy", "kind": "rule", "summary": "A made-up rule.", "review": {"date": "2026"}, **more}


def linked(folder: Path, **files: Fields) -> KnowledgeBase:
    made = {name.replace("__", "/"): content for name, content in files.items()}
    return base(folder, {"properties": {**VOCABULARY, "properties": PROPERTIES}, **made})


def drawn(folder: Path, of: str = "", **files: Fields) -> Timeline:
    kb = linked(folder, **files)
    found = timeline(kb, kb.records[of] if of else None)
    assert found is not None
    return found


def lane(found: Timeline, title: str) -> Lane:
    return next(lane for lane in found.lanes if lane.title == title)


def row(found: Timeline, id: str) -> Row:
    return next(row for lane in found.lanes for row in lane.rows if row.record.id == id)


def dated(id: str, time: str, property: str = "took-place") -> Fields:
    return event(statements=[said(id, property, time)])


@pytest.mark.parametrize(
    ("time", "shape", "unsure"),
    [
        ("2010-04-08", "day", False),
        ("2010-04", "within", False),
        ("2010", "within", False),
        ("2010-04~", "within", True),
        ("2010-04-08?", "day", True),
        ("[2010-04-08, 2010-04-10]", "within", True),
    ],
)
def test_an_event_is_a_point_only_where_its_day_is_known(tmp_path: Path, time: str, shape: str, unsure: bool) -> None:
    (mark,) = [d.mark for d in row(drawn(tmp_path, events__ferry=dated("when", time)), "ferry").drawn]
    assert (mark.shape, mark.span.unsure) == (shape, unsure)


def test_every_shape_looks_different_and_is_explained(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        events__day=dated("when", "2010-04-08"), events__month=dated("when", "2010-04~"),
        policies__levy=policy(statements=[said("when", "held", "2009/..")]),
        policies__habit=policy(name="Habit", statements=[said("asked", "asks", "A", time="2010")]),
    )  # fmt: skip
    html = shown(kb, "{{ timeline }}\n\n{{ sources }}")
    for shape in ("day", "within", "lasting", "reported"):
        assert html.count(f"kb-when--{shape}") >= 1
    assert "kb-when--within kb-unsure" in html
    for words in ("Point: a day.", "Outlined:", "Bar:", "Thin line:", "Fading:", "In a halo:"):
        assert words in html
    plain = shown(
        linked(tmp_path / "plain", events__day=dated("when", "2010-04-08")), "{{ timeline }}\n\n{{ sources }}"
    )
    assert "Bar:" not in plain
    assert "halo" not in plain


def test_a_rule_with_no_end_is_drawn_to_its_last_source_and_fades(tmp_path: Path) -> None:
    found = drawn(
        tmp_path,
        policies__levy=policy(statements=[said("when", "held", "2009/..")]), events__later=dated("when", "2014"),
    )  # fmt: skip
    (bar,) = row(found, "levy").drawn
    solid = next(stroke for stroke in bar.strokes if not stroke.fade)
    assert solid.x2 == pytest.approx(
        found.years.x(2011 + 3 / 12 + 2 / 30 / 12), abs=0.02
    )  # the article is of 2 April 2011
    assert bar.strokes[-1].x2 == 100


def test_things_stand_in_the_lane_of_their_kind_earliest_first(tmp_path: Path) -> None:
    found = drawn(
        tmp_path,
        events__late=dated("when", "2012"), events__early=dated("when", "2008"),
        policies__levy=policy(statements=[said("when", "held", "2009")]),
        places__northport=place(statements=[said("begun", "planned", "2010")]),
    )  # fmt: skip
    lanes = {lane.title: [row.record.id for row in lane.rows] for lane in found.lanes}
    assert lanes == {
        "Events": ["early", "northport", "late"], "Rules and practices": ["levy"], "Sources issued": ["article"],
    }  # fmt: skip


def test_a_rule_that_nobody_dates_has_the_times_its_statements_hold_for(tmp_path: Path) -> None:
    statements = [
        said("a", "asks", "A", time="2012"), said("b", "asks", "B", time="2010"), said("c", "asks", "C", time="2010"),
        said("d", "asks", "D"),
    ]  # fmt: skip
    found = row(drawn(tmp_path, policies__levy=policy(statements=statements)), "levy")
    assert [(d.mark.time.text, d.mark.shape) for d in found.drawn] == [("2010", "reported"), ("2012", "reported")]
    statements.append(said("when", "held", "2010/2012"))
    found = row(drawn(tmp_path / "dated", policies__levy=policy(statements=statements)), "levy")
    assert [d.mark.anchor for d in found.drawn] == ["when"]


def test_marks_of_a_row_never_cover_each_other(tmp_path: Path) -> None:
    times = ["../2013", "2010", "2010/2012", "2011", "2012", "2014/.."]
    statements = [said(f"s{i}", "asks", "A", time=time) for i, time in enumerate(times)]
    found = row(drawn(tmp_path, policies__levy=policy(statements=statements)), "levy")
    reach = [(d.level, d.strokes[0].x1, d.strokes[-1].x2) for d in found.drawn]
    assert len(reach) == len(times)
    assert all(a[0] != b[0] or a[2] < b[1] or b[2] < a[1] for i, a in enumerate(reach) for b in reach[:i])
    assert found.height >= max(d.y for d in found.drawn) + 12


def test_every_mark_leads_to_the_statement_or_source_that_dates_it(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        events__ferry=dated("when", "2010-04"),
        places__northport=place(statements=[said("b", "planned", "2010")]),
    )
    html = shown(kb, "{{ timeline }}\n\n{{ sources }}")
    marks = dict(re.findall(r'<a class="kb-mark-link[^"]*" href="([^"]*)"><title>([^<]*)</title>', html))
    assert marks == {
        "../events/ferry/#when": "The ferry: April 2010, reported",
        "../places/northport/#b": "Northport first sailing planned: 2010, reported",
        "../sources/article/": "The Courier, 2 April 2011: 2 April 2011",
    }


def test_the_list_has_everything_in_the_order_of_time_with_who_says_it(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        events__b=dated("when", "2012"),
        events__a=dated("when", "2010-05"),
        events__c=dated("when", "2010-02"),
    )
    listed = shown(kb, "{{ timeline }}\n\n{{ sources }}").partition("kb-chronicle")[2]
    assert re.findall(r"<h4>(\d+)</h4>", listed) == ["2010", "2011", "2012"]
    assert re.findall(r'__when">([^<]*)<', listed) == ["February 2010", "May 2010", "2 April 2011", "2012"]
    assert listed.count("The Courier</span>") == 3


def near(folder: Path) -> KnowledgeBase:
    return linked(
        folder,
        places__northport=place(statements=[said("quiet", "said", "Quiet [[southport|docks]]", time="2007")]),
        places__southport=place(name="Southport"),
        events__ferry=event(statements=[said("when", "took-place", "2010"), said("where", "took-place-in", "northport")]),
        events__flood=event(statements=[said("when", "took-place", "2011"), said("where", "took-place-in", "southport")]),
        policies__levy=policy(statements=[said("held", "held", "2009"), said("ask", "asks", "A", place="northport")]),
        policies__toll=policy(statements=[said("held", "held", "2009")]),
        sources__other=source(name="Other"),
        disputes__size=dispute(position("one", "ferry#when"), position("two", "levy#held", since="2012")),
    )  # fmt: skip


def test_of_a_record_only_what_touches_it_is_drawn(tmp_path: Path) -> None:
    kb = near(tmp_path)
    found = timeline(kb, kb.records["northport"])
    assert found
    assert {lane.title: [row.record.id for row in lane.rows] for lane in found.lanes} == {
        "Events": ["ferry"], "Rules and practices": ["levy"], "Dated statements": ["northport"],
        "Sources issued": ["article"],
    }  # fmt: skip


def test_of_a_dispute_its_positions_and_their_statements_are_drawn(tmp_path: Path) -> None:
    kb = near(tmp_path)
    found = timeline(kb, kb.records["size"])
    assert found
    assert [row.record.id for row in lane(found, "Events").rows] == ["ferry"]
    assert [row.drawn[0].mark.anchor for row in lane(found, "Positions").rows] == ["one", "two"]


def test_of_a_source_what_rests_on_it_is_drawn(tmp_path: Path) -> None:
    kb = near(tmp_path)
    found = timeline(kb, kb.records["article"])
    assert found
    assert {row.record.id for row in lane(found, "Events").rows} == {"ferry", "flood"}
    assert timeline(kb, kb.records["other"]) is None


def test_one_dated_thing_is_no_timeline(tmp_path: Path) -> None:
    kb = linked(tmp_path)
    assert timeline(kb) is None
    assert "kb-timeline" not in shown(kb, "{{ timeline }}\n\n{{ sources }}")


def test_the_macro_is_of_the_page_of_an_id_or_of_everything(tmp_path: Path) -> None:
    kb = near(tmp_path)
    everything, one = (shown(kb, f"{{{{ timeline{of} }}}}\n\n{{{{ sources }}}}") for of in ("", '("northport")'))
    assert "toll" in everything
    assert "toll" not in one
    assert "statement: Quiet docks" not in one
    assert "said: Quiet docks" in one
    own = article(filled(kb, kb.records["northport"], '{{ timeline("record") }}'))
    assert "kb-timeline" in own
    assert "toll" not in own.partition("kb-timeline")[2].partition("kb-chronicle")[0]
    with pytest.raises(MacroError, match="is for the pages of records"):
        shown(kb, '{{ timeline("record") }}')
    with pytest.raises(MacroError, match="did you mean “northport”"):
        shown(kb, '{{ timeline("nothport") }}')


def test_the_status_of_a_dated_statement_is_shown_by_its_sign_too(tmp_path: Path) -> None:
    html = shown(near(tmp_path), "{{ timeline }}\n\n{{ sources }}").partition("kb-chronicle")[0]
    signs = {row[1]: "⇄" in row[2] for row in re.finditer(r'<li><p><a href="../\w+/(\w+)/">(.*?)</p>', html)}
    assert signs == {"ferry": True, "flood": False, "levy": True, "toll": False, "article": False, "other": False}
