"""A fleet that an earlier operator brought up is taken over as it stands: the upgrade writes nothing to Azure."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from devcluster.cluster import ControlPlane
from devcluster.system import names
from devcluster.system.system import install
from tests.cluster.earlier import Earlier, EarlierOperator, HistoryMissing
from tests.cluster.kubectl import Manifest
from tests.cluster.scenes import Scene, bare, is_ready, service

EARLIER: Final = {
    "before-rollouts": "c183bc8ed221131d248a69ba1afb45e1b7613c1e",
    "before-this-test": "b43e1f438289b64a04365530642271fd1f1a11e8",
}
"""Commits of main from which people may come, before and after the operator learnt most of what it can.

- The last one before strategies of rollouts, healing, shared budgets, drift and zones, which came in this order. It and
  its CRDs know none of the fields that came with them.
- The last one, with all of these, from before this test: the next one brought it.
"""

OLD, NEW = "example.azurecr.io/web:1", "example.azurecr.io/web:2"


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest, cluster: ControlPlane, tmp_path: Path) -> Iterator[Earlier]:
    """An earlier operator, in a cluster that has its CRDs. The present ones are back afterwards."""
    made = Earlier.make(EARLIER[request.param], tmp_path / "earlier")
    assert made.runs_from().is_relative_to(made.packages)
    cluster.kubectl("apply", "--server-side", "-f", made.crds)
    yield made
    install(cluster)


def test_an_upgrade_writes_nothing_to_azure_and_restarts_nothing(scene: Scene, earlier: Earlier) -> None:
    present = scene.operator
    before = EarlierOperator(present.run, present.control_plane, present.emulator, "earlier", earlier)
    scene.operator = before
    bring_up(scene)
    fleet, written, told = standing(scene), scene.arm_writes(), objects(scene)
    scene.operator.stop()

    install(scene.cluster)
    wait_for_defaults(scene)
    mark, asked = scene.audit.now(), len(scene.requests())
    scene.operator = present
    scene.start(HEALTH_TURN=1, RESYNC=1)
    wait_for_two_looks(scene, asked)

    assert scene.arm_writes() == written
    assert standing(scene) == fleet
    check_statuses_only_gained(scene, told, mark)

    scene.kubectl.text("scale", "acis/web", "--replicas=4")
    scene.check("web", 4)
    assert standing(scene).items() >= fleet.items()
    roll(scene, OLD)
    assert {group["image"] for group in scene.groups("web")} == {OLD}
    assert set(scene.puts().values()) == {1}
    scene.check_log()


def test_a_clone_without_the_history_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HistoryMissing, match="fetch the whole history"):
        Earlier.make("0" * 40, tmp_path)


def bring_up(scene: Scene) -> None:
    """Two services, one of which was rolled out once, one without replicas, and a group that somebody wrote alone."""
    scene.start()
    tagged = service("tagged", 1, tags={"cost-centre": "42"}, deletionPolicy="Orphan")
    scene.kubectl.apply(service("web", 3), tagged, service("none", 0), bare("alone"))
    scene.check("web", 3)
    roll(scene, NEW)
    for name in ("tagged", "none"):
        scene.wait_ready(name)
    scene.kubectl.wait("acg", "alone", is_ready)


def roll(scene: Scene, image: str) -> None:
    """Give `web` another image, and wait until no group has the old one, and the objects of those that had are gone."""
    template = scene.kubectl("get", "acis", "web")["spec"]["template"]
    template["spec"]["containers"][0]["image"] = image
    scene.kubectl.patch("acis", "web", {"spec": {"template": template}})
    replicas = scene.wait_ready("web")["spec"]["replicas"]
    scene.wait(lambda: [group["image"] for group in scene.groups("web")] == [image] * replicas, "the end of the old")
    scene.wait(lambda: len(objects_of(scene, "web")) == replicas, "the end of their objects")


def objects_of(scene: Scene, name: str) -> list[Manifest]:
    """The group objects of a service."""
    return [each for each in scene.kubectl.items("acg") if each["metadata"]["name"].startswith(f"{name}-")]


def standing(scene: Scene) -> dict[str, Any]:
    """What is in Azure, with how often each group was PUT and started, by name."""
    return {group["name"]: group for group in scene.groups()}


def wait_for_defaults(scene: Scene) -> None:
    """Wait until the API server shows what it has stored by the present CRD: with the defaults of new fields."""
    crd = yaml.safe_load((names.CRDS / "aciservices.yaml").read_text())
    properties = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    defaults = {name for name, schema in properties.items() if "default" in schema}
    scene.kubectl.wait("acis", "web", lambda found: found["spec"].keys() >= defaults)


def wait_for_two_looks(scene: Scene, since: int) -> None:
    """Wait until the operator has read every group twice since a place in Azure's record."""

    def looked() -> bool:
        reads = Counter(
            each["path"].rsplit("/", 1)[1]
            for each in scene.requests()[since:]
            if each["operation"] == "containerGroups/read"
        )
        return all(reads[name] >= 2 for name in scene.group_names())

    scene.wait(looked, "two looks at every group")


def objects(scene: Scene) -> dict[str, Manifest]:
    """All services and group objects, by kind and name."""
    found = [each for kind in ("aciservices", "acicontainergroups") for each in scene.kubectl.items(kind)]
    return {f"{each['kind']} {each['metadata']['name']}": each for each in found}


def check_statuses_only_gained(scene: Scene, before: dict[str, Manifest], mark: int) -> None:
    """Each object had its status written once at most, for fields that are new; nothing else was written."""
    writes = Counter((each.verb, each.resource, each.name) for each in scene.writes(mark))
    assert {(verb, resource.partition("/")[2]) for verb, resource, _ in writes} <= {("update", "status")}, writes
    assert set(writes.values()) <= {1}, writes
    after = objects(scene)
    assert after.keys() == before.keys()
    for name, manifest in before.items():
        kept = {field: value for field, value in manifest["status"].items() if field != "conditions"}
        assert after[name]["status"].items() >= kept.items()
        assert transitions(after[name]).items() >= transitions(manifest).items()


def transitions(manifest: Manifest) -> dict[str, tuple[str, str]]:
    """Status, and the time of its last change, of each condition."""
    return {each["type"]: (each["status"], each["lastTransitionTime"]) for each in manifest["status"]["conditions"]}
