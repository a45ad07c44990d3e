"""Anything that can be seen of one service, likely or not: what the laws are tried on."""

from itertools import product
from typing import Any, Final

from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, Progress, Service, ServiceStatus
from aci_operator.core.service.observation import Observation
from hypothesis import strategies as st

from tests.unit.core.builders import T0, at, replica, revision, service

# Made once: to draw an object is cheap, to make one is not.
IMAGES: Final = ("v1", "v2", "v3")
REPLICAS: Final = [
    [
        replica(number, image, state=state, ready=is_ready, proven=proven, ending=ends, since=since, stalled=stalled)
        for image, (state, is_ready, proven, stalled), ends, since in product(
            IMAGES,
            [
                (None, False, False, None),
                (State.PENDING, False, False, Reason.FORBIDDEN),
                (State.PENDING, False, False, None),
                (State.CREATING, False, False, None),
                (State.RUNNING, True, True, None),
                (State.RUNNING, False, True, None),
                (State.FAILED, False, True, None),
                (State.FAILED, False, False, None),
                (State.LOST, False, True, None),
                (State.SUCCEEDED, False, True, None),
            ],
            [False, True],
            [-300, -5],
        )
    ]
    for number in range(1, 6)
]
STRATEGIES: Final[list[dict[str, Any]]] = [
    {},
    {"type": "Recreate"},
    {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
    {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": "50%", "canary": 0}},
    {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0, "canary": 2}},
]
SERVICES: Final = [
    service(wanted, image=image, strategy=strategy, paused=paused, meta_generation=3, **meta)
    for wanted, image, strategy, paused, meta in product(
        [0, 1, 3, 4],
        ["v1", "v2"],
        STRATEGIES,
        [False, True],
        [{}, {"meta_finalizers": ()}, {"meta_deletion_timestamp": T0}],
    )
]
NOW_OVERDUE: Final = Progress(revision=revision("v2").name, running_since=at(-4000))
HEALS: Final = Heals(
    revision=revision("v1").name, failures=2, relapses=1, replacing=2, failed_at=at(-60), replaced_at=T0
)
named = st.sampled_from([revision(image).name for image in IMAGES])
statuses = st.one_of(
    st.builds(ServiceStatus, observed_generation=st.sampled_from([-1, 2]), serial=st.integers(0, 9)),  # of no plan yet
    st.builds(
        ServiceStatus,
        observed_generation=st.sampled_from([2, 3]),
        replicas=st.integers(0, 5),
        available_replicas=st.integers(0, 4),
        established_replicas=st.integers(0, 4),
        current_revision=named,
        update_revision=named,
        served_revision=st.one_of(st.none(), named),
        progress=st.sampled_from([None, NOW_OVERDUE, Progress(revision=revision("v2").name, complete=True)]),
        heals=st.sampled_from([None, HEALS]),
        serial=st.integers(0, 9),
    ),
)


@st.composite
def looks(draw: st.DrawFn) -> Observation:
    """Anything that can be seen of one service, likely or not."""
    subject: Service = draw(st.sampled_from(SERVICES))
    present = [draw(st.sampled_from(choices)) for choices in REPLICAS if draw(st.booleans())]
    stored = draw(st.sampled_from([(), ("v1",), ("v1", "v2"), ("v1", "v2", "v3")]))
    return Observation(
        service=subject.model_copy(update={"status": draw(statuses)}),
        groups=present,
        revisions=[revision(image, number) for number, image in enumerate(stored, start=1)],
        now=T0,
        unreadable=draw(st.sampled_from([(), (), ("llm-9-zzzzzzzz",)])),
        heritage=draw(st.sampled_from([(), (), None])),
        refused=draw(st.sampled_from([None, None, "it is forbidden"])),
        allowance=draw(st.sampled_from([None, 0, 2])),
    )


lives = looks().filter(lambda o: o.service.metadata.deletion_timestamp is None)


@st.composite
def rollouts(draw: st.DrawFn, /, **status: Any) -> Observation:
    """A rollout from v1 to v2, with some of each: those of v1 serve, those of v2 serve or start."""
    old, new, wanted = draw(st.integers(1, 4)), draw(st.integers(0, 4)), draw(st.integers(1, 4))
    states = [draw(st.sampled_from([State.CREATING, State.RUNNING])) for _ in range(new)]
    groups = [replica(number) for number in range(1, old + 1)]
    groups += [replica(old + number, "v2", state=state) for number, state in enumerate(states, start=1)]
    known = ServiceStatus(replicas=old + new, serial=old + new, current_revision=revision().name, **status)
    subject = service(wanted, image="v2", strategy=draw(st.sampled_from(STRATEGIES)), status=known)
    return Observation(subject, groups, [revision(), revision("v2", 2)], T0)
