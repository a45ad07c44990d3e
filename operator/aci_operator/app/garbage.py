"""`aci-operator gc`: the garbage collector in a person's hand, with that person's rights."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aci_operator.app.metrics import Metrics
from aci_operator.app.settings import Settings
from aci_operator.azure.arm import Arm
from aci_operator.azure.credentials import credential
from aci_operator.core.errors import AzureError
from aci_operator.core.garbage import Claim
from aci_operator.engine.collector import Collector
from aci_operator.engine.engine import Engine
from aci_operator.engine.engine import Settings as EngineSettings
from aci_operator.engine.pauses import Pauses
from aci_operator.kube.api import NAMESPACES
from aci_operator.kube.client import connect
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.revisions import selector_of
from aci_operator.kube.store import STORED, Store


class _Person:
    """Implements `engine.ports.Leadership`: who runs the command answers for it."""

    def held(self) -> bool:
        """Allow writes."""
        return True


async def orphans(settings: Settings) -> list[Claim]:
    """Return the container groups of this cluster whose object no longer exists."""
    async with _collector(settings) as collector:
        return list(await collector.orphans())


async def collect(
    settings: Settings, told: Callable[[Claim], None], refused: Callable[[Claim, AzureError], None]
) -> int:
    """Delete them, however many and however long Azure's limit of deletes makes that last.

    Tells of each as soon as it is deleted or Azure has refused that, and returns how many were left alone because they
    are no orphans any more.
    """
    async with _collector(settings) as collector:
        kept = 0
        for claim in await collector.orphans():
            try:
                deleted = await collector.delete(claim, patient=True)
            except AzureError as error:
                refused(claim, error)
                continue
            if deleted:
                told(claim)
            else:
                kept += 1
        return kept


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _collector(settings: Settings) -> AsyncIterator[Collector]:
    api = await connect(settings.kubeconfig)
    chain = credential()
    arm = Arm(chain, Metrics(), endpoint=settings.azure_endpoint)
    try:
        store = Store()
        for resource in STORED:
            store.replace_all(resource, await api.list(resource, label_selector=selector_of(resource)), since=-1)
        kube_system = await api.get(NAMESPACES, "", "kube-system")
        engine = Engine(
            EngineSettings(
                cluster_id=settings.cluster_id or str(kube_system["metadata"]["uid"]),
                default_subscription=settings.subscription_id,
                collect_grace=settings.collect_grace,
            ),
            cluster=KubeCluster(api, store, Recorder(api)),
            azure=arm,
            leadership=_Person(),
            telemetry=Metrics(),
            clock=_now,
            chance=random.SystemRandom(),
            pauses=Pauses(_now),
        )
        yield engine.collector
    finally:
        await arm.close()
        await chain.close()
        await api.close()
