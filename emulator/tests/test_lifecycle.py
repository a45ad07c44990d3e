"""The life of a container group: pure tables of time and state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aci_emulator.life import lifecycle
from aci_emulator.life.model import Container, Group, Operation, Verb

START = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def group(policy: str = "Always", address: str | None = "Public", **changes: Any) -> Group:
    requests = {"cpu": 1.0, "memoryInGB": 1.0}
    properties: dict[str, Any] = {
        "restartPolicy": policy,
        "containers": [{"name": "web", "properties": {"resources": {"requests": requests}}}],
    }
    if address:
        properties["ipAddress"] = {"type": address}
    fields: dict[str, Any] = {
        "uid": "u",
        "name": "g",
        "subscription": "s",
        "resource_group": "rg",
        "location": "West Europe",
        "created": START,
        "properties": properties,
        "containers": (Container("web", "nginx"),),
        "next_ip": "20.1.2.3" if address == "Public" else "10.0.0.5",
    }
    return Group(**{**fields, **changes})


def operation(verb: Verb, at: float = 0, seconds: float = 100, failure: str | None = None) -> Operation:
    working, ends = lifecycle.timed(verb, after(at), seconds)
    return Operation("op", verb, "s", "westeurope", "key", "id", after(at), working, ends, failure)


def running(**changes: Any) -> Group:
    return lifecycle.advance(lifecycle.begin(group(**changes), operation("create")), after(100))


@pytest.mark.parametrize(
    ("seconds", "provisioning", "state", "ip", "container", "events"),
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
    seconds: float, provisioning: str, state: str, ip: str | None, container: str | None, events: list[str]
) -> None:
    seen = lifecycle.advance(lifecycle.begin(group(), operation("create")), after(seconds))
    run = seen.containers[0].current
    assert (seen.provisioning, seen.state, seen.ip, run.state if run else None) == (provisioning, state, ip, container)
    assert [event.name for event in seen.containers[0].events] == events


def test_private_address_is_a_placeholder_while_placing() -> None:
    begun = lifecycle.begin(group(address="Private"), operation("create"))
    assert [lifecycle.advance(begun, after(s)).ip for s in (0, 30, 100)] == [None, "0.0.0.0", "10.0.0.5"]


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("create", ["Pending", "Creating", "Succeeded"]),
        ("start", ["Pending", "Creating", "Succeeded"]),
        ("update", ["Pending", "Creating", "Succeeded"]),
        ("restart", ["Updating", "Updating", "Succeeded"]),
    ],
)
def test_status_of_an_operation(verb: Verb, words: list[str]) -> None:
    assert [lifecycle.status(operation(verb), after(s)) for s in (0, 50, 100)] == words


def test_looking_often_or_once_is_the_same() -> None:
    begun = lifecycle.begin(group(), operation("create"))
    often = begun
    for second in range(120):
        often = lifecycle.advance(often, after(second))
    assert often == lifecycle.advance(begun, after(119))


def test_failed_pull_counts_its_events_and_times_out() -> None:
    failing = lifecycle.begin(group(), operation("create", failure="timeout"), pull_fails=True)
    late = lifecycle.advance(failing, after(99))
    assert late.provisioning == "Creating"
    assert {e.name: e.count for e in late.containers[0].events} == {"Pulling": 1, "Failed": 3, "BackOff": 3}
    ended = lifecycle.advance(failing, after(100))
    assert (ended.provisioning, ended.ip, ended.transitioning, ended.ended) == ("Failed", None, False, True)


@pytest.mark.parametrize("verb", ["update", "restart"])
def test_restart_in_place(verb: Verb) -> None:
    before = running()
    begun = lifecycle.begin(before, operation(verb, at=200))
    meanwhile = lifecycle.advance(begun, after(250))
    assert meanwhile.state == "Running"
    assert meanwhile.containers[0].current == before.containers[0].current
    done = lifecycle.advance(begun, after(300))
    container = done.containers[0]
    assert container.current is not None
    assert container.current.started == after(300)
    assert container.restarts == 0
    assert {e.name: e.count for e in container.events}["Started"] == 2
    assert done.starts == 2


def test_stop_and_start() -> None:
    stopped = lifecycle.stop(running(), after(200))
    run = stopped.containers[0].current
    assert run is not None
    assert (stopped.state, stopped.provisioning, stopped.ip) == ("Stopped", "Succeeded", None)
    assert (run.state, run.detail, run.exit_code) == ("Terminated", "Container stopped per client request", None)
    assert lifecycle.stop(stopped, after(201)) is stopped
    begun = lifecycle.begin(stopped, operation("start", at=300))
    assert (begun.provisioning, begun.state) == ("Pending", "Pending")
    assert lifecycle.advance(begun, after(400)).state == "Running"


@pytest.mark.parametrize(
    ("policy", "state", "code", "detail"),
    [
        ("Always", "Stopped", 7147, "SIGINT"),
        ("OnFailure", "Failed", 137, "Error"),
        ("Never", "Failed", 137, "Error"),
    ],
)
def test_kill(policy: str, state: str, code: int, detail: str) -> None:
    killed = lifecycle.kill(running(policy=policy), after(200))
    run = killed.containers[0].current
    assert run is not None
    assert (killed.state, run.state, run.exit_code, run.detail) == (state, "Terminated", code, detail)
    assert killed.provisioning == "Succeeded"
    assert lifecycle.advance(killed, after(9999)) == killed


def test_kill_during_creation_fails_it() -> None:
    begun = lifecycle.advance(lifecycle.begin(group(), operation("create")), after(30))
    killed = lifecycle.kill(begun, after(40))
    assert (killed.provisioning, killed.transitioning, killed.plan) == ("Failed", False, ())
