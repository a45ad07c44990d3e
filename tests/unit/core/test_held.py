"""A rollout that is held, paused or past its deadline: scaling and healing go on with what served before."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress
from aci_operator.core.service.replicas import serial

from tests.unit.core.builders import at, condition_message, failed, holds, reason, replica, revision
from tests.unit.core.plans import NO_SURGE, born, decide, gone, heal, remembered, roll, some, status

CANARY = replica(4, "v2", state=State.CREATING)
HANGS = replica(5, "v2", state=State.CREATING, since=-1200)
AILING = failed(3, at_=-60, lived=3600, why=Reason.CRASH_LOOPING, image="v2")
OVER = status(
    progress=Progress(revision=revision("v2").name, available=2, elapsed_seconds=1800),
    update_revision=revision("v2").name,
    established_replicas=3,
)
UNREADY = replica(5, "v2", ready=False)


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


def test_a_heal_past_the_deadline_takes_the_room_of_what_hangs_in_a_place_that_is_not_wanted_any_more() -> None:
    there = [*some(1, 2), CANARY, replica(6, "v2", state=State.CREATING, location="northeurope")]
    decided = roll(there, before=OVER, placements=[{"location": "northeurope"}])
    assert gone(decided) == [4]


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


@pytest.mark.parametrize(
    ("groups", "wanted", "goes"),
    [
        pytest.param(some(1, 2, 3), 2, [3], id="not begun"),
        pytest.param(some(1, 2, 3), 0, [1, 2, 3], id="not begun, to zero"),
        pytest.param([*some(1, 2, 3), CANARY], 3, [], id="with a canary in the surge"),
        pytest.param([*some(1, 2, 3), CANARY], 2, [3], id="with a canary in the surge, one less"),
        pytest.param([*some(1, 2, 3), CANARY], 0, [1, 2, 3, 4], id="with a canary, to zero"),
        pytest.param([*some(1, 2), *some(4, image="v2"), UNREADY], 2, [5], id="half"),
        pytest.param(
            [*some(4, image="v2"), *some(5, 6, image="v2", state=State.CREATING)], 2, [6], id="all are new, one serves"
        ),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["paused", "past the deadline"])
def test_scaling_down_leaves_no_more_than_are_wanted_of_either_revision(
    groups: Sequence[ContainerGroup], wanted: int, goes: list[int], late: bool
) -> None:
    over = status(progress=Progress(revision=revision("v2").name, available=2, elapsed_seconds=1800))
    held: dict[str, Any] = {"before": over} if late else {"paused": True}
    decided = decide(groups, wanted, "v2", **held)
    assert (born(decided), gone(decided)) == ([], goes)


@pytest.mark.parametrize("late", [False, True], ids=["paused", "past the deadline"])
def test_scaled_to_zero_and_back_it_is_held_all_the_same(late: bool) -> None:
    """No replica at all proves nothing of a new revision, and an autoscaler asks nobody."""
    over = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))
    held: dict[str, Any] = {} if late else {"paused": True}
    zero = decide([], 0, "v2", before=over if late else status(), **held).status
    assert (reason(zero), zero.current_revision) == (Reason.SCALED_TO_ZERO, revision("v1").name)
    assert born(decide([], 2, "v2", before=zero, **held)) == ["v1", "v1"]


def test_scaled_up_from_zero_a_new_revision_is_rolled_out() -> None:
    zero = decide([], 0, "v2", before=status()).status
    up = decide([], 2, "v2", before=zero)
    assert born(up) == ["v2", "v2"]
    done = decide(some(4, 5, image="v2"), 2, "v2", before=up.status).status
    assert done.current_revision == revision("v2").name


def test_a_canary_that_is_held_makes_room_for_a_successor_of_what_served() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    canary = replica(4, "v2", state=State.CREATING)
    rolling = heal([replica(1), replica(2), sick, canary], image="v2")
    assert (born(rolling), gone(rolling)) == ([], [])
    held = heal([replica(1), replica(2), sick, canary], image="v2", paused=True)
    assert (born(held), gone(held)) == ([], [4])
    then = heal([replica(1), replica(2), sick], image="v2", paused=True)
    assert (born(then), gone(then)) == (["v1"], [])
    wide = {"rollingUpdate": {"maxSurge": 2}}
    beside = heal([replica(1), replica(2), sick, canary], image="v2", paused=True, strategy=wide)
    assert (born(beside), gone(beside)) == (["v1"], []), "there is room for both"


def test_held_one_that_may_serve_makes_no_room_for_a_successor_of_another() -> None:
    sick = [failed(serial, lived=900, why=Reason.CRASH_LOOPING, image="v2") for serial in (2, 3)]
    held = heal(sick, image="v2", paused=True, strategy=NO_SURGE, allowance=1)
    assert (born(held), gone(held)) == (["v1"], [])


@pytest.mark.parametrize(
    ("unavailable", "ended"),
    [pytest.param(0, [5], id="three must serve"), pytest.param(1, [], id="one may be missing")],
)
def test_a_canary_that_is_held_makes_room_where_nothing_ails_only_if_too_few_would_serve(
    unavailable: int, ended: list[int]
) -> None:
    canaries = [replica(serial, "v2", state=State.CREATING) for serial in (4, 5)]
    strategy = {"rollingUpdate": {"maxUnavailable": unavailable}}
    held = heal([replica(1), *canaries], image="v2", paused=True, strategy=strategy)
    assert (born(held), gone(held)) == (["v1"], ended)


def test_past_the_deadline_what_hangs_makes_room_for_the_heal_of_what_served() -> None:
    hang = [replica(serial, "v2", state=State.CREATING, since=-1200) for serial in (4, 5)]
    full = roll([*some(1, 2), *hang], before=OVER)
    assert (born(full), gone(full)) == ([], [5])
    then = roll([*some(1, 2), hang[0]], before=full.status)
    assert (born(then), gone(then)) == (["v1"], [])


@pytest.mark.parametrize(
    ("there", "wanted", "strategy"),
    [
        pytest.param([*some(1), replica(2, "v2"), AILING, HANGS], 3, {}, id="one ails"),
        pytest.param([replica(2, "v2"), HANGS], 5, NO_SURGE, id="there is room for nearly all"),
        pytest.param([replica(2, "v2"), HANGS, replica(6, "v2", state=State.CREATING)], 3, NO_SURGE, id="no room"),
    ],
)
def test_past_the_deadline_nothing_is_made_of_what_is_given_up_when_it_has_made_room(
    there: list[ContainerGroup], wanted: int, strategy: dict[str, Any]
) -> None:
    """Else it would be over its deadline again at once, and end, and so on."""
    made: list[str] = []
    before = OVER
    for _ in range(6):
        decided = roll(there, wanted, before=before, strategy=strategy)
        ended = set(gone(decided))
        there = [group for group in there if serial(group) not in ended]
        there += [replica(100 + len(made), image, state=State.PENDING) for image in born(decided)]
        made += born(decided)
        before = decided.status
    assert set(made) == {"v1"}
    assert len(made) <= wanted


WENT_BACK = status(
    "v1", established_replicas=3, update_revision=revision("v2").name, progress=Progress(revision=revision("v2").name)
)


@pytest.mark.parametrize(
    ("groups", "wanted", "births"),
    [
        pytest.param([*some(1, 2), CANARY], 3, ["v1"], id="a heal"),
        pytest.param([*some(1, 2, 3), CANARY], 5, ["v1", "v1"], id="growth"),
        pytest.param([*some(1, 2, 3), replica(4, "v2")], 3, [], id="nothing is missing"),
    ],
)
def test_paused_on_the_way_back_heals_and_growth_go_on(
    groups: Sequence[ContainerGroup], wanted: int, births: list[str]
) -> None:
    assert born(decide(groups, wanted, "v1", before=WENT_BACK, paused=True)) == births


def test_paused_in_a_first_rollout_what_has_served_is_healed() -> None:
    first = status("v1", progress=Progress(revision=revision("v1").name, available=2), established_replicas=2)
    assert born(decide(some(1), 2, "v1", before=first, paused=True)) == ["v1"]


def test_held_what_azure_has_given_up_goes_before_what_may_serve() -> None:
    waits = remembered(revision=revision("v2").name, relapses=6, failedAt=at(-200))
    faltering = some(4, 5, ready=False, proven=True)
    groups = [*some(1), failed(2, lived=60), failed(3, lived=60), *faltering]
    assert gone(roll(groups, 3, before=status(replicas=5, heals=waits), paused=True)) == [2, 3]


def test_held_no_more_make_room_than_the_limit_on_heals_allows() -> None:
    waits = remembered(revision=revision("v2").name, relapses=6, failedAt=at(-200))
    groups = [failed(1, lived=6000, why=Reason.CRASH_LOOPING), *some(2, 3), failed(4, lived=60, image="v2")]
    decided = roll(groups, 3, before=status(heals=waits), paused=True, allowance=1)
    assert (gone(decided), decided.healing) == ([], 1)


@pytest.mark.parametrize(
    ("age", "allowance", "births", "ended"),
    [
        pytest.param(20, 1, [], [], id="its back-off"),
        pytest.param(4000, 0, [], [], id="the limit on heals"),
        pytest.param(4000, 1, ["v1"], [4], id="nothing"),
    ],
)
def test_held_one_of_a_revision_that_was_given_up_stands_for_one_when_it_has_served_and_waits_for(
    age: float, allowance: int, births: list[str], ended: list[int]
) -> None:
    waits = remembered(revision=revision("v3").name, relapses=6, failedAt=at(-age))
    groups = [*some(1, 2, since=-9000), failed(4, at_=-age, lived=60, image="v2")]
    decided = decide(groups, 3, "v3", before=status(heals=waits), paused=True, allowance=allowance)
    assert (born(decided), gone(decided)) == (births, ended)


def test_paused_on_the_way_back_what_was_rolled_out_before_is_healed_when_none_of_it_is_left() -> None:
    before = WENT_BACK
    made: list[list[str]] = []
    for groups in ([failed(number, at_=-100, lived=6000) for number in (1, 2, 3)], [], []):
        decided = decide(groups, before=before, paused=True, strategy=NO_SURGE)
        before = decided.status
        made.append(born(decided))
    assert made == [[], ["v1"] * 3, ["v1"] * 3]


@pytest.mark.parametrize("looks", [1, 3])
def test_paused_nothing_is_made_of_the_update_when_what_served_is_stored_no_longer(looks: int) -> None:
    before = status("v1", update_revision=revision("v2").name, established_replicas=3)
    for _ in range(looks):
        decided = roll(some(1, 2), before=before, paused=True, revisions=())
        before = decided.status
    assert (born(decided), before.served_revision) == ([], revision("v1").name)


LATE = status("v1", replicas=4, progress=Progress(revision=revision("v3").name, elapsed_seconds=1800))


@pytest.mark.parametrize(
    ("more", "canary"),
    [
        pytest.param({"paused": True}, [], id="paused"),
        pytest.param({"before": LATE}, [replica(5, "v3", state=State.CREATING)], id="past the deadline"),
    ],
)
def test_held_one_of_a_revision_that_was_given_up_stands_for_nobody(
    more: dict[str, Any], canary: list[ContainerGroup]
) -> None:
    given_up = replica(4, "v2", state=State.PENDING, stalled=Reason.INVALID)
    decided = decide([*some(1, 2), given_up, *canary], 3, "v3", **more)
    assert gone(decided) == [4]
    assert born(decide([*some(1, 2), *canary], 3, "v3", **more)) == ["v1"]


def test_held_what_has_completed_has_done_the_work_of_one_that_serves() -> None:
    assert born(roll([*some(1, 2), replica(4, "v2", state=State.SUCCEEDED)], paused=True)) == []


def test_held_what_has_completed_makes_no_room() -> None:
    ill = failed(2, lived=3600, why=Reason.CRASH_LOOPING)
    decided = roll([*some(1), ill, *(replica(it, "v2", state=State.SUCCEEDED) for it in (4, 5))], paused=True)
    assert (born(decided), gone(decided)) == ([], [2])


@pytest.mark.parametrize("strategy", [{}, {"type": "Recreate"}], ids=["rolling", "Recreate"])
@pytest.mark.parametrize(("there", "births"), [([1, 2, 3], []), ([1, 2], ["v1"])], ids=["all there", "one is missing"])
def test_paused_nothing_moves_to_another_place_and_heals_go_on(
    there: list[int], births: list[str], strategy: dict[str, Any]
) -> None:
    done = status("v1", progress=Progress(revision=revision("v1").name, complete=True))
    places = [{"location": "northeurope"}]
    decided = decide(some(*there), before=done, paused=True, placements=places, strategy=strategy)
    assert (born(decided), gone(decided), reason(decided.status)) == (births, [], Reason.PAUSED)
    assert "as the spec wants them" in condition_message(decided.status)


def test_paused_on_the_way_back_what_is_starting_is_not_made_again() -> None:
    groups = [replica(1, state=State.CREATING), *some(2), *some(4, image="v2")]
    assert born(decide(groups, 3, "v1", before=WENT_BACK, paused=True)) == []


def test_held_one_that_falters_makes_no_room_where_another_does() -> None:
    ill = failed(1, lived=3600, why=Reason.CRASH_LOOPING)
    groups = [ill, replica(4, "v2", ready=False, proven=True), replica(5, "v2", state=State.CREATING)]
    assert gone(roll(groups, 3, paused=True, strategy=NO_SURGE)) == [5]


def test_paused_none_that_is_starting_is_ended_for_a_successor_of_its_own_revision() -> None:
    ails = failed(2, lived=3600, why=Reason.CRASH_LOOPING)
    before = status("v1", current_revision=None)
    decided = decide(
        [replica(1), ails, replica(3, state=State.CREATING)], 3, before=before, paused=True, strategy=NO_SURGE
    )
    assert (born(decided), gone(decided)) == ([], [])
