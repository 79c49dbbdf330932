"""The stock way: mkdocs-macros, one macro that prints a record of data/ as Markdown, and MkDocs does the rest."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import jinja2
import ryaml

HERE = Path(__file__).parent


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once a build."""
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

    @env.macro  # type: ignore[untyped-decorator]
    def record(id_: str) -> str:
        spots: dict[tuple[str, int], int] = {}
        for statement in records[id_]["statements"]:
            for cite in statement["cites"]:
                spots.setdefault((cite["source"], cite["at"]), len(spots) + 1)
        return template.render(
            id=id_, record=records[id_], records=records, properties=properties, link=link, rich=rich,
            spots=spots, backlinks=sorted(backlinks[id_]), resting=sorted(resting[id_], key=lambda r: r[:2]),
        )  # fmt: skip


def _read(path: Path) -> Any:
    return ryaml.loads(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
