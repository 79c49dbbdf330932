"""Arithmetic between statements: an expression over ranges in, a range out.

A quantity is the range of amounts it allows; one without a lower end starts from zero, so "at most 5" is 0 to 5. Sums
follow the usual rules of interval arithmetic (Moore 1966): the result holds every outcome the inputs allow.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

from kb.model import Quantity

Range: TypeAlias = tuple[float, float]

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


class ExpressionError(ValueError):
    """The expression cannot be worked; the message says why."""


def amounts(quantity: Quantity) -> Range:
    """The amounts a quantity allows; one without a lower end starts from zero."""
    low, high = quantity.bounds
    return (low, high) if low != -inf else (min(0, high), high)


def work(expression: str, inputs: Mapping[str, Range]) -> Range:
    """The range of `expression` over the named `inputs`; raises `ExpressionError`."""
    try:
        tree = ast.parse(expression, mode="eval").body
        return _work(tree, inputs)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError("found something that is not a sum of names, numbers, + - * / and brackets") from error
    except OverflowError as error:
        raise ExpressionError("found a number that is too large") from error


def agrees(result: Quantity, worked: Range) -> bool:
    """Whether `worked`, rounded to the decimals of `result`, is `result`; an open end agrees only with an open end."""
    ends = zip(amounts(result), worked, strict=True)
    return all(a == b or (abs(b) != inf and round(b, _decimals(a)) == round(a, _decimals(a))) for a, b in ends)


def _work(node: ast.expr, inputs: Mapping[str, Range]) -> Range:
    match node:
        case ast.Constant(value=bool()):
            raise ExpressionError("found a truth value, expected a number")
        case ast.Constant(value=int() | float() as number):
            if number == inf:
                raise ExpressionError("found a number that is too large")
            return float(number), float(number)
        case ast.Name(id=name) if name in inputs:
            return inputs[name]
        case ast.Name(id=name):
            raise ExpressionError(f"found the name “{name}”, expected one of {', '.join(sorted(inputs))}")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            low, high = _work(operand, inputs)
            return -high, -low
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _combine(op, _work(left, inputs), _work(right, inputs))
    raise ExpressionError("found something that is not a sum of names, numbers, + - * / and brackets")


def _combine(op: ast.operator, left: Range, right: Range) -> Range:
    if isinstance(op, ast.Div) and right[0] <= 0 <= right[1]:
        raise ExpressionError("divides by something that may be zero")
    if isinstance(op, ast.Sub):
        return left[0] - right[1], left[1] - right[0]
    ends = [_OPERATIONS[type(op)](a, b) for a in left for b in right] if not isinstance(op, ast.Add) else []
    ends = [0.0 if end != end else end for end in ends]  # 0 × ∞ and ∞ ÷ ∞ leave the bound where it was
    return (min(ends), max(ends)) if ends else (left[0] + right[0], left[1] + right[1])


def _decimals(number: float) -> int:
    text = repr(number)
    return len(text.partition(".")[2]) if "." in text and "e" not in text and not text.endswith(".0") else 0
