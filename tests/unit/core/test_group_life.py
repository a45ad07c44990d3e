"""A group that is wanted: when it is sent, how a lost answer is cleared up, what is said of it while it lives."""

from dataclasses import replace
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import (
    AddFinalizer,
    CreateResourceGroup,
    Effect,
    PutGroup,
    ReadGroup,
    ReplaceTags,
    Step,
)
from aci_operator.core.group.watch import CONFLICT_LOOK

from tests.unit.core.builders import (
    CREATING,
    IP,
    REQUESTED,
    RUNNING,
    at,
    cloud,
    foreign,
    fresh,
    group,
    group_status,
    holds,
    in_list,
    look,
    memory,
    ours,
    predecessor,
    read,
    reason,
    starting,
    trouble,
)

# --- Sending it once


def test_an_object_without_the_finalizer_gets_it_before_anything_else() -> None:
    step = plan(look(group(finalizers=()), fresh()))
    assert step.effect == AddFinalizer()


def test_a_name_that_was_never_sent_is_put_without_a_get() -> None:
    step = plan(look(group(), fresh()))
    assert step.effect == PutGroup()


def test_the_time_of_the_put_is_in_the_status_before_it_is_sent() -> None:
    step = plan(look(group(), fresh(), now=at(0.7)))
    assert (step.status.requested_at, step.status.state) == (at(0), State.CREATING)
    assert step.status.cluster_id is not None


def test_a_name_from_another_process_is_looked_for_before_it_is_sent() -> None:
    """It was never sent by its status, but it may be an object that was restored from a backup."""
    assert plan(look(group(), memory())).effect == ReadGroup()


def test_a_name_from_another_process_is_sent_when_a_get_and_a_list_agree_that_it_is_not_in_azure() -> None:
    missing = memory(read=read(-1, None))
    alone = plan(look(group(), missing))
    assert (alone.effect, alone.soon) == (None, True)
    assert plan(look(group(), missing, listed=UNLISTED)).effect == PutGroup()


def test_a_read_that_is_too_old_to_write_on_is_repeated() -> None:
    assert plan(look(group(), memory(read=read(-11, None)))).effect == ReadGroup()


def test_a_group_of_its_name_in_a_list_is_looked_at_even_when_the_name_is_fresh() -> None:
    listed = Listed(at(-1), in_list(cloud(foreign())))
    assert plan(look(group(), fresh(), listed=listed)).effect == ReadGroup()


@pytest.mark.parametrize(("read_at", "list_at"), [(-1, -2), (-2, -1)], ids=["list first", "read first"])
def test_nothing_is_sent_while_a_list_shows_the_name_and_a_read_does_not(read_at: float, list_at: float) -> None:
    """Either may lag; a second PUT would restart what the LIST has seen."""
    listed = Listed(at(list_at), in_list(cloud()))
    step = plan(look(group(), memory(read=read(read_at, None)), listed=listed))
    assert step.effect in {None, ReadGroup()}


def test_a_list_that_is_newer_than_a_404_calls_for_another_read() -> None:
    listed = Listed(at(-1), in_list(cloud()))
    assert plan(look(group(), memory(read=read(-2, None)), listed=listed)).effect == ReadGroup()


@pytest.mark.parametrize("listed_at", [-2, -1])
def test_a_404_that_is_newer_than_the_list_waits_for_the_next_list(listed_at: float) -> None:
    listed = Listed(at(listed_at), in_list(cloud()))
    step = plan(look(group(), memory(read=read(-1, None)), listed=listed))
    assert step == Step(group().status, after=5, soon=True)


def test_nothing_is_sent_before_the_budget_allows_it() -> None:
    step = plan(look(group(), fresh(), turn=Turn(at(30), at(42))))
    assert (step.effect, step.after, reason(step.status)) == (None, 30, "WaitingForBudget")
    assert step.status.state is State.PENDING
    assert step.status.requested_at is None


def test_a_turn_that_comes_in_a_moment_is_not_worth_a_word() -> None:
    step = plan(look(group(), fresh(), turn=Turn(at(0.5), at(0.5))))
    assert (step.effect, step.after, step.status) == (None, 0.5, group().status)


