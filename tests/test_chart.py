"""Charts: every kind of value looks different, nothing is joined that does not belong together, and a file has the same."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from pages import article, filled, shown
from records import Fields, base, dispute, figure, institution, place, position, said, source

from kb.chart import Chart, chart, observations, table
from kb.export import export
from kb.graph import KnowledgeBase
from kb.model import Figure


def observed(id: str, value: Any, time: str = "", *cites: Fields, **scope: Any) -> Fields:
    return said(id, "observation", value, *cites, **({"time": time} if time else {}), **scope)


def of(kb: KnowledgeBase, id: str = "workers") -> Figure:
    found = kb.records[id]
    assert isinstance(found, Figure)
    return found


def drawn(folder: Path, *statements: Fields, **files: Fields) -> Chart:
    made = {
        "figures/workers": figure(statements=list(statements)),
        **{k.replace("__", "/"): v for k, v in files.items()},
    }
    kb = base(folder, made)
    found = chart(kb, of(kb))
    assert found is not None
    return found


def links(html: str, anchor: str) -> list[str]:
    """The marks that lead to a statement."""
    return re.findall(
        rf'<a[^>]* class="kb-mark-link[^"]*" href="#{anchor}">.*?</a>|<a class="kb-mark-link[^"]*"[^>]*href="#{anchor}">.*?</a>',
        html,
        re.DOTALL,
    )


KINDS = {
    "one": {"exact": 100},
    "near": {"about": 100},
    "floor": {"at-least": 100},
    "ceiling": {"at-most": 100},
    "spread": {"low": 80, "high": 120},
}


def test_every_kind_of_value_is_drawn_in_its_own_way(tmp_path: Path) -> None:
    statements = [observed(id, value, str(2010 + i)) for i, (id, value) in enumerate(KINDS.items())]
    kb = base(tmp_path, {"figures/workers": figure(statements=statements)})
    html = article(filled(kb, of(kb)))
    marks = {id: links(html, id)[0] for id in KINDS}
    shapes = {
        id: (m.count("<line"), m.count("<rect"), m.count("<path"), re.findall("kb-amount--[a-z-]+", m)[0])
        for id, m in marks.items()
    }
    assert len(set(shapes.values())) == len(KINDS)
    assert marks["floor"].count("kb-band kb-fade") == marks["ceiling"].count("kb-band kb-fade") == 5
    assert marks["spread"].count('class="kb-value"') == 2
    assert "Dashed: about." in html


def test_an_open_bound_fades_away_from_its_value(tmp_path: Path) -> None:
    found = drawn(tmp_path, observed("floor", KINDS["floor"], "2010"), observed("ceiling", KINDS["ceiling"], "2011"))
    floor, ceiling = found.marks
    assert max(band.y + band.height for band in floor.bands) == pytest.approx(floor.low)
    assert min(band.y for band in ceiling.bands) == pytest.approx(ceiling.low)
    assert [band.fade for band in sorted(floor.bands, key=lambda band: -band.y)] == [1, 2, 3, 4, 5]


def test_higher_is_higher_and_as_wide_as_the_time(tmp_path: Path) -> None:
    found = drawn(tmp_path, observed("a", 100, "2010"), observed("b", 200, "2012/2014"), observed("c", 150, "2016"))
    a, b, c = found.marks
    assert found.over_time
    assert b.low < c.low < a.low
    assert b.said.width == pytest.approx(3 * a.said.width, abs=0.05)
    assert a.said.x2 < b.said.x1 < c.said.x1


def test_every_mark_and_row_leads_to_its_statement_and_says_what_it_is(tmp_path: Path) -> None:
    kb = base(
        tmp_path, {"figures/workers": figure(statements=[observed("a", 100, "2010"), observed("b", 200, "2011")])}
    )
    html = article(filled(kb, of(kb)))
    chart_section = html.partition('id="chart"')[2].partition("<h2")[0]
    for anchor, words in (
        ("a", "100 workers, 2010, reported: The Courier"),
        ("b", "200 workers, 2011, reported: The Courier"),
    ):
        (mark,) = links(chart_section, anchor)
        assert f"<title>{words}</title>" in mark
        assert f'<td><a class="kb-amount" href="#{anchor}">' in chart_section


def test_the_status_is_shown_by_its_sign(tmp_path: Path) -> None:
    cites = [{"source": "article", "at": 1}, {"source": "other", "at": 1}]
    found = drawn(
        tmp_path,
        observed("alone", 100, "2010"), observed("shared", 120, "2011", *cites), observed("fought", 140, "2012"),
        institutions__wire=institution(name="The Wire"),
        sources__other=source(publisher="wire"),
        disputes__size=dispute(position("one", "workers#fought"), position("two", "workers#alone", since="2012")),
    )  # fmt: skip
    assert [mark.label.text[:2].strip() for mark in found.marks if mark.label] == ["⇄", "✓✓", "⇄"]


def test_one_value_or_one_time_is_a_line_of_values_and_no_curve(tmp_path: Path) -> None:
    one = drawn(tmp_path / "one", observed("a", {"about": 130}, "2016-05"))
    assert not one.over_time
    assert (one.scale.low, one.scale.high) == (0, 200)
    same = drawn(tmp_path / "same", observed("a", 100, "2016"), observed("b", 120, "2016"), observed("c", 90))
    assert not same.over_time
    assert len(same.marks) == 3


def test_a_line_of_values_tells_bounds_from_values(tmp_path: Path) -> None:
    marks = drawn(tmp_path, *(observed(id, value, "2016") for id, value in KINDS.items())).marks
    shapes = {mark.linked.statement.id: mark.value for mark in marks}
    (one,), (spread,) = shapes["one"], shapes["spread"]
    assert one.x1 == one.x2
    assert spread.x1 < spread.x2
    assert [stroke.fade for stroke in shapes["floor"]] == [0, 1, 2, 3, 4, 5]
    assert [stroke.fade for stroke in shapes["ceiling"]] == [5, 4, 3, 2, 1, 0]
    assert shapes["floor"][-1].x2 == 100
    assert shapes["ceiling"][0].x1 == 2


@pytest.mark.parametrize(
    ("values", "log", "low", "high"),
    [
        ([100, 10000], False, 0, 15000),
        ([100, 10001], True, 100, 100000),
        ([5, 8], False, 0, 10),
        ([0, 1000], False, 0, 1500),
        ([-50, 1000], False, -500, 1500),
        ([0, 0], False, 0, 1),
    ],
)
def test_the_axis_starts_at_nought_unless_values_are_a_hundredfold_apart(
    tmp_path: Path, values: list[int], log: bool, low: float, high: float
) -> None:
    scale = drawn(tmp_path, *(observed(f"v{i}", value, str(2010 + i)) for i, value in enumerate(values))).scale
    assert (scale.log, scale.low, scale.high) == (log, low, high)
    assert 2 <= len(scale.values) <= 7
    assert all(0 <= scale.along(value) <= 1 for value in (*values, *scale.values))


def test_a_share_is_drawn_between_nought_and_a_hundred(tmp_path: Path) -> None:
    kb = base(tmp_path, {"figures/workers": figure(unit="percent of pay", statements=[observed("a", 12, "2016")])})
    found = chart(kb, of(kb))
    assert found
    assert (found.scale.low, found.scale.high) == (0, 100)


def test_only_values_of_one_origin_in_one_scope_are_joined(tmp_path: Path) -> None:
    joined = drawn(tmp_path / "a", observed("a", 100, "2010"), observed("b", 80, "2012"))
    assert len(joined.joins) == 1
    other = {"source": "other", "at": 1}
    files = {"institutions__wire": institution(name="The Wire"), "sources__other": source(publisher="wire")}
    assert not drawn(tmp_path / "b", observed("a", 100, "2010"), observed("b", 80, "2012", other), **files).joins
    north = {"places__northport": place()}
    assert not drawn(
        tmp_path / "c", observed("a", 100, "2010"), observed("b", 80, "2012", place="northport"), **north
    ).joins
    assert not drawn(tmp_path / "d", observed("a", 100, "2010"), observed("b", {"at-least": 80}, "2012")).joins


def test_two_figures_never_share_a_drawing(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "figures/workers": figure(statements=[observed("a", 100, "2010"), observed("b", 80, "2012")]),
            "figures/guards": figure(name="Guards", statements=[observed("c", 1, "2010"), observed("d", 2, "2012")]),
        },
    )
    cards = shown(kb, "{{ charts }}\n\n{{ sources }}").split("kb-chart-card")[1:]
    assert len(cards) == 2
    for card, own, foreign in ((cards[0], "guards", "workers"), (cards[1], "workers", "guards")):
        assert f"figures/{own}/#" in card
        assert f"figures/{foreign}/#" not in card


def test_what_cannot_be_drawn_is_in_the_table_and_said_to_be(tmp_path: Path) -> None:
    statements = [
        observed("a", 100, "2010"), observed("b", 80, "2012"),
        observed("other-unit", {"exact": 5, "unit": "crews"}, "2011"), observed("hidden", "unknown", "2013"),
    ]  # fmt: skip
    kb = base(tmp_path, {"figures/workers": figure(statements=statements)})
    found = chart(kb, of(kb))
    assert found
    assert [linked.statement.id for linked in found.undrawn] == ["other-unit", "hidden"]
    html = article(filled(kb, of(kb)))
    assert "Only in the table: 2 observations in another unit, or not known." in html
    assert '<td><a class="kb-amount" href="#hidden">not known</a>' in html


def test_a_value_without_a_date_goes_all_the_way_across(tmp_path: Path) -> None:
    found = drawn(tmp_path, observed("a", 100, "2010"), observed("b", 80, "2012"), observed("c", 90))
    undated = next(mark for mark in found.marks if mark.linked.statement.id == "c")
    assert undated.said.x1 == min(mark.said.x1 for mark in found.marks)
    assert undated.said.x2 == max(mark.said.x2 for mark in found.marks)


def test_labels_do_not_cover_each_other(tmp_path: Path) -> None:
    crowd = [observed(f"v{i}", 1000 + i, f"2010-{i + 1:02d}") for i in range(12)]
    found = drawn(tmp_path, *crowd)
    labels = [mark.label for mark in found.marks if mark.label]
    assert 1 <= len(labels) < len(crowd)
    for width, shown_there in ((520, labels), (330, [label for label in labels if not label.wide])):
        boxes = []
        for label in shown_there:
            length = len(label.text) * 6.6 / width * 100
            boxes.append(
                (label.x, label.x + length, label.y)
                if label.anchor == "start"
                else (label.x - length, label.x, label.y)
            )
        assert all(a[1] < b[0] or b[1] < a[0] or abs(a[2] - b[2]) > 14 for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_figure_without_observations_has_no_chart(tmp_path: Path) -> None:
    kb = base(tmp_path, {"figures/workers": figure()})
    assert chart(kb, of(kb)) is None
    assert 'id="chart"' not in filled(kb, of(kb))


def test_the_file_of_a_figure_has_every_observation_with_its_bounds(tmp_path: Path) -> None:
    values: list[tuple[str, Any, str]] = [
        ("one", {"exact": 5, "unit": 'odd, "quoted"\nunit'}, "2010-02"), ("near", {"about": 7.5}, "2011/.."),
        ("floor", {"at-least": 9}, "../2012"), ("pay", {"low": 1, "high": 2, "currency": "USD", "per": "month"}, "2013"),
        ("hidden", "unknown", "2014"), ("undated", 3, ""),
    ]  # fmt: skip
    kb = base(tmp_path, {"figures/workers": figure(statements=[observed(*value) for value in values])})
    rows = {row["statement"]: row for row in csv.DictReader(io.StringIO(table(kb, of(kb)).decode(), newline=""))}
    assert set(rows) == {linked.ref for linked in observations(kb, of(kb))}

    def cells(id: str, *columns: str) -> list[str]:
        return [rows[f"workers#{id}"][column] for column in columns]

    assert cells("one", "from", "to", "kind", "low", "high", "unit") == [
        "2010-02-01", "2010-02-28", "exact", "5", "5", 'odd, "quoted"\nunit',
    ]  # fmt: skip
    assert cells("near", "time", "from", "to", "kind", "low") == ["2011/..", "2011-01-01", "", "about", "7.5"]
    assert cells("floor", "from", "to", "kind", "low", "high") == ["", "2012-12-31", "at-least", "9", ""]
    assert cells("pay", "kind", "low", "high", "currency", "per") == ["range", "1", "2", "USD", "month"]
    assert cells("hidden", "kind", "low", "high") == ["unknown", "", ""]
    assert cells("undated", "time", "from", "to", "low", "sources") == ["", "", "", "3", "article paragraph 1"]


def test_every_figure_has_a_file_and_its_page_leads_there(tmp_path: Path) -> None:
    kb = base(tmp_path, {"figures/workers": figure(statements=[observed("a", 100, "2010")])})
    files = dict(export(kb))
    assert files["figures/workers.csv"] == table(kb, of(kb))
    assert '<a href="../../figures/workers.csv" download>CSV</a>' in filled(kb, of(kb))
