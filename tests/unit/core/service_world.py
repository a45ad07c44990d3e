"""A small world that carries out a service's plans, and holds each to what no plan may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import MAX_DEADLINE, Service, ServiceStatus
from aci_operator.api.strategy import StrategyType
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.naming import group_name
from aci_operator.core.revision import Revision
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, DropRevision, Plan, StoreRevision
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replica import replica
from aci_operator.core.service.replicas import ailing, drifted
from aci_operator.core.service.storm import guarded
from aci_operator.core.service.strategy import Bounds

from tests.unit.core.builders import SUBSCRIPTION, T0, holds, service, verdict

IMAGES: Final = ("v1", "v2", "v3")
PLACES: Final = ("westeurope", "northeurope")
NEVER: Final = MAX_DEADLINE
"""A deadline that no story reaches."""

STEPS: Final = 400
"""Passes within which everything comes to rest once nothing fails any more."""


@dataclass
class World:
    """The objects of one service, and what is checked whenever a plan is carried out."""

    now: datetime = T0
    status: ServiceStatus = field(default_factory=ServiceStatus)
    wanted: int = 3
    image: str = "v1"
    strategy: dict[str, Any] = field(default_factory=dict)
    paused: bool = False
    deadline: int = NEVER
    places: tuple[str, ...] = PLACES[:1]
    allowance: int | None = None
    groups: dict[str, ContainerGroup] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    serials: set[int] = field(default_factory=set)

    @property
    def service(self) -> Service:
        return service(
            self.wanted,
            image=self.image,
            status=self.status,
            strategy=self.strategy,
            paused=self.paused,
            placements=[{"location": place} for place in self.places],
            driftPolicy="Replace",
            progressDeadlineSeconds=self.deadline,
        )

    @property
    def bounds(self) -> Bounds:
        return Bounds.of(self.service.spec.strategy, self.wanted)

    def in_order(self) -> list[ContainerGroup]:
        return [self.groups[name] for name in sorted(self.groups)]

    def holding(self) -> int:
        return sum(1 for group in self.groups.values() if group.status.state is not State.LOST)

    def may_serve(self) -> int:
        """Replicas that are available, or fail by our judgement alone."""
        alive = [group for group in self.groups.values() if not ending(group)]
        return sum(1 for group in alive if is_ready(group) or ailing(group))

    def rolling(self) -> bool:
        """Whether the update has not taken over yet, or a replica is there that is not as the spec wants it."""
        update = self.status.update_revision
        return self.status.current_revision != update or any(
            group.metadata.labels[keys.LABEL_REVISION] != update
            or group.spec.location not in self.places
            or drifted(group)
            for group in self.groups.values()
            if group.status.state is not State.LOST
        )

    def spared(self) -> int:
        """As many as no heal takes away; that the rollout of a Recreate ends all is no licence for its heals."""
        alone = self.service.spec.strategy.type is StrategyType.RECREATE and not self.rolling()
        return self.wanted - (1 if alone else self.bounds.unavailable)

    def ready(self) -> int:
        return sum(1 for group in self.groups.values() if not ending(group) and is_ready(group))

    def reconcile(self) -> Plan:
        subject = self.service
        decided = plan(Observation(subject, self.in_order(), tuple(self.revisions), self.now, allowance=self.allowance))
        holding, ready = self.holding(), self.ready()
        assert decided.status.serial >= self.status.serial
        acts = any(isinstance(action, CreateGroup | DeleteGroup) for action in decided.actions)
        assert not acts or decided.status.serial > self.status.serial, "the fence is a status that differs"
        self.status = decided.status
        for action in decided.actions:
            match action:
                case StoreRevision(revision):
                    self.revisions.append(revision)
                case DropRevision(revision):
                    self.revisions.remove(revision)
                    assert all(it.metadata.labels[keys.LABEL_REVISION] != revision.name for it in self.groups.values())
                case CreateGroup(revision, serial, _, place, retry=retry):
                    assert revision in self.revisions, "stored before it is used"
                    assert serial not in self.serials, "no number is given twice"
                    assert serial <= self.status.serial, "what is given is covered by the fence"
                    self.serials.add(serial)
                    name = group_name("llm", serial, "abcdefgh")
                    made = replica(subject, revision, serial, name, subscription=SUBSCRIPTION, place=place, retry=retry)
                    self.groups[made.metadata.name] = made
                case DeleteGroup(group):
                    assert not ending(self.groups[group.metadata.name])
                    meta = group.metadata.model_copy(update={"deletion_timestamp": self.now})
                    self.groups[group.metadata.name] = group.model_copy(update={"metadata": meta})
                case _:
                    raise AssertionError(action)
        if any(isinstance(action, CreateGroup) for action in decided.actions):
            assert self.holding() <= max(self.wanted + self.bounds.surge, holding), "the surge"
        staying = [g for g in self.groups.values() if not ending(g) and g.status.state is not State.LOST]
        assert len(staying) <= self.wanted + self.bounds.surge, "nor do more stay than that"
        least = self.wanted - self.bounds.unavailable
        assert self.ready() >= min(ready, least), "no plan takes what is needed away"
        heals = [a.group for a in decided.actions if isinstance(a, DeleteGroup) and a.why is Reason.HEALING]
        if any(map(ailing, heals)):
            assert self.may_serve() >= self.spared(), "nor by a heal what may still serve"
        if self.allowance is not None:
            begun = self.status.heals.replacing if self.status.heals is not None else 0
            assert decided.healing >= begun
            assert not any(map(guarded, heals)) or decided.healing <= self.allowance, "the limit on heals"
        assert not (holds(self.status, ConditionType.READY) and self.ready() < self.wanted)
        self._check_births(decided)
        return decided

    def _check_births(self, decided: Plan) -> None:
        born = {action.revision.name for action in decided.actions if isinstance(action, CreateGroup)}
        update = decided.status.update_revision
        older = [g for g in self.groups.values() if g.metadata.labels[keys.LABEL_REVISION] != update]
        if self.service.spec.strategy.type is StrategyType.RECREATE and update in born:
            assert all(group.status.state is State.LOST for group in older), "the old ones have ended first"
        rolling = decided.status.progress is not None and not decided.status.progress.complete
        if self.paused and rolling and update != decided.status.current_revision:
            assert update not in born, "nothing of a new revision is made while paused"

    def become(self, group: ContainerGroup, state: State, *, ready: bool = False, why: Reason | None = None) -> None:
        before = group.status
        said = verdict(state, ready=ready) if why is None else Verdict.underway(why, "it does not get well")
        shown = before.model_copy(
            update={
                "state": state,
                "requested_at": before.requested_at or self.now,
                "accepted_at": before.accepted_at or self.now,
                "ready_at": before.ready_at or (self.now if ready else None),
                "failed_at": (before.failed_at or self.now) if state.dead else None,
                "ip": "20.0.0.1" if ready else None,
                "conditions": (*judged(before.conditions, said, 1, self.now), *_drifted(before.conditions)),
            }
        )
        self.groups[group.metadata.name] = group.model_copy(update={"status": shown})

    def settle(self, *, hanging: str = "", broken: str = "", deadline: int = NEVER, paused: bool = False) -> None:
        """From here on nothing else fails than these images: what is started becomes ready, what is ending ends.

        What hangs never gets ready, and is given up where it did before. What is broken is tried for ever, ever more
        seldom, where there is nothing to go back to: that is no rest, and no harm.
        """
        quiet, self.paused, self.allowance, self.deadline = 0, paused, None, deadline
        for _ in range(STEPS):
            decided = self.reconcile()
            before = dict(self.groups)
            for group in self.in_order():
                image = image_of(group)
                if ending(group):
                    del self.groups[group.metadata.name]
                elif image == hanging and not is_ready(group):
                    if group.status.accepted_at is None:
                        self.become(group, State.CREATING)
                    elif group.status.state is State.RUNNING:
                        self.become(group, State.FAILED, why=Reason.STUCK)
                elif image == broken and not is_ready(group):
                    if group.status.failed_at is None:
                        self.become(group, State.FAILED, why=Reason.START_FAILED)
                elif group.status.state not in {State.FAILED, State.LOST} and not is_ready(group):
                    self.become(group, State.RUNNING, ready=True)
            quiet = quiet + 1 if not decided.actions and before == self.groups and decided.after is None else 0
            if quiet == 2:
                return
            self.now += timedelta(seconds=30)
        tried_on = broken and self.status.current_revision == self.status.update_revision
        assert tried_on, "it does not come to rest"


def image_of(group: ContainerGroup) -> str:
    return group.spec.template.containers[0].image


def ending(group: ContainerGroup) -> bool:
    return group.metadata.deletion_timestamp is not None


def _drifted(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    return tuple(known for known in conditions if known.type == ConditionType.DRIFTED)


def is_ready(group: ContainerGroup) -> bool:
    return bool(group.status.conditions) and holds(group.status, ConditionType.READY)
