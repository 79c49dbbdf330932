"""Where the words of a source come from: the tree of those it repeats, the paragraphs, and how much rests on each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pages import article, filled, shown
from records import Fields, base, institution, said, source

from kb.graph import KnowledgeBase
from kb.lineage import Branch, Lineage, lineage
from kb.model import Source


def voice(id: str, **more: Any) -> Fields:
    return {"id": id, "description": f"the {id}", "kind": "anonymous", **more}


def at(paragraph: int, voice: str = "") -> Fields:
    return {"source": "article", "at": paragraph, **({"voice": voice} if voice else {})}


def linked(folder: Path, *statements: Fields, **fields: Any) -> KnowledgeBase:
    return base(
        folder,
        {
            "sources/article": source(**fields),
            "institutions/agency": institution(name="The agency", statements=list(statements)),
            "institutions/wire": institution(name="The wire"),
        },
    )


def traced(kb: KnowledgeBase, id: str = "article") -> Lineage | None:
    record = kb.records[id]
    assert isinstance(record, Source)
    return lineage(kb, record)


def told(branches: tuple[Branch, ...]) -> list[Any]:
    """A tree as nested lists: who, how many statements, and those below."""
    return [
        (b.voice.id if b.voice else b.record.id if b.record else "", b.statements, *([told(b.branches)] if b.branches else []))
        for b in branches
    ]  # fmt: skip


def test_a_voice_stands_below_the_outlets_that_passed_it_on(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        said("a", "said", "A", at(3, "clerk")), said("b", "said", "B", at(4, "clerk")), said("c", "said", "C", at(5, "baker")),
        voices=[voice("clerk", at=[3, 4], through=["agency", "wire", "courier"]), voice("baker", at=[5])],
    )  # fmt: skip
    found = traced(kb)
    assert found and told(found.branches) == [
        ("agency", 0, [("wire", 0, [("courier", 0, [("clerk", 2)])])]),
        ("baker", 1),
    ]


def test_words_without_a_voice_are_those_of_whom_the_paragraph_was_had_from(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        said("a", "said", "A", at(1)), said("b", "said", "B", at(2)), said("c", "said", "C", at(2), at(7)),
        lineage=[{"origin": "agency", "at": [2, 3]}, {"origin": "agency", "at": [4], "inferred": "I"}],
    )  # fmt: skip
    found = traced(kb)
    assert found and (found.own, told(found.branches)) == (2, [("agency", 2)])
    assert (found.branches[0].at, found.branches[0].inferred) == ((2, 3, 4), (4,))


def test_a_source_that_repeats_all_has_no_words_of_its_own(tmp_path: Path) -> None:
    kb = linked(tmp_path, said("a", "said", "A", at(1)), lineage=[{"origin": "wire"}])
    found = traced(kb)
    assert found and (found.own, told(found.branches)) == (0, [("wire", 1)])


def test_a_voice_that_is_the_outlet_itself_is_told_once(tmp_path: Path) -> None:
    spoken = said("a", "said", "A", at(2, "desk"))
    lineage = [{"origin": "wire", "at": [2]}]
    kb = linked(tmp_path, spoken, lineage=lineage, voices=[voice("desk", entity="wire", at=[2])])
    found = traced(kb)
    assert found and told(found.branches) == [("wire", 0, [("desk", 1)])]
    through = [voice("desk", entity="wire", through=["agency"], at=[2])]
    found = traced(linked(tmp_path / "through", spoken, lineage=lineage, voices=through))
    assert found and told(found.branches) == [("agency", 0, [("desk", 1)])]


def test_a_source_says_which_sources_repeat_it(tmp_path: Path) -> None:
    kb = base(tmp_path, {"sources/later": source(name="Later", lineage=[{"origin": "article"}])})
    first, later = traced(kb), traced(kb, "later")
    assert first and [record.id for record in first.repeated_by] == ["later"]
    assert later and told(later.branches) == [("article", 0)]
    assert 'href="../../sources/later/">Later</a> <span class="kb-see">repeats it' in filled(kb, kb.records["article"])


def test_a_source_in_its_own_words_that_nobody_repeats_has_no_drawing(tmp_path: Path) -> None:
    kb = linked(tmp_path, said("a", "said", "A", at(1)))
    assert traced(kb) is None
    assert 'id="lineage"' not in filled(kb, kb.records["article"])


def test_every_branch_leads_to_its_record_voice_and_paragraphs(tmp_path: Path) -> None:
    kb = linked(
        tmp_path,
        said("a", "said", "A", at(3, "clerk")), said("b", "said", "B", at(4)),
        voices=[voice("clerk", at=[3, 9], through=["agency"], supervised=True)],
        lineage=[{"origin": "wire", "at": [4], "inferred": "the wording is the same"}],
    )  # fmt: skip
    page = article(filled(kb, kb.records["article"]))
    tree = page.partition('class="kb-lineage"')[2].partition('<h2 id="voices"')[0]
    assert 'href="../../institutions/agency/">The agency</a>' in tree
    assert 'href="#voice-clerk">the clerk</a>, under state supervision' in tree
    assert re.findall(r'href="#(paragraph-\d)"', tree) == ["paragraph-4", "paragraph-3"]
    assert "paragraphs <a" in tree and ", 9; 1 statement" in tree  # nothing rests on 9, so there is nothing to lead to
    assert '">4</a>*; 1 statement' in tree and "the wording is the same" in tree
    assert "kb-lineage" in shown(kb, '{{ lineage("article") }}')
