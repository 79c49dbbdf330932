"""mkdocs-macros module: every macro of `kb.macros` as a variable that leaves a slot.

`{{ statements }}` in the page of a type, `{{ statements("russia", property="located-in") }}` anywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kb.frame import Call, slot
from kb.macros import MACROS
from kb.render import PROSE


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
