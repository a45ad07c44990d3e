"""The table of figures: what was measured beside what is to be reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        clock: "real" for processes on the wall clock, "virtual" for the simulation.
        met: None for what is shown beside the others and has no target.
    """

    figure: str
    measured: str
    target: str
    clock: str
    met: bool | None


def at_most(figure: str, value: float, limit: float, unit: str = "", *, clock: str = "real") -> Row:
    """Return the row of a figure that must not be more than a limit."""
    return Row(figure, _text(value, unit), f"<= {_text(limit, unit)}", clock, value <= limit)


def at_least(figure: str, value: float, limit: float, unit: str = "", *, clock: str = "real") -> Row:
    """Return the row of a figure that must not be less than a limit."""
    return Row(figure, _text(value, unit), f">= {_text(limit, unit)}", clock, value >= limit)


def exactly(figure: str, value: float, target: float, unit: str = "", *, clock: str = "real") -> Row:
    """Return the row of a count that must be just so."""
    return Row(figure, _text(value, unit), _text(target, unit), clock, value == target)


def told(figure: str, value: float, unit: str = "", *, clock: str = "real") -> Row:
    """Return the row of something that explains the others, and that nothing was promised of."""
    return Row(figure, _text(value, unit), "", clock, None)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 100)
    return ordered[max(int(rank) - 1, 0)]


def printed(rows: Iterable[Row]) -> str:
    """Return the rows as a table for a terminal and for Markdown."""
    head = ("figure", "measured", "target", "clock", "")
    cells = [head, *((row.figure, row.measured, row.target, row.clock, _MARKS[row.met]) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


_MARKS = {True: "met", False: "MISSED", None: ""}


def _text(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"
    return f"{number} {unit}".rstrip()
