"""A frame and a page in; the finished page out.

Which places a page cites is worked out before anything is printed, so that citations are numbered in reading order.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from kb.frame import Block, Call, Frame, Section
from kb.graph import Cite
from kb.macros import MACROS, Macro, find, is_block, no_cites
from kb.model import Voice
from kb.page import MacroError, Page, Spot
from kb.problems import did_you_mean
from kb.reads import WHOLE, trait

PROSE = "prose"
"""The slot where docs/<type>/<id>.md goes."""


class _Bound(NamedTuple):
    """A call made ready: the macro, and its arguments with the record in hand."""

    macro: Macro
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def render(frame: Frame, page: Page, prose: Frame | None = None) -> str:
    """The frame filled for a page, with the record's own prose where it has some; raises `MacroError`."""
    if page.record is not None:
        page.kb.reads.now.add(trait(page.record.id, WHOLE))
    frame = _with_prose(frame, prose)
    numbers: dict[Spot, int] = {}
    voices: dict[Spot, dict[str, Voice]] = {}
    for call in frame.calls:
        for cite in _cited(call, page):
            spot = (cite.source.id, cite.citation.at) if isinstance(cite, Cite) else cite
            numbers.setdefault(spot, len(numbers) + 1)
            if isinstance(cite, Cite) and cite.voice is not None:
                voices.setdefault(spot, {})[cite.voice.id] = cite.voice
    if numbers and not any(call.name == "sources" for call in frame.calls):
        first = next(frame.calls)
        message = "the page cites sources but does not list them: add {{ sources() }} where the list is to stand"
        raise MacroError(message, first)
    numbered = replace(page, numbers=numbers, voices={spot: tuple(heard.values()) for spot, heard in voices.items()})

    return frame.fill(lambda call: _shown(call, numbered))


def within_line(call: Call, page: Page) -> str:
    """What a macro comes to in running text; nothing where it makes a block of its own."""
    return "" if is_block(call.name) else _shown(call, page).html


def _cited(call: Call, page: Page) -> list[Cite | Spot]:
    if call.name in MACROS and MACROS[call.name].cites is no_cites:
        return []
    try:
        macro, args, kwargs = _bind(call, page)
        return list(macro.cites(page, *args, **kwargs))
    except MacroError as error:
        raise MacroError(str(error), call) from error


def _shown(call: Call, page: Page) -> Block:
    try:
        macro, args, kwargs = _bind(call, page)
        shown = macro.show(page, *args, **kwargs)
    except MacroError as error:
        raise MacroError(str(error), call) from error
    return shown if isinstance(shown, Block) else Block(str(shown))


def _with_prose(frame: Frame, prose: Frame | None) -> Frame:
    """The frame with the sections of `prose` in place of its slot, so that its headings join the table of contents."""
    sections: list[Section] = []
    for section in frame.sections:
        place = next((i for i, part in enumerate(section.parts) if isinstance(part, Call) and part.name == PROSE), None)
        if place is None:
            sections.append(section)
        elif prose is None:
            sections.append(Section(section.heading, section.parts[:place] + section.parts[place + 1 :]))
        else:
            first, *rest = prose.sections
            sections.append(Section(section.heading, section.parts[:place] + first.parts))
            sections += rest
            last = sections.pop()
            sections.append(Section(last.heading, last.parts + section.parts[place + 1 :]))
    return Frame(frame.before, tuple(sections), frame.after)


def _bind(call: Call, page: Page) -> _Bound:
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
