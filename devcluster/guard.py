"""Leaves nothing running: however the process that started a run ends, also by SIGKILL, its processes end too.

A small process in a session of its own holds the reading end of a pipe. When the writing end closes without a word, and
it does with the death of its holder, everything in the run is stopped.
"""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from devcluster.processes import Run

ROOT = Path(__file__).resolve().parent.parent
_KEEP = b"keep"


class Guard:
    """While it is held, the processes of the run live no longer than this process. On leaving they are stopped."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._kept = False

    def __enter__(self) -> Self:
        self._watcher = subprocess.Popen(
            [sys.executable, "-m", "devcluster.guard", str(self._run.directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a pipe of our caller that it held open would make the caller wait for it
            start_new_session=True,
        )
        return self

    def keep(self) -> None:
        """Let the processes of the run live on after this process: they are there to stay."""
        self._kept = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._kept:
            self._run.stop_all()
        self._watcher.communicate(_KEEP)


def main() -> None:
    """Wait for the end of the input; unless it says to keep the run, stop everything in it."""
    run = Run(Path(sys.argv[1]))
    if sys.stdin.buffer.read() != _KEEP:
        run.stop_all()


if __name__ == "__main__":
    main()
