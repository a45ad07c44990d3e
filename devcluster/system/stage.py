"""Shows commands with their output, and checks what they should have brought about."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devcluster.system import names
from devcluster.system.system import System
from devcluster.waiting import wait_until

STEP_SECONDS = 180.0


class DemoFailed(Exception):
    """A step did not show what it should."""


@dataclass(frozen=True)
class Stage:
    """Where the demo is played: in the namespace `default` of a system."""

    system: System

    def title(self, text: str) -> None:
        """Begin a step."""
        print(f"\n== {text}", flush=True)

    def kubectl(self, *arguments: str) -> None:
        """Show a kubectl command and its output.

        Raises:
            DemoFailed: it ended with an error.
        """
        self._show(["kubectl", *arguments])

    def emulator(self, *arguments: str) -> None:
        """Show a command of `aci-emulator ctl`. Raises DemoFailed."""
        self._show(["aci-emulator", "ctl", *arguments])

    def watch(self, *arguments: str, until: Callable[[], bool], what: str) -> None:
        """Show the output of a kubectl command that does not end, until a condition holds.

        Raises:
            DemoFailed: it did not in time; the message names `what` was waited for.
        """
        _print_command(["kubectl", *arguments])
        process = subprocess.Popen(["kubectl", *arguments], env=self._environment(), cwd=names.ROOT)
        try:
            self.wait(until, what)
        finally:
            process.terminate()
            process.wait()

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Return when a condition holds. Raises DemoFailed."""
        try:
            wait_until(condition, what, seconds=STEP_SECONDS)
        except TimeoutError as error:
            raise DemoFailed(str(error)) from None

    def check(self, holds: bool, what: str) -> None:
        """Say that something holds. Raises DemoFailed if it does not."""
        if not holds:
            raise DemoFailed(f"this does not hold: {what}")
        print(f"-- {what}", flush=True)

    def service(self) -> dict[str, Any]:
        """Return the AciService."""
        found: dict[str, Any] = json.loads(self.system.control_plane.kubectl("get", "acis", "hello", "-o", "json"))
        return found

    def groups(self) -> list[str]:
        """Return the names of the AciContainerGroups."""
        return self.system.control_plane.kubectl("get", "acg", "-o", "name").replace(_PREFIX, "").split()

    def clouds(self) -> list[str]:
        """Return the names of the container groups in Azure."""
        return [group["name"] for group in self.system.emulator.control("groups")]

    def images(self) -> list[str]:
        """Return what the container groups in Azure run."""
        return [group["image"] for group in self.system.emulator.control("groups")]

    def serves(self, replicas: int) -> bool:
        """Tell whether the service is done with its present spec and has just so many replicas, all ready."""
        service = self.service()
        status = service.get("status", {})
        counts = {status.get(name) for name in ("replicas", "readyReplicas", "updatedReplicas")}
        return (
            status.get("observedGeneration") == service["metadata"]["generation"]
            and counts == {replicas}
            and len(status.get("ips", [])) == replicas == len(self.groups())
        )

    def json(self, value: object) -> str:
        """Return a value as an argument of a command."""
        return json.dumps(value)

    def _show(self, command: list[str]) -> None:
        _print_command(command)
        done = subprocess.run(command, check=False, env=self._environment(), cwd=names.ROOT)
        if done.returncode != 0:
            raise DemoFailed(f"{shlex.join(command)} ended with {done.returncode}")

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([*map(str, self.system.programs), os.environ["PATH"]])
        return {**os.environ, **self.system.environment(), "PATH": path}


_PREFIX = "acicontainergroup.acioperator.dev/"


def _print_command(command: list[str]) -> None:
    print(f"$ {shlex.join(command)}", flush=True)
