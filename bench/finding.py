"""What a search fetches and how long it takes, beside Material's own search over the same pages.

Both are asked for the same names, typed letter by letter into Chromium, each in a fresh browser, and another after it. Bytes are those that
came from the host, compressed, from the moment somebody turns to the search: scripts it needs, its index, what is shown.
A keystroke is answered when the list of results has changed. Material's index is made by its own code from the articles of
the finished pages here, and searched in a site as Material makes it. What making either index takes is timed alone. Called by run.py.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from host import chromium, host
from material.plugins.search.plugin import SearchIndex  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page
from weigh import weighing

PAUSE = 150
"""Milliseconds between the keystrokes that are timed, as somebody types."""
WATCH = """list => {
  window.waits = [];
  let typed;
  addEventListener("input", () => typed = performance.now(), {capture: true});
  new MutationObserver(() => {
    if (typed) window.waits.push(performance.now() - typed);
    typed = 0;
  }).observe(document.querySelector(list), {childList: true, subtree: true});
}"""
INDEX = """
import gc, sys, time
from pathlib import Path
from kb.graph import link
from kb.load import load
from kb.search import index
gc.disable()
kb = link(load(Path(sys.argv[1])))
start = time.process_time()
for _ in index(kb, []):
    pass
print(time.process_time() - start)
"""


class Search(NamedTuple):
    """One of the two: where to start, how to turn to the search, and where it shows what it found."""

    name: str
    site: Path
    turn: Callable[[Page], None]
    results: str
    result: str
    own: re.Pattern[str]
    """What of it every page loads before anybody turns to the search; that counts too."""


class Found(NamedTuple):
    """What a name took."""

    first_bytes: int
    """Until something was shown."""
    first: float
    """Milliseconds until then, from the first keystroke."""
    later: tuple[float, ...]
    """Milliseconds of the keystrokes of another name after that."""
    all_bytes: int


class Compared(NamedTuple):
    """What both came to at one number of records; medians over the names."""

    records: int
    asked: dict[str, Asked]
    """By side."""
    indexing: dict[str, float]
    """By side, the seconds of CPU that its index takes."""
    index_bytes: dict[str, int]
    """By side, the size of its index, compressed."""

    def __str__(self) -> str:
        lines = [
            f"{'':10}{'first kB':>10}{'at most':>9}{'first ms':>10}{'keystroke ms':>14}{'all kB':>8}{'index kB':>10}{'CPU s':>8}"
        ]
        for name, asked in self.asked.items():
            lines.append(
                f"{name:10}{asked.first_bytes / 1000:10.1f}{asked.most_bytes / 1000:9.1f}{asked.first:10.0f}{asked.keystroke:14.1f}"
                f"{asked.all_bytes / 1000:8.1f}{self.index_bytes[name] / 1000:10,.0f}{self.indexing[name]:8.2f}"
            )
        return f"Search at {self.records:,} records; CPU is that of making the index\n" + "\n".join(lines)


class Asked(NamedTuple):
    """What a name took, in the middle."""

    first_bytes: float
    most_bytes: int
    """Of the name that took most."""
    first: float
    keystroke: float
    all_bytes: float


def compare(records: int, site: Path, data: Path, scratch: Path, names: int) -> Compared:
    """Both searches over the pages of `site`, which was built from `data`, asked for so many names."""
    size, indexing = material(site, scratch / "material")
    asked = some_names(site, names)
    sides = [
        Search("here", site, lambda page: page.keyboard.press("/"), "dialog [role=listbox]", "[role=option]", re.compile(r"assets/search\.js")),
        Search(
            "Material", scratch / "material" / "site", lambda page: page.locator(".md-search__input").click(),
            ".md-search-result__list", ".md-search-result__item", re.compile(r"search_index|workers/search"),
        ),
    ]  # fmt: skip
    answers = {}
    with chromium() as browser:
        for side in sides:
            with host(side.site) as base:
                found = [ask(browser, base, side, *pair) for pair in zip(asked, asked[1:] + asked[:1], strict=True)]
            later = [wait for one in found for wait in one.later]
            answers[side.name] = Asked(
                statistics.median(one.first_bytes for one in found),
                max(one.first_bytes for one in found),
                statistics.median(one.first for one in found),
                statistics.median(later),
                statistics.median(one.all_bytes for one in found),
            )
    index_cpu = float(
        subprocess.run([sys.executable, "-c", INDEX, str(data)], capture_output=True, text=True, check=True).stdout
    )
    kept = sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in (site / "search").rglob("*.json"))
    return Compared(records, answers, {"here": index_cpu, "Material": indexing}, {"here": kept, "Material": size})


def some_names(site: Path, count: int) -> list[str]:
    """Names of records, in Latin letters and in hangul by turns, always the same for the same site."""
    blocks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((site / "search/entries").glob("*.json"))]
    named = [names for block in blocks for kind, _, names, *_ in block if kind < 8]
    chosen = random.Random(1).sample(named, count)
    return [names[min(i % 2, len(names) - 1)] for i, names in enumerate(chosen)]


def ask(browser: Browser, base: str, side: Search, name: str, another: str) -> Found:
    """Types a name into a search nobody has used before, then another, of which the keystrokes are timed."""
    shown = f"{side.results} {side.result}"
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        loaded = weighing(page)
        page.goto(base, wait_until="networkidle")
        before = sum(size for address, size in loaded.items() if not side.own.search(address))
        side.turn(page)
        start = time.perf_counter()
        for letter in name:
            page.keyboard.type(letter)
            page.keyboard.press("Shift")  # typing what is on no key sends no key-up
            if page.locator(shown).count():
                break
        page.locator(shown).first.wait_for(timeout=120_000)
        first, first_bytes = (time.perf_counter() - start) * 1000, sum(loaded.values()) - before
        page.wait_for_load_state("networkidle")
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.wait_for_timeout(PAUSE)
        page.evaluate(WATCH, side.results)
        for letter in another:
            page.keyboard.type(letter)
            page.keyboard.press("Shift")
            page.wait_for_timeout(PAUSE)
        page.wait_for_load_state("networkidle")
        waits: list[float] = page.evaluate("window.waits")
        return Found(first_bytes, first, tuple(waits), sum(loaded.values()) - before)


def material(site: Path, folder: Path) -> tuple[int, float]:
    """A site as Material makes it, with the index its own code makes of our pages.

    Gives the bytes of that, compressed, and the seconds of CPU it took once the articles were cut out of their pages.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "index.md").write_text("# Home\n", encoding="utf-8")
    settings = {"site_name": "Material", "theme": {"name": "material", "font": False}, "plugins": ["search"]}
    (folder / "mkdocs.yml").write_text(json.dumps(settings), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q"], cwd=folder, check=True, capture_output=True)
    target = folder / "site" / "search" / "search_index.json"
    config = json.loads(target.read_text(encoding="utf-8"))["config"]
    index, taken = SearchIndex(**config), 0.0
    for path in sorted(site.glob("*/*/index.html")):
        html = path.read_text(encoding="utf-8")
        article = re.search(r"<article\b[^>]*>(.*)</article>", html, re.DOTALL)
        if article:
            url = path.parent.relative_to(site).as_posix() + "/"
            page = SimpleNamespace(meta={}, content=article[1], toc=[], url=url, title=url)
            start = time.process_time()
            index.add_entry_from_context(page)
            taken += time.process_time() - start
    start = time.process_time()
    made = index.generate_search_index(None)
    taken += time.process_time() - start
    target.write_text(made, encoding="utf-8")
    return len(gzip.compress(target.read_bytes(), mtime=0)), taken
