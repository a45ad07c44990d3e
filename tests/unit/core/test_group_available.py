"""When a replica counts as available: every container has run for minReadySeconds without a restart, by one read."""

from dataclasses import replace

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import State
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.group.observation import Listed, Observation
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import ReadGroup
from aci_operator.core.service.replicas import available_since

from tests.unit.core.builders import (
    CREATING,
    RUNNING,
    at,
    cloud,
    group,
    group_status,
    holds,
    look,
    memory,
    ours,
    read,
)


def seen(started: float, now: float, *, least: int = 10, before: GroupStatus = CREATING) -> Observation:
    containers = (CloudContainer("api", "Running", started_at=at(started)),)
    recalled = memory(read=read(now, cloud(ours(), containers=containers)))
    return look(group(before, min_ready_seconds=least), recalled, now=at(now))


@pytest.mark.parametrize(("ran", "available"), [(0, False), (9, False), (10, True), (11, True)])
def test_it_is_available_once_it_has_run_for_so_long(ran: float, available: bool) -> None:
    shown = plan(seen(0, ran)).status
    assert holds(shown, ConditionType.READY)
    assert holds(shown, ConditionType.AVAILABLE) is available
    assert (shown.available_at is not None) is available


def test_without_a_least_time_it_is_available_as_soon_as_it_is_ready() -> None:
    assert holds(plan(seen(0, 0, least=0)).status, ConditionType.AVAILABLE)
    unknown = cloud(ours(), containers=(CloudContainer("api", "Running", started_at=None),))
    for least, available in ((0, True), (1, False)):
        step = plan(look(group(CREATING, min_ready_seconds=least), memory(read=read(0, unknown))))
        assert holds(step.status, ConditionType.AVAILABLE) is available


def test_to_its_service_it_was_never_available_until_then_though_it_was_ready() -> None:
    early, proven = group(plan(seen(0, 9)).status), group(plan(seen(0, 10)).status)
    assert (available_since(early), available_since(proven)) == (None, at(10))
    assert early.status.ready_at is not None
    assert available_since(group(RUNNING)) == at(-240), "written by an older operator"


def test_time_that_has_passed_since_the_read_proves_nothing() -> None:
    looked = seen(0, 9)
    assert not holds(plan(replace(looked, now=at(19))).status, ConditionType.AVAILABLE)


def test_it_is_read_again_when_it_may_prove_itself() -> None:
    first = seen(0, 4)
    assert plan(first).after == pytest.approx(7)
    later = look(group(plan(first).status, min_ready_seconds=10), first.memory, now=at(11))
    assert plan(later).effect == ReadGroup()


def test_a_restart_between_two_reads_begins_anew() -> None:
    before = plan(seen(0, 4)).status
    shown = plan(seen(9, 12, before=before)).status
    assert holds(shown, ConditionType.READY)
    assert not holds(shown, ConditionType.AVAILABLE)


def test_what_is_not_ready_is_not_available() -> None:
    before = plan(seen(0, 60)).status
    waiting = cloud(ours(), containers=(CloudContainer("api", "Waiting", started_at=None),))
    step = plan(look(group(before, min_ready_seconds=10), memory(read=read(90, waiting)), now=at(90)))
    assert not holds(step.status, ConditionType.AVAILABLE)
    assert step.status.available_at == before.available_at


def test_at_rest_it_is_read_once_in_a_health_turn() -> None:
    proven = seen(0, 60)
    for_long = plan(proven).status.model_copy(update={"ready_at": at(-240)})
    again = look(group(for_long, min_ready_seconds=10), proven.memory, now=at(61))
    assert plan(again).after == pytest.approx(59)
    assert plan(replace(again, now=at(120))).effect == ReadGroup(at_rest=True)


DONE = group_status(state=State.SUCCEEDED, requested=-4000, accepted=-4000, ready_since=-3900)


@pytest.mark.parametrize(
    ("status", "at_rest"),
    [
        pytest.param(plan(seen(0, 60)).status, True, id="available"),
        pytest.param(plan(seen(0, 5)).status, False, id="ready, and not proven yet"),
        pytest.param(CREATING, False, id="starting"),
        pytest.param(DONE, True, id="completed"),
        pytest.param(RUNNING, True, id="ready, by an older operator"),
    ],
)
def test_what_only_time_calls_for_after_a_restart(status: GroupStatus, at_rest: bool) -> None:
    step = plan(look(group(status, min_ready_seconds=10), memory(look_at=599), now=at(600)))
    assert step.effect == ReadGroup(at_rest)


@pytest.mark.parametrize("listed", [None, cloud(ip="20.9.9.9")], ids=["gone", "another IP"])
def test_what_a_list_calls_for_does_not_wait_in_the_line_of_those_at_rest(listed: CloudGroup | None) -> None:
    proven = seen(0, 60)
    again = look(group(plan(proven).status, min_ready_seconds=10), proven.memory, now=at(300))
    assert plan(replace(again, listed=Listed(at(299), listed))).effect == ReadGroup(at_rest=False)


def test_of_a_container_that_began_nobody_knows_when_nothing_is_waited_for() -> None:
    """It would be looked at each second, for ever."""
    unclear = cloud(containers=[CloudContainer("api", "Running", started_at=at(0)), CloudContainer("side", "Running")])
    shown = plan(look(group(RUNNING, min_ready_seconds=10), memory(read=read(700, unclear)), now=at(700)))
    assert not holds(shown.status, ConditionType.AVAILABLE)
    assert shown.after is not None
    assert shown.after >= 5
