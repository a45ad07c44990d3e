"""The real operator in a process of the world: everything of it but Kopf, TLS and the command line."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest.mock import patch

from aci_operator.azure.arm import Arm
from aci_operator.engine.engine import Engine, Settings
from aci_operator.kube import informer as informer_module
from aci_operator.kube.api import GROUPS, NAMESPACES, SERVICES, Resource
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.informer import Informer
from aci_operator.kube.lease import Elector, LeaseTimes
from aci_operator.kube.store import Change, Store

from tests.model import samples
from tests.model.clock import now
from tests.model.shell import ModelShell
from tests.simulation.world import Surroundings

_surroundings: ContextVar[Surroundings] = ContextVar("surroundings")


@contextmanager
def modelled_kopf() -> Iterator[None]:
    """Let every informer watch the model of the process that it runs in."""

    def shell(resources: tuple[Resource, ...], kubeconfig: object, **calls: Any) -> ModelShell:
        return _surroundings.get().make_shell(resources, kubeconfig, **calls)

    with patch.object(informer_module, "Shell", shell):
        yield


class NoTelemetry:
    """Counts nothing."""

    def reconciled(self, kind: str, result: Literal["success", "error", "conflict"], seconds: float) -> None:
        """Ignore a pass."""

    def queued(self, kind: str, depth: int) -> None:
        """Ignore the queue."""

    def arm_request(self, operation: str, code: str, seconds: float) -> None:
        """Ignore a request."""

    def groups_by_state(self, counts: Mapping[str, int]) -> None:
        """Ignore the states."""


@dataclass
class RealOperator:
    """The parts as `aci_operator.app` puts them together."""

    around: Surroundings
    times: LeaseTimes = field(default_factory=LeaseTimes)
    resync: float = 300.0
    engine: Engine | None = None
    store: Store = field(default_factory=Store)

    async def run(self) -> None:
        """Work until cancelled."""
        _surroundings.set(self.around)
        api, telemetry = self.around.api, NoTelemetry()
        recorder = Recorder(api, now=now)
        cluster = KubeCluster(api, self.store, recorder, on_change=self._changed)
        identity = f"{self.around.process.name}-{self.around.chance.getrandbits(32):08x}"
        elector = Elector(
            api, namespace="kube-system", name="aci-operator", identity=identity, times=self.times, now=now
        )
        azure = Arm(self.around.credential, telemetry, transport=self.around.transport)
        informer = Informer(api, self.store, kubeconfig=None, on_change=self._changed, resync=self.resync)

        async def lead() -> None:
            while not self.store.complete():  # noqa: ASYNC110 - as the real process does
                await asyncio.sleep(0.1)
            me = await api.get(NAMESPACES, "", "kube-system")
            settings = Settings(cluster_id=me["metadata"]["uid"], default_subscription=samples.SUBSCRIPTION)
            self.engine = Engine(
                settings,
                cluster=cluster,
                azure=azure,
                leadership=elector,
                telemetry=telemetry,
                clock=now,
                chance=self.around.chance,
            )
            try:
                await self.engine.run()
            finally:
                self.engine = None

        async with asyncio.TaskGroup() as group:
            group.create_task(informer.run())
            group.create_task(recorder.run())
            group.create_task(elector.run(lead))

    def _changed(self, change: Change) -> None:
        if self.engine is None:
            return
        if change.resource == SERVICES:
            self.engine.wake_service(change.key)
        if change.resource == GROUPS:
            self.engine.wake_group(change.key)
        if change.controller is not None:
            self.engine.wake_service(change.controller)
