"""Folders in which our own side and stock MkDocs build made-up records: what `run.py` measures beside `peers.py`.

The stock side is what one would do without this project: a Markdown page per record, outside the navigation, whose one
macro call prints the record (bench/stock). "Same pages" has the macros of this project print it, so MkDocs makes the same
article of it. "Same facts" prints Markdown with names, the box, statements with scope, speaker and numbered source, what points
to it and what rests on it: a third of the bytes. "In short" prints name, summary and statements only. The last two check
nothing, work out no status and draw nothing; none of them has prose, or writes JSON.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measure import Side

from kb.model import TYPES

ROOT = Path(__file__).parent.parent
STOCK = {"stock": "pages", "stock-facts": "full", "stock-short": "short"}
"""What bench/stock/main.py calls the three."""
KB = [sys.executable, "-c", "from kb.cli import main; main()"]


def ours(folder: Path, data: Path, prose: Path | None = None) -> Side:
    """This project with made-up records; each build is from nothing.

    Its hand-written pages keep their place, not their text, which is about the real ones.
    """
    for name in ("docs", "hooks", "kb"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    for page in (folder / "docs").rglob("*.md"):
        if page.parent.name not in TYPES:
            page.write_text(f"# {page.stem}\n", encoding="utf-8")
        elif page.name not in ("_page.md", "index.md"):
            page.unlink()  # prose beside a real record
    if prose:
        shutil.copytree(prose, folder / "docs", dirs_exist_ok=True)
    shutil.copytree(data, folder / "data")
    return Side("kb build, from nothing", folder, [*KB, "build"], removed=("site", "build"))


def stock(name: str, template: str, folder: Path, data: Path) -> Side:
    """MkDocs as it comes, and a page with one macro call for every record. `template` is what bench/stock/main.py knows."""
    shutil.copytree(ROOT / "bench" / "stock", folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(data, folder / "data")
    (folder / "types").mkdir()
    for type_name in TYPES:
        text = (ROOT / "docs" / type_name / "_page.md").read_text(encoding="utf-8")
        (folder / "types" / f"{type_name}.md").write_text(text.split("---\n", 2)[2], encoding="utf-8")
    for record in data.glob("*/*.yaml"):
        page = folder / "docs" / record.parent.name / f"{record.stem}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f'{{{{ record("{record.stem}") }}}}\n', encoding="utf-8")
    (folder / "docs" / "index.md").write_text("# Home\n", encoding="utf-8")
    return Side(name, folder, [sys.executable, "-m", "mkdocs", "build", "--strict"], {"TEMPLATE": template})
