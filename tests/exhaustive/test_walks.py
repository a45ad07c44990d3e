"""Random walks through worlds that are too large to be explored: more replicas, services and faults at once."""

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.exhaustive.model import Model
from tests.exhaustive.move import LASTING, Move, Mover
from tests.exhaustive.state import State
from tests.exhaustive.world import BUDGET, CRASH, FAILURE, GET, HAND, LIST, ROOM, STOP, TAKEOVER, World
from tests.laws import tried

REST: Final = 600
"""Moves within which all comes to rest once nothing fails any more."""

MODEL: Final = Model(
    World(
        "much at once",
        services=2,
        replicas=5,
        wanted=3,
        changes=6,
        faults=5,
        second=True,
        places=2,
        deadline=True,
        faults_of=frozenset({BUDGET, CRASH, FAILURE, GET, HAND, LIST, ROOM, STOP, TAKEOVER}),
    )
)
"""One for all walks: it remembers what the planners have answered."""


class Walk(RuleBasedStateMachine):
    """One walk; at its end nothing fails any more, and all must come to rest as wanted."""

    @initialize()
    def begin(self) -> None:
        self.state: State = MODEL.first()
        self.told: list[str] = []
        self.moves = list(MODEL.moves(self.state))

    def take(self, move: Move) -> None:
        self.told.append(f"{move.mover}: {move.what}")
        assert not move.broken, "\n".join([*self.told, *move.broken])
        self.state = move.after
        self.moves = list(MODEL.moves(self.state))

    def of(self, *movers: Mover) -> list[Move]:
        return [move for move in self.moves if move.mover in movers]

    @rule(data=st.data())
    def somebody_goes_on(self, data: st.DataObject) -> None:
        going = self.of(*LASTING)
        self.take(going[data.draw(st.integers(0, len(going) - 1))])

    @precondition(lambda self: self.of(Mover.OPERATOR, Mover.SECOND))
    @rule(data=st.data())
    def the_leader_works(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 8))):
            if going := self.of(Mover.OPERATOR, Mover.SECOND):
                self.take(going[data.draw(st.integers(0, len(going) - 1))])

    @precondition(lambda self: self.of(Mover.FAULT))
    @rule(data=st.data())
    def something_fails(self, data: st.DataObject) -> None:
        failing = self.of(Mover.FAULT)
        self.take(failing[data.draw(st.integers(0, len(failing) - 1))])

    @precondition(lambda self: self.of(Mover.USER))
    @rule(data=st.data())
    def a_user_wants_something_else(self, data: st.DataObject) -> None:
        wanting = self.of(Mover.USER)
        self.take(wanting[data.draw(st.integers(0, len(wanting) - 1))])

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        assert self.of(*LASTING)

    def teardown(self) -> None:
        self.state = self.state._replace(faults=0, changes=0)
        self.moves = list(MODEL.moves(self.state))
        for _ in range(REST):
            going = self.of(Mover.AZURE, Mover.WATCH, Mover.OPERATOR, Mover.SECOND) or self.of(Mover.TIME)
            if MODEL.converged(self.state) and not self.of(Mover.OPERATOR, Mover.SECOND):
                return
            self.take(going[0])
        raise AssertionError("\n".join([*self.told[:-REST], "it does not come to rest"]))


Walk.TestCase.settings = tried(200)
test_whatever_happens_nothing_breaks_and_in_the_end_all_is_as_wanted = Walk.TestCase
