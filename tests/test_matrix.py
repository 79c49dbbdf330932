"""Who may go: what the vocabulary says of a property makes the cells, and nothing is said that no statement says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pages import shown
from records import VOCABULARY, Fields, base, dispute, place, position, role_only, said, source

from kb.graph import KnowledgeBase
from kb.matrix import Cell, Matrix, Row, matrix
from kb.page import MacroError

PROPERTIES: Fields = {
    **VOCABULARY["properties"],
    "lets-in": {"label": "open to", "definition": "D", "range": ["people"], "reverse": "R", "eligibility": "open"},
    "bars": {"label": "closed to", "definition": "D", "range": ["people"], "reverse": "R", "eligibility": "closed"},
    "asks-of": {"label": "asks", "definition": "D", "range": "text", "eligibility": "condition"},
    "concerns": {"label": "concerns", "definition": "D", "range": ["people"], "reverse": "R"},
}


def group(role: str) -> Fields:
    return role_only(role=role, kind="group")


def rule(*statements: Fields) -> Fields:
    return {
        "name": "The rule", "kind": "rule", "summary": "A made-up rule.", "review": {"date": "2026"},
        "statements": list(statements),
    }  # fmt: skip


def linked(folder: Path, *statements: Fields, **files: Any) -> KnowledgeBase:
    made = {name.replace("__", "/"): content for name, content in files.items()}
    return base(
        folder,
        {
            "properties": {**VOCABULARY, "properties": PROPERTIES},
            "people/dockers": group("Dockers"),
            "people/farmers": group("Farmers"),
            "policies/rule": rule(*statements),
            **made,
        },
    )


def table(folder: Path, *statements: Fields, **files: Any) -> Matrix:
    found = matrix(linked(folder, *statements, **files))
    assert found is not None
    return found


def cells(row: Row) -> list[tuple[int, int, list[tuple[str, str]]]]:
    return [(cell.first, cell.last, [(e.eligibility, e.standing) for e in cell.entries]) for cell in row.cells]


def test_rows_are_groups_and_columns_the_years_that_are_said(tmp_path: Path) -> None:
    found = table(
        tmp_path, said("a", "lets-in", "dockers", time="2008"), said("b", "bars", "farmers", time="2006/2007")
    )
    assert list(found.years) == [2006, 2007, 2008]
    assert [row.name for row in found.rows] == ["Farmers", "Dockers"]  # in the order in which they are first named
    assert cells(found.rows[0]) == [(2006, 2007, [("closed", "said")]), (2008, 2008, [])]
    assert cells(found.rows[1]) == [(2006, 2007, []), (2008, 2008, [("open", "said")])]


def test_the_vocabulary_and_not_the_name_of_a_property_decides(tmp_path: Path) -> None:
    assert matrix(linked(tmp_path, said("a", "concerns", "dockers", time="2008"))) is None


def test_an_open_end_is_said_to_the_year_of_its_last_source_and_carried_on(tmp_path: Path) -> None:
    cites = ({"source": "article", "at": 1}, {"source": "later", "at": 1})
    found = table(
        tmp_path,
        said("a", "bars", "dockers", *cites, time="2009/.."), said("b", "lets-in", "farmers", time="2015"),
        sources__later=source(issued="2013"),
    )  # fmt: skip
    assert cells(found.rows[0]) == [(2009, 2013, [("closed", "said")]), (2014, 2015, [("closed", "no end said")])]


def test_an_open_start_is_carried_back(tmp_path: Path) -> None:
    found = table(tmp_path, said("a", "lets-in", "dockers", time="../2010"), said("b", "bars", "farmers", time="2008"))
    dockers = next(row for row in found.rows if row.name == "Dockers")
    assert cells(dockers) == [(2008, 2009, [("open", "no start said")]), (2010, 2010, [("open", "said")])]


def test_a_plan_that_starts_after_its_source_is_said_for_its_first_year_only(tmp_path: Path) -> None:
    found = table(tmp_path, said("a", "lets-in", "dockers", time="2012/.."), said("b", "bars", "farmers", time="2014"))
    assert cells(found.rows[0])[1:] == [(2013, 2014, [("open", "no end said")])]


def only(found: Matrix) -> Cell:
    (cell,) = found.rows[0].cells
    return cell


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [({}, {}, True), ({"place": "northport"}, {}, True), ({"place": "northport"}, {"place": "southport"}, False)],
)
def test_in_and_out_in_one_year_and_scope_is_a_clash_that_shows(
    tmp_path: Path, one: dict[str, str], other: dict[str, str], clash: bool
) -> None:
    kb = linked(
        tmp_path,
        said("a", "lets-in", "dockers", time="2008", **one), said("b", "bars", "dockers", time="2008", **other),
        places__northport=place(), places__southport=place(name="Southport"),
    )  # fmt: skip
    found = matrix(kb)
    assert found
    assert only(found).clash is clash
    assert ("said both ways" in shown(kb, "{{ who_may_go }}\n\n{{ sources }}")) is clash


def test_a_clash_reaches_into_the_years_carried_on(tmp_path: Path) -> None:
    found = table(tmp_path, said("a", "bars", "dockers", time="2009/.."), said("b", "lets-in", "dockers", time="2015"))
    assert [(cell.last, cell.clash) for cell in found.rows[0].cells] == [(2011, False), (2014, False), (2015, True)]


def test_conditions_stand_with_their_group_or_with_everybody(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        said("a", "asks-of", "good health", time="2007"), said("b", "asks-of", "a family", time="2008", group="dockers"),
    )  # fmt: skip
    assert [(row.name, [linked.statement.id for linked in row.statements]) for row in found.rows] == [
        ("Dockers", ["b"]), ("Everybody who applies", ["a"]),
    ]  # fmt: skip


def test_single_people_and_people_with_a_name_have_no_row(tmp_path: Path) -> None:
    named = {
        "name": "Quill Sandpiper",
        "protection": "public",
        "protection-reason": "R",
        "summary": "S",
        "review": {"date": "2026"},
    }
    assert (
        matrix(
            linked(
                tmp_path,
                said("a", "bars", "clerk", time="2008"), said("b", "bars", "quill", time="2008"),
                people__clerk=role_only(), people__quill=named,
            )
        )
        is None
    )  # fmt: skip


def test_what_has_no_date_is_in_no_cell_but_behind_the_table(tmp_path: Path) -> None:
    kb = linked(tmp_path, said("a", "lets-in", "dockers", time="2008"), said("b", "bars", "farmers"))
    found = matrix(kb)
    assert found
    assert [row.name for row in found.rows] == ["Dockers"]
    assert [row.name for row in found.undated] == ["Farmers"]
    html = shown(kb, "{{ who_may_go }}\n\n{{ sources }}")
    assert "Farmers" not in html.partition("</table>")[0]
    assert "(no year is said)" in html.partition("</table>")[2]


def test_a_cell_says_in_words_what_it_is_and_leads_to_its_statement(tmp_path: Path) -> None:
    implied = {"source": "article", "at": 1, "modality": "implied"}
    kb = linked(
        tmp_path,
        said("a", "bars", "dockers", time="2009/..", place="northport", sector="fishing"),
        said("b", "lets-in", "farmers", implied, time="2015", group="dockers"),
        said("c", "asks-of", "a family in [[northport|the city]]", time="2015"),
        places__northport=place(),
        disputes__size=dispute(position("one", "rule#a"), position("two", "rule#c")),
    )
    html = shown(kb, "{{ who_may_go }}\n\n{{ sources }}").partition("</table>")[0]
    words = {
        (match[1], " ".join(re.sub(r"<[^>]*>", " ", match[2]).split()))
        for match in re.finditer(
            r'<a class="kb-entry[^"]*" href="../policies/rule/#(\w)"[^>]*>(.*?)</a>', html, re.DOTALL
        )
    }
    assert words == {
        ("a", "closed for Northport Fishing ⇄ contested"),
        ("a", "closed no end said; last said in 2011 for Northport Fishing ⇄ contested"),
        ("b", "open for Dockers implied"),
        ("c", "condition: a family in the city ⇄ contested"),
    }


def test_the_page_puts_groups_in_order_under_headings_and_everybody_last(tmp_path: Path) -> None:
    statements = (
        said("a", "bars", "dockers", time="2006"), said("b", "lets-in", "farmers", time="2007"),
        said("c", "lets-in", "weavers", time="2005"), said("d", "asks-of", "good health", time="2005"),
    )  # fmt: skip
    kb = linked(tmp_path, *statements, people__weavers=group("Weavers"))
    html = shown(kb, '{{ who_may_go(groups={"By trade": ["farmers", "dockers"]}) }}\n\n{{ sources }}')
    rows = re.findall(r'<th scope="row(?:group)?"[^>]*>(?:<[^>]*>)?([^<]*)', html.partition("</table>")[0])
    assert rows == ["By trade", "Farmers", "Dockers", "Other groups", "Weavers", "Everybody who applies"]
    assert html.partition("</table>")[0].count("<tbody>") == 3
    with pytest.raises(MacroError, match="did you mean “farmers”"):
        shown(kb, '{{ who_may_go(groups={"By trade": ["farmer"]}) }}\n\n{{ sources }}')


def test_the_table_can_be_read_without_seeing_it(tmp_path: Path) -> None:
    kb = linked(tmp_path, said("a", "bars", "dockers", time="2006"), said("b", "lets-in", "farmers", time="2009/.."))
    html = shown(kb, "{{ who_may_go }}\n\n{{ sources }}").partition("</table>")[0]
    assert re.findall(r'<th scope="col">([^<]*)', html) == ["Group", "2006", "2007", "2008", "2009", "2010", "2011"]
    for body in html.partition("<tbody>")[2].split("<tr>")[1:]:
        assert body.count('<th scope="row">') == 1
        assert sum(map(int, re.findall(r'colspan="(\d+)"', body))) == 6
    assert html.count("nothing said") == 2
    assert 'role="region" aria-label="Who may go, by group and year" tabindex="0"' in html


def test_every_statement_behind_the_table_is_told_with_its_source(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        said("a", "bars", "dockers", time="2006"),
        said("b", "lets-in", "farmers", {"source": "article", "at": 4}),
    )
    behind = shown(kb, "{{ who_may_go }}\n\n{{ sources }}").partition('id="behind"')[2]
    assert behind.count('class="kb-statement kb-') == 2
    assert set(re.findall(r'href="#(cite-\d)"', behind)) == {"cite-1", "cite-2"}
