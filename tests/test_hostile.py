"""Hostile text in every field of every type: shown as text, nothing evaluated, no tag or attribute more than a harmless twin has.

Which strings of the miniature base are free text is found by trying: a string that can be replaced by hostile text
without an error is one. `test_every_field_of_the_model_is_in_the_miniature_base` sees to it that none is missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from pages import Markup, frame_folder
from records import MINI

from kb import model, words
from kb.build import build
from kb.check import check_folder
from kb.load import load, read
from kb.macros import MACROS
from kb.model import TYPES
from kb.naming import Keys
from kb.problems import errors

EVIL = (
    "\"'><script>alert('x')</script><img src=x onerror=alert('x')><a href=\"javascript:alert('x')\">x</a> "
    "{{ 'a' ~ 'b' }} {{ page.kb }} {% for a in 'ab' %}{{ a }}{% endfor %} {# gone #} ${x} <% x %> "
    "[x](javascript:alert('x')) **bold** `code` &amp; &lt;b&gt; </title></textarea></article> <!-- --> ]]> "
    "\u202etxet\u202c \u200b\u2028 line\nbreak\ttab %s {} \\g<x> \x07"
)
HARMLESS = ("harmless words " * 99)[: len(words.visible(EVIL))]
"""As long, as drawings leave out names there is no room for."""
EVIL_ADDRESS, HARMLESS_ADDRESS = (
    "https://x.example/'onmouseover='alert(1)'&amp;javascript:alert(1)",
    "https://x.example/x",
)
Files = dict[str, Any]
"""Path of a file below the data folder, to what stands in it."""


@cache
def _raw() -> Mapping[str, Any]:
    return {
        Path(os.path.relpath(path, MINI)).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(MINI.parent.rglob("*.yaml"))
    }


def strings(data: Any, keys: Keys = ()) -> Iterator[Keys]:
    """The way to every string in YAML data."""
    if isinstance(data, str):
        yield keys
    for key, below in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from strings(below, (*keys, key))


def put(files: Files, file: str, keys: Keys, text: str) -> None:
    """Put a text in the place of another."""
    *way, last = keys
    place = files[file]
    for key in way:
        place = place[key]
    place[last] = text


def write(folder: Path, files: Files) -> Path:
    """The files as a data folder."""
    for file, data in files.items():
        path = folder / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data), encoding="utf-8")  # escaped: YAML folds a raw U+2028
    return folder / "data"


def marked(text: str, number: int) -> str:
    """The text with a word of its own in front; of letters, as a number would need a statement."""
    return f"Q{letters(number)} {text}"


def letters(number: int) -> str:
    """A word of letters for a number: a number of its own in a summary would need a statement."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Keys, bool]]:
    """Every place of free text: file, keys, and whether it is an address."""
    found = []
    data = write(tmp_path_factory.mktemp("try"), dict(_raw()))
    for file, content in _raw().items():
        for keys in strings(content):
            if keys[-1] in ("converted", "spelled-out"):
                continue  # seven words at most, too few for all that is hostile: see test_macros.py
            for text, is_address in ((f"Q{EVIL}", False), (EVIL_ADDRESS, True)):
                changed = {file: deepcopy(content)}
                put(changed, file, keys, text)
                write(data.parent, changed)
                folder, _, name = file.rpartition("/")
                given = {"id": name.removesuffix(".yaml")} if folder else {}
                if read(data / file, folder.removeprefix("../") or "properties", given)[1]:
                    continue  # the file alone says no, as for an id or a date
                if not errors(check_folder(data)[1]):
                    found.append((file, keys, is_address))
                    break
        write(data.parent, {file: content})
    return found


def everything() -> str:
    """A hand-written page with every macro that needs no more than a record."""
    of = {
        "places": "northport",
        "figures": "dock-workers-abroad",
        "disputes": "night-ferry-size",
        "sources": "courier-2011-04-02",
    }
    calls = [
        f'{{{{ {name}("{id}") }}}}'
        for name, macro in MACROS.items()
        if macro.takes_record
        for id in ([of[macro.type]] if macro.type else ["northport", "night-ferry", "tide-levy"])
    ]
    calls += [f'{{{{ {name}("{type_name}") }}}}' for name in ("index", "table", "reference") for type_name in TYPES]
    calls += [f'{{{{ {name}("harbour-ministry#denial") }}}}' for name in ("fact", "statement", "says", "when")]
    alone = (
        "coverage",
        "all_calculations",
        "charts",
        "atlas",
        "timeline",
        "explorer",
        "years",
        "network",
        "properties",
        "changes",
        "feeds_list",
    )
    calls += ['{{ result("night-ferry-size#levy-a-month") }}', '{{ cite("courier-2011-04-02", "map on page 3") }}']
    return "\n\n".join([*calls, *(f"{{{{ {name} }}}}" for name in (*alone, "who_may_go", "sources"))])


