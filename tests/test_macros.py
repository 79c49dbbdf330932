"""Macros in hand-written pages and on the pages of records: what they print, what they cite, and how they refuse."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from pages import SITE, Markup, article, filled, framed, record_page, shown
from records import MINI, Fields, base, dispute, figure, place, position, said

from kb.frame import read
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.macros import MACROS, is_block
from kb.model import TYPES
from kb.page import MacroError, Page
from kb.render import render

RECORD = {
    "places": "northport",
    "figures": "levy-income",
    "disputes": "night-ferry-size",
    "sources": "courier-2011-04-02",
}
ARGUMENTS = {
    "cite": '("courier-2011-04-02", 3)',
    "fact": '("night-ferry#nine")',
    "when": '("levy-income#in-2011")',
    "says": '("night-ferry#nine")',
    "count": '("places")',
    "statement": '("night-ferry#nine")',
    "result": '("night-ferry-size#levy-a-month")',
    "index": '("places")',
    "table": '("places")',
    "reference": '("places")',
}
"""Arguments of the macros that ask for more than a record."""
EMPTY = {"related", "calculations"}
"""Macros that have nothing to say of the record they are tried with here."""


INLINE = {
    "name", "title", "description", "canonical", "edit_url", "link", "cite", "fact", "when", "says", "count", "changed", "result",
}  # fmt: skip
"""Macros for running text; every other stands on a line of its own."""


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


def call(name: str) -> str:
    """A macro called as in a hand-written page."""
    macro = MACROS[name]
    arguments = f'("{RECORD.get(macro.type, "northport")}")' if macro.takes_record else ARGUMENTS.get(name, "")
    return f"{{{{ {name}{arguments} }}}}"


def words(html: str) -> str:
    """The text of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@pytest.mark.parametrize("name", [name for name in MACROS if name != "sources"])
def test_every_macro_works_in_a_hand_written_page(mini: KnowledgeBase, name: str) -> None:
    html = shown(mini, f"before\n\n{call(name)}\n\nafter\n\n{{{{ sources }}}}")
    between = html.partition("before</p>")[2].partition("<p>after")[0].strip()
    assert (between in ("", "<p></p>")) is (name in EMPTY)
    assert (between.startswith("<p>") and between.endswith("</p>")) is (name in INLINE)
    ids = [value for _, attrs in Markup(html).tags for key, value in attrs if key == "id"]
    assert len(ids) == len(set(ids))
    assert {f"cite-{mark}" for mark in re.findall(r'href="#cite-(\d+)"', html)} <= set(ids)


