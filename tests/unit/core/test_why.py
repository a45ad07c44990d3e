"""Why replicas are made and replaced."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.service import why
from aci_operator.core.service.change import Situation

from tests.unit.core.builders import changed, failed, replica
from tests.unit.core.situations import situation

NEVER_UP = failed(3)
WAITING = replica(4, state=State.PENDING)
DRIFTED = changed(1, "v2")
OLD = replica(2)
UPDATED = replica(5, "v2")
STARTING = replica(6, "v2", ready=False)


@pytest.mark.parametrize(
    ("dead", "growing", "reason"),
    [
        pytest.param((), True, Reason.SCALING, id="more are wanted"),
        pytest.param((WAITING,), True, Reason.SCALING, id="more are wanted and one has no room"),
        pytest.param((), False, Reason.HEALING, id="one is missing"),
        pytest.param((NEVER_UP,), False, Reason.HEALING, id="one failed"),
        pytest.param((WAITING,), False, Reason.PLACEMENT, id="one has no room"),
        pytest.param((WAITING, NEVER_UP), False, Reason.HEALING, id="one has no room and one failed"),
    ],
)
def test_why_one_that_is_missing_is_made(dead: tuple[ContainerGroup, ...], growing: bool, reason: Reason) -> None:
    assert why.missing(situation(dead=dead, growing=growing)) is reason


@pytest.mark.parametrize(
    ("seen", "reasons"),
    [
        pytest.param(situation([OLD]), ["RollingOut", "RollingOut"], id="an older one is there"),
        pytest.param(situation([OLD], dead=(NEVER_UP,)), ["RollingOut", "RollingOut"], id="and one failed"),
        pytest.param(
            situation([DRIFTED], changed=frozenset({DRIFTED.metadata.name})), ["Drifted", "Drifted"], id="one drifted"
        ),
        pytest.param(situation([UPDATED]), ["Healing", "Healing"], id="no rollout, some are missing"),
        pytest.param(situation([UPDATED], growing=True), ["Scaling", "Scaling"], id="no rollout, more are wanted"),
        pytest.param(situation([UPDATED], rolling=True), ["RollingOut", "RollingOut"], id="the last of a rollout"),
        pytest.param(
            situation([UPDATED], rolling=True, dead=(NEVER_UP,)), ["Healing", "RollingOut"], id="of which one failed"
        ),
    ],
)
def test_why_two_of_the_update_are_made_past_its_canary(seen: Situation, reasons: list[str]) -> None:
    assert why.updated(seen, 2) == reasons


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(situation([UPDATED], wanted=1), Reason.ROLLING_OUT, id="enough serve"),
        pytest.param(situation([UPDATED], wanted=1, growing=True), Reason.SCALING, id="more are wanted"),
        pytest.param(situation([UPDATED], wanted=1, dead=(NEVER_UP,)), Reason.HEALING, id="one failed"),
        pytest.param(situation([UPDATED, STARTING], wanted=2), Reason.HEALING, id="one does not serve"),
    ],
)
def test_why_one_is_made_beside_a_canary_that_moves(seen: Situation, reason: Reason) -> None:
    assert why.beside_a_canary(seen) is reason


@pytest.mark.parametrize(("group", "reason"), [(WAITING, Reason.PLACEMENT), (NEVER_UP, Reason.HEALING)])
def test_why_what_is_of_no_use_is_replaced(group: ContainerGroup, reason: Reason) -> None:
    assert why.buried(group) is reason


def test_why_what_is_outdated_is_replaced() -> None:
    elsewhere = replica(3, "v2")
    names: dict[str, Any] = {
        "changed": frozenset({DRIFTED.metadata.name}),
        "elsewhere": frozenset({elsewhere.metadata.name}),
    }
    seen = situation([DRIFTED, OLD, elsewhere], **names)
    assert [why.replaced(seen, group) for group in seen.outdated] == [
        Reason.DRIFTED,
        Reason.ROLLING_OUT,
        Reason.ROLLING_OUT,
    ]
