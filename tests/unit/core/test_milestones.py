"""The turns of a rollout that are told, each once."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress, ServiceStatus
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.story import Tell

from tests.unit.core.builders import T0, replica, revision, service

V1, V2 = revision("v1", 1), revision("v2", 2)
OLD = [replica(serial) for serial in (1, 2, 3)]
NEW = [replica(serial, "v2") for serial in (4, 5, 6)]


def told(groups: Sequence[ContainerGroup], image: str = "v2", **before: Any) -> tuple[Tell, ...]:
    status = ServiceStatus(serial=9, replicas=3, **before)
    observed = Observation(service=service(3, image=image, status=status), groups=groups, revisions=[V1, V2], now=T0)
    return plan(observed).tell


def turns(groups: Sequence[ContainerGroup], image: str = "v2", **before: Any) -> list[Reason]:
    return [tell.reason for tell in told(groups, image, **before)]


def under_way(available: int = 0) -> dict[str, Any]:
    progress = Progress(revision=V2.name, available=available)
    return {"current_revision": V1.name, "update_revision": V2.name, "progress": progress}


@pytest.mark.parametrize(
    ("groups", "before", "expected"),
    [
        pytest.param(
            OLD, {"current_revision": V1.name, "update_revision": V1.name}, [Reason.ROLLOUT_STARTED], id="new"
        ),
        pytest.param(OLD, under_way(), [], id="nothing new"),
        pytest.param([*OLD, replica(4, "v2", state=State.CREATING)], under_way(), [], id="the canary starts"),
        pytest.param([*OLD, NEW[0]], under_way(), [Reason.CANARY_AVAILABLE], id="the canary is available"),
        pytest.param([*OLD, NEW[0]], under_way(1), [], id="it was told"),
        pytest.param(NEW, under_way(2), [Reason.ROLLED_OUT], id="all are there"),
        pytest.param(
            NEW,
            {**under_way(), "current_revision": V2.name, "progress": Progress(revision=V2.name, complete=True)},
            [],
            id="it was done",
        ),
        pytest.param([], {}, [], id="a new service"),
        pytest.param(
            NEW,
            {**under_way(), "current_revision": V2.name, "previous_revision": V1.name},
            [Reason.ROLLED_OUT],
            id="the way back to it",
        ),
    ],
)
def test_each_turn_is_told_once(groups: list[ContainerGroup], before: dict[str, Any], expected: list[Reason]) -> None:
    assert turns(groups, **before) == expected


def test_how_the_turns_are_told() -> None:
    served = {"current_revision": V1.name, "update_revision": V1.name}
    assert [
        *told(OLD, **served),
        *told([*OLD, NEW[0]], **under_way()),
        *told(NEW, **under_way(2)),
    ] == [
        Tell(Reason.ROLLOUT_STARTED, f"rolling out revision 2 ({V2.name})"),
        Tell(Reason.CANARY_AVAILABLE, f"1 of revision 2 ({V2.name}) available: the others follow"),
        Tell(Reason.ROLLED_OUT, f"revision 2 ({V2.name}) is rolled out"),
    ]


def test_going_back_is_a_rollout_too() -> None:
    assert turns([*OLD, NEW[0]], "v1", **under_way()) == [Reason.ROLLOUT_STARTED]
