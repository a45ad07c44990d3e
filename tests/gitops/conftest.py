"""What the tests of GitOps share: the tools, and the worlds of the simulation with their virtual time."""

import pytest

from tests.gitops.verdicts import Tools
from tests.simulation.conftest import _kopf, make_world, pytest_asyncio_loop_factories

__all__ = ["_kopf", "make_world", "pytest_asyncio_loop_factories", "tools"]


@pytest.fixture(scope="session")
def tools(pytestconfig: pytest.Config) -> Tools:
    """What GitOps tools say; built now if it is not in the cache, and that is told on the terminal."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return Tools.build(lambda line: print(line, flush=True))  # noqa: T201
