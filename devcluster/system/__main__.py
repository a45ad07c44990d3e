"""`python -m devcluster.system up|operator-restart|demo`: the whole system on this machine."""

import argparse
import sys
from pathlib import Path

from devcluster.binaries import Binaries
from devcluster.cluster import KubectlFailed
from devcluster.golang import BuildFailed
from devcluster.guard import Guard
from devcluster.processes import ProcessFailed
from devcluster.runs import end_on_signals, keep_logs, opened
from devcluster.system import operator
from devcluster.system.demo import demo
from devcluster.system.emulator import ControlFailed
from devcluster.system.stage import DemoFailed
from devcluster.system.system import NAMES, System


def up(directory: Path) -> None:
    """Start the system in the background, unless it runs."""
    binaries = Binaries.find(_say)
    with opened(directory) as run:
        system = System(run, binaries)
        if all(run.pid(name) for name in NAMES):
            _say(f"the system in {directory} runs already; use it:  source {system.environment_file}")
            return
        run.stop_all()
        keep_logs(run)
        with Guard(run) as guard:
            system.start()
            guard.keep()
    _say(f"the system is up; use it:  source {system.environment_file}")


def operator_restart(directory: Path) -> None:
    """Replace the operator alone."""
    with opened(directory) as run:
        missing = [name for name in NAMES if name != operator.NAME and run.pid(name) is None]
        if missing:
            raise ProcessFailed(f"{', '.join(missing)} of {directory} not running: make up")
        system = System(run, Binaries.find(_say))
        system.operator.stop()
        system.operator.start_again()
    _say("the operator is replaced")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m devcluster.system", description=__doc__)
    parser.add_argument("command", choices=["up", "operator-restart", "demo"])
    parser.add_argument("--dir", type=Path, default=Path(".run"), help="folder for pid files, logs and data (.run)")
    arguments = parser.parse_args()
    end_on_signals()
    try:
        if arguments.command == "up":
            up(arguments.dir)
        elif arguments.command == "operator-restart":
            operator_restart(arguments.dir)
        else:
            demo(_say)
    except (BuildFailed, ProcessFailed, KubectlFailed, ControlFailed, DemoFailed, TimeoutError) as failure:
        _say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
