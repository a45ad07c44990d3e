"""What no place has room for: for which containers, for how long, and how it is told from other troubles."""

import pytest
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.shortage import Shortage, Size, cause, waits_for

from tests.unit.core.builders import SUBSCRIPTION, T0, group, template


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The requested resource is not available in the location 'westus' at this moment.", Reason.NO_CAPACITY),
        ("... container group quota 'StandardCores' exceeded in region 'westus'.", Reason.QUOTA_EXCEEDED),
        ("Error: Failed to pull image", None),
        ("", None),
    ],
)
def test_the_text_of_a_failed_operation_tells_its_cause(text: str, reason: Reason | None) -> None:
    assert cause(text) is reason


@pytest.mark.parametrize(("asks", "covered"), [("Spot", True), ("Regular", False)])
def test_a_shortage_is_of_one_priority(asks: str, covered: bool) -> None:
    spot = {**template(), "priority": "Spot"}
    short = Shortage.of(group(template=spot, network={"type": "None"}).spec, Reason.NO_CAPACITY, "full", T0)
    size = Size.of(group(template={**template(), "priority": asks}, network={"type": "None"}).spec.template)
    assert short.covers(SUBSCRIPTION, "westeurope", None, size) is covered


def pending_for(why: Reason) -> GroupStatus:
    return GroupStatus(state=State.PENDING, conditions=judged((), Verdict.underway(why, "full"), 1, T0))


@pytest.mark.parametrize("why", [Reason.NO_CAPACITY, Reason.QUOTA_EXCEEDED])
def test_a_group_that_waits_for_room_tells_others_of_it(why: Reason) -> None:
    told = waits_for(group().spec, pending_for(why), T0)
    assert told is not None
    assert (told.reason, told.message) == (why, "full")


def test_a_group_that_waits_for_something_else_tells_of_no_shortage() -> None:
    assert waits_for(group().spec, pending_for(Reason.WAITING_FOR_BUDGET), T0) is None
    assert waits_for(group().spec, GroupStatus(), T0) is None


def test_a_shortage_may_end_at_another_time() -> None:
    short = Shortage.of(group().spec, Reason.NO_CAPACITY, "full", T0)
    assert short.ending(T0).until == T0
