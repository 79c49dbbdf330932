"""A frame and a page in; the finished page out.

Which places a page cites is worked out before anything is printed, so that citations are numbered in reading order.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from kb.frame import Block, Call, Frame
from kb.graph import Cite
from kb.macros import MACROS, Macro, find, is_block, no_cites
from kb.model import Voice
from kb.page import MacroError, Page, Spot
from kb.problems import did_you_mean
from kb.reads import WHOLE, trait


class _Bound(NamedTuple):
    """A call made ready: the macro, and its arguments with the record in hand."""

    macro: Macro
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def render(frame: Frame, page: Page, prose: Frame | None = None) -> str:
    """The frame filled for a page, with the record's own prose where it has some; raises `MacroError`."""
    if page.record is not None:
        page.kb.reads.now.add(trait(page.record.id, WHOLE))
    frame = frame.bare if prose is None else frame.holding(prose)
    bound = {id(call): _bind(call, page) for call in frame.slots}
    numbers: dict[Spot, int] = {}
    voices: dict[Spot, dict[str, Voice]] = {}
    for call in frame.calls:
        for cite in _cited(call, bound[id(call)], page):
            spot = (cite.source.id, cite.citation.at) if isinstance(cite, Cite) else cite
            numbers.setdefault(spot, len(numbers) + 1)
            if isinstance(cite, Cite) and cite.voice is not None:
                voices.setdefault(spot, {})[cite.voice.id] = cite.voice
    if numbers and not any(call.name == "sources" for call in frame.calls):
        message = "the page cites sources but does not list them: add {{ sources() }} where the list is to stand"
        raise MacroError(message, frame.calls[0])
    numbered = replace(page, numbers=numbers, voices={spot: tuple(heard.values()) for spot, heard in voices.items()})
    return frame.fill(lambda call: _shown(call, bound[id(call)], numbered))


def within_line(call: Call, page: Page) -> str:
    """What a macro comes to in running text; nothing where it makes a block of its own."""
    return "" if is_block(call.name) else _shown(call, _bind(call, page), page).html


def _cited(call: Call, bound: _Bound, page: Page) -> Iterable[Cite | Spot]:
    if bound.macro.cites is no_cites:
        return ()
    try:
        return list(bound.macro.cites(page, *bound.args, **bound.kwargs))
    except MacroError as error:
        raise MacroError(str(error), call) from error


def _shown(call: Call, bound: _Bound, page: Page) -> Block:
    try:
        shown = bound.macro.show(page, *bound.args, **bound.kwargs)
    except MacroError as error:
        raise MacroError(str(error), call) from error
    return shown if isinstance(shown, Block) else Block(str(shown))


def _bind(call: Call, page: Page) -> _Bound:
    try:
        return _bound(call, page)
    except MacroError as error:
        raise MacroError(str(error), call) from error


def _bound(call: Call, page: Page) -> _Bound:
    macro = MACROS.get(call.name)
    if macro is None:
        raise MacroError(f"there is no macro “{call.name}”{did_you_mean(call.name, MACROS)}")
    args, kwargs = call.args, dict(call.kwargs)
    if macro.takes_record:
        if args:
            record, args = find(page.kb, args[0]), args[1:]
        elif page.record is not None:
            record = page.record
        else:
            raise MacroError(f'{call.name} needs the id of a record here: {{{{ {call.name}("some-id") }}}}')
        if macro.type and record.type != macro.type:
            raise MacroError(f"{call.name} is for {macro.type}; “{record.id}” is one of the {record.type}")
        args = (record, *args)
    if call.args or call.kwargs or not macro.takes_record:
        _fits(macro, call, (page, *args), kwargs)
    return _Bound(macro, args, kwargs)


def _fits(macro: Macro, call: Call, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raises `MacroError` unless the macro takes what it is called with."""
    signature = _signature(macro.show)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise MacroError(f"{call}: {error}") from error
    for name, value in bound.arguments.items():
        taken = signature.parameters[name].annotation
        kinds = tuple(get_origin(kind) or kind for kind in get_args(taken) or (taken,))
        if name not in ("page", "record") and not isinstance(value, kinds):
            words = {str: "text", int: "a whole number", Mapping: "keys and values"}
            expected = " or ".join(words[kind] for kind in kinds if kind in words)
            raise MacroError(f"{call}: “{name}” is {json.dumps(value)}, expected {expected}")


@cache
def _signature(show: Callable[..., object]) -> inspect.Signature:
    return inspect.signature(show, eval_str=True)
