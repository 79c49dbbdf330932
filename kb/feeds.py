"""Releases in; Atom feeds (RFC 4287) out: of the whole site, of each type of record, of each dispute.

An entry is what one release did to one record. No feed depends on the time of the build: a feed is as new as its newest
entry, or, before any release, as the latest review of a record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kb import words
from kb.changes import About, Item, by_record, disputes_of, news
from kb.graph import KnowledgeBase
from kb.model import Release, Withdrawal
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
    told, reviewed = _by_address(kb), _reviewed(kb)
    yield _feed(Page(kb, site, ""), site.name, told, reviewed)
    for type in kb.by_type:
        yield _feed(Page(kb, site, f"{type}/"), f"{site.name}: {type}", told, reviewed)
    for record in kb.by_type["disputes"]:
        yield _feed(Page(kb, site, f"disputes/{record.id}/", record), f"{site.name}: {record.caption}", told, reviewed)


def _by_address(kb: KnowledgeBase) -> Mapping[str, list[Entry]]:
    """The entries of the feed of each page, the newest first."""
    found: dict[str, list[Entry]] = defaultdict(list)
    disputes = disputes_of(kb)
    for told in news(kb):
        items: dict[str, list[Item]] = defaultdict(list)
        for item in told.items:
            gone = item.change.disputes if isinstance(item.change, Withdrawal) else ()
            own = {item.owner} if item.type == "disputes" else set()
            items[""].append(item)
            items[f"{item.type}/"].append(item)
            for id in own.union(disputes.get(item.ref, ()), gone):
                items[f"disputes/{id}/"].append(item)
        for address, belonging in items.items():
            found[address] += [Entry(told.release, about) for about in by_record(belonging)]
    return found


def _feed(page: Page, title: str, told: Mapping[str, list[Entry]], reviewed: str) -> tuple[str, bytes]:
    """The feed of a page; `reviewed` is its day where it has no entry."""
    entries = told.get(page.address, [])[:MOST]
    updated = entries[0].release.date.text if entries else reviewed
    text = print_template("feed.xml", page, title=title, entries=entries, updated=updated, feed=NAME, words=words)
    return f"{page.address}{NAME}", f"{text}\n".encode()


def _reviewed(kb: KnowledgeBase) -> str:
    """The day of the latest review of a record."""
    day = kb.reviewed.lower if kb.cards else None
    return "{:04d}-{:02d}-{:02d}".format(*(day or (1970, 1, 1)))
