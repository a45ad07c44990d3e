"""What exists in the emulated Azure: resource groups, container groups, their containers and operations."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aci_emulator.life.script import PLAIN, Script
from aci_emulator.regions import normal

GROUP_TYPE = "Microsoft.ContainerInstance/containerGroups"

Verb = Literal["create", "update", "start", "restart", "delete"]
Outcome = Literal["Succeeded", "Failed", "Canceled"]
Phase = Literal[
    "idle",
    "waiting",
    "pulling",
    "pull-back-off",
    "starting",
    "start-back-off",
    "running",
    "back-off",
    "stopping",
    "over",
]
"""What a container is doing: "waiting" for its turn, "over" when its run has ended for good, "idle" when nothing will
happen to it by itself."""


@dataclass(frozen=True)
class Event:
    """One entry of an instance view; a repeat raises `count` and `last`."""

    name: str
    message: str
    first: datetime
    last: datetime
    count: int = 1
    type: str = "Normal"


@dataclass(frozen=True)
class Run:
    """A state of a container: Running, Waiting or Terminated."""

    state: str
    detail: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    exit_code: int | None = None


@dataclass(frozen=True)
class Container:
    """A container's life.

    Attributes:
        restarts: those by the restart policy and the platform, not a user's (recorded).
        due: when something happens to it next.
        tries: pulls and starts that failed in a row.
        crashes: runs that ended in a row without one that went well.
    """

    name: str
    image: str
    current: Run | None = None
    previous: Run | None = None
    restarts: int = 0
    events: tuple[Event, ...] = ()
    script: Script = PLAIN
    phase: Phase = "idle"
    due: datetime | None = None
    tries: int = 0
    crashes: int = 0

    @property
    def running(self) -> bool:
        """Whether its view says Running."""
        return self.current is not None and self.current.state == "Running"

    @property
    def up(self) -> bool:
        """Whether it was started since its group's last operation began."""
        return self.phase in {"running", "back-off", "over"}

    @property
    def failed(self) -> bool:
        """Whether its run ended for good, and badly."""
        return self.phase == "over" and self.current is not None and self.current.exit_code != 0


@dataclass(frozen=True)
class Operation:
    """A long-running operation. While it runs, its group has the truth about it.

    Attributes:
        id: a guid.
        group: key of the container group.
        resource_id: ARM id of the container group.
        started: when the request was accepted.
        working: until then the status is Pending.
        deadline: what has not succeeded by then fails.
        failure: the sentence of a failure that is certain from the start: nothing is done until the deadline.
        unmountable: a volume of the group cannot be mounted: its containers wait until the deadline.
        persists: the group keeps trying after the deadline.
        waiting_state: instanceView.state of a group that is placed and not up.
        placed: whether work has begun.
        ended: when it ended, with its outcome and, unless it succeeded, its message.
    """

    id: str
    verb: Verb
    subscription: str
    location: str
    group: str
    resource_id: str
    started: datetime
    working: datetime
    deadline: datetime
    failure: str | None = None
    unmountable: bool = False
    persists: bool = False
    waiting_state: str = "Pending"
    placed: bool = False
    ended: datetime | None = None
    outcome: Outcome | None = None
    message: str = ""


@dataclass(frozen=True)
class Group:
    """A container group.

    Attributes:
        uid: differs between two groups of one name.
        location: as it was sent; `region` is its normal form.
        properties: the request's properties as Azure gives them back, without anything write-only.
        provisioning: provisioningState.
        state: instanceView.state.
        ip: present once it runs; a private group shows 0.0.0.0 while it is placed.
        next_ip: the address it gets when the running operation ends.
        operation: the last one, which may have ended.
        due: when something happens to it or to one of its containers next.
        puts: how many PUTs this group had.
    """

    uid: str
    name: str
    subscription: str
    resource_group: str
    location: str
    created: datetime
    properties: dict[str, Any]
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    tags: dict[str, str] | None = None
    zones: list[str] | None = None
    identity: dict[str, Any] | None = None
    provisioning: str = "Pending"
    state: str = "Pending"
    ip: str | None = None
    next_ip: str | None = None
    events: tuple[Event, ...] = ()
    operation: Operation | None = None
    due: datetime | None = None
    puts: int = 1

    @property
    def id(self) -> str:
        """ARM's resource id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.ContainerInstance/containerGroups/{self.name}"
        )

    @property
    def key(self) -> str:
        """The id in lower case: ARM's ids do not tell cases apart."""
        return self.id.lower()

    @property
    def region(self) -> str:
        """The location in its normal form."""
        return normal(self.location)

    @property
    def transition(self) -> Operation | None:
        """The operation that is running on it, as of the last advance."""
        return self.operation if self.operation is not None and self.operation.ended is None else None

    @property
    def transitioning(self) -> bool:
        """Whether an operation is running on it."""
        return self.transition is not None

    @property
    def leaving(self) -> bool:
        """Whether it is being deleted by an operation: nothing else happens to it any more."""
        return self.transition is not None and self.transition.verb == "delete"

    @property
    def restart_policy(self) -> str:
        """Always unless the request said otherwise."""
        return str(self.properties.get("restartPolicy", "Always"))

    @property
    def ended(self) -> bool:
        """Whether its run is over (or never began): a PUT then deploys it anew."""
        return self.state in {"Succeeded", "Failed"} or self.provisioning == "Failed"

    @property
    def cores(self) -> float:
        """CPU that all containers request."""
        return sum(float(item["properties"]["resources"]["requests"]["cpu"]) for item in self.properties["containers"])

    @property
    def memory(self) -> float:
        """Memory in GB that all containers request."""
        containers = self.properties["containers"]
        return sum(float(item["properties"]["resources"]["requests"]["memoryInGB"]) for item in containers)

    @property
    def subnets(self) -> list[str]:
        """The ids of a private group's subnets, in lower case."""
        return [str(subnet["id"]).lower() for subnet in self.properties.get("subnetIds", [])]

    def deleted(self, now: datetime) -> bool:
        """Whether the operation that deletes it is over."""
        operation = self.transition
        return operation is not None and operation.verb == "delete" and operation.deadline <= now

    @property
    def spot(self) -> bool:
        """Whether it may be evicted."""
        return self.properties.get("priority") == "Spot"

    @property
    def starts(self) -> int:
        """How often its containers were started, a PUT's restart included."""
        return max((sum(e.count for e in c.events if e.name == "Started") for c in self.containers), default=0)


@dataclass(frozen=True)
class ResourceGroup:
    """A resource group. `gone_at` is set while it is being deleted."""

    name: str
    subscription: str
    location: str
    tags: dict[str, str] | None = None
    gone_at: datetime | None = None

    @property
    def id(self) -> str:
        """ARM's resource id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()


@dataclass
class Subscription:
    """A subscription. `registered_at` is when Microsoft.ContainerInstance becomes registered; None: not asked for."""

    id: str
    registered_at: datetime | None = field(default=None)
