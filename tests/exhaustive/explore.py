"""Breadth-first through all states, to closure: the first path to a mistake is a shortest one."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic

from tests.exhaustive.model import Model
from tests.exhaustive.move import LASTING, Mover
from tests.exhaustive.state import State


@dataclass
class Found:
    """What an exploration found.

    Attributes:
        states: By number, in the order of their discovery.
        parents: By a state's number, the state that it was reached from first.
        lasting: Moves that go on when nothing fails: from, to and mover (in the order of `Mover`), one after another.
        writes: Whether such a move is a write of an operator.
        depth: Of the state that is furthest from the first.
        broken: The state and the move that broke something first; empty while all holds.
        complete: Whether there are no more states.
    """

    states: list[State] = field(default_factory=list)
    parents: "array[int]" = field(default_factory=lambda: array("l"))
    sources: "array[int]" = field(default_factory=lambda: array("l"))
    targets: "array[int]" = field(default_factory=lambda: array("l"))
    movers: bytearray = field(default_factory=bytearray)
    writes: bytearray = field(default_factory=bytearray)
    transitions: int = 0
    depth: int = 0
    seconds: float = 0
    moves: Counter[str] = field(default_factory=Counter)
    broken: tuple[int, str, tuple[str, ...]] | None = None
    complete: bool = False


MOVERS = list(Mover)


def explore(model: Model, limit: int) -> Found:
    """Explore a world until nothing new comes, something breaks, or there are `limit` states."""
    found, began = Found(), monotonic()
    parts: dict[object, object] = {}
    known = {model.first(): 0}
    found.states.append(model.first())
    found.parents.append(-1)
    depth_of = array("l", [0])
    here = 0
    while here < len(found.states) and len(found.states) < limit and found.broken is None:
        for move in model.moves(found.states[here]):
            found.transitions += 1
            found.moves[move.mover] += 1
            there = known.get(move.after)
            if there is None:
                there, state = len(found.states), _shared(move.after, parts)
                known[state] = there
                found.states.append(state)
                found.parents.append(here)
                depth_of.append(depth_of[here] + 1)
            if move.mover in LASTING:
                found.sources.append(here)
                found.targets.append(there)
                found.movers.append(MOVERS.index(move.mover))
                found.writes.append(move.writes)
            if move.broken:
                found.broken = (here, move.what, move.broken)
                break
        here += 1
    found.complete = here == len(found.states) and found.broken is None
    found.depth, found.seconds = max(depth_of), monotonic() - began
    return found


def path(model: Model, found: Found, to: int) -> list[str]:
    """Return the words of a shortest path to a state."""
    numbers = [to]
    while found.parents[numbers[-1]] >= 0:
        numbers.append(found.parents[numbers[-1]])
    numbers.reverse()
    words = []
    for before, after in pairwise(numbers):
        wanted = found.states[after]
        move = next(move for move in model.moves(found.states[before]) if move.after == wanted)
        words.append(f"{move.mover}: {move.what}")
    return words


def _shared(state: State, parts: dict[object, object]) -> State:
    """Return a state whose parts are the same tuples as in other states: that is what makes millions fit."""
    return State(*(parts.setdefault(part, part) for part in state))  # type: ignore[arg-type]
