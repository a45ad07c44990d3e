"""The operator as a process: everything real, wired together."""

import asyncio
import logging
import random
import socket
import uuid
from datetime import UTC, datetime

from aci_operator.app.metrics import Metrics
from aci_operator.app.probes import served
from aci_operator.app.settings import Settings
from aci_operator.azure.arm import Arm
from aci_operator.azure.credentials import credential
from aci_operator.core.errors import ClusterError
from aci_operator.core.group.observation import Timing
from aci_operator.engine.engine import Engine
from aci_operator.engine.engine import Settings as EngineSettings
from aci_operator.kube.api import GROUPS, NAMESPACES, SERVICES, KubeApi
from aci_operator.kube.client import connect
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.informer import Informer
from aci_operator.kube.lease import Elector, LeaseTimes
from aci_operator.kube.shell import quiet_kopf
from aci_operator.kube.store import Change, Store

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two tries to learn what is needed before the work can begin."""


class Process:
    """One run of the operator."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self._store = Store()
        self._engine: Engine | None = None

    async def run(self) -> None:
        """Work until cancelled, as leader or waiting to become it."""
        quiet_kopf()
        settings = self._settings
        api = await connect(settings.kubeconfig)
        chain = credential()
        arm = Arm(chain, self._metrics, endpoint=settings.azure_endpoint, write_timeout=settings.write_timeout)
        recorder = Recorder(api)
        cluster = KubeCluster(api, self._store, recorder, on_change=self._changed)
        informer = Informer(
            api, self._store, kubeconfig=settings.kubeconfig, on_change=self._changed, resync=settings.resync
        )
        elector = Elector(
            api,
            namespace=settings.lease_namespace,
            name=settings.lease_name,
            identity=f"{socket.gethostname()}_{uuid.uuid4()}",
            times=LeaseTimes(
                duration=settings.lease_duration,
                renew_every=settings.lease_renew_every,
                write_window=settings.write_window,
            ),
        )

        async def lead() -> None:
            cluster_id = settings.cluster_id or await _cluster_id(api)
            while not self._store.complete():  # noqa: ASYNC110 - asked a few times, at the start alone
                await asyncio.sleep(PAUSE / 5)
            self._engine = Engine(
                _engine_settings(settings, cluster_id),
                cluster=cluster,
                azure=arm,
                leadership=elector,
                telemetry=self._metrics,
                clock=lambda: datetime.now(UTC),
                chance=random.SystemRandom(),
            )
            try:
                await self._engine.run()
            finally:
                self._engine = None

        try:
            async with served(settings.listen, informer.ready, self._metrics.exposition), asyncio.TaskGroup() as tasks:
                tasks.create_task(informer.run())
                tasks.create_task(recorder.run())
                tasks.create_task(elector.run(lead))
        finally:
            await arm.close()
            await chain.close()
            await api.close()

    def _changed(self, change: Change) -> None:
        """Wake whoever must look at a changed object: its own loop, and the service that controls it."""
        if self._engine is None:
            return
        if change.resource == SERVICES:
            self._engine.wake_service(change.key)
        elif change.resource == GROUPS:
            self._engine.wake_group(change.key)
        if change.controller is not None:
            self._engine.wake_service(change.controller)


async def _cluster_id(api: KubeApi) -> str:
    """Return the uid of kube-system, which no other cluster has."""
    while True:
        try:
            namespace = await api.get(NAMESPACES, "", "kube-system")
        except ClusterError as error:
            log.warning("cannot read the cluster's id, trying again: %s", error)
            await asyncio.sleep(PAUSE)
        else:
            return str(namespace["metadata"]["uid"])


def _engine_settings(settings: Settings, cluster_id: str) -> EngineSettings:
    return EngineSettings(
        cluster_id=cluster_id,
        default_subscription=settings.subscription_id,
        timing=Timing(ghost_window=settings.ghost_window, poll=settings.poll, health_turn=settings.health_turn),
        reads_per_second=settings.reads_per_second,
        busy=settings.list_busy,
        quiet=settings.list_quiet,
        workers=settings.workers,
        collect_every=settings.collect_every,
        collect_grace=settings.collect_grace,
    )
