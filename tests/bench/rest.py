"""What a fleet costs while nothing happens."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.bench.rates import busiest
from tests.bench.stage import Stage, say
from tests.bench.table import Row, at_most, exactly, told

MEMORY: Final = 380.0
"""MB, for 20,000 objects."""

CPU: Final = 5.0
"""Percent of one core, health reads included."""


def at_rest(stage: Stage, fleet: str, *, seconds: float) -> Iterator[Row]:
    """Look on for a while, in which no user does anything."""
    time.sleep(60)
    began, place, before = time.time(), stage.audit.now(), stage.usage()
    time.sleep(seconds)
    after = stage.usage()
    requests = stage.requests(began)
    say(f"at rest: {dict(Counter(each['operation'] for each in requests))}")
    yield at_most(f"{fleet}, health reads on: memory", after.memory, MEMORY, "MB")
    yield told(f"{fleet}: memory, the most that it ever was", after.peak, "MB")
    yield at_most(f"{fleet}, health reads on: processor, of one core", after.share(before), CPU, "%")
    yield exactly(f"{fleet}, at rest: writes to Azure", sum(each["method"] != "GET" for each in requests), 0)
    yield exactly(f"{fleet}, at rest: writes to the API server but the Lease", len(stage.writes(place)), 0)
    yield at_most(
        f"{fleet}, at rest: reads of Azure a second, in the busiest 10 s",
        busiest([each["at"] for each in requests], 10),
        10,
    )
    health = sum(each["operation"] == "containerGroups/read" for each in requests)
    yield told(f"{fleet}, at rest: health reads a second", health / seconds)
