"""What a first visit to each kind of page loads, in kilobytes as they come from the host: compressed.

make weigh
"""

from __future__ import annotations

import argparse
from pathlib import Path

from host import KINDS, ROOT, chromium, host
from playwright.sync_api import Page, Request

RECORD, VIEW = 120_000, 350_000
"""The most bytes that a record and a view may load. Pages of other kinds are held to what a record may."""


def allowed(kind: str) -> int:
    """The most bytes that a page of this kind may load."""
    return VIEW if KINDS[kind].startswith("views/") else RECORD


def weighing(page: Page) -> dict[str, int]:
    """Bytes by address, filled in as the page loads them."""
    loaded: dict[str, int] = {}

    def finished(request: Request) -> None:
        if not request.url.startswith("data:"):
            loaded[request.url] = max(0, request.sizes()["responseBodySize"])  # below 0 where a copy was at hand

    page.on("requestfinished", finished)
    return loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site (default: site/)")
    site = parser.parse_args().site
    too_much = []
    with host(site) as base, chromium() as browser:
        for kind, path in KINDS.items():
            page = browser.new_page()
            loaded = weighing(page)
            page.goto(base + path, wait_until="networkidle")
            page.close()
            total = sum(loaded.values())
            print(f"{kind:12} {total / 1000:6.1f} of {allowed(kind) / 1000:.0f} kB in {len(loaded)} files")
            if total > allowed(kind):
                too_much.append(kind)
    if too_much:
        raise SystemExit(f"too much is loaded by: {', '.join(too_much)}")


if __name__ == "__main__":
    main()
