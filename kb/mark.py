"""The site's mark in; the pictures that browsers and other sites ask for as PNG out.

They are drawn at every build by resvg, from docs/assets/mark.svg and share.svg, which have letters as shapes: no font of
the machine is looked at, so the bytes are the same everywhere.
"""

from __future__ import annotations

from pathlib import Path

import resvg_py


def pictures(assets: Path) -> dict[str, bytes]:
    """Name of each picture and its PNG: the icon of a tab, that of a phone's home screen, and what is shown where a page is shared."""
    return {
        "mark-48.png": _png(assets / "mark.svg", 48, 48),
        "mark-180.png": _png(assets / "mark.svg", 180, 180),
        "share.png": _png(assets / "share.svg", 1200, 630),
    }


def _png(drawing: Path, width: int, height: int) -> bytes:
    png = resvg_py.svg_to_bytes(
        svg_path=str(drawing), width=width, height=height, skip_system_fonts=True, resources_dir=str(drawing.parent)
    )
    return bytes(png)
