"""The operator as a process: on a real API server and on Azure, with probes and metrics."""

import random
import socket
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from aci_operator.app.memory import look_less_for_garbage
from aci_operator.app.metrics import Metrics
from aci_operator.app.operator import Operator, World
from aci_operator.app.probes import served
from aci_operator.app.settings import Settings
from aci_operator.azure.arm import Arm
from aci_operator.azure.credentials import credential
from aci_operator.kube.client import connect
from aci_operator.kube.shell import quiet_kopf


async def run(settings: Settings) -> None:
    """Work until cancelled."""
    look_less_for_garbage()
    quiet_kopf()
    metrics = Metrics()
    api = await connect(settings.kubeconfig)
    chain = credential()
    arm = Arm(chain, metrics, endpoint=settings.azure_endpoint, write_timeout=settings.write_timeout)
    world = World(
        api=api,
        azure=arm,
        telemetry=metrics,
        clock=_steady_clock(),
        chance=random.SystemRandom(),
        identity=f"{socket.gethostname()}_{uuid.uuid4()}",
        kubeconfig=settings.kubeconfig,
    )
    operator = Operator(settings, world)
    try:
        async with served(settings.listen, operator.ready, metrics.exposition):
            await operator.run()
    finally:
        await arm.close()
        await chain.close()
        await api.close()


def _steady_clock() -> Callable[[], datetime]:
    """Return a clock that no step of the system's time disturbs: ages within this process stay true."""
    started = datetime.now(UTC) - timedelta(seconds=time.monotonic())
    return lambda: started + timedelta(seconds=time.monotonic())
