"""One container's life: pulls, starts, runs, ends, waits, starts again. Pure; each function gives a new container."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aci_emulator.life.events import added
from aci_emulator.life.model import Container, Phase, Run

BACK_OFF = 10.0
BACK_OFF_MOST = 300.0
RAN_WELL = 600.0
"""Seconds of Azure's time: the first wait, doubled up to the last; a run so long begins the waits anew.

Assumption: as the kubelet does it, whose words CrashLoopBackOff and "Back-off" are.
"""

CRASH_LOOP = "CrashLoopBackOff: Back-off restarting failed"
STOPPED = "Container stopped per client request"
PLATFORM_KILL = (7147, "SIGINT")
"""Exit code and detailStatus of any kill by the platform, a failed liveness probe included (recorded 2022)."""

LATE_VIEW = 1.0
"""Seconds of Azure's time for which a view can be missing after a stop (recorded)."""


def back_off(failures: int) -> float:
    """Seconds of Azure's time to wait after so many failures in a row before this one; the first costs no wait."""
    return min(BACK_OFF * 2.0 ** min(failures - 1, 10), BACK_OFF_MOST) if failures else 0.0


def detail(exit_code: int) -> str:
    """The detailStatus of an end by itself (recorded)."""
    return "Error" if exit_code else "Completed"


def await_turn(container: Container) -> Container:
    """Before its turn to be pulled. One that runs goes on until it is replaced (recorded for a restart)."""
    if not container.running:
        past = container.current if container.current and container.current.state == "Terminated" else None
        container = replace(container, current=Run("Waiting"), previous=past or container.previous)
    return replace(container, phase="waiting", due=None, tries=0, crashes=0)


def give_up(container: Container) -> Container:
    """What is not up now will not come up by itself."""
    return container if container.up else replace(container, phase="idle", due=None)


def pull(container: Container, at: datetime) -> Container:
    """Begin to pull the image."""
    pulling = added(container, at, "Pulling", f'pulling image "{container.image}"')
    return _then(pulling, "pulling", at, container.script.pull)


def step(container: Container, at: datetime, policy: str) -> Container:
    """What is due at `at` happens. `policy` is the restart policy that holds for this container."""
    return _STEPS[container.phase](container, at, policy)


def end(container: Container, at: datetime, exit_code: int, detail_status: str, policy: str) -> Container:
    """A run ends; the policy says whether there is another one. A Killing event follows any end (recorded 2023)."""
    identifier = hashlib.sha256(f"{container.name} {container.image}".encode()).hexdigest()
    killed = added(container, at, "Killing", f"Killing container with id {identifier}.")
    return _ended(killed, at, exit_code, detail_status, policy)


def platform_kill(container: Container, at: datetime, policy: str) -> Container:
    """The platform ends the run, if there is one; the policy says what follows."""
    if not container.running:
        return container
    return _ended(_killing(container, at), at, *PLATFORM_KILL, policy)


def evict(container: Container, at: datetime) -> Container:
    """The platform ends the run, if there is one, and the container begins again whatever the policy."""
    if not container.running:
        return await_turn(container)
    over = _ended(_killing(container, at), at, *PLATFORM_KILL, "Never")
    return await_turn(replace(over, restarts=container.restarts + 1))


def kill(container: Container, at: datetime, exit_code: int, detail_status: str) -> Container:
    """The platform ends the container for good, whatever it was doing."""
    started = container.current.started if container.current else None
    killed = replace(
        _killing(container, at),
        current=Run("Terminated", detail_status, started, at, exit_code),
        previous=_past(container, at),
    )
    return replace(killed, phase="idle", due=None)


def stop(container: Container, at: datetime, *, late: bool) -> Container:
    """A user's stop. The view has neither startTime nor exitCode (recorded), and is missing at first when `late`."""
    stopped = replace(container, current=None, previous=_past(container, at))
    if late:
        return _then(stopped, "stopping", at, LATE_VIEW / container.script.time_scale)
    return _seen_stopped(stopped)


def run(container: Container, at: datetime) -> Container:
    """A run begins; one that is still there ends for it."""
    if container.current is not None and container.running:
        past = replace(container.current, state="Terminated", finished=at, exit_code=0)
        container = replace(_killing(container, at), previous=past)
    started = added(replace(container, current=Run("Running", started=at)), at, "Started", "Started container")
    ending = container.script.ending
    if ending is None:
        return replace(started, phase="running", due=None)
    return _then(started, "running", at, ending.after)


