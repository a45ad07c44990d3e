"""How a container group lives. Pure: the time is an argument, every function gives a new group."""

from dataclasses import replace
from datetime import datetime, timedelta

from aci_emulator.life.model import Container, Event, Group, Operation, Run, Step, Verb

PLATFORM_KILL = Run("Terminated", "SIGINT", exit_code=7147)
"""Recorded: any kill by the platform shows as this."""

FIRST_STATE = {"create": "Pending", "update": "Pending", "start": "Pending", "restart": "Updating"}
"""provisioningState right after each verb (recorded: Updating after restart, Pending after the others)."""


def begin(group: Group, operation: Operation, *, pull_fails: bool = False) -> Group:
    """Start an operation on a group; its steps are laid out between the operation's times.

    `pull_fails`: the pull is tried until the end and never succeeds. An operation with another `failure` gets nothing
    done at all (no capacity).
    """
    span = operation.ends - operation.working
    if operation.failure is None:
        plan = [
            Step(operation.working, "pull"),
            Step(operation.working + span / 2, "pulled"),
            Step(operation.ends, "run"),
        ]
    elif pull_fails:
        tries = [Step(operation.working + span * part / 4, "pull-failed") for part in range(1, 4)]
        plan = [Step(operation.working, "pull"), *tries, Step(operation.ends, "give-up")]
    else:
        plan = [Step(operation.ends, "give-up")]
    provisioning = FIRST_STATE[operation.verb]
    state = "Pending" if operation.verb in {"create", "start"} else group.state
    return replace(group, operation=operation, plan=tuple(plan), provisioning=provisioning, state=state)


def advance(group: Group, now: datetime) -> Group:
    """The group at `now`: every step whose time has come is taken, in order."""
    while group.plan and group.plan[0].at <= now:
        step, *rest = group.plan
        group = _STEPS[step.kind](replace(group, plan=tuple(rest)), step.at)
    return group


def _pull(group: Group, at: datetime) -> Group:
    # A private group's address reads 0.0.0.0 while it is placed (seen in the data-safe-haven project's issues).
    placing = "0.0.0.0" if group.ip is None and _private(group) else group.ip  # noqa: S104 shown, not bound
    containers = tuple(
        _event(replace(c, current=c.current or Run("Waiting")), at, "Pulling", f'pulling image "{c.image}"')
        for c in group.containers
    )
    working = "Updating" if group.provisioning == "Updating" else "Creating"
    return replace(group, provisioning=working, ip=placing, containers=containers)


def _pulled(group: Group, at: datetime) -> Group:
    containers = tuple(_event(c, at, "Pulled", f'Successfully pulled image "{c.image}"') for c in group.containers)
    return replace(group, containers=containers)


def _run(group: Group, at: datetime) -> Group:
    init = tuple(replace(c, current=Run("Terminated", "Completed", at, at, 0)) for c in group.init_containers)
    return replace(
        group,
        provisioning="Succeeded",
        state="Running",
        ip=group.next_ip,
        next_ip=None,
        operation=None,
        init_containers=init,
        containers=tuple(_restarted(c, at) for c in group.containers),
    )


def _restarted(container: Container, at: datetime) -> Container:
    previous = container.previous
    if container.current is not None and container.current.state == "Running":
        container = _event(container, at, "Killing", f"Killing container {container.name} (platform initiated).")
        previous = replace(container.current or PLATFORM_KILL, state="Terminated", finished=at, exit_code=0)
    container = replace(container, current=Run("Running", started=at), previous=previous)
    return _event(container, at, "Started", "Started container")


def _pull_failed(group: Group, at: datetime) -> Group:
    containers = []
    for c in group.containers:
        failed = _event(c, at, "Failed", f'Failed to pull image "{c.image}": image not found', kind="Warning")
        containers.append(_event(failed, at, "BackOff", f'Back-off pulling image "{c.image}"'))
    return replace(group, containers=tuple(containers))


def _give_up(group: Group, _at: datetime) -> Group:
    return replace(group, provisioning="Failed", operation=None, next_ip=None)


_STEPS = {"pull": _pull, "pulled": _pulled, "run": _run, "pull-failed": _pull_failed, "give-up": _give_up}


def stop(group: Group, now: datetime) -> Group:
    """A user's stop: the containers end, provisioningState stays (recorded). Nothing happens to an ended group."""
    if group.state in {"Stopped", "Succeeded", "Failed"}:
        return group
    containers = tuple(
        replace(c, current=Run("Terminated", "Container stopped per client request"), previous=_past(c, now))
        for c in group.containers
    )
    return replace(group, state="Stopped", containers=containers, plan=(), ip=None)


def kill(group: Group, now: datetime) -> Group:
    """The platform takes the containers down and they stay down.

    With restartPolicy Always the group is then Stopped (as after a platform's take-down), otherwise Failed with exit
    code 137. A group that was being provisioned fails.
    """
    always = group.restart_policy == "Always"
    containers = []
    for c in group.containers:
        started = c.current.started if c.current else None
        ended = replace(PLATFORM_KILL, started=started, finished=now)
        if not always:
            ended = Run("Terminated", "Error", started, now, 137)
        killed = replace(c, current=ended, previous=_past(c, now))
        containers.append(_event(killed, now, "Killing", f"Killing container {c.name} (platform initiated)."))
    provisioning = "Failed" if group.transitioning else group.provisioning
    return replace(
        group,
        provisioning=provisioning,
        state="Stopped" if always else "Failed",
        containers=tuple(containers),
        operation=None,
        plan=(),
        next_ip=None,
    )


def delete(group: Group, operation: Operation) -> Group:
    """Begin an operation at whose end the group is gone; until then nothing else happens to it."""
    return replace(group, provisioning="Deleting", operation=operation, plan=(), next_ip=None)


def status(operation: Operation, now: datetime) -> str:
    """The operation's status word at `now`.

    Pending, Creating, Updating or Deleting (this one is assumed), then Succeeded, Failed or Canceled.
    """
    if now >= operation.ends:
        if operation.canceled:
            return "Canceled"
        return "Succeeded" if operation.failure is None else "Failed"
    if operation.verb == "restart":
        return "Updating"
    if operation.verb == "delete":
        return "Deleting"
    return "Pending" if now < operation.working else "Creating"


def timed(verb: Verb, now: datetime, seconds: float) -> tuple[datetime, datetime]:
    """When an operation that takes `seconds` begins to work, and when it ends: a fifth of it is waiting."""
    waiting = 0.0 if verb == "restart" else seconds / 5
    return now + timedelta(seconds=waiting), now + timedelta(seconds=seconds)


def _past(container: Container, now: datetime) -> Run | None:
    if container.current is None or container.current.state != "Running":
        return container.previous
    return replace(container.current, finished=now)


def _private(group: Group) -> bool:
    return bool((group.properties.get("ipAddress") or {}).get("type") == "Private")


def _event(container: Container, at: datetime, name: str, message: str, *, kind: str = "Normal") -> Container:
    """Add an event; an equal one that is there already counts up instead (recorded since 2024)."""
    for index, event in enumerate(container.events):
        if (event.name, event.message) == (name, message):
            repeated = replace(event, count=event.count + 1, last=at)
            events = (*container.events[:index], repeated, *container.events[index + 1 :])
            return replace(container, events=events)
    return replace(container, events=(*container.events, Event(name, message, at, at, type=kind)))
