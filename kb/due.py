"""The base and a day in; the records that somebody should read again, out."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import NamedTuple

from kb.graph import KnowledgeBase
from kb.model import AnyRecord, Dispute
from kb.wording import statements_named

IN_DISPUTE = 4
"""A record with a part in a dispute that is not settled is due after this part of the time."""


class Due(NamedTuple):
    """A record to read again."""

    record: AnyRecord
    age: int
    """Days since its last review."""
    disputes: tuple[str, ...]
    """Ids of the disputes not yet settled that it is one of, or that rest on a statement of it."""


def due(kb: KnowledgeBase, today: datetime.date, days: int) -> list[Due]:
    """Records reviewed `days` ago or longer, and those in an open dispute after a quarter of that; the most overdue first.

    A review that names only a month or a year is taken to be of its last day.
    """
    disputes: dict[str, dict[str, None]] = defaultdict(dict)
    for dispute in kb.by_type["disputes"]:
        if isinstance(dispute, Dispute) and dispute.status in ("open", "partly-settled"):
            disputes[dispute.id][dispute.id] = None
            for ref in statements_named(dispute):
                disputes[ref.partition("#")[0]][dispute.id] = None
    found = []
    for record in kb.records.values():
        named = tuple(disputes.get(record.id, ()))
        reviewed = _last_day(record)
        age = (today - reviewed).days
        if age >= (days // IN_DISPUTE if named else days):
            found.append(Due(record, age, named))
    return sorted(found, key=lambda entry: (-entry.age * (IN_DISPUTE if entry.disputes else 1), entry.record.id))


def _last_day(record: AnyRecord) -> datetime.date:
    year, month, day = record.review.date.upper or record.review.date.lower or (1, 1, 1)
    return datetime.date(min(max(year, 1), 9999), month, day)
