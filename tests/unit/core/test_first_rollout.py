"""A rollout with nothing to go back to: its deadline stops nothing, since nothing else could serve."""

from datetime import timedelta

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress

from tests.unit.core.builders import at, condition_message, holds, reason, replica, revision
from tests.unit.core.plans import born, decide, some, status
from tests.unit.core.test_service_world import World, ending


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
