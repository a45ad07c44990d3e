"""All that happens around the operators: Azure at work, time, faults, and what users want."""

from collections.abc import Iterator

from tests.exhaustive.draft import Draft
from tests.exhaustive.faults import FAULTS
from tests.exhaustive.move import Mover
from tests.exhaustive.planners import Planners
from tests.exhaustive.state import BARE, FALSE_LIST, NOBODY, Cloud, Phase, Service, State
from tests.exhaustive.world import GET, LIST, RETAG, World

Change = tuple[Mover, str, Draft]


class Surroundings:
    """The moves of everybody but the operators."""

    def __init__(self, world: World, planners: Planners) -> None:
        self._world = world
        self._planners = planners

    def moves(self, state: State) -> Iterator[Change]:
        """Yield what may happen, but for the passing of time."""
        yield from self._azure(state)
        yield from self._catching_up(state)
        if state.changes:
            for words, draft in self._user(state):
                draft.changes -= 1
                yield Mover.USER, words, draft
        if state.faults:
            yield from self._faults(state)

    def ticks(self, state: State) -> Iterator[Change]:
        """Yield how a tick may pass: with a true LIST, or for a fault with an empty one."""
        yield Mover.TIME, "a tick, and a LIST", self._tick(state)
        for by in range(len(state.operators)):
            if state.faults and state.cloud and LIST in self._world.faults_of:
                draft = self._tick(state)
                draft.operators[by].listed = FALSE_LIST
                draft.faults -= 1
                yield Mover.FAULT, f"a tick, and a false empty LIST for operator {by}", draft

        for cloud in state.cloud:
            if state.faults and not cloud.foreign and GET in self._world.faults_of:
                draft = self._tick(state)
                draft.cloud[cloud.number] = draft.cloud[cloud.number]._replace(hidden=True)
                draft.faults -= 1
                yield Mover.FAULT, f"a tick, and a false 404 for group {cloud.number}, which the LIST shows", draft
            if state.faults and not cloud.foreign and RETAG in self._world.faults_of:
                # Not between a read and the write that follows it within seconds: Azure has no condition against that.
                draft = self._tick(state)
                changed = draft.cloud[cloud.number] = Cloud(cloud.number, cloud.phase, foreign=True)
                for operator in draft.operators:
                    operator.listed = tuple(
                        changed if it.number == cloud.number else it for it in operator.listed or ()
                    )
                draft.faults -= 1
                yield (
                    Mover.FAULT,
                    f"a tick, in which somebody takes group {cloud.number} for his own by its tags",
                    draft,
                )

    def _tick(self, state: State) -> Draft:
        draft, planners = Draft(state), self._planners
        draft.services = [self._service_later(service) for service in draft.services]
        draft.groups = {n: g._replace(status=planners.group_statuses.later(g.status)) for n, g in draft.groups.items()}
        draft.cloud = {number: cloud._replace(hidden=False) for number, cloud in draft.cloud.items()}
        draft.spent = False
        for operator in draft.operators:
            operator.short = {place: False for place, believed in operator.short.items() if believed}
            operator.memory = {n: planners.memories.later(memory) for n, memory in operator.memory.items()}
            operator.listed = tuple(draft.cloud.values())
            if operator.services is not None and operator.groups is not None:
                operator.services = [(self._service_later(service), new) for service, new in operator.services]
                operator.groups = {
                    n: (g._replace(status=planners.group_statuses.later(g.status)), new)
                    for n, (g, new) in operator.groups.items()
                }
        return draft

    def _service_later(self, service: Service | None) -> Service | None:
        if service is None:
            return None
        return service._replace(status=self._planners.service_statuses.later(service.status))

    def _azure(self, state: State) -> Iterator[Change]:
        for cloud in state.cloud:
            draft = Draft(state)
            if cloud.phase is Phase.CREATING:
                draft.cloud[cloud.number] = cloud._replace(phase=Phase.RUNNING)
                yield Mover.AZURE, f"group {cloud.number} runs", draft
            elif cloud.phase is Phase.ENDING:
                del draft.cloud[cloud.number]
                yield Mover.AZURE, f"group {cloud.number} has ended", draft
        for group in state.groups:
            if group.service != BARE and state.services[group.service] is None and not group.deleting:
                draft = Draft(state)
                draft.write_group(group.number, group._replace(deleting=True), None)
                yield Mover.AZURE, f"Kubernetes' collector deletes group {group.number}", draft

    def _catching_up(self, state: State) -> Iterator[Change]:
        """The watch of one kind brings a lagging operator up to date."""
        for by, operator in enumerate(state.operators):
            if operator.view is None or (self._world.relists and state.leader not in {NOBODY, by}):
                continue
            if not all(fresh for _, fresh in operator.view.services):
                draft = Draft(state)
                draft.operators[by].services = [(service, True) for service in draft.services]
                yield Mover.WATCH, "shows the services as they are", draft
            groups = tuple((group, True) for group in state.groups)
            if operator.view.groups != groups:
                draft = Draft(state)
                draft.operators[by].groups = {group.number: (group, True) for group in state.groups}
                yield Mover.WATCH, "shows the group objects as they are", draft

    def _user(self, state: State) -> Iterator[tuple[str, Draft]]:
        for index, service in enumerate(state.services):
            if service is None or service.deleting:
                continue
            status = self._planners.outdated(service.status)
            for wanted in range(self._world.replicas + 1):
                if wanted != service.wanted:
                    allowed = max(wanted, service.allowed)
                    scaled = service._replace(wanted=wanted, allowed=allowed, status=status)
                    yield f"scales service {index} to {wanted}", _written(state, index, scaled)
            for image in self._world.images:
                if image != service.image:
                    changed = service._replace(image=image, status=status)
                    yield f"wants {image} in service {index}", _written(state, index, changed)
            if service.first + 1 < self._world.places:
                moved = service._replace(first=service.first + 1, status=status)
                yield f"takes the first place of service {index} out of its list", _written(state, index, moved)
            gone = service._replace(deleting=True, status=status) if service.finalizer else None
            yield f"deletes service {index}", _written(state, index, gone)
        for group in state.groups:
            if group.service == BARE and not group.deleting:
                draft = Draft(state)
                draft.write_group(group.number, group._replace(deleting=True) if group.finalizer else None, None)
                yield f"deletes object {group.number}", draft

    def _faults(self, state: State) -> Iterator[Change]:
        for name, fault in FAULTS.items():
            if name in self._world.faults_of:
                for words, draft in fault(state):
                    draft.faults -= 1
                    yield Mover.FAULT, words, draft


def _written(state: State, index: int, service: Service | None) -> Draft:
    draft = Draft(state)
    draft.write_service(index, service, None)
    return draft
