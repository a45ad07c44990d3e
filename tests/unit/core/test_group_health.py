"""What a direct read says about a group's health, and what Azure leaves in a bad state for too long."""

from dataclasses import replace
from datetime import datetime

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerStatus, GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.api.template import RestartPolicy
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.group.crashes import CRASH_LIMIT, RAN_WELL, settled
from aci_operator.core.group.health import IP_DEADLINE, START_DEADLINE, assess
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import Step
from aci_operator.core.story import Tell

from tests.unit.core.builders import (
    CREATING,
    IP,
    RUNNING,
    at,
    cloud,
    condition,
    group,
    group_status,
    look,
    memory,
    read,
    reason,
    starting,
    template,
)

WAITING = CloudContainer("api", "Waiting", detail="ImagePullBackOff")
CRASHED = CloudContainer("api", "Waiting", restarts=1, exit_code=1, detail="CrashLoopBackOff")
FAILING = replace(starting(), failure="no such image")
UNWELL = group_status(state=State.RUNNING, requested=-300, accepted=-300, ready_since=0).model_copy(
    update={"ready_at": at(-240)}
)
"""Ready until T0, and not since."""


def container(
    state: str = "Running", *, restarts: int = 0, since: float | None = 0, killed: bool = False, code: int | None = None
) -> CloudContainer:
    started: datetime | None = at(since) if since is not None else None
    return CloudContainer("api", state, restarts=restarts, exit_code=code, started_at=started, killed=killed)


@pytest.mark.parametrize(
    ("seen", "before", "seconds", "state", "why"),
    [
        pytest.param(starting(), CREATING, START_DEADLINE - 10, "Creating", "Starting", id="starting"),
        pytest.param(starting(), CREATING, START_DEADLINE, "Failed", "Stuck", id="starting for too long"),
        pytest.param(
            cloud(state="Waiting", containers=[WAITING]), CREATING, START_DEADLINE, "Failed", "Stuck", id="waiting"
        ),
        pytest.param(cloud(containers=[WAITING]), UNWELL, START_DEADLINE - 1, "Running", "Starting", id="falters"),
        pytest.param(cloud(containers=[WAITING]), UNWELL, START_DEADLINE, "Failed", "Stuck", id="falters for long"),
        pytest.param(cloud(containers=[WAITING]), RUNNING, 9999, "Running", "Starting", id="was ready until now"),
        pytest.param(FAILING, CREATING, 0, "Creating", "StartFailing", id="goes on trying"),
        pytest.param(FAILING, CREATING, START_DEADLINE, "Failed", "Stuck", id="tried for long"),
        pytest.param(
            cloud(containers=[CRASHED]), CREATING, 0, "Creating", "Restarting", id="crashed before it was ready"
        ),
        pytest.param(cloud(containers=[CRASHED]), RUNNING, 0, "Running", "Restarting", id="crashed"),
        pytest.param(FAILING, RUNNING, 0, "Running", "Starting", id="has been ready before"),
        pytest.param(
            cloud(provisioning="Creating", failure="once"), CREATING, 0, "Creating", "Starting", id="tried, and runs"
        ),
        pytest.param(
            cloud(containers=[container(restarts=1), WAITING]),
            RUNNING,
            0,
            "Running",
            "Starting",
            id="another had crashed",
        ),
        pytest.param(
            cloud(containers=[container("Terminated", restarts=1, code=0), container()]),
            RUNNING,
            0,
            "Running",
            "Starting",
            id="crashed once, and has ended well",
        ),
        pytest.param(cloud(ip=""), CREATING, IP_DEADLINE - 1, "Creating", "Starting", id="no IP yet"),
        pytest.param(cloud(ip=""), CREATING, IP_DEADLINE, "Failed", "NoIPAddress", id="no IP for long"),
        pytest.param(cloud(ip=""), UNWELL, IP_DEADLINE, "Failed", "NoIPAddress", id="lost its IP"),
        pytest.param(cloud(ip=""), RUNNING, 9999, "Running", "Starting", id="had an IP until now"),
        pytest.param(
            cloud(ip="", containers=[container(since=1000)]),
            CREATING,
            1000 + IP_DEADLINE - 1,
            "Creating",
            "Starting",
            id="no IP: from the start of the containers on",
        ),
        pytest.param(cloud(state="Stopped"), RUNNING, 0, "Failed", "Stopped", id="stopped"),
        pytest.param(cloud(state="Failed"), RUNNING, 0, "Failed", "Stopped", id="ended"),
        pytest.param(cloud(provisioning="Failed"), CREATING, 0, "Failed", "StartFailed", id="could not start"),
        pytest.param(cloud(state="Succeeded"), RUNNING, 0, "Succeeded", "Completed", id="completed"),
    ],
)
def test_how_a_group_is(seen: CloudGroup, before: GroupStatus, seconds: float, state: str, why: str) -> None:
    health = assess(group(before), seen, at(seconds), 0)
    assert (health.state.value, health.verdict.reason.value) == (state, why)


