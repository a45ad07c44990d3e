"""The operator without its outside: informer, election and engine over any API server and any Azure.

The process runs it on the real ones, the simulation on their models.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aci_operator.api.keys import ANNOTATION_SPENT
from aci_operator.app.settings import Settings
from aci_operator.core.errors import ClusterError
from aci_operator.core.group.observation import Timing
from aci_operator.engine.engine import Engine
from aci_operator.engine.engine import Settings as EngineSettings
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Azure
from aci_operator.engine.telemetry import Telemetry
from aci_operator.kube.api import GROUPS, NAMESPACES, SERVICES, KubeApi, Manifest
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.informer import Informer
from aci_operator.kube.lease import Elector, LeaseTimes
from aci_operator.kube.manifests import lease_reference
from aci_operator.kube.store import Change, Store

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two tries to learn what is needed before the work can begin."""


@dataclass(frozen=True)
class World:
    """What the operator acts on, and where its time and chance come from.

    Attributes:
        kubeconfig: The same that `api` was made from; None for the cluster that this runs in.
        identity: Of this very process; no other has ever had it.
    """

    api: KubeApi
    azure: Azure
    telemetry: Telemetry
    clock: Callable[[], datetime]
    chance: random.Random
    identity: str
    kubeconfig: Path | None = None


class Operator:
    """One operator."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self.store = Store()
        self.engine: Engine | None = None
        self._recorder = Recorder(world.api, now=world.clock, itself=self._itself)
        self._cluster = KubeCluster(world.api, self.store, self._recorder, on_change=self._changed)
        self._informer = Informer(
            world.api, self.store, kubeconfig=world.kubeconfig, on_change=self._changed, resync=settings.resync
        )
        times = LeaseTimes(
            duration=settings.lease_duration,
            renew_every=settings.lease_renew_every,
            retry_every=settings.lease_renew_every / 5,
            write_window=settings.write_window,
        )
        self._elector = Elector(
            world.api,
            namespace=settings.lease_namespace,
            name=settings.lease_name,
            identity=world.identity,
            times=times,
            now=world.clock,
            note=self._note,
        )
        self._spent: str | None = None
        self._own: str | None = None
        self._pauses = Pauses(world.clock)

    def ready(self) -> bool:
        """Tell whether the cluster's objects are listed and watched at this moment."""
        return self._informer.ready()

    async def run(self) -> None:
        """Work until cancelled, as leader or waiting to become it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._informer.run())
            tasks.create_task(self._recorder.run())
            tasks.create_task(self._elector.run(self._lead))

    async def _lead(self) -> None:
        """Work as leader. The engine is made anew each time: what it remembers may be out of date by then.

        So may be what the watches have shown so far: it begins with what the leader before it has left. What Azure has
        asked to wait for still holds, also what the leader in between was not told.
        """
        self._spent = None  # another may have led since, and written down more
        cluster_id = self._settings.cluster_id or await self._cluster_id()
        while not await self._informer.list_all():  # noqa: ASYNC110 - there is no event for an API server that is well
            await asyncio.sleep(PAUSE)
        world = self._world
        self.engine = Engine(
            _engine_settings(self._settings, cluster_id),
            cluster=self._cluster,
            azure=world.azure,
            leadership=self._elector,
            telemetry=world.telemetry,
            clock=world.clock,
            chance=world.chance,
            pauses=self._pauses,
            spent=(self._elector.lease or {}).get("metadata", {}).get("annotations", {}).get(ANNOTATION_SPENT),
            own=self._own,
        )
        try:
            await self.engine.run()
        finally:
            self._spent = self._own = self.engine.spent()
            self.engine = None

    def _note(self) -> dict[str, str]:
        """Return what the next leader must know: it is written with each renewal of the Lease."""
        spent = self._spent if self.engine is None else self.engine.spent()
        return {} if spent is None else {ANNOTATION_SPENT: spent}

    def _changed(self, change: Change) -> None:
        """Wake whoever must look at a changed object: its own loop, and the service that controls it."""
        if self.engine is None:
            return
        if change.resource == SERVICES:
            self.engine.wake_service(change.key)
        elif change.resource == GROUPS:
            self.engine.wake_group(change.key)
        if change.controller is not None:
            self.engine.wake_service(change.controller)

    def _itself(self) -> Manifest | None:
        """Return what Events about the operator itself are about: the Lease, which there is one of."""
        lease = self._elector.lease
        return None if lease is None else lease_reference(lease)

    async def _cluster_id(self) -> str:
        """Return the uid of kube-system, which no other cluster has."""
        while True:
            try:
                namespace = await self._world.api.get(NAMESPACES, "", "kube-system")
            except ClusterError as error:
                log.warning("cannot read the cluster's id, trying again: %s", error)
                await asyncio.sleep(PAUSE)
            else:
                return str(namespace["metadata"]["uid"])


def _engine_settings(settings: Settings, cluster_id: str) -> EngineSettings:
    return EngineSettings(
        cluster_id=cluster_id,
        default_subscription=settings.subscription_id,
        timing=Timing(
            ghost_window=settings.ghost_window,
            longest_write=settings.write_timeout,
            poll=settings.poll,
            health_turn=settings.health_turn,
        ),
        reads_per_second=settings.reads_per_second,
        busy=settings.list_busy,
        quiet=settings.list_quiet,
        workers=settings.workers,
        collect_every=settings.collect_every,
        collect_grace=settings.collect_grace,
    )