@pytest.mark.parametrize(
    ("macro", "reason"),
    [
        ('link("nothport")', "no record “nothport”; did you mean “northport”?"),
        ('link("north-harbour")', "“north-harbour” is now “northport”"),
        ("link", 'link needs the id of a record here: {{ link("some-id") }}'),
        ("link()", "link needs the id of a record here"),
        ('link("northport", colour="red")', "unexpected keyword argument"),
        ('link("northport", "a", "b")', "too many positional arguments"),
        ('link("northport", 5)', "“text” is 5, expected text"),
        ('statements("northport", property="opend")', "no property “opend”; did you mean “opened”?"),
        ('statements("northport", property=["opened"])', '“property” is ["opened"], expected text'),
        ('statement("night-ferry#nin")', "no statement “night-ferry#nin”; did you mean “night-ferry#nine”?"),
        ('fact("nowhere")', "no statement “nowhere”"),
        ("fact(3)", "“ref” is 3, expected text"),
        ('when("night-ferry#nine")', "night-ferry#nine has no time"),
        ('result("night-ferry-size#levy")', "levy"),
        ("cite()", "missing a required argument"),
        ('cite("northport", 1)', "“northport” is one of the places, not a source"),
        ('cite("courier-2011-04-02", 7)', "has no paragraph 7: it has 6"),
        ('cite("courier-2011-04-02", 0)', "has no paragraph 0"),
        ('cite("courier-2011-04-02", 1.5)', "“at” is 1.5, expected a whole number or text"),
        ('cite(["courier-2011-04-02"], 1)', "“source” is ["),
        ('dispute("northport")', "dispute is for disputes; “northport” is one of the places"),
        ('definition("northport")', "definition is for figures; “northport” is one of the places"),
        ('count("place")', "found “place”, expected statements or one of people"),
        ('index("place")', "did you mean “places”?"),
        ('table("places", where={"colour": "red"})', "“colour” is neither a field of places nor a property"),
        ('table("places", where="city")', '“where” is "city", expected keys and values'),
        ('reference("plaices")', "did you mean “places”?"),
        ('timeline("record")', "give the id of one here"),
        ('atlas("record")', "give the id of one here"),
        ("count(none)", "“what” is null, expected text"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(mini: KnowledgeBase, macro: str, reason: str) -> None:
    with pytest.raises(MacroError) as caught:
        shown(mini, f"{{{{ {macro} }}}}\n\n{{{{ sources }}}}")
    assert reason in str(caught.value)
    assert caught.value.call is not None
    assert caught.value.call.page == "page.md"


def test_a_page_that_cites_has_to_list_its_sources(mini: KnowledgeBase) -> None:
    with pytest.raises(MacroError, match="does not list them: add"):
        shown(mini, '{{ cite("courier-2011-04-02", 3) }}')


def test_a_wrong_name_of_a_macro_names_the_nearest(mini: KnowledgeBase) -> None:
    html = framed("{{ lead }}").replace(b'["lead"'.hex(), b'["laed"'.hex())
    with pytest.raises(MacroError, match=r"there is no macro “laed”; did you mean “lead”\?"):
        render(read(html, is_block), record_page(mini, mini.records["northport"]))


# --- words and links -------------------------------------------------------------------------------------------------


def test_a_link_has_the_name_of_its_record_or_other_words(mini: KnowledgeBase) -> None:
    assert shown(mini, '{{ link("northport") }}, {{ link("northport", "the <b>port</b>") }}') == (
        '<p><a href="../places/northport/">Northport</a>, '
        '<a href="../places/northport/">the &lt;b&gt;port&lt;/b&gt;</a></p>'
    )


def test_hangul_is_marked_as_korean_and_only_there(mini: KnowledgeBase) -> None:
    html = filled(mini, mini.records["northport"])
    assert '<span lang="ko">북항</span>' in html
    assert "Pukhang</span>" in html and '<span lang="ko">Pukhang' not in html


def test_the_title_and_description_of_a_page_are_plain_text(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "places/x": place(name='북항 & "port"', summary="Near [[y]] and [[y|the other]] & 북항."),
            "places/y": place(name="Elsewhere"),
        },
    )
    html = filled(kb, kb.records["x"])
    assert "<title>북항 &amp; &#34;port&#34;</title>" in html
    assert 'content="Near Elsewhere and the other &amp; 북항."' in html


def test_a_fact_links_to_its_statement_and_cites(mini: KnowledgeBase) -> None:
    html = shown(mini, '{{ fact("night-ferry#dozen") }} or {{ fact("night-ferry#nine", "nine") }}\n\n{{ sources }}')
    assert words(html.partition("<ol")[0]) == "about 12 people [1] or nine [2]"
    assert 'class="kb-fact kb-contested" href="../events/night-ferry/#dozen"' in html


def test_text_with_a_link_in_it_is_linked_on_the_page_and_plain_elsewhere(mini: KnowledgeBase) -> None:
    page = article(filled(mini, mini.records["harbour-ministry"]))
    assert 'says a note on <a href="../../events/night-ferry/">The night ferry</a>.' in page
    assert "[[" not in page
    fact = shown(mini, '{{ fact("harbour-ministry#denial") }}\n\n{{ sources }}')
    assert "says a note on The night ferry." in fact and "[[" not in fact


def test_who_says_it_and_when_can_be_told_in_a_sentence(mini: KnowledgeBase) -> None:
    assert shown(mini, '{{ says("night-ferry#nine") }}, {{ when("tide-levy#imposed") }}') == (
        "<p>The Tidewater Courier, citing a clerk at the harbour, perhaps 2009</p>"
    )


def test_counts_are_of_records_or_statements(mini: KnowledgeBase) -> None:
    assert shown(mini, '{{ count("places") }} {{ count("statements") }}') == f"<p>2 {len(mini.statements)}</p>"


# --- citations -------------------------------------------------------------------------------------------------------


def test_citations_are_numbered_in_reading_order_and_each_place_once(mini: KnowledgeBase) -> None:
    text = '{{ cite("gull-2011-04-01", 1) }} {{ cite("courier-2011-04-02", 6) }} {{ cite("gull-2011-04-01", 1) }}'
    html = shown(mini, f"{text}\n\n{{{{ sources }}}}")
    assert words(html.partition("<ol")[0]) == "[1] [2] [1]"
    assert re.findall(r'<li id="cite-(\d)" value="\1"><a href="([^"]*)"', html) == [
        ("1", "../sources/gull-2011-04-01/#paragraph-1"),
        ("2", "../sources/courier-2011-04-02/#paragraph-6"),
    ]


def test_a_place_that_is_no_paragraph_is_listed_as_written(mini: KnowledgeBase) -> None:
    html = shown(mini, '{{ cite("courier-2011-04-02", "map on page 3") }}\n\n{{ sources }}')
    assert "The Tidewater Courier, 2 April 2011</a>, map on page 3" in html


# --- parts of a record's page ----------------------------------------------------------------------------------------


def test_statements_can_be_those_of_one_property(mini: KnowledgeBase) -> None:
    html = shown(mini, '{{ statements("northport", property="opened") }}\n\n{{ sources }}')
    assert "about 1950" in html and "12 berths" not in html


def test_anchors_of_statements_are_only_on_the_record_itself(mini: KnowledgeBase) -> None:
    assert 'id="opened"' in filled(mini, mini.records["northport"])
    elsewhere = shown(mini, '{{ statements("northport") }}\n\n{{ sources }}')
    assert 'id="opened"' not in elsewhere and 'href="../places/northport/#opened"' in elsewhere


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('{"kind": "city"}', ["Northport"]),
        ('{"kind": "worksite"}', ["The cannery"]),
        ('{"located-in": "northport"}', ["The cannery"]),
        ('{"opened": "about 1950"}', ["Northport"]),
        ('{"kind": "city", "located-in": "northport"}', []),
        ("{}", ["Northport", "The cannery"]),
    ],
)
def test_a_table_has_the_records_asked_for(mini: KnowledgeBase, where: str, found: list[str]) -> None:
    html = shown(mini, f'{{{{ table("places", where={where}) }}}}')
    assert re.findall(r"<tr><td><a [^>]*>([^<]*)</a>", html) == found


