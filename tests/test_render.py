"""A frame and a record in, a finished page out: prose, sections, numbers, and the golden page of every type.

After a change that is meant, write the golden pages again with `WRITE_GOLDEN=1 pytest tests/test_render.py`, and read
the difference before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pages import Markup, article, filled, framed, page_html, record_page, type_html
from records import MINI, base, place, said

from kb.frame import Call, Frame, has_slots, read, sections, slot
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.macros import is_block
from kb.model import TYPES
from kb.render import render

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = (
    "harbour-clerk", "quill-sandpiper", "northport", "harbour-ministry", "tide-levy", "night-ferry",
    "dock-workers-abroad", "night-ferry-size", "courier-2011-04-02",
)  # fmt: skip
"""A record of every type, and of people one of each protection."""


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


def test_there_is_a_golden_page_for_every_type(mini: KnowledgeBase) -> None:
    assert {mini.records[id].type for id in EXAMPLES} == set(TYPES)
    assert {path.stem for path in GOLDEN.glob("*.html")} == set(EXAMPLES)


@pytest.mark.parametrize("id", EXAMPLES)
def test_the_article_of_a_record_is_the_golden_one(mini: KnowledgeBase, id: str) -> None:
    path = GOLDEN / f"{id}.html"
    made = article(filled(mini, mini.records[id])) + "\n"
    if os.environ.get("WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("id", load(MINI).records, ids=lambda record: record.id)
def test_a_page_is_whole(mini: KnowledgeBase, id: object) -> None:
    record = mini.records[getattr(id, "id")]  # noqa: B009 - any type of record
    html = filled(mini, record)
    page = Markup(html)
    assert not has_slots(html)
    ids = [value for _, attrs in page.tags for name, value in attrs if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [value for _, attrs in page.tags for name, value in attrs if name == "href"]
    assert [target for target in targets if target.startswith("#") and target[1:] not in ids] == []
    for statement in mini.of_subject[record.id]:
        assert statement.statement.id in ids


def test_the_same_record_makes_the_same_page_twice(mini: KnowledgeBase) -> None:
    again = link(load(MINI))
    for id in EXAMPLES:
        assert filled(mini, mini.records[id]) == filled(again, again.records[id])


# --- prose -----------------------------------------------------------------------------------------------------------


def test_prose_stands_where_the_page_of_the_type_has_it(mini: KnowledgeBase) -> None:
    prose = 'A port, see {{ link("cannery") }}.\n\n## On the quay\n\nMore, {{ fact("night-ferry#nine") }}.\n'
    html = filled(mini, mini.records["northport"], prose)
    page = article(html)
    order = ["kb-lead", "A port, see <a", '<h2 id="on-the-quay"', "More, <a", '<h2 id="statements"']
    assert sorted(order, key=page.index) == order
    assert '<a href="#on-the-quay"' in html.partition("<article>")[0]


def test_citations_in_prose_are_numbered_with_those_of_the_page(mini: KnowledgeBase) -> None:
    prose = '{{ cite("gull-2011-04-01", 2) }} then {{ cite("courier-2011-04-02", 2) }}'
    page = article(filled(mini, mini.records["northport"], prose))
    before = page.partition("<h2")[0]
    numbers = [int(n) for n in re.findall(r"\[(\d+)\]</a>", before)]
    assert numbers == [1, 2, 3]
    assert 'value="3"><a href="../../sources/courier-2011-04-02/#paragraph-2"' in page


def test_macros_in_prose_know_whose_page_they_are_on(mini: KnowledgeBase) -> None:
    assert "<p>Of Northport.</p>" in filled(mini, mini.records["northport"], "Of {{ name }}.")


def test_without_prose_its_place_leaves_nothing(mini: KnowledgeBase) -> None:
    html = page_html(f'<h1>x</h1>\n<p>{slot(Call("prose"))}</p>\n<h2 id="a">A</h2>')
    page = render(read(html, is_block), record_page(mini, mini.records["northport"]))
    assert article(page) == '<h1>x</h1>\n\n<h2 id="a">A</h2>'


def test_prose_keeps_its_sections_when_their_macros_are_empty(mini: KnowledgeBase) -> None:
    prose = "## Kept\n\nwords\n\n## Gone\n\n{{ names }}\n"
    page = article(filled(mini, mini.records["cannery"], prose))
    assert 'id="kept"' in page and 'id="gone"' not in page


# --- what a page knows -----------------------------------------------------------------------------------------------


def test_a_record_does_not_link_to_itself(mini: KnowledgeBase) -> None:
    page = Markup(article(filled(mini, mini.records["northport"])))
    assert not any(("href", "../../places/northport/") in attrs for _, attrs in page.tags)


def test_sections_without_content_are_not_there(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/x": place()})
    html = filled(kb, kb.records["x"])
    for gone in ("Statements", "Other names", "What points here", "Related records", "Sources"):
        assert gone not in html
    assert "This record as JSON" in html


def test_statements_of_one_property_stand_under_one_heading_in_the_contents(tmp_path: Path) -> None:
    statements = [said("a", "said", "One."), said("b", "said", "Two."), said("c", "took-place", "2011")]
    kb = base(tmp_path, {"places/x": place(statements=statements)})
    html = filled(kb, kb.records["x"])
    assert html.count('<h3 id="on-said">') == 1
    contents = html.partition("<article>")[0]
    assert contents.index("#statements") < contents.index("#on-took-place") < contents.index("#on-said")


def test_a_word_like_a_slot_in_a_record_stays_a_word(tmp_path: Path) -> None:
    word = slot(Call("lead"))
    kb = base(tmp_path, {"places/x": place(name=word, summary=f"See {word}.")})
    html = filled(kb, kb.records["x"])
    assert f"<title>{word}</title>" in html and f'kb-lead">See {word}.' in html


def test_a_frame_without_macros_is_left_alone(mini: KnowledgeBase) -> None:
    frame = Frame((), tuple(sections(framed("# Just words"), is_block)), ())
    assert "Just words" in render(frame, record_page(mini, mini.records["northport"]))


@pytest.mark.parametrize("type_name", TYPES)
def test_every_macro_on_the_page_of_a_type_has_its_place(type_name: str) -> None:
    calls = [call for call in read(type_html(type_name), is_block).calls if call.name != "prose"]
    assert {"breadcrumb", "infobox", "lead", "statements", "backlinks", "sources", "colophon"} <= {
        c.name for c in calls
    }
    assert {call.page for call in calls} == {f"{type_name}/_page.md"}