@pytest.mark.parametrize(
    ("turn", "effect"), [(Turn(at(30), at(42)), None), (None, ReadGroup())], ids=["waits", "comes"]
)
def test_what_is_read_before_its_put_is_not_read_again_while_it_is_in_the_line(
    turn: Turn | None, effect: ReadGroup | None
) -> None:
    assert plan(look(group(), memory(read=read(-60, None)), turn=turn)).effect == effect


def test_nothing_is_sent_without_the_right_to_write() -> None:
    step = plan(look(group(), fresh(), may_write=False))
    assert step == Step(group().status, after=5)


# --- What is found under the name


@pytest.mark.parametrize("status", [GroupStatus(), REQUESTED], ids=["never sent", "answer lost"])
def test_our_own_group_is_taken_for_accepted(status: GroupStatus) -> None:
    step = plan(look(group(status), memory(read=read(-1, starting()))))
    assert (step.effect, step.status.state) == (None, State.CREATING)
    assert step.status.accepted_at is not None
    assert step.status.requested_at is not None


@pytest.mark.parametrize("status", [GroupStatus(), REQUESTED, RUNNING], ids=["never sent", "answer lost", "running"])
def test_the_group_of_a_restored_object_is_taken_over_by_its_tags(status: GroupStatus) -> None:
    before = {**predecessor(), "added-by": "a policy"}
    step = plan(look(group(status), memory(read=read(-1, cloud(before)))))
    assert step.effect == ReplaceTags({**before, keys.TAG_UID: group().metadata.uid})
    assert [tell.reason for tell in step.tell] == [Reason.TAKEN_OVER]
    assert step.status == status


@pytest.mark.parametrize(("wrote", "seen", "effect", "after"), [(-2, -1, None, 3), (-6, -5, ReadGroup(), None)])
def test_old_tags_right_after_they_were_changed_are_not_believed(
    wrote: float, seen: float, effect: Effect | None, after: float | None
) -> None:
    step = plan(look(group(), memory(read=read(seen, cloud(predecessor())), wrote_at=at(wrote))))
    assert (step.effect, step.after) == (effect, after)


def test_old_tags_a_while_after_they_were_changed_are_changed_again() -> None:
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor())), wrote_at=at(-6))))
    assert isinstance(step.effect, ReplaceTags)


def test_a_restored_object_takes_nothing_over_without_the_right_to_write() -> None:
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor()))), may_write=False))
    assert (step.effect, step.after) == (None, 5)


@pytest.mark.parametrize("status", [GroupStatus(), REQUESTED], ids=["never sent", "answer lost"])
@pytest.mark.parametrize(
    "tags",
    [
        pytest.param(foreign(), id="somebody else's"),
        pytest.param({}, id="no tags"),
        pytest.param({**ours(), keys.TAG_CLUSTER: "another"}, id="another cluster, our uid"),
        pytest.param({**ours(), keys.TAG_UID: "x", keys.TAG_NAME: "other"}, id="our cluster, another object"),
    ],
)
def test_a_foreign_group_in_the_way_is_never_touched(status: GroupStatus, tags: dict[str, str]) -> None:
    step = plan(look(group(status), memory(read=read(-1, cloud(tags)))))
    assert (step.effect, step.after, reason(step.status)) == (None, CONFLICT_LOOK, "OwnershipConflict")
    assert holds(step.status, ConditionType.STALLED)
    assert step.status.requested_at is None


def test_looking_again_at_a_foreign_group_says_nothing_new() -> None:
    """The look comes every minute for ever: it must not write the status twice each time."""
    stalled = plan(look(group(), memory(read=read(-1, cloud(foreign()))))).status
    again = plan(look(group(stalled), memory(read=read(-61, cloud(foreign())))))
    assert (again.effect, again.status) == (ReadGroup(), stalled)


# --- An answer that was lost

UNLISTED = Listed(at(29), None)


def test_a_put_without_an_answer_is_looked_for_at_once() -> None:
    assert plan(look(group(REQUESTED), memory(wrote_at=at(0)))).effect == ReadGroup()


