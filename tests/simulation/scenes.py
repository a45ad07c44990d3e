"""What many stories begin with, and what they look at."""

import asyncio
from collections.abc import Callable
from typing import Any

from aci_emulator.front.faults import Rule, answer
from aci_operator.kube.api import EVENTS, SERVICES

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
SERVICE = Place(SERVICES, "default", "s")
GROUP_PATH = "*/containergroups/*"
LIST_PATH = "*/containergroups"


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


async def back_when_its_group_has_gone(world: World, *, lists_fail: bool) -> None:
    """Delete the first object's container group by hand, and start an operator, whose LISTs may fail."""
    await world.in_azure("DELETE", world.groups()[0]["metadata"]["name"])
    await asyncio.sleep(60)
    if lists_fail:
        world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=None, answer=answer(503)))
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
