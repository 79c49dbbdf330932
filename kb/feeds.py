"""Releases in; Atom feeds (RFC 4287) out: of the whole site, of each type of record, of each dispute.

An entry is what one release did to one record. No feed depends on the time of the build: a feed is as new as its newest
entry, or, before any release, as the latest review of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from kb.changes import About, Item, News, by_record, news, touches
from kb.graph import KnowledgeBase
from kb.model import Dispute, Release
from kb.page import Page, Site
from kb.printing import print_template

NAME = "feed.xml"
MOST = 100
"""Entries of a feed; the changes page has them all."""


class Entry(NamedTuple):
    """What one release did to one record."""

    release: Release
    about: About


def feeds(kb: KnowledgeBase, site: Site) -> Iterator[tuple[str, bytes]]:
    """Path below the site's root and content of every feed."""
    told = news(kb)
    yield _feed(Page(kb, site, ""), told, site.name, lambda item: True)
    for type in kb.by_type:
        yield _feed(Page(kb, site, f"{type}/"), told, f"{site.name}: {type}", partial(_of_type, type))
    for record in kb.by_type["disputes"]:
        assert isinstance(record, Dispute)
        page = Page(kb, site, f"disputes/{record.id}/", record)
        belongs = partial(touches, dispute=record)
        yield _feed(page, told, f"{site.name}: {record.caption}", belongs)


def _of_type(type: str, item: Item) -> bool:
    return item.type == type


def _feed(page: Page, told: tuple[News, ...], title: str, belongs: Callable[[Item], bool]) -> tuple[str, bytes]:
    """The feed of a page: of each release, the changes that belong there."""
    entries = [Entry(item.release, about) for item in told for about in by_record(filter(belongs, item.items))][:MOST]
    updated = entries[0].release.date.text if entries else _reviewed(page.kb)
    text = print_template("feed.xml", page, title=title, entries=entries, updated=updated, feed=NAME)
    return f"{page.address}{NAME}", f"{text}\n".encode()


def _reviewed(kb: KnowledgeBase) -> str:
    """The day of the latest review of a record."""
    days = [day for record in kb.records.values() if (day := record.review.date.lower)]
    return "{:04d}-{:02d}-{:02d}".format(*max(days, default=(1970, 1, 1)))
