"""A state while it is being changed."""

from collections.abc import Iterator

from tests.exhaustive.state import Group, Operator, Plan, Service, State

IDLE = Plan()
GUARDED = ("finalizers", "status")
"""Acts on the service itself, under its resourceVersion."""
SURGE = 1  # of the default strategy


class OperatorDraft:
    """A process while it is being changed."""

    def __init__(self, operator: Operator) -> None:
        self.listed = operator.listed
        self.services = None if operator.view is None else list(operator.view.services)
        self.groups = None if operator.view is None else {group.number: (group, new) for group, new in operator.view[1]}
        self.memory = dict(operator.memory)
        self.plans = list(operator.plans)
        self.steps = {step.number: step for step in operator.steps}
        self.short = dict(operator.short)

    def forget(self) -> None:
        """Lose all that is only in memory, but for the objects of the watch."""
        self.listed, self.memory, self.steps, self.short = None, {}, {}, {}
        self.plans = [IDLE] * len(self.plans)


class Draft:
    """A state while it is being changed. `broken` collects what must not be."""

    def __init__(self, state: State) -> None:
        self.faults = state.faults
        self.changes = state.changes
        self.leader = state.leader
        self.spent = state.spent
        self.services = list(state.services)
        self.groups = {group.number: group for group in state.groups}
        self.cloud = {cloud.number: cloud for cloud in state.cloud}
        self.operators = [OperatorDraft(operator) for operator in state.operators]
        self.broken: list[str] = []

    def hold(self, holds: bool, words: str) -> None:
        """Say what is broken unless it holds."""
        if not holds:
            self.broken.append(words)

    def service_of(self, by: int, index: int) -> tuple[Service | None, bool]:
        """Return a service as an operator sees it, and whether that is the newest version."""
        seen = self.operators[by].services
        return (self.services[index], True) if seen is None else seen[index]

    def groups_of(self, by: int) -> dict[int, tuple[Group, bool]]:
        """Return the group objects as an operator sees them."""
        seen = self.operators[by].groups
        return {number: (group, True) for number, group in self.groups.items()} if seen is None else seen

    def write_service(self, index: int, service: Service | None, by: int | None) -> None:
        """Replace a service in the API server: every copy of it is old then, but the writer's."""
        self.services[index] = service
        for other, operator in enumerate(self.operators):
            if other == by:
                if operator.services is not None:
                    operator.services[index] = (service, True)
                continue
            operator.plans[index] = operator.plans[index]._replace(fresh=False)
            if operator.services is not None:
                operator.services[index] = (operator.services[index][0], False)

    def write_group(self, number: int, group: Group | None, by: int | None) -> None:
        """Replace, create or remove a group object in the API server."""
        if group is None:
            self.groups.pop(number, None)
        else:
            self.groups[number] = group
        for other, operator in enumerate(self.operators):
            if number in operator.steps and other != by:
                operator.steps[number] = operator.steps[number]._replace(fresh=False)
            operator.plans = [_outdated(plan, number) for plan in operator.plans]
            if operator.groups is None:
                continue
            if other == by and group is not None:
                operator.groups[number] = (group, True)
            elif other == by:
                operator.groups.pop(number, None)
            elif number in operator.groups:
                operator.groups[number] = (operator.groups[number][0], False)

    def relist(self, by: int) -> None:
        """Let an operator see all objects as they are."""
        operator = self.operators[by]
        if operator.services is not None:
            operator.services = [(service, True) for service in self.services]
            operator.groups = {number: (group, True) for number, group in self.groups.items()}

    def blind(self, by: int) -> None:
        """Let an operator see nothing: it will list all objects before it does anything."""
        operator = self.operators[by]
        if operator.services is not None:
            operator.services, operator.groups = [(None, True)] * len(self.services), {}

    def store(self, index: int, image: str) -> None:
        """Store a ControllerRevision, which changes no version of the service."""
        for operator in self.operators:
            if operator.services is not None:
                seen, fresh = operator.services[index]
                operator.services[index] = (_with_revision(seen, image), fresh)
        self.services[index] = _with_revision(self.services[index], image)

    def thrown_away(self, by: int, index: int) -> None:
        """Throw an operator's plan away, and let it read the service, as after a 409."""
        operator = self.operators[by]
        operator.plans[index] = IDLE
        if operator.services is not None:
            operator.services[index] = (self.services[index], True)

    def refresh(self, by: int, number: int) -> None:
        """Let an operator read a group object, as after a 409."""
        operator, group = self.operators[by], self.groups.get(number)
        if operator.groups is not None and group is not None:
            operator.groups[number] = (group, True)
        elif operator.groups is not None:
            operator.groups.pop(number, None)

    def next_number(self) -> int:
        """Return the number of a new group."""
        return max(self.numbers(), default=0) + 1

    def numbers(self) -> Iterator[int]:
        """Yield every number that something refers to."""
        yield from self.groups
        yield from self.cloud
        for service in self.services:
            yield from service.ips if service is not None else ()
        for operator in self.operators:
            yield from (cloud.number for cloud in operator.listed or () if cloud.number)
            yield from operator.groups or ()
            yield from (number for service, _ in operator.services or () if service for number in service.ips)
            yield from (n for plan in operator.plans for act in plan.acts for n in (*act.ips, act.number) if n)


def _with_revision(service: Service | None, image: str) -> Service | None:
    if service is None or image in service.stored:
        return service
    return service._replace(stored=(*service.stored, image))


def _outdated(plan: Plan, number: int) -> Plan:
    if not any(act.number == number and act.fresh for act in plan.acts):
        return plan
    return plan._replace(acts=tuple(a._replace(fresh=False) if a.number == number else a for a in plan.acts))
