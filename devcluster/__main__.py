"""`python -m devcluster up|down|env`: a Kubernetes control plane in the background."""

import argparse
import sys
from pathlib import Path

from devcluster.binaries import Binaries
from devcluster.cluster import NAMES, ControlPlane
from devcluster.golang import BuildFailed
from devcluster.guard import Guard
from devcluster.processes import ProcessFailed
from devcluster.runs import end_on_signals, keep_logs, opened
from devcluster.shell import exports


def up(directory: Path) -> None:
    """Start the control plane, unless it runs."""
    binaries = Binaries.find(_say)
    with opened(directory) as run:
        if all(run.pid(name) for name in NAMES):
            _say(f"the control plane in {directory} runs already")
            return
        run.stop_all()
        keep_logs(run)
        with Guard(run) as guard:
            ControlPlane(run, binaries).start()
            guard.keep()
    _say(f'the control plane is up; point kubectl at it:  eval "$(python -m devcluster env --dir {directory})"')


def down(directory: Path) -> None:
    """Stop whatever runs in the folder."""
    if directory.is_dir():
        with opened(directory) as run:
            run.stop_all()


def env(directory: Path) -> None:
    """Print what a shell needs to use the control plane."""
    with opened(directory) as run:
        control_plane = ControlPlane(run, Binaries.find(_say))
        print(exports(control_plane.environment(), [control_plane.binaries.kubectl.parent]), end="")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m devcluster", description=__doc__)
    commands = {"up": up, "down": down, "env": env}
    parser.add_argument("command", choices=commands)
    parser.add_argument("--dir", type=Path, default=Path(".run"), help="folder for pid files, logs and data (.run)")
    arguments = parser.parse_args()
    end_on_signals()
    try:
        commands[arguments.command](arguments.dir)
    except (BuildFailed, ProcessFailed, TimeoutError) as failure:
        _say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
