"""What people get wrong and put right again, and what else the operator has a word for."""

import asyncio
from dataclasses import replace
from typing import Any, Final

from aci_emulator.wire import Request
from aci_operator.kube.api import GROUPS, SERVICES

from tests.campaign.acts import V1, V2, Act, S, Scenario, Service, gone, roll, service
from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation.world import World

SEEN: Final = 45.0
"""Seconds after which the operator has found out and told."""

AZURE: Final = "https://management.azure.com"
SUBSCRIPTION: Final = f"/subscriptions/{samples.SUBSCRIPTION}"
ELSEWHERE: Final = "33333333-3333-3333-3333-333333333333"
BUSY, DONE, CRASHING, HANGING = (f"registry.test/{what}:1" for what in ("busy", "done", "crashing", "hanging"))
MANY: Final = 8


def _first(world: World) -> Place:
    return Place(GROUPS, "default", min(manifest["metadata"]["name"] for manifest in world.groups()))


def _then(image: str, wrong: Any, *, after: float = SEEN) -> Act:
    """Apply a service with an image that does not run for ever, and then one that does."""

    async def act(world: World) -> None:
        world.apply(wrong)
        await asyncio.sleep(after)
        roll(world, image)

    return act


async def _misspell(world: World) -> None:
    world.apply(service(1, placements=[{"location": "westeurop"}]))
    await asyncio.sleep(SEEN)
    world.user.patch(S, {"spec": {"placements": [{"location": samples.LOCATION}]}})


async def _no_resource_group(world: World) -> None:
    world.apply(service(1, resourceGroup="later"))
    await asyncio.sleep(SEEN)
    path = f"{SUBSCRIPTION}/resourcegroups/later?api-version=2022-09-01"
    await world.portal_put(path, {"location": samples.LOCATION})


async def _not_registered(world: World) -> None:
    world.apply(service(1))
    await asyncio.sleep(SEEN)
    path = f"{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/register?api-version=2021-04-01"
    answer = await world.azure.answer(Request("POST", f"{AZURE}{path}"))
    assert answer.status == 200


async def _other_subscription(world: World) -> None:
    """A subscription that is not there cannot be changed: the service is deleted and made anew.

    Where a PUT had no answer, Azure's word that there is no such subscription does not prove that nothing was made. So
    the object stays until the person does what its status says.
    """
    world.apply(service(1, subscriptionId=ELSEWHERE))
    await asyncio.sleep(SEEN)
    world.delete("s")
    await asyncio.sleep(SEEN)
    _let_go(world)
    await world.until(lambda: world.user.find(S) is None)
    world.apply(service(1))


async def _without_a_subscription(world: World) -> None:
    await world.start(subscription_id=None)
    world.apply(service(1))
    await asyncio.sleep(SEEN)
    await world.stop()
    await world.start()


async def _another_cluster_id(world: World) -> None:
    await world.start(cluster_id="another")
    await asyncio.sleep(2 * SEEN)
    world.scale("s", 0)
    await asyncio.sleep(SEEN)
    await world.stop()
    await world.start()


async def _change_by_hand(world: World) -> None:
    """PUT another image over a replica, as `az container create` does; wait until it has been replaced."""
    group = min(world.cloud("s"), key=lambda group: group.name)
    body = (await world.in_azure("GET", group.name)).document or {}
    for shown in ("provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"):
        body["properties"].pop(shown, None)  # Azure shows it, and refuses it
    body["properties"]["containers"][0]["properties"]["image"] = V2
    assert (await world.in_azure("PUT", group.name, body)).status < 300
    await world.until(lambda: all(other.name != group.name for other in world.cloud("s")), within=1800)


async def _take_tags_off(world: World) -> None:
    """A group that is no longer ours by its tags is left alone, and its object replaced."""
    place = _first(world)
    await world.in_azure("PATCH", place.name, {"tags": {}})
    await asyncio.sleep(2 * SEEN)
    world.user.delete(place)


async def _break_an_object(world: World) -> None:
    """A newer version of the operator may write what this one cannot read."""
    place = _first(world)
    location = world.cluster.objects.get(place)["spec"]["location"]
    world.user.patch(place, {"spec": {"location": 5}})
    await asyncio.sleep(SEEN)
    world.user.patch(place, {"spec": {"location": location}})


async def _abandon(world: World) -> None:
    """Let go without a call: what is left in Azure is garbage then."""
    _let_go(world)
    world.delete("s")
    await world.until(lambda: not world.cloud(), within=3600)


async def _delete_without_a_credential(world: World) -> None:
    """What is to end waits for a credential: until a person brings one, all objects stay."""
    world.entra.withdraw()
    world.delete("s")
    await _held(world)
    world.entra.replace()
    await gone(world)


