"""Container groups for tests of the pure life: made directly, with scripts, on a clock of seconds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aci_emulator.life import groups, operations
from aci_emulator.life.model import Container, Group, Operation, Run, Verb
from aci_emulator.life.script import Ending, Script

START = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seconds(at: datetime | None) -> float | None:
    return None if at is None else (at - START).total_seconds()


def container(name: str = "web", **script: Any) -> Container:
    return Container(name, "nginx", script=Script(**{"pull": 40.0, "start": 40.0, **script}))


def ends(seconds_after: float, code: int) -> Ending:
    return Ending(seconds_after, code, "Error" if code else "Completed")


def group(*containers: Container, policy: str = "Always", address: str | None = "Public", **changes: Any) -> Group:
    requests = {"cpu": 1.0, "memoryInGB": 1.0}
    everyone = containers or (container(),)
    properties: dict[str, Any] = {
        "restartPolicy": policy,
        "containers": [{"name": c.name, "properties": {"resources": {"requests": requests}}} for c in everyone],
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
        "containers": everyone,
        "next_ip": "20.1.2.3" if address == "Public" else "10.0.0.5",
    }
    return Group(**{**fields, **changes})


def operation(verb: Verb, at: float = 0, lasts: float = 100, timeout: float = 1800, **changes: Any) -> Operation:
    working = after(at + operations.waiting(verb, lasts))
    made = Operation("op", verb, "s", "westeurope", "key", "id", after(at), working, after(at + timeout))
    return replace(made, **changes)


def created(*containers: Container, timeout: float = 1800, persists: bool = False, **changes: Any) -> Group:
    """A group whose creation has just been accepted; its containers work from second 20 on."""
    return groups.begin(group(*containers, **changes), operation("create", timeout=timeout, persists=persists))


def running(*containers: Container, **changes: Any) -> Group:
    return groups.advance(created(*containers, **changes), after(100))


def counts(of: Container) -> dict[str, int]:
    return {event.name: event.count for event in of.events}


def view(of: Container) -> Run:
    assert of.current is not None
    return of.current
