"""A day of many services of ten replicas, on virtual time: people change things, and Azure fails at times.

Memory is what the operator holds, by Python's own count. The models beside it, and the oracles, which know each
container group that there ever was, have to grow. It counts from the third hour on: what is kept for an hour or two, as
budgets and the Events of before are, has come to its full size by then.
"""

import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final, TypeVar
from unittest.mock import patch

from aci_operator.app.operator import Operator
from aci_operator.engine import groups, services

from tests.bench.held import held
from tests.bench.stage import say
from tests.bench.table import Row, at_most, exactly, percentile, told
from tests.bench.usage import Usage
from tests.bench.virtual import played
from tests.garbage import collect_less
from tests.simulation.crowd import SETTINGS, Crowd
from tests.simulation.world import World

SERVICES: Final = int(os.environ.get("SERVICES", "100"))
"""A thousand of them take hours, most of that in the models."""
REPLICAS: Final = 10
HOURS: Final = 24
SETTLED: Final = 2
CHANGES: Final = 30
"""In an hour."""

CLOCK: Final = "virtual"
Seen = TypeVar("Seen")
Result = TypeVar("Result")


def rows() -> Iterator[Row]:
    """Measure."""
    taken = Counter[int]()
    collect_less()
    with ExitStack() as patches:
        for module in (services, groups):
            patches.enter_context(patch.object(module, "plan", _timed(module.plan, taken)))
        yield from played(_day, seed=602, **SETTINGS)
    what = f"a day of {SERVICES:,} services of {REPLICAS}"
    times = [microseconds / 1000 for microseconds in taken.elements()]
    yield at_most(f"{what}: p99 of {len(times):,} plans", percentile(times, 99), 50, "ms", clock="real")


async def _day(world: World) -> list[Row]:
    began = time.process_time()
    crowd = Crowd(world, SERVICES, REPLICAS)
    await crowd.come_up()
    say(f"all are up after {time.process_time() - began:.0f} s of processor time")
    memory: list[float] = []
    for hour in range(HOURS):
        await crowd.hour(CHANGES)
        memory.append(_memory(crowd))
        say(f"hour {hour + 1}: {time.process_time() - began:.0f} s, {memory[-1]:.1f} MB")
    await crowd.come_to_rest()
    amiss, writes = crowd.amiss(), await crowd.rest()
    for each in writes:
        say(f"written at rest: {each}")
    what = f"a day of {SERVICES:,} services of {REPLICAS}"
    growth = 100 * (max(memory[SETTLED:]) / memory[SETTLED - 1] - 1)
    return [
        exactly(
            f"{what}: violations, budgets and Retry-After among them", len(world.invariants.violations), 0, clock=CLOCK
        ),
        at_most(f"{what}: growth of what the operator holds", growth, 5, "%", clock=CLOCK),
        told(f"{what}: what the operator holds", memory[-1], "MB", clock=CLOCK),
        told(f"{what}: memory of operator and models", Usage.of(os.getpid()).memory, "MB", clock=CLOCK),
        exactly(f"{what}: services that are not as wanted in the end", len(amiss), 0, clock=CLOCK),
        exactly(f"{what}: writes in an hour of rest after it", len(writes), 0, clock=CLOCK),
        told(f"{what}: processor time", time.process_time() - began, "s", clock="real"),
    ]


def _memory(crowd: Crowd) -> float:
    crowd.forget()
    gc.collect()
    [operator] = (each for each in gc.get_objects() if isinstance(each, Operator))
    return held(operator, without=("tests.", "aci_emulator."))


def _timed(plan: Callable[[Seen], Result], taken: Counter[int]) -> Callable[[Seen], Result]:
    """Count the calls by their processor time in microseconds: others have the same processor.

    Millions of them, each kept by itself, would be the growth of memory that is measured.
    """

    def timed(seen: Seen) -> Result:
        began = time.thread_time()
        try:
            return plan(seen)
        finally:
            taken[round(1_000_000 * (time.thread_time() - began))] += 1

    return timed
