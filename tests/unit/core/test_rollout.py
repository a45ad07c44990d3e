"""Where a rollout stands: its deadline, which stops nothing where there is nothing to go back to, and its end."""

from datetime import timedelta
from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, Progress

from tests.unit.core.builders import at, condition, condition_message, failed, holds, reason, replica, revision
from tests.unit.core.plans import (
    NO_SURGE,
    V1,
    V2,
    born,
    decide,
    gone,
    heal,
    remembered,
    roll,
    some,
    starting,
    status,
    whys,
)
from tests.unit.core.service_world import World, ending, image_of, is_ready


def test_past_the_deadline_it_stops_and_says_so_and_the_old_ones_serve() -> None:
    clock = roll(starting()).status
    decided = roll(starting(), before=clock, now=at(1800))
    assert (born(decided), gone(decided)) == ([], [])
    assert holds(decided.status, ConditionType.STALLED)
    assert holds(decided.status, ConditionType.AVAILABLE)
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED
    assert "rollout undo llm -n team-a" in condition(decided.status, ConditionType.READY).message


def test_the_deadline_is_looked_at_when_it_is_due() -> None:
    clock = roll(starting()).status
    assert roll(starting(), before=clock, now=at(800)).after == pytest.approx(1000)


@pytest.mark.parametrize(("elapsed", "late"), [(1799, False), (1800, True)])
def test_the_deadline_is_kept_to_the_second(elapsed: int, late: bool) -> None:
    before = status(progress=Progress(revision=V2.name, elapsed_seconds=elapsed))
    assert holds(roll(some(1, 2, 3), before=before).status, ConditionType.STALLED) is late


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


def test_a_finished_rollout_has_no_deadline() -> None:
    done = decide(some(1, 2, 3), 3).status
    broken = [*some(1, 2), replica(3, state=State.CREATING)]
    assert not holds(decide(broken, 3, before=done, now=at(90_000)).status, ConditionType.STALLED)


def test_a_rollout_of_what_completes_comes_to_its_end() -> None:
    done = [replica(serial, "v2", state=State.SUCCEEDED) for serial in (4, 5, 6)]
    decided = heal([replica(1), *done], image="v2")
    assert gone(decided) == [1]
    assert heal(done, image="v2").status.current_revision == V2.name


# -- why what is missing is made


@pytest.mark.parametrize(
    ("there", "wanted", "why"),
    [
        pytest.param(some(1, 2, 3), 4, Reason.SCALING, id="growth"),
        pytest.param(some(1, 2), 3, Reason.HEALING, id="one is lost"),
    ],
)
@pytest.mark.parametrize("state", [State.CREATING, State.FAILED])
def test_a_canary_that_does_not_serve_is_no_replica_of_what_served(
    there: list[ContainerGroup], wanted: int, why: Reason, state: State
) -> None:
    canary = replica(4, "v2", state=state, proven=False)
    decided = roll([*there, canary], wanted, before=status(replicas=4))
    assert {Reason.SCALING, Reason.HEALING}.intersection(whys(decided)) == {why}


def test_a_canary_that_serves_is_one_of_those_there_were() -> None:
    wide = {"rollingUpdate": {"canary": 2, "maxSurge": 2}}
    canaries = [replica(4, "v2"), replica(5, "v2", state=State.CREATING)]
    assert whys(roll([*some(1), *canaries], 2, before=status(replicas=3), strategy=wide)) == [Reason.HEALING]


def test_without_a_surge_a_canary_stands_for_one_that_made_room() -> None:
    there = [replica(1), replica(4, "v2", state=State.CREATING)]
    assert whys(roll(there, before=status(replicas=3), strategy=NO_SURGE)) == [Reason.HEALING]


def test_a_heal_that_had_to_wait_for_room_is_one_beside_a_canary_too() -> None:
    canary = replica(5, "v2", state=State.CREATING)
    before = status(replicas=4, established_replicas=3)
    first = roll([*some(1, 2), failed(3, at_=-60, lived=1000), canary], before=before)
    assert (gone(first), born(first)) == ([3], [])
    assert whys(roll([*some(1, 2), canary], before=first.status)) == [Reason.HEALING]


def test_without_a_surge_a_heal_that_had_to_wait_for_room_is_one() -> None:
    there = [*some(1, 2), failed(3, at_=-60, lived=1000)]
    first = decide(there, before=status(established_replicas=3), strategy=NO_SURGE)
    assert (gone(first), born(first)) == ([3], [])
    assert whys(decide(some(1, 2), before=first.status, strategy=NO_SURGE)) == [Reason.HEALING]


