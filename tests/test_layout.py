"""The one form of every file: nothing lost, nothing moved twice, and what it looks like."""

from __future__ import annotations

import json
import random
import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import ryaml
import yaml
from generate import Maker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import ROOT
from records import MINI

from kb.edits import type_of
from kb.layout import WIDTH, laid_out
from kb.written import UnwritableError

RECORDS = [(type_name, json.loads(json.dumps(record))) for type_name, _, record in Maker(120, 7).records()]
FILES = sorted([*(ROOT / "data").rglob("*.yaml"), *MINI.rglob("*.yaml")])


def remarks(text: str) -> Counter[str]:
    """The comments of a text, as the tests write them: `# remark N`."""
    return Counter(re.findall(r"# remark \d+", text))


def scattered(text: str, chance: random.Random) -> str:
    """A text with comments put above, beside and below its lines wherever YAML lets one stand."""
    node = yaml.compose(text, yaml.CSafeLoader)
    inside: set[int] = set()
    ahead = [node]
    while ahead:
        here: Any = ahead.pop()
        if isinstance(here, yaml.ScalarNode):
            first = here.start_mark.line
            inside.update(range(first, here.end_mark.line + (here.end_mark.column > 0)))
        else:
            ahead += [part for pair in here.value for part in (pair if isinstance(pair, tuple) else (pair,))]
            if here.flow_style:
                inside.update(range(here.start_mark.line + 1, here.end_mark.line + 1))
    made, number = [], 0
    multi = {line for line in inside if line + 1 in inside and text.splitlines()[line : line + 1]}
    for i, line in enumerate(text.splitlines()):
        if chance.random() < 0.25 and not (i in inside and i - 1 in multi and i - 1 in inside):
            depth = chance.choice((0, len(line) - len(line.lstrip()), len(line) - len(line.lstrip()) + 2))
            made += [f"{' ' * depth}# remark {(number := number + 1)}", *([""] if chance.random() < 0.2 else [])]
        if chance.random() < 0.25 and i not in multi:
            line += f"  # remark {(number := number + 1)}"
        made.append(line)
    return "\n".join(made) + "\n"


