"""The worlds that are explored: small ones in every run of the tests, large ones for an hour of their own."""

from typing import Final

from tests.exhaustive.world import BUDGET, CRASH, FAILURE, HAND, LIST, RETAG, ROOM, TAKEOVER, UNLISTED, World

ONE: Final = ("v1",)

SMALL: Final = {
    "birth": World("one replica is born, and one thing fails", replicas=1, images=ONE, changes=0),
    "rollout": World("one change of number or template", replicas=1, faults=0),
    "scale": World("two replicas, and one change of their number", wanted=2, images=ONE, faults=0),
    "foreign": World(
        "a foreign group has the name of an object, and two operators write",
        services=0,
        bare=True,
        faults=2,
        second=True,
        lease=False,
    ),
    "takeover": World(
        "the Lease changes hands",
        replicas=1,
        images=ONE,
        changes=0,
        second=True,
        faults_of=frozenset({TAKEOVER, CRASH}),
    ),
    "room": World(
        "one replica, two places, and Azure has no room, twice",
        replicas=1,
        images=ONE,
        places=2,
        changes=0,
        faults=2,
        faults_of=frozenset({ROOM}),
    ),
    "budget": World(
        "one replica, one change of its number, and Azure's budgets are used up once",
        replicas=1,
        images=ONE,
        faults_of=frozenset({BUDGET}),
    ),
    "late": World(
        "one replica that may take longer than the deadline, and fails or is deleted by hand",
        replicas=1,
        images=ONE,
        changes=0,
        faults_of=frozenset({FAILURE, HAND}),
        deadline=True,
    ),
    "deadline": World("a rollout that may take longer than its deadline", replicas=1, faults=0, deadline=True),
}

FOR_BUGS: Final = {
    "deletion": World("one replica, one change, and one answer is lost", replicas=1, images=ONE, faults_of=frozenset()),
    "conflict": World("a user changes the number under a plan", wanted=2, images=ONE, faults=0),
    "to and fro": World("a user changes the number, and changes it back", wanted=2, images=ONE, changes=2, faults=0),
    "no Lease": World(
        "two operators write at once",
        replicas=1,
        images=ONE,
        changes=0,
        second=True,
        lease=False,
        faults=0,
    ),
    "no room": World(
        "two replicas, and one is refused for want of room",
        wanted=2,
        images=ONE,
        places=2,
        changes=0,
        faults_of=frozenset({ROOM}),
    ),
    "lagging": World(
        "who takes the Lease works on what it has seen before",
        replicas=1,
        images=ONE,
        second=True,
        faults_of=frozenset({UNLISTED}),
    ),
}
"""Too large to be closed, or wrong: a bug breaks them soon."""

LARGE: Final = {
    "rollouts": World("two changes of one replica, there and back", replicas=1, changes=2, faults=0),
    "life": World("one change of one replica, and one thing fails", replicas=1, images=ONE),
    "number": World("up to three replicas", replicas=3, wanted=2, images=ONE, faults=0),
    "two faults": World("one replica is born, and two things fail", replicas=1, images=ONE, changes=0, faults=2),
    "takeovers": World(
        "the Lease changes hands, twice",
        replicas=1,
        images=ONE,
        second=True,
        faults=2,
        faults_of=frozenset({TAKEOVER, CRASH, LIST}),
    ),
    "two services": World("two services, and two changes", services=2, replicas=1, images=ONE, changes=2, faults=0),
    "fallback": World(
        "up to two replicas, two places, and Azure has no room, twice",
        images=ONE,
        places=2,
        faults=2,
        faults_of=frozenset({ROOM, CRASH}),
    ),
    "budgets": World(
        "a rollout, and Azure's budgets are used up twice", replicas=1, faults=2, faults_of=frozenset({BUDGET, CRASH})
    ),
    "deadlines": World(
        "two changes, there and back, each of which may take longer than its deadline",
        replicas=1,
        changes=2,
        faults=0,
        deadline=True,
    ),
    "strangers": World(
        "somebody takes groups for his own, twice",
        replicas=1,
        images=ONE,
        stranger=True,
        faults=2,
        faults_of=frozenset({RETAG}),
    ),
}

OPEN: Final = {"no Lease": 60_000}
"""Too large to be closed, and without a bug: so many states of it hold."""
