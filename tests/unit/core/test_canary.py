"""The canary: the first of a new revision come alone while an older one serves."""

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals
from aci_operator.core.service.actions import StoreRevision

from tests.unit.core.builders import T0, at, failed, reason, replica, revision
from tests.unit.core.plans import NO_SURGE, V1, V2, arriving, born, decide, gone, remembered, roll, some, status, whys

ELSEWHERE = {"location": "northeurope"}


def test_the_canary_comes_alone() -> None:
    decided = decide(some(1, 2, 3), 3, "v2", revisions=[V1])
    assert (born(decided), gone(decided)) == (["v2"], [])
    assert isinstance(decided.actions[0], StoreRevision)
    assert reason(decided.status) == "RollingOut"
    assert (decided.status.current_revision, decided.status.update_revision) == (V1.name, V2.name)


def test_until_the_canary_is_ready_nothing_else_happens() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 3, "v2")
    assert decided.actions == ()


def test_a_canary_that_serves_lets_an_old_one_go() -> None:
    decided = decide(some(1, 2, 3) + some(4, image="v2"), 3, "v2")
    assert (born(decided), gone(decided)) == ([], [3])


def test_old_ones_that_falter_while_the_canary_starts_are_kept() -> None:
    """A restart of their containers, or a moment without their database, is no reason to bet all on the canary."""
    faltering = some(1, 2, 3, ready=False, proven=True)
    decided = decide([*faltering, replica(4, "v2", state=State.CREATING)], 3, "v2")
    assert gone(decided) == []


def test_the_only_replica_is_kept_when_it_falters_while_its_successor_starts() -> None:
    decided = decide([replica(1, ready=False, proven=True), replica(2, "v2", state=State.CREATING)], 1, "v2")
    assert gone(decided) == []


def test_a_change_of_mind_before_the_canary_serves_replaces_the_canary() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 3, "v3")
    assert (born(decided), gone(decided)) == ([], [4])
    after = decide(some(1, 2, 3), 3, "v3")
    assert born(after) == ["v3"]


def test_a_canary_whose_place_is_taken_out_of_the_list_is_replaced_and_stands_for_none_of_what_served_before() -> None:
    there = [*some(1, 2, location="northeurope"), replica(4, "v2", state=State.CREATING)]
    decided = decide(there, 3, "v2", placements=[ELSEWHERE])
    assert (born(decided), gone(decided)) == (["v1"], [4])


def test_a_change_of_mind_in_mid_rollout_starts_with_a_canary_again() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v3")
    assert (born(decided), gone(decided)) == (["v3"], [])


def test_a_rollback_before_the_canary_serves_only_deletes_the_canary() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 3, "v1")
    assert (born(decided), gone(decided)) == ([], [4])


def test_what_is_made_again_on_the_way_back_is_for_the_rollout_also_with_a_wide_canary() -> None:
    wide = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0, "canary": 2}}
    before = status(replicas=3, established_replicas=3, update_revision="v2")
    decided = decide([*some(1), *some(4, 5, image="v2")], 3, "v1", before=before, strategy=wide)
    assert set(whys(decided)) <= {Reason.CANARY, Reason.ROLLING_OUT}


@pytest.mark.parametrize(
    ("canary", "image"),
    [
        pytest.param(replica(4, "v2", state=State.CREATING), "v1", id="before: what served"),
        pytest.param(replica(4, "v2"), "v2", id="afterwards: the update"),
    ],
)
def test_a_heal_in_mid_rollout(canary: ContainerGroup, image: str) -> None:
    decided = decide([*some(1, 2), replica(3, state=State.LOST, proven=True), canary], 3, "v2")
    assert gone(decided) == [3]
    assert born(decided) == [image]


@pytest.mark.parametrize(
    ("canary", "images"),
    [
        pytest.param(replica(4, "v2", state=State.CREATING), ["v1", "v1"], id="before: what served"),
        pytest.param(replica(4, "v2"), ["v2", "v2"], id="afterwards: the update"),
    ],
)
def test_growth_in_mid_rollout(canary: ContainerGroup, images: list[str]) -> None:
    assert born(decide([*some(1, 2, 3), canary], 5, "v2")) == images


def test_shrinking_in_mid_rollout_keeps_the_canary() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 2, "v2")
    assert (born(decided), gone(decided)) == ([], [3])


def test_to_zero_in_mid_rollout_ends_all() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 0, "v2")
    assert (born(decided), gone(decided)) == ([], [1, 2, 3, 4])


def test_a_canary_that_fails_is_tried_again_after_a_moment_and_the_old_ones_serve() -> None:
    failed = replica(4, "v2", state=State.FAILED, since=-5)
    assert decide([*some(1, 2, 3), failed], 3, "v2").actions == ()
    assert gone(decide([*some(1, 2, 3), failed], 3, "v2", now=at(5))) == [4]


def test_heals_before_the_canary_serves_need_the_stored_old_revision() -> None:
    decided = decide(some(1, 2), 3, "v2", revisions=[V1, V2])
    assert sorted(born(decided)) == ["v1", "v2"]


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


WIDE = {"rollingUpdate": {"maxSurge": 6, "canary": 2}}
CANARIES = [replica(serial, "v2", state=State.CREATING) for serial in (4, 5)]