@pytest.mark.parametrize(("age", "effect"), [(0, None), (4.9, None), (5, ReadGroup()), (8, ReadGroup())], ids=str)
def test_then_it_is_looked_for_every_five_seconds(age: float, effect: ReadGroup | None) -> None:
    step = plan(look(group(REQUESTED), memory(read=read(3, None)), now=at(3 + age)))
    assert (step.effect, reason(step.status)) == (effect, "Starting")
    assert effect or (step.after == 5 and step.soon)


@pytest.mark.parametrize(("last", "effect"), [(5, None), (50.9, None), (51, PutGroup()), (300, PutGroup())], ids=str)
def test_it_is_sent_again_only_when_404_has_outlasted_the_ghost_window(last: float, effect: PutGroup | None) -> None:
    """After a restart: it may have been sent a second after the status says so, and been on its way for 20 s."""
    recalled = memory(read=read(last, None), missing_since=at(1))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


@pytest.mark.parametrize(("last", "effect"), [(69.9, None), (70, PutGroup())], ids=str)
def test_the_ghost_window_begins_when_a_slow_put_has_ended(last: float, effect: PutGroup | None) -> None:
    recalled = memory(wrote_at=at(40), read=read(last, None), missing_since=at(41))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


@pytest.mark.parametrize(("last", "effect"), [(31.9, None), (32, PutGroup())], ids=str)
def test_it_begins_early_when_a_put_has_ended_early(last: float, effect: PutGroup | None) -> None:
    recalled = memory(wrote_at=at(2), read=read(last, None), missing_since=at(3))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


def test_the_ghost_window_counts_from_the_put_and_not_from_the_restart() -> None:
    recalled = memory(read=read(60, None), missing_since=at(60))
    assert plan(look(group(REQUESTED), recalled, now=at(60), listed=UNLISTED)).effect == PutGroup()


def test_after_a_restart_one_404_is_not_enough_to_send_it_again() -> None:
    """The window is over already, and what the process before has made may be running."""
    step = plan(look(group(REQUESTED), memory(read=read(60, None), missing_since=at(60)), now=at(60)))
    assert (step.effect, step.soon) == (None, True)


def test_a_run_of_404s_from_before_a_put_that_never_left_does_not_hold_it_back_for_ever() -> None:
    """The time of the PUT was written, but the right to write was lost before the call."""
    recalled = memory(read=read(51, None), missing_since=at(-2))
    assert plan(look(group(REQUESTED), recalled, now=at(51), listed=UNLISTED)).effect == PutGroup()


def test_the_time_of_the_second_put_replaces_that_of_the_first() -> None:
    recalled = memory(read=read(60, None), missing_since=at(60))
    step = plan(look(group(REQUESTED), recalled, now=at(61), listed=UNLISTED))
    assert step.status.requested_at == at(61)


def test_a_list_that_shows_the_name_holds_a_second_put_back() -> None:
    recalled = memory(read=read(60, None), missing_since=at(1))
    step = plan(look(group(REQUESTED), recalled, listed=Listed(at(58), in_list(starting())), now=at(60)))
    assert (step.effect, step.soon) == (None, True)


def test_a_second_put_passes_the_budget_too() -> None:
    recalled = memory(read=read(60, None), missing_since=at(1))
    step = plan(look(group(REQUESTED), recalled, turn=Turn(at(70), at(70)), now=at(60), listed=UNLISTED))
    assert (step.effect, step.after) == (None, 10)


def test_a_put_of_another_process_is_looked_for_although_this_one_drew_the_name() -> None:
    assert plan(look(group(REQUESTED), fresh())).effect == ReadGroup()
    assert plan(look(group(REQUESTED), fresh(asked_at=at(0)))).effect == PutGroup()


# --- Refused


