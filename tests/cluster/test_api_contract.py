"""The real API server keeps the contract that its model keeps in the simulation."""

from collections.abc import AsyncIterator

import pytest

from devcluster.cluster import ControlPlane
from tests.model.contract import *  # noqa: F403 - the suite is one, and runs on both
from tests.model.real import RealScene, real_scene


@pytest.fixture
async def scene(cluster: ControlPlane) -> AsyncIterator[RealScene]:
    async with real_scene(cluster) as made:
        yield made
