"""The engine's ports, small enough to be read at one glance."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.reasons import Act, Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.cloud import CloudContainer, CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import ApiUnavailable, Conflict, NotFound, ObjectGone, Remaining
from aci_operator.core.group.observation import Timing
from aci_operator.core.revision import Revision
from aci_operator.core.service.share import Share
from aci_operator.core.shortage import Shortage
from aci_operator.core.usage import Usage
from aci_operator.engine.budgets.budgets import Budgets
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.chronicle import Chronicle
from aci_operator.engine.fleet import Fleet
from aci_operator.engine.groups import Groups
from aci_operator.engine.memories import Memories
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Key, Notice, Object
from aci_operator.engine.reads import Reads
from aci_operator.engine.services import Services
from aci_operator.engine.shortages import Shortages
from aci_operator.engine.surroundings import Surroundings
from aci_operator.engine.telemetry import BudgetLevel
from aci_operator.engine.usages import Usages

from tests.unit.core.builders import CLUSTER, SUBSCRIPTION, T0


def now() -> datetime:
    """Return the moment on the loop's clock."""
    return T0 + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class Telemetry:
    """Remembers what was counted."""

    passes: list[tuple[str, str]] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    states: list[dict[str, int]] = field(default_factory=list)
    acts: Counter[tuple[Act, Reason]] = field(default_factory=Counter)
    heals: Counter[Reason] = field(default_factory=Counter)
    places: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    short: list[Shortage] = field(default_factory=list)
    levels: list[BudgetLevel] = field(default_factory=list)
    waits: list[tuple[str, float]] = field(default_factory=list)
    ratios: dict[tuple[str, str, str], float] = field(default_factory=dict)
    rounds: list[tuple[int, int]] = field(default_factory=list)

    def reconciled(self, kind: str, result: Literal["success", "error", "conflict"], seconds: float) -> None:
        assert seconds >= 0
        self.passes.append((kind, result))

    def queued(self, kind: str, depth: int) -> None:
        assert kind
        self.depths.append(depth)

    def arm_request(self, operation: str, code: str, seconds: float) -> None:
        raise AssertionError(f"the engine does not count requests: {operation} {code} {seconds}")

    def groups_by_state(self, counts: Mapping[str, int]) -> None:
        self.states.append(dict(counts))

    def acted(self, act: Act, why: Reason, count: int) -> None:
        self.acts[act, why] += count

    def healed(self, cause: Reason) -> None:
        self.heals[cause] += 1

    def placed(self, location: str, zone: str | None) -> None:
        self.places[location, zone] += 1

    def shortages(self, present: Sequence[Shortage]) -> None:
        self.short = list(present)

    def budgets(self, levels: Sequence[BudgetLevel]) -> None:
        self.levels = list(levels)

    def quotas(self, ratios: Mapping[tuple[str, str, str], float]) -> None:
        self.ratios = dict(ratios)

    def waited(self, kind: str, seconds: float) -> None:
        self.waits.append((kind, seconds))

    def orphans(self, found: int, held_back: int) -> None:
        self.rounds.append((found, held_back))


@dataclass
class Leadership:
    """Held, until a test says otherwise."""

    yes: bool = True

    def held(self) -> bool:
        return self.yes


@dataclass
class Azure:
    """Groups that start at once, and errors that a test plants: each is raised once, in their order."""

    groups: dict[GroupRef, CloudGroup] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    remaining: Remaining = field(default_factory=Remaining)
    resource_groups: set[ResourceGroupRef] = field(default_factory=set)
    effect_though_lost: bool = False
    usages: list[Usage] = field(default_factory=list)
    asked_usages: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.01

    def count(self, verb: str) -> int:
        return sum(1 for called, _ in self.calls if called == verb)

    async def _call(self, verb: str, name: str) -> None:
        self.calls.append((verb, name))
        await asyncio.sleep(self.seconds)
        if self.errors[verb] and not self.effect_though_lost:
            raise self.errors[verb].pop(0)

    async def get(self, ref: GroupRef) -> CloudGroup:
        await self._call("get", ref.name)
        if ref not in self.groups:
            raise NotFound
        return self.groups[ref]

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        await self._call("list", scope.name)
        shown = [group for ref, group in self.groups.items() if ref.scope == scope]
        return [replace(group, state="", containers=()) for group in shown]

    async def list_subscription(self, subscription_id: str) -> Sequence[CloudGroup]:
        await self._call("list_subscription", subscription_id)
        return [group for ref, group in self.groups.items() if ref.scope.subscription_id == subscription_id]

    async def list_usages(self, subscription_id: str, location: str) -> Sequence[Usage]:
        self.asked_usages.append((subscription_id, location))
        await asyncio.sleep(self.seconds)
        if self.errors["list_usages"]:
            raise self.errors["list_usages"].pop(0)
        return self.usages

    async def put(self, ref: GroupRef, body: Mapping[str, Any]) -> tuple[CloudGroup, Remaining]:
        await self._call("put", ref.name)
        self.groups[ref] = CloudGroup(
            ref,
            str(body["location"]),
            dict(body["tags"]),
            provisioning_state="Succeeded",
            ip=f"20.0.0.{len(self.groups) + 1}",
            state="Running",
            containers=(CloudContainer("api", "Running", started_at=now()),),
        )
        if self.errors["put"]:
            raise self.errors["put"].pop(0)
        return self.groups[ref], self.remaining

    async def delete(self, ref: GroupRef) -> Remaining:
        await self._call("delete", ref.name)
        self.groups.pop(ref, None)
        if self.errors["delete"]:
            raise self.errors["delete"].pop(0)
        return self.remaining

    async def replace_tags(self, ref: GroupRef, tags: Mapping[str, str]) -> None:
        await self._call("replace_tags", ref.name)
        self.groups[ref] = replace(self.groups[ref], tags=dict(tags))
        if self.errors["replace_tags"]:
            raise self.errors["replace_tags"].pop(0)

    async def has_resource_group(self, scope: ResourceGroupRef) -> bool:
        await self._call("has_resource_group", scope.name)
        return scope in self.resource_groups

    async def create_resource_group(self, scope: ResourceGroupRef, location: str, tags: Mapping[str, str]) -> None:
        assert location
        assert tags
        await self._call("create_resource_group", scope.name)
        self.resource_groups.add(scope)
        if self.errors["create_resource_group"]:
            raise self.errors["create_resource_group"].pop(0)


