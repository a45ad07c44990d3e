import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devcluster.guard import ROOT, Guard
from devcluster.processes import ProcessFailed, Run
from devcluster.waiting import wait_until

PYTHON = sys.executable
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path.resolve())


def exists(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_it_is_started_found_and_stopped(run: Run) -> None:
    with Guard(run):
        pid = run.start("sleeper", [PYTHON, "-c", SLEEP])
        assert run.pid("sleeper") == pid
        assert (run.directory / "sleeper.pid").read_text() == f"{pid}\n"
        run.stop("sleeper")
        assert not exists(pid)
        assert run.names() == []


def test_one_that_does_not_listen_is_killed(run: Run) -> None:
    with Guard(run):
        pid = run.start("stubborn", [PYTHON, "-c", STUBBORN])
        run.wait_ready("stubborn", lambda: "deaf" in run.log("stubborn").read_text())
        run.stop("stubborn", grace=0.1)
        assert not exists(pid)


def test_one_that_is_stopped_by_a_signal_can_be_ended(run: Run) -> None:
    with Guard(run):
        pid = run.start("sleeper", [PYTHON, "-c", SLEEP])
        run.signal("sleeper", signal.SIGSTOP)
        run.stop("sleeper")
        assert not exists(pid)


def test_it_starts_again_with_its_command_and_environment(run: Run) -> None:
    with Guard(run):
        program = "import os, time; print(os.environ['COLOUR'], flush=True); time.sleep(600)"
        first = run.start("sleeper", [PYTHON, "-c", program], {"COLOUR": "blue"})
        run.wait_ready("sleeper", lambda: run.log("sleeper").read_text() == "blue\n")
        run.kill("sleeper")
        assert run.start_again("sleeper") != first
        run.wait_ready("sleeper", lambda: run.log("sleeper").read_text() == "blue\nblue\n")


def test_two_of_one_name_are_refused(run: Run) -> None:
    with Guard(run):
        run.start("sleeper", [PYTHON, "-c", SLEEP])
        with pytest.raises(ProcessFailed, match="runs already"):
            run.start("sleeper", [PYTHON, "-c", SLEEP])


def test_a_process_that_got_the_id_of_ours_is_left_alone(run: Run) -> None:
    with subprocess.Popen([PYTHON, "-c", SLEEP], start_new_session=True) as stranger:
        run.start("ours", [PYTHON, "-c", "pass"])
        (run.directory / "ours.pid").write_text(f"{stranger.pid}\n")
        assert run.pid("ours") is None
        run.stop_all()
        assert exists(stranger.pid)
        stranger.kill()


def test_an_early_end_shows_the_log(run: Run) -> None:
    run.start("failing", [PYTHON, "-c", "raise SystemExit('no such luck')"])
    with pytest.raises(ProcessFailed, match=r"(?s)failing ended.*no such luck"):
        run.wait_ready("failing", lambda: False)


def test_what_is_never_ready_shows_the_log(run: Run) -> None:
    with Guard(run):
        run.start("slow", [PYTHON, "-c", f"print('busy', flush=True); {SLEEP}"])
        run.wait_ready("slow", lambda: "busy" in run.log("slow").read_text())
        with pytest.raises(ProcessFailed, match=r"(?s)slow was not ready.*busy"):
            run.wait_ready("slow", lambda: False, seconds=0.1)


STARTER = f"""
import signal
import sys
import time
from pathlib import Path
from devcluster.guard import Guard
from devcluster.processes import Run
from devcluster.runs import end_on_signals

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and stays so on purpose
end_on_signals()
run = Run(Path(sys.argv[1]))
with Guard(run) as guard:
    run.start("sleeper", [sys.executable, "-c", {SLEEP!r}])
    print("started", flush=True)
    if sys.argv[2] == "keep":
        guard.keep()
    else:
        while True:
            time.sleep(0.1)  # a signal just before a call that waits for ever would be looked at after it
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_a_starter_that_ends_early(run: Run, how: signal.Signals) -> None:
    command = [PYTHON, "-c", STARTER, str(run.directory), "wait"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        pid = run.pid("sleeper")
        assert pid is not None
        os.kill(starter.pid, how)
        starter.wait(30)
        wait_until(lambda: not exists(pid), "the end of the sleeper", seconds=30)


def test_what_is_meant_to_stay_stays(run: Run) -> None:
    try:
        subprocess.run([PYTHON, "-c", STARTER, str(run.directory), "keep"], cwd=ROOT, check=True)
        assert run.pid("sleeper") is not None
    finally:
        run.stop_all()
