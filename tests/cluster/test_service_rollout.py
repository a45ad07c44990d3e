"""`aci-operator rollout` beside the operator, on the real API server."""

import os
import subprocess

from devcluster.system import names
from tests.cluster.scenes import Scene, service


def rollout(scene: Scene, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a person who has the cluster's kubeconfig."""
    command = [str(names.SCRIPTS / "aci-operator"), "rollout", *words, "--namespace", scene.kubectl.namespace]
    environment = {**os.environ, **scene.cluster.environment()}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_rollout_is_watched_undone_and_started_over(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    changed = service("web", 2)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "example.azurecr.io/web:2"
    scene.kubectl.apply(changed)
    watched = rollout(scene, "status", "web")
    assert (watched.returncode, watched.stdout.splitlines()[-1]) == (
        0,
        '"web" is rolled out: 2 of 2 replicas are available',
    )

    history = rollout(scene, "history", "web").stdout.splitlines()
    assert [line.split()[0] for line in history] == ["REVISION", "1", "2"]
    assert history[2].endswith("example.azurecr.io/web:2  (wanted)")

    assert '"web" goes back to revision 1' in rollout(scene, "undo", "web").stdout
    assert rollout(scene, "status", "web").returncode == 0
    assert {group["image"] for group in scene.groups("web")} == {"example.azurecr.io/web:1"}

    before = scene.group_names("web")
    assert rollout(scene, "restart", "web").returncode == 0
    assert rollout(scene, "status", "web").returncode == 0
    assert not before & scene.group_names("web")
    scene.check("web", 2)
    scene.check_log()


def test_what_cannot_be_done_is_said_in_a_sentence(scene: Scene) -> None:
    missing = rollout(scene, "status", "nobody")
    assert missing.returncode == 1
    assert missing.stderr.startswith("Error: ")
    assert "Traceback" not in missing.stderr
    scene.kubectl.apply(service("web", 0))
    nothing = rollout(scene, "undo", "web")
    assert (nothing.returncode, nothing.stderr) == (
        1,
        "Error: there is no such revision: see `aci-operator rollout history web`\n",
    )
