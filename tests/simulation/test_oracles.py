"""Oracles that must not be silent: each is shown what it is there for, done by a hand that writes as an operator."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from aci_emulator.wire import Request, Response
from aci_operator.api import keys
from aci_operator.core.service import storm
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, Manifest

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.properties.ownership import UNSEEN
from tests.simulation.properties.replicas import is_true
from tests.simulation.scenes import SERVICE, MakeWorld, up
from tests.simulation.world import LEASE, World

HOST = "https://management.azure.com"


def found(world: World, rule: str) -> bool:
    return any(f" {rule}: " in violation for violation in world.invariants.violations)


async def patched(world: World, tags: dict[str, str]) -> None:
    """An operator PATCHes the only group, whose tags somebody has changed long ago."""
    await asyncio.sleep(2 * UNSEEN.total_seconds())
    url = f"{HOST}{world.cloud('s')[0].id}?api-version=2023-05-01"
    body = Response.of(200, {"tags": tags}).body
    world.arm.handle(Request("PATCH", url, {"Content-Type": "application/json"}, body, principal="operator"), now())


async def test_a_patch_of_a_group_with_another_uid(make_world: MakeWorld) -> None:
    world = make_world(seed=31)
    await up(world, 1)
    [group] = world.cloud("s")
    tags = {**(group.tags or {}), keys.TAG_UID: "another"}
    await world.stop()
    await world.in_azure("PATCH", group.name, {"tags": tags})
    await patched(world, tags)
    assert found(world, "P5")


async def test_a_patch_that_takes_a_group_over_is_none(make_world: MakeWorld) -> None:
    world = make_world(seed=32)
    await up(world, 1)
    [group] = world.cloud("s")
    tags = dict(group.tags or {})
    await world.stop()
    await world.in_azure("PATCH", group.name, {"tags": {**tags, keys.TAG_UID: "of an earlier object"}})
    await patched(world, tags)
    assert not found(world, "P5")


async def written(world: World, place: Place, change: Callable[[Manifest], object]) -> None:
    """An operator writes a status."""
    manifest = world.cluster.objects.get(place)
    change(manifest["status"])
    await world.cluster.client(world.operators["operator"].process).replace_status(place.resource, manifest)


def unready(status: Manifest) -> None:
    for condition in status["conditions"]:
        if condition["type"] in ("Ready", "Available"):
            condition["status"] = "False"


async def test_an_ip_of_a_replica_that_is_not_ready(make_world: MakeWorld) -> None:
    world = make_world(seed=33)
    await up(world, 1)
    await written(world, Place(GROUPS, "default", world.groups()[0]["metadata"]["name"]), unready)
    assert found(world, "P9")


async def test_an_ip_in_a_service_of_a_replica_that_is_not_ready(make_world: MakeWorld) -> None:
    world = make_world(seed=34)
    await up(world, 2)
    ip = world.service("s")["status"]["ips"][0]
    world.scale("s", 1)
    await world.converge("s", 1)
    [other] = {ip, *world.service("s")["status"]["ips"]} - {*world.service("s")["status"]["ips"]} or {"10.9.9.9"}
    await written(world, SERVICE, lambda status: status["ips"].append(other))
    assert found(world, "P9")


async def test_an_event_told_again_and_again(make_world: MakeWorld) -> None:
    world = make_world(seed=35)
    await up(world, 1)
    api = world.cluster.client(world.operators["operator"].process)
    event = next(m for place, m in world.cluster.objects.everything().items() if place.resource == EVENTS)
    for count in range(100):
        event = await api.replace(EVENTS, {**event, "count": count})
        await asyncio.sleep(0.2)
    assert found(world, "P13")


@pytest.mark.parametrize(("every", "too_often"), [(0.5, False), (0.3, True)])
async def test_many_passes_over_an_object(make_world: MakeWorld, every: float, too_often: bool) -> None:
    world = make_world(seed=36)
    await up(world, 1)
    await asyncio.sleep(60)
    for _ in range(200):
        world.invariants.passed("operator", "aciservice", "default/s", now())
        await asyncio.sleep(every)
    assert found(world, "P13") is too_often


async def test_a_list_before_the_retry_after_of_a_get(make_world: MakeWorld) -> None:
    world = make_world(seed=37)
    await up(world, 1)
    url = f"{HOST}{world.cloud('s')[0].id}"
    get = Request("GET", url, principal="operator")
    world.invariants.answered(get, Response(429, {"Retry-After": "60"}), now())
    await asyncio.sleep(2)
    world.invariants.sent(Request("GET", url.rpartition("/")[0], principal="operator"), now())
    assert found(world, "P12")


@pytest.mark.parametrize("seen_since", [False, True])
async def test_a_lost_group_that_a_later_read_has_shown(make_world: MakeWorld, seen_since: bool) -> None:
    world = make_world(seed=38)
    await up(world, 1)
    [group] = world.cloud("s")
    await world.stop()
    get = Request("GET", f"{HOST}{group.id}?api-version=2023-05-01", principal="operator")
    world.invariants.answered(get, Response(404), now())
    if seen_since:
        world.invariants.answered(get, world.arm.handle(get, now()), now())
    place = Place(GROUPS, "default", group.name)
    status = {**world.cluster.objects.get(place)["status"], "state": "Lost"}
    await world.cluster.client("operator").replace_status(
        GROUPS, {**world.cluster.objects.get(place), "status": status}
    )
    assert any("is said to be lost" in violation for violation in world.invariants.violations) is seen_since


@pytest.mark.parametrize(("later", "too_many"), [(90, False), (300, True)])
async def test_groups_that_only_a_spec_of_long_ago_allows(make_world: MakeWorld, later: float, too_many: bool) -> None:
    world = make_world(seed=39)
    await up(world, 4)
    world.scale("s", 1)
    await asyncio.sleep(later)
    await world.stop()
    [group] = world.cloud("s")
    assert world.invariants.violations == []
    for number in range(3):
        made(world, f"s-9{number}-aaaaaaaa", dict(group.tags or {}))
    assert found(world, "P3") is too_many


def made(world: World, name: str, tags: dict[str, str]) -> None:
    """An operator makes a container group."""
    scope = world.cloud("s")[0].id.rpartition("/")[0]
    container = {"image": "registry.test/api:1", "resources": {"requests": {"cpu": 1, "memoryInGB": 1}}}
    properties = {"osType": "Linux", "containers": [{"name": "api", "properties": container}]}
    body = Response.of(200, {"location": samples.LOCATION, "tags": tags, "properties": properties}).body
    url, headers = f"{HOST}{scope}/{name}?api-version=2023-05-01", {"Content-Type": "application/json"}
    assert world.arm.handle(Request("PUT", url, headers, body, principal="operator"), now()).status == 201


async def end(world: World, manifest: Manifest) -> None:
    """An operator ends a replica."""
    metadata = manifest["metadata"]
    version = {"uid": metadata["uid"], "resource_version": metadata["resourceVersion"]}
    process = world.operators["operator"].process
    await world.cluster.client(process).delete(GROUPS, metadata["namespace"], metadata["name"], **version)


@pytest.mark.parametrize("rule", ["P19", "P20"])
async def test_an_end_long_after_the_operator_has_replaced_what_somebody_ended(
    make_world: MakeWorld, rule: str
) -> None:
    world = make_world(seed=41, start_latency=(1.0, 2.0))
    await up(world, 3)
    await asyncio.sleep(60)
    gone = world.groups()[0]["metadata"]["name"]
    world.delete(gone, resource=GROUPS)
    await world.until(lambda: gone not in {group["metadata"]["name"] for group in world.groups()})
    await world.until(lambda: sum(is_true(group, "Available") for group in world.groups()) == 3)
    await asyncio.sleep(5)
    assert world.invariants.violations == []
    await end(world, world.groups()[0])
    assert found(world, rule)


@pytest.mark.parametrize(("later", "wrong"), [(0, False), (3, True)])
async def test_an_end_after_another_has_become_unready(make_world: MakeWorld, later: float, wrong: bool) -> None:
    """A pass that has begun before cannot know it."""
    world = make_world(seed=41, start_latency=(1.0, 2.0))
    await up(world, 3, strategy={"rollingUpdate": {"maxUnavailable": 1}})
    await asyncio.sleep(60)
    world.cluster.plant(Fault(Mode.FAIL, verbs=frozenset({"replace_status"}), resource=GROUPS, times=None))
    first, second, _ = world.groups()
    world.user.set_status(Place(GROUPS, "default", second["metadata"]["name"]), {**second["status"], "conditions": []})
    await asyncio.sleep(later)
    await end(world, first)
    assert bool(found(world, "P20")) is wrong


@pytest.mark.parametrize(("holder", "noticed"), [("one", True), ("", True), ("two", False)])
async def test_births_after_the_lease_was_deleted(make_world: MakeWorld, holder: str, noticed: bool) -> None:
    world = make_world(seed=42)
    await up(world, 3)
    await world.stop()
    before = world.cluster.objects.get(LEASE)
    world.user.delete(LEASE)
    world.invariants.contested(now() + timedelta(seconds=20), "one")
    api = world.cluster.client("one")
    spec = {**before["spec"], "holderIdentity": holder}
    await api.create(LEASES, {**before, "metadata": {"name": LEASE.name, "namespace": LEASE.namespace}, "spec": spec})
    born = {**world.groups()[0]}
    labels = {**born["metadata"]["labels"], keys.LABEL_SERIAL: "99"}
    born["metadata"] = {"name": "s-99-aaaaaaaa", "namespace": "default", "labels": labels}
    world.invariants.started("one")
    await api.create(GROUPS, born)
    assert any("is born with the number" in violation for violation in world.invariants.violations) is noticed


@pytest.mark.parametrize(("limit", "noticed"), [(storm.limit, False), (lambda _: 7, True)], ids=["kept", "overrun"])
async def test_more_heals_at_once_than_the_limit(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, limit: Callable[[int], int], noticed: bool
) -> None:
    monkeypatch.setattr("aci_operator.engine.storm.limit", limit)
    world = make_world(seed=43)
    for name in ("a", "b"):
        await up(world, 5, name)
    world.portal.change({"images": {"*": {"cannot_start": True}}})
    for group in world.cloud():
        world.portal.kill(group.name)
    await asyncio.sleep(120)
    assert found(world, "storm") is noticed
