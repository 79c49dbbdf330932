"""Statements by year: where each stands, what else may reach a year, and that none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import Markup, shown
from records import MINI, base, event, place, said

from kb.dates import parse
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.years import Year, reaches, years


def by_label(kb: KnowledgeBase) -> dict[str, list[str]]:
    return {year.label: [linked.ref for linked in year.statements] for year in years(kb)}


def dated(folder: Path, **times: str) -> KnowledgeBase:
    """A base with one statement for each time."""
    statements = [said(id, "said", id, time=time) if time else said(id, "said", id) for id, time in times.items()]
    return base(folder, {"events/x": event(statements=statements)})


def of(kb: KnowledgeBase, number: int) -> Year:
    return next(year for year in years(kb) if year.number == number)


def test_a_statement_stands_once_in_the_year_its_time_begins(tmp_path: Path) -> None:
    kb = dated(tmp_path, day="2011-04-02", span="2011/2014", on="2012/..", until="../2013", never="", old="-0044")
    assert by_label(kb) == {
        "-44": ["x#old"],
        "2011": ["x#span", "x#day"],
        "2012": ["x#on"],
        "2013": ["x#until"],
        "No date given": ["x#never"],
    }


def test_the_date_of_an_event_is_its_time(tmp_path: Path) -> None:
    kb = base(tmp_path, {"events/x": event(statements=[said("when", "took-place", "2011-04")])})
    assert by_label(kb) == {"2011": ["x#when"]}


def test_a_year_tells_where_else_to_look(tmp_path: Path) -> None:
    kb = dated(tmp_path, day="2011-04-02", span="2011/2014", on="2012/..", until="../2013", late="2015")
    assert of(kb, 2013).elsewhere == ((2011, 1), (2012, 1))
    assert of(kb, 2015).elsewhere == ((2012, 1),)
    assert of(kb, 2011).elsewhere == ((2013, 1),)


@pytest.mark.parametrize(
    ("time", "reached", "not_reached"),
    [("2011-04-02", 2011, 2012), ("2011/2013", 2012, 2014), ("2012/..", 2030, 2011), ("../2013", 1900, 2014)],
)
def test_an_open_end_may_reach_every_year_on_its_side(time: str, reached: int, not_reached: int) -> None:
    assert reaches(parse(time), reached)
    assert not reaches(parse(time), not_reached)


def test_no_statement_is_lost_or_stands_twice() -> None:
    kb = link(load(MINI))
    refs = [linked.ref for year in years(kb) for linked in year.statements]
    assert sorted(refs) == sorted(kb.statements)


def test_the_page_leads_to_every_statement_and_to_where_it_rests() -> None:
    kb = link(load(MINI))
    html = shown(kb, "{{ years() }}")
    hrefs = {dict(attributes).get("href") for tag, attributes in Markup(html).tags if tag == "a"}
    for linked in kb.statements.values():
        assert f"../{linked.subject.type}/{linked.subject.id}/#{linked.statement.id}" in hrefs
        for cite in linked.cites:
            anchor = f"#paragraph-{cite.citation.at}" if isinstance(cite.citation.at, int) else ""
            assert f"../sources/{cite.source.id}/{anchor}" in hrefs


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/x": place(name="<b>x</b>", statements=[said("a", "said", '"><script>1</script>')])})
    html = shown(kb, "{{ years() }}")
    assert "<script>" not in html
    assert "<b>" not in html
