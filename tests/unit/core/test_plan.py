"""What a service does before it decides about replicas, and how it ends."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.group.memory import Trouble
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, HandDown, Plan, ReleaseGroup
from aci_operator.core.service.plan import CASCADE_LOOK, CASCADE_ORPHAN

from tests.unit.core.builders import T0, at, holds, reason, replica
from tests.unit.core.plans import born, decide, gone, some, status


def deleting(groups: Sequence[ContainerGroup], **more: Any) -> Plan:
    return decide(groups, meta_deletion_timestamp=T0, **more)


def test_a_service_ends_its_groups_first() -> None:
    decided = deleting([*some(1, 2), replica(3, ending=True)], before=status(updated_replicas=2))
    assert gone(decided) == [1, 2]
    assert {action.why for action in decided.actions if isinstance(action, DeleteGroup)} == {Reason.DELETING}
    assert (decided.finalizers, decided.status.updated_replicas) == (None, 0)
    assert (decided.status.replicas, decided.status.ips, reason(decided.status)) == (0, (), "Deleting")


def test_a_service_goes_last() -> None:
    assert deleting([replica(1, ending=True)]).finalizers is None
    assert deleting([], meta_finalizers=("a/b", keys.FINALIZER)).finalizers == ("a/b",)


def test_a_service_that_is_deleted_creates_nothing() -> None:
    assert born(deleting([])) == []


def test_cascade_orphan_takes_its_time_while_an_object_cannot_be_read() -> None:
    """It cannot be let go of; to look again at once would find the same."""
    decided = deleting([], meta_finalizers=(CASCADE_ORPHAN, keys.FINALIZER), unreadable=["llm-9-future"])
    assert (decided.actions, decided.after) == ((), CASCADE_LOOK)


def test_cascade_orphan_lets_go_of_the_groups_first_and_of_itself_then() -> None:
    groups = some(1, 2)
    first = deleting(groups, meta_finalizers=(CASCADE_ORPHAN, keys.FINALIZER))
    then = deleting([], meta_finalizers=(CASCADE_ORPHAN, keys.FINALIZER))
    assert (first.actions, first.finalizers) == (tuple(ReleaseGroup(group) for group in groups), None)
    assert (then.actions, then.finalizers) == ((), (CASCADE_ORPHAN,))
    assert first.after == 0, "the groups have been let go as soon as it is carried out"
    assert (first.status, then.status) == (status(), status())


def test_without_our_finalizer_nothing_is_done() -> None:
    decided = deleting(some(1, 2), meta_finalizers=("a/b",))
    assert decided == Plan(status(), healing=0)


def test_a_service_that_is_deleted_says_what_its_groups_wait_for() -> None:
    leaving = replica(1, state=State.DELETING, ready=False, ending=True)
    told = tuple(entry.model_copy(update={"reason": "WaitingForBudget"}) for entry in leaving.status.conditions)
    leaving = leaving.model_copy(update={"status": leaving.status.model_copy(update={"conditions": told})})
    assert reason(deleting([leaving]).status) == "WaitingForBudget"


def test_a_service_without_a_subscription_can_be_deleted() -> None:
    assert gone(deleting(some(1), subscriptionId=None)) == [1]


@pytest.mark.parametrize("ending", [False, True])
def test_a_changed_deletion_policy_is_handed_down_to_all_that_end_with_the_service(ending: bool) -> None:
    groups = [replica(1), replica(2, ending=True), replica(3, deletionPolicy="Orphan")]
    meta: dict[str, Any] = {"meta_deletion_timestamp": T0} if ending else {}
    decided = decide(groups, 3, deletionPolicy="Orphan", **meta)
    handed = [action.group.metadata.uid for action in decided.actions if isinstance(action, HandDown)]
    assert handed == (["uid-1", "uid-2"] if ending else ["uid-1"])
    kinds = [type(action) for action in decided.actions]
    assert not ending or kinds.index(HandDown) < kinds.index(DeleteGroup)


def test_a_replica_that_goes_while_the_service_stays_is_handed_no_policy() -> None:
    decided = decide(some(1, 2), 1, deletionPolicy="Orphan")
    handed = [action.group.metadata.uid for action in decided.actions if isinstance(action, HandDown)]
    assert (handed, gone(decided)) == (["uid-1"], [2])


def test_a_replica_that_the_service_had_replaced_before_is_not_left_running_by_its_policy() -> None:
    groups = [replica(1), replica(2, ending=True)]
    decided = decide(groups, 3, deletionPolicy="Orphan", meta_deletion_timestamp=at(1))
    assert [action.group.metadata.uid for action in decided.actions if isinstance(action, HandDown)] == ["uid-1"]


def test_the_finalizer_comes_with_the_first_plan_and_keeps_others() -> None:
    assert decide([], meta_finalizers=("a/b",)).finalizers == ("a/b", keys.FINALIZER)
    assert decide([]).finalizers is None


def test_without_a_subscription_it_stalls_and_creates_nothing() -> None:
    decided = decide(some(1), 3, subscriptionId=None)
    assert (decided.actions, reason(decided.status)) == ((), "SubscriptionMissing")
    assert holds(decided.status, ConditionType.STALLED)


def test_a_replica_that_cannot_be_read_is_not_made_a_second_time() -> None:
    decided = decide(some(1), 3, unreadable=["llm-2-abcdefgh"])
    assert (decided.actions, reason(decided.status)) == ((), "Unreadable")
    assert holds(decided.status, ConditionType.STALLED)
    ending = decide([], 3, unreadable=["llm-2-abcdefgh"], meta_deletion_timestamp=T0)
    assert (ending.actions, ending.finalizers) == ((), None)


@pytest.mark.parametrize(
    "obstacle",
    [
        {"subscriptionId": None},
        {"heritage": None},
        {"strays": [replica(9)]},
    ],
    ids=["no subscription", "unknown past", "adoption"],
)
def test_a_service_that_is_held_up_shows_no_ip_of_a_replica_that_is_gone(obstacle: dict[str, Any]) -> None:
    before = status(
        available_replicas=2, ready_replicas=2, ips=("10.0.0.1", "10.0.0.2"), ip_summary="10.0.0.1,10.0.0.2"
    )
    decided = decide([replica(1), replica(2, state=State.LOST, proven=True)], 2, before=before, **obstacle)
    after = decided.status
    assert (after.ips, after.ip_summary, after.ready_replicas) == (("10.0.0.1",), "10.0.0.1", 1)
    assert not holds(after, ConditionType.AVAILABLE)


def test_the_operators_subscription_is_taken_when_there_is_none() -> None:
    assert born(decide([], 1, subscriptionId=None, default_subscription="x")) == ["v1"]


@pytest.mark.parametrize("zone", ["1", "2", "3"])
def test_the_zone_of_a_replica_that_is_replaced_is_filled_again(zone: str) -> None:
    """The one that goes, or is going already, counts nowhere."""
    states = {"1": State.RUNNING, "2": State.RUNNING, "3": State.RUNNING, zone: State.LOST}
    placements = [{"location": "westeurope", "zones": ["1", "2", "3"]}]
    groups = [replica(number, zone=each, state=state) for number, (each, state) in enumerate(states.items(), start=1)]
    going = [*groups, replica(9, zone=next(each for each in states if each != zone), ending=True)]
    for present in (groups, going):
        decided = decide(present, 3, placements=placements)
        assert [it.place.zone for it in decided.actions if isinstance(it, CreateGroup)] == [zone]


OBSTACLE = Trouble(Reason.FORBIDDEN, "a right is missing", at(7))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"strays": some(1)}, id="adoption"),
        pytest.param({"heritage": None}, id="unknown past"),
        pytest.param({"heritage": None, "obstacle": OBSTACLE}, id="it cannot be known"),
        pytest.param({"unreadable": ["llm-2-abcdefgh"]}, id="unreadable"),
        pytest.param({"subscriptionId": None}, id="no subscription"),
        pytest.param({}, id="nothing"),
    ],
)
def test_the_finalizer_comes_whatever_holds_it_up(more: dict[str, Any]) -> None:
    assert decide([], meta_finalizers=(), **more).finalizers == (keys.FINALIZER,)
