"""Networks: what joins two records, what is drawn of it, and what the script of the whole network adds in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from math import hypot
from pathlib import Path
from threading import Thread

import pytest
from pages import shown
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright
from project import Project
from records import Fields, base, dispute, event, institution, place, position, role_only, said

from kb import network as module
from kb.graph import KnowledgeBase
from kb.network import NEIGHBOURS, Network, neighbourhood, network


def joined(kb: KnowledgeBase, id: str) -> dict[str, tuple[str, ...]]:
    """What a record is joined to, and the words of it."""
    drawn = neighbourhood(kb, kb.records[id])
    return {spoke.record.id: spoke.says for spoke in drawn.spokes} if drawn else {}


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    return base(
        tmp_path,
        {
            "institutions/agency": institution(
                name="The agency", statements=[said("led", "led-by", "clerk", place="port"), said("words", "said", "See [[quay|there]].")]
            ),
            "people/clerk": role_only(),
            "places/port": place(name="The port"),
            "places/quay": place(name="The quay", statements=[said("in", "located-in", "port")]),
            "events/ferry": event(statements=[said("day", "took-place", "2011"), said("year", "took-place", "2012")]),
            "disputes/when": dispute(position("one", "ferry#day"), position("two", "ferry#year"), name="When"),
            "places/alone": place(name="Alone", statements=[said("said", "said", "nothing")]),
        },
    )  # fmt: skip


def test_records_are_joined_from_either_side(kb: KnowledgeBase) -> None:
    assert set(joined(kb, "agency")) == {"clerk", "port", "quay"}
    assert set(joined(kb, "port")) == {"agency", "quay"}
    assert set(joined(kb, "clerk")) == {"agency"}
    assert set(joined(kb, "quay")) == {"agency", "port"}


def test_a_dispute_is_joined_to_what_it_is_about_and_to_who_takes_a_side(kb: KnowledgeBase) -> None:
    assert set(joined(kb, "when")) == {"ferry", "courier"}
    assert joined(kb, "ferry") == {
        "when": ("The ferry took place 2011", "The ferry took place 2012"),
    }


def test_citing_joins_nothing(kb: KnowledgeBase) -> None:
    assert set(joined(kb, "article")) == {"courier"}
    assert neighbourhood(kb, kb.records["alone"]) is None
    assert shown(kb, '{{ neighbourhood("alone") }}').strip() == ""


def test_the_words_of_a_join_are_those_of_the_statement(kb: KnowledgeBase) -> None:
    assert joined(kb, "clerk")["agency"] == ("The agency led by A clerk",)
    assert joined(kb, "article")["courier"] == ("The Courier published The Courier, 2 April 2011",)
    assert joined(kb, "courier")["article"] == ("The Courier published The Courier, 2 April 2011",)


def test_a_record_that_names_itself_is_not_its_own_neighbour(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/port": place(summary="Near [[port]].", statements=[said("in", "located-in", "port")])})
    assert neighbourhood(kb, kb.records["port"]) is None
    assert network(kb).joined == 1  # the newsroom and its article


def test_neighbours_stand_by_type_and_their_lines_end_where_their_names_are(kb: KnowledgeBase) -> None:
    drawn = neighbourhood(kb, kb.records["agency"])
    assert drawn is not None
    types = [type_ for side in (drawn.left, drawn.right) for type_, _ in side.sectors]
    assert types == ["people", "places"]
    for side, edge in ((drawn.left, "H0"), (drawn.right, "H100")):
        rows = sum(1 + len(spokes) for _, spokes in side.sectors)
        line = (drawn.rows - rows) / 2
        for _, spokes in side.sectors:
            line += 1
            for spoke in spokes:
                assert spoke.path.endswith(f" {line * 10 + 5:g}{edge}")
                line += 1


def test_of_many_neighbours_those_joined_most_are_drawn_and_the_rest_counted(tmp_path: Path) -> None:
    files: dict[str, Fields] = {
        f"places/p{i:02}": place(name=f"P{i:02}", statements=[said("in", "located-in", "hub")]) for i in range(40)
    }
    files["places/p39"] = place(
        name="P39", statements=[said("in", "located-in", "hub"), said("of", "said", "so", place="hub")]
    )
    kb = base(tmp_path, {"places/hub": place(name="Hub"), **files})
    names = joined(kb, "hub")
    assert len(names) == NEIGHBOURS and "p39" in names and "p38" not in names
    assert "And 16 more records joined to this one" in shown(kb, '{{ neighbourhood("hub") }}')


def test_every_neighbour_is_a_link_that_says_how(kb: KnowledgeBase) -> None:
    html = shown(kb, '{{ neighbourhood("agency") }}')
    assert '<a href="../people/clerk/" title="The agency led by A clerk">A clerk</a>' in html
    assert html.count("H0") + html.count("H100") == 3  # a line to each
    assert not re.search(r'\sstyle="|<style', html)


def test_what_a_record_is_called_is_escaped(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "places/odd": place(name='<b>"Odd"</b>', statements=[said("in", "located-in", "port")]),
            "places/port": place(),
        },
    )
    for text in ('{{ neighbourhood("port") }}', "{{ network() }}"):
        html = shown(kb, text)
        assert "<b>" not in html and "&lt;b&gt;" in html and 'title="<' not in html


# --- the whole network -----------------------------------------------------------------------------------------------


def test_every_record_is_on_the_circle_by_type_and_name(kb: KnowledgeBase) -> None:
    drawn = network(kb)
    assert {node.record.id for node in drawn.nodes} == set(kb.records)
    assert [sector.type for sector in drawn.sectors] == [
        "people",
        "places",
        "institutions",
        "events",
        "disputes",
        "sources",
    ]
    places = next(sector for sector in drawn.sectors if sector.type == "places")
    assert [node.record.id for node in places.nodes] == ["alone", "port", "quay"]
    radii = [hypot(node.x, node.y) for node in drawn.nodes]
    assert max(radii) - min(radii) < 1
    assert all(hypot(a.x - b.x, a.y - b.y) > 12 for a, b in pairwise(drawn.nodes))


def test_the_network_joins_what_the_neighbourhoods_join(kb: KnowledgeBase) -> None:
    drawn = network(kb)
    pairs = {frozenset(drawn.nodes[end].record.id for end in link.ends) for link in drawn.links}
    assert pairs == {frozenset((id, other)) for id in kb.records for other in joined(kb, id)}
    assert len(drawn.links) == len(pairs) == drawn.joined
    assert {node.record.id: node.degree for node in drawn.nodes} == {id: len(joined(kb, id)) for id in kb.records}


def test_a_dot_is_as_large_as_what_it_is_joined_to(kb: KnowledgeBase) -> None:
    nodes = {node.record.id: node for node in network(kb).nodes}
    assert nodes["agency"].size > nodes["port"].size > nodes["clerk"].size > nodes["alone"].size > 0
    assert nodes["agency"].size ** 2 / nodes["clerk"].size ** 2 == pytest.approx(3, rel=0.05)


def test_names_on_the_left_are_not_upside_down(kb: KnowledgeBase) -> None:
    for node in network(kb).nodes:
        assert node.left == (node.x < 0)
        assert (node.turn + 90) % 360 <= 180.1


def test_of_many_records_the_best_connected_are_drawn_and_the_rest_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: Mapping[str, Fields] = {
        f"places/p{i:02}": place(name=f"P{i:02}", statements=[said("in", "located-in", f"p{i // 3:02}")] if i else [])
        for i in range(30)
    }
    kb = base(tmp_path, files)
    monkeypatch.setattr(module, "DRAWN", 10)
    drawn = network(kb)
    assert len(drawn.nodes) == 10 and drawn.records == 32
    least = min(node.degree for node in drawn.nodes)
    outside = set(kb.records) - {node.record.id for node in drawn.nodes}
    assert all(len(joined(kb, id)) <= least for id in outside)
    assert drawn.joined > len(drawn.links) > 0
    html = shown(kb, "{{ network() }}")
    assert "the best connected of 32; 22 are not drawn" in html
    assert f"pairs joined of {drawn.joined}" in html


def test_the_best_connected_are_listed_with_how_many_they_are_joined_to(kb: KnowledgeBase) -> None:
    best = network(kb).best
    assert [node.record.id for node in best][:2] == ["agency", "courier"]
    assert [node.degree for node in best] == sorted((node.degree for node in best), reverse=True)
    html = shown(kb, "{{ network() }}")
    table = html[html.index("<table") :]
    assert re.search(
        r'<a href="../institutions/agency/">The agency</a><br><span[^>]*>[^<]*</span></td><td>3 records', table
    )


def test_every_node_is_a_link(kb: KnowledgeBase) -> None:
    html = shown(kb, "{{ network() }}")
    svg = html[html.index("<svg") : html.index("</svg>")]
    assert set(re.findall(r'<a class="kb-network__node" href="\.\./\w+/([\w-]+)/"', svg)) == set(kb.records)


def test_the_same_records_give_the_same_drawing(kb: KnowledgeBase, tmp_path: Path) -> None:
    def paths(drawn: Network) -> list[str]:
        return [link.path for link in drawn.links]

    assert paths(network(kb)) == paths(network(kb)) != []


# --- in a browser ----------------------------------------------------------------------------------------------------


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def tab(built: Project) -> Iterator[Tab]:
    """The page of the network in a browser; fails on any mistake the browser reports."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(built.site))) as server,
        sync_playwright() as playwright,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        mistakes: list[str] = []
        tab.on("pageerror", lambda error: mistakes.append(str(error)))
        tab.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)
        tab.goto(f"http://127.0.0.1:{server.server_port}/views/network/")
        yield tab
        browser.close()
        server.shutdown()
        assert not mistakes


