"""An operator that comes back to 1,000 converged services, and what such a fleet costs at rest."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from aci_operator.kube.api import SERVICES
from aci_operator.kube.client import connect

from tests.bench.copies import multiply
from tests.bench.fleet import NAMESPACE, member
from tests.bench.rates import busiest
from tests.bench.rest import at_rest
from tests.bench.stage import ROOM, Stage, staged
from tests.bench.table import Row, at_most, exactly

FLEET: Final = 1000
SILENCE: Final = 60.0
TURN: Final = FLEET / 5
"""Seconds of a health turn."""


def rows() -> Iterator[Row]:
    """Measure."""
    with staged(kept=True, **ROOM) as stage:
        multiply(stage, FLEET)
        time.sleep(SILENCE)
        yield from _silent(stage)
        yield _acts(stage)
        yield from at_rest(stage, f"{FLEET:,} services of one replica", seconds=TURN)


def _silent(stage: Stage) -> Iterator[Row]:
    began, place = time.time(), stage.audit.now()
    stage.operator.stop()
    stage.operator.start_again()
    time.sleep(SILENCE)
    what = f"operator restarted, {FLEET:,} services converged"
    arm = [each for each in stage.requests(began) if each["method"] != "GET"]
    yield exactly(f"{what}: writes to Azure", len(arm), 0)
    yield exactly(f"{what}: writes to the API server but the Lease", len(stage.writes(place)), 0)
    reads = [each["at"] for each in stage.requests(began)]
    yield at_most(f"{what}: reads of Azure a second, in the busiest 10 s", busiest(reads, 10), 10)


def _acts(stage: Stage) -> Row:
    """Change a service while the operator is down; time its start, from nothing, until the PUT."""
    stage.operator.stop()
    asyncio.run(_scale(stage))
    began = time.time()
    stage.operator.run.start_again(stage.operator.name)

    def puts() -> list[float]:
        return [each["at"] for each in stage.requests(began) if each["operation"] == "containerGroups/write"]

    stage.wait(lambda: bool(puts()), "the PUT after the restart", seconds=120)
    return at_most(f"process started, {FLEET:,} services > acts on a change made before", puts()[0] - began, 5, "s")


async def _scale(stage: Stage) -> None:
    client = await connect(stage.control_plane.admin)
    try:
        service = await client.get(SERVICES, NAMESPACE, member(0)["metadata"]["name"])
        await client.patch_spec(SERVICES, service, {"replicas": 2})
    finally:
        await client.close()
