"""Effects on one container group, in each way that they may end, and what is remembered of them.

As in `aci_operator.engine.effects`, but that what is looked at is the truth: a fence that fails shows here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from aci_operator.core.errors import AnswerLost, AzureError, Capacity, Throttled
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.refusals import trouble

from tests.exhaustive.draft import SURGE, Draft
from tests.exhaustive.moments import TICK
from tests.exhaustive.planners import UNKNOWN, Planners
from tests.exhaustive.state import NOBODY, Cloud, Group, Phase
from tests.unit.core.builders import T0

Happening = Callable[[Draft, int, Group], None]
Outcome = tuple[str, int, Happening]
"""How an effect may end: in words, how many faults it takes, and what happens."""


def read(planners: Planners, draft: Draft, by: int, group: Group) -> None:
    """GET the group."""
    cloud = draft.cloud.get(group.number)
    shown = None if cloud is None or cloud.hidden else cloud
    memory = draft.operators[by].memory
    memory[group.number] = planners.read(group, memory.get(group.number, UNKNOWN), shown)


def asked(planners: Planners, draft: Draft, by: int, group: Group) -> None:
    """Remember the `requestedAt` that was just written."""
    _remember(planners, draft, by, group, replace(_recall(planners, draft, by, group), asked_at=T0))


def puts(planners: Planners, *, roomy: bool) -> Iterator[Outcome]:
    """Yield how a PUT may end; where it is not always roomy, it may be refused for want of room."""

    def put(*, effect: bool = True, hidden: bool = False, error: AzureError | None = None) -> Happening:
        def happen(draft: Draft, by: int, group: Group) -> None:
            _check_put(planners, draft, group)
            if effect:
                draft.cloud[group.number] = Cloud(group.number, Phase.CREATING, hidden=hidden)
                _check_surge(draft, group)
            before = _recall(planners, draft, by, group)
            memory = before.wrote(T0, T0 + TICK)
            if error is None:
                memory = replace(memory, accepted_at=T0)
                draft.operators[by].short.pop(group.place, None)
            elif not isinstance(error, AnswerLost):
                spec = planners.real_group(group).spec
                memory = replace(
                    memory, unsent=True, trouble=replace(trouble(error, before.trouble, spec, T0), write=True)
                )
            if isinstance(error, Capacity):
                draft.operators[by].short[group.place] = True
            _remember(planners, draft, by, group, memory)

        return happen

    yield "", 0, put()
    if not roomy:
        yield ": no room", 1, put(error=Capacity(), effect=False)
    yield ", shown later", 1, put(hidden=True)
    yield ", its answer is lost", 1, put(error=AnswerLost())
    yield ", its answer is lost, and it is shown later", 1, put(error=AnswerLost(), hidden=True)
    yield " is lost", 1, put(error=AnswerLost(), effect=False)
    yield ": 429", 1, put(error=Throttled(retry_after=30), effect=False)


def deletes(planners: Planners) -> Iterator[Outcome]:
    """Yield how a DELETE may end."""

    def delete(*, effect: bool = True, error: AzureError | None = None) -> Happening:
        def happen(draft: Draft, by: int, group: Group) -> None:
            _check_delete(draft, group)
            cloud = draft.cloud.get(group.number)
            if effect and cloud is not None:
                draft.cloud[group.number] = cloud._replace(phase=Phase.ENDING)
            before = _recall(planners, draft, by, group)
            memory = before.wrote(T0, T0 + TICK)
            if error is None:
                memory = replace(memory, deleted_at=T0)
            else:
                spec = planners.real_group(group).spec
                memory = replace(memory, trouble=replace(trouble(error, before.trouble, spec, T0), write=True))
            _remember(planners, draft, by, group, memory)

        return happen

    yield "", 0, delete()
    yield ", its answer is lost", 1, delete(error=AnswerLost())
    yield " is lost", 1, delete(error=AnswerLost(), effect=False)
    yield ": 429", 1, delete(error=Throttled(retry_after=30), effect=False)


def add_finalizer(draft: Draft, by: int, group: Group) -> None:
    """Add our finalizer to the object."""
    draft.write_group(group.number, group._replace(finalizer=True), by)


def remove_finalizer(draft: Draft, by: int, group: Group) -> None:
    """Let the object go."""
    left = draft.cloud.get(group.number)
    draft.hold(left is None or left.foreign, f"P7: the finalizer of group {group.number} goes, and it is in Azure")
    draft.hold(group.deleting, f"fence: the finalizer of group {group.number} goes, which is wanted")
    draft.write_group(group.number, None, by)


def _check_put(planners: Planners, draft: Draft, group: Group) -> None:
    number, present = group.number, draft.groups.get(group.number)
    draft.hold(number not in draft.cloud, f"one PUT: group {number} is in Azure already")
    draft.hold(present is not None and present.finalizer, f"fence: PUT of group {number} without its object")
    if present is not None:
        asked = planners.group_statuses[present.status].requested_at
        draft.hold(asked is not None, f"fence: PUT of group {number} before requestedAt is recorded")


def _check_delete(draft: Draft, group: Group) -> None:
    number, present, cloud = group.number, draft.groups.get(group.number), draft.cloud.get(group.number)
    draft.hold(present is None or present.deleting, f"fence: DELETE of group {number}, which is wanted")
    draft.hold(cloud is None or not cloud.foreign, f"P5: DELETE of group {number}, which is not ours")


def _check_surge(draft: Draft, group: Group) -> None:
    service = draft.services[group.service] if group.service >= 0 else None
    if service is not None and draft.leader != NOBODY:
        mine = [n for n in draft.cloud if n in draft.groups and draft.groups[n].service == group.service]
        draft.hold(len(mine) <= service.allowed + SURGE, f"P3: {len(mine)} in Azure, {service.allowed} wanted")


def _recall(planners: Planners, draft: Draft, by: int, group: Group) -> Memory:
    return planners.memories[draft.operators[by].memory.get(group.number, UNKNOWN)]


def _remember(planners: Planners, draft: Draft, by: int, group: Group, memory: Memory) -> None:
    draft.operators[by].memory[group.number] = planners.memories.number(memory)
