"""Templates: what is to be shown in, HTML out.

Templates only print. All text is escaped and shown whole on the way out; a name that does not exist stops the build.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef, optimizeconst
from jinja2.runtime import Context
from markupsafe import escape

from kb import words
from kb.page import Page, html

_REMEMBERED = 65_536
"""Escaped texts that are remembered at most."""


class _Escaped(dict[str, str]):
    """Texts as they are printed: escaped, and nothing in them hidden."""

    def __missing__(self, text: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        made = self[text] = str(escape(words.visible(text)))
        return made


class _Direct(CodeGenerator):
    """Compiles `a.b`, `a[b]`, `a(b)` and macros to just that, which prints a page in half the time.

    Jinja would look for an item where there is no attribute, and for decorators of what is called, each time, and
    wrap each macro and each value that is printed; templates here need none of it. What is HTML already is printed as it is.
    `jinja2.nativetypes` is a generator of the same kind.
    """

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("escaped, html = environment.escaped, environment.html")

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    @optimizeconst
    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        takes_more = macro_ref.accesses_caller or macro_ref.accesses_kwargs or macro_ref.accesses_varargs
        if macro_ref.node.defaults or takes_more:
            super().macro_def(macro_ref, frame)
        else:
            self.write("macro")

    def return_buffer_contents(self, frame: Frame, force_unescaped: bool = False) -> None:
        self.writeline(f"return html(concat({frame.buffer}))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("(shown if (kind := (shown := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(
            ").__class__) is Markup else escaped[shown] if kind is str else str(shown) if kind is int else str(escape(shown)))"
        )


class _Printer(Environment):
    code_generator_class = _Direct
    escaped = _Escaped()
    html = staticmethod(html)


def _compiled() -> FileSystemBytecodeCache | None:
    """Compiled templates beside the templates, as Python keeps its own; none where they cannot be written."""
    folder = Path(__file__).parent / "templates" / "__pycache__"
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    made_by = sha256(Path(__file__).read_bytes() + version("jinja2").encode()).hexdigest()[:8]
    return FileSystemBytecodeCache(str(folder), f"%s.{made_by}.cache") if os.access(folder, os.W_OK) else None


PRINTER = _Printer(
    loader=PackageLoader("kb"),
    bytecode_cache=_compiled(),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
"""Prints the templates of kb/templates."""


def read_again() -> None:
    """Have every template read again when it is next printed: it may have been edited."""
    PRINTER.cache = {}
    _template.cache_clear()


@cache
def _template(file: str) -> Template:
    return PRINTER.get_template(file)


def print_template(file: str, page: Page | None, **data: object) -> str:
    """A template of kb/templates, printed."""
    template = _template(file)
    context = Context(PRINTER, {**PRINTER.globals, "page": page, **data}, file, template.blocks)
    try:
        return "".join(template.root_render_func(context)).strip()
    except Exception:
        PRINTER.handle_exception()  # raises it again, with the template's lines in the traceback
