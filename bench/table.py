"""Measurements in; two tables out: what every side took, and how the figures stand to what they are to reach.

The goals are data, here and nowhere else. A goal whose figures were not measured is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from measure import Cost, medians, power

Measured: TypeAlias = Mapping[tuple[str, int], Sequence[Cost]]
"""By side and number of records, the cost of every run."""
Size: TypeAlias = Literal["few", "most"]


class Goal(NamedTuple):
    """A figure, and what it may be at most."""

    work: str
    """With `{few}` and `{most}` for the numbers of records."""
    side: str
    against: str
    """The side whose figure ours is divided by; empty where ours stands for itself, in seconds or MiB."""
    of: Literal["wall", "cpu", "memory"]
    at_most: float
    size: Size = "most"


GOALS = (
    Goal("full build, {most} records, against Hugo from the same YAML, wall time", "kb", "hugo-yaml", "wall", 0.5),
    Goal("the same, CPU time", "kb", "hugo-yaml", "cpu", 0.5),
    Goal("the same against Hugo from ready front matter, wall time", "kb", "hugo-ready", "wall", 1.0),
    Goal("the same against Eleventy, wall time", "kb", "eleventy", "wall", 1.0),
    Goal("full build, {few} records, against stock MkDocs, CPU time", "kb", "stock", "cpu", 0.1, "few"),
    Goal("one record edited at {most}, kb build, against Hugo's build", "kb-edited", "hugo-yaml", "wall", 0.05),
    Goal("one record edited at {most}, save to visible, against hugo server", "kb-serve", "hugo-server", "wall", 0.1),
    Goal("the same in seconds", "kb-serve", "", "wall", 0.15),
    Goal("nothing changed at {most}, kb build, against our full build", "kb-again", "kb", "wall", 0.06),
    Goal("peak memory at {most}, against Hugo from YAML", "kb", "hugo-yaml", "memory", 0.6),
)
POWER = 1.05
"""CPU grows at most with this power of the number of records."""
KEPT = {"kb": "kb-kept"}
"""Sides that were measured with the frame of MkDocs at hand as well."""


class Reached(NamedTuple):
    """A goal with what was measured."""

    work: str
    figure: float
    at_most: float
    kept: float | None
    """The figure with the frame of MkDocs at hand."""

    def __str__(self) -> str:
        kept = "" if self.kept is None else f"; {self.kept:.3f} with the frame kept"
        return f"{self.work:70} {self.figure:.3f} (goal {self.at_most:.2f}){kept}"


def reached(measured: Measured, few: int, most: int) -> Iterator[Reached]:
    """Every goal that something was measured for."""
    middle = {key: medians(runs) for key, runs in measured.items() if runs}
    for goal in GOALS:
        records = few if goal.size == "few" else most
        if (figure := _figure(goal, goal.side, middle, records)) is None:
            continue
        side = KEPT.get(goal.side)
        kept = _figure(goal, side, middle, records) if side else None
        yield Reached(goal.work.format(few=f"{few:,}", most=f"{most:,}"), figure, goal.at_most, kept)
    points = {
        side: [(size, cost.cpu) for (of, size), cost in middle.items() if of == side] for side in ("kb", "kb-kept")
    }
    grown = {side: power(some) for side, some in points.items() if len(some) > 1}
    if "kb" in grown:
        sizes = ", ".join(f"{size:,}" for size, _ in sorted(points["kb"]))
        yield Reached(f"power with which CPU grows: {sizes} records", grown["kb"], POWER, grown.get("kb-kept"))


def _figure(goal: Goal, side: str, middle: Mapping[tuple[str, int], Cost], records: int) -> float | None:
    if (side, records) not in middle or (goal.against and (goal.against, records) not in middle):
        return None
    ours: float = getattr(middle[side, records], goal.of)
    theirs: float = getattr(middle[goal.against, records], goal.of) if goal.against else 1.0
    return ours / theirs


def costs(measured: Measured, names: Mapping[str, str]) -> str:
    """The medians of every side, a row each, and what a record took."""
    lines = [f"{'':42}{'records':>9}{'wall s':>9}{'CPU s':>9}{'MiB':>8}{'CPU ms a record':>17}"]
    for (side, records), runs in sorted(measured.items(), key=lambda item: item[0][1]):
        if runs:
            wall, cpu, memory = medians(runs)
            lines.append(f"{names[side]:42}{records:9,}{wall:9.2f}{cpu:9.2f}{memory:8,.0f}{1000 * cpu / records:17.2f}")
    return "\n".join(lines)