SIDECAR = CloudContainer("side", "Terminated", exit_code=2, started_at=at(0))


@pytest.mark.parametrize(
    ("seen", "seconds", "words"),
    [
        pytest.param(cloud(), 0, f"running with IP {IP}", id="runs"),
        pytest.param(starting(), 0, "Azure is starting it (provisioningState Creating)", id="starting"),
        pytest.param(
            cloud(provisioning=""), 0, "Azure is starting it (provisioningState unknown)", id="nothing is known"
        ),
        pytest.param(
            starting(),
            START_DEADLINE,
            "Azure is starting it (provisioningState Creating), for more than 35 minutes",
            id="starting for long",
        ),
        pytest.param(
            cloud(state="Pending"), 0, "Azure has provisioned it, but its state is Pending", id="provisioned, pending"
        ),
        pytest.param(
            cloud(state=""), 0, "Azure has provisioned it, but its state is unknown", id="provisioned, unknown"
        ),
        pytest.param(
            FAILING,
            0,
            "Azure has not got it to start yet, and goes on: no such image",
            id="goes on trying",
        ),
        pytest.param(cloud(containers=[]), 0, "no container is running yet", id="no container"),
        pytest.param(
            cloud(containers=[WAITING, SIDECAR]),
            0,
            'container "api" is Waiting (ImagePullBackOff); container "side" is Terminated',
            id="two do not run",
        ),
        pytest.param(cloud(containers=[container("")]), 0, 'container "api" is not started', id="not started"),
        pytest.param(cloud(ip=""), 0, "it runs, but has no IP yet", id="no IP"),
        pytest.param(
            cloud(ip=""), IP_DEADLINE, "it runs, but has no IP yet, for more than 5 minutes", id="no IP, long"
        ),
        pytest.param(cloud(provisioning="Failed"), 0, "Azure could not start it", id="no words of Azure's"),
        pytest.param(cloud(provisioning="Failed", failure="no such image"), 0, "no such image", id="Azure's words"),
        pytest.param(cloud(state="Stopped"), 0, "the container group was stopped in Azure", id="stopped"),
        pytest.param(
            cloud(state="Failed", containers=[container("Terminated", code=1), SIDECAR]),
            0,
            '"api" exited with code 1; "side" exited with code 2',
            id="ended",
        ),
        pytest.param(cloud(state="Failed"), 0, "its containers ended", id="ended, no codes"),
        pytest.param(cloud(state="Succeeded"), 0, "all containers ended with exit code 0", id="completed"),
        pytest.param(
            cloud(containers=[container(restarts=CRASH_LIMIT)]), 0, "5 crashes in a row; it runs just now", id="crashes"
        ),
        pytest.param(
            cloud(containers=[container("Waiting", restarts=CRASH_LIMIT)]),
            0,
            '5 crashes in a row; container "api" is Waiting',
            id="crashes, and waits",
        ),
    ],
)
def test_what_is_said_of_it(seen: CloudGroup, seconds: float, words: str) -> None:
    assert assess(group(CREATING), seen, at(seconds), 0).verdict.message == words


def test_without_a_network_it_runs_without_a_word_of_an_ip() -> None:
    assert assess(group(CREATING, network={"type": "None"}), cloud(ip=""), at(0), 0).verdict.message == "running"


def test_without_a_network_none_is_due() -> None:
    assert assess(group(CREATING, network={"type": "None"}), cloud(ip=""), at(9999), 0).verdict.ready


@pytest.mark.parametrize("state", ["Running", "Waiting"])
@pytest.mark.parametrize(("restarts", "failed"), [(CRASH_LIMIT - 1, False), (CRASH_LIMIT, True)])
def test_a_crash_loop_is_one_also_while_it_happens_to_run(state: str, restarts: int, failed: bool) -> None:
    health = assess(group(RUNNING), cloud(containers=[container(state, restarts=restarts)]), at(20), 0)
    assert (health.state is State.FAILED) is failed
    assert not failed or health.verdict.reason is Reason.CRASH_LOOPING