def test_a_name_that_this_process_did_not_draw_is_read_before_each_put() -> None:
    """While Azure refused it, somebody else may have made a group of that name."""
    refused = look(group(), memory(unsent=True, wrote_at=at(-60)))
    assert plan(refused).effect == ReadGroup()
    found = memory(unsent=True, wrote_at=at(-60), read=read(-1, cloud(foreign())))
    assert reason(plan(look(group(), found)).status) == "OwnershipConflict"
    missing = memory(unsent=True, wrote_at=at(-60), read=read(-1, None))
    assert plan(look(group(), missing, listed=UNLISTED)).effect == PutGroup()


def test_a_refused_put_keeps_its_name_and_says_what_is_wrong() -> None:
    recalled = fresh(trouble=trouble(Reason.INVALID, 60, stalled=True), asked_at=at(0))
    step = plan(look(group(REQUESTED), recalled))
    assert (step.effect, step.after, reason(step.status)) == (None, 60, "InvalidSpec")
    assert (step.status.state, step.status.requested_at) == (State.PENDING, None)
    assert holds(step.status, ConditionType.STALLED)


def test_what_heals_by_itself_is_not_stalled() -> None:
    step = plan(look(group(REQUESTED), fresh(trouble=trouble(Reason.QUOTA_EXCEEDED))))
    assert (reason(step.status), holds(step.status, ConditionType.STALLED)) == ("QuotaExceeded", False)
    assert holds(step.status, ConditionType.RECONCILING)


def test_after_the_pause_it_is_sent_again() -> None:
    refused = group_status(state=State.PENDING)
    recalled = fresh(trouble=trouble(Reason.QUOTA_EXCEEDED, 10))
    step = plan(look(group(refused), recalled, now=at(10)))
    assert step.effect == PutGroup()
    assert (reason(step.status), step.status.requested_at) == ("QuotaExceeded", at(10)), (
        "it says why until that changes"
    )


def test_a_missing_resource_group_is_made_when_that_is_wanted() -> None:
    wanted = group(resourceGroupPolicy="CreateIfMissing")
    missing = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, resource_group_missing=True)
    step = plan(look(wanted, fresh(trouble=missing)))
    assert step.effect == CreateResourceGroup()
    assert not holds(step.status, ConditionType.STALLED)


def test_a_missing_resource_group_is_not_made_without_the_right_to_write() -> None:
    wanted = group(resourceGroupPolicy="CreateIfMissing")
    missing = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, resource_group_missing=True)
    assert plan(look(wanted, fresh(trouble=missing), may_write=False)) == Step(wanted.status, after=5)


def test_a_missing_resource_group_is_also_made_after_a_crash_in_the_middle_of_the_put() -> None:
    """The time of the PUT is written, and a GET says that there is not even a resource group."""
    wanted = group(REQUESTED, resourceGroupPolicy="CreateIfMissing")
    missing = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, resource_group_missing=True, nothing_there=True)
    assert plan(look(wanted, memory(trouble=missing))).effect == CreateResourceGroup()


def test_a_missing_resource_group_stalls_otherwise() -> None:
    missing = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, resource_group_missing=True)
    step = plan(look(group(), fresh(trouble=missing)))
    assert (step.effect, reason(step.status)) == (None, "ResourceGroupNotFound")


def test_what_stalled_it_stays_said_after_a_restart_until_a_look_tells_something_else() -> None:
    wrong = trouble(Reason.FORBIDDEN, 10, stalled=True)
    told = plan(look(group(REQUESTED), memory(trouble=wrong))).status
    assert told.state is State.CREATING
    assert plan(look(group(told), memory(), now=at(60))) == Step(told, ReadGroup())


@pytest.mark.parametrize("status", [GroupStatus(), REQUESTED, CREATING], ids=["never sent", "answer lost", "accepted"])
@pytest.mark.parametrize("stalled", [True, False])
def test_trying_again_to_look_says_nothing_new(status: GroupStatus, stalled: bool) -> None:
    """A right that is missing for a day must not write the status twice a minute."""
    wrong = trouble(Reason.FORBIDDEN if stalled else Reason.AZURE_UNAVAILABLE, 10, stalled=stalled)
    told = plan(look(group(status), memory(trouble=wrong))).status
    again = plan(look(group(told), memory(trouble=wrong), now=at(10)))
    assert (again.effect, again.status) == (ReadGroup(), told)


