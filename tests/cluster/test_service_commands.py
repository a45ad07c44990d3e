"""`aci-operator rollout` and `plan` beside the operator, on the real API server."""

import json
import os
import subprocess
from pathlib import Path

from devcluster.system import names
from tests.cluster.scenes import Scene, service


def aci_operator(
    scene: Scene, *words: str, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command as a person who has the cluster's kubeconfig."""
    command = [str(names.SCRIPTS / "aci-operator"), *words, "--namespace", scene.kubectl.namespace]
    variables = {**os.environ, **scene.cluster.environment(), **(environment or {})}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)


def rollout(scene: Scene, *words: str) -> "subprocess.CompletedProcess[str]":
    return aci_operator(scene, "rollout", *words)


def test_a_plan_is_told_and_nothing_is_done(scene: Scene, tmp_path: Path) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    operators = {"ACI_OPERATOR_SUBSCRIPTION_ID": names.SUBSCRIPTION}
    rest = aci_operator(scene, "plan", "web", environment=operators).stdout.splitlines()
    assert rest[1:3] == ["  nothing is to be done", "  status: Ready: 2 of 2 replicas ready"]
    assert [line.split(":")[1].split("(")[0].strip() for line in rest[3:]] == ["Azure was not asked", "not known here"]

    file = tmp_path / "web.yaml"
    file.write_text(json.dumps(service("web", 3)))
    before = scene.kubectl("get", "acis", "web")
    changed = aci_operator(scene, "plan", "-f", str(file), environment=operators)
    assert "  + replica number 3 of web-" in changed.stdout
    assert scene.kubectl("get", "acis", "web") == before

    file.write_text(json.dumps(service("other", 1)))
    new = aci_operator(scene, "plan", "-f", str(file), environment=operators).stdout
    assert "  + replica number 1 of other-" in new
    assert "Azure was not asked" in new
    file.write_text(json.dumps(service("bad", 1, placements=[{"location": "West Europe"}])))
    refused = aci_operator(scene, "plan", "-f", str(file), environment=operators)
    assert refused.returncode == 1
    assert "spec.placements[0].location" in refused.stderr
    assert f"kubectl apply --dry-run=server -f {file}" in refused.stderr


def test_a_plan_with_azure_knows_what_is_gone_there(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 1))
    scene.check("web", 1)
    [name] = scene.group_names("web")
    scene.kill()
    scene.azure.remove(name)
    person, endpoint = scene.operator.environment(), scene.operator.emulator.endpoint
    told = aci_operator(scene, "plan", "web", "--azure", "--azure-endpoint", endpoint, environment=person)
    assert f"{name} is not in Azure" in told.stdout, told.stderr
    assert "not known here" in told.stdout
    assert "Azure was not asked" not in told.stdout


def test_describe_tells_a_rollout_in_order(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    changed = service("web", 2)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "example.azurecr.io/web:2"
    scene.kubectl.apply(changed)
    assert rollout(scene, "status", "web").returncode == 0
    told = scene.kubectl.text("describe", "acis", "web").partition("\nEvents:")[2]
    turns = ("RolloutStarted", "(Canary)", "CanaryAvailable", "(RollingOut)", "RolledOut")
    places = [told.find(turn) for turn in turns]
    assert -1 not in places, told
    assert places == sorted(places), told


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
        '"web" is rolled out: 2 of 2 replicas ready',
    )

    history = rollout(scene, "history", "web").stdout.splitlines()
    assert [line.split()[0] for line in history] == ["REVISION", "1", "2"]
    assert history[2].endswith("example.azurecr.io/web:2  (wanted)")

    assert '"web" goes back to revision 1' in rollout(scene, "undo", "web").stdout
    assert rollout(scene, "status", "web").returncode == 0
    assert {group["image"] for group in scene.groups("web")} == {"example.azurecr.io/web:1"}

    again = rollout(scene, "undo", "web", "--to-revision", "1")
    assert (again.returncode, again.stdout.startswith('skipped: "web" is at revision 1')) == (0, True)

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
        f"Error: there is no such revision: see `aci-operator rollout history web -n {scene.kubectl.namespace}`\n",
    )
