"""One read of a fleet: a LIST of 5,000 groups, over TLS from the emulator's process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from devcluster.system import names
from tests.bench.lister import GROUPS
from tests.bench.stage import LARGE_BUDGETS, ROOM, Stage, staged
from tests.bench.table import Row, at_most, told

ANCHOR: Final = 0.014
"""Milliseconds from the JSON of a group to our own type: what the design counts on."""

BUSY: Final = 5000.0
"""Milliseconds between two LISTs while something starts: a round must not take longer."""


def rows() -> Iterator[Row]:
    """Measure."""
    with staged(**ROOM, **LARGE_BUDGETS) as stage:
        stage.operator.stop()
        seconds = _listed(stage)
    what = f"LIST of {GROUPS:,} groups"
    yield at_most(f"{what}: from JSON to our types, a group", 1000 * seconds["parsing"] / GROUPS, ANCHOR, "ms")
    yield at_most(f"{what}: whole round, with the emulator's part", 1000 * seconds["wall"], BUSY, "ms")
    yield at_most(f"{what}: whole round, processor time of the operator", 1000 * seconds["processor"], BUSY / 10, "ms")
    yield told(f"{what}: the same while nothing has changed", 1000 * seconds["again"], "ms")


def _listed(stage: Stage) -> dict[str, float]:
    environment = {
        **os.environ,
        **stage.operator.environment(),
        "AZURE_TOKEN_CREDENTIALS": "workloadidentitycredential",
    }
    command = [sys.executable, "-m", "tests.bench.lister", stage.emulator.endpoint]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=names.ROOT)
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds
