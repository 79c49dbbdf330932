"""The model: what a file may say, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from math import inf
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from records import Fields, amount, figure, institution, place, position, role_only, said, source

from kb import model
from kb.model import TYPES, NamedPerson, Quantity, RoleOnlyPerson


def valid(type_name: str, fields: Fields) -> Any:
    """A record of a type."""
    return TypeAdapter(TYPES[type_name]).validate_python({"id": "x", **fields})


def wrong(type_name: str, fields: Fields) -> set[tuple[str, str]]:
    """Last key and kind of every mistake in a record."""
    with pytest.raises(ValidationError) as caught:
        valid(type_name, fields)
    return {(str(error["loc"][-1]), error["type"]) for error in caught.value.errors()}


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({"exact": 9}, (9, 9)),
        ({"about": 9.5}, (9.5, 9.5)),
        ({"at-least": 9}, (9, inf)),
        ({"at-most": 9}, (-inf, 9)),
        ({"low": 3, "high": 9}, (3, 9)),
        ({"low": 9, "high": 9}, (9, 9)),
        ({"exact": 0}, (0, 0)),
        ({"exact": -3}, (-3, -3)),
    ],
)
def test_a_quantity_has_one_clear_amount(given: Mapping[str, float], bounds: tuple[float, float]) -> None:
    assert TypeAdapter(Quantity).validate_python(given).bounds == bounds


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unit": "workers"},
        {"exact": 1, "about": 1},
        {"low": 1},
        {"high": 1},
        {"low": 3, "high": 1},
        {"low": 1, "high": 3, "about": 2},
        {"at-least": 1, "at-most": 3},
        {"exact": "9"},
        {"exact": True},
        {"exact": None},
        {"exact": inf},
        {"exact": float("nan")},
        {"exact": 1, "per": "decade"},
        {"exact": 1, "currency": "usd"},
        {"exact": 1, "unit": " "},
        {"exact": 1, "at_least": 1},
        {"exact": 1, "size": "big"},
    ],
)
def test_anything_else_is_no_quantity(given: Mapping[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Quantity).validate_python(given)


def test_a_quantity_can_be_given_another_unit_without_being_changed() -> None:
    quantity = amount(exact=9, currency="USD", per="year")
    assert quantity.counting("ships") == amount(exact=9, currency="USD", per="year", unit="ships")
    assert quantity.unit is None


def test_a_person_is_named_or_role_only_by_protection() -> None:
    assert type(valid("people", role_only())) is RoleOnlyPerson
    named = {**place(kind="person"), "protection": "on-record", "protection-reason": "A made-up speaker."}
    assert type(valid("people", named)) is NamedPerson
    assert ("protection-reason", "missing") in wrong("people", {**place(kind="person"), "protection": "public"})
    assert ("protection", "missing") in wrong("people", place(kind="person"))


def test_nothing_on_a_role_only_record_could_hold_a_name() -> None:
    assert not {"name", "names"} & {field.name for field in dataclasses.fields(RoleOnlyPerson)}
    assert ("name", "unexpected_keyword_argument") in wrong("people", role_only(name="N"))
    assert valid("people", role_only()).names == ()


@pytest.mark.parametrize(
    ("type_name", "fields", "mistake"),
    [
        ("places", place(kind="hamlet"), ("kind", "literal_error")),
        ("places", place(colour="red"), ("colour", "unexpected_keyword_argument")),
        ("places", place(former_ids=["Old"]), ("0", "bad-id")),
        ("places", place(former_ids=["a--b"]), ("0", "bad-id")),
        ("places", place(former_ids=["-a"]), ("0", "bad-id")),
        ("places", place(former_ids=["a\n"]), ("0", "bad-id")),
        ("places", place(coordinates={"lat": -91, "lon": 0, "inferred": "I"}), ("lat", "greater_than_equal")),
        ("places", place(review={"date": "soon"}), ("date", "bad-date")),
        ("places", place(review={"date": 2026}), ("date", "bad-date")),
        ("places", place(summary="\n "), ("summary", "blank-text")),
        ("places", place(statements=[{**said("a", "p", "x"), "cites": []}]), ("cites", "too_short")),
        ("places", place(names=[{"value": "N", "language": "ko-KP"}]), ("0", "uncited-name")),
        ("sources", source(language="Korean"), ("language", "bad-code")),
        ("sources", source(sha256="ABC"), ("sha256", "bad-code")),
        ("sources", source(url="https://courier.example/a b"), ("url", "bad-address")),
        ("sources", source(url="https://courier.example/북항"), ("url", "bad-address")),
        ("sources", source(url="javascript:alert(1)"), ("url", "bad-address")),
        ("sources", source(url="https://"), ("url", "bad-address")),
        ("sources", source(voices=[{"id": "v", "description": "D", "kind": "named", "supervised": "yes"}]), ("supervised", "bool_type")),
        ("disputes", {}, ("positions", "missing")),
    ],
)  # fmt: skip
def test_what_a_field_does_not_take_is_refused(type_name: str, fields: Fields, mistake: tuple[str, str]) -> None:
    assert mistake in wrong(type_name, fields)


def test_a_dispute_has_two_positions_and_each_rests_on_something() -> None:
    fields = {
        **institution(kind="account"), "question": "Q?", "status": "open", "status-reason": "R",
        "positions": [position("one", "x#a")],
    }  # fmt: skip
    assert wrong("disputes", fields) == {("positions", "too_short")}
    assert ("statements", "too_short") in wrong("disputes", {**fields, "positions": [position("one"), position("two")]})
    assert valid("disputes", {**fields, "positions": [position("one", "x#a"), position("two", "x#a")]})


@pytest.mark.parametrize("value", ["northport", "2011~", "unknown", 9, 9.5, {"about": 9}])
def test_a_value_may_be_text_a_number_or_a_quantity(value: object) -> None:
    assert valid("figures", figure(statements=[said("a", "p", value)])).statements[0].value


@pytest.mark.parametrize("value", [None, True, [], ["a"], {}, "", " "])
def test_a_value_may_be_nothing_else(value: object) -> None:
    assert wrong("figures", figure(statements=[said("a", "p", value)]))


def test_records_cannot_be_changed() -> None:
    record = valid("places", place())
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.name = "Elsewhere"


def test_every_class_and_every_type_has_a_docstring() -> None:
    for kind in vars(model).values():
        if isinstance(kind, type) and kind.__module__ == model.__name__:
            assert (kind.__doc__ or "").strip().endswith((".", "`", ")", '"')), kind