def test_an_index_has_every_spelling_under_its_letter(tmp_path: Path) -> None:
    names = [
        {"value": value, "language": "ko", "script": script, "inferred": "I"}
        for value, script in (
            ("가을", "Hang"),
            ("북항", "Hang"),
            ("北港", "Hani"),
            ("Pukhang", "Latn"),
            ("Северный", "Cyrl"),
            ("éclair", "Latn"),
        )
    ]
    kb = base(tmp_path, {"places/x": place(name="northport", names=names), "places/y": place(name="“Quay”")})
    html = shown(kb, '{{ index("places") }}')
    assert re.findall(r'<h3 id="letter-([^"]*)"', html) == ["E", "N", "P", "Q", "А–Я", "漢字", "한글"]
    assert words(html.partition('id="letter-P"')[2].partition("</section>")[0]).endswith("Pukhang see northport")
    assert html.count('href="../places/x/"') == 7


def test_names_are_sorted_without_the_marks_on_their_letters(tmp_path: Path) -> None:
    kb = base(tmp_path, {f"places/x{i}": place(name=name) for i, name in enumerate(("Dzong", "Dāl", "Da", "DB"))})
    assert re.findall(r"/x(\d)/", shown(kb, '{{ index("places") }}')) == ["2", "1", "3", "0"]


