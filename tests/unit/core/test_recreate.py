"""Recreate: never two revisions at once."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress
from aci_operator.core.service.actions import DeleteGroup

from tests.unit.core.builders import changed, failed, replica, revision
from tests.unit.core.plans import arriving, born, decide, gone, roll, some, status

CRASHING = [failed(serial, lived=900, why=Reason.CRASH_LOOPING, image="v2") for serial in (1, 2, 3)]
STARTS = replica(4, "v2", state=State.CREATING)
MOVES = replica(3, "v2", location="northeurope")
RECREATE = {"type": "Recreate"}
LATE = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))


def test_recreate_ends_all_old_replicas_and_makes_none_before_they_have_ended() -> None:
    first = roll(some(1, 2, 3), strategy=RECREATE)
    assert (born(first), gone(first)) == ([], [1, 2, 3])
    assert born(roll([replica(1, ending=True)], strategy=RECREATE)) == []
    assert born(roll([], strategy=RECREATE)) == ["v2", "v2", "v2"]


@pytest.mark.parametrize(
    ("state", "images"),
    [
        pytest.param(State.FAILED, [], id="failed: it may still be in Azure"),
        pytest.param(State.LOST, ["v2", "v2", "v2"], id="lost: it is not"),
    ],
)
def test_a_dead_one_of_the_old_revision_is_waited_for_unless_it_is_known_to_be_gone(
    state: State, images: list[str]
) -> None:
    decided = roll([replica(1, state=state, proven=True)], strategy=RECREATE)
    assert (born(decided), gone(decided)) == (images, [1])
    assert born(roll([replica(1, state=state, proven=True, ending=True)], strategy=RECREATE)) == images


@pytest.mark.parametrize(("wanted", "goes"), [(1, [1, 5]), (2, [1]), (3, [1])])
def test_scaled_down_in_its_middle_the_new_ones_that_are_too_many_go_with_the_old(wanted: int, goes: list[int]) -> None:
    decided = roll([*some(1), *some(4, 5, image="v2")], wanted, strategy=RECREATE)
    assert (born(decided), gone(decided)) == ([], goes)
    assert {action.group.metadata.uid: action.why for action in decided.actions if isinstance(action, DeleteGroup)} == {
        f"uid-{serial}": Reason.ROLLING_OUT if serial == 1 else Reason.SCALING for serial in goes
    }


def test_recreate_replaces_what_fails_without_ending_the_others() -> None:
    dead = replica(3, "v2", state=State.FAILED, proven=True)
    decided = roll([*some(1, 2, image="v2"), dead], strategy=RECREATE, before=status("v2"))
    assert gone(decided) == [3]


@pytest.mark.parametrize(
    ("groups", "more", "goes"),
    [
        pytest.param(CRASHING, {}, [1], id="one of them"),
        pytest.param([*CRASHING[:2], STARTS], {}, [], id="none while its successor starts"),
        pytest.param([*CRASHING[:2], *some(4, image="v2")], {}, [1], id="the next when it serves"),
        pytest.param(CRASHING, {"image": "v3"}, [1, 2, 3], id="all by a rollout"),
        pytest.param(CRASHING, {"image": "v3", "paused": True}, [1], id="one while that is paused"),
        pytest.param([replica(4, "v3"), *CRASHING[:2]], {"image": "v3"}, [1, 2], id="those that are left of it"),
        pytest.param(
            [changed(1, "v2"), CRASHING[1]],
            {"wanted": 0, "driftPolicy": "Replace"},
            [1, 2],
            id="those too many for a scale-down",
        ),
        pytest.param([*CRASHING[:2], MOVES], {}, [3], id="none while another moves"),
        pytest.param(
            [*CRASHING[:2], changed(3, "v2")], {"driftPolicy": "Replace"}, [3], id="nor while one has drifted"
        ),
    ],
)
def test_replicas_that_crash_but_may_serve_go_one_after_the_other(
    groups: list[ContainerGroup], more: dict[str, Any], goes: list[int]
) -> None:
    """It has no surge, so one must be missing; its rollout makes the service unavailable, and nothing else may."""
    assert gone(decide(groups, **{"image": "v2", "strategy": RECREATE, "before": status("v2"), **more})) == goes


@pytest.mark.parametrize("held", [{"paused": True}, {"before": LATE}], ids=["paused", "past the deadline"])
def test_held_new_ones_that_crash_all_go_since_no_successor_can_be_made_beside_them(held: dict[str, Any]) -> None:
    assert gone(decide(CRASHING, 3, "v2", strategy=RECREATE, **held)) == [1, 2, 3]


def test_going_back_while_paused_ends_what_crashes_and_bars_its_successor() -> None:
    back = decide([*some(1), CRASHING[2]], 3, "v1", strategy=RECREATE, paused=True)
    assert gone(back) == [3]


def test_one_that_is_missing_beside_the_new_ones_is_made() -> None:
    assert born(roll(some(1, 2, image="v2"), strategy=RECREATE)) == ["v2"]


@pytest.mark.parametrize("held", [{"paused": True}, {"before": LATE}], ids=["paused", "past the deadline"])
def test_held_it_makes_nothing_of_what_served_beside_the_update(held: dict[str, Any]) -> None:
    stuck = replica(4, "v2", state=State.CREATING)
    assert born(decide([stuck], 3, "v2", strategy=RECREATE, **held)) == []
    leaving = replica(4, "v2", state=State.CREATING, ending=True)
    assert born(decide([leaving], 3, "v2", strategy=RECREATE, **held)) == []
    assert born(decide([], 3, "v2", strategy=RECREATE, **held)) == ["v1", "v1", "v1"]


def test_nothing_is_made_beside_a_failed_one_in_the_old_place() -> None:
    groups = [replica(1, state=State.FAILED, proven=True), replica(2, state=State.LOST, proven=True)]
    decided = decide(groups, 2, strategy=RECREATE, placements=[{"location": "northeurope"}])
    assert (born(decided), gone(decided)) == ([], [1, 2])


def test_it_does_not_end_what_is_not_taken_over_yet() -> None:
    """That would leave the container group where it is."""
    elsewhere = [{"location": "northeurope"}]
    decided = decide([replica(1, location="northeurope"), arriving(2)], 1, strategy=RECREATE, placements=elsewhere)
    assert (born(decided), gone(decided)) == ([], [])
