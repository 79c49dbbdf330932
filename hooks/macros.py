"""mkdocs-macros module: every macro of `kb.macros` as a variable that leaves a slot.

`{{ statements }}` in the page of a type, `{{ statements("russia", property="located-in") }}` anywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined

sys.path.insert(0, str(Path(__file__).parent.parent))

from kb.frame import PROSE, Call, slot
from kb.macros import MACROS


class SlotMaker:
    """A macro in a Markdown page: prints as a slot, with or without arguments."""

    def __init__(self, name: str, page: Callable[[], str]) -> None:
        self._name, self._page = name, page

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        return slot(Call(self._name, args, tuple(kwargs.items()), self._page()))

    def __str__(self) -> str:
        return self()


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once a build."""
    for name in (*MACROS, PROSE):
        env.variables[name] = SlotMaker(name, lambda: str(env.page.file.src_uri))


def on_pre_page_macros(env: Any) -> None:
    """Called by mkdocs-macros before each page. A name nobody knows leaves a slot too, so that it is told at its line with every other mistake."""
    file = str(env.page.file.src_uri)

    class Unknown(StrictUndefined):
        def __call__(self, *args: Any, **kwargs: Any) -> str:  # type: ignore[override]
            return slot(Call(str(self._undefined_name), args, tuple(kwargs.items()), file))

        def __str__(self) -> str:  # type: ignore[override]
            return self()

    env.env.undefined = Unknown
