"""Processes of a run: started in the background, found and stopped again by their id, never by their name.

Each leaves `NAME.pid` and `NAME.log` in the folder of its run, and `NAME.json`, from which it can be started again. It
carries in its environment a mark that no other process has; an id whose process lacks the mark was given to somebody
else since, and is left alone.
"""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from devcluster.certificates import write_private
from devcluster.proc import has_ended, has_variable
from devcluster.waiting import wait_until

MARK = "DEVCLUSTER_PROCESS"
LOG_LINES_SHOWN = 15
GRACE_SECONDS = 10.0
START_SECONDS = 90.0


class ProcessFailed(Exception):
    """A process ended, or did not become ready in time. The message holds the end of its log."""


@dataclass(frozen=True)
class Run:
    """A folder with processes in it."""

    directory: Path

    def log(self, name: str) -> Path:
        """Where the output of a process goes."""
        return self.directory / f"{name}.log"

    def start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> int:
        """Start a process in a session of its own and return its id.

        Args:
            name: of its files in the folder.
            command: the program's path and its arguments.
            environment: what it has beside this process's own environment.

        Raises:
            ProcessFailed: one of this name runs already.
            OSError: the program cannot be started.
        """
        if self.pid(name) is not None:
            raise ProcessFailed(f"{name} runs already")
        recipe = _Recipe([str(word) for word in command], dict(environment or {}))
        write_private(self._recipe_file(name), json.dumps(asdict(recipe), indent=2).encode())
        return self._spawn(name, recipe)

    def start_again(self, name: str) -> int:
        """Start a process that has ended with the command and environment of its last start."""
        return self._spawn(name, _Recipe(**json.loads(self._recipe_file(name).read_text())))

    def pid(self, name: str) -> int | None:
        """Return the id of a process if it runs."""
        try:
            pid = int(self._pid_file(name).read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._is_marked(pid, name) and not has_ended(pid) else None

    def names(self) -> list[str]:
        """Return the names of the processes with a pid file, in the order opposite to that of their first start."""
        files = [self._recipe_file(file.stem) for file in self.directory.glob("*.pid")]
        return [file.stem for file in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)]

    def wait_ready(self, name: str, ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        """Return when a process that was started is ready.

        Raises:
            ProcessFailed: it ended before, or was not ready within `seconds`.
        """

        def ready_or_ended() -> bool:
            if self.pid(name) is None:
                raise self._failure(name, "ended")
            return ready()

        try:
            wait_until(ready_or_ended, name, seconds=seconds)
        except TimeoutError:
            raise self._failure(name, f"was not ready in {seconds:.0f} s") from None

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and to what it started; nothing happens if it does not run."""
        if (pid := self.pid(name)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)

    def stop(self, name: str, grace: float = GRACE_SECONDS) -> None:
        """End a process: SIGTERM, then SIGKILL after `grace` seconds. Returns when it is gone."""
        if (pid := self.pid(name)) is not None:
            self.signal(name, signal.SIGTERM)
            self.signal(name, signal.SIGCONT)  # a stopped process would sit on its SIGTERM
            with contextlib.suppress(TimeoutError):
                wait_until(lambda: has_ended(pid), f"the end of {name}", seconds=grace)
        self.kill(name)

    def kill(self, name: str) -> None:
        """End a process by SIGKILL. Returns when it is gone."""
        if (pid := self.pid(name)) is not None:
            self.signal(name, signal.SIGKILL)
            wait_until(lambda: has_ended(pid), f"the end of {name} after SIGKILL", seconds=30)
        self._pid_file(name).unlink(missing_ok=True)

    def stop_all(self) -> None:
        """End every process of the run, those that use others before the others."""
        for name in self.names():
            self.stop(name)

    def _spawn(self, name: str, recipe: "_Recipe") -> int:
        environment = {**os.environ, **recipe.environment, MARK: self._mark(name)}
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            recipe.command[0],
            recipe.command,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log(name)), flags, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # a Ctrl-C for us is not one for it, and what it starts is in its group
        )
        self._pid_file(name).write_text(f"{pid}\n")
        # For a moment after its birth a process shows no environment, and would be taken for one that is not ours.
        wait_until(lambda: has_ended(pid) or self._is_marked(pid, name), f"the start of {name}", seconds=30)
        return pid

    def _is_marked(self, pid: int, name: str) -> bool:
        return has_variable(pid, f"{MARK}={self._mark(name)}")

    def _failure(self, name: str, what: str) -> ProcessFailed:
        lines = self.log(name).read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return ProcessFailed("\n".join([f"{name} {what}; the end of {self.log(name)}:", *lines]))

    def _pid_file(self, name: str) -> Path:
        return self.directory / f"{name}.pid"

    def _recipe_file(self, name: str) -> Path:
        return self.directory / f"{name}.json"

    def _mark(self, name: str) -> str:
        return str(self.directory / name)


@dataclass(frozen=True)
class _Recipe:
    command: list[str]
    environment: dict[str, str]
