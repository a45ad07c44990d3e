"""A state of the small world, as tuples that can be hashed.

Container groups and their objects share a number, which stands for serial and name: numbers are given in order, and a
number that nothing refers to any more is closed up, so that states which differ only by names are one. Statuses and
memories are numbers in the pools of `planners`, where their moments are kept relative to now. A resourceVersion is a
flag on whatever was copied: fresh, until somebody writes the object.
"""

from enum import StrEnum
from typing import NamedTuple

BARE = -1
"""Instead of a service's index: a group object that stands alone."""

NOBODY = -1
"""Instead of an operator's index."""


class Phase(StrEnum):
    """What a container group in Azure is doing."""

    CREATING = "Creating"
    RUNNING = "Running"
    FAILED = "Failed"
    ROOMLESS = "Roomless"
    STOPPED = "Stopped"
    ENDING = "Ending"


class Service(NamedTuple):
    """An AciService in the API server.

    Attributes:
        image: Its template.
        status: Without serial and IPs.
        ips: Numbers of the groups whose IPs the status shows.
        stored: Images of its ControllerRevisions, in the order of their numbers.
        allowed: The most replicas that were wanted since there were last no more than that.
        first: Which placement of the world's is its first; those before it were taken out of the list.
    """

    wanted: int
    image: str
    status: int = 0
    ips: tuple[int, ...] = ()
    stored: tuple[str, ...] = ()
    finalizer: bool = False
    deleting: bool = False
    allowed: int = 0
    first: int = 0


class Group(NamedTuple):
    """An AciContainerGroup in the API server.

    Attributes:
        place: Which placement of the world's it is in.
    """

    number: int
    service: int
    image: str
    status: int = 0
    retry: bool = False
    finalizer: bool = True
    deleting: bool = False
    place: int = 0


class Cloud(NamedTuple):
    """A container group in Azure.

    Attributes:
        foreign: Whether its tags are somebody else's.
        hidden: Whether reads do not show it yet.
    """

    number: int
    phase: Phase
    foreign: bool = False
    hidden: bool = False


FALSE_LIST = (Cloud(0, Phase.ENDING),)
"""A LIST that shows none of the groups, whatever there is; no group has the number 0."""


class Act(NamedTuple):
    """One side effect that a plan of a service asks for.

    Attributes:
        kind: finalizers, store, status, create or delete.
        number: Of the group to delete.
        status: Of the service, to be written; with `ips`.
        on: Whether the finalizer is to be there.
        fresh: Whether the group is still as it was when the plan was made; of a new one, whether its serial is new.
    """

    kind: str
    image: str = ""
    number: int = 0
    status: int = 0
    ips: tuple[int, ...] = ()
    on: bool = False
    retry: bool = False
    fresh: bool = True
    place: int = 0


class Plan(NamedTuple):
    """What is left to do of a service's plan; `fresh` while the service is as it was when the plan was made."""

    acts: tuple[Act, ...] = ()
    fresh: bool = True


class Step(NamedTuple):
    """The effect of a group's step whose status is written already."""

    number: int
    effect: str
    fresh: bool = True


class View(NamedTuple):
    """What a lagging operator takes for true, each with whether it still is the newest version."""

    services: tuple[tuple[Service | None, bool], ...]
    groups: tuple[tuple[Group, bool], ...]


class Operator(NamedTuple):
    """A process.

    Attributes:
        view: None for an operator whose watch never lags.
        listed: What its last LIST showed; None before the first.
        memory: By the group's number.
        plans: By the service's index.
        short: Places that Azure has refused, each with whether that is believed, or in doubt.
    """

    listed: tuple[Cloud, ...] | None
    view: View | None
    memory: tuple[tuple[int, int], ...]
    plans: tuple[Plan, ...]
    steps: tuple[Step, ...]
    short: tuple[tuple[int, bool], ...] = ()


class State(NamedTuple):
    """Everything.

    Attributes:
        faults: How many more may happen.
        changes: How many more a user may make.
        leader: Which operator holds the Lease; `NOBODY` where there is none, and all write.
        services: None for one that is gone.
        spent: Whether Azure's budgets are used up.
    """

    faults: int
    changes: int
    leader: int
    services: tuple[Service | None, ...]
    groups: tuple[Group, ...]
    cloud: tuple[Cloud, ...]
    operators: tuple[Operator, ...]
    spent: bool = False
