"""What a read makes of a group's state: whether it is ready, its IP, its exit codes, since when."""

from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.conditions import Verdict
from aci_operator.core.group.plan import plan
from aci_operator.core.group.status import status

from tests.unit.core.builders import (
    CREATING,
    IP,
    RUNNING,
    at,
    cloud,
    group,
    holds,
    look,
    memory,
    read,
    reason,
    starting,
)


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
    assert [tell.reason for tell in step.news] == [Reason.IP_CHANGED]


def test_without_readiness_no_ip_is_shown_and_the_last_one_is_kept_to_tell_a_change() -> None:
    lost = status(look(group(RUNNING)), State.LOST, Verdict.underway(Reason.DISAPPEARED, ""))
    assert (lost.ip, lost.last_ip) == (None, IP)
    assert not holds(lost, ConditionType.AVAILABLE)
    still = status(look(group(lost)), State.LOST, Verdict.underway(Reason.DISAPPEARED, ""))
    assert (still.ip, still.last_ip) == (None, IP)
    ready = status(look(group(RUNNING)), State.RUNNING, Verdict.fine(Reason.RUNNING, ""))
    assert (ready.ip, ready.last_ip) == (IP, None)


@pytest.mark.parametrize(
    ("state", "failed_at"), [(State.FAILED, -5), (State.DELETING, -5), (State.CREATING, None), (State.RUNNING, None)]
)
def test_since_when_it_has_failed_stays_while_it_is_ended(state: State, failed_at: float | None) -> None:
    failed = RUNNING.model_copy(update={"state": State.FAILED, "failed_at": at(-5)})
    told = status(look(group(failed)), state, Verdict.underway(Reason.STARTING, ""))
    assert told.failed_at == (None if failed_at is None else at(failed_at))
