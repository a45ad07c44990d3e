"""`make demo`: the operator's main job, shown with the commands that a user would type."""

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from devcluster.binaries import Binaries
from devcluster.guard import Guard
from devcluster.processes import Run
from devcluster.system import names
from devcluster.system.stage import Stage
from devcluster.system.system import System

EXAMPLE = Path("manifests/examples/hello.yaml")
SERVICE = "acis/hello"
NEW_IMAGE = "mcr.microsoft.com/dotnet/samples:aspnetapp"


def demo(say: Callable[[str], None]) -> None:
    """Start a system of its own, show the steps and end it again. On a terminal it stays up until Ctrl-C.

    Raises:
        DemoFailed: a step did not show what it should. As with all failures, the folder with the logs is kept.
    """
    binaries = Binaries.find(say)
    run = Run(Path(tempfile.mkdtemp(prefix="aci-operator-demo-")).resolve())
    system = System(run, binaries)
    try:
        with Guard(run):
            say("starting control plane, emulator and operator ...")
            system.start()
            play(Stage(system))
            if sys.stdin.isatty() and sys.stdout.isatty():
                _stay(system)
    except Exception:
        say(f"the logs are in {run.directory}")
        raise
    except BaseException:  # ended by a signal, as it is meant to on a terminal
        shutil.rmtree(run.directory)
        raise
    shutil.rmtree(run.directory)


def play(stage: Stage) -> None:
    """Show the steps, one after the other."""
    stage.title("Apply an AciService with 3 replicas")
    stage.kubectl("apply", "-f", str(EXAMPLE))
    stage.watch("get", "acis", "hello", "--watch", until=lambda: stage.serves(3), what="three ready replicas")

    stage.title("What it has: IPs in its status, and an object for each container group")
    stage.kubectl("get", "acis", "-o", "wide")
    stage.kubectl("get", "acg")
    stage.check(len(set(stage.service()["status"]["ips"])) == 3, "three distinct IPs in the status")
    stage.check(len(stage.clouds()) == 3, "three container groups in Azure")

    stage.title("Scale to 5")
    stage.kubectl("scale", SERVICE, "--replicas", "5")
    stage.kubectl("wait", "--for=condition=Ready", SERVICE, "--timeout=120s")
    stage.kubectl("get", "acg")
    stage.check(stage.serves(5), "five replicas ready")

    stage.title("Delete one replica: another takes its place")
    deleted = stage.groups()[0]
    stage.kubectl("delete", "acg", deleted)
    stage.wait(lambda: stage.serves(5) and deleted not in stage.groups(), "its replacement")
    stage.kubectl("get", "acg")
    stage.check(deleted not in stage.clouds(), f"{deleted} is gone from Azure")

    stage.title("Remove one container group in Azure, behind the operator's back: it is replaced too")
    removed = stage.groups()[0]
    stage.emulator("remove", removed)
    stage.wait(lambda: stage.serves(5) and removed not in stage.groups(), "its replacement")
    stage.kubectl("get", "acg")
    stage.kubectl("get", "events", "--sort-by=.lastTimestamp")
    stage.check(len(stage.clouds()) == 5, "five container groups in Azure")

    stage.title("Roll out a new image")
    image = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": NEW_IMAGE}]
    stage.kubectl("patch", SERVICE, "--type=json", "--patch", stage.json(image))
    stage.watch(
        *("get", "acis", "hello", "--watch"),
        until=lambda: stage.serves(5) and stage.images() == [NEW_IMAGE] * 5,
        what="five ready replicas with the new image",
    )
    stage.kubectl("get", "acg", "-o", "wide")
    stage.check(stage.images() == [NEW_IMAGE] * 5, "five container groups in Azure run the new image")

    stage.title("Delete it")
    stage.kubectl("delete", "-f", str(EXAMPLE))
    stage.kubectl("get", "acis,acg")
    stage.check(not stage.groups(), "no AciContainerGroup left")
    stage.check(not stage.clouds(), "no container group left in Azure")


def _stay(system: System) -> None:
    print(f"\nAll steps showed what they should. In another terminal, in {names.ROOT}:\n")
    print(f"  source {system.environment_file}\n  kubectl apply -f {EXAMPLE}\n\nCtrl-C ends it.", flush=True)
    with contextlib.suppress(SystemExit):  # the expected end, not a failure
        while True:
            time.sleep(1)  # a signal just before a call that waits for ever would be looked at after it
