"""Fleets of services, brought up by the operator itself."""

import asyncio
import time
from collections.abc import Iterable

from aci_operator.kube.api import SERVICES, Manifest
from aci_operator.kube.client import Client, connect

from tests.bench.stage import LARGE_BUDGETS, RESOURCE_GROUPS, Stage, say
from tests.cluster.scenes import service

WRITERS = 8
NAMESPACE = "default"


def member(number: int, *, resource_group: str | None = None, replicas: int = 1) -> Manifest:
    """Return a service of a fleet, in one of its resource groups."""
    place = resource_group or RESOURCE_GROUPS[number % len(RESOURCE_GROUPS)]
    return service(f"s{number:05}", replicas, resourceGroup=place)


async def bring_up(stage: Stage, services: Iterable[Manifest], *, seconds: float = 900) -> None:
    """Apply services and wait until all replicas of all of them serve; then Azure's own limits hold again."""
    wanted = list(services)
    before = stage.running()
    replicas = sum(manifest["spec"]["replicas"] for manifest in wanted)
    kept = {name: stage.azure.settings()[name] for name in (*LARGE_BUDGETS, "start_latency")}
    stage.azure.change(**LARGE_BUDGETS, start_latency=[0.2, 0.8])
    began = time.monotonic()
    client = await connect(stage.control_plane.admin)
    try:
        await _apply(client, wanted)
        deadline = began + seconds
        while (running := stage.running()) < before + replicas:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{running} of {before + replicas} replicas run after {seconds:.0f} s")
            await asyncio.sleep(1)
    finally:
        await client.close()
    say(f"{replicas} replicas of {len(wanted)} services run after {time.monotonic() - began:.0f} s")
    stage.azure.change(**kept)


async def _apply(client: Client, services: list[Manifest]) -> None:
    waiting = iter(services)

    async def write() -> None:
        for manifest in waiting:
            manifest["metadata"]["namespace"] = NAMESPACE
            await client.create(SERVICES, manifest)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(write())
