"""The engine's tests run on virtual time."""

import asyncio
from collections.abc import Callable

from tests.model.loop import VirtualLoop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualLoop}
