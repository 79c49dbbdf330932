"""What a build costs here, beside stock MkDocs + Material + mkdocs-macros given the same records.

    python bench/run.py --records 1000 --runs 3

All build the same made-up records in turn, several times over; the table has the medians. The other side is what one
would do without this project: a Markdown page per record, outside the navigation, whose one macro call prints the
record (bench/stock). "Same pages" has the macros of this project print it, so MkDocs makes the same article of it.
"Same facts" prints Markdown with names, the box, statements with scope, speaker and numbered source, what points to it
and what rests on it: a third of the bytes. "In short" prints name, summary and statements only. The last two check
nothing, work out no status and draw nothing; none of them writes JSON. CPU time is that of the command and of everything
it starts. Ours builds once before, so that its code is compiled as that of the others is; "kept" is a build with MkDocs'
frame at hand. All write to memory where the machine has a folder there: what creating a file costs depends on the disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import finding
import generate

from kb.model import TYPES

ROOT = Path(__file__).parent.parent
KB = [sys.executable, "-c", "from kb.cli import main; main()"]
GOAL = 0.1


class Side(NamedTuple):
    """One of those compared: a command, and the folder it is run in, where it leaves site/."""

    name: str
    folder: Path
    command: list[str]
    template: str = ""
    keeps: bool = False
    """Whether what is kept from one build to the next stays."""


class Cost(NamedTuple):
    """Seconds that a build took."""

    cpu: float
    wall: float


def ours(folder: Path, data: Path) -> Side:
    """This project with made-up records. Its hand-written pages keep their place, not their text, which is about the real ones."""
    for name in ("docs", "hooks", "kb"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    for page in (folder / "docs").rglob("*.md"):
        if page.parent.name not in TYPES:
            page.write_text(f"# {page.stem}\n", encoding="utf-8")
        elif page.name not in ("_page.md", "index.md"):
            page.unlink()  # prose beside a real record
    shutil.copytree(data, folder / "data")
    return Side("kb build", folder, [*KB, "build"])


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
    return Side(name, folder, [sys.executable, "-m", "mkdocs", "build", "--strict"], template)


def measure(side: Side, records: int) -> Cost:
    """Build once from nothing; fails if the build does, or leaves fewer pages than there are records."""
    site = side.folder / "site"
    for left in (site, *([] if side.keeps else [side.folder / "build"])):
        shutil.rmtree(left, ignore_errors=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"TEMPLATE": side.template}
    done = subprocess.run(side.command, cwd=side.folder, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    pages = len(list(site.glob("*/*/index.html")))
    if done.returncode or pages < records:
        raise SystemExit(f"{side.name} made {pages} pages of {records} records:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")  # fmt: skip
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def table(costs: dict[str, list[Cost]]) -> str:
    """A row of medians for each, and the part of its cost that the first takes."""
    medians = {name: Cost(*map(statistics.median, zip(*runs, strict=True))) for name, runs in costs.items()}
    first = next(iter(medians.values()))
    lines = [f"{'':20}{'CPU s':>9}{'kb / it':>9}{'wall s':>9}{'kb / it':>9}"]
    for name, (cpu, wall) in medians.items():
        lines.append(f"{name:20}{cpu:9.2f}{first.cpu / cpu:9.3f}{wall:9.2f}{first.wall / wall:9.3f}")
    return "\n".join(lines)


def machine() -> str:
    """Versions and size of the machine, on two lines."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("mkdocs", "mkdocs-material", "mkdocs-macros-plugin"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{packages}\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, {memory:.0f} GiB"  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare the cost of a build with that of stock MkDocs.")
    parser.add_argument("--records", type=int, default=1000, help="how many made-up records (default: 1000)")
    parser.add_argument("--runs", type=int, default=3, help="how often each side builds (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other records (default: 1)")
    parser.add_argument(
        "--search", type=int, nargs="*", default=[1000, 10000], metavar="N",
        help="numbers of records to compare the search at (default: 1000 10000); none leaves it out",
    )  # fmt: skip
    given = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        data = Path(scratch) / "data"
        generate.write(given.records, given.seed, data)
        here = ours(Path(scratch) / "ours", data)
        sides = [
            here,
            here._replace(name="kb build, kept", keeps=True),
            stock("stock, same pages", "pages", Path(scratch) / "pages", data),
            stock("stock, same facts", "full", Path(scratch) / "full", data),
            stock("stock, in short", "short", Path(scratch) / "short", data),
        ]
        costs: dict[str, list[Cost]] = {side.name: [] for side in sides}
        measure(here, given.records)
        for run in range(given.runs):
            for side in sides:
                print(f"run {run + 1} of {given.runs}: {side.name}", file=sys.stderr)
                costs[side.name].append(measure(side, given.records))
    print(f"{given.records:,} made-up records (seed {given.seed}), median of {given.runs}, in turn\n{machine()}\n")
    print(table(costs))
    print(f"\nThe goal: at most {GOAL} of the CPU time of stock, same pages.")
    for records in given.search:
        with tempfile.TemporaryDirectory(dir=memory) as scratch:
            print(f"search at {records:,} records", file=sys.stderr)
            data = Path(scratch) / "data"
            generate.write(records, given.seed, data)
            here = ours(Path(scratch) / "ours", data)
            cpu = measure(here, records).cpu
            print(f"\nSearch. {finding.compare(records, here.folder / 'site', data, Path(scratch), cpu)}")


if __name__ == "__main__":
    main()
