"""What the operator stands on is not there yet, or goes and comes back; `/readyz` tells the truth all the time."""

from devcluster.system import names
from devcluster.system.system import install
from devcluster.waiting import answers_ok
from tests.cluster.scenes import Scene, service


def test_started_before_the_crds_exist(scene: Scene) -> None:
    scene.cluster.kubectl("delete", "-f", names.CRDS, "--timeout=60s")
    try:
        scene.start(wait=False)
        scene.wait(lambda: answers_ok(f"{scene.operator.url}/healthz"), "/healthz")
        scene.wait(lambda: "does not know aciservices" in scene.log, "a word about the missing kind")
        assert not scene.operator.ready()
    finally:
        install(scene.cluster)
    scene.operator.wait_ready()
    scene.kubectl.apply(service("web", 1))
    scene.check("web", 1)
    scene.check_log()


def test_the_api_server_is_away_and_comes_back(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    arm = len(scene.arm_writes())
    scene.cluster.run.kill("kube-apiserver")
    try:
        scene.wait(lambda: not scene.operator.ready(), "/readyz to say no")
        assert answers_ok(f"{scene.operator.url}/healthz")
        removed = min(scene.group_names())
        scene.azure.remove(removed)
    finally:
        scene.cluster.restart_apiserver()
    scene.operator.wait_ready()
    scene.wait(lambda: removed not in scene.object_names(), "the end of what was removed meanwhile")
    scene.check("web", 2)
    assert len(scene.arm_writes()) > arm
    assert set(scene.puts().values()) == {1}
    scene.check_log()
