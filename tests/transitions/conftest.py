"""The campaign lives in the worlds of the simulation, on their virtual time."""

from tests.simulation.conftest import _kopf, make_world, pytest_asyncio_loop_factories

__all__ = ["_kopf", "make_world", "pytest_asyncio_loop_factories"]
