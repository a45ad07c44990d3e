"""The life of a container group whose containers run for ever: pure tables of time and state."""

from dataclasses import replace

import pytest
from aci_emulator.life import groups, operations
from aci_emulator.life.model import Verb
from aci_emulator.life.script import Script

from .lives import after, container, counts, created, group, operation, running, view


@pytest.mark.parametrize(
    ("seconds", "provisioning", "state", "ip", "shown", "events"),
    [
        (0, "Pending", "Pending", None, None, []),
        (19, "Pending", "Pending", None, None, []),
        (20, "Creating", "Pending", None, "Waiting", ["Pulling"]),
        (60, "Creating", "Pending", None, "Waiting", ["Pulling", "Pulled"]),
        (99, "Creating", "Pending", None, "Waiting", ["Pulling", "Pulled"]),
        (100, "Succeeded", "Running", "20.1.2.3", "Running", ["Pulling", "Pulled", "Started"]),
        (99999, "Succeeded", "Running", "20.1.2.3", "Running", ["Pulling", "Pulled", "Started"]),
    ],
)
def test_create(
    seconds: float, provisioning: str, state: str, ip: str | None, shown: str | None, events: list[str]
) -> None:
    seen = groups.advance(created(), after(seconds))
    run = seen.containers[0].current
    assert (seen.provisioning, seen.state, seen.ip, run.state if run else None) == (provisioning, state, ip, shown)
    assert [event.name for event in seen.containers[0].events] == events


def test_a_group_is_up_when_its_slowest_container_is() -> None:
    begun = created(container("quick"), container("slow", pull=500.0))
    meanwhile = groups.advance(begun, after(200))
    assert [view(c).state for c in meanwhile.containers] == ["Running", "Waiting"]
    assert (meanwhile.provisioning, meanwhile.state) == ("Creating", "Pending")
    assert groups.advance(begun, after(560)).state == "Running"


def test_private_address_is_a_placeholder_while_placing() -> None:
    begun = created(address="Private")
    assert [groups.advance(begun, after(s)).ip for s in (0, 30, 100)] == [None, "0.0.0.0", "10.0.0.5"]


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("create", ["Pending", "Creating", "Succeeded"]),
        ("start", ["Pending", "Pending", "Succeeded"]),
        ("update", ["Pending", "Creating", "Succeeded"]),
        ("restart", ["Updating", "Updating", "Succeeded"]),
    ],
)
def test_status_of_an_operation(verb: Verb, words: list[str]) -> None:
    begun = groups.begin(group(), operation(verb))
    seen = []
    for second in (0, 50, 100):
        at = groups.advance(begun, after(second)).operation
        assert at is not None
        seen.append(operations.status(at, after(second)))
    assert seen == words


def test_looking_often_or_once_is_the_same() -> None:
    begun = created()
    often = begun
    for second in range(120):
        often = groups.advance(often, after(second))
    assert often == groups.advance(begun, after(119))


def test_nothing_is_done_to_a_group_that_nothing_happens_to() -> None:
    group_up = running()
    assert group_up.due is None
    assert groups.advance(group_up, after(10**8)) is group_up


def test_an_operation_without_capacity_does_nothing_and_fails_with_its_sentence() -> None:
    doomed = operation("create", timeout=100, failure="no room")
    ended = groups.advance(groups.begin(group(), doomed), after(100))
    assert ended.operation is not None
    assert (ended.provisioning, ended.containers[0].events) == ("Failed", ())
    assert (ended.operation.outcome, ended.operation.message) == ("Failed", "no room")


@pytest.mark.parametrize("verb", ["update", "restart"])
def test_restart_in_place(verb: Verb) -> None:
    before = running()
    begun = groups.begin(before, operation(verb, at=200))
    meanwhile = groups.advance(begun, after(250))
    assert meanwhile.state == "Running"
    assert meanwhile.containers[0].current == before.containers[0].current
    done = groups.advance(begun, after(300))
    restarted = done.containers[0]
    assert view(restarted).started == after(300 if verb == "update" else 280)
    assert restarted.restarts == 0
    assert counts(restarted) == {"Pulling": 2, "Pulled": 2, "Started": 2, "Killing": 1}
    assert done.starts == 2


def test_what_an_update_was_to_replace_ends_when_the_new_image_cannot_be_pulled() -> None:
    up = running()
    changed = replace(up, containers=(replace(up.containers[0], script=Script(pull=40, failing_pulls=None)),))
    updating = groups.begin(changed, operation("update", at=200))
    shown = [view(groups.advance(updating, after(s)).containers[0]).state for s in (259, 260)]
    assert shown == ["Running", "Waiting"]


def test_stop_and_start() -> None:
    stopped = groups.stop(running(), after(200))
    run = view(stopped.containers[0])
    assert (stopped.state, stopped.provisioning, stopped.ip) == ("Stopped", "Succeeded", None)
    assert (run.state, run.detail, run.exit_code) == ("Terminated", "Container stopped per client request", None)
    assert groups.stop(stopped, after(201)) is stopped
    begun = groups.begin(stopped, operation("start", at=300))
    assert (begun.provisioning, begun.state) == ("Pending", "Pending")
    started = groups.advance(begun, after(400))
    assert (started.state, started.containers[0].restarts) == ("Running", 0)
    assert counts(started.containers[0])["Started"] == 2


@pytest.mark.parametrize("init", [False, True])
def test_a_stop_also_ends_the_tries_of_what_does_not_come_up(init: bool) -> None:
    broken = container("broken", failing_pulls=None)
    trying = created(container(), init_containers=(broken,), persists=True) if init else created(broken, persists=True)
    stopped = groups.stop(groups.advance(trying, after(4000)), after(4000))
    assert (stopped.state, stopped.due) == ("Stopped", None)
    assert groups.advance(stopped, after(99999)) is stopped


def test_the_view_after_a_stop_can_be_late() -> None:
    stopped = groups.stop(running(), after(200), late_view=True)
    assert (stopped.state, stopped.containers[0].current) == ("Stopped", None)
    assert view(groups.advance(stopped, after(201)).containers[0]).state == "Terminated"


@pytest.mark.parametrize(
    ("policy", "state", "code", "detail"),
    [
        ("Always", "Stopped", 7147, "SIGINT"),
        ("OnFailure", "Failed", 137, "Error"),
        ("Never", "Failed", 137, "Error"),
    ],
)
def test_kill(policy: str, state: str, code: int, detail: str) -> None:
    killed = groups.kill(running(policy=policy), after(200))
    run = view(killed.containers[0])
    assert (killed.state, run.state, run.exit_code, run.detail) == (state, "Terminated", code, detail)
    assert killed.provisioning == "Succeeded"
    assert groups.advance(killed, after(9999)) == killed


def test_kill_during_creation_fails_it() -> None:
    killed = groups.kill(groups.advance(created(), after(30)), after(40))
    assert killed.operation is not None
    assert (killed.provisioning, killed.transitioning, killed.due) == ("Failed", False, None)
    assert (killed.operation.outcome, killed.operation.ended) == ("Failed", after(40))
