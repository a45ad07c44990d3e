"""The engine's tests run on virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aci_operator.api.group import ContainerGroup

from tests.model.loop import VirtualLoop
from tests.unit.engine.fakes import Scene
from tests.unit.engine.scenes import KEY, MakeScene


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualLoop}


@pytest.fixture
async def make_scene() -> AsyncIterator[MakeScene]:
    made: list[Scene] = []

    def make(*subjects: ContainerGroup, fresh: bool = True) -> Scene:
        made.append(Scene(*subjects))
        if fresh:
            made[-1].memories.drew(KEY)
        return made[-1]

    yield make
    for scene in made:
        await scene.close()
