"""What a service says of itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.status import needs_nothing, settled

from tests.unit.core.builders import SERVICE_UID, T0, at, condition, holds, replica, revision, service
from tests.unit.core.plans import decide, some

REVISIONS = [revision("v1", 1), revision("v2", 2)]


def look(
    groups: Sequence[ContainerGroup],
    wanted: int = 3,
    image: str = "v1",
    *,
    before: ServiceStatus | None = None,
    generation: int = 1,
) -> Observation:
    subject = service(wanted, image=image, status=before or ServiceStatus(serial=9), meta_generation=generation)
    return Observation(service=subject, groups=groups, revisions=REVISIONS, now=T0)


def told(groups: Sequence[ContainerGroup], *args: Any, **more: Any) -> ServiceStatus:
    return plan(look(groups, *args, **more)).status


def test_the_counts_are_those_after_the_plan() -> None:
    groups = [replica(1), replica(2, state=State.CREATING), replica(3, ending=True), replica(4, "v2")]
    shown = told(groups, 3, "v2")
    assert (shown.replicas, shown.ready_replicas, shown.available_replicas, shown.updated_replicas) == (2, 2, 2, 1)


def test_ips_are_those_of_ready_replicas_in_order_of_their_numbers() -> None:
    groups = [replica(10), replica(9), replica(11, ready=False, proven=True), replica(8, ending=True)]
    assert told(groups, 3).ips == ("10.0.0.9", "10.0.0.10")


@pytest.mark.parametrize(
    ("count", "summary"),
    [
        (0, None),
        (1, "10.0.0.1"),
        (3, "10.0.0.1,10.0.0.2,10.0.0.3"),
        (4, "10.0.0.1,10.0.0.2,10.0.0.3 + 1 more"),
        (12, "10.0.0.1,10.0.0.2,10.0.0.3 + 9 more"),
    ],
)
def test_the_summary_fits_a_column(count: int, summary: str | None) -> None:
    assert told([replica(serial) for serial in range(1, count + 1)], count).ip_summary == summary


@pytest.mark.parametrize(
    ("present", "shown"),
    [
        ([], "westeurope"),
        (["northeurope"], "northeurope"),
        (["uksouth", "northeurope", "westeurope", "northeurope"], "westeurope,northeurope,uksouth"),
    ],
)
def test_the_places_are_those_of_the_replicas_in_order_of_preference(present: list[str], shown: str) -> None:
    placements = [{"location": "westeurope"}, {"location": "northeurope"}]
    groups = [replica(serial, location=location) for serial, location in enumerate(present, start=1)]
    assert decide(groups, len(groups), placements=placements).status.location == shown


def test_a_replica_that_was_refused_is_nowhere() -> None:
    placements = [{"location": "westeurope"}, {"location": "northeurope"}]
    refused = replica(1, state=State.PENDING, stalled=Reason.FORBIDDEN)
    groups = [refused, replica(2, location="northeurope")]
    assert decide(groups, 2, placements=placements).status.location == "northeurope"
    assert decide([refused], 1, placements=placements).status.location == "westeurope"


def test_a_number_is_used_up_by_a_death_too() -> None:
    """So two plans of different objects never look alike."""
    assert told([*some(1, 2, 3), replica(4, state=State.CREATING)], 3).serial == 10


def test_the_selector_is_one_that_no_pod_has() -> None:
    assert told([]).selector == f"acioperator.dev/service-uid={SERVICE_UID}"


@pytest.mark.parametrize(
    ("serving", "unavailable", "expected"),
    [(3, 0, True), (2, 0, False), (2, 1, True), (1, 2, True), (1, 1, False), (0, 3, False)],
)
def test_enough_serve_when_no_more_are_missing_than_may_be(serving: int, unavailable: int, expected: bool) -> None:
    block = {"rollingUpdate": {"maxUnavailable": unavailable}}
    shown = condition(decide(some(*range(serving)), 3, strategy=block).status, ConditionType.AVAILABLE)
    assert (shown.status, shown.reason) == (("True", "Available") if expected else ("False", "Unavailable"))


def test_growing_does_not_take_available_away() -> None:
    before = told([replica(1), replica(2), replica(3)])
    assert holds(before, ConditionType.AVAILABLE)
    grown = told([replica(1), replica(2), replica(3)], 10, before=before)
    assert holds(grown, ConditionType.AVAILABLE)
    assert not holds(grown, ConditionType.READY)


def test_losing_one_does_take_available_away_until_enough_serve() -> None:
    before = told([replica(1), replica(2), replica(3)])
    lost = told([replica(1), replica(2), replica(3, state=State.LOST, proven=True)], before=before)
    assert not holds(lost, ConditionType.AVAILABLE)
    assert not holds(told([replica(1), replica(2)], before=lost), ConditionType.AVAILABLE)
    assert holds(told([replica(1), replica(2), replica(4)], before=lost), ConditionType.AVAILABLE)


def test_with_recreate_all_must_serve() -> None:
    decided = decide(some(1), 5, strategy={"type": "Recreate"})
    assert not holds(decided.status, ConditionType.AVAILABLE)


def test_losing_one_while_growing_takes_available_away() -> None:
    before = told([replica(1), replica(2), replica(3)])
    grown = told([replica(1), replica(2), replica(3)], 10, before=before)
    assert not holds(told([replica(1), replica(2)], 10, before=grown), ConditionType.AVAILABLE)


def test_a_service_that_has_never_served_is_not_available() -> None:
    assert not holds(told([]), ConditionType.AVAILABLE)


def test_a_rollout_keeps_available() -> None:
    before = told([replica(1), replica(2), replica(3)])
    rolling = told([replica(1), replica(2), replica(3), replica(4, "v2")], 3, "v2", before=before)
    assert rolling.available_replicas == 3
    assert holds(rolling, ConditionType.AVAILABLE)


def test_scaled_to_zero_is_available_and_ready() -> None:
    shown = told([], 0)
    assert holds(shown, ConditionType.AVAILABLE)
    assert holds(shown, ConditionType.READY)


@pytest.mark.parametrize("wanted", [0, 1, 3])
@pytest.mark.parametrize("image", ["v1", "v2"])
def test_the_same_look_a_moment_later_changes_nothing(wanted: int, image: str) -> None:
    groups = [replica(1), replica(2, state=State.CREATING), replica(3, "v2", state=State.CREATING)]
    first = plan(look(groups, wanted, image)).status
    settled = first.model_copy(update={"serial": 9})
    again = look(groups, wanted, image, before=settled)
    later = plan(replace(again, now=at(1700))).status
    assert later.model_copy(update={"serial": 9}) == plan(again).status.model_copy(update={"serial": 9})


def test_every_condition_names_the_generation_that_it_was_made_from() -> None:
    shown = told([replica(1)], 1, generation=7)
    assert shown.observed_generation == 7
    assert {entry.observed_generation for entry in shown.conditions} == {7}


def test_what_its_other_conditions_say() -> None:
    paused = decide(some(1, 2), paused=True).status
    goes_on = decide(some(1, 2), before=paused).status
    assert condition(paused, ConditionType.AVAILABLE).message == "2 replicas serve"
    assert condition(paused, ConditionType.SUSPENDED).message == (
        "spec.paused is true: no replica of a new revision is made, and none moves"
    )
    assert condition(goes_on, ConditionType.SUSPENDED).message == "not paused"


@pytest.mark.parametrize(
    ("state", "generation", "nothing"),
    [
        pytest.param(State.RUNNING, 1, True, id="enough serve"),
        pytest.param(State.CREATING, 1, False, id="none serves yet"),
        pytest.param(State.SUCCEEDED, 1, True, id="all have completed"),
        pytest.param(State.SUCCEEDED, 2, False, id="all have completed, before its template was changed"),
    ],
)
def test_when_it_needs_nothing_of_what_another_of_its_name_has_left(
    state: State, generation: int, nothing: bool
) -> None:
    shown = told(some(1, 2, 3, state=state))
    assert needs_nothing(service(3, status=shown, meta_generation=generation)) is nothing


def test_what_was_never_looked_at_may_need_what_is_left() -> None:
    assert not needs_nothing(service(3))


@pytest.mark.parametrize(
    ("groups", "available", "is_settled"),
    [
        pytest.param(some(1, 2), True, True, id="by as many of its own"),
        pytest.param(some(1), True, False, id="one has gone"),
        pytest.param([*some(1), replica(2, ending=True)], True, False, id="one ends"),
        pytest.param(some(1, 2), False, False, id="not available"),
    ],
)
def test_a_service_is_settled_while_it_is_available_by_replicas_of_its_own(
    groups: list[ContainerGroup], available: bool, is_settled: bool
) -> None:
    said = told(some(1, 2) if available else some(1, 2, ready=False), 2)
    assert settled(service(2, status=said), groups) is is_settled
