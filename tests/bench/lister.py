"""`python -m tests.bench.lister ENDPOINT`: read a fleet of 5,000 groups with the operator's own client, and time it.

A process of its own: its processor time is that of the reads alone, and the identity of the operator, with the
certificate to trust, comes from its environment. Prints a JSON object of seconds.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Final

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.app.memory import look_less_for_garbage
from aci_operator.app.metrics import Metrics
from aci_operator.azure import paths
from aci_operator.azure.arm import Arm
from aci_operator.azure.clients import API_VERSION, PUBLIC_CLOUD, Clients
from aci_operator.azure.credentials import credential
from aci_operator.azure.exchange import Exchange
from aci_operator.azure.groups import from_list
from aci_operator.azure.operations import Operation
from aci_operator.azure.pages import Lists
from aci_operator.azure.text import parsed
from aci_operator.core.body import body
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.ownership import group_tags
from azure.core.credentials_async import AsyncTokenCredential

from devcluster.system import names
from tests.cluster.scenes import bare

GROUPS: Final = 5000
ROUNDS: Final = 9
WRITERS: Final = 16
SCOPE: Final = ResourceGroupRef.of(names.SUBSCRIPTION, names.RESOURCE_GROUP)


async def measure(endpoint: str) -> dict[str, float]:
    """Make the fleet, then read it again and again; return the medians."""
    look_less_for_garbage()  # as the operator does
    chain = credential()
    walls, processors, again = [], [], []
    try:
        async with _arm(chain, endpoint) as arm:
            await _fill(arm)
            await _rest(arm)
        for _ in range(ROUNDS):
            async with _arm(chain, endpoint) as arm:
                wall, processor = await _round(arm)
                walls.append(wall)
                processors.append(processor)
                again.append((await _round(arm))[1])
        page = await _page(Clients(chain, endpoint, f"{PUBLIC_CLOUD}/.default", None), endpoint)
    finally:
        await chain.close()
    return {
        "wall": median(walls),
        "processor": median(processors),
        "again": median(again),
        "parsing": _parsing(page),
    }


@asynccontextmanager
async def _arm(chain: AsyncTokenCredential, endpoint: str) -> AsyncIterator[Arm]:
    """A connection that knows no list as yet."""
    arm = Arm(chain, Metrics(), endpoint=endpoint)
    try:
        yield arm
    finally:
        await arm.close()


async def _round(arm: Arm) -> tuple[float, float]:
    """Return the seconds that one LIST takes, by the wall and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    found = await arm.list(SCOPE)
    if len(found) != GROUPS:
        raise RuntimeError(f"{len(found)} groups listed, not {GROUPS}")
    return time.perf_counter() - wall, time.process_time() - processor


async def _fill(arm: Arm) -> None:
    waiting = iter(range(GROUPS))

    async def write(numbers: Iterable[int]) -> None:
        for number in numbers:
            group = _group(number)
            tags = group_tags(group, names.TENANT, datetime.now(UTC))
            await arm.put(GroupRef(SCOPE, group.metadata.name), body(group, tags))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(write(waiting))


async def _rest(arm: Arm) -> None:
    """Wait until all run: what starts changes the list."""
    waits = True
    while waits:
        await asyncio.sleep(1)
        waits = any(group.provisioning_state != "Succeeded" for group in await arm.list(SCOPE))


async def _page(clients: Clients, endpoint: str) -> bytes:
    """Return the answer's body."""
    first = f"{endpoint}{paths.groups_in(SCOPE)}?api-version={API_VERSION}"
    entries = await Lists[object](clients).read(
        first, lambda each: each, lambda: Exchange(Operation.LIST, 20, Metrics())
    )
    await clients.close()
    return json.dumps({"value": entries}).encode()


def _parsing(page: bytes) -> float:
    """Return the seconds of processor time from an answer's body to our own types."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for entry in parsed(page.decode())["value"]:
            from_list(names.SUBSCRIPTION, entry)
        taken.append(time.process_time() - began)
    return median(taken)


def _group(number: int) -> ContainerGroup:
    manifest = bare(f"s{number:05}-1-abcd{number:04}")
    labels = {keys.LABEL_SERVICE: f"s{number:05}", keys.LABEL_REVISION: f"s{number:05}-5d8c7b9f64"}
    metadata = {**manifest["metadata"], "namespace": "default", "uid": names.TENANT, "labels": labels}
    return ContainerGroup.model_validate({**manifest, "metadata": metadata})


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1]))))  # noqa: T201
