"""What an operator does about services: one side effect of a plan at a time, as `aci_operator.engine.services` does."""

from collections.abc import Iterator

from aci_operator.core.group.memory import Memory

from tests.exhaustive.draft import IDLE, SURGE, Draft
from tests.exhaustive.planners import Planners
from tests.exhaustive.state import NOBODY, Act, Group, Plan, Service, State
from tests.unit.core.builders import T0

DRAWN = Memory(look_at=T0, drawn=True, unsent=True)
"""What a process knows of an object whose name it has drawn."""


class Services:
    """The service loop of any operator."""

    def __init__(self, planners: Planners) -> None:
        self._planners = planners

    def moves(self, state: State, by: int) -> Iterator[tuple[Draft, str]]:
        """Yield the next side effect for each service."""
        look = Draft(state)
        for index in range(len(state.services)):
            service, fresh = look.service_of(by, index)
            if service is None:
                continue
            plan = look.operators[by].plans[index]
            if not plan.acts:
                plan = self._made(look, by, index, service, fresh)
            if plan.acts:
                draft = Draft(state)
                act, draft.operators[by].plans[index] = plan.acts[0], plan._replace(acts=plan.acts[1:])
                yield draft, f"service {index}: {self._perform(draft, by, index, service, plan, act)}"

    def _made(self, look: Draft, by: int, index: int, service: Service, fresh: bool) -> Plan:
        """Return a new plan; each deletion in it is bound to the version of the object that was seen."""
        seen = look.groups_of(by)
        groups = tuple(group for group, _ in seen.values() if group.service == index)
        acts = self._planners.service(index, service, groups, tuple(sorted(look.operators[by].short.items())))
        bound = (act._replace(fresh=seen[act.number][1]) if act.kind == "delete" else act for act in acts)
        return Plan(tuple(bound), fresh)

    def _perform(self, draft: Draft, by: int, index: int, service: Service, plan: Plan, act: Act) -> str:
        if act.kind in {"finalizers", "status"} and not plan.fresh:
            draft.thrown_away(by, index)
            return f"{act.kind}: 409"
        match act.kind:
            case "finalizers" if act.on:
                draft.write_service(index, service._replace(finalizer=True), by)
            case "finalizers":
                left = [group.number for group in draft.groups.values() if group.service == index]
                draft.hold(not left or draft.leader == NOBODY, f"P4: service {index} goes before its groups {left}")
                draft.write_service(index, None, by)
                draft.operators[by].plans[index] = IDLE
            case "store":
                draft.store(index, act.image)
            case "status":
                draft.write_service(index, service._replace(status=act.status, ips=act.ips), by)
            case "create":
                return self._create(draft, by, index, act)
            case _:
                return _delete(draft, by, index, act)
        return f"{act.kind} {act.image}".rstrip()

    def _create(self, draft: Draft, by: int, index: int, act: Act) -> str:
        number = draft.next_number()
        draft.hold(act.fresh, f"names: group {number} gets a serial that was given before")
        draft.write_group(number, Group(number, index, act.image, retry=act.retry, place=act.place), by)
        draft.operators[by].memory[number] = self._planners.memories.number(DRAWN)
        service = draft.services[index]
        held = [it for it in draft.groups.values() if it.service == index and self._holds(draft, it)]
        if service is not None and draft.leader != NOBODY:
            draft.hold(len(held) <= service.allowed + SURGE, f"P3: {len(held)} groups, {service.allowed} wanted")
        return f"create group {number} of {act.image}{f' in place {act.place}' if act.place else ''}"

    def _holds(self, draft: Draft, group: Group) -> bool:
        """Tell whether a group is in Azure, or will be; what is sent for an object that ends is counted by its PUT."""
        return group.number in draft.cloud or not (group.deleting or self._planners.lost(group.status))


def _delete(draft: Draft, by: int, index: int, act: Act) -> str:
    group = draft.groups.get(act.number)
    if group is None or not act.fresh:
        draft.thrown_away(by, index)
        draft.refresh(by, act.number)
        return f"delete group {act.number}: 409"
    draft.write_group(act.number, group._replace(deleting=True) if group.finalizer else None, by)
    return f"delete group {act.number}"
