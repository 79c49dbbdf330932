"""A type in; the file a new record of it starts from, commented from the model, out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from kb.layout import WIDTH, lay_out
from kb.model import SINGULAR
from kb.schema import Row, fields_of
from kb.written import Group, Item, Node, Scalar, Written, written

_PLACEHOLDERS: Mapping[str, str] = {
    "people": "name: Name in Latin letters\nprotection: public\nprotection-reason: Why the person may be named\n",
    "places": "name: Name of the place\nkind: city\n",
    "institutions": "name: Name of the institution\nkind: agency\n",
    "policies": "name: Name of the rule\nkind: rule\n",
    "events": "name: Neutral name of the event\nkind: report\n",
    "figures": """\
name: What is measured
kind: count
definition: What is counted, in one sentence.
measure: stock
unit: workers
""",
    "disputes": """\
name: Neutral name of the dispute
kind: account
question: The question, as one side would not mind it put?
status: open
status-reason: Why it has that status
positions:
  - id: first
    label: The first answer
    holders: [id-of-a-record]
    since: "2016"
    statements: [record-id#statement-id]
  - id: second
    label: The second answer
    holders: [id-of-a-record]
    since: "2016"
    statements: [record-id#statement-id]
""",
    "sources": """\
name: Outlet, day month year
kind: article-newspaper
title: Title as printed
publisher: id-of-an-institution
issued: "2016-04-08"
language: en
url: https://example.org/
paragraphs: 1
reliability: {grade: F, reason: not yet judged}
voices: []
""",
}
"""What a file of each type holds before anybody filled it in: every key that is needed, and those that are usual."""
_HEAD = {
    "people": """\
# Somebody who cannot freely consent is described by role only, with these lines in place of name, names, protection
# and protection-reason, and no name anywhere:
# role: The role that stands in place of a name
# kind: person  # or group
# protection: role-only
""",
}
_STATEMENT = """\
# - id: short-id
#   property: one-declared-in-properties-yaml
#   value: an id, text, date, number, or {low: 1, high: 2, unit: people}
#   qualifiers: {time: "2017-05/.."}
#   cites:
#     - {source: id-of-a-source, at: 1}
"""


def start(
    type_name: str, today: str, given: Mapping[str, Node] | None = None, notes: Mapping[str, str] | None = None
) -> str:
    """A commented, valid record of a type to begin from; ids in it are placeholders that `kb check` asks to replace.

    `given`: what is known already, by key. `notes`: what to say beside a key.
    """
    given, notes = given or {}, notes or {}
    known = {item.key or "": item.node for item in written(_PLACEHOLDERS[type_name]).root.items}
    known |= {"summary": Scalar(f"One plain sentence about this {SINGULAR[type_name]}."), **given}
    known |= {"statements": Group([], is_mapping=False), "review": _review(today)}
    items: list[Item] = []
    ahead: list[str] = []
    for row in fields_of(type_name)[0][1]:
        meaning = _wrapped(f"# {row.meaning}" if row.key in known else f"# {row.key}: {_told(row)}")
        if row.key == "former_ids":
            continue  # kb mv writes them
        if row.key not in known:
            ahead += meaning
            continue
        if "|" in row.takes:
            meaning += _wrapped(f"# One of: {row.takes.replace(' | ', ', ')}.")
        below = _STATEMENT.splitlines() if row.key == "statements" else []
        items.append(Item(known[row.key], row.key, above=[*ahead, *meaning]))
        if row.key in notes:
            items[-1].beside.append(f"# {notes[row.key]}")
        ahead = below
    head = [f"# yaml-language-server: $schema=../../schema/{type_name}.json", *_HEAD.get(type_name, "").splitlines()]
    return lay_out(Written(Group(items, is_mapping=True), head, ahead), type_name)


def _told(row: Row) -> str:
    return f"({row.takes.replace(' | ', ', ')}) {row.meaning}" if row.takes else row.meaning


def _wrapped(comment: str) -> list[str]:
    return textwrap.wrap(comment, WIDTH, subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False)


def _review(today: str) -> Node:
    return Group([Item(Scalar(today), "date")], is_mapping=True)
