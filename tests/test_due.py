"""What is due for another reading: by age, and sooner where there is an open dispute."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import pytest
from records import Fields, base, dispute, figure, place, position, said

from kb.due import due

TODAY = datetime.date(2026, 7, 1)


def reviewed(date: str) -> Fields:
    """The review of a record."""
    return {"review": {"date": date}}


def found(folder: Path, records: Mapping[str, Fields], days: int = 365) -> list[tuple[str, int, tuple[str, ...]]]:
    """Id, age and disputes of what is due, the two records that are always there left out."""
    fresh = {"institutions/courier": {**place(kind="news-outlet"), **reviewed("2026-07-01")}}
    kb = base(folder, {**fresh, **records})
    return [
        (entry.record.id, entry.age, entry.disputes) for entry in due(kb, TODAY, days) if entry.record.id != "article"
    ]


@pytest.mark.parametrize(
    ("date", "age"),
    [("2025-07-01", 365), ("2024-07-01", 730), ("2025-06", 366), ("2024", 547), ("2024-01/2025-06", 366)],
)
def test_a_record_is_due_when_its_review_is_old(tmp_path: Path, date: str, age: int) -> None:
    assert found(tmp_path, {"places/x": {**place(), **reviewed(date)}}) == [("x", age, ())]


@pytest.mark.parametrize("date", ["2025-07-02", "2026", "2026-12-31"])
def test_a_record_is_not_due_before(tmp_path: Path, date: str) -> None:
    assert found(tmp_path, {"places/x": {**place(), **reviewed(date)}}) == []


@pytest.mark.parametrize(("status", "is_due"), [("open", True), ("partly-settled", True), ("settled", False), ("dissolved", False)])  # fmt: skip
def test_what_an_open_dispute_rests_on_is_due_sooner(tmp_path: Path, status: str, is_due: bool) -> None:
    records = {
        "figures/size": {**figure(statements=[said("n", "observation", 1), said("m", "observation", 1)]), **reviewed("2026-04-01")},
        "disputes/d": dispute(position("p", "size#n"), position("q", "size#m"), status=status, **reviewed("2026-06-30")),
        "places/x": {**place(), **reviewed("2026-04-01")},
    }  # fmt: skip
    assert found(tmp_path, records) == ([("size", 91, ("d",))] if is_due else [])
    assert found(tmp_path / "again", records, days=0)[-1][0] == "courier"


def test_the_most_overdue_comes_first(tmp_path: Path) -> None:
    records = {f"places/{id_}": {**place(name=id_), **reviewed(date)} for id_, date in (("a", "2025-01-01"), ("b", "2023-01-01"))}  # fmt: skip
    assert [id_ for id_, _, _ in found(tmp_path, records)] == ["b", "a"]
