"""Arithmetic over ranges: what comes out, what it agrees with, and what is refused."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import amount

from kb.calculate import ExpressionError, agrees, amounts, work
from kb.model import Quantity

INPUTS = {"a": (2.0, 2.0), "b": (3.0, 5.0), "zero": (0.0, 1.0), "open": (4.0, inf), "negative": (-2.0, 3.0)}


@pytest.mark.parametrize(
    ("quantity", "range_"),
    [
        (amount(exact=9), (9, 9)),
        (amount(about=9), (9, 9)),
        (amount(at_least=9), (9, inf)),
        (amount(at_most=9), (0, 9)),
        (amount(low=3, high=9), (3, 9)),
    ],
)
def test_a_quantity_is_the_range_of_amounts_it_allows(quantity: Quantity, range_: tuple[float, float]) -> None:
    assert amounts(quantity) == range_


@pytest.mark.parametrize(
    ("expression", "worked"),
    [
        ("a", (2, 2)),
        ("a + b", (5, 7)),
        ("b - a", (1, 3)),
        ("a - b", (-3, -1)),
        ("b - b", (-2, 2)),
        ("a * b", (6, 10)),
        ("a / b", (2 / 5, 2 / 3)),
        ("-b", (-5, -3)),
        ("a * (b + 1) / 2", (4, 6)),
        ("a + b * 2", (8, 12)),
        ("negative * b", (-10, 15)),
        ("negative * negative", (-6, 9)),
        ("open - b", (-1, inf)),
        ("b - open", (-inf, 1)),
        ("a / open", (0, 0.5)),
        ("open * zero", (0, inf)),
        ("open / open", (0, inf)),
        ("100 - a / b * 100", (100 - 200 / 3, 60)),
        ("2.5", (2.5, 2.5)),
        (" a\t", (2, 2)),
    ],
)
def test_the_result_holds_every_outcome(expression: str, worked: tuple[float, float]) -> None:
    assert work(expression.strip(), INPUTS) == pytest.approx(worked)


_RANGES = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (float(min(pair)), float(max(pair))))


@settings(deadline=None, derandomize=True)
@given(_RANGES, _RANGES, _RANGES.filter(lambda bounds: bounds[0] > 0))
def test_no_outcome_of_single_amounts_falls_outside(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]
) -> None:
    low, high = work("(x - y) * x / z + y", {"x": x, "y": y, "z": z})
    for a, b, c in product(*(range(int(low), int(high) + 1, 7) for low, high in (x, y, z))):
        assert low - 1e-9 <= (a - b) * a / c + b <= high + 1e-9


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("a / zero", "may be zero"),
        ("a / 0", "may be zero"),
        ("a / negative", "may be zero"),
        ("c", "found the name “c”, expected one of a, b"),
        ("a ** 2", "not a sum"),
        ("a // 2", "not a sum"),
        ("a % 2", "not a sum"),
        ("a if a else b", "not a sum"),
        ("__import__('os').getcwd()", "not a sum"),
        ("a.real", "not a sum"),
        ("a[0]", "not a sum"),
        ("(lambda: 1)()", "not a sum"),
        ("'a' * 3", "not a sum"),
        ("1j", "not a sum"),
        ("True + 1", "truth value"),
        ("a +", "not a sum"),
        ("a b", "not a sum"),
        ("a; b", "not a sum"),
        ("a = 3", "not a sum"),
        ("a\0", "not a sum"),
        ("((", "not a sum"),
        ("(" * 3000 + "a" + ")" * 3000, "not a sum"),
        ("-" * 100000 + "a", "not a sum"),
        ("+".join("a" * 100000), "not a sum"),
        ("9" * 5000, "not a sum"),
        ("1e999", "too large"),
        ("9" * 400 + " * 1.5", "too large"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_sum_is_refused_and_never_run(expression: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        work(expression, INPUTS)


@pytest.mark.parametrize(
    ("result", "worked", "agree"),
    [
        (amount(exact=18), (18.0, 18.0), True),
        (amount(exact=18), (18.4, 17.6), True),
        (amount(exact=18), (18.6, 18.6), False),
        (amount(exact=0.67), (2 / 3, 2 / 3), True),
        (amount(exact=0.667), (2 / 3, 2 / 3), True),
        (amount(exact=0.66), (2 / 3, 2 / 3), False),
        (amount(about=167), (166.67, 166.67), True),
        (amount(exact=18), (17.0, 18.0), False),
        (amount(low=17, high=18), (17.0, 18.0), True),
        (amount(low=17, high=19), (17.0, 18.0), False),
        (amount(at_least=17), (17.0, inf), True),
        (amount(at_least=17), (17.0, 99999.0), False),
        (amount(exact=17), (17.0, inf), False),
        (amount(at_most=18), (0.0, 18.0), True),
        (amount(at_most=18), (1.0, 18.0), False),
        (amount(exact=-3), (-3.0, -3.0), True),
        (amount(low=-3, high=2), (-3.0, 2.0), True),
    ],
)
def test_a_result_is_as_exact_as_it_is_written(result: Quantity, worked: tuple[float, float], agree: bool) -> None:
    assert agrees(result, worked) is agree
