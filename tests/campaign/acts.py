"""What people do, from a world that is at rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.world import World

Act = Callable[[World], Awaitable[None]]
S: Final = Place(SERVICES, "default", "s")
OTHER: Final = "team"
V1, V2, V3 = (f"registry.test/api:{version}" for version in (1, 2, 3))
NORTH: Final = "northeurope"
ZONED: Final = [{"location": samples.LOCATION, "zones": ["1", "2"]}]
BOTH: Final = [{"location": samples.LOCATION}, {"location": NORTH}]


@dataclass(frozen=True)
class Service:
    """What a service should come to."""

    replicas: int
    image: str = V1


def place(name: str) -> Place:
    """Return where a service is: names have two namespaces."""
    return S._replace(namespace=OTHER if "k" <= name < "s" else S.namespace, name=name)


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Attributes:
        act: What happens, from a world that is at rest.
        end: What each service comes to; one that is not named is gone.
        begin: What is there before.
        operators: The processes that run before.
        settings: Of the emulator.
        anywhere: Whether its end differs by the way: replicas stay where there was room when they were made.
        swept: Whether it is run with faults; what takes hours of virtual time, or other operators, is run without.
    """

    name: str
    act: Act
    end: Mapping[str, Service] = field(default_factory=dict)
    begin: tuple[Manifest, ...] = ()
    operators: tuple[str, ...] = ("operator",)
    settings: Mapping[str, Any] = field(default_factory=dict)
    anywhere: bool = False
    swept: bool = True

    @property
    def begun(self) -> dict[str, Service]:
        """What the services come to that are there before."""
        return {manifest["metadata"]["name"]: Service(manifest["spec"]["replicas"]) for manifest in self.begin}


def service(replicas: int, name: str = "s", **spec: Any) -> Manifest:
    """Return a service whose containers hold a secret that must show nowhere."""
    manifest = samples.service(name, place(name).namespace, replicas=replicas, **spec)
    [container] = manifest["spec"]["template"]["spec"]["containers"]
    container["env"] = [{"name": "KEY", "value": SECRET}]
    return manifest


SECRET: Final = "canary-value-93c7"


def change(**spec: Any) -> Act:
    async def act(world: World) -> None:
        world.user.patch(S, {"spec": spec})

    return act


def scale(replicas: int) -> Act:
    return change(replicas=replicas)


def roll_to(image: str) -> Act:
    async def act(world: World) -> None:
        roll(world, image)

    return act


def roll(world: World, image: str, name: str = "s", **other: str) -> None:
    """Change the image alone, as `kubectl set image` does, or with `other` fields beside it."""
    containers = world.cluster.objects.get(place(name))["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = image
    world.user.patch(place(name), {"spec": {"template": {"spec": {"containers": containers, **other}}}})


def row(*acts: Act, between: float) -> Act:
    async def act(world: World) -> None:
        for index, part in enumerate(acts):
            if index:
                await asyncio.sleep(between)
            await part(world)

    return act


def apply(*manifests: Manifest) -> Act:
    async def act(world: World) -> None:
        for manifest in manifests:
            world.apply(manifest)

    return act


async def delete(world: World) -> None:
    world.delete("s")


async def gone(world: World) -> None:
    await world.until(lambda: world.user.find(S) is None, within=3600)


async def rolled(world: World) -> None:
    """Wait until all replicas are of the template."""

    def done() -> bool:
        status = world.service("s")["status"]
        return bool(status["updatedReplicas"] == status["replicas"] == 2 and len(world.cloud("s")) == 2)

    await world.until(done, within=3600)


async def alone_in_azure(world: World) -> None:
    """Wait until one container group is left, whomever its tags say it belongs to: only the last is ever orphaned."""
    await world.until(lambda: len(world.cloud()) == 1, within=3600)


async def start(world: World) -> None:
    await world.start()
    await asyncio.sleep(20)


def start_and(*manifests: Manifest) -> Act:
    async def act(world: World) -> None:
        for manifest in manifests:
            world.apply(manifest)
        await world.start()

    return act


async def replace_leader(world: World) -> None:
    world.apply(service(2))
    await asyncio.sleep(8)
    world.scale("s", 3)
    await asyncio.sleep(0.1)
    if "one" in world.operators:  # a fault may have killed it just now
        process = world.operators["one"].process
        process.pause()
        await asyncio.sleep(75)
        process.resume()


def harm(how: Callable[[World, str], object]) -> Act:
    """Harm one replica, and wait until it has been replaced."""

    async def act(world: World) -> None:
        name = min(group.name for group in world.cloud("s"))
        how(world, name)
        await world.until(lambda: name not in {group.name for group in world.cloud("s")}, within=1800)

    return act


async def stop(world: World) -> None:
    group = min(world.cloud("s"), key=lambda group: group.name)
    await world.in_azure("POST", group.name, action="stop")


async def lose_tags(world: World) -> None:
    """Somebody takes a user's tag off one replica; wait until it is back: a try that fails is made again in 15 min."""
    group = min(world.cloud("s"), key=lambda group: group.name)
    kept = {name: value for name, value in (group.tags or {}).items() if name != "team"}
    await world.in_azure("PATCH", group.name, {"tags": kept})
    await world.until(lambda: all("team" in (group.tags or {}) for group in world.cloud("s")), within=3600)


async def orphan_objects(world: World) -> None:
    """`kubectl delete --cascade=orphan`, and the same service once more: it takes its objects over."""
    world.user.delete(S, cascade="orphan")
    await gone(world)
    world.apply(service(2))


async def restore(world: World) -> None:
    """A restored backup: new uids, the groups run on."""
    saved = world.user.backup(SERVICES)
    world.user.wipe_all(SERVICES, GROUPS)
    await asyncio.sleep(5)
    world.user.restore(saved)
    await world.start()


async def forget(world: World) -> None:
    """Finalizers cleared by hand and everything deleted: what is left in Azure is garbage."""
    world.user.wipe_all(SERVICES, GROUPS)
    await asyncio.sleep(5)
    await world.start()
    await world.until(lambda: not world.cloud(), within=3600)


async def make_room(world: World) -> None:
    world.apply(service(2, placements=BOTH))
    await asyncio.sleep(60)
    world.arm.settings = world.settings
