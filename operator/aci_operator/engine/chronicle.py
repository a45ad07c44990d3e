"""What was done and what has changed, told in three places from one source: a log line, an Event and a counter."""

import logging

from aci_operator.core.story import Tell
from aci_operator.engine.ports import Cluster, Key, Notice, Subject
from aci_operator.engine.telemetry import Telemetry

log = logging.getLogger(__name__)


class Chronicle:
    """Tells it. An Event that cannot be posted holds nothing up."""

    def __init__(self, cluster: Cluster, telemetry: Telemetry) -> None:
        self._cluster = cluster
        self._telemetry = telemetry

    async def tell(self, about: Subject, tell: Tell) -> None:
        """Tell something about an object; None is the operator itself."""
        name = "operator" if about is None else str(Key(about.metadata.namespace, about.metadata.name))
        fields = {"object": name, "event": tell.reason.value}
        if tell.entry is not None:
            self._telemetry.acted(tell.entry.act, tell.entry.why, tell.entry.count)
            fields |= {"action": tell.entry.act.value, "reason": tell.entry.why.value}
        level = logging.WARNING if tell.warning else logging.INFO
        log.log(level, "%s: %s: %s", name, tell.reason, tell.message, extra={"fields": fields})
        await self._cluster.notify(Notice(about, tell.reason, tell.message, tell.warning))
