"""Folders of runs: one user at a time, and the logs of earlier runs kept for a while."""

import fcntl
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from devcluster.processes import Run

EARLIER_RUNS_KEPT = 5


@contextmanager
def opened(directory: Path) -> Iterator[Run]:
    """Use the run in a folder, which is made if need be; another process that wants it waits until we are done."""
    directory = directory.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Run(directory.resolve())


def keep_logs(run: Run) -> None:
    """Move the logs of the last run to `earlier/TIME/`, and forget the oldest of those."""
    logs = sorted(run.directory.glob("*.log"))
    if not logs:
        return
    last = max(log.stat().st_mtime for log in logs)
    earlier = run.directory / "earlier"
    folder = earlier / datetime.fromtimestamp(last, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(parents=True, exist_ok=True)
    for log in logs:
        log.rename(folder / log.name)
    for old in sorted(earlier.iterdir())[:-EARLIER_RUNS_KEPT]:
        shutil.rmtree(old)


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that what is running gets stopped.

    Once: what follows must not disturb the stopping.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # what nohup asks for
        signal.signal(signal.SIGHUP, end)
