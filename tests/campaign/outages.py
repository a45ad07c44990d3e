"""What befalls an operator: its watches, its process, its clock, its way to Azure."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from aci_operator.kube.api import LEASES

from tests.campaign.stage import Happening, Stage
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place

RENEWED_WITHIN: Final = timedelta(seconds=20)
"""So long an operator may take to see that it has lost the Lease: it renews every 10 s, and an answer takes time."""

# -- watches


def ways(**ways: Callable[[Stage], Any]) -> Happening:
    async def happen(stage: Stage) -> bool:
        around = stage.operator()
        if around is None:
            return False
        for name, make in ways.items():
            setattr(around.ways, name, make(stage))
        return True

    return happen


def share(share: float) -> Callable[[Stage], Callable[[object], bool]]:
    return lambda stage: lambda _: stage.chance.random() < share


def lag(stage: Stage) -> Callable[[object], float]:
    return lambda _: stage.chance.uniform(0.0, 6.0)


async def cut(stage: Stage) -> bool:
    """410: the watch ends, and a LIST follows after a while."""
    watch = stage.watch()
    if watch is not None:
        watch.cut(stage.chance.uniform(0.0, 20.0))
    return watch is not None


async def past(stage: Stage) -> bool:
    """A LIST from an API server that is behind."""
    watch = stage.watch()
    if watch is not None:
        watch.relist_from(stage.world.cluster.objects.version - stage.chance.randint(1, 12))
    return watch is not None


async def replay(stage: Stage) -> bool:
    """The last events once more."""
    watch = stage.watch()
    if watch is not None:
        watch.replay(stage.world.cluster.objects.version - stage.chance.randint(1, 12))
    return watch is not None


async def frozen(stage: Stage) -> bool:
    """A watch that is open and silent."""
    watch = stage.watch()
    if watch is not None:
        watch.freeze()
    return watch is not None


# -- processes


async def killed(stage: Stage) -> bool:
    """SIGKILL and a successor."""
    around = stage.operator()
    if around is None:
        return False
    await stage.world.crash(around.process.name, lost=stage.chance.random() < 0.5)
    await asyncio.sleep(stage.chance.uniform(0.0, 20.0))
    await stage.world.start(around.process.name)
    return True


async def stopped(stage: Stage) -> bool:
    """SIGTERM and a successor, as in an upgrade."""
    around = stage.operator()
    if around is None:
        return False
    await stage.world.stop(around.process.name)
    await stage.world.start(around.process.name)
    return True


async def paused(stage: Stage) -> bool:
    """SIGSTOP for longer than the Lease lasts."""
    around = stage.operator()
    if around is None:
        return False
    around.process.pause()
    await asyncio.sleep(stage.chance.uniform(20.0, 100.0))
    around.process.resume()
    return True


def clock(seconds: float) -> Happening:
    """The machine's clock is wrong when a process starts, which then counts on from there."""

    async def start(stage: Stage) -> bool:
        stage.world.skew = seconds
        return await killed(stage)

    return start


async def unplugged(stage: Stage) -> bool:
    """No connection to Azure."""
    around = stage.operator()
    if around is not None:
        around.transport.reachable = False
    return around is not None


async def tokens(stage: Stage) -> bool:
    """Every token runs out at once, and so each request asks for one."""
    stage.world.entra.short_lived = True
    return True


async def robbed(stage: Stage) -> bool:
    """Somebody deletes the Lease: a second operator can take it, and the first learns it when it next renews."""
    lease = Place(LEASES, "kube-system", "aci-operator")
    if stage.world.user.find(lease) is None:
        return False
    stage.world.user.delete(lease)
    stage.world.invariants.contested(now() + RENEWED_WITHIN)
    return True


async def out_of_reach(stage: Stage) -> bool:
    """The Lease can be neither read nor written by one process, and everything else can."""
    around = stage.operator()
    if around is not None:
        stage.world.cluster.plant(Fault(Mode.FAIL, resource=LEASES, client=around.process.name, times=None))
    return around is not None
