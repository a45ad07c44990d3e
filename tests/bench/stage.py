"""Real processes to measure: a control plane, the emulator and the operator, each in a process of its own."""

import re
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aci_emulator.admin.client import Client as Azure

from devcluster.binaries import Binaries
from devcluster.cluster import ControlPlane
from devcluster.guard import Guard
from devcluster.processes import Run
from devcluster.system import names
from devcluster.system.emulator import Emulator
from devcluster.system.operator import Operator
from devcluster.system.system import install
from devcluster.waiting import wait_until
from tests.bench.usage import Usage
from tests.cluster.audit import OPERATOR, AuditLog, Request

LEASE = {
    "ACI_OPERATOR_LEASE_DURATION": "60",
    "ACI_OPERATOR_LEASE_RENEW_EVERY": "10",
    "ACI_OPERATOR_WRITE_WINDOW": "30",
}
"""The operator's own defaults, in the place of the short ones of the tests."""

ROOM: dict[str, Any] = {"group_quota": 100_000, "core_quota": 1_000_000}
"""A subscription with room for a large fleet."""

LARGE_BUDGETS: dict[str, Any] = {"budget_5m": 10_000, "budget_1h": 10_000, "arm_throttle": False}
"""Azure's limits out of the way while a fleet is brought up, which would take a day and a half otherwise.

Not larger: the operator learns them, and counts what is missing of them afterwards as spent.
"""


_RUNNING = re.compile(r'^aci_operator_container_groups\{state="Running"\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True)
class Stage:
    """One system."""

    control_plane: ControlPlane
    emulator: Emulator
    operator: Operator

    @property
    def azure(self) -> Azure:
        """The emulator's admin API."""
        return Azure(self.emulator.endpoint, self.emulator.ca, timeout=60)

    @property
    def state(self) -> Path:
        """Where the emulator keeps what exists."""
        return self.emulator.directory / "state.json"

    @property
    def audit(self) -> AuditLog:
        """What the API server was asked."""
        return AuditLog(self.control_plane.audit_log)

    def writes(self, since: int) -> list[Request]:
        """Return the operator's writes to the API server since a place in its log, the Lease's left out."""
        return [each for each in self.audit.writes(since, user=OPERATOR) if each.resource != "leases"]

    def requests(self, since: float = 0.0) -> list[dict[str, Any]]:
        """Return what the operator has asked of ARM since a time."""
        return [each for each in self.azure.requests(since) if each["operation"] not in {"token", "discovery"}]

    def usage(self) -> Usage:
        """Return what the operator's process has used so far."""
        pid = self.operator.run.pid(self.operator.name)
        if pid is None:
            raise RuntimeError("the operator does not run")
        return Usage.of(pid)

    def running(self) -> int:
        """Return how many container groups the operator knows to run."""
        with urllib.request.urlopen(f"{self.operator.url}/metrics", timeout=30) as answer:
            found = _RUNNING.search(answer.read().decode())
        return int(float(found[1])) if found else 0

    def wait(self, holds: Callable[[], bool], what: str, *, seconds: float = 600) -> None:
        """Return when something holds. Raises TimeoutError."""
        wait_until(holds, what, seconds=seconds)


@contextmanager
def staged(*, kept: bool = False, **settings: Any) -> Iterator[Stage]:
    """Run a system. All of it ends with the block; its logs stay if it failed.

    Args:
        kept: Whether the emulator writes down what exists, which takes it long when that is much.
        settings: Of the emulator.
    """
    run = Run(Path(tempfile.mkdtemp(prefix="aci-operator-bench-")).resolve())
    try:
        with Guard(run):
            control_plane = ControlPlane(run, Binaries.find(say))
            control_plane.start()
            install(control_plane)
            emulator = Emulator(run, control_plane.issuer_keys)
            groups = [flag for name in RESOURCE_GROUPS for flag in ("--resource-group", f"{name}@{names.LOCATION}")]
            stage = Stage(control_plane, emulator, Operator(run, control_plane, emulator))
            chosen = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
            emulator.start(*groups, *chosen, *(("--state", str(stage.state)) if kept else ()))
            stage.operator.start(environment=LEASE)
            yield stage
    except BaseException:
        say(f"the logs are in {run.directory}")
        raise
    shutil.rmtree(run.directory)


RESOURCE_GROUPS = tuple(f"team-{number:02}" for number in range(10))
"""A fleet is spread over so many resource groups, beside the one that the emulator starts with."""


def say(line: str) -> None:
    """Tell how far it is; the table alone goes to standard output."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)  # noqa: T201
