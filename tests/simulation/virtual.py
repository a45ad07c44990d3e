"""A run that has an event loop of its own, on virtual time, outside of pytest's."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.model.loop import VirtualLoop
from tests.simulation.operators import modelled_kopf

Result = TypeVar("Result")


def on_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine from second 0 to its end."""
    with modelled_kopf(), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
