"""Small folders of records for tests: what a test is about is written out, the rest is the least a record needs.

Records are written as JSON, which is YAML; text is written as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from kb.check import check_folder
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.model import Quantity
from kb.problems import Problem

Fields: TypeAlias = Mapping[str, Any]
MINI = Path(__file__).parent / "mini" / "data"
"""The miniature knowledge base: every type of record and every kind of value."""

VOCABULARY: Fields = {
    "properties": {
        "located-in": {"label": "located in", "definition": "D", "range": ["places"], "reverse": "contains"},
        "led-by": {
            "label": "led by", "definition": "D", "range": ["people", "institutions"], "reverse": "led", "single": True
        },
        "took-place": {"label": "took place", "definition": "D", "range": "date", "single": True},
        "observation": {"label": "observed value", "definition": "D", "range": "quantity", "single": True},
        "said": {"label": "said", "definition": "D", "range": "text"},
        "home-town": {"label": "came from", "definition": "D", "range": "text", "reveals": "home"},
    },
    "sectors": {"fishing": {"label": "Fishing", "definition": "D"}},
}  # fmt: skip
_REVIEW: Fields = {"review": {"date": "2026"}}


def place(**more: Any) -> Fields:
    """A place."""
    return {"name": "Northport", "kind": "city", "summary": "A made-up city.", **_REVIEW, **more}


def institution(**more: Any) -> Fields:
    """A newsroom."""
    return {"name": "The Courier", "kind": "news-outlet", "summary": "A made-up newspaper.", **_REVIEW, **more}


def event(**more: Any) -> Fields:
    """An event."""
    return {"name": "The ferry", "kind": "departure", "summary": "A made-up departure.", **_REVIEW, **more}


def figure(**more: Any) -> Fields:
    """A figure that counts workers."""
    return {
        "name": "Workers", "kind": "people", "summary": "A made-up count.", "definition": "D", "measure": "stock",
        "unit": "workers", **_REVIEW, **more,
    }  # fmt: skip


def role_only(**more: Any) -> Fields:
    """A person described by role."""
    return {
        "role": "A clerk",
        "kind": "person",
        "protection": "role-only",
        "summary": "A made-up clerk.",
        **_REVIEW,
        **more,
    }


def source(**more: Any) -> Fields:
    """A source of ten paragraphs, published by the institution `courier`."""
    return {
        "name": "The Courier, 2 April 2011", "kind": "article-newspaper", "summary": "A made-up article.", "title": "T",
        "publisher": "courier", "issued": "2011-04-02", "language": "en", "url": "https://courier.example/1",
        "paragraphs": 10, "reliability": {"grade": "F", "reason": "Made up."}, **_REVIEW, **more,
    }  # fmt: skip


def position(id: str, *statements: str, **more: Any) -> Fields:
    """An answer to a dispute's question, held by the institution `courier`."""
    return {"id": id, "label": id, "holders": ["courier"], "since": "2011", "statements": list(statements), **more}


def dispute(*positions: Fields, **more: Any) -> Fields:
    """An open dispute."""
    return {
        "name": "The size", "kind": "figure", "summary": "A made-up dispute.", "question": "How many?", "status": "open",
        "status-reason": "Nothing was published.", "positions": list(positions), **_REVIEW, **more,
    }  # fmt: skip


def said(id: str, property: str, value: Any, *cites: Fields, **qualifiers: Any) -> Fields:
    """A statement; without `cites`, it rests on the first paragraph of the source `article`."""
    return {
        "id": id, "property": property, "value": value, "qualifiers": qualifiers,
        "cites": list(cites or [{"source": "article", "at": 1}]),
    }  # fmt: skip


def amount(**more: Any) -> Quantity:
    """A quantity, from its keys in YAML with underscores."""
    return Quantity(**{key.replace("_", "-"): value for key, value in more.items()})


def write(folder: Path, files: Mapping[str, Fields | str | bytes]) -> Path:
    """A data folder with the vocabulary, the institution `courier`, its source `article`, and `files` beside or over them."""
    data = folder / "data"
    standing: Mapping[str, Fields | str | bytes] = {
        "properties": VOCABULARY, "institutions/courier": institution(), "sources/article": source(),
    }  # fmt: skip
    for name, content in {**standing, **files}.items():
        path = data / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Mapping):
            content = json.dumps(content, ensure_ascii=False, indent=1)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return data


def base(folder: Path, files: Mapping[str, Fields | str | bytes]) -> KnowledgeBase:
    """`write`, loaded and linked; nothing may be wrong with the files themselves."""
    loaded = load(write(folder, files))
    assert not loaded.problems, loaded.problems
    return link(loaded)


def problems(folder: Path, files: Mapping[str, Fields | str | bytes]) -> list[Problem]:
    """`write`, checked. That records made here share the one name of their type is not told."""
    return [problem for problem in check_folder(write(folder, files))[1] if problem.code != "likely-duplicate"]


def codes(found: list[Problem]) -> list[str]:
    """The codes of problems, in their order."""
    return [problem.code for problem in found]
