"""What people read of a service: `kubectl describe` tells its story in order, and then nothing more."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
NEW, BROKEN = "registry.test/api:2", "registry.test/broken:1"


def described(world: World, name: str, kind: str = "AciService") -> list[str]:
    """Return the Events about an object, in the order in which kubectl shows them; random parts of names are *."""
    everything = world.cluster.objects.everything().items()
    told = [manifest for place, manifest in everything if place.resource == EVENTS]
    about = [it for it in told if (it["involvedObject"]["kind"], it["involvedObject"]["name"]) == (kind, name)]
    about.sort(key=lambda event: (event["lastTimestamp"], event["metadata"]["name"]))
    return [re.sub(r"\b(s(-\d+)?)-[a-z0-9]{8,}", r"\1-*", f"{it['reason']}: {it['message']}") for it in about]


async def up(world: World, **spec: Any) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=2, **spec))
    await world.converge("s", 2)


async def test_a_rollout_is_told_in_order(make_world: MakeWorld) -> None:
    world = make_world(seed=501)
    await up(world)
    world.roll("s", NEW)
    await world.converge("s", 2, image=NEW)
    assert described(world, "s") == [
        "CreatedRevision: storing revision (TemplateChanged): s-*",
        "CreatedGroup: creating 2 (Scaling): s-1-*, s-2-*",
        "Ready: 2 of 2 replicas ready",
        "CreatedRevision: storing revision (TemplateChanged): s-*",
        "RolloutStarted: rolling out revision 2 (s-*)",
        "CreatedGroup: creating 1 (Canary): s-3-*",
        "CanaryAvailable: 1 of revision 2 (s-*) available: the others follow",
        "DeletedGroup: deleting 1 (RollingOut): s-2-*",
        "CreatedGroup: creating 1 (RollingOut): s-5-*",
        "Ready: 2 of 2 replicas ready",
        "DeletedGroup: deleting 1 (RollingOut): s-1-*",
        "RolledOut: revision 2 (s-*) is rolled out",
    ]


async def rolled(world: World, fault: Fault) -> list[str]:
    """Return the story of a rollout in which a write came about and its answer was lost."""
    await up(world)
    world.cluster.plant(fault)
    world.roll("s", NEW)
    await world.converge("s", 2, image=NEW)
    assert fault.hits == 1
    return described(world, "s")


@pytest.mark.parametrize("skip", range(7))  # so many statuses are written
async def test_a_turn_is_told_although_the_answer_to_the_status_was_lost(make_world: MakeWorld, skip: int) -> None:
    fault = Fault(Mode.LOSE, frozenset({"replace_status"}), SERVICES, client="operator", skip=skip)
    words = [line.partition(":")[0] for line in await rolled(make_world(seed=501), fault)]
    turns = [word for word in words if word in {"RolloutStarted", "CanaryAvailable", "RolledOut"}]
    assert turns == ["RolloutStarted", "CanaryAvailable", "RolledOut"]


async def test_a_delete_is_told_and_counted_although_its_answer_was_lost(make_world: MakeWorld) -> None:
    world = make_world(seed=501)
    told = await rolled(world, Fault(Mode.LOSE, frozenset({"delete"}), GROUPS, client="operator"))
    assert len([line for line in told if line.startswith("DeletedGroup")]) == 2
    counted = world.operators["operator"].metrics.exposition().decode().splitlines()
    assert 'aci_operator_actions_total{action="delete",reason="RollingOut"} 2.0' in counted


async def test_a_rollout_that_fails_and_goes_back_is_told_in_order(make_world: MakeWorld) -> None:
    world = make_world(seed=502, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, progressDeadlineSeconds=300)
    template = world.service("s")["spec"]["template"]
    world.roll("s", BROKEN)
    await world.until(lambda: any("Deadline" in line for line in described(world, "s")), within=3000)
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": {"template": template}})
    await world.converge("s", 2)
    story = [line.partition(":")[0] for line in described(world, "s")]
    start = story.index("RolloutStarted")
    told = {"RolloutStarted", "StartFailing", "ProgressDeadlineExceeded", "Ready"}
    turns = [word for word in story[start:] if word in told]
    assert turns == ["RolloutStarted", "StartFailing", "ProgressDeadlineExceeded", "RolloutStarted", "Ready"]
    assert "CanaryAvailable" not in story


@pytest.mark.parametrize(
    ("image", "words"),
    [
        pytest.param({"pull_fails": "always"}, 'Failed to pull image "registry.test/broken:1"', id="cannot be pulled"),
        pytest.param({"run": 5.0, "exit_code": 1}, 'container "api" is Waiting', id="falls over"),
    ],
)
async def test_an_image_that_does_not_run_is_told_from_its_first_failure_on(
    make_world: MakeWorld, image: dict[str, Any], words: str
) -> None:
    world = make_world(seed=506, images={"*broken*": image}, provisioning_timeout=1200.0)
    await world.start()
    world.apply(samples.service("s", image=BROKEN, replicas=2))
    await world.until(lambda: words in str(world.told(world.service("s")).get("Ready")), within=300)
    assert not any(group["status"]["state"] == "Failed" for group in world.groups())


async def test_what_it_waits_for_is_told_once_while_another_replica_crashes_now_and_then(make_world: MakeWorld) -> None:
    images = {"*broken*": {"pull_fails": "always"}, "*api:1": {"run": 240.0, "exit_code": 1}}
    world = make_world(seed=507, images=images, provisioning_timeout=1800.0)
    await up(world)
    world.roll("s", BROKEN)
    await asyncio.sleep(1500)
    everything = world.cluster.objects.everything().items()
    events = [it for place, it in everything if place.resource == EVENTS and it["involvedObject"]["name"] == "s"]
    assert [it.get("count", 1) for it in events if it["reason"] == "StartFailing"] == [1]


async def test_a_pause_from_the_start_is_told(make_world: MakeWorld) -> None:
    world = make_world(seed=508)
    await world.start()
    world.apply(samples.service("s", paused=True))
    await world.until(lambda: any(line.startswith("Paused: ") for line in described(world, "s")))


async def test_recreate_is_told_as_a_rollout(make_world: MakeWorld) -> None:
    world = make_world(seed=509)
    await up(world, strategy={"type": "Recreate"})
    began = len(described(world, "s"))
    world.roll("s", NEW)
    await world.converge("s", 2, image=NEW)
    assert described(world, "s")[began:] == [
        "CreatedRevision: storing revision (TemplateChanged): s-*",
        "RolloutStarted: rolling out revision 2 (s-*)",
        "DeletedGroup: deleting 2 (RollingOut): s-1-*, s-2-*",
        "CreatedGroup: creating 2 (RollingOut): s-4-*, s-5-*",
        "RolledOut: revision 2 (s-*) is rolled out",
        "Ready: 2 of 2 replicas ready",
    ]


async def test_each_replica_tells_why_it_was_made(make_world: MakeWorld) -> None:
    world = make_world(seed=503)
    await up(world)
    world.portal.remove(world.cloud()[0].name)
    await world.converge("s", 2)
    firsts = {described(world, group["metadata"]["name"], "AciContainerGroup")[0] for group in world.groups()}
    assert firsts == {
        "CreatedInAzure: Azure has taken its PUT in westeurope (Scaling)",
        "CreatedInAzure: Azure has taken its PUT in westeurope (Healing)",
    }


async def test_at_rest_nothing_is_told(make_world: MakeWorld) -> None:
    world = make_world(seed=504)
    await up(world)
    before = len(world.cluster.record.writes())
    await asyncio.sleep(3600)
    assert [call for call in world.cluster.record.writes()[before:] if call.resource == EVENTS] == []


async def test_the_metrics_count_what_was_done_and_why(make_world: MakeWorld) -> None:
    world = make_world(seed=505)
    await up(world)
    world.roll("s", NEW)
    await world.converge("s", 2, image=NEW)
    told = world.operators["operator"].metrics.exposition().decode().splitlines()
    for act, why, count in [
        ("create", "Scaling", 2),
        ("create", "Canary", 1),
        ("create", "RollingOut", 1),
        ("delete", "RollingOut", 2),
        ("put_group", "Scaling", 2),
        ("put_group", "Canary", 1),
        ("delete_group", "Deleting", 2),
        ("store_revision", "TemplateChanged", 2),
    ]:
        assert f'aci_operator_actions_total{{action="{act}",reason="{why}"}} {count:.1f}' in told
    place = f'location="westeurope",operation="create",subscription="{samples.SUBSCRIPTION}"'
    assert f'aci_operator_budget_left{{{place},window="1h"}} 296.0' in told