def test_paused_in_its_middle_it_brings_back_what_the_rollout_had_taken_as_a_heal() -> None:
    wide = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
    before = status(replicas=4, established_replicas=3)
    rolling = roll([*some(1, 2), replica(4, "v2")], strategy=wide, before=before)
    assert (gone(rolling), born(rolling)) == ([2], ["v2"])
    there = [replica(1), replica(4, "v2"), replica(5, "v2", state=State.CREATING)]
    assert whys(roll(there, strategy=wide, before=rolling.status, paused=True)) == [Reason.HEALING]


# -- until all of it serves it is a rollout, also while nothing of before is left


def test_the_last_of_a_rollout_without_a_surge_are_of_the_rollout() -> None:
    first = roll([replica(1), *some(4, 5, image="v2")], strategy=NO_SURGE)
    assert (gone(first), born(first)) == ([1], [])
    assert whys(roll(some(4, 5, image="v2"), strategy=NO_SURGE, before=first.status)) == [Reason.ROLLING_OUT]


def test_recreate_rolls_out() -> None:
    first = roll(some(1, 2, 3), strategy={"type": "Recreate"}, before=status(update_revision=V1.name))
    assert reason(first.status) == Reason.ROLLING_OUT
    then = roll([], strategy={"type": "Recreate"}, before=first.status)
    assert whys(then) == [Reason.ROLLING_OUT] * 3
    assert condition_message(then.status) == "0 of 3 replicas ready; 3 of 3 are of the new revision"


def test_the_only_replica_that_makes_room_is_of_the_rollout() -> None:
    first = roll(some(1), 1, strategy=NO_SURGE, before=status(replicas=1))
    assert (gone(first), reason(first.status)) == ([1], Reason.ROLLING_OUT)


def test_the_way_back_is_a_rollout_until_all_of_it_serves() -> None:
    recreate = {"type": "Recreate"}
    before = status("v1", update_revision=V2.name, established_replicas=3, progress=Progress(revision=V2.name))
    first = decide(some(4, 5, 6, image="v2", state=State.CREATING), strategy=recreate, before=before)
    then = decide([], strategy=recreate, before=first.status)
    assert (reason(first.status), whys(then), reason(then.status)) == (
        "RollingOut",
        [Reason.ROLLING_OUT] * 3,
        "RollingOut",
    )
    last = decide([*some(7, 8), replica(9, state=State.CREATING)], strategy=recreate, before=then.status)
    assert reason(last.status) == "RollingOut"


def test_a_first_start_is_no_rollout() -> None:
    before = status("v1", update_revision=V1.name, progress=Progress(revision=V1.name))
    assert reason(decide([*some(1, 2), replica(3, state=State.CREATING)], before=before).status) == "Scaling"


@pytest.mark.parametrize("strategy", [NO_SURGE, {"type": "Recreate"}], ids=["no surge", "Recreate"])
def test_what_a_move_has_ended_is_made_for_the_move(strategy: dict[str, Any]) -> None:
    where: dict[str, Any] = {"placements": [{"location": "northeurope"}], "strategy": strategy}
    done = Progress(revision=V1.name, complete=True)
    before = status("v1", update_revision=V1.name, established_replicas=3, progress=done)
    there = some(4, 5, location="northeurope")
    first = decide([replica(1), *there], before=before, **where)
    assert (gone(first), reason(first.status)) == ([1], "RollingOut")
    leaving = decide([replica(1, ending=True, state=State.DELETING), *there], before=before, **where)
    assert reason(leaving.status) == "RollingOut", "whatever was said before"
    assert whys(decide(there, before=first.status, **where)) == [Reason.ROLLING_OUT]


def test_a_heal_at_the_end_of_a_rollout_is_one() -> None:
    there = [*some(4, 5, image="v2"), replica(6, "v2", state=State.LOST, proven=True)]
    healed = roll(there, before=status(established_replicas=3, update_revision=V2.name))
    assert (whys(healed), reason(healed.status)) == ([Reason.HEALING], "RollingOut")
    both = roll(there[1:], before=status(established_replicas=3, update_revision=V2.name))
    assert whys(both) == [Reason.HEALING, Reason.ROLLING_OUT]


# -- with nothing to go back to: nothing else could serve


def overdue(image: str) -> Progress:
    return Progress(revision=revision(image).name, running_since=at(-4000))


def test_past_the_deadline_of_a_first_rollout_it_is_tried_further() -> None:
    before = status("v1", current_revision=None, progress=overdue("v1"))
    decided = decide([replica(1, state=State.CREATING)], 2, before=before)
    assert born(decided) == ["v1"]
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED
    assert holds(decided.status, ConditionType.STALLED)
    assert "it is tried further, since there is nothing to go back to" in condition_message(decided.status)


