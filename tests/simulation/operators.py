"""The operator of `aci_operator.app` in a process of the world: everything of it but Kopf, TLS and the command line."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

from aci_operator.app import operator as app
from aci_operator.app.settings import Settings
from aci_operator.azure.arm import Arm
from aci_operator.engine.controller import Controller
from aci_operator.engine.ports import Key
from aci_operator.kube import informer as informer_module
from aci_operator.kube.api import Resource

from tests.model import samples
from tests.model.shell import ModelShell
from tests.simulation.world import LEASE, Surroundings

Pass = Callable[[Controller, Key], Awaitable[None]]

_surroundings: ContextVar[Surroundings] = ContextVar("surroundings")


@contextmanager
def modelled_kopf() -> Iterator[None]:
    """Let every informer watch the model of the process that it runs in, and every pass be counted by its world."""

    def shell(resources: tuple[Resource, ...], kubeconfig: object, **calls: Any) -> ModelShell:
        return _surroundings.get().make_shell(resources, kubeconfig, **calls)

    with patch.object(informer_module, "Shell", shell), patch.object(Controller, "_pass", _noted(Controller._pass)):  # noqa: SLF001
        yield


def _noted(original: Pass) -> Pass:
    async def noted(controller: Controller, key: Key) -> None:
        _surroundings.get().on_pass(controller._kind, key)  # noqa: SLF001
        await original(controller, key)

    return noted


class RealOperator:
    """The product's own wiring; `settings` are those of its command line."""

    def __init__(self, around: Surroundings, **settings: Any) -> None:
        self._around = around
        settings = {"subscription_id": samples.SUBSCRIPTION, "lease_namespace": LEASE.namespace, **settings}
        self.settings = Settings(**settings)
        around.identity = f"{around.process.name}-{around.chance.getrandbits(32):08x}"
        azure = Arm(
            around.credential,
            around.metrics,
            transport=around.transport,
            write_timeout=self.settings.write_timeout,
        )
        world = app.World(
            api=around.api,
            azure=azure,
            telemetry=around.metrics,
            clock=around.clock,
            chance=around.chance,
            identity=around.identity,
        )
        self.operator = app.Operator(self.settings, world)
        around.ready = self.operator.ready

    async def run(self) -> None:
        """Work until cancelled."""
        _surroundings.set(self._around)
        await self.operator.run()