async def _give_up_without_a_credential(world: World) -> None:
    """Nobody will bring one: a person lets go. What is left in Azure is garbage, if one comes after all."""
    world.entra.withdraw()
    world.delete("s")
    await _held(world)
    _let_go(world)
    await gone(world)
    world.entra.replace()
    await world.until(lambda: not world.cloud(), within=3600)


async def _held(world: World) -> None:
    """See that nothing is let go of what cannot be ended."""
    held = [place for place in world.cluster.objects.everything() if place.resource in (SERVICES, GROUPS)]
    await asyncio.sleep(SEEN)
    let_go = [place.name for place in held if world.user.find(place) is None]
    assert let_go == [], f"P8: {let_go} were let go, and nobody asked for it"


async def _rotate(world: World) -> None:
    """The tokens that the operator has are refused from now on, and it gets others when it asks."""
    world.entra.short_lived = False
    world.scale("s", 2)
    await asyncio.sleep(SEEN)
    world.entra.withdraw()
    world.entra.replace()
    world.scale("s", 3)


def _let_go(world: World) -> None:
    for manifest in world.groups():
        world.abandon(manifest["metadata"]["name"])


async def _kill_all(world: World) -> None:
    names = [group.name for group in world.cloud("s")]
    for name in names:
        world.portal.kill(name)
    await world.until(lambda: not {group.name for group in world.cloud("s")} & set(names), within=3600)


async def _lose_an_ip(world: World) -> None:
    group = min(world.cloud("s"), key=lambda group: group.name)
    world.arm.cloud.store.put(replace(group, ip=None), now())
    await world.until(lambda: all(other.name != group.name for other in world.cloud("s")), within=3600)


async def _hang(world: World) -> None:
    world.apply(service(1, image=HANGING, progressDeadlineSeconds=60))
    await asyncio.sleep(2400)
    roll(world, V1)


async def _block_the_surge(world: World) -> None:
    roll(world, V2)
    await asyncio.sleep(SEEN)
    world.user.patch(S, {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}})


def _running_once(replicas: int, image: str) -> Any:
    manifest = service(replicas, image=image)
    manifest["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    return manifest


MISTAKES: Final[tuple[Scenario, ...]] = (
    Scenario(
        "a registry that is busy",
        _then(V1, service(1, image=BUSY)),
        {"s": Service(1)},
        settings={"images": {"*busy*": {"registry": "busy"}}},
    ),
    Scenario("a misspelt location", _misspell, {"s": Service(1)}),
    Scenario("a missing resource group", _no_resource_group, {"s": Service(1)}),
    Scenario("changed by hand", _change_by_hand, {"s": Service(2)}, (service(2, driftPolicy="Replace"),)),
    Scenario("tags taken off", _take_tags_off, {"s": Service(2)}, (service(2),)),
    Scenario("an object that cannot be read", _break_an_object, {"s": Service(2)}, (service(2),)),
    Scenario("abandoned", _abandon, begin=(service(1),)),
    Scenario(
        "run to the end",
        _then(V1, _running_once(1, DONE), after=150.0),
        {"s": Service(1)},
        settings={"images": {"*done*": {"run": 5.0}}},
    ),
    Scenario("a provider that is not registered", _not_registered, {"s": Service(1)}, settings={"registered": False}),
    Scenario("another subscription", _other_subscription, {"s": Service(1)}),
    Scenario(
        "a quota that blocks the surge",
        _block_the_surge,
        {"s": Service(2, V2)},
        (service(2),),
        settings={"group_quota": 2},
    ),
    Scenario("no subscription", _without_a_subscription, {"s": Service(1)}, operators=(), swept=False),
    Scenario("another cluster id", _another_cluster_id, {"s": Service(0)}, (service(1),), operators=(), swept=False),
    Scenario(
        "all killed at once",
        _kill_all,
        {"s": Service(MANY)},
        (service(MANY),),
        settings={"start_latency": 120.0},
        swept=False,
    ),
    Scenario("an IP that is lost", _lose_an_ip, {"s": Service(2)}, (service(2),), swept=False),
    Scenario(
        "crashing for long",
        _then(V1, service(1, image=CRASHING), after=600.0),
        {"s": Service(1)},
        settings={"images": {"*crashing*": {"run": 8.0, "exit_code": 1}}},
        swept=False,
    ),
    Scenario(
        "hanging for long",
        _hang,
        {"s": Service(1)},
        settings={
            "images": {"*hanging*": {"pull_fails": "always"}},
            "provisioning_timeout": 86_400.0,
            "variants": {"delete_while_transitioning": "accepted"},
        },
        swept=False,
    ),
    Scenario("credential gone", _delete_without_a_credential, begin=(service(2),)),
    Scenario("credential gone for good", _give_up_without_a_credential, begin=(service(2),)),
    Scenario("credential rotated", _rotate, {"s": Service(3)}, (service(1),)),
)
