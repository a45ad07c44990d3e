"""Whose is what: clusters, namespaces, subscriptions, and what comes back from a past that only a whole LIST shows."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.model import samples
from tests.model.canary import SECRETIVE
from tests.model.objects import Place
from tests.simulation.properties.ownership import UNSEEN
from tests.simulation.scenes import LIST_PATH
from tests.simulation.world import World

MakeWorld = Callable[..., World]
PLACE: dict[str, Any] = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}
OTHER_SUBSCRIPTION = "33333333-3333-3333-3333-333333333333"


async def up(world: World, replicas: int = 2, namespace: str = "default", **spec: Any) -> list[str]:
    """Bring a service up, and return the names of its groups."""
    world.apply(samples.service("s", namespace, replicas=replicas, **spec))
    await world.converge("s", replicas, namespace=namespace)
    return names(world)


def names(world: World) -> list[str]:
    return sorted(group.name for group in world.cloud())


async def lose_all_objects(world: World) -> list[Manifest]:
    """Take every object away as if it had never been, and return copies of the services."""
    backup = world.user.backup(SERVICES)
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    await world.start()
    return backup


# -- clusters


async def test_a_group_that_another_cluster_has_taken_is_left_alone(make_world: MakeWorld) -> None:
    world = make_world(seed=801)
    await world.start()
    [name] = await up(world, 1)
    tags = {**(world.cloud()[0].tags or {}), keys.TAG_CLUSTER: "another"}
    await world.in_azure("PATCH", name, {"tags": tags})
    await asyncio.sleep(2 * UNSEEN.total_seconds())  # no write may go by the old ones any more
    world.delete("s")
    await world.settle()
    assert names(world) == [name]


async def test_the_collector_leaves_other_clusters_alone(make_world: MakeWorld) -> None:
    world = make_world(seed=802)
    await world.start()
    [name] = await up(world, 1)
    tags = {**(world.cloud()[0].tags or {}), keys.TAG_CLUSTER: "another", keys.TAG_NAME: "theirs"}
    world.portal.place(name="theirs", tags={**tags, keys.TAG_UID: "theirs"}, **PLACE)
    await asyncio.sleep(3 * 3600)
    world.check()
    assert names(world) == [name, "theirs"]


# -- namespaces


async def test_tags_of_the_user_say_nothing_of_whose_a_group_is(make_world: MakeWorld) -> None:
    world = make_world(seed=803)
    await world.start()
    world.apply(samples.service("s", replicas=1, tags={keys.TAG_NAMESPACE: "victim", "team": "a"}))
    await world.until(lambda: bool(world.cloud()))
    tags = world.cloud()[0].tags or {}
    assert (tags[keys.TAG_NAMESPACE], tags["team"]) == ("default", "a")
    await world.converge("s", 1)


async def test_a_service_takes_over_nothing_of_another_namespace(make_world: MakeWorld) -> None:
    world = make_world(seed=804)
    await world.start()
    world.user.namespace("other")
    before = await up(world)
    backup = await lose_all_objects(world)
    world.apply(samples.service("s", "other", replicas=2))
    await asyncio.sleep(100)
    assert len(world.cloud()) == 4, "two of its own"
    world.user.restore(backup, with_status=False)
    await world.until(lambda: len(world.service("s").get("status", {}).get("ips", ())) == 2)
    owners = {m["metadata"]["name"]: m["metadata"]["namespace"] for m in world.groups()}
    assert [name for name, namespace in sorted(owners.items()) if namespace == "default"] == before


# -- subscriptions


async def test_each_subscription_gets_its_own_groups(make_world: MakeWorld) -> None:
    world = make_world(seed=805, subscriptions=[samples.SUBSCRIPTION, OTHER_SUBSCRIPTION])
    await world.start()
    await up(world, 1)
    world.apply(samples.service("t", replicas=1, subscriptionId=OTHER_SUBSCRIPTION))
    await world.converge("t", 1)
    assert [group.subscription for group in world.cloud("s")] == [samples.SUBSCRIPTION]
    assert [group.subscription for group in world.cloud("t")] == [OTHER_SUBSCRIPTION]


async def test_another_default_subscription_leaves_nothing_behind_in_the_old_one(make_world: MakeWorld) -> None:
    world = make_world(seed=806, subscriptions=[samples.SUBSCRIPTION, OTHER_SUBSCRIPTION])
    await world.start()
    await up(world)
    await world.stop()
    world.delete("s")
    with patch.object(samples, "SUBSCRIPTION", OTHER_SUBSCRIPTION):
        await world.start()
        await world.ended("s")


# -- objects that changed hands


async def test_a_replica_that_a_person_has_taken_out_of_its_service_is_not_deleted(make_world: MakeWorld) -> None:
    """As with a pod that one keeps to look at; the operator has not heard of it yet when it scales down."""
    world = make_world(seed=807)
    await world.start()
    await up(world, 3)
    shell = world.operators["operator"].shell
    assert shell is not None
    shell.watches[GROUPS].freeze()
    newest = max(world.groups(), key=lambda m: int(m["metadata"]["labels"][keys.LABEL_SERIAL]))["metadata"]["name"]
    labels = {keys.LABEL_SERVICE: None, keys.LABEL_SERVICE_UID: None}
    world.user.patch(Place(GROUPS, "default", newest), {"metadata": {"ownerReferences": None, "labels": labels}})
    world.scale("s", 2)
    await asyncio.sleep(200)
    world.check()
    shell.watches[GROUPS].thaw()
    await world.settle()
    assert len(world.groups()) == 3
    assert newest in names(world)


# -- the past


BROKEN: dict[str, dict[str, Any]] = {
    "second page": {"kind": "answer", "skip": 1, "answer": answer(500, "InternalServerError")},
    "401": {"kind": "answer", "answer": answer(401, "ExpiredAuthenticationToken")},
    "403": {"kind": "answer", "answer": answer(403, "AuthorizationFailed")},
    "503": {"kind": "answer", "answer": answer(503, "ServerTimeout")},
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_service_that_comes_back_makes_nothing_before_a_list_is_whole(
    make_world: MakeWorld, broken: str
) -> None:
    world = make_world(seed=808, page_size=1)
    await world.start()
    before = await up(world, 3)
    backup = await lose_all_objects(world)
    world.azure.faults.add(Rule(method="GET", path=LIST_PATH, count=3, **BROKEN[broken]))
    world.user.restore(backup, with_status=False)
    await world.converge("s", 3)
    assert names(world) == before


async def test_a_subscription_that_cannot_be_seen_for_a_while_is_no_empty_one(make_world: MakeWorld) -> None:
    """A restore with the credential of another tenant, which a person then mends."""
    world = make_world(seed=813)
    await world.start()
    before = await up(world, 3)
    backup = await lose_all_objects(world)
    unseen = answer(404, "SubscriptionNotFound", "The subscription could not be found.")
    world.azure.faults.add(Rule("answer", count=None, answer=unseen))
    world.user.restore(backup, with_status=False)
    await asyncio.sleep(300)
    assert world.told(world.service("s"))["Stalled"][0] == "True"
    world.azure.faults.clear()
    await world.converge("s", 3)
    assert names(world) == before
    assert len(world.asked("write")) == 3


async def test_what_comes_back_while_the_collector_lists_is_not_collected(make_world: MakeWorld) -> None:
    world = make_world(seed=809)
    await world.start()
    before = await up(world)
    backup = await lose_all_objects(world)
    await asyncio.sleep(1000)  # past the first round
    world.azure.faults.add(Rule("hold-before", method="GET", operation="containerGroups/listBySubscription"))
    await world.until(lambda: bool(world.azure.held))
    world.user.restore(backup, with_status=False)
    await asyncio.sleep(10)
    world.azure.faults.clear()
    await world.converge("s", 2)
    assert names(world) == before


# -- what is said


async def test_a_new_object_says_something_before_azure_answers(make_world: MakeWorld) -> None:
    world = make_world(seed=810)
    await world.start()
    await asyncio.sleep(5)
    world.azure.faults.add(Rule("hold-before", method="GET", path=LIST_PATH))
    world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(1)
    assert "Reconciling" in world.told(world.service("s"))
    world.azure.faults.clear()
    await world.converge("s", 1)


async def test_what_azure_throttles_calls_no_person(make_world: MakeWorld) -> None:
    world = make_world(seed=811)
    await world.start()
    throttled = answer(429, "TooManyRequests", headers={"Retry-After": "60"})
    world.azure.faults.add(Rule("answer", method="PUT", answer=throttled))
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.asked("write")))
    await asyncio.sleep(10)
    told = world.told(world.service("s"))
    assert (told["Stalled"][0], told["Reconciling"][:2]) == ("False", ("True", "Throttled"))
    await world.converge("s", 1)


async def test_what_azure_writes_of_secrets_is_told_to_nobody(make_world: MakeWorld) -> None:
    world = make_world(seed=812)
    await world.start()
    world.azure.faults.add(Rule("answer", method="PUT", answer=answer(400, "InvalidTemplate", SECRETIVE)))
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: world.told(world.service("s")).get("Stalled", ("",))[0] == "True")
    world.check()
    assert "[redacted]" in world.told(world.service("s"))["Stalled"][2]
