"""What the search is given: every name, statement and section, in pieces that lead to it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pages import framed
from records import MINI, base, dispute, event, institution, place, position, role_only, said, source

from kb import search
from kb.export import export
from kb.frame import read
from kb.graph import KnowledgeBase, link
from kb.hangul import letters
from kb.keys import words
from kb.load import load
from kb.macros import is_block
from kb.search import NAMES_EACH, Section, index, sections

Files = Mapping[str, Any]


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


def made(kb: KnowledgeBase, *pages: Section) -> Files:
    """Every file, read."""
    return {path.removeprefix("search/"): json.loads(content) for path, content in index(kb, pages)}


def look(files: Files, kind: str, word: str) -> list[int]:
    """Numbers a word leads to, found as the page's script finds them."""
    cuts = files["index.json"][kind]
    piece = bisect_right(cuts, word)
    fields = files[f"{kind}/{max(0, piece - 1)}.json"].get(word, [])
    numbers = []
    for steps in fields:
        number = 0
        for step in steps:
            number += step
            numbers.append(number)
    return numbers


def entry(files: Files, number: int) -> list[Any]:
    block = files["index.json"]["block"]
    found: list[Any] = files[f"entries/{number // block}.json"][number % block]
    return found


def entries(files: Files) -> dict[str, list[Any]]:
    """Every entry by its address."""
    return {e[1]: e for e in (entry(files, number) for number in range(files["index.json"]["entries"]))}