def test_what_a_record_is_joined_to_lights_up(tab: Tab) -> None:
    russia = tab.locator(".kb-network__node[href$='/places/russia/']")
    russia.focus()
    degree = int(russia.locator("title").inner_html().split()[-2])
    assert degree > 3
    assert tab.locator(".kb-network__links .kb-lit").count() == degree
    assert tab.locator(".kb-network__node.kb-lit").count() == degree + 1
    said = tab.locator(".kb-network__said")
    assert said.inner_text().startswith("Russia is joined to ")
    assert said.locator("a").count() == degree + 1
    tab.keyboard.press("Escape")
    assert tab.locator(".kb-lit").count() == 0
    tab.select_option("#kb-network-choice", label="China")
    assert said.inner_text().startswith("China is joined to ")


def test_a_type_left_out_takes_its_lines_with_it(tab: Tab) -> None:
    lines = tab.locator(".kb-network__links path:not(.kb-off)")
    before = lines.count()
    tab.get_by_role("checkbox", name="Disputes").uncheck()
    assert 0 < lines.count() < before
    assert not tab.locator(".kb-network__node[href*='/disputes/']").first.is_visible()
    tab.get_by_role("checkbox", name="Disputes").check()
    assert lines.count() == before
    assert tab.locator(".kb-network__node[href*='/disputes/']").first.is_visible()


def test_a_click_goes_to_the_record(tab: Tab) -> None:
    tab.locator(".kb-network__node[href$='/places/russia/'] circle").click()
    tab.wait_for_url("**/places/russia/")
