"""What is found under a group's name: ours is accepted, a restored object's is taken over, no other is touched."""

from dataclasses import replace

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import Effect, ReadGroup, ReplaceTags, Step
from aci_operator.core.group.watch import CONFLICT_LOOK

from tests.unit.core.builders import (
    REQUESTED,
    RUNNING,
    at,
    cloud,
    foreign,
    fresh,
    group,
    holds,
    look,
    memory,
    ours,
    predecessor,
    read,
    reason,
    starting,
)


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
    assert step == Step(GroupStatus(), effect, after=after)


def test_old_tags_a_while_after_they_were_changed_are_changed_again() -> None:
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor())), wrote_at=at(-6))))
    assert isinstance(step.effect, ReplaceTags)


def test_a_restored_object_takes_nothing_over_without_the_right_to_write() -> None:
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor()))), may_write=False))
    assert (step.effect, step.after) == (None, 5)


def test_what_was_read_long_ago_is_read_again_before_it_is_taken_over() -> None:
    """Meanwhile somebody may have made another group of that name."""
    seen = look(group(RUNNING), memory(read=read(-11, cloud(predecessor()))))
    assert plan(seen) == Step(RUNNING, ReadGroup())
    assert isinstance(plan(replace(seen, now=at(-1))).effect, ReplaceTags)


def test_an_object_whose_service_is_gone_takes_nothing_over_yet() -> None:
    """Kubernetes' own collector would delete it, and with it what it has just taken."""
    step = plan(look(group(), memory(read=read(-1, cloud(predecessor()))), in_service=False))
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