@pytest.fixture(scope="module")
def sites(free: list[tuple[str, Keys, bool]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The whole site with hostile text in every place at once, and its harmless twin."""
    made = []
    for name, text, address in (("evil", EVIL, EVIL_ADDRESS), ("twin", HARMLESS, HARMLESS_ADDRESS)):
        folder = tmp_path_factory.mktemp(name)
        files: Files = deepcopy(dict(_raw()))
        for number, (file, keys, is_address) in enumerate(free):
            put(files, file, keys, f"{address}/{letters(number)}" if is_address else f"Q{letters(number)} {text}")
        frame, docs = frame_folder(folder, {"": everything()})
        (frame / "search").mkdir()
        (frame / "search/search_index.json").write_text('{"config": {}, "docs": []}', encoding="utf-8")
        kb, problems = check_folder(write(folder, files))
        assert not errors(problems)
        assert build(kb, frame, docs, folder / "site") == []
        made.append(folder / "site")
    return made[0], made[1]


def test_every_field_of_the_model_is_in_the_miniature_base() -> None:
    filled: set[tuple[str, str]] = set()

    def look(thing: Any) -> None:
        kind: type = type(thing)
        if is_dataclass(kind) and kind.__module__ == model.__name__:
            for field in fields(kind):
                value = getattr(thing, field.name)
                if value not in (None, (), False):
                    filled.update((base.__name__, field.name) for base in kind.__mro__)
                look(value)
        for below in thing.values() if isinstance(thing, Mapping) else thing if isinstance(thing, tuple) else ():
            look(below)

    loaded = load(MINI)
    look((*loaded.records, loaded.vocabulary, *loaded.releases))
    known = {
        (kind.__name__, field.name)
        for kind in vars(model).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == model.__name__
        for field in fields(kind)
    }
    assert known - filled == set()


def test_free_text_is_found_in_every_type_and_every_kind_of_place(free: list[tuple[str, Keys, bool]]) -> None:
    assert {file.partition("/")[0] for file, _, _ in free} == {*TYPES, "properties.yaml", ".."}
    keys = {str(keys[-1]) for _, keys, _ in free}
    assert {
        "name", "role", "summary", "value", "note", "inferred", "protection-reason", "definition", "unit", "question",
        "status-reason", "label", "text", "because", "literal", "part", "title", "issued-inferred", "reason", "what",
        "description", "reverse", "at", "url", "archive", "was",
    } <= keys  # fmt: skip


def test_no_page_has_a_tag_or_an_attribute_more_than_its_harmless_twin(sites: tuple[Path, Path]) -> None:
    evil, twin = sites
    pages = [path.relative_to(evil) for path in sorted(evil.rglob("*.html"))]
    assert pages == [path.relative_to(twin) for path in sorted(twin.rglob("*.html"))]
    assert len(pages) > 20
    for page in pages:
        shapes = [
            [
                (tag, [name for name, _ in attrs])
                for tag, attrs in Markup((site / page).read_text(encoding="utf-8")).tags
            ]
            for site in sites
        ]
        assert shapes[0] == shapes[1], page


def test_no_address_of_a_page_runs_a_script_and_nothing_is_hidden(sites: tuple[Path, Path]) -> None:
    for path in sorted(sites[0].rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        for _, attrs in Markup(html).tags:
            for name, value in attrs:
                assert not name.startswith("on")
                assert not value.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
        for hidden in "\u202e\u202c\u200b\u2028\x07":
            assert hidden not in html, (path, hidden)


def test_every_text_is_shown_somewhere_just_as_it_was_written(
    sites: tuple[Path, Path], free: list[tuple[str, Keys, bool]]
) -> None:
    pages = [Markup(path.read_text(encoding="utf-8")) for path in sites[0].rglob("*.html")]
    text = "\n".join(page.text for page in pages)
    attributes = "\n".join(value for page in pages for _, attrs in page.tags for _, value in attrs)
    unseen = [
        (file, keys)
        for number, (file, keys, is_address) in enumerate(free)
        if keys[0] != "distinct"  # for kb check and those who edit; no page shows it
        and (
            f"{EVIL_ADDRESS}/{letters(number)}" not in attributes
            if is_address
            else words.visible(f"Q{letters(number)} {EVIL}") not in text
        )
    ]
    assert unseen == []


def test_machines_are_given_the_text_itself(sites: tuple[Path, Path], free: list[tuple[str, Keys, bool]]) -> None:
    known = json.dumps(
        [json.loads(path.read_text(encoding="utf-8")) for path in sorted(sites[0].glob("api/v1/*/*.json"))]
    )
    for number, (file, _, is_address) in enumerate(free):
        text = f"{EVIL_ADDRESS}/{letters(number)}" if is_address else f"Q{letters(number)} {EVIL}"
        assert "/" not in file.removeprefix("../changes/") or json.dumps(text)[1:-1] in known


def test_feeds_are_well_formed_and_show_all_that_is_in_the_text(sites: tuple[Path, Path]) -> None:
    evil, twin = (ElementTree.parse(site / "feed.xml").getroot() for site in sites)
    assert [element.tag for element in evil.iter()] == [element.tag for element in twin.iter()]
    told = "".join(evil.itertext())
    assert "<script>" in told and "[U+202E]" in told
    assert words.visible(told.replace("\n", "")) == told.replace("\n", "")


def test_what_the_search_shows_is_text_in_which_nothing_is_hidden(sites: tuple[Path, Path]) -> None:
    files = [*sorted((sites[0] / "search/entries").glob("*.json")), sites[0] / "search/facets.json"]
    shown = [text for file in files for text in _texts(json.loads(file.read_text(encoding="utf-8")))]
    assert any("<script>" in text and "[U+202E]" in text for text in shown)
    assert [text for text in shown if words.visible(text) != text] == []


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for below in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _texts(below)