@pytest.mark.parametrize(
    ("current", "groups", "wanted", "births"),
    [
        pytest.param(
            "v1", some(1, 2), 4, ["v1 Healing", "v1 Healing", "v2 Canary", "v2 Canary"], id="two are missing too"
        ),
        pytest.param("v1", [*some(1, 2, 3), CANARIES[0]], 3, ["v2 Canary"], id="one is there"),
        pytest.param("v1", [*some(1, 2, 3), *CANARIES], 3, [], id="both are there"),
        pytest.param(
            "v2",
            some(1, 2, image="v2", **ELSEWHERE),
            4,
            ["v2 Canary", "v2 Canary", "v2 Healing", "v2 Healing"],
            id="to another place, and two are missing",
        ),
        pytest.param(
            "v2",
            [*some(1, 2, image="v2", **ELSEWHERE), CANARIES[0]],
            4,
            ["v2 Canary", "v2 Healing", "v2 Healing"],
            id="to another place, one is there",
        ),
    ],
)
def test_a_wide_surge_makes_no_more_than_the_canaries_and_what_is_missing(
    current: str, groups: list[ContainerGroup], wanted: int, births: list[str]
) -> None:
    before = status(current, replicas=wanted + sum(group in CANARIES for group in groups))
    decided = decide(groups, wanted, "v2", strategy=WIDE, before=before)
    assert [f"{image} {why}" for image, why in zip(born(decided), whys(decided), strict=True)] == births


def test_a_canary_of_two_waits_for_both() -> None:
    two = {"rollingUpdate": {"maxSurge": 2, "canary": 2}}
    first = roll(some(1, 2, 3), strategy=two)
    assert (born(first), gone(first)) == (["v2", "v2"], [])
    one = roll([*some(1, 2, 3), replica(4, "v2"), replica(5, "v2", state=State.CREATING)], strategy=two)
    assert (born(one), gone(one)) == ([], [])
    both = roll([*some(1, 2, 3), replica(4, "v2"), replica(5, "v2")], strategy=two)
    assert gone(both) == [2, 3]


def test_a_replica_that_is_lost_while_all_move_to_another_place_is_made_once() -> None:
    moving = [*some(1, 2, **ELSEWHERE), replica(4, state=State.CREATING)]
    decided = decide(moving, 3)
    assert (born(decided), gone(decided)) == (["v1"], [])
    then = decide([*moving, replica(5, state=State.CREATING)], 3)
    assert (born(then), gone(then)) == ([], [])


@pytest.mark.parametrize(
    ("old", "births", "deaths"),
    [
        pytest.param([1], ["v1"], [8], id="what never served makes room"),
        pytest.param([1, 2], [], [8], id="others may serve at times"),
        pytest.param([1, 2, 3], [], [7, 8], id="one serves in the stead of another"),
        pytest.param([1, 2, 3, 4], [], [6, 7, 8], id="enough serve"),
    ],
)
def test_an_update_that_fails_as_a_whole_in_mid_rollout_serves_until_enough_old_ones_do(
    old: list[int], births: list[str], deaths: list[int]
) -> None:
    sick = [failed(serial, lived=60, why=Reason.CRASH_LOOPING, image="v2") for serial in (5, 6, 7)]
    starting = replica(8, "v2", state=State.CREATING)
    waits = Heals.model_validate({"revision": V2.name, "relapses": 6, "failedAt": T0, "replacedAt": at(-200)})
    groups = [*some(*old), *sick, starting]
    decided = roll(groups, 4, before=status(replicas=4, heals=waits), strategy={"rollingUpdate": {"maxSurge": 2}})
    assert (born(decided), gone(decided)) == (births, deaths)


def test_without_a_surge_what_azure_has_given_up_goes_before_what_may_serve() -> None:
    waits = remembered(revision=V2.name, relapses=6, failedAt=at(-200))
    old = [*some(1), failed(2, lived=60), replica(3, ready=False, proven=True)]
    assert gone(roll(old, before=status(heals=waits), strategy=NO_SURGE)) == [2]


def test_without_a_surge_what_is_being_taken_over_makes_no_room() -> None:
    """Its container group would stay, and be found again, without an end."""
    moves = decide([*some(1, 2), arriving(3)], 3, placements=[ELSEWHERE], before=status("v1"), strategy=NO_SURGE)
    assert gone(moves) == []


@pytest.mark.parametrize(
    ("failing", "births"),
    [(None, ["v1", "v2"]), ("v1", ["v2", "v1"]), ("v2", ["v1", "v2"])],
    ids=["nothing fails to start", "the older ones do", "the canary does"],
)
def test_where_what_served_cannot_start_any_more_the_canary_comes_first(failing: str | None, births: list[str]) -> None:
    """Where there is room for one, it would never come; and it may be the template that mends."""
    name = revision(failing).name if failing else None
    before = status(heals=remembered(failures=1, failing=name, revision=V2.name) if name else None)
    assert born(decide(some(1, 2), 3, "v2", before=before)) == births


def test_one_of_a_revision_that_was_given_up_stands_for_nobody() -> None:
    """It never served, and would take the place of one that is to be healed."""
    given_up = replica(4, "v2", state=State.PENDING, stalled=Reason.INVALID)
    groups = [*some(1, 2), given_up, replica(5, "v3", state=State.CREATING)]
    decided = decide(groups, 3, "v3", before=status(replicas=4))
    assert (born(decided), gone(decided)) == ([], [4])
    assert born(decide([*some(1, 2), groups[-1]], 3, "v3", before=status(replicas=4))) == ["v1"]


def test_moving_to_another_place_no_more_are_made_there_than_are_wanted() -> None:
    """What was ended meanwhile, as one whose tags somebody took, is missing of the older ones alone."""
    there = some(1, location="northeurope")
    moved = some(4, 5, 6, state=State.CREATING)
    wide = {"rollingUpdate": {"maxSurge": 2, "canary": 2}}
    assert born(decide([*there, *moved], 3, strategy=wide)) == []


def test_without_a_surge_one_that_serves_nobody_makes_room_alone() -> None:
    two_missing = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 2}}
    assert gone(roll([*some(1, 2), replica(3, ready=False)], strategy=two_missing)) == [3]
