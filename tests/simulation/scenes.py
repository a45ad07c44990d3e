"""What many stories begin with, and what they look at."""

import asyncio
from collections.abc import Callable
from typing import Any

from aci_emulator.front.faults import Rule, answer
from aci_emulator.wire import Request, Response
from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
SERVICE = Place(SERVICES, "default", "s")
GROUP_PATH = "*/containergroups/*"
LIST_PATH = "*/containergroups"
PLACE = f"/subscriptions/{samples.SUBSCRIPTION}/resourcegroups/{samples.RESOURCE_GROUP}"
_VERSION = "api-version=2022-09-01"
_UNAVAILABLE = answer(503)


async def up(world: World, replicas: int = 3, name: str = "s", **spec: Any) -> None:
    """Bring a service up, with an operator if there is none."""
    if not world.operators:
        await world.start()
    world.apply(samples.service(name, replicas=replicas, **spec))
    await world.converge(name, replicas)


def somebody_has(world: World, name: str) -> None:
    """Place another's container group of that name in Azure."""
    world.portal.place(
        name=name, resource_group=samples.RESOURCE_GROUP, location=samples.LOCATION, tags={"team": "somebody-else"}
    )


def break_lists(world: World, told: Response = _UNAVAILABLE) -> None:
    """Answer all LISTs so from now on."""
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=None, answer=told))


def too_many(seconds: int) -> Response:
    """Return a 429 with a Retry-After."""
    return answer(429, "TooManyRequests", headers={"Retry-After": str(seconds)})


async def somebody_deletes_the_resource_group(world: World) -> None:
    """Delete it by hand, with all that is in it."""
    await world.azure.answer(Request("DELETE", f"https://management.azure.com{PLACE}?{_VERSION}", {}, b""))


async def a_person_makes_the_resource_group(world: World) -> None:
    """Make it by hand."""
    assert (await world.portal_put(f"{PLACE}?{_VERSION}", {"location": samples.LOCATION})).status == 201


async def whose_status_was_lost(world: World, name: str, **spec: Any) -> None:
    """Leave a lone object that does not know of its running group, and no operator."""
    await world.start()
    world.apply(samples.group(name, **spec))
    await world.settle()
    await world.stop()
    world.user.set_status(Place(GROUPS, "default", name), {})


async def back_when_its_group_has_gone(world: World, *, lists_fail: bool) -> None:
    """Delete the first object's container group by hand, and start an operator, whose LISTs may fail."""
    await world.in_azure("DELETE", world.groups()[0]["metadata"]["name"])
    await asyncio.sleep(60)
    if lists_fail:
        break_lists(world)
    await world.start()


def events(world: World, reason: str) -> list[str]:
    """The messages of the Events of a reason."""
    everything = world.cluster.objects.everything().items()
    told = [manifest for place, manifest in everything if place.resource == EVENTS]
    return [str(event.get("note", event.get("message"))) for event in told if event["reason"] == reason]


def calls(world: World) -> list[str]:
    """Return what the service and its replicas, those that exist, say of whether a person is called."""
    told = (world.user.find(SERVICE), *world.groups())
    return [world.told(each).get("Stalled", ("",))[0] for each in told if each is not None]


def watch_calls(world: World) -> list[list[str]]:
    """Return what is said now, to which each change will be added."""
    log = [calls(world)]
    world.cluster.objects.listeners.append(lambda _: log.append(calls(world)) if calls(world) != log[-1] else None)
    return log
