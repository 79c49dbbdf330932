"""Lighthouse's four scores of home, a record, a dispute and the explorer, as a phone on a slow network meets them.

    make lighthouse

Fails below 95 for performance, accessibility or best practices. Each page is measured three times and the middle score
counts, since the machine does other things as well; the reports are left in build/lighthouse/.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

from host import KINDS, ROOT, host, installed

PAGES = ("home", "place", "dispute", "statements")
GOALS = {"performance": 95, "accessibility": 95, "best-practices": 95, "seo": 0}


def scores(command: Path, address: str, out: Path) -> dict[str, float]:
    """One run: the score of each category, of 100. The whole report goes to `out`."""
    flags = "--chrome-flags=--headless=new --no-sandbox"
    environment = os.environ | ({"CHROME_PATH": chrome} if (chrome := installed()) else {})
    subprocess.run(
        [command, address, "--quiet", flags, f"--only-categories={','.join(GOALS)}", "--output=json", f"--output-path={out}"],
        env=environment, check=True,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return {name: 100 * (report["categories"][name]["score"] or 0) for name in GOALS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site (default: site/)")
    parser.add_argument("--lighthouse", type=Path, default=ROOT / "build" / "lighthouse", help="where npm put it")
    parser.add_argument("--runs", type=int, default=3, help="how often each page is measured (default: 3)")
    options = parser.parse_args()
    command = options.lighthouse / "node_modules" / ".bin" / "lighthouse"
    below = []
    print(f"{'':12}" + "".join(f"{name:>16}" for name in GOALS))
    with host(options.site) as base:
        for kind in PAGES:
            runs = [
                scores(command, base + KINDS[kind], options.lighthouse / f"{kind}-{run}.json")
                for run in range(1, options.runs + 1)
            ]
            middle = {name: statistics.median(run[name] for run in runs) for name in GOALS}
            print(f"{kind:12}" + "".join(f"{score:16.0f}" for score in middle.values()), flush=True)
            below += [f"{name} of {kind}" for name, score in middle.items() if score < GOALS[name]]
    if below:
        raise SystemExit(f"below the goal: {', '.join(below)}")


if __name__ == "__main__":
    main()
