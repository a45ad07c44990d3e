"""Writes to the API server of which the end is seen, whatever happens to whoever asked for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def answered(write: Coroutine[Any, Any, T]) -> T:
    """Await a write. Cancelled meanwhile, wait for its answer all the same, and only then end.

    A process that ends gives its Lease back, and whoever leads next must not be surprised by what is still under way:
    it would count a replica too few. The API server gives up in time (`kube.client.DEADLINE`).
    """
    task = asyncio.ensure_future(write)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # nobody is there any more whom it would concern
        raise
