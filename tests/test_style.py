"""The style sheet: colours and sizes of type are named once, and every text can be read on every ground."""

from __future__ import annotations

import re
from itertools import product

import pytest
from pages import ROOT

SHEET = (ROOT / "docs" / "assets" / "kb.css").read_text(encoding="utf-8")
NAMED, _, USED = SHEET.partition("/* --- type --- */")
TEXTS = ("ink", "quiet", "accent", "reported", "corroborated", "contested", "protected")
GROUNDS = ("paper", "wash", "line")
"""The page, what stands out from it, and land on the map."""


def colours(scheme: str) -> dict[str, str]:
    """The colours of a scheme, by name; the dark one names those that differ."""
    light, _, dark = NAMED.partition('[data-md-color-scheme="slate"]')
    return dict(re.findall(r"--kb-(\w+): (#[0-9a-f]{6})", light + dark * (scheme == "slate")))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 has it."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_every_text_can_be_read_on_every_ground(scheme: str) -> None:
    named = colours(scheme)
    for text, ground in product(TEXTS, GROUNDS):
        dim, bright = sorted((luminance(named[text]), luminance(named[ground])))
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, f"{text} on {ground}"


def test_colours_and_sizes_of_type_are_named_once() -> None:
    assert re.findall(r"font-size: [\d.]+rem", USED) == []
    assert [hex for hex in re.findall(r"#[0-9a-f]{3,8}\b", USED) if hex != "#000"] == []  # black is only ever a mask
    for name in re.findall(r"var\((--kb-[\w-]+)", USED):
        assert f"{name}:" in SHEET, f"{name} is used and never set"
    assert set(re.findall(r"--kb-size-\w+", NAMED)) == set(re.findall(r"var\((--kb-size-\w+)", USED))