class Quoting(yaml.SafeDumper):
    """Puts every text in double quotes."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"')


Quoting.add_representer(str, Quoting.represent_text)


def written_by(chance: random.Random, record: Any) -> str:
    """A record as one of many people would write it."""
    if chance.random() < 0.3:
        return str(ryaml.dumps(record))  # type: ignore[attr-defined]
    return yaml.dump(
        record, Dumper=chance.choice((yaml.CSafeDumper, Quoting)), allow_unicode=True, sort_keys=chance.random() < 0.5,
        default_flow_style=chance.choice((None, False, True)), width=chance.choice((40, 80, 10**6)),
    )  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(RECORDS) - 1), st.integers(0, 10**6))
def test_every_value_and_every_comment_is_kept_and_a_second_time_changes_nothing(number: int, seed: int) -> None:
    type_name, record = RECORDS[number]
    chance = random.Random(seed)
    text = written_by(chance, record)
    values = ryaml.loads(text)  # type: ignore[attr-defined]
    commented = scattered(text, chance)
    try:
        if ryaml.loads(commented) != values:  # type: ignore[attr-defined]
            commented = text  # a comment fell into a text of several lines
    except Exception:
        commented = text
    made = laid_out(commented, type_name)
    assert ryaml.loads(made) == values  # type: ignore[attr-defined]
    assert remarks(made) == remarks(commented)
    assert laid_out(made, type_name) == made


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\ufeff"), max_size=200)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=3), st.sampled_from(["plain", "'", '"', "|", ">"]))
def test_any_text_comes_out_as_it_was(text: str, more: list[str], style: str) -> None:
    record = {"name": text, "names": [{"value": value, "note": text} for value in more], "would-settle": more}
    source = yaml.dump(record, allow_unicode=True, default_style=None if style == "plain" else style)
    try:
        values = ryaml.loads(source)  # type: ignore[attr-defined]
    except Exception:
        return  # what PyYAML writes is not always YAML 1.2
    try:
        made = laid_out(source, "places")
    except UnwritableError:
        return  # said, and left alone
    assert ryaml.loads(made) == values  # type: ignore[attr-defined]
    assert laid_out(made, "places") == made


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_our_own_files_are_in_the_one_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert laid_out(text, type_of(path) or "") == text


def check(before: str, after: str, type_name: str = "places") -> None:
    """What a text looks like in the one form, which stays as it is."""
    made = laid_out(textwrap.dedent(before).lstrip("\n"), type_name)
    assert made == textwrap.dedent(after).lstrip("\n")
    assert laid_out(made, type_name) == made


def test_keys_stand_in_the_order_of_the_model_and_unknown_ones_last() -> None:
    check(
        """
        review: {note: x, date: "2026"}
        colour: red
        statements:
        - {cites: [{at: 1, source: a}], value: v, property: p, id: i}
        name: N
        """,
        """
        name: N
        statements:
          - id: i
            property: p
            value: v
            cites:
              - {source: a, at: 1}
        review: {date: "2026", note: x}
        colour: red
        """,
    )


def test_quotes_are_there_where_they_are_needed_and_nowhere_else() -> None:
    check(
        r"""
        name: "Plain words, with a comma"
        names: ['yes', "12", "2016-04", "2016/..", "a: b", "[[link]]", "say \"no\"", "it's", 'p. 12', "null"]
        """,
        """
        name: Plain words, with a comma
        names: ["yes", "12", "2016-04", "2016/..", "a: b", "[[link]]", say "no", it's, p. 12, "null"]
        """.replace('"a: b", "[[link]]"', '"a: b", "[[link]]"'),
    )


def test_numbers_stay_as_they_are_spelled() -> None:
    check(
        "coordinates: {lon: 125.750, lat: 39.0, inferred: x}", "coordinates: {lat: 39.0, lon: 125.750, inferred: x}\n"
    )


def test_a_long_text_is_folded_and_a_short_one_is_not() -> None:
    words = "word " * 40
    made = laid_out(f"summary: {words}\nname: >-\n  A short\n  name\n", "places")
    assert made.startswith("name: A short name\nsummary: >-\n  word word")
    assert max(map(len, made.splitlines())) <= WIDTH
    assert laid_out(made, "places") == made


def test_an_address_that_fills_more_than_a_line_is_left_in_one() -> None:
    address = f"https://example.org/{'a' * 150}"
    assert laid_out(f'url: "{address}"\n', "sources") == f"url: {address}\n"


def test_what_holds_a_sentence_an_id_or_a_comment_stands_in_lines() -> None:
    check(
        """
        review: {date: "2026", note: Read again.}
        coordinates: {lat: 1,  # north
          lon: 2, inferred: x}
        """,
        """
        coordinates:
          lat: 1  # north
          lon: 2
          inferred: x
        review:
          date: "2026"
          note: Read again.
        """,
    )


def test_comments_go_where_what_they_belong_to_goes() -> None:
    check(
        """
        # head

        # of the review
        review: {date: "2026"}  # beside it
        statements:  # what is said
          # the first
          - id: a
            value: v
            # of its property
            property: p
            # behind its property
          # the second
          - id: b
          # after the list
        # of the name
        name: N
        # foot
        """,
        """
        # head

        # of the review
        # of the name
        name: N
        statements:  # what is said
          # the first
          - id: a
            # of its property
            property: p
            # behind its property
            value: v
          # the second
          - id: b
          # after the list
        review: {date: "2026"}  # beside it
        # foot
        """,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: &a N\nsummary: *a\n", "alias"),
        ("name: N\nsummary: ! '29'\n", "would not come out the same"),
    ],
)  # fmt: skip
def test_what_would_lose_something_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnwritableError, match=reason):
        laid_out(text, "places")
