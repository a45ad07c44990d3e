"""What befalls an operator: its watches, its process, its clock, its way to Azure."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from aci_operator.kube.api import GROUPS, LEASES, SERVICES
from azure.core.exceptions import ServiceRequestError

from tests.campaign.effects import NONE, ONE, Effect, so_often
from tests.campaign.stage import Happening, Stage
from tests.model.canary import SECRETIVE
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.world import LEASE

RENEWED_WITHIN: Final = timedelta(seconds=20)
"""So long an operator may take to see that it has lost the Lease: it renews every 10 s, and an answer takes time."""

TOKENS_REFUSED: Final = 8
"""So often nobody gets a token: each request asks for one, and more would end a whole life."""

CHANGES: Final = frozenset({"replace", "replace_status", "patch", "delete"})
"""Calls that say which version of an object they are about, as the API server's log names them."""

CONFLICTS: Final = 12
"""So often in a row a write of each kind is refused."""

# -- watches


def ways(**ways: Callable[[Stage], Any]) -> Happening:
    async def happen(stage: Stage) -> Effect:
        around = stage.operator()
        if around is None:
            return NONE
        counted = Counter[str]()
        for name, make in ways.items():
            setattr(around.ways, name, _counting(counted, make(stage)))
        return counted.total

    return happen


def _counting(counted: Counter[str], way: Callable[[object], Any]) -> Callable[[object], Any]:
    """Count the events that are dropped, come twice, or come later."""

    def counting(change: object) -> Any:
        answer = way(change)
        counted["events"] += bool(answer)
        return answer

    return counting


def share(share: float) -> Callable[[Stage], Callable[[object], bool]]:
    return lambda stage: lambda _: stage.chance.random() < share


def lag(stage: Stage) -> Callable[[object], float]:
    return lambda _: stage.chance.uniform(0.0, 6.0)


async def swapped(stage: Stage) -> Effect:
    """Events of different objects come in another order; they are late as well, or none would wait for another."""
    around = stage.operator()
    if around is None:
        return NONE
    counted = Counter[str]()
    around.ways.delay = lag(stage)
    around.ways.swap = _counting(counted, share(0.5)(stage))
    return counted.total


async def cut(stage: Stage) -> Effect:
    """410: the watch ends, and a LIST follows after a while."""
    watch = stage.watch()
    if watch is None:
        return NONE
    watch.cut(stage.chance.uniform(0.0, 20.0))
    return ONE


async def past(stage: Stage) -> Effect:
    """A LIST from an API server that is behind."""
    watch = stage.watch()
    if watch is None:
        return NONE
    return so_often(watch.relist_from(stage.world.cluster.objects.version - stage.chance.randint(1, 12)))


async def replay(stage: Stage) -> Effect:
    """The last events once more."""
    watch = stage.watch()
    if watch is None:
        return NONE
    return so_often(watch.replay(stage.world.cluster.objects.version - stage.chance.randint(1, 12)))


async def frozen(stage: Stage) -> Effect:
    """A watch that is open and silent."""
    watch = stage.watch()
    if watch is None:
        return NONE
    before = watch.held_back
    watch.freeze()
    return lambda: watch.held_back - before


# -- processes


async def killed(stage: Stage) -> Effect:
    """SIGKILL and a successor."""
    around = stage.operator()
    if around is None:
        return NONE
    await stage.world.crash(around.process.name, lost=stage.chance.random() < 0.5)
    await asyncio.sleep(stage.chance.uniform(0.0, 20.0))
    await stage.world.start(around.process.name)
    return ONE


async def stopped(stage: Stage) -> Effect:
    """SIGTERM and a successor, as in an upgrade."""
    around = stage.operator()
    if around is None:
        return NONE
    await stage.world.stop(around.process.name)
    await stage.world.start(around.process.name)
    return ONE


async def paused(stage: Stage) -> Effect:
    """SIGSTOP for longer than the Lease lasts."""
    around = stage.operator()
    if around is None:
        return NONE
    around.process.pause()
    await asyncio.sleep(stage.chance.uniform(20.0, 100.0))
    around.process.resume()
    return ONE


def clock(seconds: float) -> Happening:
    """The machine's clock is wrong when a process starts, which then counts on from there."""

    async def start(stage: Stage) -> Effect:
        stage.world.skew = seconds
        return await killed(stage)

    return start


async def unplugged(stage: Stage) -> Effect:
    """No connection to Azure."""
    around = stage.operator()
    if around is None:
        return NONE
    transport, before = around.transport, around.transport.unreached
    transport.reachable = False
    return lambda: transport.unreached - before


async def tokens(stage: Stage) -> Effect:
    """Nobody gets a token for a while. Those there are have run out: in a campaign all do so at once."""
    refused = 0

    def refuse(_process: str) -> None:
        nonlocal refused
        if refused == TOKENS_REFUSED:
            return
        refused += 1
        raise ServiceRequestError(SECRETIVE)

    stage.world.entra.short_lived = True
    stage.world.entra.on_ask.append(refuse)
    return lambda: refused


async def robbed(stage: Stage) -> Effect:
    """Somebody deletes the Lease: a second operator can take it, and the first learns it when it next renews."""
    before = stage.world.user.find(LEASE)
    if before is None:
        return NONE
    stage.world.user.delete(LEASE)
    stage.world.invariants.contested(now() + RENEWED_WITHIN, before["spec"]["holderIdentity"])
    return ONE


async def out_of_reach(stage: Stage) -> Effect:
    """The Lease can be neither read nor written by one process, and everything else can."""
    around = stage.operator()
    if around is None:
        return NONE
    fault = stage.world.cluster.plant(Fault(Mode.FAIL, resource=LEASES, client=around.process.name, times=None))
    return lambda: fault.hits


async def contended(stage: Stage) -> Effect:
    """409, again and again: somebody else changes whatever one operator is about to write."""
    around = stage.operator()
    if around is None:
        return NONE
    faults = [
        Fault(Mode.CONFLICT, verbs=CHANGES, resource=resource, client=around.process.name, times=CONFLICTS)
        for resource in (SERVICES, GROUPS)
    ]
    for fault in faults:
        stage.world.cluster.plant(fault)
    return lambda: sum(fault.hits for fault in faults)