def test_past_the_deadline_of_a_way_back_it_is_tried_further() -> None:
    """The template that served before is the best there is."""
    before = status("v1", progress=overdue("v1"))
    decided = decide([replica(1, state=State.CREATING), *some(2, image="v2", state=State.CREATING)], 3, before=before)
    assert born(decided) == ["v1", "v1"]
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED


def test_paused_past_its_deadline_nobody_is_sent_back_to_nothing() -> None:
    before = status("v1", current_revision=None, progress=overdue("v1"))
    decided = decide(some(1, 2, 3, state=State.CREATING), before=before, paused=True)
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED
    assert "rollout undo" not in condition_message(decided.status)


def test_paused_from_the_start_nothing_is_made_of_a_template_that_was_given_up() -> None:
    world = World(paused=True)
    world.reconcile()
    world.image = "v2"
    world.reconcile()
    world.reconcile()
    assert not world.groups


@pytest.mark.parametrize("unavailable", [1, 2])
def test_past_the_deadline_what_comes_up_of_the_older_revision_lets_no_rollout_go_on(unavailable: int) -> None:
    """Of the new template one replica serves, as where there is one licence; each other one fails soon."""
    world = World(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": unavailable}})
    world.settle()
    world.image, world.deadline = "v2", 60
    served, plans = None, []
    for _ in range(240):
        plans.append(world.reconcile())
        for group in world.in_order():
            if ending(group):
                del world.groups[group.metadata.name]
            elif image_of(group) == "v2" and served not in {None, group.metadata.name}:
                if group.status.failed_at is None:
                    world.become(group, State.FAILED, why=Reason.START_FAILED)
            elif not is_ready(group):
                served = group.metadata.name if image_of(group) == "v2" else served
                world.become(group, State.RUNNING, ready=True)
        world.now += timedelta(seconds=30)
    assert not any(born(decided) or gone(decided) for decided in plans[120:]), "in the second hour"
    assert holds(world.status, ConditionType.STALLED)


def test_a_first_template_that_was_corrected_is_tried_further_too() -> None:
    """v1 never served; v2 is right, but its registry is down for longer than the deadline."""
    world = World(deadline=60)
    world.reconcile()
    for group in world.in_order():
        world.become(group, State.FAILED)
    world.now += timedelta(seconds=30)
    world.image = "v2"
    for _ in range(20):
        world.reconcile()
        for group in world.in_order():
            if ending(group):
                del world.groups[group.metadata.name]
            elif group.status.state is None:
                world.become(group, State.CREATING)
            else:
                world.become(group, State.FAILED)
        world.now += timedelta(seconds=30)
    assert reason(world.status) == Reason.DEADLINE_EXCEEDED
    world.settle()
    assert world.ready() == world.wanted


def test_a_template_that_has_served_is_gone_back_to_though_no_replica_of_it_is_left() -> None:
    before = status("v1", update_revision=revision("v2").name, progress=overdue("v2"), established_replicas=3)
    assert born(decide([], 3, "v2", before=before)) == ["v1", "v1", "v1"]


def test_one_whose_only_new_replica_faltered_goes_on_when_it_is_well_again() -> None:
    late = Progress(revision=revision("v2").name, available=1, elapsed_seconds=1800)
    faltering = roll([*some(1, 2), *some(4, image="v2", ready=False, proven=True)], before=status(progress=late))
    assert (born(faltering), reason(faltering.status)) == ([], Reason.DEADLINE_EXCEEDED)
    well = roll([*some(1, 2), *some(4, image="v2")], before=status(progress=late))
    assert (born(well), reason(well.status)) == (["v2"], Reason.ROLLING_OUT)


FAILING = remembered(revision=V2.name, failing=V2.name, failures=3, failedAt=at(-600))


@pytest.mark.parametrize(
    ("heals", "dead"),
    [
        pytest.param(FAILING, [], id="one has failed lately"),
        pytest.param(None, [failed(5, at_=-60, image="v2")], id="one is to be replaced just now"),
    ],
)
def test_past_the_deadline_one_that_serves_speaks_for_no_others_that_fail(
    heals: Heals | None, dead: list[ContainerGroup]
) -> None:
    late = Progress(revision=V2.name, available=1, elapsed_seconds=1800)
    groups = [*some(1, 2), *some(4, image="v2"), *dead]
    decided = roll(groups, before=status(progress=late, heals=heals))
    assert (born(decided), reason(decided.status)) == ([], Reason.DEADLINE_EXCEEDED)
