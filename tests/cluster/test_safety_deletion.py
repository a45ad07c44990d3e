"""Nothing stays in Azure when objects go, in whatever way they go."""

import json

from devcluster.system import names
from devcluster.system.system import install
from tests.cluster.relay import Relay
from tests.cluster.scenes import FINALIZER, Scene, condition, service


def test_a_finalizer_that_a_replace_drops_comes_back_and_holds_the_object(scene: Scene) -> None:
    """Azure does not accept the last DELETE at once: the replica waits for it, and so does the service."""
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    last = max(scene.group_names())
    for kind, name in (("acis", "web"), ("acg", last)):
        manifest = scene.kubectl("get", kind, name)
        del manifest["metadata"]["finalizers"]
        del manifest["metadata"]["resourceVersion"]
        scene.kubectl.text("replace", "-f", "-", stdin=json.dumps(manifest))
        scene.kubectl.wait(kind, name, lambda found: FINALIZER in found["metadata"].get("finalizers", []))

    scene.azure.rule("answer", method="DELETE", path=f"*/{last}", count=None, status=503, code="ServerTimeout")
    scene.kubectl.text("delete", "acis", "web", "--wait=false")
    scene.wait(lambda: scene.group_names() == {last}, "the end of the other")
    refused = len(scene.requests("containerGroups/delete"))
    scene.wait(lambda: len(scene.requests("containerGroups/delete")) > refused, "another try")
    assert scene.kubectl.find("acis", "web") is not None
    scene.wait(lambda: scene.object_names() == {last}, "the end of the other's object")
    scene.azure.clear()
    scene.check_nothing_left()
    scene.check_log()


def test_deleted_while_its_groups_are_being_created(relayed: Scene, relay: Relay) -> None:
    """One PUT is on its way and held in Azure, one group starts, one object has only just been made."""
    scene = relayed
    scene.azure.change(start_latency=3)
    scene.start()
    scene.azure.rule("hold-before", method="PUT", path="*/web-1-*", late=True)
    stop = relay.stop("PUT", "/acicontainergroups/web-3-[a-z0-9]+/status", "requestedAt")
    scene.kubectl.apply(service("web", 3))
    scene.wait_held()
    assert stop.reached.wait(30)
    scene.kubectl.text("delete", "acis", "web", "--wait=false")
    scene.azure.release()
    relay.release(stop)
    scene.check_nothing_left()
    scene.check_log()


def test_a_namespace_is_deleted(scene: Scene) -> None:
    """Everything goes at once, and nothing may be created in it any more."""
    scene.start()
    namespace = f"{scene.kubectl.namespace}-b"
    scene.cluster.kubectl("create", "namespace", namespace)
    elsewhere = json.dumps(service("web", 2))
    scene.cluster.kubectl("--namespace", namespace, "apply", "-f", "-", stdin=elsewhere)
    scene.kubectl.apply(service("mine", 1))
    scene.wait(lambda: len(scene.groups("web")) == 2, "two groups")
    scene.cluster.kubectl("delete", "namespace", namespace, "--timeout=60s")
    assert scene.groups("web") == []
    scene.check("mine", 1)
    scene.check_log()


def test_the_crds_are_deleted_and_come_back(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    try:
        scene.cluster.kubectl("delete", "-f", names.CRDS, "--timeout=60s")
        assert scene.groups() == []
        scene.wait(lambda: not scene.operator.ready(), "/readyz to say no")
    finally:
        install(scene.cluster)
    scene.operator.wait_ready()
    scene.kubectl.apply(service("web", 1))
    scene.check("web", 1)
    scene.check_log()


def test_what_is_orphaned_stays_and_what_lost_its_service_is_adopted(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("left", 1, deletionPolicy="Orphan", tags={"cost-centre": "42"}), service("web", 2))
    scene.check("left", 1)
    scene.check("web", 2)
    before = scene.group_names()
    (orphan,) = scene.group_names("left")
    scene.kubectl.text("delete", "acis", "left", "--timeout=60s")
    scene.kubectl.text("delete", "acis", "web", "--cascade=orphan", "--timeout=60s")
    assert scene.group_names() == before
    assert scene.object_names() == before - {orphan}
    (found,) = (group for group in scene.groups() if group["name"] == orphan)
    origin = f"{scene.kubectl.namespace}_{orphan}"
    assert found["tags"] == {"cost-centre": "42", "acioperator.dev_orphaned-from": origin}
    assert found["starts"] == found["puts"] == 1

    scene.kubectl.apply(service("web", 2))
    uid = scene.check("web", 2)["metadata"]["uid"]
    assert scene.group_names() == before
    for each in scene.kubectl.items("acg"):
        assert [owner["uid"] for owner in each["metadata"]["ownerReferences"]] == [uid]
        assert condition(each, "Ready")["status"] == "True"
    assert scene.requests("containerGroups/delete") == []
    assert set(scene.puts().values()) == {1}
