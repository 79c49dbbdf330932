"""Feeds as a reader of feeds has them: parsed by feedparser, held against RFC 4287, and followed to what they link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import feedparser
import pytest
from pages import SITE, Markup
from project import Project
from records import base, dispute, place, position, said

from kb.feeds import MOST, feeds

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = re.compile(r"\d{4}-\d\d-\d\dT00:00:00Z")
BOTH = place(statements=[said("a", "said", "A <b>&amp;</b>"), said("b", "said", "B")])
FILES = {
    "places/port": BOTH,
    "places/pier": place(statements=[said("c", "said", "C")]),
    "disputes/size": dispute(position("x", "port#a"), position("y", "port#b")),
    "../changes/first": {"date": "2026-01-01", "summary": "S.", "added": ["port#a", "port#b", "pier#c"]},
    "../changes/second": {
        "date": "2026-02-01", "summary": "S.",
        "corrected": [{"statement": "port#a", "was": "said A", "reason": "Misread."}],
        "withdrawn": [
            {"statement": "port#song", "type": "places", "disputes": ["size"], "was": "said La", "reason": "Not sung."},
            {"statement": "man#age", "type": "people", "reason": "Asked to.", "withheld": True},
        ],
    },
}  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> dict[str, bytes]:
    return dict(feeds(base(tmp_path, FILES), SITE))


def titles(feed: bytes) -> list[str]:
    return [entry.title for entry in feedparser.parse(feed).entries]


def test_there_is_a_feed_of_the_site_of_every_type_and_every_dispute(made: dict[str, bytes]) -> None:
    assert {"feed.xml", "places/feed.xml", "sources/feed.xml", "disputes/size/feed.xml"} <= made.keys()
    assert len(made) == 1 + 8 + 1


def test_the_newest_release_comes_first_with_its_corrections_marked(made: dict[str, bytes]) -> None:
    parsed = feedparser.parse(made["feed.xml"])
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert [(entry.title, entry.updated, [tag.term for tag in entry.tags]) for entry in parsed.entries] == [
        ("Northport: 1 statement corrected, 1 statement withdrawn", "2026-02-01T00:00:00Z", ["correction", "withdrawn"]),
        ("man: 1 statement withdrawn", "2026-02-01T00:00:00Z", ["withdrawn"]),
        ("Northport: 2 statements added", "2026-01-01T00:00:00Z", ["added"]),
        ("Northport: 1 statement added", "2026-01-01T00:00:00Z", ["added"]),
    ]  # fmt: skip
    assert parsed.feed.updated == "2026-02-01T00:00:00Z"


def test_an_entry_says_what_the_statement_says_who_says_it_how_it_read_and_why(made: dict[str, bytes]) -> None:
    (content,) = feedparser.parse(made["feed.xml"], sanitize_html=False).entries[0].content
    assert content.type == "application/xhtml+xml"
    text = Markup(content.value).text
    assert "Correction: Northport said: A <b>&amp;</b> (The Courier, paragraph 1). It read: said A. Misread." in text
    assert "Withdrawn: port#song. It read: said La. Not sung." in text


def test_what_was_withheld_is_named_by_its_address_alone(made: dict[str, bytes]) -> None:
    entry = feedparser.parse(made["people/feed.xml"]).entries[0]
    assert Markup(entry.content[0].value).text.split() == ["Withdrawn:", "man#age.", "Asked", "to."]


def test_a_type_and_a_dispute_have_what_is_about_them(made: dict[str, bytes]) -> None:
    assert titles(made["people/feed.xml"]) == ["man: 1 statement withdrawn"]
    assert len(titles(made["places/feed.xml"])) == 3
    assert titles(made["disputes/size/feed.xml"]) == [
        "Northport: 1 statement corrected, 1 statement withdrawn", "Northport: 2 statements added",
    ]  # fmt: skip
    assert titles(made["events/feed.xml"]) == []


def test_without_releases_a_feed_is_empty_and_as_new_as_the_latest_review(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/port": place(review={"date": "2026-05-04"})})
    parsed = feedparser.parse(dict(feeds(kb, SITE))["feed.xml"])
    assert (parsed.bozo, parsed.entries, parsed.feed.updated) == (False, [], "2026-05-04T00:00:00Z")


def test_a_feed_ends_after_the_newest_entries_and_keeps_the_corrections(tmp_path: Path) -> None:
    ports = {f"places/p{n}": place(statements=[said("a", "said", "A")]) for n in range(MOST + 5)}
    corrected = [{"statement": f"p{MOST + 4}#a", "reason": "Misread."}]
    release = {
        "date": "2026-01-01", "summary": "S.", "corrected": corrected, "added": [f"p{n}#a" for n in range(MOST)],
    }  # fmt: skip
    found = titles(dict(feeds(base(tmp_path, {**ports, "../changes/first": release}), SITE))["places/feed.xml"])
    assert len(found) == MOST
    assert "corrected" in found[0]


def faults(feed: bytes, address: str) -> Iterator[str]:
    """What RFC 4287 asks of a feed (sections 4.1.1 and 4.1.2) and does not find."""
    root = ElementTree.fromstring(feed)
    if root.tag != f"{ATOM}feed":
        yield "no feed"
    entries = root.findall(f"{ATOM}entry")
    for part in (root, *entries):
        for name in ("id", "title", "updated"):
            if len(part.findall(f"{ATOM}{name}")) != 1:
                yield f"not one {name}"
        if not DAY.fullmatch(part.findtext(f"{ATOM}updated") or ""):
            yield "updated is no date of RFC 3339"
        if not (part.findtext(f"{ATOM}id") or "").startswith("https://"):
            yield "the id is no IRI"
        if len([one for one in part.findall(f"{ATOM}link") if one.get("rel") == "alternate"]) != 1:
            yield "not one alternate"
    if root.findtext(f"{ATOM}author/{ATOM}name") is None:
        yield "no author"
    if [one.get("href") for one in root.findall(f"{ATOM}link") if one.get("rel") == "self"] != [address]:
        yield "does not name itself"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    if len(ids) != len(set(ids)):
        yield "an id stands twice"
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    if updated != sorted(updated, reverse=True):
        yield "not the newest first"


def test_every_feed_is_one_of_rfc_4287(made: dict[str, bytes]) -> None:
    for name, feed in made.items():
        assert list(faults(feed, SITE.url + name)) == [], name


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    nasty = "]]><script>&\u202e\x07\"'"
    port = place(name=nasty, statements=[said("a", "said", nasty)])
    release = {"date": "2026-01-01", "summary": "S.", "added": ["port#a"]}
    (made, *_) = feeds(base(tmp_path, {"places/port": port, "../changes/first": release}), SITE)
    assert list(faults(made[1], f"{SITE.url}feed.xml")) == []
    assert {element.tag for element in ElementTree.fromstring(made[1]).iter() if "script" in element.tag} == set()


def test_feeds_of_the_site_are_linked_from_its_pages_and_lead_to_statements_that_are_there(built: Project) -> None:
    site, root = built.site, "http://127.0.0.1:8000/"
    checked = 0
    for name, depth in (
        ("index.html", 1),
        ("places/ningbo/index.html", 2),
        ("disputes/ningbo-departure/index.html", 3),
    ):
        tags = Markup((site / name).read_text(encoding="utf-8")).tags
        links = [dict(given) for tag, given in tags if tag == "link"]
        offered = [link["href"] for link in links if link.get("type") == "application/atom+xml"]
        assert len(offered) == depth, name
        assert all("alternate" in link["rel"].split() for link in links if link["href"] in offered)
        for href in offered:
            address = urljoin(root + name, href)
            feed = feedparser.parse((site / address.removeprefix(root)).read_bytes())
            assert feed.feed.links[0].href == address
            for entry in feed.entries:
                for href in re.findall(r'href="([^"]+)"', entry.content[0].value):
                    page, _, anchor = href.removeprefix(root).partition("#")
                    assert f'id="{anchor}"' in (site / page / "index.html").read_text(encoding="utf-8"), href
                    checked += 1
    assert checked > 300


def test_the_changes_page_offers_every_feed(built: Project) -> None:
    tags = Markup((built.site / "changes/index.html").read_text(encoding="utf-8")).tags
    offered = {dict(given)["href"] for tag, given in tags if tag == "a" and dict(given).get("type")}
    there = {f"../{path.relative_to(built.site).as_posix()}" for path in built.site.rglob("feed.xml")}
    assert offered == there


def test_a_feed_never_depends_on_the_order_of_files(tmp_path: Path) -> None:
    there = base(tmp_path / "a", FILES)
    back = base(tmp_path / "b", dict(reversed(FILES.items())))
    assert dict(feeds(there, SITE)) == dict(feeds(back, SITE))