# --- Accepted, and then?


def test_an_accepted_put_is_written_down() -> None:
    recalled = memory(look_at=60, wrote_at=at(1), accepted_at=at(1))
    step = plan(look(group(REQUESTED), recalled, now=at(1)))
    assert (step.status.accepted_at, step.effect, step.soon, step.after) == (at(1), None, True, 59)


def accepted(listed: CloudGroup | None, began: float = 15, **more: Any) -> Observation:
    """A group that was accepted at 1 and not read since; a LIST says something of it."""
    status = group_status(state=State.CREATING, requested=0, accepted=1)
    recalled = memory(look_at=61, wrote_at=at(1), accepted_at=at(1))
    return look(group(status), recalled, listed=Listed(at(began), listed), now=at(began + 1), **more)


def test_while_the_list_says_that_it_is_being_made_nothing_is_asked() -> None:
    step = plan(accepted(in_list(starting())))
    assert (step.effect, step.soon, step.after) == (None, True, 45)


@pytest.mark.parametrize("provisioning", ["Succeeded", "Failed"])
def test_when_the_list_says_that_it_has_ended_one_get_confirms_it(provisioning: str) -> None:
    assert plan(accepted(in_list(cloud(provisioning=provisioning)))).effect == ReadGroup()


def test_without_any_news_from_lists_it_is_read_after_a_while() -> None:
    status = group_status(state=State.CREATING, requested=0, accepted=1)
    recalled = memory(look_at=61, wrote_at=at(1), accepted_at=at(1))
    assert plan(look(group(status), recalled, now=at(60.9))).effect is None
    assert plan(look(group(status), recalled, now=at(61))).effect == ReadGroup()


def test_a_list_without_it_calls_for_a_read() -> None:
    assert plan(accepted(None)).effect == ReadGroup()


def test_one_look_at_a_running_group_makes_it_ready_with_its_ip() -> None:
    step = plan(look(group(CREATING), memory(read=read(0, cloud())), now=at(0.4)))
    assert (step.status.state, step.status.ip, step.status.ready_at) == (State.RUNNING, IP, at(0))
    assert holds(step.status, ConditionType.READY)
    assert (step.effect, step.soon) == (None, False)


def test_a_list_that_is_older_than_the_read_brings_no_news() -> None:
    listed = Listed(at(-3), in_list(cloud()))
    step = plan(look(group(CREATING), memory(read=read(-2, starting())), listed=listed))
    assert (step.effect, step.status.state) == (None, State.CREATING)


# --- How it is


def container(state: str = "Running", **more: Any) -> CloudContainer:
    return CloudContainer("api", state, **more)


@pytest.mark.parametrize(
    ("seen", "state", "why"),
    [
        pytest.param(starting(), State.CREATING, "Starting", id="being made"),
        pytest.param(cloud(provisioning="Pending", state=""), State.CREATING, "Starting", id="pending"),
        pytest.param(cloud(provisioning=""), State.CREATING, "Starting", id="no provisioning state"),
        pytest.param(cloud(state="Pending"), State.CREATING, "Starting", id="provisioned, pending"),
        pytest.param(cloud(state=""), State.CREATING, "Starting", id="provisioned, no instance view"),
        pytest.param(cloud(containers=[]), State.CREATING, "Starting", id="no container"),
        pytest.param(cloud(containers=[container("Waiting")]), State.CREATING, "Starting", id="a container waits"),
        pytest.param(
            cloud(containers=[container(), CloudContainer("sidecar", "Terminated", exit_code=1)]),
            State.CREATING,
            "Starting",
            id="one of two has ended and will come back",
        ),
        pytest.param(cloud(ip=""), State.CREATING, "Starting", id="no IP yet"),
        pytest.param(cloud(), State.RUNNING, "Running", id="runs"),
        pytest.param(cloud(provisioning="Failed", state=""), State.FAILED, "StartFailed", id="provisioning failed"),
        pytest.param(cloud(provisioning="Failed"), State.FAILED, "StartFailed", id="failed, though it seems to run"),
        pytest.param(cloud(state="Stopped"), State.FAILED, "Stopped", id="stopped by hand"),
        pytest.param(
            cloud(state="Failed", containers=[container("Terminated", exit_code=2)]),
            State.FAILED,
            "Stopped",
            id="Never, exit code 2",
        ),
        pytest.param(
            cloud(state="Succeeded", containers=[container("Terminated", exit_code=0)]),
            State.SUCCEEDED,
            "Completed",
            id="Never, exit code 0",
        ),
    ],
)
def test_what_a_read_says_of_a_group_that_was_never_ready(seen: CloudGroup, state: State, why: str) -> None:
    step = plan(look(group(CREATING), memory(read=read(0, seen))))
    assert (step.status.state, reason(step.status)) == (state, why)
    assert holds(step.status, ConditionType.READY) is (state is State.RUNNING)
    assert step.status.ip == (IP if state is State.RUNNING else None)
    assert step.status.ready_at == (at(0) if state is State.RUNNING else None)


