"""The explorer: what it offers, that each offer finds something, and that it is of use without a script."""

from __future__ import annotations

import html as html_escapes
import re
from pathlib import Path

import pytest
from pages import Markup, filled, shown
from records import MINI, Fields, base, institution, place, said, source

from kb.explorer import choices, holding
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.years import reaches, time_of


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


def inside(outer: str) -> Fields:
    return said(f"in-{outer}", "located-in", outer)


def test_every_choice_finds_a_statement(mini: KnowledgeBase) -> None:
    found = mini.statements.values()
    offered = choices(mini)
    for type_name in offered.types:
        assert any(s.subject.type == type_name for s in found)
    for id, label in offered.properties:
        assert any((s.statement.property, s.declared.label) == (id, label) for s in found)
    for year in offered.years:
        assert any(reaches(time, year) for s in found if (time := time_of(s)))
    for choice in offered.sources:
        for voice in choice.voices:
            assert any(c.voice is voice for s in found for c in s.cites)
    for status in offered.statuses:
        assert any(s.status == status for s in found)


def test_what_statements_have_is_offered(mini: KnowledgeBase) -> None:
    offered = choices(mini)
    assert {id for id, _ in offered.properties} == {s.statement.property for s in mini.statements.values()}
    assert {c.source.id for c in offered.sources} == {c.source.id for s in mini.statements.values() for c in s.cites}
    assert set(offered.statuses) == {s.status for s in mini.statements.values()}
    assert {c.place.id for c in offered.places} == {"northport", "cannery"}
    assert offered.undated
    assert offered.years[:2] == (1950, 2001)
    assert 2013 not in offered.years  # the last year that is named is 2012


def test_a_place_is_asked_for_with_all_places_in_it(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "places/state": place(),
            "places/coast": place(statements=[inside("state")]),
            "places/harbour": place(statements=[inside("coast")]),
            "places/moon": place(),
            "institutions/office": institution(statements=[inside("harbour")]),
        },
    )
    assert {c.place.id: c.within for c in choices(kb).places} == {
        "state": ("coast", "harbour"),
        "coast": ("harbour",),
        "harbour": (),
    }


def test_places_that_are_said_to_lie_in_each_other_end_the_search(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/a": place(statements=[inside("b")]), "places/b": place(statements=[inside("a")])})
    assert {c.place.id: c.within for c in choices(kb).places} == {"a": ("b",), "b": ("a",)}


def test_years_that_lie_far_apart_are_not_all_offered(tmp_path: Path) -> None:
    statements = [said("a", "said", "x", time="Y-20000/2011"), said("b", "said", "x", time="2012")]
    kb = base(tmp_path, {"places/x": place(statements=statements)})
    assert choices(kb).years == (-20000, 2011, 2012)


def test_a_place_shows_what_holds_there_and_only_that(mini: KnowledgeBase) -> None:
    assert holding(mini, "northport") == ("harbour-ministry#denial",)
    page = filled(mini, mini.records["northport"])
    section = page.partition('<h2 id="holding">')[2].partition("<h2 ")[0]
    assert "../../institutions/harbour-ministry/#denial" in section
    assert section.count('<li class="kb-statement') == 1
    assert 'id="holding"' not in filled(mini, mini.records["cannery"])


def test_the_page_has_a_way_to_every_statement_without_a_script(mini: KnowledgeBase) -> None:
    page = shown(mini, "{{ explorer() }}")
    form = re.search(r"<form [^>]*>", page)
    assert form
    assert re.search(r"\shidden[ >]", form[0])  # what cannot work is not shown
    hrefs = {dict(attributes).get("href") for tag, attributes in Markup(page).tags if tag == "a"}
    assert {"../sources/courier-2011-04-02/#resting", "../places/northport/#holding", "../people/"} <= hrefs
    assert "../views/years/#year-2011" in hrefs
    assert "../views/years/#undated" in hrefs
    assert "../api/v1/statements.json" in hrefs


def test_every_control_has_a_label_of_its_own(mini: KnowledgeBase) -> None:
    tags = Markup(shown(mini, "{{ explorer() }}")).tags
    controls = [dict(attributes)["id"] for tag, attributes in tags if tag in ("select", "input")]
    labels = [dict(attributes)["for"] for tag, attributes in tags if tag == "label"]
    assert len(controls) == 9
    assert controls == labels


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    hostile = '"><script>1</script>'
    kb = base(
        tmp_path,
        {
            "places/x": place(name=hostile, statements=[said("a", "said", hostile)]),
            "institutions/courier": institution(name=hostile),
            "sources/article": source(name=hostile),
        },
    )
    page = shown(kb, "{{ explorer() }}")
    assert page.count("<script") == 1  # its own
    assert html_escapes.escape(hostile) in page.replace("&#34;", "&quot;")
