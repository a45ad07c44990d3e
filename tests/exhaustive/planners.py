"""The real planners, asked once for each different observation."""

from collections import Counter
from typing import Final, NamedTuple

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.reasons import State as Word
from aci_operator.api.service import Service as RealService
from aci_operator.api.service import ServiceStatus
from aci_operator.core.conditions import is_true
from aci_operator.core.group import plan as group_planner
from aci_operator.core.group.memory import Memory, Read
from aci_operator.core.group.observation import Listed, Turn
from aci_operator.core.group.observation import Observation as GroupLook
from aci_operator.core.revision import Revision
from aci_operator.core.service import plan as service_planner
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, Plan, StoreRevision
from aci_operator.core.service.observation import Observation as ServiceLook
from aci_operator.core.shortage import late

from tests.exhaustive import moments, real
from tests.exhaustive.pool import Pool
from tests.exhaustive.state import Act, Cloud, Group, Service
from tests.exhaustive.world import World
from tests.unit.core.builders import CLUSTER, T0, in_list

UNKNOWN: Final = 0
"""The memory of an object that a process has not heard of before."""

ABSENT: Final = "absent"
"""What a LIST shows of a group that is not in it."""

Short = tuple[tuple[int, bool], ...]
"""The places that an operator takes for short, as in its state."""

IP_OF: Final = "20.0.0.{}"


class Around(NamedTuple):
    """What a group's plan depends on beside the group.

    Attributes:
        alive: Whether its service is there.
        short: Whether its place is believed to have no room.
        spent: Whether Azure's budgets are used up.
    """

    alive: bool = True
    short: bool = False
    spent: bool = False


class GroupAnswer(NamedTuple):
    """What a group's plan asks for.

    Attributes:
        status: By its number.
        effect: By its class's name, "" for none.
        roomless: Whether the status tells that Azure took the group and found no room, in this tick (True) or in the
            one before (False).
    """

    status: int
    effect: str
    roomless: bool | None = None