def test_a_failure_counts_from_when_it_was_found_and_not_from_the_first_word_of_the_object() -> None:
    """A replica that never was ready stays for a minute after it; an image pull can fail after many."""
    failed = cloud(provisioning="Failed", state="")
    first = plan(look(group(CREATING), memory(read=read(300, failed)), now=at(300))).status
    assert first.failed_at == at(300)
    later = plan(look(group(first), memory(read=read(360, failed)), now=at(360))).status
    assert later.failed_at == at(300)
    well = plan(look(group(later), memory(read=read(400, cloud())), now=at(400))).status
    assert well.failed_at is None


def test_azures_own_words_are_told_when_it_could_not_start() -> None:
    failed = cloud(provisioning="Failed", failure="Failed to pull image: not found")
    step = plan(look(group(CREATING), memory(read=read(0, failed))))
    assert "not found" in step.status.conditions[0].message


def test_exit_codes_are_told_and_kept() -> None:
    ended = cloud(state="Failed", containers=[container("Terminated", exit_code=137, restarts=4, detail="OOMKilled")])
    step = plan(look(group(RUNNING), memory(read=read(0, ended))))
    assert "137" in step.status.conditions[0].message
    assert (step.status.restarts, step.status.containers[0].exit_code) == (4, 137)


def test_a_group_without_a_network_is_ready_without_an_ip() -> None:
    subject = group(CREATING, network={"type": "None"}, template={"containers": group().spec.template.containers})
    step = plan(look(subject, memory(read=read(0, cloud(ip="")))))
    assert holds(step.status, ConditionType.READY)
    assert step.status.ip is None


def test_one_that_was_ready_keeps_its_word_while_a_container_comes_back_but_shows_no_ip() -> None:
    back = cloud(containers=[container("Waiting", restarts=1)])
    step = plan(look(group(RUNNING), memory(read=read(0, back))))
    assert (step.status.state, step.status.ip) == (State.RUNNING, None)
    assert not holds(step.status, ConditionType.READY)
    assert step.status.ready_at == RUNNING.ready_at


def test_the_first_time_of_being_ready_is_kept() -> None:
    step = plan(look(group(RUNNING), memory(read=read(0, cloud()))))
    assert (step.status.ready_at, step.status.accepted_at) == (RUNNING.ready_at, RUNNING.accepted_at)


def test_a_new_ip_is_shown_and_told() -> None:
    step = plan(look(group(RUNNING), memory(read=read(0, cloud(ip="20.9.9.9")))))
    assert step.status.ip == "20.9.9.9"
    assert [tell.reason for tell in step.tell] == [Reason.IP_CHANGED]


def test_a_converged_group_is_left_in_peace_until_its_health_turn() -> None:
    subject = group(plan(look(group(RUNNING), memory(read=read(0, cloud())))).status)
    quiet = Listed(at(30), in_list(cloud()))
    step = plan(look(subject, memory(read=read(0, cloud())), listed=quiet, now=at(31)))
    assert (step.effect, step.status, step.soon, step.after) == (None, subject.status, False, 29)


