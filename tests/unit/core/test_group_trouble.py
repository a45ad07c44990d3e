"""A group whose PUT or GET Azure refuses: what is said of it, and what is tried again."""

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import CreateResourceGroup, PutGroup, ReadGroup, Step

from tests.unit.core.builders import (
    CREATING,
    REQUESTED,
    RUNNING,
    at,
    cloud,
    foreign,
    fresh,
    group,
    group_status,
    holds,
    look,
    memory,
    read,
    reason,
    trouble,
)
from tests.unit.core.test_group_put import UNLISTED


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


def test_a_missing_resource_group_that_cannot_be_made_waits_and_is_tried_again_without_another_put() -> None:
    wanted = group(resourceGroupPolicy="CreateIfMissing")
    refused = trouble(Reason.FORBIDDEN, 5, stalled=True, resource_group_missing=True, unmade=1, of_making=True)
    waits = plan(look(wanted, fresh(trouble=refused)))
    assert (waits.effect, waits.after, reason(waits.status)) == (None, 5, "Forbidden")
    assert holds(waits.status, ConditionType.STALLED)
    told = group(waits.status, resourceGroupPolicy="CreateIfMissing")
    assert plan(look(told, fresh(trouble=refused), now=at(5))) == Step(waits.status, CreateResourceGroup())


def test_what_may_be_in_azure_is_read_before_its_resource_group_is_tried_again() -> None:
    """One false answer could else keep a group that runs out of sight for as long as nothing can be made."""
    wanted = group(REQUESTED, resourceGroupPolicy="CreateIfMissing")
    refused = trouble(Reason.FORBIDDEN, 5, stalled=True, resource_group_missing=True, unmade=1, of_making=True)
    assert plan(look(wanted, memory(trouble=refused))).effect is None
    assert plan(look(wanted, memory(trouble=refused), now=at(5))).effect == ReadGroup()


@pytest.mark.parametrize(
    ("attempts", "unmade", "called"),
    [(2, 0, False), (1, 1, False), (1, 0, True)],
    ids=["second time", "could not be made", "called before"],
)
def test_a_repeated_try_to_make_a_resource_group_says_nothing_new(attempts: int, unmade: int, called: bool) -> None:
    said = Verdict.stuck if called else Verdict.underway
    status = GroupStatus(state=State.PENDING, conditions=judged((), said(Reason.FORBIDDEN, "no right"), 1, at(-60)))
    missing = trouble(
        Reason.RESOURCE_GROUP_NOT_FOUND, attempts=attempts, stalled=True, resource_group_missing=True, unmade=unmade
    )
    step = plan(look(group(status, resourceGroupPolicy="CreateIfMissing"), fresh(trouble=missing)))
    assert step == Step(status, CreateResourceGroup())


def test_a_missing_resource_group_is_also_made_after_a_crash_in_the_middle_of_the_put() -> None:
    """The time of the PUT is written, and a GET says that there is not even a resource group."""
    wanted = group(REQUESTED, resourceGroupPolicy="CreateIfMissing")
    missing = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, resource_group_missing=True, denials=1)
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


@pytest.mark.parametrize("until", [-1, 10], ids=["over", "still there"])
def test_a_read_that_fails_makes_a_ready_group_no_worse(until: float) -> None:
    wrong = trouble(Reason.AZURE_UNAVAILABLE, until)
    step = plan(look(group(RUNNING), memory(look_at=-1, trouble=wrong)))
    assert step.status == RUNNING
    assert step.effect == (ReadGroup(at_rest=True) if until < 0 else None)


@pytest.mark.parametrize(
    ("state", "why"),
    [(State.FAILED, Reason.CRASH_LOOPING), (State.LOST, Reason.DISAPPEARED), (State.SUCCEEDED, Reason.COMPLETED)],
)
@pytest.mark.parametrize("wrong", [Reason.AZURE_UNAVAILABLE, Reason.FORBIDDEN])
def test_a_read_that_fails_takes_nothing_back_of_what_was_said_of_one_that_has_ended(
    state: State, why: Reason, wrong: Reason
) -> None:
    """The reason tells whether it may yet serve: without it, it would go before its successor has come."""
    said = judged((), Verdict.underway(why, "as it was read"), 1, at(-100))
    ended = RUNNING.model_copy(update={"state": state, "conditions": said})
    failing = trouble(wrong, 2, stalled=wrong is Reason.FORBIDDEN)
    assert plan(look(group(ended), memory(look_at=-1, trouble=failing))).status == ended


@pytest.mark.parametrize(("denials", "is_ready"), [(0, True), (1, True), (2, False)])
def test_a_ready_group_is_so_until_two_answers_rule_out_that_it_is_there(denials: int, is_ready: bool) -> None:
    told = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, attempts=3, unmade=3, denials=denials)
    assert holds(plan(look(group(RUNNING), memory(trouble=told))).status, ConditionType.READY) is is_ready
