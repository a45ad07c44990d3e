"""A rolling update past its canary: which come, which go, and in which order."""

from typing import Any

import pytest
from aci_operator.api.reasons import Reason, State

from tests.unit.core.builders import reason, replica
from tests.unit.core.plans import V2, arriving, born, decide, gone, roll, some, whys

WIDE = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0, "canary": 0}}


ONE_MISSING = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1, "canary": 0}}


def test_then_the_next_one_comes_by_surge() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v2")
    assert (born(decided), gone(decided)) == (["v2"], [])
    assert whys(decided) == [Reason.ROLLING_OUT]


def test_the_last_old_one_goes_when_all_new_ones_serve() -> None:
    decided = decide(some(1) + some(4, 5, 6, image="v2"), 3, "v2")
    assert gone(decided) == [1]
    done = decide(some(4, 5, 6, image="v2"), 3, "v2")
    assert done.actions == ()
    assert (done.status.current_revision, reason(done.status)) == (V2.name, "Ready")


def test_an_old_one_that_never_served_goes_when_there_is_no_other() -> None:
    decided = decide(some(1, 2, 3, state=State.CREATING), 3, "v2")
    assert gone(decided) == [1, 2, 3]
    assert born(decided) == ["v2"]


def test_old_ones_that_falter_are_replaced_one_by_one_when_the_canary_serves() -> None:
    """All of them at once would cost the fleet what one restart in each would have mended."""
    faltering = some(*range(1, 10), ready=False, proven=True)
    decided = decide([*faltering, *some(20, 21, image="v2")], 10, "v2")
    assert len(gone(decided)) == 1


def test_a_rollout_goes_on_past_old_ones_that_never_get_well() -> None:
    decided = decide([*some(1, 2, ready=False, proven=True), *some(3, 4, image="v2")], 3, "v2")
    assert len(gone(decided)) == 1
    decided = decide([*some(1, ready=False, proven=True), *some(3, 4, image="v2")], 3, "v2")
    assert (born(decided), gone(decided)) == (["v2"], [])


def test_one_that_falters_stays_for_one_that_is_starting_and_for_one_that_is_of_no_use() -> None:
    starts = replica(4, "v2", state=State.CREATING)
    decided = decide([*some(1, 2, ready=False, proven=True), *some(3, image="v2"), starts], 3, "v2")
    assert gone(decided) == []
    useless = replica(1, state=State.CREATING)
    decided = decide([useless, *some(2, ready=False, proven=True), *some(3, 4, image="v2")], 3, "v2")
    assert gone(decided) == [1]
    decided = decide([*some(1, ready=False, proven=True), arriving(2), *some(3, 4, image="v2")], 3, "v2")
    assert gone(decided) == []


def test_a_rollback_in_mid_rollout_goes_back_one_by_one() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v1")
    assert (born(decided), gone(decided)) == (["v1"], [])
    decided = decide(some(1, 2, 5) + some(4, image="v2"), 3, "v1")
    assert (born(decided), gone(decided)) == ([], [4])


def test_without_a_canary_all_that_fit_come_at_once_and_one_may_be_missing() -> None:
    decided = roll(some(1, 2, 3), strategy=ONE_MISSING)
    assert (born(decided), gone(decided)) == (["v2", "v2"], [3])


@pytest.mark.parametrize(
    "place",
    [
        pytest.param({"location": "northeurope"}, id="a place that is no longer listed"),
        pytest.param({"resourceGroup": "of-an-earlier-service"}, id="another resource group"),
        pytest.param({"subscriptionId": "99999999-9999-9999-9999-999999999999"}, id="another subscription"),
    ],
)
def test_a_replica_where_none_is_wanted_counts_as_outdated(place: dict[str, Any]) -> None:
    decided = decide([*some(1, 2), replica(3, **place)], 3)
    assert (born(decided), gone(decided)) == (["v1"], [])
    assert decided.status.updated_replicas == 3
    assert gone(decide([*some(1, 2, 4), replica(3, **place)], 3)) == [3]


@pytest.mark.parametrize(
    ("place", "spec"),
    [
        pytest.param({"resourceGroup": "AI-Services"}, {}, id="another spelling"),
        pytest.param(
            {"location": "northeurope"},
            {"placements": [{"location": "westeurope"}, {"location": "northeurope"}]},
            id="a place further down the list",
        ),
    ],
)
def test_a_replica_where_it_may_be_stays(place: dict[str, Any], spec: dict[str, Any]) -> None:
    decided = decide([*some(1, 2), replica(3, **place)], 3, **spec)
    assert (born(decided), gone(decided)) == ([], [])


def test_scaling_down_in_the_middle_takes_those_that_are_starting_beyond_the_surge() -> None:
    groups = [*some(*range(1, 11)), *some(11, 12, image="v2", state=State.CREATING)]
    decided = decide(groups, 5, "v2", strategy={"rollingUpdate": {"maxSurge": 1, "canary": 0}})
    assert (born(decided), gone(decided)) == ([], [6, 7, 8, 9, 10, 12])


def test_old_ones_that_a_region_has_stopped_go_no_faster_than_the_limit_on_heals_allows() -> None:
    stopped = some(*range(1, 11), state=State.FAILED, proven=True)
    decided = decide([*stopped, *some(21, image="v2")], 11, "v2", strategy=WIDE, allowance=2)
    assert len(gone(decided)) == 2
