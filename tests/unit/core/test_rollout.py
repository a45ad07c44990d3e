"""Rollouts beyond the default strategy: surge and unavailability, Recreate, pause, the deadline and minReadySeconds."""

from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress

from tests.unit.core.builders import at, condition, holds, reason, replica, revision
from tests.unit.core.plans import born, decide, gone, some, status

NO_SURGE = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
WIDE = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1, "canary": 0}}
RECREATE = {"type": "Recreate"}


def roll(groups: list[Any], wanted: int = 3, **more: Any) -> Any:
    return decide(groups, wanted, "v2", **more)


# --- Surge and unavailability


def test_without_a_surge_an_old_replica_makes_room_for_the_canary() -> None:
    decided = roll(some(1, 2, 3), strategy=NO_SURGE)
    assert (born(decided), gone(decided)) == ([], [3])


def test_without_a_surge_the_canary_comes_once_the_old_one_has_ended() -> None:
    leaving = replica(3, ending=True)
    assert born(roll([*some(1, 2), leaving], strategy=NO_SURGE)) == []
    assert born(roll(some(1, 2), strategy=NO_SURGE)) == ["v2"]


def test_without_a_surge_a_broken_old_replica_goes_first() -> None:
    decided = roll([*some(2, 3), replica(1, ready=False, proven=False, state=State.CREATING)], strategy=NO_SURGE)
    assert gone(decided) == [1]


def test_without_a_surge_nothing_goes_while_as_many_as_may_be_missing_are() -> None:
    decided = roll([*some(1, 2), replica(4, "v2", state=State.CREATING)], strategy=NO_SURGE)
    assert (born(decided), gone(decided)) == ([], [])


def test_without_a_canary_all_that_fit_come_at_once_and_one_may_be_missing() -> None:
    decided = roll(some(1, 2, 3), strategy=WIDE)
    assert (born(decided), gone(decided)) == (["v2", "v2"], [3])


def test_a_canary_of_two_waits_for_both() -> None:
    two = {"rollingUpdate": {"maxSurge": 2, "canary": 2}}
    first = roll(some(1, 2, 3), strategy=two)
    assert (born(first), gone(first)) == (["v2", "v2"], [])
    one = roll([*some(1, 2, 3), replica(4, "v2"), replica(5, "v2", state=State.CREATING)], strategy=two)
    assert (born(one), gone(one)) == ([], [])
    both = roll([*some(1, 2, 3), replica(4, "v2"), replica(5, "v2")], strategy=two)
    assert gone(both) == [2, 3]


# --- Recreate


def test_recreate_ends_all_old_replicas_and_makes_none_before_they_have_ended() -> None:
    first = roll(some(1, 2, 3), strategy=RECREATE)
    assert (born(first), gone(first)) == ([], [1, 2, 3])
    assert born(roll([replica(1, ending=True)], strategy=RECREATE)) == []
    assert born(roll([], strategy=RECREATE)) == ["v2", "v2", "v2"]


def test_recreate_replaces_what_fails_without_ending_the_others() -> None:
    dead = replica(3, "v2", state=State.FAILED, proven=True)
    decided = roll([*some(1, 2, image="v2"), dead], strategy=RECREATE, before=status("v2"))
    assert gone(decided) == [3]


# --- Pause


def test_paused_nothing_of_a_new_revision_is_made_and_nothing_ends_for_it() -> None:
    decided = roll([*some(1, 2, 3), replica(4, "v2")], paused=True)
    assert (born(decided), gone(decided)) == ([], [])
    assert holds(decided.status, ConditionType.SUSPENDED)
    assert reason(decided.status) == Reason.PAUSED


def test_paused_in_the_middle_heals_and_growth_take_what_served_before() -> None:
    half = [*some(1), *some(4, 5, image="v2")]
    decided = roll(half, 5, paused=True)
    assert (born(decided), gone(decided)) == (["v1", "v1"], [])


def test_paused_a_heal_does_not_count_on_a_canary_that_is_starting() -> None:
    decided = roll([*some(1, 2), replica(4, "v2", state=State.CREATING)], paused=True)
    assert born(decided) == ["v1"]


def test_paused_scaling_down_takes_what_is_expendable() -> None:
    decided = roll([replica(1, ready=False), *some(2, 3), replica(4, "v2", state=State.CREATING)], 2, paused=True)
    assert gone(decided) == [1]


