"""How a world is at rest: as wanted, then silent, and the same whichever way it came there."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from aci_operator.api import keys
from aci_operator.kube.api import SERVICES, Manifest

from tests.campaign.acts import Service, place
from tests.campaign.harms import STRANGE_TAG
from tests.model.clock import now
from tests.simulation.properties.departures import service_uid_of
from tests.simulation.world import LEASE, World

BOUND: Final = 1800.0
"""Seconds after the last fault within which every service is as wanted: P1."""

FORGETTING: Final = 2000.0
"""Seconds within which all is forgotten that failed, or crashed: 15 minutes, and what a clock was wrong by."""

QUIET: Final = 60.0
SILENCE: Final = 250.0
"""Seconds of silence that are looked at: several LISTs of both sides, health turns and rounds of the collector."""

LONG_SILENCE: Final = 3700.0
"""The same at the end of a life: all that comes once an hour or more often, budgets and back-off among it."""

STEP: Final = 5.0
_MASKED: Final = {
    "previousRevision",
    "selector",
    "serial",
    "ips",
    "ipSummary",
    "progress",
    "heals",
    "establishedReplicas",
    "conditions",
}


async def reached(
    world: World,
    end: Mapping[str, Service],
    *,
    within: float = BOUND,
    meanwhile: Callable[[], None] = lambda: None,
) -> float:
    """Wait until all services are as they should be, and no others are there. Return the seconds that it took.

    `meanwhile` is what people do as long as they are not.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        world.check()
        try:
            as_wanted(world, end)
        except (AssertionError, KeyError):
            if loop.time() - began > within:
                raise
        else:
            return loop.time() - began
        meanwhile()
        await asyncio.sleep(STEP)


def as_wanted(world: World, end: Mapping[str, Service]) -> None:
    """Assert that each service is as it should be, and that nothing of any other is left."""
    present = {at.name for at in world.cluster.objects.everything() if at.resource == SERVICES}
    assert present == set(end)
    for name, service in end.items():
        world.expect(name, service.replicas, image=service.image, namespace=place(name).namespace)
    policies = {manifest["metadata"]["uid"]: _policies(manifest) for manifest in _services(world)}
    for group in world.groups():
        wanted = policies.get(service_uid_of(group), _policies(group))
        assert _policies(group) == wanted, f"{group['metadata']['name']} has not been handed {wanted}"
        observed = group["status"]["observedGeneration"]
        assert observed == group["metadata"]["generation"], f"{group['metadata']['name']} has not seen its change"
    owned = [group for group in world.groups() if group["metadata"]["labels"].get(keys.LABEL_SERVICE) not in end]
    assert owned == []
    left = [group.name for group in world.cloud() if (group.tags or {}).get(keys.TAG_SERVICE, "") not in {"", *end}]
    assert left == []


async def silent(world: World, end: Mapping[str, Service], *, lasting: float = SILENCE) -> None:
    """Assert P2: once somebody leads, all failures are forgotten and all is at rest, nobody writes but the Lease."""
    await world.until(lambda: _led(world))
    await _forgotten(world)
    await world.settle(quiet=QUIET)
    since = now()
    await asyncio.sleep(lasting)
    world.check()
    writes = [
        f"{call.at:%H:%M:%S} {call.verb} {call.resource.plural} {call.name}"
        for name in world.invariants.operators
        for call in world.cluster.record.writes(name, since=since)
    ]
    writes += [f"{e.at:%H:%M:%S} {e.method} {e.path}" for e in world.azure.record.entries if e.at >= since]
    writes = [line for line in writes if " GET " not in line]
    assert writes == [], f"P2: written at rest: {writes}"
    as_wanted(world, end)
    world.invariants.at_rest(now())
    world.check()


def _led(world: World) -> bool:
    """Tell whether a process that lives holds the Lease: one of before would be silent, whatever there is to do."""
    lease = world.user.find(LEASE)
    holder = lease["spec"].get("holderIdentity") if lease is not None else None
    return holder in {around.identity for around in world.operators.values()}


async def _forgotten(world: World) -> None:
    """Wait while failures or crashes are remembered; a replica that came just before may leave one for good."""
    deadline = asyncio.get_running_loop().time() + FORGETTING
    while any(map(_remembers, [*_services(world), *world.groups()])):
        world.check()
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(STEP)


def _remembers(manifest: Manifest) -> bool:
    """Tell whether a failure still counts for a service, or a crash for a replica."""
    status = manifest.get("status", {})
    return "heals" in status or status.get("restarts", 0) != status.get("settledRestarts", 0)


def shape(world: World) -> dict[str, Any]:
    """Return what a world at rest comes to, without what differs by the way: numbers, names, addresses, times."""
    groups = [_group(manifest) for manifest in world.groups()]
    cloud = [
        (group.containers[0].image, group.region, sorted({*(group.tags or {})} - {STRANGE_TAG}), group.provisioning)
        for group in world.cloud()
    ]
    return {
        **{service["metadata"]["name"]: _service(service) for service in _services(world)},
        "objects": sorted(groups, key=str),
        "container groups": sorted(cloud, key=str),
    }


def _services(world: World) -> list[Manifest]:
    everything = world.cluster.objects.everything().items()
    return [manifest for at, manifest in everything if at.resource == SERVICES]


def _service(manifest: Manifest) -> Manifest:
    status = manifest["status"]
    return {
        **{name: value for name, value in status.items() if name not in _MASKED},
        "finalizers": manifest["metadata"].get("finalizers", []),
        "ips": len(status.get("ips", ())),
        "conditions": {kind: said for kind, said in _conditions(manifest).items() if kind != "Suspended"},
    }


def _group(manifest: Manifest) -> dict[str, Any]:
    return {
        "revision": manifest["metadata"]["labels"].get(keys.LABEL_REVISION),
        "finalizers": manifest["metadata"].get("finalizers", []),
        "state": manifest["status"].get("state"),
        "location": manifest["spec"]["location"],
        "policies": _policies(manifest),
        "conditions": _conditions(manifest),
    }


def _policies(manifest: Manifest) -> tuple[str, int]:
    """Return what a service hands down to its replicas."""
    return manifest["spec"].get("deletionPolicy", "Delete"), manifest["spec"].get("minReadySeconds", 0)


def _conditions(manifest: Manifest) -> dict[str, tuple[str, str]]:
    """Return what they say. That a drift is over is told only where one was seen, which a fault may prevent."""
    said = {c["type"]: (c["status"], c["reason"]) for c in manifest["status"].get("conditions", ())}
    return {kind: word for kind, word in said.items() if word != ("False", "NotDrifted")}
