"""How fast a change is on the wire, and an IP in the status, with 500 services present."""

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from typing import Final

from aci_operator.kube.api import SERVICES
from aci_operator.kube.client import connect

from tests.bench.copies import multiply
from tests.bench.fleet import NAMESPACE, member
from tests.bench.rates import busiest
from tests.bench.stage import LARGE_BUDGETS, ROOM, Stage, say, staged
from tests.bench.table import Row, at_most, percentile
from tests.bench.watching import IpWatch

SERVICES_PRESENT: Final = 500
CHANGES: Final = 200
PAUSE: Final = 1.0
"""Mean seconds between two changes."""

START: Final = 20.0
"""Seconds that Azure takes to start a group, so that the moment is known from which it runs."""


def rows() -> Iterator[Row]:
    """Measure."""
    with staged(kept=True, start_latency=START, **ROOM) as stage:
        multiply(stage, SERVICES_PRESENT)
        stage.azure.change(**{name: LARGE_BUDGETS[name] for name in ("budget_5m", "budget_1h")})
        began = time.time()
        with IpWatch(stage.control_plane) as watch:
            changed = asyncio.run(_change(stage))
            stage.wait(lambda: stage.running() == SERVICES_PRESENT + CHANGES, "all new replicas")
            stage.wait(lambda: all(2 in watch.seen[name] for name in changed), "their IPs in the status")
        sent = _first_puts(stage, began)
        waited = [1000 * (sent[name] - at) for name, at in changed.items()]
        shown = [watch.seen[name][2] - (at + START) for name, at in sent.items() if name in changed]
        what = f"`replicas` changed > first PUT on the wire, {SERVICES_PRESENT} services present"
        yield at_most(f"{what}, p50", percentile(waited, 50), 50, "ms")
        yield at_most(f"{what}, p99", percentile(waited, 99), 250, "ms")
        what = "a group runs > its IP is in the service's status"
        yield at_most(f"{what}, p50", percentile(shown, 50), 3, "s")
        yield at_most(f"{what}, p99", percentile(shown, 99), 6, "s")
        reads = [each["at"] for each in stage.requests(began) if each["method"] == "GET"]
        yield at_most("all reads of Azure meanwhile, a second, in the busiest minute", busiest(reads, 60), 10)


async def _change(stage: Stage) -> Mapping[str, float]:
    """Scale services from 1 to 2, one by one at random moments; return when, by their names."""
    chance = random.Random(8)
    changed: dict[str, float] = {}
    client = await connect(stage.control_plane.admin)
    try:
        for number in chance.sample(range(SERVICES_PRESENT), CHANGES):
            name = member(number)["metadata"]["name"]
            service = await client.get(SERVICES, NAMESPACE, name)
            changed[name] = time.time()
            await client.patch_spec(SERVICES, service, {"replicas": 2})
            await asyncio.sleep(chance.expovariate(1 / PAUSE))
    finally:
        await client.close()
    say(f"{len(changed)} changes made")
    return changed


def _first_puts(stage: Stage, since: float) -> Mapping[str, float]:
    """Return when the first PUT for each service arrived."""
    sent: dict[str, float] = {}
    for request in stage.requests(since):
        if request["operation"] == "containerGroups/write":
            group = request["path"].rpartition("/")[2]
            sent.setdefault(group.rsplit("-", 2)[0], request["at"])
    return sent
