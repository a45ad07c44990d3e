"""The small world: from a state, every move, and what must hold."""

from collections.abc import Iterator

from aci_operator.api.base import ConditionType
from aci_operator.core.conditions import is_true

from tests.exhaustive.draft import Draft
from tests.exhaustive.groups import Groups
from tests.exhaustive.move import WHO, Move, Mover
from tests.exhaustive.normal import freeze
from tests.exhaustive.planners import Planners
from tests.exhaustive.services import Services
from tests.exhaustive.state import FALSE_LIST, NOBODY, Phase, Service, State
from tests.exhaustive.surroundings import Surroundings
from tests.exhaustive.world import ROOM, World


class Model:
    """The moves of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.planners = Planners(world)
        self._services = Services(self.planners)
        self._groups = Groups(self.planners, roomy=ROOM not in world.faults_of)
        self._surroundings = Surroundings(world, self.planners)

    def first(self) -> State:
        """Return the first state."""
        return self._normal(Draft(self.world.first()))

    def moves(self, state: State) -> Iterator[Move]:
        """Yield every move."""
        busy = False
        for by in range(len(state.operators)):
            if state.leader not in {NOBODY, by}:
                continue
            idle = state.leader == NOBODY and by > 0
            moves = list(self._of_operator(state, by))
            yield from moves
            pending = any(plan.acts for plan in state.operators[by].plans) or bool(state.operators[by].steps)
            busy = busy or pending or (bool(moves) and not idle)
        for mover, what, draft in self._surroundings.moves(state):
            yield self._move(mover, what, draft)
        if not busy:
            # A worker takes milliseconds and a write to Azure 20 s at most; the tick is 30 s.
            told = self._stale(state)
            for mover, what, draft in self._surroundings.ticks(state):
                draft.broken += told
                yield self._move(mover, what, draft)

    def _of_operator(self, state: State, by: int) -> Iterator[Move]:
        for draft, what in self._services.moves(state, by):
            yield self._move(WHO[by], what, draft, writes=True)
        for draft, what, fault in self._groups.moves(state, by):
            writes = "ReadGroup" not in what
            yield self._move(Mover.FAULT if fault else WHO[by], f"operator {by}: {what}", draft, writes=writes)

    def _move(self, mover: Mover, what: str, draft: Draft, *, writes: bool = False) -> Move:
        return Move(mover, what, self._normal(draft), writes, tuple(draft.broken))

    def _normal(self, draft: Draft) -> State:
        self._groups.settle(draft)
        if self.world.relists and draft.leader != NOBODY:
            for by in range(len(draft.operators)):
                if by != draft.leader:
                    draft.blind(by)
        return freeze(draft)

    def _stale(self, state: State) -> list[str]:
        """Return what a status shows although its group was gone before the last true LIST, and the operator rests."""
        listed = state.operators[max(state.leader, 0)].listed
        if listed is None or listed == FALSE_LIST or state.operators[max(state.leader, 0)].view is not None:
            return []
        there = {cloud.number for cloud in (*state.cloud, *listed)}
        shown = {number for service in state.services if service is not None for number in service.ips}
        return [f"P9: the IP of group {number} is shown, which is gone" for number in sorted(shown - there)]

    def converged(self, state: State) -> bool:
        """Tell whether all is as wanted, in Azure and in the statuses."""
        mine = [cloud for cloud in state.cloud if not cloud.foreign]
        taken = {cloud.number for cloud in state.cloud if cloud.foreign}
        if len(mine) + len(taken & {group.number for group in state.groups}) != len(state.groups):
            return False
        if any(cloud.phase is not Phase.RUNNING for cloud in mine):
            return False
        return all(
            self._as_wanted(state, index, service, taken) for index, service in enumerate(state.services) if service
        ) and not any(group.deleting for group in state.groups)

    def _as_wanted(self, state: State, index: int, service: Service, taken: set[int]) -> bool:
        groups = [group for group in state.groups if group.service == index]
        status = self.planners.service_statuses[service.status]
        told = ConditionType.STALLED if taken & {group.number for group in groups} else ConditionType.READY
        return (
            not service.deleting
            and is_true(status.conditions, told)
            and status.observed_generation == 2
            and (
                told is ConditionType.STALLED
                or (
                    [group.image for group in groups] == [service.image] * service.wanted
                    and service.ips == tuple(group.number for group in groups)
                    and all(self.planners.ready(group.status) for group in groups)
                    and all(group.place >= service.first for group in groups)
                )
            )
        )