@dataclass
class Cluster:
    """Objects with versions; writes of an old version are refused."""

    services: dict[Key, Service] = field(default_factory=dict)
    groups: dict[Key, ContainerGroup] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    lose_status: int | None = None
    """How many writes of a status pass before one whose effect comes about and whose answer is lost."""
    unseen: dict[Key, ContainerGroup] = field(default_factory=dict)
    unseen_services: dict[Key, Service] = field(default_factory=dict)
    whole: bool = True
    version: int = 100

    def put(self, *subjects: Service | ContainerGroup) -> None:
        for subject in subjects:
            if isinstance(subject, Service):
                self.services[_key(subject)] = subject
            else:
                self.groups[_key(subject)] = subject

    def service(self, key: Key) -> Service | None:
        return self.services.get(key)

    def group(self, key: Key) -> ContainerGroup | None:
        return self.groups.get(key)

    def groups_of(self, service: Service) -> Sequence[ContainerGroup]:
        uid = service.metadata.uid
        return [it for it in self.groups.values() if it.metadata.labels.get(keys.LABEL_SERVICE_UID) == uid]

    def unreadable_of(self, service: Service) -> Sequence[str]:
        assert service
        return ()

    def strays_of(self, service: Service) -> Sequence[ContainerGroup]:
        own = self.groups_of(service)
        name = service.metadata.name
        return [
            it for it in self.groups.values() if it.metadata.labels.get(keys.LABEL_SERVICE) == name and it not in own
        ]

    def service_keys(self) -> Sequence[Key]:
        return list(self.services)

    def group_keys(self) -> Sequence[Key]:
        return list(self.groups)

    def group_count(self) -> int:
        return len(self.groups)

    def group_uids(self) -> Collection[str]:
        return {group.metadata.uid for group in self.groups.values()}

    def group_states(self) -> Mapping[str, int]:
        return Counter(group.status.state.value for group in self.groups.values() if group.status.state)

    def places(self) -> Collection[tuple[str, str]]:
        named = [it.spec for it in self.services.values()] + [it.spec for it in self.groups.values()]
        return {((spec.subscription_id or "").lower(), spec.resource_group.lower()) for spec in named}

    def revisions_of(self, service: Service) -> Sequence[Revision]:
        assert service
        return list(self.revisions)

    def complete(self) -> bool:
        return self.whole

    async def set_finalizers(self, subject: Object, finalizers: Sequence[str]) -> Object:
        self._write("set_finalizers", subject)
        if not finalizers and subject.metadata.deletion_timestamp is not None:
            self.services.pop(_key(subject), None)
            self.groups.pop(_key(subject), None)
            return subject
        return self._store(subject, finalizers=tuple(finalizers))

    async def write_status(self, subject: Object, status: ServiceStatus | GroupStatus) -> Object:
        self._write("write_status", subject)
        written = self._store(subject.model_copy(update={"status": status}))
        if self.lose_status is not None:
            self.lose_status -= 1
            if self.lose_status < 0:
                self.lose_status = None
                raise ApiUnavailable("the connection was cut")
        return written

    async def create_group(self, group: ContainerGroup) -> ContainerGroup:
        self._raise("create_group")
        return self._store(group, uid=f"uid-of-{group.metadata.name}", generation=1, creation_timestamp=now())

    async def delete_group(self, group: ContainerGroup) -> None:
        self._write("delete_group", group)
        self._store(group, deletion_timestamp=now())

    async def adopt_group(self, group: ContainerGroup, service: Service) -> ContainerGroup:
        self._write("adopt_group", group)
        labels = {**group.metadata.labels, keys.LABEL_SERVICE_UID: service.metadata.uid}
        return self._store(group, labels=labels)

    async def release_group(self, group: ContainerGroup) -> ContainerGroup:
        self._write("release_group", group)
        return self._store(group, owner_references=())

    async def hand_down(self, group: ContainerGroup, policy: DeletionPolicy, min_ready: int) -> ContainerGroup:
        self._write("hand_down", group)
        spec = group.spec.model_copy(update={"deletion_policy": policy, "min_ready_seconds": min_ready})
        return self._store(group.model_copy(update={"spec": spec}))

    async def create_revision(self, service: Service, revision: Revision) -> None:
        assert service
        self._raise("create_revision")
        self.revisions.append(revision)

    async def delete_revision(self, service: Service, revision: Revision) -> None:
        assert service
        self._raise("delete_revision")
        self.revisions.remove(revision)

    async def fetch_group(self, key: Key) -> ContainerGroup | None:
        if self.errors["fetch_group"]:
            raise self.errors["fetch_group"].pop(0)
        return self.groups.get(key) or self.unseen.get(key)

    async def fetch_service(self, key: Key) -> Service | None:
        if self.errors["fetch_service"]:
            raise self.errors["fetch_service"].pop(0)
        return self.services.get(key) or self.unseen_services.get(key)

    async def notify(self, notice: Notice) -> None:
        self.notices.append(notice)

    def _raise(self, verb: str) -> None:
        self.writes.append(verb)
        if self.errors[verb]:
            raise self.errors[verb].pop(0)

    def _write(self, verb: str, subject: Service | ContainerGroup) -> None:
        self._raise(verb)
        key = _key(subject)
        present = self.services.get(key) if isinstance(subject, Service) else self.groups.get(key)
        if present is None:
            raise ObjectGone(str(key))
        if present.metadata.resource_version != subject.metadata.resource_version:
            raise Conflict(str(key))

    def _store(self, subject: Object, **metadata: Any) -> Object:
        self.version += 1
        meta = subject.metadata.model_copy(update={**metadata, "resource_version": str(self.version)})
        stored = subject.model_copy(update={"metadata": meta})
        self.put(stored)
        return stored


