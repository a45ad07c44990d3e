"""How a container group lives. Pure: the time is an argument, every function gives a new group."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from aci_emulator.life import containers, events, operations
from aci_emulator.life.model import Container, Group, Operation

FIRST_STATE = {"create": "Pending", "update": "Pending", "start": "Pending", "restart": "Updating"}
"""provisioningState right after each verb (recorded: Updating after restart, Pending after the others)."""

UNMOUNTABLE = ("FailedMountAzureFileVolume", "Failed to mount Azure File Volume.")
"""Name and message of the group's event (seen in the data-safe-haven project's issues, 2024)."""

PLACING = "0.0.0.0"  # noqa: S104 shown, not bound
"""What a private group's address reads while it is placed (seen in the data-safe-haven project's issues)."""

Containers = tuple[Container, ...]
Change = Callable[[Container], Container]


def begin(group: Group, operation: Operation) -> Group:
    """Start an operation on a group, whose containers have their scripts."""

    def anew(container: Container) -> Container:
        return replace(container, phase="waiting", due=None, tries=0, crashes=0)

    begun = replace(group, operation=operation, provisioning=FIRST_STATE[operation.verb])
    begun = _each(_each_init(begun, anew), anew)
    if operation.verb in {"create", "start"}:
        begun = replace(begun, state="Pending")
    return _scheduled(begun)


def advance(group: Group, now: datetime) -> Group:
    """The group at `now`: everything whose time has come happens, in order. Costs nothing when there is nothing."""
    while group.due is not None and group.due <= now:
        group = _scheduled(_step(group, group.due))
    return group


def stop(group: Group, now: datetime, *, late_view: bool = False) -> Group:
    """A user's stop: the containers end, provisioningState stays (recorded). Nothing happens to an ended group.

    `late_view`: the containers' views are missing for a second.
    """
    if group.state in {"Stopped", "Succeeded", "Failed"}:
        return group
    stopped = _each_init(replace(_repaired(group), state="Stopped", ip=None), containers.give_up)
    return _scheduled(_each(stopped, lambda c: containers.stop(c, now, late=late_view)))


def restart_at_once(group: Group, now: datetime) -> Group:
    """Running containers are replaced, with no operation."""
    if group.leaving:
        return group
    return _scheduled(_each(group, lambda c: containers.run(c, now) if c.running else c))


def delete(group: Group, operation: Operation) -> Group:
    """Begin an operation at whose end the group is gone; until then nothing else happens to it."""

    def left(container: Container) -> Container:
        return replace(container, phase="idle", due=None)

    leaving = replace(group, provisioning="Deleting", operation=operation, next_ip=None, due=None)
    return _each(replace(leaving, init_containers=tuple(left(c) for c in group.init_containers)), left)


def end_run(group: Group, now: datetime, container: str, exit_code: int) -> Group:
    """A container that runs ends by itself.

    Raises:
        ValueError: no container of that name runs.
    """
    if group.leaving or not any(c.name == container and c.running for c in group.containers):
        raise ValueError(f"no container {container!r} runs in {group.name!r}")

    def ended(other: Container) -> Container:
        if other.name != container:
            return other
        return containers.end(other, now, exit_code, containers.detail(exit_code), group.restart_policy)

    return _scheduled(_settled(_each(group, ended), now))


def platform_kill(group: Group, now: datetime) -> Group:
    """The platform ends what runs; the restart policy says what follows, in place."""
    if group.leaving:
        return group
    killed = _each(group, lambda c: containers.platform_kill(c, now, group.restart_policy))
    return _scheduled(_settled(killed, now))


def move(group: Group, now: datetime, ip: str | None, *, repairing: bool = False) -> Group:
    """The platform moves the group: all that ran begins again, init containers first, with another address.

    Nothing happens to a group that is stopped or has ended. `repairing`: provisioningState says so meanwhile.
    """
    if group.state != "Running" or group.transitioning:
        return group
    moved = replace(group, ip=ip, provisioning="Repairing" if repairing else group.provisioning)
    moved = _each(_each_init(moved, containers.await_turn), lambda c: containers.evict(c, now))
    return _scheduled(_settled(moved, now))


def kill(group: Group, now: datetime) -> Group:
    """The platform takes the containers down and they stay down.

    With restartPolicy Always the group is then Stopped (as after a platform's take-down), otherwise Failed with exit
    code 137. A group that was being provisioned fails.
    """
    if group.leaving:
        return group
    always = group.restart_policy == "Always"
    ending = containers.PLATFORM_KILL if always else (137, "Error")
    killed = replace(_repaired(group), state="Stopped" if always else "Failed", next_ip=None)
    killed = _each_init(killed, containers.give_up)
    killed = _each(killed, lambda c: containers.kill(c, now, *ending))
    if group.transition is not None:
        ended = operations.ended(group.transition, now, "Failed", operations.told(killed))
        killed = replace(killed, provisioning="Failed", operation=ended)
    return _scheduled(killed)


def _step(group: Group, at: datetime) -> Group:
    """Everything that is due at `at`, once: containers first, so that one that starts at the deadline makes it."""

    def turn(container: Container, policy: str) -> Container:
        return containers.step(container, at, policy) if container.due == at else container

    # An init container must succeed: it is run again unless the policy is Never.
    policy = group.restart_policy
    init_policy = "Never" if policy == "Never" else "OnFailure"
    group = _each(_each_init(group, lambda c: turn(c, init_policy)), lambda c: turn(c, policy))
    operation = group.transition
    if operation is not None and not operation.placed and operation.working <= at:
        group = _placed(group, operation, at)
    group = _settled(group, at)
    operation = group.transition
    if operation is not None and operation.deadline <= at:
        group = _failed(group, at, operation.failure or operations.TIMEOUT)
    return group


def _placed(group: Group, operation: Operation, at: datetime) -> Group:
    provisioning = "Updating" if group.provisioning == "Updating" else "Creating"
    group = replace(group, provisioning=provisioning, operation=replace(operation, placed=True))
    if operation.failure is not None:
        return group
    private = (group.properties.get("ipAddress") or {}).get("type") == "Private"
    state = operation.waiting_state if group.state == "Pending" else group.state
    placed = replace(group, state=state, ip=PLACING if group.ip is None and private else group.ip)
    placed = _each(_each_init(placed, containers.await_turn), containers.await_turn)
    if operation.unmountable:
        placed = replace(placed, events=events.joined(group.events, at, *UNMOUNTABLE, kind="Warning"))
    return placed


def _settled(group: Group, at: datetime) -> Group:
    """What follows for the group from the state of its containers."""
    operation = group.operation
    if operation is not None and (not operation.placed or operation.failure is not None or operation.unmountable):
        return group
    if any(c.failed for c in group.init_containers):
        return replace(_failed(group, at, None), state="Failed")
    unfinished = next((c for c in group.init_containers if c.phase != "over"), None)
    if unfinished is not None:
        if unfinished.phase != "waiting":
            return group
        return _each_init(group, lambda c: containers.pull(c, at) if c is unfinished else c)
    group = _each(group, lambda c: containers.pull(c, at) if c.phase == "waiting" else c)
    if group.provisioning != "Succeeded" and all(c.up for c in group.containers):
        group = _succeeded(group, at)
    if all(c.phase == "over" for c in group.containers):
        group = replace(group, state="Failed" if any(c.failed for c in group.containers) else "Succeeded")
    return group


def _succeeded(group: Group, at: datetime) -> Group:
    operation = group.operation
    if group.transition is not None:
        operation = operations.ended(group.transition, at, "Succeeded")
    ip = group.next_ip if group.next_ip is not None else group.ip
    return replace(group, provisioning="Succeeded", state="Running", ip=ip, next_ip=None, operation=operation)


def _repaired(group: Group) -> Group:
    """The group with an end to its being moved, if it is: what stops it leaves nothing to repair."""
    return replace(group, provisioning="Succeeded") if group.provisioning == "Repairing" else group


def _failed(group: Group, at: datetime, sentence: str | None) -> Group:
    operation = group.transition
    if operation is None:
        return replace(group, provisioning="Failed") if group.provisioning == "Repairing" else group
    message = operations.told(group, sentence)
    failed = replace(group, provisioning="Failed", operation=operations.ended(operation, at, "Failed", message))
    if operation.persists and operation.failure is None:
        return failed
    return _each(_each_init(replace(failed, next_ip=None), containers.give_up), containers.give_up)


def _each(group: Group, change: Change) -> Group:
    changed = tuple(change(c) for c in group.containers)
    return replace(group, containers=changed) if _differ(changed, group.containers) else group


def _each_init(group: Group, change: Change) -> Group:
    changed = tuple(change(c) for c in group.init_containers)
    return replace(group, init_containers=changed) if _differ(changed, group.init_containers) else group


def _differ(some: Containers, others: Containers) -> bool:
    # By identity: thousands of groups are looked at, and a copy of one costs more than a look.
    return any(one is not other for one, other in zip(some, others, strict=True))


def _scheduled(group: Group) -> Group:
    times = [c.due for c in (*group.init_containers, *group.containers) if c.due is not None]
    operation = group.transition
    if operation is not None:
        times.append(operation.deadline if operation.placed else min(operation.working, operation.deadline))
    due = min(times, default=None)
    return group if due == group.due else replace(group, due=due)
