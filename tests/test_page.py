"""A page being filled: addresses from where it stands, text as it is read."""

from __future__ import annotations

import pytest
from pages import SITE, record_page
from records import MINI

from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.page import Page, spoken


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("", "./places/northport/#opened"),
        ("method/", "../places/northport/#opened"),
        ("places/cannery/", "../../places/northport/#opened"),
        ("system/deep/page/", "../../../places/northport/#opened"),
    ],
)
def test_a_link_leads_from_the_page_it_is_on(mini: KnowledgeBase, address: str, href: str) -> None:
    assert Page(mini, SITE, address).href(mini.records["northport"], "opened") == href


def test_on_its_own_page_a_record_is_an_anchor_or_just_its_name(mini: KnowledgeBase) -> None:
    record = mini.records["northport"]
    page = record_page(mini, record)
    assert page.href(record, "opened") == "#opened"
    assert page.href(record) == "#top"
    assert page.link(record) == '<span class="kb-self">Northport</span>'
    assert page.link(record, anchor="opened") == '<a href="#opened">Northport</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Near [[northport]].", 'Near <a href="./places/northport/">Northport</a>.'),
        ("[[northport|The <port>]]", '<a href="./places/northport/">The &lt;port&gt;</a>'),
        ("[[ northport | x ]]", '<a href="./places/northport/"> x </a>'),
        ("[[nowhere]] & [[nowhere|x]]", "[[nowhere]] &amp; [[nowhere|x]]"),
        ("[northport] [[]] [[a[b]]", "[northport] [[]] [[a[b]]"),
        ("[[northport]][[cannery]]", '<a href="./places/northport/">Northport</a><a href="./places/cannery/">The cannery</a>'),
        ("<b>{{ x }}</b>", "&lt;b&gt;{{ x }}&lt;/b&gt;"),
    ],
)  # fmt: skip
def test_links_in_text_are_links_and_all_else_is_text(mini: KnowledgeBase, text: str, html: str) -> None:
    assert page_of(mini).rich(text) == html


def page_of(kb: KnowledgeBase) -> Page:
    """The home page."""
    return Page(kb, SITE, "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Northport", "Northport"),
        ("a < b & 'c'", "a &lt; b &amp; &#39;c&#39;"),
        ("북항", '<span lang="ko">북항</span>'),
        ("the 북쪽 항구, or Pukhang", 'the <span lang="ko">북쪽 항구</span>, or Pukhang'),
        ("北港 Ryŏ", "北港 Ryŏ"),
        ("a\u202eb\nc", "a[U+202E]b c"),
        ("<script>북</script>", '&lt;script&gt;<span lang="ko">북</span>&lt;/script&gt;'),
    ],
)
def test_text_is_escaped_visible_and_marked_by_language(text: str, html: str) -> None:
    assert spoken(text) == html


def test_marks_are_in_the_order_of_their_numbers_and_each_once(mini: KnowledgeBase) -> None:
    cites = mini.statements["night-ferry#where"].cites
    page = Page(mini, SITE, "", numbers={("courier-2011-04-02", 3): 1, ("gull-2011-04-01", 1): 2})
    html = str(page.marks([*cites, *cites]))
    assert [part[0] for part in html.split("#cite-")[1:]] == ["1", "2"]
    assert page_of(mini).marks(cites) == ""


def test_a_scope_names_every_limit(mini: KnowledgeBase) -> None:
    kinds = dict(page_of(mini).scope(mini.statements["tide-levy#imposed"]))
    assert kinds.keys() == {"time", "agency", "group", "sector"}
    assert (kinds["time"], kinds["sector"]) == ("perhaps 2009", "Fishing")


def test_each_speaker_is_named_once_with_all_places(mini: KnowledgeBase) -> None:
    says = page_of(mini).says(mini.statements["night-ferry#where"])
    assert [(speaker, [cite.citation.at for cite in cites]) for speaker, cites in says] == [
        ("Gull Agency", [1]),
        ("The Tidewater Courier, citing a clerk at the harbour", [3]),
    ]
