"""Pictures of each kind of page in build/pictures/: wide, on a phone, dark, printed; and those of the README.

make pictures
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from host import KINDS, ROOT, chromium, host
from playwright.sync_api import Browser


class Look(NamedTuple):
    """How a page is looked at."""

    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    media: Literal["screen", "print"] = "screen"


LOOKS = {
    "wide": Look(1440, 900),
    "phone": Look(375, 812),
    "dark": Look(1440, 900, scheme="dark"),
    "print": Look(794, 1123, media="print"),  # A4 at 96 dots an inch
}


README = {"readme-record": "dispute", "readme-view": "map"}
"""The pictures that stand in the README, from docs/assets/: the first screen of a kind of page."""
FIRST = Look(1280, 860)


def picture(browser: Browser, address: str, look: Look, file: Path, whole: bool = True) -> None:
    """A page, or its first screen, as a PNG file."""
    page = browser.new_page(viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme)
    page.emulate_media(media=look.media)
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file, full_page=whole, animations="disabled")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site (default: site/)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "pictures", help="default: build/pictures/")
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], help="only these kinds of page")
    options = parser.parse_args()
    with host(options.site) as base, chromium() as browser:
        options.out.mkdir(parents=True, exist_ok=True)
        for kind in options.kinds or KINDS:
            for name, look in LOOKS.items():
                file = options.out / f"{kind}-{name}.png"
                picture(browser, base + KINDS[kind], look, file)
                print(file, file=sys.stderr)
        for name, kind in README.items():
            picture(browser, base + KINDS[kind], FIRST, options.out / f"{name}.png", whole=False)


if __name__ == "__main__":
    main()