def addresses(files: Files, kind: str, word: str) -> set[str]:
    """Where a word leads."""
    each = NAMES_EACH if kind == "names" else 1
    return {entry(files, number // each)[1] for number in look(files, kind, word)}


def picked(files: Files, address: str) -> dict[str, Any]:
    """The facets of an entry, in words."""
    _, _, _, _, places, years, sources, statuses = entries(files)[address]
    facets = files["facets.json"]
    return {
        "places": {facets["places"][i][0] for i in places},
        "years": years,
        "sources": {facets["sources"][i] for i in sources},
        "statuses": {files["index.json"]["statuses"][i] for i in statuses},
    }


# --- names -----------------------------------------------------------------------------------------------------------


def test_every_word_of_every_name_leads_to_its_record(mini: KnowledgeBase) -> None:
    files = made(mini)
    for record in mini.records.values():
        for name in (record.caption, *(name.value for name in record.names)):
            for word in words(name):
                assert f"{record.type}/{record.id}/" in addresses(files, "names", word), word


def test_the_number_of_a_name_is_its_place_among_the_names_that_are_shown(mini: KnowledgeBase) -> None:
    files = made(mini)
    for word, name in (
        ("northport", "Northport"),
        (letters("북항"), "북항"),
        ("pukhang", "Pukhang"),
        ("bukhang", "북항"),
    ):
        shown = {entry(files, n // NAMES_EACH)[2][n % NAMES_EACH] for n in look(files, "names", word)}
        assert name in shown


def test_names_nobody_wrote_are_searched_and_stand_nowhere(tmp_path: Path) -> None:
    name = {"value": "녀갈매기역", "language": "ko", "script": "Hang", "inferred": "made up"}
    kb = base(tmp_path, {"places/gull": place(names=[name])})
    files = made(kb)
    generated = ("nyeogalmaegiyeok", "nyogalmaegiyok", "yeogalmaegiyeok", letters("여갈매기역"), "ㄴㄱㅁㄱㅇ")
    for key in generated:
        assert addresses(files, "names", key) == {"places/gull/"}
    shown = [
        json.dumps(content, ensure_ascii=False) for path, content in files.items() if path[:5] in ("entri", "facet")
    ]
    shown += [content.decode() for _, content in export(kb)]
    assert not [key for key in generated for text in shown if key in text]


def test_people_described_by_role_are_found_by_their_role_alone(tmp_path: Path) -> None:
    files = made(base(tmp_path, {"people/clerk": role_only(role="A ferry clerk")}))
    assert entries(files)["people/clerk/"][2] == ["A ferry clerk"]
    assert addresses(files, "names", "clerk") == {"people/clerk/"}


def test_a_name_said_twice_stands_once(tmp_path: Path) -> None:
    twice = [{"value": name, "language": "en", "inferred": "made up"} for name in ("Gull", "Tern", "Tern")]
    files = made(base(tmp_path, {"places/gull": place(name="Gull", names=twice)}))
    assert entries(files)["places/gull/"][2] == ["Gull", "Tern"]


def test_records_stand_in_the_order_of_what_refers_to_them(tmp_path: Path) -> None:
    far = {f"places/p{i}": place(name=f"Port {i}", statements=[said("in", "located-in", "z")]) for i in range(3)}
    files = made(base(tmp_path, {"places/a": place(name="Port A"), "places/z": place(name="Port Z"), **far}))
    order = [e[1] for e in entries(files).values()]
    assert order.index("places/z/") < order.index("places/a/")


def test_words_of_names_of_four_letters_or_more_are_held_for_what_is_mistyped(mini: KnowledgeBase) -> None:
    files = made(mini)
    held = [word for path, found in files.items() if path.startswith("spelled/") for word in found]
    assert {"northport", letters("북항"), "pukhang", "ferry"} <= set(held)
    assert not {"the", "of"} & set(held)
    assert held == sorted(held, key=lambda word: (search.script(word), len(word)))


# --- texts -----------------------------------------------------------------------------------------------------------


def test_statements_are_found_by_their_sentence_their_note_and_their_years(tmp_path: Path) -> None:
    noted = said("s", "said", "ferries sank", time="2011-04/2012")
    noted = {**noted, "note": "Told by a lookout."}
    files = made(base(tmp_path, {"places/x": place(name="Quay", statements=[noted])}))
    for word in ("ferries", "sank", "quay", "lookout", "2011", "2012"):
        assert "places/x/#s" in addresses(files, "texts", word), word
    kind, _, names, line, *_ = entries(files)["places/x/#s"]
    assert files["index.json"]["kinds"][kind] == "statements"
    assert names == ["Quay said: ferries sank (April 2011 to 2012)"] and line == "reported: The Courier"


def test_links_in_texts_are_words(tmp_path: Path) -> None:
    linked = said("s", "said", "went to [[y|the far quay]]")
    files = made(base(tmp_path, {"places/x": place(summary="See [[y]].", statements=[linked]), "places/y": place(name="Tern Quay")}))  # fmt: skip
    assert entries(files)["places/x/"][3] == "See Tern Quay."
    assert entries(files)["places/x/#s"][2] == ["Northport said: went to the far quay"]


def test_records_are_found_by_summary_title_and_question(tmp_path: Path) -> None:
    files = made(
        base(
            tmp_path,
            {
                "places/x": place(summary="Where herring were salted.", statements=[said("a", "said", "S"), said("b", "said", "T")]),
                "sources/late": source(title="A Night on the Water"),
                "disputes/size": dispute(position("few", "x#a"), position("many", "x#b"), question="How many barrels?"),
            },
        )
    )  # fmt: skip
    assert addresses(files, "texts", "herring") == {"places/x/"}
    assert addresses(files, "texts", "water") == {"sources/late/"}
    assert addresses(files, "texts", "barrels") == {"disputes/size/"}


def test_a_word_of_many_entries_keeps_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    files = made(base(tmp_path, {f"places/p{i}": place(name=f"Tern {i}") for i in range(5)}))
    assert look(files, "names", "tern") == sorted(look(files, "names", "tern"))[:2]
    assert len(look(files, "names", "tern")) == 2


def test_a_word_is_in_the_piece_that_begins_at_or_before_it(
    mini: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(mini)
    monkeypatch.setattr(search, "PIECE", 400)
    cut = made(mini)
    for kind in ("names", "texts"):
        assert len(cut["index.json"][kind]) > 3 == 4 - len(whole["index.json"][kind])
        for word in whole[f"{kind}/0.json"]:
            assert look(cut, kind, word) == look(whole, kind, word)
    for number, (script, length) in enumerate(cut["index.json"]["spelled"]):
        first = cut[f"spelled/{number}.json"][0]
        assert (search.script(first), len(first)) == (script, length)


# --- sections of pages -----------------------------------------------------------------------------------------------


def cut(text: str, title: str = "", filled: str = "") -> list[Section]:
    """The sections of Markdown with macros; each macro within a line comes to `filled`."""
    return list(
        sections(read(framed(text), is_block).parts, "page/", title, lambda call: "" if is_block(call.name) else filled)
    )


def test_a_page_is_cut_at_its_headings() -> None:
    assert cut("# Wages\n\nWhat *they* got.\n\n## Pay { #pay }\n\nSome &amp; more.\n\n### Late\n\nNone.\n") == [
        Section("page/", "Wages", "", "What they got.", ()),
        Section("page/#pay", "Wages", "Pay", "Some & more.", ()),
        Section("page/#late", "Wages", "Late", "None.", ()),
    ]


def test_prose_without_a_title_has_that_of_its_record() -> None:
    assert cut("On the quay.\n", title="Northport") == [Section("page/", "Northport", "", "On the quay.", ())]


def test_only_the_article_of_a_page_is_read() -> None:
    whole = '<nav>Home</nav><article class="x"><h1 id="a">T</h1><svg><title>no</title></svg><p>Yes.</p><ul class="kb-colophon"><li>no</li></ul></article><footer>no</footer>'
    assert [s.text for s in sections([whole], "", "", lambda call: "")] == ["Yes."]


def test_macros_within_a_line_are_read_and_blocks_are_not() -> None:
    (section,) = cut('Paid {{ fact("x#y") }} in {{ link("x") }}.\n\n{{ statements("z") }}\n', "T", "<b>9</b>")
    assert section.text == "Paid 9 in 9."
    assert section.named == ("x#y", "x", "z")


def test_sections_are_found_by_heading_and_text_and_have_the_facets_of_what_they_name(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/x": place(statements=[said("s", "said", "S", time="2011")])})
    page = Section("wages/#pay", "Wages", "Pay day", "Herring and barrels.", ("x#s", "nothing"))
    files = made(kb, page)
    for word in ("pay", "herring", "wages"):
        assert addresses(files, "texts", word) == {"wages/#pay"}
    assert entries(files)["wages/#pay"][2:4] == [["Wages › Pay day"], "Herring and barrels."]
    assert picked(files, "wages/#pay") == {
        "places": {"Northport"}, "years": [[2011, 2011]], "sources": {"The Courier, 2 April 2011"}, "statuses": {"reported"},
    }  # fmt: skip


def test_prose_before_the_first_heading_is_found_as_its_record(tmp_path: Path) -> None:
    files = made(base(tmp_path, {"places/x": place()}), Section("places/x/", "Northport", "", "On the quay.", ()))
    assert addresses(files, "texts", "quay") == {"places/x/"}
    assert len(entries(files)) == files["index.json"]["records"]


def test_long_texts_are_cut_at_a_word(tmp_path: Path) -> None:
    files = made(base(tmp_path, {}), Section("a/", "A", "", "herring " * 40, ()))
    line = entries(files)["a/"][3]
    assert line.endswith("herring …") and len(line) <= search.LINE + 2


# --- facets ----------------------------------------------------------------------------------------------------------


def test_a_statement_is_picked_by_its_place_time_source_and_status(tmp_path: Path) -> None:
    files = made(
        base(
            tmp_path,
            {
                "events/e": event(statements=[said("s", "said", "S", time="2011/2013", place="x"), said("t", "took-place", "2015")]),
                "places/x": place(name="Quay", statements=[said("in", "located-in", "y")]),
                "places/y": place(name="Coast"),
            },
        )
    )  # fmt: skip
    assert picked(files, "events/e/#s") == {
        "places": {"Quay"}, "years": [[2011, 2013]], "sources": {"The Courier, 2 April 2011"}, "statuses": {"reported"},
    }  # fmt: skip
    assert picked(files, "events/e/")["years"] == [[2011, 2013], [2015, 2015]]
    assert picked(files, "places/y/")["places"] == {"Coast"}
    quay = next(row for row in files["facets.json"]["places"] if row[0] == "Quay")
    assert [files["facets.json"]["places"][i][0] for i in quay[1:]] == ["Coast"]
    assert files["facets.json"]["years"] == [2011, 2013, 2015]


def test_an_open_end_reaches_the_last_year_that_is_named(tmp_path: Path) -> None:
    times = {"a": "2011/..", "b": "../2012", "c": "2020"}
    files = made(base(tmp_path, {"places/x": place(statements=[said(id_, "said", id_, time=time) for id_, time in times.items()])}))  # fmt: skip
    assert [picked(files, f"places/x/#{id_}")["years"] for id_ in times] == [
        [[2011, 2020]],
        [[2011, 2012]],
        [[2020, 2020]],
    ]


def test_a_source_is_picked_by_itself(tmp_path: Path) -> None:
    assert picked(made(base(tmp_path, {})), "sources/article/")["sources"] == {"The Courier, 2 April 2011"}


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_same_base_makes_the_same_bytes_and_a_change_another_version(mini: KnowledgeBase, tmp_path: Path) -> None:
    assert dict(index(mini, [])) == dict(index(link(load(MINI)), []))
    one, other = (made(base(tmp_path / name, {"institutions/x": institution(name=name)})) for name in ("Gull", "Tern"))
    assert one["index.json"]["version"] != other["index.json"]["version"]


def test_an_empty_base_has_an_index(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    files = made(link(load(tmp_path / "data")))
    assert files["index.json"]["names"] == [] and files["index.json"]["entries"] == 0
