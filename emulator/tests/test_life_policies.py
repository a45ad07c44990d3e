"""What ends by itself, and what follows from it: restart policies, back-off, init containers, pulls, probes."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from aci_emulator.life import groups, operations
from aci_emulator.life.model import Container, Group
from aci_emulator.life.script import Ending
from hypothesis import given, settings
from hypothesis import strategies as st

from .lives import after, container, counts, created, ends, operation, running, seconds, view


def at(group: Group, second: float) -> Group:
    return groups.advance(group, after(second))


@pytest.mark.parametrize(
    ("policy", "code", "state", "detail", "restarts"),
    [
        ("Never", 0, "Succeeded", "Completed", 0),
        ("Never", 2, "Failed", "Error", 0),
        ("OnFailure", 0, "Succeeded", "Completed", 0),
        ("OnFailure", 2, "Running", "", 1),
        ("Always", 0, "Running", "", 1),
        ("Always", 2, "Running", "", 1),
    ],
)
def test_the_policy_says_whether_an_ended_container_runs_again(
    policy: str, code: int, state: str, detail: str, restarts: int
) -> None:
    seen = at(created(container(ending=ends(30, code)), policy=policy), 135)
    web = seen.containers[0]
    assert (seen.provisioning, seen.state) == ("Succeeded", state)
    assert (view(web).detail, web.restarts, counts(web)["Started"]) == (detail, restarts, 1 + restarts)
    last = web.previous if restarts else view(web)
    assert last is not None
    assert (last.state, last.exit_code, seconds(last.finished)) == ("Terminated", code, 130)


@pytest.mark.parametrize(("code", "runs"), [(0, 1), (1, 2)])
def test_a_stubborn_platform_runs_what_failed_once_more(code: int, runs: int) -> None:
    ended = at(created(container(stubborn=True, ending=ends(5, code)), policy="Never"), 1000)
    assert counts(ended.containers[0])["Started"] == runs
    assert ended.state == ("Failed" if code else "Succeeded")


def test_a_group_has_failed_when_one_of_its_ended_containers_has() -> None:
    both = created(container("good", ending=ends(50, 0)), container("bad", ending=ends(10, 1)), policy="Never")
    assert [at(both, s).state for s in (100, 111, 150)] == ["Running", "Running", "Failed"]


def test_a_run_of_no_time_is_up_and_then_over() -> None:
    ended = at(created(container(ending=ends(0, 0)), policy="Never"), 100)
    assert ended.operation is not None
    assert (ended.state, ended.operation.outcome) == ("Succeeded", "Succeeded")


def test_crash_loop_waits_longer_and_longer() -> None:
    crashing = created(container(ending=ends(1, 1)))
    starts = []
    for second in range(100, 3000):
        run = view(at(crashing, second).containers[0])
        if run.state == "Running" and run.started == after(second):
            starts.append(second)
    waits = [later - earlier - 1 for earlier, later in itertools.pairwise(starts)]
    assert waits[:8] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_the_view_of_a_crash_loop() -> None:
    web = at(created(container(ending=ends(1, 1))), 105).containers[0]
    assert (view(web).state, view(web).detail) == ("Waiting", "CrashLoopBackOff: Back-off restarting failed")
    assert view(web).started is None
    assert web.previous is not None
    assert (web.previous.state, web.previous.detail, web.previous.exit_code) == ("Terminated", "Error", 1)
    assert (web.restarts, counts(web)["BackOff"], counts(web)["Killing"]) == (1, 1, 2)


def test_ten_minutes_of_running_well_end_the_waits() -> None:
    slow = created(container(ending=ends(601, 1)))
    assert [at(slow, 100 + 601 * n).containers[0].restarts for n in (1, 2, 3)] == [1, 2, 3]
    quick = created(container(ending=ends(600, 1)))
    assert [at(quick, 100 + 600 * n).containers[0].restarts for n in (1, 2)] == [1, 1]


def test_days_of_crashing_are_few_steps() -> None:
    week = at(created(container(ending=ends(0, 1))), 7 * 86400).containers[0]
    assert week.restarts < 7 * 86400 / 300 + 10
    assert len(week.events) == 5


def test_waits_are_scaled() -> None:
    quick = at(created(container(ending=ends(0, 1), time_scale=10.0)), 101)
    assert quick.containers[0].restarts == 2


def test_a_container_can_be_ended_by_hand() -> None:
    ended = groups.end_run(running(container("a"), container("b"), policy="Never"), after(200), "b", 3)
    assert (view(ended.containers[1]).exit_code, view(ended.containers[1]).detail, ended.state) == (
        3,
        "Error",
        "Running",
    )
    assert groups.end_run(ended, after(210), "a", 0).state == "Failed"
    with pytest.raises(ValueError, match="no container 'b' runs"):
        groups.end_run(ended, after(220), "b", 0)


# -- init containers


def with_init(*scripts: dict[str, object], policy: str = "Always") -> Group:
    init = tuple(container(f"init{n}", **{"pull": 10.0, "start": 10.0, **s}) for n, s in enumerate(scripts))
    return created(container(pull=10.0, start=10.0), policy=policy, init_containers=init)


def test_init_containers_run_one_after_the_other_and_then_the_others() -> None:
    begun = with_init({"ending": ends(5, 0)}, {"ending": ends(5, 0)})
    shown = {}
    for second in (30, 42, 50, 67, 75, 100):
        seen = at(begun, second)
        shown[second] = [view(c).state for c in (*seen.init_containers, *seen.containers)]
    assert shown == {
        30: ["Waiting", "Waiting", "Waiting"],
        42: ["Running", "Waiting", "Waiting"],
        50: ["Terminated", "Waiting", "Waiting"],
        67: ["Terminated", "Running", "Waiting"],
        75: ["Terminated", "Terminated", "Waiting"],
        100: ["Terminated", "Terminated", "Running"],
    }
    done = at(begun, 100)
    first = view(done.init_containers[0])
    assert (first.detail, first.exit_code, done.state) == ("Completed", 0, "Running")
    assert [e.name for e in operations.events(done)] == ["Pulling", "Pulled", "Started"]


@pytest.mark.parametrize("policy", ["Always", "OnFailure"])
def test_a_failing_init_container_is_tried_until_the_timeout(policy: str) -> None:
    begun = with_init({"ending": ends(5, 1)}, policy=policy)
    seen = at(begun, 1799)
    assert (seen.provisioning, view(seen.containers[0]).state) == ("Creating", "Waiting")
    assert seen.init_containers[0].restarts > 3
    ended = at(begun, 1800)
    assert ended.operation is not None
    assert (ended.provisioning, ended.operation.outcome) == ("Failed", "Failed")
    assert ended.operation.message.endswith(operations.TIMEOUT)


def test_a_failing_init_container_fails_the_group_under_never() -> None:
    ended = at(with_init({"ending": ends(5, 1)}, policy="Never"), 45)
    assert ended.operation is not None
    assert (ended.provisioning, ended.state, ended.operation.outcome) == ("Failed", "Failed", "Failed")
    assert "Started container" in ended.operation.message
    assert at(ended, 9999) == ended


# -- pulls and starts that fail


def test_a_pull_that_heals() -> None:
    begun = created(container(failing_pulls=2, pull_error="busy"))
    # pulls of 40 s from 20, 70 and 130 on; then a start of 40 s
    waiting = at(begun, 209)
    assert (waiting.provisioning, waiting.state, view(waiting.containers[0]).state) == (
        "Creating",
        "Pending",
        "Waiting",
    )
    up = at(begun, 210)
    assert up.state == "Running"
    assert counts(up.containers[0]) == {"Pulling": 3, "Failed": 2, "BackOff": 2, "Pulled": 1, "Started": 1}
    kinds = {e.name: e.type for e in up.containers[0].events}
    assert (kinds["Failed"], kinds["BackOff"]) == ("Warning", "Normal")


def test_a_pull_that_never_succeeds_times_out() -> None:
    ended = at(created(container(failing_pulls=None, pull_error="image not found")), 1800)
    assert ended.operation is not None
    assert (ended.provisioning, ended.state, ended.ip, ended.ended) == ("Failed", "Pending", None, True)
    assert ended.next_ip is None, "the address is free again"
    assert ended.operation.message == (
        'pulling image "nginx";Failed to pull image "nginx": image not found;Back-off pulling image "nginx";'
        "Subscription deployment didn't reach a successful provisioning state after '00:30:00'."
    )
    assert at(ended, 10**6) == ended


def test_a_group_that_timed_out_may_come_up_later() -> None:
    begun = created(container(failing_pulls=3), timeout=60, persists=True)
    late = at(begun, 60)
    assert (late.provisioning, late.transitioning) == ("Failed", False)
    up = at(begun, 9999)
    assert (up.provisioning, up.state, up.ip) == ("Succeeded", "Running", "20.1.2.3")
    assert up.operation is not None
    assert up.operation.outcome == "Failed"


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_what_cannot_start_is_tried_until_the_timeout_whatever_the_policy(policy: str) -> None:
    begun = created(container(cannot_start=True), policy=policy)
    seen = at(begun, 1000)
    assert (seen.state, view(seen.containers[0]).state) == ("Pending", "Waiting")
    assert counts(seen.containers[0])["Failed"] > 3
    ended = at(begun, 1800)
    assert ended.operation is not None
    assert ended.provisioning == "Failed"
    assert "Error: Failed to start container web, Error response: to create containerd task" in ended.operation.message
    assert ended.operation.message.endswith("'00:30:00'.")


def test_a_start_at_the_deadline_makes_it() -> None:
    assert at(created(timeout=100), 100).provisioning == "Succeeded"
    assert at(created(timeout=99), 100).provisioning == "Failed"


# -- probes and the platform


@pytest.mark.parametrize("unhealthy", [False, True])
def test_a_failed_liveness_probe_restarts(unhealthy: bool) -> None:
    ending = Ending(30, 7147, "SIGINT", unhealthy=unhealthy)
    web = at(created(container(ending=ending)), 131).containers[0]
    assert web.previous is not None
    assert (web.restarts, view(web).state) == (1, "Running")
    assert (web.previous.exit_code, web.previous.detail) == (7147, "SIGINT")
    assert ("Unhealthy" in counts(web)) == unhealthy


@pytest.mark.parametrize(
    ("policy", "state", "restarts"), [("Always", "Running", 1), ("OnFailure", "Running", 1), ("Never", "Failed", 0)]
)
def test_after_a_platform_kill_the_policy_decides(policy: str, state: str, restarts: int) -> None:
    before = running(policy=policy)
    killed = groups.platform_kill(before, after(200))
    web = killed.containers[0]
    last = web.previous if restarts else view(web)
    assert last is not None
    assert (killed.state, killed.provisioning, killed.ip, web.restarts) == (state, "Succeeded", before.ip, restarts)
    assert (last.exit_code, last.detail, counts(web)["Killing"]) == (7147, "SIGINT", 1)


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_a_moved_group_begins_again_elsewhere(policy: str) -> None:
    init = (container("init", ending=ends(0, 0)),)
    up = at(created(container(), policy=policy, init_containers=init), 200)
    assert up.state == "Running"
    moved = groups.move(up, after(300), "20.9.9.9")
    assert (moved.state, moved.provisioning, moved.ip) == ("Running", "Succeeded", "20.9.9.9")
    assert [view(c).state for c in (*moved.init_containers, *moved.containers)] == ["Waiting", "Waiting"]
    again = at(moved, 460)
    web = again.containers[0]
    assert (again.state, view(web).state, web.restarts) == ("Running", "Running", 1)
    assert counts(web) == {"Pulling": 2, "Pulled": 2, "Started": 2, "Killing": 1}


def test_a_group_that_is_moved_may_say_so() -> None:
    moved = groups.move(running(), after(200), "20.9.9.9", repairing=True)
    assert [at(moved, s).provisioning for s in (200, 279, 280)] == ["Repairing", "Repairing", "Succeeded"]


@pytest.mark.parametrize("ended", [groups.stop, groups.kill])
def test_a_group_that_ends_while_it_is_moved_is_not_moved_for_ever(ended: Callable[..., Group]) -> None:
    moved = groups.move(running(), after(200), "20.9.9.9", repairing=True)
    stopped = ended(moved, after(210))
    assert (stopped.state, stopped.provisioning) == ("Stopped", "Succeeded")


def test_a_group_that_does_not_come_up_where_it_is_moved_has_failed() -> None:
    up = at(created(policy="Never", init_containers=(container("init", ending=ends(0, 0)),)), 200)
    init = replace(up.init_containers[0], script=replace(up.init_containers[0].script, ending=ends(0, 1)))
    moved = groups.move(replace(up, init_containers=(init,)), after(300), "20.9.9.9", repairing=True)
    assert (moved.provisioning, at(moved, 400).provisioning, at(moved, 400).state) == ("Repairing", "Failed", "Failed")


@pytest.mark.parametrize("other", [created(), groups.stop(running(), after(150))])
def test_only_what_runs_is_moved(other: Group) -> None:
    assert groups.move(other, after(200), "20.9.9.9") is other


def test_restarting_at_once_needs_no_operation() -> None:
    restarted = groups.restart_at_once(running(), after(200))
    assert (restarted.provisioning, restarted.transitioning) == ("Succeeded", False)
    assert (view(restarted.containers[0]).started, restarted.containers[0].restarts) == (after(200), 0)


# -- laws

SCRIPTS = st.builds(
    lambda pull, start, run, code, fails, cannot: container(
        pull=pull,
        start=start,
        ending=None if run is None else ends(run, code),
        failing_pulls=fails,
        cannot_start=cannot,
    ),
    st.integers(0, 60),
    st.integers(0, 60),
    st.none() | st.integers(0, 900),
    st.integers(0, 1),
    st.integers(0, 2) | st.none(),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(
    mains=st.lists(SCRIPTS, min_size=1, max_size=3),
    init=st.lists(SCRIPTS, max_size=2),
    policy=st.sampled_from(["Always", "OnFailure", "Never"]),
    looks=st.lists(st.integers(0, 4000), max_size=12),
    persists=st.booleans(),
)
def test_looks_change_nothing_and_every_operation_ends(
    mains: list[Container], init: list[Container], policy: str, looks: list[int], persists: bool
) -> None:
    begun = created(*mains, policy=policy, init_containers=tuple(init), persists=persists)
    often = begun
    for second in sorted(looks):
        often = at(often, second)
        assert often.due is None or often.due > after(second)
        assert often.provisioning in {"Pending", "Creating", "Succeeded", "Failed"}
        assert often.state in {"Pending", "Running", "Succeeded", "Failed"}
        assert not (policy == "Always" and often.state == "Succeeded")
    ended = at(often, 4000)
    assert ended == at(begun, 4000)
    assert ended.operation is not None
    assert ended.operation.outcome in {"Succeeded", "Failed"}
    again = at(groups.begin(replace(ended, next_ip="20.0.0.9"), operation("restart", at=4000)), 6000)
    assert not again.transitioning
