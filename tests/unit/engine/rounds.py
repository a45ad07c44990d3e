"""A collector that makes its rounds over a small fleet, with what is left over beside it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from aci_operator.api import keys
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.service.status import selector
from aci_operator.engine.collector import Collector

from tests.unit.core.builders import RUNNING, T0, cloud, group, service, tags_of
from tests.unit.engine.fakes import Scene

HOUR = 3600.0


def leftover(number: int = 1, *, age: float = HOUR, tags: Mapping[str, str] | None = None) -> CloudGroup:
    """A group whose object no longer exists."""
    name = f"llm-{number}-leftover"
    gone = group(name=name, uid=f"uid-of-{name}", labels={keys.LABEL_SERVICE: "llm"})
    created = (T0 - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return cloud({**tags_of(gone), keys.TAG_CREATED: created, **(tags or {})}, name=name)


def serving() -> Service:
    """A service that says of itself that it is available."""
    ready = judged((), Verdict.fine(Reason.AVAILABLE, "3 replicas serve"), 1, T0)[0]
    told = (ready.model_copy(update={"type": "Available"}),)
    return service(status=ServiceStatus(conditions=told, selector=selector(service())))


class Rounds(Scene):
    """A fleet of one that is well, and what is left over beside it."""

    def __init__(self, *left: CloudGroup) -> None:
        self.well = group(RUNNING)
        super().__init__(self.well)
        self.collector = Collector(self.around, interval=600, grace=300)
        for found in (cloud(), *left):
            self.azure.groups[found.ref] = found

    async def rounds(self, count: int = 2, pause: float = 600) -> list[str]:
        """Make rounds, and return the names of what was deleted."""
        names: list[str] = []
        for _ in range(count):
            names += [claim.name for claim in await self.collector.round()]
            await asyncio.sleep(pause)
        return names
