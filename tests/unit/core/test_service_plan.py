"""What a service does next: how many replicas of which revision, which go first, and what is done in which order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.actions import (
    AdoptGroup,
    CreateGroup,
    DeleteGroup,
    DropRevision,
    HandDown,
    Plan,
    ReleaseGroup,
    StoreRevision,
)
from aci_operator.core.service.plan import CASCADE_ORPHAN, STRAY_PATIENCE

from tests.unit.core.builders import T0, at, cloud, holds, reason, replica, revision
from tests.unit.core.plans import V1, V2, V3, born, decide, gone, some, status

# --- Scale


def test_from_nothing_all_are_made_at_once() -> None:
    decided = decide([], 3, before=ServiceStatus(), revisions=())
    assert (born(decided), gone(decided)) == (["v1"] * 3, [])
    assert [type(action) for action in decided.actions] == [StoreRevision, *[CreateGroup] * 3]
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [1, 2, 3]
    assert decided.status.serial == 3


@pytest.mark.parametrize(
    ("have", "wanted", "creates", "deletes"),
    [
        pytest.param(0, 3, 3, [], id="0 to 3"),
        pytest.param(3, 10, 7, [], id="3 to 10"),
        pytest.param(10, 2, 0, [3, 4, 5, 6, 7, 8, 9, 10], id="10 to 2: the newest go"),
        pytest.param(2, 0, 0, [1, 2], id="2 to 0"),
        pytest.param(0, 1, 1, [], id="0 to 1"),
        pytest.param(3, 3, 0, [], id="3 is enough"),
    ],
)
def test_scaling_replicas_that_all_run(have: int, wanted: int, creates: int, deletes: list[int]) -> None:
    decided = decide(some(*range(1, have + 1)), wanted, before=status(replicas=have))
    assert (len(born(decided)), gone(decided)) == (creates, deletes)


def test_numbers_go_on_after_the_last_one_that_was_ever_given() -> None:
    decided = decide(some(1), 3, before=status(serial=41))
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [42, 43]
    assert decided.status.serial == 43


@pytest.mark.parametrize(
    ("groups", "wanted", "bumped"),
    [
        pytest.param(some(1, 2, 3), 3, 0, id="nothing to do"),
        pytest.param(some(1, 2, 3), 2, 1, id="one deleted"),
        pytest.param(some(1, 2, 3), 0, 1, id="three deleted: one decision"),
        pytest.param(some(1), 3, 2, id="two created"),
        pytest.param([*some(1, 2), replica(3, state=State.LOST, proven=True)], 3, 2, id="replaced: room for the surge"),
    ],
)
def test_the_serial_moves_with_every_decision_that_creates_or_deletes(
    groups: list[ContainerGroup], wanted: int, bumped: int
) -> None:
    decided = decide(groups, wanted)
    acts = any(isinstance(action, CreateGroup | DeleteGroup) for action in decided.actions)
    assert decided.status.serial >= 100 + max(len(born(decided)), int(acts))
    assert (decided.status.serial > 100) is (bumped > 0)


@pytest.mark.parametrize(
    ("groups", "goes"),
    [
        pytest.param([*some(1, 2), replica(3, state=None)], 3, id="not yet looked at"),
        pytest.param([replica(1, state=State.PENDING), *some(2, 3)], 1, id="not yet sent, though the oldest"),
        pytest.param([replica(1, state=State.CREATING), replica(2, state=State.PENDING), *some(3)], 2, id="not sent"),
        pytest.param([replica(1, state=State.CREATING), *some(2, 3)], 1, id="never ready"),
        pytest.param(
            [replica(1, state=State.CREATING), replica(2, ready=False, proven=True), *some(3)],
            1,
            id="never ready before not ready now",
        ),
        pytest.param([replica(1, ready=False, proven=True), *some(2, 3)], 1, id="not ready"),
        pytest.param(some(1, 2, 3), 3, id="all ready: the newest"),
        pytest.param(some(9, 10, 2), 10, id="the newest by number, not by name"),
    ],
)
def test_the_one_that_serves_least_goes_first(groups: list[ContainerGroup], goes: int) -> None:
    assert gone(decide(groups, 2)) == [goes]


def test_what_is_ending_is_neither_counted_nor_deleted_again_but_takes_room() -> None:
    decided = decide([*some(1, 2), replica(3, ending=True), replica(4, ending=True)], 3)
    assert (born(decided), gone(decided)) == ([], [])
    assert decide([*some(1, 2), replica(3, ending=True)], 3).status.replicas == 3


def test_a_missing_serial_label_is_no_obstacle() -> None:
    bare = replica(1).model_copy(update={"metadata": replica(1).metadata.model_copy(update={"labels": {}})})
    assert decide([bare, *some(2, 3)], 3).status.serial >= 100


# --- Heal


@pytest.mark.parametrize("state", [State.LOST, State.FAILED])
def test_one_that_had_been_ready_is_replaced_at_once(state: State) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, proven=True)], 3)
    assert gone(decided) == [3]
    assert set(born(decided)) == {"v1"}
    assert {action.why for action in decided.actions if isinstance(action, CreateGroup | DeleteGroup)} == {
        Reason.HEALING
    }


@pytest.mark.parametrize("state", [State.LOST, State.FAILED])
@pytest.mark.parametrize(("since", "replaced"), [(-9, False), (-10, True), (-300, True)])
def test_one_that_never_was_ready_stays_for_a_moment(state: State, since: float, replaced: bool) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, since=since)], 3)
    assert gone(decided) == ([3] if replaced else [])
    assert replaced or decided.after == 10 + since


def test_a_failed_one_takes_its_room_until_it_is_gone_and_a_lost_one_does_not() -> None:
    failed = decide([*some(1, 2), replica(3, state=State.FAILED, proven=True), replica(4, ending=True)], 3)
    lost = decide([*some(1, 2), replica(3, state=State.LOST, proven=True), replica(4, ending=True)], 3)
    assert (born(failed), born(lost)) == ([], ["v1"])


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.PENDING, State.CREATING, State.RUNNING])
def test_one_that_is_only_not_ready_is_left_alone(state: State) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, ready=False, proven=True)], 3)
    assert (born(decided), gone(decided)) == ([], [])


# --- Roll out


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


def test_then_the_next_one_comes_by_surge() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v2")
    assert (born(decided), gone(decided)) == (["v2"], [])


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


def test_old_ones_that_falter_while_the_canary_starts_are_kept() -> None:
    """A restart of their containers, or a moment without their database, is no reason to bet all on the canary."""
    faltering = some(1, 2, 3, ready=False, proven=True)
    decided = decide([*faltering, replica(4, "v2", state=State.CREATING)], 3, "v2")
    assert gone(decided) == []


def test_the_only_replica_is_kept_when_it_falters_while_its_successor_starts() -> None:
    decided = decide([replica(1, ready=False, proven=True), replica(2, "v2", state=State.CREATING)], 1, "v2")
    assert gone(decided) == []


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


def test_a_change_of_mind_before_the_canary_serves_replaces_the_canary() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 3, "v3")
    assert (born(decided), gone(decided)) == ([], [4])
    after = decide(some(1, 2, 3), 3, "v3")
    assert born(after) == ["v3"]


def test_a_change_of_mind_in_mid_rollout_starts_with_a_canary_again() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v3")
    assert (born(decided), gone(decided)) == (["v3"], [])


def test_a_rollback_before_the_canary_serves_only_deletes_the_canary() -> None:
    decided = decide([*some(1, 2, 3), replica(4, "v2", state=State.CREATING)], 3, "v1")
    assert (born(decided), gone(decided)) == ([], [4])


def test_a_rollback_in_mid_rollout_goes_back_one_by_one() -> None:
    decided = decide(some(1, 2) + some(4, image="v2"), 3, "v1")
    assert (born(decided), gone(decided)) == (["v1"], [])
    decided = decide(some(1, 2, 5) + some(4, image="v2"), 3, "v1")
    assert (born(decided), gone(decided)) == ([], [4])


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


# --- Revisions


def test_a_revision_is_stored_before_it_is_used_and_only_once() -> None:
    assert isinstance(decide([], revisions=()).actions[0], StoreRevision)
    assert not any(isinstance(action, StoreRevision) for action in decide([], revisions=[V1]).actions)


def test_the_number_of_a_new_revision_is_the_next_one() -> None:
    stored = decide(some(1, 2, 3), 3, "v3", revisions=[V1, revision("v2", 7)]).actions[0]
    assert isinstance(stored, StoreRevision)
    assert stored.revision.number == 8


def test_ten_revisions_are_kept_beyond_those_in_use() -> None:
    history = [revision(f"old-{number}", number) for number in range(1, 14)]
    in_use = history[0]
    groups = [*some(1, 2, 3), replica(4, "old-1", ending=True)]
    decided = decide(groups, 3, "v1", revisions=[*history, revision("v1", 20)])
    dropped = [action.revision.number for action in decided.actions if isinstance(action, DropRevision)]
    assert dropped == [2, 3]
    assert in_use.number not in dropped


def test_what_was_wanted_before_is_remembered_and_kept_longest() -> None:
    first = decide(some(1, 2, 3), 3, "v2", before=status("v1", update_revision=V1.name)).status
    assert first.previous_revision == V1.name
    done = decide(some(4, 5, 6, image="v2"), 3, "v2", before=first, revisionHistoryLimit=1)
    assert done.status.previous_revision == V1.name
    assert [it.revision for it in done.actions if isinstance(it, DropRevision)] == [V3], (
        "though it was used first later"
    )


def test_the_revision_that_served_is_not_dropped_while_the_canary_starts() -> None:
    history = [V1, *(revision(f"old-{number}", number) for number in range(2, 14)), revision("v2", 20)]
    decided = decide([], 3, "v2", revisions=history)
    assert V1 not in [action.revision for action in decided.actions if isinstance(action, DropRevision)]


# --- Deletion


def deleting(groups: Sequence[ContainerGroup], **more: Any) -> Plan:
    return decide(groups, meta_deletion_timestamp=T0, **more)


def test_a_service_ends_its_groups_first() -> None:
    decided = deleting([*some(1, 2), replica(3, ending=True)])
    assert gone(decided) == [1, 2]
    assert decided.finalizers is None
    assert (decided.status.replicas, decided.status.ips, reason(decided.status)) == (0, (), "Deleting")


def test_a_service_goes_last() -> None:
    assert deleting([replica(1, ending=True)]).finalizers is None
    assert deleting([], meta_finalizers=("a/b", keys.FINALIZER)).finalizers == ("a/b",)


def test_a_service_that_is_deleted_creates_nothing() -> None:
    assert born(deleting([])) == []


def test_cascade_orphan_lets_go_of_the_groups_first_and_of_itself_then() -> None:
    groups = some(1, 2)
    first = deleting(groups, meta_finalizers=(CASCADE_ORPHAN, keys.FINALIZER))
    then = deleting([], meta_finalizers=(CASCADE_ORPHAN, keys.FINALIZER))
    assert (first.actions, first.finalizers) == (tuple(ReleaseGroup(group) for group in groups), None)
    assert (then.actions, then.finalizers) == ((), (CASCADE_ORPHAN,))


def test_without_our_finalizer_nothing_is_done() -> None:
    decided = deleting(some(1, 2), meta_finalizers=("a/b",))
    assert (decided.actions, decided.finalizers) == ((), None)


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


# --- Mistakes that are mended


def refused(serial: int, reason: Reason = Reason.FORBIDDEN, **status: Any) -> ContainerGroup:
    made = replica(serial, state=State.PENDING, stalled=reason)
    return made.model_copy(update={"status": made.status.model_copy(update=status)})


@pytest.mark.parametrize(
    "right",
    [
        {"placements": [{"location": "northeurope"}]},
        {"tags": {"cost-centre": "42"}},
        {"resourceGroupPolicy": "CreateIfMissing"},
    ],
    ids=["location", "tags", "policy"],
)
def test_a_replica_that_was_refused_follows_what_is_corrected(right: dict[str, Any]) -> None:
    decided = decide([*some(1, 2), refused(3)], 3, **right)
    assert (born(decided), gone(decided)) == (["v1"], [3])
    assert gone(decide([*some(1, 2), refused(3)], 3)) == []


def test_a_replica_that_may_be_in_azure_keeps_what_it_was_made_with() -> None:
    groups = [
        replica(1),
        refused(2, Reason.PROGRESSING),
        refused(3, requested_at=T0),
        replica(4, state=None),
        replica(5, state=State.CREATING, ready=False),
    ]
    decided = decide(groups, 5, tags={"cost-centre": "42"})
    assert (born(decided), gone(decided)) == ([], [])


# --- Before anything


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


# --- What an earlier service of the name has left


def test_objects_of_an_earlier_service_are_adopted_before_anything_is_made() -> None:
    strays = [replica(1), replica(2, ending=True)]
    decided = decide([], 3, before=ServiceStatus(), strays=strays)
    assert decided.actions == (AdoptGroup(strays[0]),)
    assert decided.after is not None
    assert not holds(decided.status, ConditionType.READY)


@pytest.mark.parametrize(("seconds", "waits"), [(0, True), (STRAY_PATIENCE - 1, True), (STRAY_PATIENCE, False)])
def test_what_kubernetes_takes_away_may_leave_its_group_and_is_waited_for_a_while(seconds: float, waits: bool) -> None:
    strays = [replica(1, ending=True)]
    decided = decide(some(2, 3), 3, strays=strays, now=T0 + timedelta(seconds=seconds))
    assert (born(decided) == []) is waits


def test_nothing_is_made_while_it_is_not_known_what_is_left() -> None:
    decided = decide([], 3, before=ServiceStatus(), heritage=None)
    assert decided.actions == ()
    assert decided.after is not None


def test_groups_that_were_left_in_azure_get_their_objects_back_by_their_names() -> None:
    left = cloud(
        {keys.TAG_REVISION: f"v1:{V1.name}"},
        name="llm-7-leftover",
    )
    other = cloud({keys.TAG_REVISION: f"v1:{V2.name}"}, name="llm-8-outdated")
    decided = decide([], 2, before=ServiceStatus(), heritage=[other, left])
    heirs = [action.heir for action in decided.actions if isinstance(action, CreateGroup)]
    assert heirs == [left, None]


def test_numbers_go_on_after_those_of_adopted_groups() -> None:
    decided = decide(some(7), 2, before=ServiceStatus())
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [8]


@pytest.mark.parametrize("wanted", [600, 400, 0])
def test_a_large_service_takes_time_in_proportion_to_its_replicas(monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    compared: list[str] = []

    def equal(one: ContainerGroup, other: object) -> bool:
        compared.append(one.metadata.name)
        return one is other

    monkeypatch.setattr(ContainerGroup, "__eq__", equal)
    groups = [*some(*range(1, 201)), *(replica(n, "v2") for n in range(201, 401))]
    dead = [replica(n, "v2", state=State.LOST, ready=False, proven=True) for n in range(401, 501)]
    decide([*groups, *dead], wanted, "v2")
    assert len(compared) <= 500