def test_disputes_stand_under_their_state_with_question_and_answers(tmp_path: Path) -> None:
    def asked(status: str) -> Fields:
        answers = position("yes", "x#a"), position("no", "x#b")
        return dispute(*answers, name=f"A {status} one", question=f"Is it {status}?", status=status)

    files = {f"disputes/{status}": asked(status) for status in ("settled", "dissolved", "open", "partly-settled")}
    statements = [said("a", "said", "Yes."), said("b", "said", "No.")]
    html = shown(base(tmp_path, {"places/x": place(statements=statements), **files}), "{{ disputes_by_state }}")
    assert re.findall(r'<h2 id="([^"]*)">([^<]*)', html) == [
        ("open", "Open"), ("partly-settled", "Partly settled"), ("settled", "Settled"), ("dissolved", "Dissolved"),
    ]  # fmt: skip
    settled = html.partition('id="settled"')[2].partition("</section>")[0]
    assert "A settled one" in settled and "Is it settled?" in settled and "A open one" not in settled
    assert re.findall(r'href="../disputes/settled/#(\w+)"', settled) == ["yes", "no"]


def test_the_ways_in_are_by_type_place_year_and_source(mini: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    html = shown(mini, "{{ ways_in }}")
    assert re.findall(r"<dt>By (\w+)", html) == ["type", "place", "year", "source", "question"]
    assert set(re.findall(r'kb-type--(\w+)" href="\.\./\1/"', html)) == set(TYPES)
    assert {"../places/northport/", "../places/cannery/", "../sources/gull-2011-04-01/#resting"} <= set(
        re.findall(r'href="([^"]*)"', html)
    )
    assert re.search(r'href="../views/years/#year-2011">2011</a> <span class="kb-see">\d', html)
    monkeypatch.setattr("kb.macros._WAYS", 1)
    fewer = shown(mini, "{{ ways_in }}")
    assert "places/northport/" in fewer and "places/cannery/" not in fewer and "gull-2011" not in fewer


def test_the_data_last_changed_with_the_latest_review(tmp_path: Path) -> None:
    dates = ["2026-01", "2026-03-04", "2025-12-31"]
    kb = base(tmp_path, {f"places/x{i}": place(review={"date": date}) for i, date in enumerate(dates)})
    assert '<time datetime="2026-03-04">4 March 2026</time>' in shown(kb, "{{ changed }}")


def test_a_record_that_points_here_more_than_once_is_named_once(tmp_path: Path) -> None:
    said_of = [said(id, "said", "A", place="x") for id in ("a", "b", "c")]
    kb = base(tmp_path, {"places/x": place(), "places/y": place(name="Southport", statements=said_of)})
    links = re.findall(r'<a(?: class="kb-again")? href="([^"]*)"[^>]*>([^<]*)</a>', shown(kb, '{{ backlinks("x") }}'))
    assert links == [("../places/y/#a", "Southport"), ("../places/y/#b", "2"), ("../places/y/#c", "3")]


def test_the_page_of_a_hub_shows_so_much_and_counts_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = place(name="Southport", statements=[said(id, "said", id, place="x") for id in ("one", "two", "three")])
    kb = base(tmp_path, {"places/x": place(), "places/y": there})
    whole = shown(kb, '{{ resting("article") }}\n\n{{ holding_here("x") }}\n\n{{ sources() }}')
    assert "more" not in whole and whole.count('<li class="kb-statement') == 6
    monkeypatch.setattr("kb.macros.SHOWN", 1)
    html = shown(kb, '{{ resting("article") }}\n\n{{ holding_here("x") }}\n\n{{ strip("x") }}\n\n{{ sources() }}')
    assert html.count('<li class="kb-statement') == 2
    assert "And 2 more citations of this source" in html and "And 2 more statements" in html
    assert 'href="../views/statements/?source=article"' in html and 'href="../api/v1/sources/article.json"' in html
    assert "<strong>3</strong> statements" in html  # counted all the same


def test_a_place_counts_what_holds_there_too(tmp_path: Path) -> None:
    there = place(name="Southport", statements=[said("a", "said", "A", place="x"), said("b", "said", "B")])
    kb = base(tmp_path, {"places/x": place(statements=[said("c", "said", "C")]), "places/y": there})
    assert words(shown(kb, '{{ strip("x") }}')).startswith("2 statements 1 source")


def test_the_infobox_has_only_the_properties_marked_for_it(mini: KnowledgeBase) -> None:
    box = words(shown(mini, '{{ infobox("northport") }}\n\n{{ sources }}').partition("<ol")[0])
    assert "12.5° S, 30.25° E" in box and "about 1950" in box and "12 berths" not in box


def test_a_role_only_person_is_told_as_such(mini: KnowledgeBase) -> None:
    page = words(article(filled(mini, mini.records["harbour-clerk"])))
    assert page.count("Described by role only, for their safety") == 2
    assert "Other names" not in page


def test_independent_origins_are_counted_where_there_are_several(mini: KnowledgeBase) -> None:
    page = article(filled(mini, mini.records["night-ferry"]))
    assert page.count("2 independent origins") == 1
    assert page.count('title="Contested: it takes a side in an open dispute"') == 2


def test_a_dispute_in_short_leads_to_its_positions(mini: KnowledgeBase) -> None:
    html = shown(mini, '{{ dispute("night-ferry-size") }}')
    assert 'href="../disputes/night-ferry-size/#nine">Nine left</a>: <a href="../people/harbour-clerk/">' in html


def test_a_calculation_shows_what_goes_in_and_what_comes_out(mini: KnowledgeBase) -> None:
    html = words(shown(mini, '{{ calculations("night-ferry-size") }}\n\n{{ sources }}'))
    assert "income / workers / 12 = US$167 a month" in html
    assert "income about US$2.4 million a year [1] Income from the tide levy, 2011" in html


def test_one_calculation_can_be_asked_for(tmp_path: Path) -> None:
    sum_ = {"question": "Q?", "inputs": {"a": "x#a"}, "expression": "a", "result": {"exact": 9}}
    files = {
        "figures/x": figure(
            statements=[said("a", "observation", 9)],
            calculations=[{**sum_, "id": "first"}, {**sum_, "id": "second"}],
        ),
        "disputes/d": dispute(position("one", "x#a"), position("two", "x#a")),
    }
    html = shown(base(tmp_path, files), '{{ calculations("x", "second") }}\n\n{{ sources }}')
    assert 'id="second"' in html and 'id="first"' not in html


def test_what_is_inferred_of_a_source_is_shown_as_inferred(mini: KnowledgeBase) -> None:
    html = shown(mini, '{{ provenance("gull-2011-04-01") }}')
    assert 'Report on a ferry <span class="kb-inferred">from the first words of the report</span>' in html


def test_addresses_of_a_page_start_at_the_site_and_its_repository(mini: KnowledgeBase) -> None:
    page = filled(mini, mini.records["northport"])
    assert f'href="{SITE.url}places/northport/"' in page
    assert f'href="{SITE.edit_url}data/places/northport.yaml"' in page
    assert 'href="../../api/v1/places/northport.json"' in page


@pytest.mark.parametrize(("address", "root"), [("", "./"), ("method/", "../"), ("places/northport/", "../../")])
def test_every_page_finds_the_root_of_the_site(mini: KnowledgeBase, address: str, root: str) -> None:
    assert Page(mini, SITE, address).root == root


def test_every_code_and_property_can_be_linked_to(mini: KnowledgeBase) -> None:
    assert '<tr id="bad-date">' in shown(mini, "{{ problem_codes }}")
    assert '<tr id="property-opened">' in shown(mini, "{{ properties }}")


def test_the_words_of_a_source_are_shown_as_they_are(tmp_path: Path) -> None:
    cite = {
        "source": "article",
        "at": 1,
        "converted": "<b>three in four</b> [[northport]]",
        "spelled-out": "{{ page }}",
    }
    kb = base(
        tmp_path, {"places/northport": place(), "figures/size": figure(statements=[said("a", "observation", 9, cite)])}
    )
    html = filled(kb, kb.records["size"])
    assert "worked out from “&lt;b&gt;three in four&lt;/b&gt; [[northport]]”" in html
    assert "in the words of the source “{{ page }}”" in html
