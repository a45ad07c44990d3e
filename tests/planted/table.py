"""docs/planted-bugs.md: which test catches which bug, and after how many random lives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.cluster import test_safety_planted as processes
from tests.cluster.planted import bugs
from tests.planted.bug import Plant
from tests.planted.registry import LISTED, PLANTS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "planted-bugs.md"

_WORDS: Final = """# Planted bugs

Tests that find nothing may be good or blind. So mistakes that an operator like this could have are planted in it, from
outside of its code, one at a time, and the tests must notice. `make planted` does that, and writes this page; it fails
when a bug is not caught, when a bug no longer finds what it is to replace, or when anything is red without a bug.
`make test` runs the tests of the third column with their bugs too, but for the slowest.

Numbers up to {last} are those of the list of mistakes that such operators are known for, the others are this
operator's own; several forms of one mistake share its number. The operator reads no Secret and has one credential, so
34 and 36 are planted where a namespace, and a cache for each subscription, count here.

The last column is the random campaign, which knows of no bug: lives drawn from the seeds 0, 1, 2, ... with faults on
both sides, held to the invariants that hold for every life. It says after how many lives it was red; each bug
was given {lives}. Lives depend on their seeds alone, so the figures can be had again.

{caught} of {all} bugs are caught by their test{random}.

| number | bug | caught by | random lives |
|---|---|---|---|
"""

_PROCESSES: Final = """
## On real processes

The same in the operator's own process, with a real API server and the emulator in theirs: `tests/cluster`, of which
`make test` runs the first two and `make soak` all.

| number | bug | caught by |
|---|---|---|
"""


def page(outcomes: Mapping[str, int | None], lives: int) -> str:
    """Return the page; `outcomes` has, for each bug that is caught, after how many lives; None: not within `lives`."""
    nothing = f"not within {lives}" if lives else "not tried"
    seen = {name: str(found) if found is not None else nothing for name, found in outcomes.items()}
    head = _WORDS.format(
        last=LISTED[-1],
        lives=lives,
        caught=len(outcomes),
        all=len(PLANTS),
        random=f", {sum(map(bool, outcomes.values()))} of them by the random campaign as well" if lives else "",
    )
    rows = [_row(*_cells(plant), seen.get(str(plant), "")) for plant in PLANTS]
    return head + "".join(rows) + _PROCESSES + "".join(_row(*line) for line in _on_processes())


def _cells(plant: Plant) -> tuple[str, str, str]:
    """Return what the page says of a bug before anything is tried: number, title, test."""
    return str(plant.bug.number), plant.bug.title, f"`{plant.test_name}`"


def _on_processes() -> list[tuple[str, str, str]]:
    where = processes.__name__.replace(".", "/") + ".py::"
    row, kill = processes.test_the_row_is_red, processes.test_a_kill_is_red_when_a_restart_forgets_what_was_sent
    plants = [(plant.number, str(plant), row.__name__) for plant in (*processes.QUICK, *processes.LONG)]
    plants.append((5, bugs.forget_after_a_restart_what_was_sent.__name__, kill.__name__))
    return [(str(number), name.replace("_", " "), f"`{where}{test}`") for number, name, test in plants]


def _row(*texts: str) -> str:
    return f"| {' | '.join(texts)} |\n"