class Planners:
    """Asks the planners, and counts what they answer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.group_statuses: Pool[GroupStatus] = Pool(moments.group_status_later, GroupStatus())
        self.service_statuses: Pool[ServiceStatus] = Pool(moments.service_status_later, ServiceStatus())
        self.memories: Pool[Memory] = Pool(moments.memory_later, Memory(look_at=T0))
        self.seen: Counter[str] = Counter()
        self._groups: dict[tuple[Group, int, Cloud | str | None, Around], GroupAnswer] = {}
        self._services: dict[tuple[int, Service, tuple[Group, ...], Short], tuple[Act, ...]] = {}
        self._reads: dict[tuple[Group, int, Cloud | None], int] = {}
        self._outdated: dict[int, int] = {}

    @property
    def asked(self) -> int:
        """How many different observations the planners were asked about."""
        return len(self._groups) + len(self._services)

    def outdated(self, status: int) -> int:
        """Return a service's status after a change of its spec."""
        if status not in self._outdated:
            self._outdated[status] = self.service_statuses.number(moments.outdated(self.service_statuses[status]))
        return self._outdated[status]

    def ready(self, status: int) -> bool:
        """Tell whether a group's status says Ready."""
        return is_true(self.group_statuses[status].conditions, ConditionType.READY)

    def lost(self, status: int) -> bool:
        """Tell whether a group's status says that it is lost."""
        return self.group_statuses[status].state is Word.LOST

    def group(self, group: Group, memory: int, listed: Cloud | str | None, around: Around) -> GroupAnswer:
        """Return the next step of a group.

        Args:
            group: Its object.
            memory: What the process knows of it.
            listed: What a LIST of this tick shows; None when there was none.
            around: What else is known.
        """
        if isinstance(listed, Cloud):
            listed = listed._replace(number=1)
        key = (group._replace(number=1), memory, listed, around)
        answer = self._groups.get(key)
        if answer is None:
            answer = self._groups[key] = self._plan_group(*key)
        return answer

    def _plan_group(self, group: Group, memory: int, listed: Cloud | str | None, around: Around) -> GroupAnswer:
        subject, recalled = self.real_group(group), self.memories[memory]
        counts = listed is not None and (recalled.wrote_at is None or recalled.wrote_at < T0)
        found = in_list(real.as_read(listed, subject)) if isinstance(listed, Cloud) else None
        step = group_planner.plan(
            GroupLook(
                group=subject,
                cluster_id=CLUSTER,
                now=T0,
                memory=recalled,
                listed=Listed(T0, found) if counts else None,
                in_service=around.alive,
                shortage=real.shortage(group.place, T0 + moments.TICK) if around.short else None,
                turn=Turn(T0 + moments.TICK, T0 + moments.TICK) if around.spent else None,
                timing=moments.TIMING,
            )
        )
        effect = "" if step.effect is None else type(step.effect).__name__
        self.seen[f"group {effect or 'waits'}: {real.reason(step.status.conditions)}"] += 1
        failed_at = step.status.failed_at if late(subject.spec, step.status) is not None else None
        roomless = {T0: True, T0 - moments.TICK: False}.get(failed_at) if failed_at is not None else None
        return GroupAnswer(self.group_statuses.number(moments.group_status_plain(step.status)), effect, roomless)

    def read(self, group: Group, memory: int, cloud: Cloud | None) -> int:
        """Return the memory after a GET of a group, which is hidden or not there for None."""
        key = (group._replace(number=1, status=0), memory, cloud and cloud._replace(number=1))
        after = self._reads.get(key)
        if after is None:
            found = None if cloud is None else real.as_read(cloud, self.real_group(group))
            after = self._reads[key] = self.memories.number(self.memories[memory].seen(Read(T0, found)))
        return after

    def service(self, index: int, service: Service, groups: tuple[Group, ...], short: Short = ()) -> tuple[Act, ...]:
        """Return the side effects that the plan of a service asks for, in their order."""
        key = (index, service._replace(allowed=0), groups, short)
        acts = self._services.get(key)
        if acts is None:
            acts = self._services[key] = tuple(self._plan_service(*key))
        return acts

    def _plan_service(self, index: int, service: Service, groups: tuple[Group, ...], short: Short) -> list[Act]:
        serial = max((*service.ips, *(group.number for group in groups)), default=0)
        subject = self._real_service(index, service, serial)
        objects = [self.real_group(group, shown=True) for group in groups]
        look = ServiceLook(
            service=subject,
            groups=objects,
            revisions=[real.revision(image, n) for n, image in enumerate(service.stored, start=1)],
            now=T0,
            shortages=[real.shortage(place, T0 + moments.TICK) for place, believed in short if believed],
            doubted=[real.shortage(place, T0) for place, believed in short if not believed],
            heritage=None if subject.status.observed_generation < 0 and not service.deleting else (),
        )
        decided = service_planner.plan(look)
        self.seen[f"service says: {real.reason(decided.status.conditions)}"] += 1
        acts: list[Act] = []
        if decided.finalizers is not None:
            acts.append(Act("finalizers", on=keys.FINALIZER in decided.finalizers))
        acts += [Act("store", _image(a.revision)) for a in decided.actions if isinstance(a, StoreRevision)]
        if decided.status != subject.status:
            ips = tuple(int(ip.rpartition(".")[2]) for ip in decided.status.ips)
            plain = moments.service_status_plain(decided.status, deadline=self._world.deadline)
            status = self.service_statuses.number(plain)
            acts.append(Act("status", status=status, ips=ips))
        numbers = {it.metadata.name: group.number for it, group in zip(objects, groups, strict=True)}
        return acts + self._actions(decided, numbers, serial)

    def _actions(self, decided: Plan, numbers: dict[str, int], highest: int) -> list[Act]:
        acts: list[Act] = []
        for action in decided.actions:
            match action:
                case CreateGroup(revision, retry=retry, serial=serial, place=place):
                    where, new = real.PLACES.index(place), serial > highest
                    acts.append(Act("create", _image(revision), retry=retry, fresh=new, place=where))
                case DeleteGroup(group):
                    acts.append(Act("delete", number=numbers[group.metadata.name]))
                case StoreRevision():
                    self.seen["service StoreRevision: before its first replica"] += 1
                    continue
                case _:
                    raise NotImplementedError(action)
            self.seen[f"service {type(action).__name__}: {action.why}"] += 1
        return acts

    def real_group(self, group: Group, *, shown: bool = False) -> ContainerGroup:
        """Return the object of a group; `shown` with an IP of its own."""
        status = self.group_statuses[group.status]
        if shown and status.ip is not None:
            status = status.model_copy(update={"ip": IP_OF.format(group.number)})
        number = group.number if shown else 1
        blank = real.group(
            group.service, group.image, number, group.retry, group.finalizer, group.deleting, group.place
        )
        return blank.model_copy(update={"status": status})

    def _real_service(self, index: int, service: Service, serial: int) -> RealService:
        ips = tuple(IP_OF.format(number) for number in service.ips)
        status = self.service_statuses[service.status].model_copy(
            update={"ips": ips, "ip_summary": real.summary(ips), "serial": serial}
        )
        blank = real.service(
            index,
            service.wanted,
            service.image,
            service.finalizer,
            service.deleting,
            real.PLACES[service.first : self._world.places],
            moments.DEADLINE if self._world.deadline else real.LONG,
        )
        return blank.model_copy(update={"status": status})


def _image(revision: Revision) -> str:
    return revision.data.template.spec.containers[0].image