def test_the_health_turn_is_one_read() -> None:
    assert plan(look(group(RUNNING), memory(read=read(0, cloud())), now=at(60))).effect == ReadGroup()


def test_after_a_restart_a_group_at_rest_waits_for_its_place_in_the_turn() -> None:
    step = plan(look(group(RUNNING), memory(look_at=37)))
    assert (step.effect, step.after, step.status) == (None, 37, RUNNING)


FALTERS = group_status(state=State.RUNNING, requested=-300, accepted=-300).model_copy(
    update={"ready_at": at(-240), "provisioning_state": "Succeeded"}
)
WITHOUT_IP = RUNNING.model_copy(update={"ip": None})


@pytest.mark.parametrize(
    ("status", "listed", "effect"),
    [
        pytest.param(RUNNING, cloud(), None, id="as it is known"),
        pytest.param(RUNNING, cloud(ip="20.9.9.9"), ReadGroup(), id="another IP"),
        pytest.param(RUNNING, cloud(provisioning="Failed"), ReadGroup(), id="failed"),
        pytest.param(RUNNING, cloud(provisioning="Updating"), None, id="Azure is at it"),
        pytest.param(WITHOUT_IP, cloud(ip=""), None, id="it has no IP, as is known"),
        pytest.param(FALTERS, cloud(), None, id="not ready: its IP is not shown"),
        pytest.param(CREATING, cloud(), ReadGroup(), id="it came up"),
    ],
)
def test_after_a_restart_a_list_calls_for_a_read_only_if_it_differs_from_the_status(
    status: GroupStatus, listed: CloudGroup, effect: ReadGroup | None
) -> None:
    step = plan(look(group(status), memory(look_at=37), listed=Listed(at(0), in_list(listed))))
    assert step.effect == effect


def test_a_list_that_says_what_the_read_said_calls_for_no_other() -> None:
    waits = cloud(ip="", containers=[CloudContainer("api", "Waiting")])
    listed = Listed(at(1), in_list(waits))
    assert plan(look(group(CREATING), memory(read=read(0, waits)), listed=listed, now=at(2))).effect is None


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(cloud(ip="20.9.9.9"), id="another IP"),
        pytest.param(cloud(provisioning="Failed"), id="failed"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_list_that_differs_from_the_status_calls_for_a_read_at_once(listed: CloudGroup | None) -> None:
    news = Listed(at(30), in_list(listed) if listed else None)
    subject = group(RUNNING)
    assert plan(look(subject, memory(read=read(0, cloud())), listed=news, now=at(31))).effect == ReadGroup()


@pytest.mark.parametrize("until", [-1, 10], ids=["over", "still there"])
def test_a_read_that_fails_makes_a_ready_group_no_worse(until: float) -> None:
    wrong = trouble(Reason.AZURE_UNAVAILABLE, until)
    step = plan(look(group(RUNNING), memory(look_at=-1, trouble=wrong)))
    assert step.status == RUNNING
    assert step.effect == (ReadGroup() if until < 0 else None)


def test_what_was_read_long_ago_is_read_again_before_it_is_taken_over() -> None:
    """Meanwhile somebody may have made another group of that name."""
    seen = look(group(RUNNING), memory(read=read(-11, cloud(predecessor()))))
    assert plan(seen).effect == ReadGroup()
    assert isinstance(plan(replace(seen, now=at(-1))).effect, ReplaceTags)


def test_an_object_whose_service_is_gone_takes_nothing_over_yet() -> None:
    """Kubernetes' own collector would delete it, and with it what it has just taken."""
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor()))), in_service=False))
    assert (step.effect, step.after) == (None, 5)


# --- Gone


def missing(*, listed: bool | None, found: bool, accepted_at: float = -300, read_at: float = -1) -> Observation:
    """A ready group; `listed` is None when no LIST counts."""
    status = RUNNING.model_copy(update={"accepted_at": at(accepted_at)})
    news = None if listed is None else Listed(at(-0.5), in_list(cloud()) if listed else None)
    return look(group(status), memory(read=read(read_at, cloud() if found else None)), listed=news)


