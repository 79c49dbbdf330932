"""Linking: what points where, whose words they are, and what contradicts what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from edits import OF_RECORDS, Edited
from records import MINI, Fields, amount, base, dispute, event, figure, institution, place, position, said, source

from kb import dates
from kb.graph import Cite, KnowledgeBase, Linked, changes, compatible, conflicts, link
from kb.load import Card, load
from kb.model import TYPES, NamedPerson, Quantity, RoleOnlyPerson
from kb.reads import ALL, FACE, LISTED, NAMED, WHOLE, trait


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


# --- what is noted ---------------------------------------------------------------------------------------------------


def test_of_a_statement_that_is_asked_for_only_what_it_names_itself_is_read(tmp_path: Path) -> None:
    statements = [said("in", "located-in", "near"), said("too", "located-in", "far")]
    kb = base(tmp_path, {"places/x": place(statements=statements), "places/near": place(), "places/far": place()})
    read = kb.reads.noting(kb.statements.__getitem__, "x#in").all_traits()
    assert {trait("x", WHOLE), trait("x", NAMED), trait("near", FACE), trait("article", FACE)} <= read
    assert trait("far", FACE) not in read
    assert trait("far", FACE) in kb.reads.noting(kb.of_subject.__getitem__, "x").all_traits()
    assert kb.statements["x#in"] in kb.of_subject["x"]


def test_that_there_is_no_record_is_noted(mini: KnowledgeBase) -> None:
    assert trait("nobody", FACE) in mini.reads.noting(mini.records.get, "nobody").all_traits()


# --- values and links ------------------------------------------------------------------------------------------------


def test_a_value_is_what_its_property_says(mini: KnowledgeBase) -> None:
    value = {ref: linked.value for ref, linked in mini.statements.items()}
    assert value["cannery#in-northport"] is mini.records["northport"]
    assert value["night-ferry#when"] == dates.parse("[2011-03-30, 2011-03-31]")
    assert value["harbour-clerk#lists"] == "The lists were written twice."
    assert value["cannery#berths"] == "none"
    assert value["night-ferry#helper"] == "unknown"


@pytest.mark.parametrize(
    ("ref", "quantity"),
    [
        ("night-ferry#nine", amount(exact=9, unit="people")),
        ("night-ferry#dozen", amount(about=12, unit="people")),
        ("dock-workers-abroad#in-2008", amount(low=800, high=1000, unit="workers")),
        ("levy-income#in-2011", amount(about=2_400_000, currency="USD", per="year")),
        ("northport#berths", amount(exact=12, unit="berths for ferries")),
    ],
)
def test_a_quantity_takes_its_unit_from_itself_its_figure_or_its_property(
    mini: KnowledgeBase, ref: str, quantity: Quantity
) -> None:
    assert mini.statements[ref].value == quantity


def test_what_does_not_resolve_is_left_out(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "places/x": place(
                statements=[
                    said("gone", "located-in", "nowhere"),
                    said("undeclared", "undeclared", "x"),
                    said("no-date", "took-place", "soon"),
                    said("no-source", "said", "x", {"source": "nothing", "at": 1}),
                ]
            )
        },
    )
    assert list(kb.statements) == ["x#no-source"]
    assert kb.statements["x#no-source"].cites == ()


def test_backlinks_read_from_the_other_side(mini: KnowledgeBase) -> None:
    def read(id: str) -> set[tuple[str, str, str | None]]:
        return {(b.label, b.record.id, b.ref or None) for b in mini.backlinks.get(id, ())}

    assert read("northport") == {
        ("contains", "cannery", "cannery#in-northport"),
        ("contains", "harbour-ministry", "harbour-ministry#in-northport"),
        ("was the scene of", "night-ferry", "night-ferry#where"),
        ("place of", "harbour-ministry", "harbour-ministry#denial"),
        ("received", "dock-workers", "dock-workers#to-northport"),
        ("mentioned in", "night-ferry", None),
        ("mentioned in", "night-ferry-size", None),
    }
    assert ("mentioned in", "harbour-ministry", "harbour-ministry#denial") in read("night-ferry")
    assert ("group in", "tide-levy", "tide-levy#imposed") in read("dock-workers")
    assert ("holds a position in", "night-ferry-size", None) in read("harbour-clerk")
    assert ("published", "courier-2011-04-02", None) in read("tidewater-courier")


def test_a_record_does_not_point_at_itself(tmp_path: Path) -> None:
    kb = base(
        tmp_path, {"places/x": place(summary="Near [[x]].", statements=[said("a", "said", "In [[x]].", place="x")])}
    )
    assert "x" not in kb.backlinks


def test_former_ids_lead_to_the_present_one(mini: KnowledgeBase) -> None:
    assert mini.former["north-harbour"] == "northport"


def test_statements_follow_the_vocabulary_then_time(tmp_path: Path) -> None:
    statements = [
        said("z", "said", "x"),
        said("undated", "observation", {"exact": 1, "unit": "u"}),
        said("late", "observation", {"exact": 1, "unit": "u"}, time="2012"),
        said("early", "observation", {"exact": 1, "unit": "u"}, time="2011-05"),
        said("open", "observation", {"exact": 1, "unit": "u"}, time="../2030"),
    ]
    kb = base(tmp_path, {"places/x": place(statements=statements)})
    assert [s.statement.id for s in kb.of_subject["x"]] == ["open", "early", "late", "undated", "z"]


def test_what_rests_on_a_source_is_in_the_order_of_its_paragraphs(tmp_path: Path) -> None:
    at: list[int | str] = [10, "map", 2, 9]
    statements = [said(f"s{n}", "said", "S", {"source": "article", "at": spot}) for n, spot in enumerate(at)]
    kb = base(tmp_path, {"places/x": place(statements=statements)})
    assert [resting.at for resting in kb.resting_on["article"]] == [2, 9, 10, "map"]


def test_records_of_a_type_are_in_the_order_of_their_names(mini: KnowledgeBase) -> None:
    assert [r.caption for r in mini.by_type["people"]] == ["A clerk at the harbour", "Dock workers", "Quill Sandpiper"]


def test_of_two_records_with_one_id_the_first_is_kept(tmp_path: Path) -> None:
    kb = base(tmp_path, {"events/same": event(), "places/same": place()})
    assert kb.records["same"].type == "events"


# --- origins and status ----------------------------------------------------------------------------------------------


def stated(
    folder: Path, cites: list[Fields], sources: Mapping[str, Fields], **more: Any
) -> tuple[tuple[str, ...], str]:
    """Origins and status of one statement with these citations."""
    files = {f"sources/{name}": content for name, content in sources.items()}
    kb = base(folder, {**files, "places/x": place(statements=[said("a", "said", "S", *cites)]), **more})
    return kb.statements["x#a"].origins, kb.statements["x#a"].status


VOICES = [
    {"id": "clerk", "description": "a clerk", "kind": "anonymous"},
    {"id": "sailor", "description": "a sailor", "kind": "anonymous"},
    {"id": "rumour", "description": "rumour", "kind": "unattributed"},
    {"id": "ministry", "description": "the ministry", "kind": "official", "entity": "ministry"},
    {"id": "guided", "description": "a guided worker", "kind": "named", "entity": "worker", "speaks-for": "ministry"},
]


@pytest.mark.parametrize(
    ("cites", "origins"),
    [
        ([{"source": "a", "at": 1}], ("courier",)),
        ([{"source": "a", "at": 1}, {"source": "a", "at": 2}], ("courier",)),
        ([{"source": "a", "at": 1}, {"source": "b", "at": 1}], ("courier",)),
        ([{"source": "a", "at": 1, "voice": "clerk"}], ("a#clerk",)),
        ([{"source": "a", "at": 1, "voice": "clerk"}, {"source": "a", "at": 2, "voice": "clerk"}], ("a#clerk",)),
        ([{"source": "a", "at": 1, "voice": "clerk"}, {"source": "a", "at": 2, "voice": "sailor"}], ("a#clerk", "a#sailor")),
        ([{"source": "a", "at": 1, "voice": "clerk"}, {"source": "b", "at": 1, "voice": "clerk"}], ("a#clerk", "b#clerk")),
        # what an outlet says in its own words beside a voice of the same article comes from that voice
        ([{"source": "a", "at": 1}, {"source": "a", "at": 2, "voice": "clerk"}], ("a#clerk",)),
        ([{"source": "b", "at": 1}, {"source": "a", "at": 2, "voice": "clerk"}], ("courier", "a#clerk")),
        ([{"source": "a", "at": 1, "voice": "rumour"}], ("courier",)),
        ([{"source": "a", "at": 1, "voice": "ministry"}], ("ministry",)),
        # a voice that speaks for a state is that state
        ([{"source": "a", "at": 1, "voice": "guided"}, {"source": "b", "at": 1, "voice": "ministry"}], ("ministry",)),
    ],
)  # fmt: skip
def test_citations_that_go_back_to_one_origin_count_once(
    tmp_path: Path, cites: list[Fields], origins: tuple[str, ...]
) -> None:
    sources = {"a": source(voices=VOICES), "b": source(voices=VOICES)}
    status = "corroborated" if len(origins) > 1 else "reported"
    assert stated(tmp_path, cites, sources) == (origins, status)


@pytest.mark.parametrize(
    ("lineage", "origins"),
    [
        ({"a": [{"origin": "agency"}]}, ("agency", "courier")),
        ({"a": [{"origin": "agency", "at": [2]}]}, ("courier",)),
        ({"a": [{"origin": "agency", "at": [1]}]}, ("agency", "courier")),
        # what is said of the paragraph comes before what is said of the whole
        ({"a": [{"origin": "agency"}, {"origin": "bureau", "at": [1]}]}, ("bureau", "courier")),
        # a source that repeats another has its origin, however far back
        ({"a": [{"origin": "b"}], "b": [{"origin": "agency"}]}, ("agency",)),
        ({"a": [{"origin": "b"}], "b": [{"origin": "c"}], "c": [{"origin": "agency"}]}, ("agency",)),
        ({"a": [{"origin": "agency"}], "b": [{"origin": "agency"}]}, ("agency",)),
        # which paragraph was repeated is not known, so what holds for one paragraph alone is not followed
        ({"a": [{"origin": "c"}], "c": [{"origin": "agency", "at": [1]}]}, ("courier",)),
        # an inferred origin counts only where no other is known
        ({"a": [{"origin": "agency", "inferred": "same wording"}]}, ("courier",)),
        (
            {"a": [{"origin": "agency", "inferred": "I"}], "b": [{"origin": "bureau", "inferred": "I"}]},
            ("agency",),
        ),
        ({"a": [{"origin": "c", "inferred": "I"}], "c": [{"origin": "agency"}], "b": [{"origin": "bureau"}]}, ("bureau",)),
        # going round in circles ends
        ({"a": [{"origin": "b"}], "b": [{"origin": "a"}]}, ("a", "b")),
    ],
)  # fmt: skip
def test_lineage_is_followed_to_the_first_origin(
    tmp_path: Path, lineage: Mapping[str, list[Fields]], origins: tuple[str, ...]
) -> None:
    sources = {name: source(lineage=lineage.get(name, [])) for name in "abc"}
    found, _ = stated(tmp_path, [{"source": "a", "at": 1}, {"source": "b", "at": 1}], sources)
    assert sorted(found) == sorted(origins)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("open", "contested"), ("partly-settled", "contested"), ("settled", "reported"), ("dissolved", "reported")],
)
def test_a_statement_in_a_live_dispute_is_contested(tmp_path: Path, status: str, expected: str) -> None:
    kb = base(
        tmp_path,
        {
            "places/x": place(statements=[said("a", "said", "S"), said("b", "said", "T")]),
            "disputes/d": dispute(position("one", "x#a"), position("two", "x#a"), status=status),
        },
    )
    assert kb.statements["x#a"].status == expected
    assert [(d.id, p.id) for d, p in kb.statements["x#a"].disputes] == [("d", "one"), ("d", "two")]
    assert kb.statements["x#b"].status == "reported"


# --- conflicts -------------------------------------------------------------------------------------------------------


def clashes(folder: Path, *statements: Fields, **files: Fields) -> list[tuple[str, str]]:
    """Ids of the statements of a figure that contradict each other."""
    more = {name.replace("_", "/"): content for name, content in files.items()}
    kb = base(folder, {"figures/x": figure(statements=list(statements)), **more})
    return [(a.statement.id, b.statement.id) for about in kb.of_subject.values() for a, b in conflicts(about)]


NINE = said("nine", "observation", 9)


@pytest.mark.parametrize(
    "other",
    [
        said("other", "observation", 12),
        said("other", "observation", {"at-least": 10}),
        said("other", "observation", {"low": 10, "high": 12}),
        said("other", "observation", {"about": 11}),
        said("other", "observation", "none"),
    ],
)
def test_other_values_in_the_same_scope_clash(tmp_path: Path, other: Fields) -> None:
    assert clashes(tmp_path, NINE, other) == [("nine", "other")]


@pytest.mark.parametrize(
    "other",
    [
        said("other", "observation", 9),
        said("other", "observation", {"at-least": 9}),
        said("other", "observation", {"at-most": 9}),
        said("other", "observation", {"low": 5, "high": 10}),
        said("other", "observation", {"about": 10}),
        said("other", "observation", "unknown"),
        said("other", "observation", {"exact": 12, "unit": "families"}),
        said("other", "observation", {"exact": 12, "per": "year"}),
        said("other", "observation", {"exact": 12, "currency": "USD"}),
        said("other", "observation", 12, place="northport"),
        said("other", "observation", 12, agency="courier"),
        said("other", "observation", 12, sector="fishing"),
        said("other", "observation", 12, group="crew"),
        said("other", "said", "Twelve."),
    ],
)
def test_values_that_can_both_hold_do_not_clash(tmp_path: Path, other: Fields) -> None:
    assert clashes(tmp_path, NINE, other) == []


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        ("2011", "2011", True),
        ("2011", "2011-05", True),
        ("2011", "2012", False),
        ("2011/2013", "2013", True),
        ("2011/..", "2030", True),
        ("../2011", "2012", False),
        ("2011~", "2012", False),
        ("[2011, 2013]", "2012", True),
        (None, "2012", True),
        (None, None, True),
    ],
)
def test_only_times_that_overlap_clash(tmp_path: Path, one: str | None, two: str | None, clash: bool) -> None:
    statements = [
        said(id, "observation", value, **({"time": time} if time else {}))
        for id, value, time in (("one", 1, one), ("two", 2, two))
    ]
    assert bool(clashes(tmp_path, *statements)) is clash


def test_a_property_with_many_values_has_no_clashes(tmp_path: Path) -> None:
    assert clashes(tmp_path, said("a", "said", "One."), said("b", "said", "Two.")) == []


def test_two_subjects_do_not_clash(tmp_path: Path) -> None:
    assert clashes(tmp_path, NINE, figures_y=figure(statements=[said("twelve", "observation", 12)])) == []


def test_of_three_statements_every_clashing_pair_is_told(tmp_path: Path) -> None:
    three = [said(str(n), "observation", n) for n in (1, 2, 3)]
    assert clashes(tmp_path, *three) == [("1", "2"), ("1", "3"), ("2", "3")]


def test_other_records_and_other_dates_clash(tmp_path: Path) -> None:
    kb = base(
        tmp_path,
        {
            "institutions/a": institution(),
            "institutions/b": institution(),
            "events/x": event(
                statements=[
                    said("a", "led-by", "a"),
                    said("b", "led-by", "b"),
                    said("when", "took-place", "2011-04"),
                    said("same", "took-place", "2011-04-02"),
                    said("later", "took-place", "2011-05"),
                ]
            ),
        },
    )
    assert {(a.statement.id, b.statement.id) for about in kb.of_subject.values() for a, b in conflicts(about)} == {
        ("a", "b"),
        ("later", "when"),
        ("later", "same"),
    }


TWELVE = said("twelve", "observation", 12)


@pytest.mark.parametrize(
    ("positions", "clash"),
    [
        ([position("one", "x#nine"), position("two", "x#twelve")], False),
        ([position("one", "x#nine", "x#twelve"), position("two", "x#nine")], False),
        ([position("one", "x#nine"), position("two", "x#nine")], True),
    ],
)
def test_a_dispute_that_holds_both_joins_them(tmp_path: Path, positions: list[Fields], clash: bool) -> None:
    assert bool(clashes(tmp_path, NINE, TWELVE, disputes_d=dispute(*positions))) is clash


def test_two_disputes_that_hold_one_each_do_not_join_them(tmp_path: Path) -> None:
    one = dispute(position("one", "x#nine"), position("two", "x#nine"))
    two = dispute(position("one", "x#twelve"), position("two", "x#twelve"))
    assert clashes(tmp_path, NINE, TWELVE, disputes_d=one, disputes_e=two) == [("nine", "twelve")]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (amount(about=-10), amount(about=-10), True),
        (amount(about=-10), amount(exact=-11), True),
        (amount(about=-10), amount(exact=-12), False),
        (amount(about=1000), amount(about=1200), True),
        (amount(about=1000), amount(about=1300), False),
        (amount(at_least=5), amount(at_least=9), True),
        (amount(at_most=5), amount(at_least=5), True),
        (amount(at_most=5), amount(at_least=6), False),
        ("unknown", "unknown", True),
        ("unknown", "none", False),
        ("none", "none", True),
        ("a text", "a text", True),
        ("a text", "another", False),
    ],
)
def test_whether_both_can_hold_is_the_same_both_ways(one: Quantity | str, other: Quantity | str, both: bool) -> None:
    assert compatible(one, other) is both
    assert compatible(other, one) is both


# --- after an edit ---------------------------------------------------------------------------------------------------


def seen(thing: object) -> object:
    """A thing as others may see it: of records and cards reached through it, what may be shown elsewhere."""
    if isinstance(thing, Card):
        return (thing.type, thing.id, thing.caption)
    if isinstance(thing, Linked):
        return (seen(thing.value), thing.statement, thing.declared, seen(thing.cites), thing.origins, thing.status, seen(thing.disputes))  # fmt: skip
    if type(thing) in TYPES.values() or isinstance(thing, NamedPerson | RoleOnlyPerson):
        given = {f.name: getattr(thing, f.name) for f in fields(thing)}  # type: ignore[arg-type]
        return {key: value for key, value in given.items() if key not in ("summary", "names", "statements", "review")}
    if isinstance(thing, Cite):
        return (thing.citation, seen(thing.source), thing.voice, thing.origin, thing.counted)
    if isinstance(thing, tuple):
        return tuple(map(seen, thing))
    return {key: seen(value) for key, value in thing.items()} if isinstance(thing, Mapping) else thing


def everything(kb: KnowledgeBase) -> dict[str, object]:
    """All that is worked out, by what it is."""
    return {
        "records": dict(kb.records),
        "types": {name: [(r.summary, r.names, seen(r)) for r in records] for name, records in kb.by_type.items()},
        "subjects": [[(linked.subject, seen(linked)) for linked in about] for about in kb.of_subject.values()],
        "references": dict(kb.references),
        "backlinks": seen(kb.backlinks),
        "resting": [(id_, [(r.ref, r.at, r.voice) for r in resting]) for id_, resting in kb.resting_on.items()],
        "ids": kb.ids_of,
        "former": kb.former,
        "named": {id_: seen(tuple(named)) for id_, named in kb.named.items() if named},
        "size": (kb.size, kb.reviewed),
    }


def test_after_any_edits_what_was_kept_is_what_is_worked_out_anew(tmp_path: Path) -> None:
    edited = Edited(tmp_path, 24, 5)
    kb, kept = link(load(edited.data)), 0
    everything(kb)
    for _ in range(60):
        edited.edit(*OF_RECORDS, "break")
        edited.save()
        loaded = load(edited.data)
        before, changed = kb, changes(kb.cards, {card.id: card for card in loaded.cards})
        kb = KnowledgeBase(loaded, before, changed)
        kept += len(kb._backlinks.made)  # type: ignore[attr-defined]
        assert everything(kb) == everything(link(loaded)), edited.made[-1]
    assert kept > 400


def test_nothing_changes_where_nothing_is_edited(mini: KnowledgeBase) -> None:
    assert changes(mini.cards, link(load(MINI)).cards) == frozenset()


@pytest.mark.parametrize(
    ("edit", "traits"),
    [
        ({"summary": "Other."}, {("x", WHOLE), ("places", LISTED)}),
        ({"name": "Other"}, {("x", WHOLE), ("x", FACE), ("places", LISTED)}),
        ({"review": {"date": "2027"}}, {("x", WHOLE), ("*", FACE)}),
        (
            {"statements": [said("a", "located-in", "y")]},
            {("x", WHOLE), ("*", LISTED), ("y", NAMED), ("article", NAMED)},
        ),
    ],
)
def test_an_edit_changes_the_traits_by_which_it_may_be_seen(
    tmp_path: Path, edit: Mapping[str, Any], traits: set[tuple[str, int]]
) -> None:
    before, after = (
        base(tmp_path, {"places/x": {**place(), **more}, "places/y": place()}).cards for more in ({}, edit)
    )
    assert changes(before, after) == {ALL, *(trait(*one) for one in traits)}
