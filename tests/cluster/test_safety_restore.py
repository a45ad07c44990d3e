"""Everything was cleared by hand, and is restored from a backup: what runs in Azure goes on running."""

import copy
import json
from typing import Any

import pytest

from devcluster.cluster import KubectlFailed
from tests.cluster.kubectl import Manifest
from tests.cluster.scenes import Group, Scene, service

COLLECTING: dict[str, Any] = {"COLLECT_EVERY": 4, "COLLECT_GRACE": 1}
"""The collector makes rounds, and would delete in its second."""

KINDS = ("aciservices", "acicontainergroups", "controllerrevisions")


def backup(scene: Scene, *, owners: bool) -> list[Manifest]:
    """All objects as a backup keeps them: with or without their owners, and without their status."""
    found = []
    for kind in KINDS:
        for manifest in copy.deepcopy(scene.kubectl.items(kind)):
            for name in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
                manifest["metadata"].pop(name, None)
            if not owners:
                manifest["metadata"].pop("ownerReferences", None)
            manifest.pop("status", None)
            found.append(manifest)
    return found


def lose_everything(scene: Scene) -> None:
    """The operator is down meanwhile, and every finalizer is cleared by hand."""
    for kind in KINDS[:2]:
        for each in scene.kubectl.items(kind):
            scene.kubectl.patch(kind, each["metadata"]["name"], {"metadata": {"finalizers": None}})
    for kind in KINDS:
        scene.kubectl.text("delete", kind, "--all", "--timeout=30s")
        scene.wait(lambda kind=kind: not scene.kubectl.items(kind), f"the end of all {kind}")  # type: ignore[misc]


def running(groups: list[Group]) -> list[tuple[object, ...]]:
    """What changes when a group is made anew or started again."""
    return sorted((group["name"], group["uid"], group["ip"], group["starts"], group["puts"]) for group in groups)


@pytest.mark.parametrize(
    ("owners", "round_first"),
    [
        pytest.param(False, False, id="no-owners-before-a-round"),
        pytest.param(True, False, id="owners-before-a-round", marks=pytest.mark.soak),
        pytest.param(False, True, id="no-owners-after-a-round", marks=pytest.mark.soak),
        pytest.param(True, True, id="owners-after-a-round"),
    ],
)
def test_a_restored_service_takes_its_groups_over(scene: Scene, owners: bool, round_first: bool) -> None:
    check_restored(scene, owners=owners, round_first=round_first)


def restore(scene: Scene, manifest: Manifest) -> None:
    """Create an object as backup tools do: one of that name that the operator has made meanwhile stays as it is."""
    try:
        scene.kubectl.text("create", "-f", "-", stdin=json.dumps(manifest))
    except KubectlFailed as refused:
        if "AlreadyExists" not in str(refused):
            raise


def check_restored(scene: Scene, *, owners: bool, round_first: bool) -> None:
    scene.start(**(COLLECTING if round_first else {}))
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    before = running(scene.groups())
    saved = backup(scene, owners=owners)
    scene.kill()
    lose_everything(scene)
    scene.operator.start_again()
    if round_first:
        listed = len(scene.requests("containerGroups/listBySubscription"))
        scene.wait(lambda: len(scene.requests("containerGroups/listBySubscription")) > listed, "a round")
    for manifest in saved:
        restore(scene, manifest)
    uid = scene.check("web", 3)["metadata"]["uid"]
    assert running(scene.groups()) == before
    objects = scene.kubectl.items("acg")
    assert {each["metadata"]["name"] for each in objects} == scene.group_names()
    tagged = {group["name"]: group["tags"]["acioperator.dev_uid"] for group in scene.groups()}
    assert tagged == {each["metadata"]["name"]: each["metadata"]["uid"] for each in objects}
    assert {each["metadata"]["ownerReferences"][0]["uid"] for each in objects} == {uid}
    assert scene.requests("containerGroups/delete") == []
    assert set(scene.puts().values()) == {1}
    scene.check_log()


@pytest.mark.soak
def test_a_backup_with_owners_of_long_ago_over_living_objects_costs_no_group(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    before = running(scene.groups())
    for manifest in scene.kubectl.items("acg"):
        reference = {**manifest["metadata"]["ownerReferences"][0], "uid": "00000000-0000-4000-8000-000000000000"}
        scene.kubectl.patch("acg", manifest["metadata"]["name"], {"metadata": {"ownerReferences": [reference]}})
    uid = scene.kubectl("get", "acis", "web")["metadata"]["uid"]
    scene.wait(
        lambda: [each["metadata"]["ownerReferences"][0]["uid"] for each in scene.kubectl.items("acg")] == [uid] * 3,
        "all adopted",
    )
    scene.check("web", 3)
    assert running(scene.groups()) == before
    assert scene.requests("containerGroups/delete") == []
    scene.check_log()


@pytest.mark.soak
def test_a_service_restored_from_git_takes_its_groups_over(scene: Scene) -> None:
    """Only the service comes back: its replicas' objects were never written down anywhere else."""
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    before = running(scene.groups())
    scene.kill()
    lose_everything(scene)
    scene.operator.start_again()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    assert running(scene.groups()) == before
    assert set(scene.puts().values()) == {1}
    scene.check_log()


@pytest.mark.soak
def test_what_nobody_restores_is_collected_after_two_rounds(scene: Scene) -> None:
    scene.start(**COLLECTING)
    scene.kubectl.apply(service("web", 2), service("other", 1))
    scene.check("web", 2)
    scene.check("other", 1)
    scene.kill()
    for kind in KINDS[:2]:
        for each in scene.kubectl.items(kind):
            if each["metadata"]["name"].startswith("web"):
                scene.kubectl.patch(kind, each["metadata"]["name"], {"metadata": {"finalizers": None}})
    scene.kubectl.text("delete", "acis", "web", "--timeout=30s")
    scene.wait(lambda: len(scene.object_names()) == 1, "the end of the objects")
    scene.operator.start_again()
    scene.wait(lambda: scene.groups("web") == [], "the collector")
    scene.check("other", 1)
