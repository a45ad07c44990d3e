"""What all simulation tests share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.model.loop import VirtualLoop
from tests.simulation.operators import RealOperator, modelled_kopf
from tests.simulation.world import World


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on virtual time."""
    return {"virtual": VirtualLoop}


@pytest.fixture(autouse=True)
def _kopf() -> Iterator[None]:
    with modelled_kopf():
        yield


@pytest.fixture
async def make_world() -> AsyncIterator[Callable[..., World]]:
    """Make worlds with the real operator; arguments as World's, without `build`. They end with the test."""
    made: list[World] = []

    def make(**settings: Any) -> World:
        made.append(World(RealOperator, **settings))
        return made[-1]

    yield make
    for world in made:
        await world.close()