def _pull(container: Container, at: datetime, _policy: str) -> Container:
    return pull(container, at)


def _pulled(container: Container, at: datetime, _policy: str) -> Container:
    image, script = container.image, container.script
    if script.failing_pulls is None or container.tries < script.failing_pulls:
        failed = added(container, at, "Failed", f'Failed to pull image "{image}": {script.pull_error}', kind="Warning")
        waiting = added(failed, at, "BackOff", f'Back-off pulling image "{image}"')
        return _try_again(waiting, "pull-back-off", at)
    return _then(
        added(container, at, "Pulled", f'Successfully pulled image "{image}"'), "starting", at, container.script.start
    )


def _start(container: Container, at: datetime, _policy: str) -> Container:
    if container.script.cannot_start:
        problem = (
            f"Error: Failed to start container {container.name}, Error response: to create containerd task: failed to "
            "create shim task: the command cannot be executed: unknown"
        )
        # Reports agree that it is tried again whatever the restart policy.
        return _try_again(added(container, at, "Failed", problem, kind="Warning"), "start-back-off", at)
    return run(container, at)


def _try_again(container: Container, phase: Phase, at: datetime) -> Container:
    tries = container.tries + 1
    # What an update was to replace does not outlive the first failure.
    shown = replace(container, current=Run("Waiting"), previous=_past(container, at), tries=tries)
    return _then(shown, phase, at, _wait(container, tries))


def _end(container: Container, at: datetime, policy: str) -> Container:
    ending = container.script.ending
    if ending is None:
        return replace(container, due=None)
    if ending.unhealthy:
        container = added(container, at, "Unhealthy", "Liveness probe failed: no answer", kind="Warning")
    return end(container, at, ending.exit_code, ending.detail, policy)


def _ended(container: Container, at: datetime, exit_code: int, detail_status: str, policy: str) -> Container:
    started = container.current.started if container.current else None
    over = Run("Terminated", detail_status, started, at, exit_code)
    if not _runs_again(container, exit_code, policy):
        return replace(container, current=over, phase="over", due=None)
    well = started is not None and (at - started).total_seconds() > RAN_WELL / container.script.time_scale
    crashes = 0 if well else container.crashes
    crashed = replace(container, current=over, previous=over, crashes=crashes + 1)
    if not crashes:
        return _run_again(crashed, at, policy)
    waiting = added(crashed, at, "BackOff", "Back-off restarting failed container", kind="Warning")
    return _then(replace(waiting, current=Run("Waiting", CRASH_LOOP)), "back-off", at, _wait(container, crashes))


def _runs_again(container: Container, exit_code: int, policy: str) -> bool:
    if policy == "Never":
        return container.script.stubborn and exit_code != 0 and not container.crashes
    return policy == "Always" or exit_code != 0


def _run_again(container: Container, at: datetime, _policy: str) -> Container:
    return run(replace(container, restarts=container.restarts + 1), at)


def _stopped(container: Container, _at: datetime, _policy: str) -> Container:
    return _seen_stopped(container)


def _seen_stopped(container: Container) -> Container:
    return replace(container, current=Run("Terminated", STOPPED), phase="idle", due=None)


def _killing(container: Container, at: datetime) -> Container:
    return added(container, at, "Killing", f"Killing container {container.name} (platform initiated).")


def _past(container: Container, at: datetime) -> Run | None:
    if container.current is None or not container.running:
        return container.previous
    return replace(container.current, finished=at)


def _wait(container: Container, failures: int) -> float:
    # A clock that runs very fast must still move between two tries.
    return max(0.001, back_off(failures) / container.script.time_scale)


def _then(container: Container, phase: Phase, at: datetime, seconds: float) -> Container:
    return replace(container, phase=phase, due=at + timedelta(seconds=seconds))


_STEPS: dict[Phase, Callable[[Container, datetime, str], Container]] = {
    "pulling": _pulled,
    "pull-back-off": _pull,
    "starting": _start,
    "start-back-off": _pull,
    "running": _end,
    "back-off": _run_again,
    "stopping": _stopped,
}
