"""The stock way: mkdocs-macros, one macro that prints a record of data/, and MkDocs does the rest.

The macro prints Markdown of its own (`full`, `short`), or what the project's own macros make of a record (`pages`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import ryaml

from kb.check import check_folder
from kb.frame import PROSE, Call, read, slot
from kb.macros import MACROS, is_block
from kb.page import Page, Site
from kb.render import render

HERE = Path(__file__).parent


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once a build."""
    if env.conf["extra"]["template"] == "pages":
        env.macro(_pages(), "record")
    else:
        env.macro(_markdown(env), "record")


def _pages() -> Callable[[str], str]:
    """The page of a record as here: its type's Markdown page with the same macros filled in, and MkDocs renders the lot."""
    kb, _ = check_folder(HERE / "data")
    site = Site("Stock", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/edit/")
    slots = {name: _Slot(name) for name in (*MACROS, PROSE)}
    frames = {
        type_name: read(jinja2.Template((HERE / "types" / f"{type_name}.md").read_text()).render(slots), is_block)
        for type_name in kb.by_type
    }

    def record(id_: str) -> str:
        subject = kb.records[id_]
        return render(frames[subject.type], Page(kb, site, f"{subject.type}/{id_}/", subject))

    return record


class _Slot:
    """A macro in the page of a type, with or without arguments."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any) -> str:
        return slot(Call(self._name, args))

    def __str__(self) -> str:
        return self()


def _markdown(env: Any) -> Callable[[str], str]:
    """The record's facts as Markdown, through one template."""
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), trim_blocks=True, lstrip_blocks=True)
    template = templates.get_template(f"{env.conf['extra']['template']}.md.jinja")
    properties = _read(HERE / "data" / "properties.yaml")["properties"]
    records = {path.stem: _read(path) | {"type": path.parent.name} for path in (HERE / "data").glob("*/*.yaml")}
    backlinks: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    resting: dict[str, list[tuple[int, str, Any]]] = defaultdict(list)
    for id_, subject in records.items():
        for statement in subject["statements"]:
            declared = properties[statement["property"]]
            if isinstance(declared["range"], list):
                backlinks[statement["value"]].append((declared["reverse"], id_, statement["id"]))
            for cite in statement["cites"]:
                resting[cite["source"]].append((cite["at"], id_, statement))

    def link(id_: str, text: str = "", anchor: str = "") -> str:
        target = records[id_]
        tail = f"#{anchor}" if anchor else ""
        return f"[{text or target.get('name') or target['role']}](../{target['type']}/{id_}.md{tail})"

    def rich(text: str) -> str:
        return re.sub(r"\[\[([^]|]+)\|?([^]]*)\]\]", lambda m: link(m[1], m[2]), text)

    def record(id_: str) -> str:
        spots: dict[tuple[str, int], int] = {}
        for statement in records[id_]["statements"]:
            for cite in statement["cites"]:
                spots.setdefault((cite["source"], cite["at"]), len(spots) + 1)
        return template.render(
            id=id_, record=records[id_], records=records, properties=properties, link=link, rich=rich,
            spots=spots, backlinks=sorted(backlinks[id_]), resting=sorted(resting[id_], key=lambda r: r[:2]),
        )  # fmt: skip

    return record


def _read(path: Path) -> Any:
    return ryaml.loads(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
