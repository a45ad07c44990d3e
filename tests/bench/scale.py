"""10,000 services of one replica, which are 20,000 objects."""

from collections.abc import Iterator
from typing import Final

from tests.bench.copies import multiply
from tests.bench.rest import at_rest
from tests.bench.stage import ROOM, staged
from tests.bench.table import Row

FLEET: Final = 10_000
WINDOW: Final = 330.0
"""Seconds, of which a resync and several LISTs of each resource group are a part."""


def rows() -> Iterator[Row]:
    """Measure."""
    with staged(kept=True, **ROOM) as stage:
        multiply(stage, FLEET)
        yield from at_rest(stage, f"{FLEET:,} services of one replica", seconds=WINDOW)
