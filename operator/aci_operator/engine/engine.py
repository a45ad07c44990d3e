"""The engine: both loops, the fleet reader and the collector, put together over the ports."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from aci_operator.core.group.observation import Timing
from aci_operator.core.naming import service_part
from aci_operator.engine.budgets.allowance import HOUR
from aci_operator.engine.budgets.budgets import Budgets
from aci_operator.engine.budgets.ledger import Ledger, parsed
from aci_operator.engine.chronicle import Chronicle
from aci_operator.engine.collector import Collector
from aci_operator.engine.controller import Controller
from aci_operator.engine.fleet import Fleet
from aci_operator.engine.groups import Groups
from aci_operator.engine.memories import Memories
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Azure, Cluster, Key, Leadership
from aci_operator.engine.reads import Reads
from aci_operator.engine.services import Services
from aci_operator.engine.shortages import Shortages
from aci_operator.engine.surroundings import Surroundings
from aci_operator.engine.telemetry import Telemetry
from aci_operator.engine.usages import Usages


@dataclass(frozen=True)
class Settings:
    """How the engine behaves. Durations are in seconds.

    Attributes:
        timing: Of the container groups' plans; `health_turn` is its least value.
        reads_per_second: Direct reads at rest, over all groups; a larger fleet has a longer health turn.
        busy: Between two LISTs of a resource group while something is expected; `quiet` otherwise.
        workers: Passes at once, for each kind.
        collect_every: Between two rounds of the garbage collector.
        collect_grace: Age below which no group is an orphan.
    """

    cluster_id: str
    default_subscription: str | None = None
    timing: Timing = field(default_factory=Timing)
    reads_per_second: float = 5
    busy: float = 5
    quiet: float = 30
    workers: int = 16
    collect_every: float = 600
    collect_grace: float = 300


class Engine:
    """Everything that decides and acts. Made anew each time the right to write is gained: it starts from no memory."""

    def __init__(
        self,
        settings: Settings,
        *,
        cluster: Cluster,
        azure: Azure,
        leadership: Leadership,
        telemetry: Telemetry,
        clock: Callable[[], datetime],
        chance: random.Random,
        pauses: Pauses,
        spent: str | None = None,
        own: str | None = None,
    ) -> None:
        """Put it together.

        `pauses` are the process's: they outlive an engine. `spent` is what `spent` of the engine before returned last,
        here or in another process; `own` the same of the last one here: another may not have heard what Azure told it.
        """
        self._settings = settings
        self._cluster = cluster
        self._telemetry = telemetry
        reads = Reads(azure, pauses, at_rest=settings.reads_per_second)
        self._fleet = Fleet(reads, clock, self.wake_group, busy=settings.busy, quiet=settings.quiet)
        self._usages = Usages(reads, clock)
        self._around = around = Surroundings(
            cluster=cluster,
            azure=azure,
            leadership=leadership,
            reads=reads,
            pauses=pauses,
            fleet=self._fleet,
            budgets=Budgets(),
            shortages=Shortages(self._usages),
            usages=self._usages,
            telemetry=telemetry,
            chronicle=Chronicle(cluster, telemetry),
            clock=clock,
            cluster_id=settings.cluster_id,
            default_subscription=settings.default_subscription,
            timing=self._timing,
            wake_service=self.wake_service,
            wake_group=self.wake_group,
            chance=chance,
        )
        before = parsed(spent) or Ledger(at=(clock() - HOUR).timestamp())
        groups = filter(None, map(cluster.group, cluster.group_keys()))
        around.budgets.recall(before, groups, clock())
        told = parsed(own)
        if told is not None:
            around.budgets.keep_waiting(told, clock())
        memories = Memories(clock, self._timing, chance)
        self.collector = Collector(around, interval=settings.collect_every, grace=settings.collect_grace)
        self._services = Controller(
            "aciservice", Services(around, memories).reconcile, telemetry, workers=settings.workers
        )
        self._groups = Controller(
            "acicontainergroup",
            Groups(around, memories).reconcile,
            telemetry,
            workers=settings.workers,
            lane=_service_of,
        )

    def wake_service(self, key: Key) -> None:
        """Ask for a pass over a service."""
        self._services.wake(key)

    def wake_group(self, key: Key) -> None:
        """Ask for a pass over a container group."""
        self._groups.wake(key)

    def spent(self) -> str:
        """Return what was spent of the budgets, for the next engine."""
        return self._around.budgets.ledger(self._around.clock()).text()

    async def run(self) -> None:
        """Work until cancelled, beginning with everything that is known."""
        for key in self._cluster.service_keys():
            self.wake_service(key)
        for key in self._cluster.group_keys():
            self.wake_group(key)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._services.run())
                tasks.create_task(self._groups.run())
                tasks.create_task(self.collector.run())
                tasks.create_task(self._count())
        finally:
            await self._fleet.close()
            await self._usages.close()

    async def _count(self) -> None:
        while True:
            now = self._around.clock()
            self._telemetry.groups_by_state(self._cluster.group_states())
            self._telemetry.shortages(self._around.shortages.present(now))
            self._telemetry.budgets(self._around.budgets.levels(now))
            self._telemetry.quotas(self._usages.ratios())
            await asyncio.sleep(self._settings.busy)

    def _timing(self) -> Timing:
        turn = max(self._settings.timing.health_turn, self._cluster.group_count() / self._settings.reads_per_second)
        return replace(self._settings.timing, health_turn=turn)


def _service_of(group: Key) -> Key:
    return Key(group.namespace, service_part(group.name))
