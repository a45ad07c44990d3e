"""The normal form of a state, in which states that differ only by names, or by what no longer matters, are one."""

from typing import TypeVar

from tests.exhaustive.draft import GUARDED, SURGE, Draft, OperatorDraft
from tests.exhaustive.state import FALSE_LIST, Act, Cloud, Group, Operator, Plan, Service, State, Step, View

Numbered = TypeVar("Numbered", Group, Cloud, Step)


def freeze(draft: Draft) -> State:
    """Return the state in its normal form."""
    for by, operator in enumerate(draft.operators):
        seen = draft.groups_of(by)
        operator.memory = {n: memory for n, memory in operator.memory.items() if n in seen}
        operator.steps = {n: step for n, step in operator.steps.items() if n in seen}
        if operator.listed is not None and operator.listed != FALSE_LIST:
            operator.listed = tuple(cloud for cloud in operator.listed if cloud.number in seen)
    draft.services = [_settled(draft, index, service) for index, service in enumerate(draft.services)]
    new: dict[int, int] = {}
    numbers = set(draft.numbers())
    if max(numbers, default=0) != len(numbers):
        new = {number: place for place, number in enumerate(sorted(numbers), start=1)}
    return State(
        draft.faults,
        draft.changes,
        draft.leader,
        tuple(_renumbered(service, new) for service in draft.services),
        tuple(_moved(draft.groups[number], new) for number in sorted(draft.groups)),
        tuple(_moved(draft.cloud[number], new) for number in sorted(draft.cloud)),
        tuple(_frozen(operator, new) for operator in draft.operators),
        draft.spent,
    )


def _settled(draft: Draft, index: int, service: Service | None) -> Service | None:
    """Forget how many replicas were once allowed when there are no more than the present number allows."""
    if service is None or service.allowed == service.wanted:
        return service
    creates = any(_is_decided(operator.plans[index]) for operator in draft.operators)
    held = {group.number for group in draft.groups.values() if group.service == index}
    return service if creates or len(held) > service.wanted + SURGE else service._replace(allowed=service.wanted)


def _is_decided(plan: Plan) -> bool:
    """Tell whether a plan creates something, and has passed its fence."""
    kinds = {act.kind for act in plan.acts}
    return "create" in kinds and "status" not in kinds


def _moved(it: Numbered, new: dict[int, int]) -> Numbered:
    return it._replace(number=new[it.number]) if new else it


def _renumbered(service: Service | None, new: dict[int, int]) -> Service | None:
    return service if service is None or not new else service._replace(ips=tuple(new[n] for n in service.ips))


def _frozen(operator: OperatorDraft, new: dict[int, int]) -> Operator:
    view = None
    if operator.services is not None and operator.groups is not None:
        view = View(
            tuple((_renumbered(service, new), fresh) for service, fresh in operator.services),
            tuple((_moved(group, new), fresh) for _, (group, fresh) in sorted(operator.groups.items())),
        )
    listed = operator.listed
    if listed is not None and listed != FALSE_LIST:
        listed = tuple(_moved(cloud, new) for cloud in listed)
    plans = [
        plan if any(act.kind in GUARDED for act in plan.acts) else plan._replace(fresh=True) for plan in operator.plans
    ]
    if new:
        plans = [plan._replace(acts=tuple(_acting(act, new) for act in plan.acts)) for plan in plans]
    memory = tuple(sorted((new[n] if new else n, memory) for n, memory in operator.memory.items()))
    steps = tuple(_moved(step, new) for _, step in sorted(operator.steps.items()))
    return Operator(listed, view, memory, tuple(plans), steps, tuple(sorted(operator.short.items())))


def _acting(act: Act, new: dict[int, int]) -> Act:
    return act._replace(number=new[act.number] if act.number else 0, ips=tuple(new[n] for n in act.ips))
