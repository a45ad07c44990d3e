"""Does everything come to its end once nothing fails? Asked of all states and all moves that go on then.

Fairness: whoever can move all the time, moves at some time (weak fairness, of each mover as a whole). That Azure ends
what it began, that a watch catches up, that workers work and time passes is all that is taken for granted. So a run
can stay for ever only where it can go round, and nobody is always able to move without ever leaving. There, all must be
as wanted, and no operator may write.
"""

from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.exhaustive.explore import MOVERS, Found
from tests.exhaustive.model import Model

_ALL: Final = (1 << len(MOVERS)) - 1


class Verdict(NamedTuple):
    """What does not come to its end: states by their numbers, and why.

    Attributes:
        ends: In how many states it comes to rest.
    """

    ends: int
    failures: tuple[tuple[int, str], ...]


class Graph:
    """The moves of an exploration, by the state that they lead from."""

    def __init__(self, found: Found) -> None:
        self.size = len(found.states)
        self.targets, self.movers, self.writes = found.targets, found.movers, found.writes
        self._first = array("l", bytes(array("l").itemsize * (self.size + 1)))
        for source in found.sources:  # which come in order
            self._first[source + 1] += 1
        for state in range(self.size):
            self._first[state + 1] += self._first[state]

    def moves(self, state: int) -> range:
        """Return the numbers of a state's moves."""
        return range(self._first[state], self._first[state + 1])


def judge(model: Model, found: Found) -> Verdict:
    """Judge a complete exploration."""
    graph, ends, failures = Graph(found), 0, []
    for members in strongly_connected(graph):
        inside = set(members)
        always, stays, writes = _ALL, 0, False
        for state in members:
            able = 0
            for move in graph.moves(state):
                mover = 1 << graph.movers[move]
                able |= mover
                if graph.targets[move] in inside:
                    stays |= mover
                    writes = writes or bool(graph.writes[move])
            always &= able
        if always & ~stays or (not stays and always):
            continue
        astray = [state for state in members if not model.converged(found.states[state])]
        if astray:
            failures.append((astray[0], "P1: it stays there for ever" if stays else "P1: nothing moves any more"))
        elif writes:
            failures.append((members[0], "P2: all is as wanted, and an operator writes for ever"))
        else:
            ends += len(members)
    return Verdict(ends, tuple(failures))


def strongly_connected(graph: Graph) -> Iterator[list[int]]:
    """Yield the strongly connected components (Tarjan's algorithm, without recursion)."""
    order, low = array("l", [-1]) * graph.size, array("l", [0]) * graph.size
    on_stack, stack, clock = bytearray(graph.size), [], 0
    for root in range(graph.size):
        if order[root] >= 0:
            continue
        work = [(root, iter(graph.moves(root)))]
        while work:
            state, moves = work[-1]
            if order[state] < 0:
                order[state] = low[state] = clock
                clock += 1
                stack.append(state)
                on_stack[state] = 1
            for move in moves:
                target = graph.targets[move]
                if order[target] < 0:
                    work.append((target, iter(graph.moves(target))))
                    break
                if on_stack[target]:
                    low[state] = min(low[state], order[target])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[state])
                if low[state] == order[state]:
                    at = _position(stack, state)
                    members, stack[at:] = stack[at:], []
                    for member in members:
                        on_stack[member] = 0
                    yield members


def _position(stack: list[int], state: int) -> int:
    at = len(stack) - 1
    while stack[at] != state:
        at -= 1
    return at
