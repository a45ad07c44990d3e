"""What the API server tells comes late, never, or nothing gets through at all: no group is made twice for that."""

import urllib.request

from aci_operator.azure.operations import Operation
from aci_operator.kube.informer import WATCHED
from prometheus_client.parser import text_string_to_metric_families

from devcluster.system.operator import Operator
from tests.cluster.relay import Relay
from tests.cluster.scenes import SHORT, Scene, service, variables
from tests.cluster.test_safety_leaders import holder

NO_LIST = 300
"""Seconds between two LISTs: none brings what a watch holds back."""

WRITES = {operation.label for operation in Operation if operation.writes}
"""The requests that may have an effect, as the operator's metrics call them."""


def wait_for_a_look(scene: Scene) -> None:
    """Wait until the operator has read every group since now: it is at work, whatever it knows."""
    since = len(scene.requests())

    def looked() -> bool:
        reads = [each["path"] for each in scene.requests()[since:] if each["operation"] == "containerGroups/read"]
        return {path.rsplit("/", 1)[1] for path in reads} >= scene.group_names()

    scene.wait(looked, "a look at every group")


def test_a_watch_that_lags_and_is_cut_makes_nothing_twice(relayed: Scene, relay: Relay) -> None:
    """The operator sees its own writes at once, and nothing of what people change until something tells it."""
    scene = relayed
    scene.start(RESYNC=NO_LIST, HEALTH_TURN=1)
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)

    # What it has made itself it does not make again for want of an echo.
    relay.hold_watches()
    scene.azure.remove(min(scene.group_names()))
    scene.wait(lambda: len(scene.puts()) == 4, "another one in place of what is gone")
    scene.check("web", 3)

    # What nobody has told it leads to nothing, and to what is wanted once it is told late.
    scene.kubectl.text("scale", "acis/web", "--replicas=5")
    written = scene.arm_writes()
    wait_for_a_look(scene)
    assert scene.arm_writes() == written
    relay.release_watches()
    scene.check("web", 5)

    # A plan for a spec that is no more is refused, and nothing of it is done.
    relay.hold_watches()
    scene.kubectl.text("scale", "acis/web", "--replicas=2")
    mark = scene.audit.now()
    scene.azure.remove(max(scene.group_names()))
    scene.wait(lambda: len(scene.groups()) == 2, "two groups")
    scene.check("web", 2)
    refused = [each.code for each in scene.writes(mark) if each.resource == "aciservices/status"]
    assert refused[0] == 409
    assert len(scene.puts()) == 6

    # What is lost with a connection the next one tells.
    scene.kubectl.text("scale", "acis/web", "--replicas=3")
    written = scene.arm_writes()
    wait_for_a_look(scene)
    assert scene.arm_writes() == written
    assert relay.cut_watches() == len(WATCHED)
    relay.release_watches()
    scene.check("web", 3)

    assert sorted(scene.puts().values()) == [1] * 7
    assert scene.peak("web") == 5
    scene.check_log()


def sent(operator: Operator, *, writes: bool) -> int:
    """How many writes, or else reads, this very process has sent to Azure, as it counts them itself."""
    local = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with local.open(f"{operator.url}/metrics", timeout=30) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = [sample for family in families for sample in family.samples]
    requests = [sample for sample in samples if sample.name == "aci_operator_arm_requests_total"]
    return sum(int(each.value) for each in requests if (each.labels["operation"] in WRITES) is writes)


def test_a_partition_in_mid_rollout_ends_all_writes_to_azure(relayed: Scene, relay: Relay) -> None:
    """It reaches Azure all the time, where a DELETE asks to be sent again: only the lost Lease keeps it from that."""
    scene = relayed
    scene.start()
    scene.kubectl.apply(service("web", 2))
    scene.check("web", 2)
    first, first_holder = scene.operator, holder(scene)
    second = Operator(first.run, first.control_plane, first.emulator, "second")  # not through the relay
    second.start(environment={**variables(SHORT), **scene.bug()})
    scene.azure.rule("answer", method="DELETE", count=None, status=429, headers={"Retry-After": "1"})
    changed = service("web", 2)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "example.azurecr.io/web:2"
    scene.kubectl.apply(changed)
    scene.wait(lambda: len(scene.requests("containerGroups/delete")) >= 2, "a DELETE that is sent again")

    relay.part()
    scene.wait(lambda: holder(scene) not in {"", first_holder}, "another leader")
    written, read = sent(first, writes=True), sent(first, writes=False)
    deletes = len(scene.requests("containerGroups/delete"))
    scene.wait(lambda: len(scene.requests("containerGroups/delete")) >= deletes + 3, "DELETEs of the other")
    scene.wait(lambda: sent(first, writes=False) > read, "a look of the first")
    assert sent(first, writes=True) == written
    scene.azure.clear()
    scene.wait(lambda: {group["image"] for group in scene.groups()} == {"example.azurecr.io/web:2"}, "the end of web:1")
    scene.check("web", 2)
    assert sent(first, writes=True) == written

    relay.heal()
    scene.wait(lambda: "leadership lost" in scene.log, "the first to see that it no longer leads")
    second.stop()
    scene.kubectl.text("scale", "acis/web", "--replicas=3")
    scene.check("web", 3)
    assert sent(first, writes=True) == written + 1
    assert set(scene.puts().values()) == {1}
    assert scene.peak("web") <= 3
    scene.check_log()