def test_paused_after_a_rollout_scaling_and_healing_go_on() -> None:
    done = status("v2", progress=Progress(revision=revision("v2").name, complete=True))
    decided = roll(some(1, 2, image="v2"), 3, paused=True, before=done)
    assert born(decided) == ["v2"]


def test_paused_before_anything_was_rolled_out_nothing_is_made() -> None:
    decided = decide([], 3, before=status("v1", current_revision=None, replicas=0), paused=True)
    assert born(decided) == []


def test_what_is_no_longer_paused_says_so() -> None:
    paused = roll(some(1, 2, 3), paused=True).status
    assert not holds(roll(some(1, 2, 3), before=paused).status, ConditionType.SUSPENDED)


# --- The deadline


def starting(since: float = 0) -> list[Any]:
    return [*some(1, 2, 3), replica(4, "v2", state=State.CREATING, since=since)]


def test_past_the_deadline_it_stops_and_says_so_and_the_old_ones_serve() -> None:
    clock = roll(starting()).status
    decided = roll(starting(), before=clock, now=at(1800))
    assert (born(decided), gone(decided)) == ([], [])
    assert holds(decided.status, ConditionType.STALLED)
    assert holds(decided.status, ConditionType.AVAILABLE)
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED
    assert "rollout undo llm" in condition(decided.status, ConditionType.READY).message


def test_the_deadline_is_looked_at_when_it_is_due() -> None:
    clock = roll(starting()).status
    assert roll(starting(), before=clock, now=at(800)).after == pytest.approx(1000)


def test_past_the_deadline_a_failed_canary_is_not_tried_again() -> None:
    late = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))
    dead = replica(4, "v2", state=State.FAILED, proven=False)
    decided = roll([*some(1, 2, 3), dead], before=late)
    assert (born(decided), gone(decided)) == ([], [4])


def test_one_that_gets_well_after_the_deadline_takes_the_rollout_on() -> None:
    late = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))
    decided = roll([*some(1, 2, 3), replica(4, "v2")], before=late)
    assert gone(decided) == [3]
    assert not holds(decided.status, ConditionType.STALLED)


def test_the_clock_stands_still_while_nothing_was_accepted_by_azure() -> None:
    waiting = [*some(1, 2, 3), replica(4, "v2", state=State.PENDING)]
    begun = roll(waiting).status
    assert begun.progress == Progress(revision=revision("v2").name)
    assert not holds(roll(waiting, before=begun, now=at(90_000)).status, ConditionType.STALLED)


def test_the_clock_stops_while_paused_and_goes_on_after_it() -> None:
    begun = roll(starting()).status
    paused = roll(starting(), before=begun, now=at(600), paused=True).status
    again = roll(starting(), before=paused, now=at(5000)).status
    assert (paused.progress, again.progress) == (
        Progress(revision=revision("v2").name, elapsed_seconds=600),
        Progress(revision=revision("v2").name, elapsed_seconds=600, running_since=at(5000)),
    )


def test_each_replica_that_becomes_available_starts_the_clock_anew() -> None:
    begun = roll(starting()).status
    groups = [*some(2, 3), replica(4, "v2"), replica(5, "v2", state=State.CREATING)]
    on = roll(groups, before=begun, now=at(1000)).status
    assert on.progress == Progress(revision=revision("v2").name, available=1, running_since=at(1000))


def test_another_template_starts_the_clock_anew() -> None:
    late = roll(starting(), before=roll(starting()).status, now=at(1800)).status
    decided = decide(starting(), 3, "v3", before=late, now=at(1801))
    assert born(decided) == ["v3"] or gone(decided) == [4]
    assert not holds(decided.status, ConditionType.STALLED)


def test_a_finished_rollout_has_no_deadline() -> None:
    done = decide(some(1, 2, 3), 3).status
    broken = [*some(1, 2), replica(3, state=State.CREATING)]
    assert not holds(decide(broken, 3, before=done, now=at(90_000)).status, ConditionType.STALLED)


# --- Place


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


# --- History


@pytest.mark.parametrize(("limit", "kept"), [(0, 0), (1, 1), (10, 2)])
def test_so_many_old_revisions_are_kept(limit: int, kept: int) -> None:
    old = [revision("v2", 2), revision("v3", 3)]
    decided = decide(some(1, 2, 3), 3, revisions=[revision("v1"), *old], revisionHistoryLimit=limit)
    dropped = [action for action in decided.actions if type(action).__name__ == "DropRevision"]
    assert len(dropped) == len(old) - kept