def test_a_404_and_a_list_without_it_together_mean_lost() -> None:
    """The LIST began after the 404, so it is looked at a second time."""
    seen = missing(listed=False, found=False)
    assert plan(seen).effect == ReadGroup()
    again = replace(seen, memory=memory(read=read(0, None), missing_since=at(-1)))
    step = plan(again)
    assert (step.effect, step.status.state, reason(step.status)) == (None, State.LOST, "Disappeared")
    assert step.status.ip is None


@pytest.mark.parametrize("listed", [True, None], ids=["the LIST shows it", "no LIST"])
def test_a_404_alone_changes_nothing(listed: bool | None) -> None:
    step = plan(missing(listed=listed, found=False))
    assert (step.status.state, step.status.ip) == (State.RUNNING, IP)
    assert step.soon or step.effect == ReadGroup()


def test_a_list_without_it_alone_changes_nothing() -> None:
    seen = replace(missing(listed=False, found=True), memory=memory(read=read(0, cloud())))
    step = plan(seen)
    assert (step.effect, step.status.state, step.status.ip) == (None, State.RUNNING, IP)


@pytest.mark.parametrize(("accepted", "state"), [(-30, State.RUNNING), (-31, State.LOST)])
def test_a_group_that_was_only_just_accepted_is_not_lost_yet(accepted: float, state: State) -> None:
    step = plan(missing(listed=False, found=False, accepted_at=accepted, read_at=0))
    assert (step.effect, step.status.state) == (None, state)


@pytest.mark.parametrize(("read_at", "effect", "after"), [(-10, None, 5), (-10.1, ReadGroup(), None)])
def test_while_a_404_proves_nothing_it_is_read_again_and_again(
    read_at: float, effect: ReadGroup | None, after: float | None
) -> None:
    step = plan(missing(listed=None, found=False, read_at=read_at))
    assert (step.effect, step.after, step.status.state) == (effect, after, State.RUNNING)
    assert step.soon is (effect is None)


@pytest.mark.parametrize(("read_at", "state"), [(30.9, State.RUNNING), (31, State.LOST)])
def test_what_is_read_within_the_ghost_window_of_its_put_is_not_lost(read_at: float, state: State) -> None:
    """The status has the time of Azure's answer in whole seconds, so that it may be up to one second later."""
    seen = missing(listed=False, found=False, accepted_at=0, read_at=read_at)
    step = plan(replace(seen, listed=Listed(at(29), None), now=at(31)))
    assert (step.status.state, step.effect) == (state, None if state is State.LOST else ReadGroup())


def test_a_lost_group_that_shows_itself_again_is_what_it_is() -> None:
    lost = group_status(state=State.LOST, requested=-400, accepted=-400, ready_since=-300)
    assert plan(look(group(lost), memory(read=read(0, cloud())))).status.state is State.RUNNING


def test_a_lost_group_is_not_read_at_every_list() -> None:
    lost = group_status(state=State.LOST, requested=-400, accepted=-400, ready_since=-300)
    listed = Listed(at(20), None)
    step = plan(look(group(lost), memory(read=read(0, None)), listed=listed, now=at(21)))
    assert (step.effect, step.status.state, step.after) == (None, State.LOST, 39)


def test_a_group_that_lost_our_tags_is_left_alone() -> None:
    step = plan(look(group(RUNNING), memory(read=read(0, cloud(foreign())))))
    assert (step.effect, reason(step.status), step.status.ip) == (None, "OwnershipConflict", None)
    assert step.after == CONFLICT_LOOK


# --- Another cluster


@pytest.mark.parametrize("recalled", [fresh(), memory(), memory(read=read(0, cloud()))])
def test_under_another_cluster_id_nothing_is_written(recalled: Memory) -> None:
    before = RUNNING.model_copy(update={"cluster_id": "another"})
    step = plan(look(group(before), recalled))
    assert (step.effect, reason(step.status)) == (None, "ScopeMismatch")
    assert step.status.cluster_id == "another"
    assert "another" in step.status.conditions[0].message


def test_the_cluster_id_is_written_down_at_the_first_word() -> None:
    assert plan(look(group(), memory())).status.cluster_id is not None