@pytest.mark.parametrize(
    ("seen", "known", "calm", "expected"),
    [
        pytest.param(container(restarts=3), 2, 1, 1, id="a crash"),
        pytest.param(container("Waiting", restarts=3, since=None), 3, 1, 1, id="between two runs"),
        pytest.param(container(restarts=3, since=-RAN_WELL), 3, 0, 3, id="it runs well"),
        pytest.param(container("Waiting", restarts=3, since=-RAN_WELL), 3, 0, 0, id="it does not run"),
        pytest.param(container(restarts=3, killed=True), 2, 1, 2, id="killed by the platform"),
        pytest.param(container(restarts=5, killed=True), 2, 1, 4, id="several times"),
        pytest.param(container(restarts=3, killed=True), 3, 1, 1, id="that was counted already"),
        pytest.param(container(restarts=0), 6, 5, 0, id="Azure counts anew"),
    ],
)
def test_which_restarts_count_for_no_crash_loop(seen: CloudContainer, known: int, calm: int, expected: int) -> None:
    before = GroupStatus(
        containers=(ContainerStatus(name="api", state="Running", restarts=known),), settled_restarts=calm
    )
    assert settled(before, [seen], RestartPolicy.ALWAYS, at(0)) == expected


@pytest.mark.parametrize(
    ("policy", "exit_code", "calm"),
    [
        pytest.param(RestartPolicy.ON_FAILURE, 0, 3, id="it has done its work"),
        pytest.param(RestartPolicy.ON_FAILURE, 1, 0, id="it has failed"),
        pytest.param(RestartPolicy.ALWAYS, 0, 0, id="it is started again"),
    ],
)
def test_a_container_that_has_done_its_work_does_not_make_crashes_of_months_a_row(
    policy: RestartPolicy, exit_code: int, calm: int
) -> None:
    ended = CloudContainer("setup", "Terminated", exit_code=exit_code)
    serving = container(restarts=3, since=-RAN_WELL)
    assert settled(GroupStatus(), [ended, serving], policy, at(0)) == calm
    assert settled(GroupStatus(), [ended], policy, at(0)) == 0


def show(before: GroupStatus, seen: CloudGroup, seconds: float = 10) -> Step:
    return plan(look(group(before), memory(read=read(seconds, seen)), now=at(seconds)))


def test_another_ip_is_told_also_when_it_was_not_ready_in_between() -> None:
    away = show(RUNNING, cloud(ip="", containers=[container("Waiting")])).status
    assert (away.ip, away.last_ip) == (None, IP)
    back = show(away, cloud(ip="20.9.9.9"), 40)
    assert back.news == (Tell(Reason.IP_CHANGED, f"its IP changed from {IP} to 20.9.9.9"),)
    assert (back.status.ip, back.status.last_ip) == ("20.9.9.9", None)


def test_what_is_coming_up_is_listed_often_and_what_runs_is_not() -> None:
    assert show(CREATING, starting()).soon
    assert not show(RUNNING, cloud()).soon
    assert not show(RUNNING, cloud(containers=[WAITING])).soon


def test_a_restart_by_the_platform_is_told_once() -> None:
    seen = cloud(containers=[container(restarts=1, killed=True)])
    first = show(RUNNING, seen)
    words = 'Azure restarted container "api" by itself (1 times)'
    assert first.news == (Tell(Reason.RESTARTED_BY_PLATFORM, words),)
    assert reason(first.status) == "Running"
    assert show(first.status, seen, 70).news == ()


def test_one_that_gets_well_is_no_longer_failed() -> None:
    failed = show(UNWELL, cloud(ip=""), IP_DEADLINE).status
    assert failed.failed_at == at(IP_DEADLINE)
    well = show(failed, cloud(), IP_DEADLINE + 60).status
    assert (well.state, well.failed_at) == (State.RUNNING, None)
    assert condition(well, ConditionType.READY).status == "True"


def test_what_stays_failed_is_not_written_again() -> None:
    failed = show(UNWELL, cloud(ip=""), IP_DEADLINE).status
    assert show(failed, cloud(ip=""), IP_DEADLINE + 600).status == failed


JOB_AND_SIDECAR = [container("Terminated", code=0), CloudContainer("side", "Running", started_at=at(0))]


@pytest.mark.parametrize(
    ("policy", "containers", "state"),
    [
        pytest.param("Never", JOB_AND_SIDECAR, "Running", id="one of two has ended"),
        pytest.param("OnFailure", JOB_AND_SIDECAR, "Running", id="one of two has ended, and would be started again"),
        pytest.param("Always", JOB_AND_SIDECAR, "Failed", id="one of two should run again"),
        pytest.param(
            "Never", [container("Terminated", code=0)], "Failed", id="all have ended, and Azure does not say so"
        ),
        pytest.param("Never", [container("Terminated", code=0), WAITING], "Failed", id="the other one does not start"),
    ],
)
def test_a_container_that_may_end_hangs_nobody_while_another_runs(
    policy: str, containers: list[CloudContainer], state: str
) -> None:
    job = group(UNWELL, template={**template(), "restartPolicy": policy})
    health = assess(job, cloud(containers=containers), at(START_DEADLINE), 0)
    assert (health.state.value, health.verdict.ready) == (state, False)
