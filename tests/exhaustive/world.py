"""How large a small world is."""

from dataclasses import dataclass

from tests.exhaustive.draft import IDLE
from tests.exhaustive.state import BARE, NOBODY, Cloud, Group, Operator, Phase, Service, State, View

CRASH, LIST, GET, FAILURE, STOP, HAND = "crash", "list", "get", "failure", "stop", "by hand"
RETAG, TAKEOVER, UNLISTED = "retag", "takeover", "takeover without a list"
ROOM, BUDGET = "room", "budget"


@dataclass(frozen=True)
class World:
    """The bounds of a world.

    Attributes:
        title: What it is for.
        services: How many there are.
        replicas: The most that a user asks for.
        wanted: What the services begin with.
        images: What a user changes the template to.
        second: Whether there is a second operator, whose watch lags at will.
        lease: Whether only one of them writes; if not, the second one's workers lag as well.
        changes: How many a user makes on one path.
        faults: How many may happen on one path.
        faults_of: Which kinds, besides lost and refused answers and late reads.
        bare: Whether a group object stands alone, whose name a foreign group in Azure has.
        stranger: Whether a foreign container group of another name is there.
        places: How many placements the services begin with.
        deadline: Whether a rollout has two ticks for each replica; if not, it has for ever.
    """

    title: str
    services: int = 1
    replicas: int = 2
    wanted: int = 1
    images: tuple[str, ...] = ("v1", "v2")
    second: bool = False
    lease: bool = True
    changes: int = 1
    faults: int = 1
    faults_of: frozenset[str] = frozenset({CRASH, LIST, GET, FAILURE, STOP, HAND})
    bare: bool = False
    stranger: bool = False
    places: int = 1
    deadline: bool = False

    @property
    def relists(self) -> bool:
        """Whether whoever takes the Lease lists all objects first: what it saw before is all one then."""
        return UNLISTED not in self.faults_of

    def first(self) -> State:
        """Return the state in which the objects have just been made."""
        service = Service(self.wanted, self.images[0], allowed=self.wanted)
        services = (service,) * self.services
        groups = (Group(1, BARE, self.images[0], finalizer=False),) if self.bare else ()
        cloud = (Cloud(1, Phase.RUNNING, foreign=True),) if self.bare or self.stranger else ()
        plans = (IDLE,) * self.services
        view = View(tuple((it, True) for it in services), tuple((group, True) for group in groups))
        operators = [Operator(None, None, (), plans, ())]
        if self.second:
            operators.append(Operator(None, view, (), plans, ()))
        return State(self.faults, self.changes, 0 if self.lease else NOBODY, services, groups, cloud, tuple(operators))