def _key(subject: Service | ContainerGroup) -> Key:
    return Key(subject.metadata.namespace, subject.metadata.name)


def request(namespace: str, name: str) -> Request:
    """Return what a group without a service asks of a budget."""
    return Request(Key(namespace, name), service=Key(namespace, name), share=Share.GROWTH)


class Scene:
    """Both loops over the fakes, without workers: a test makes each pass itself."""

    def __init__(self, *subjects: Service | ContainerGroup, timing: Timing | None = None) -> None:
        self.cluster, self.azure, self.leadership = Cluster(), Azure(), Leadership()
        self.cluster.put(*subjects)
        self.telemetry = Telemetry()
        self.woken: list[Key] = []
        self.pauses = Pauses(now)
        self.reads = Reads(self.azure, self.pauses)
        self.usages = Usages(self.reads, now)
        self.fleet = Fleet(self.reads, now, self.woken.append, busy=5, quiet=30)
        durations = timing or Timing()
        self.around = Surroundings(
            cluster=self.cluster,
            azure=self.azure,
            leadership=self.leadership,
            reads=self.reads,
            pauses=self.pauses,
            fleet=self.fleet,
            budgets=Budgets(),
            shortages=Shortages(self.usages),
            usages=self.usages,
            telemetry=self.telemetry,
            chronicle=Chronicle(self.cluster, self.telemetry),
            clock=now,
            cluster_id=CLUSTER,
            default_subscription=SUBSCRIPTION,
            timing=lambda: durations,
            wake_service=self.woken.append,
            wake_group=self.woken.append,
            chance=random.Random(1),
        )
        self.memories = Memories(now, self.around.timing, self.around.chance)
        self.groups = Groups(self.around, self.memories)
        self.services = Services(self.around, self.memories)

    def only_group(self) -> ContainerGroup:
        (group,) = self.cluster.groups.values()
        return group

    async def live(self, key: Key, seconds: float) -> None:
        """Make passes over a group for a while: when one is due, and when the fleet wakes it."""
        end = now() + timedelta(seconds=seconds)
        while now() < end:
            self.woken.clear()
            after = await self.groups.reconcile(key)
            due = min(end, now() + timedelta(seconds=seconds if after is None else after))
            while now() < due and key not in self.woken:  # noqa: ASYNC110 - on a virtual clock, a look costs nothing
                await asyncio.sleep(min(0.1, (due - now()).total_seconds()))

    async def close(self) -> None:
        await self.fleet.close()
        await self.usages.close()
