"""What the loops share: the ports, the clock and the ways to wake one another."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aci_operator.core.errors import Conflict
from aci_operator.core.group.observation import Timing
from aci_operator.engine.budgets.budgets import Budgets
from aci_operator.engine.chronicle import Chronicle
from aci_operator.engine.fleet import Fleet
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Azure, Cluster, Key, Leadership
from aci_operator.engine.reads import Reads
from aci_operator.engine.shortages import Shortages
from aci_operator.engine.telemetry import Telemetry
from aci_operator.engine.usages import Usages


@dataclass(frozen=True)
class Surroundings:
    """Everything outside a loop.

    Attributes:
        reads: What is read of Azure passes here, so that all of it keeps to one pace.
        pauses: What Azure has asked not to be asked: to read, and to change tags. Creates and deletes wait for
            their budgets.
        shortages: Places without room, known to all services.
        usages: What Azure says is used of its quotas.
        chronicle: Tells what was done, and what has changed.
        clock: The present moment in UTC.
        cluster_id: This cluster's id, which every group carries in its tags.
        default_subscription: For services that name none.
        timing: The durations that hold now; the health turn grows with the fleet.
        chance: Source of names and of spread.
    """

    cluster: Cluster
    azure: Azure
    leadership: Leadership
    reads: Reads
    pauses: Pauses
    fleet: Fleet
    budgets: Budgets
    shortages: Shortages
    usages: Usages
    telemetry: Telemetry
    chronicle: Chronicle
    clock: Callable[[], datetime]
    cluster_id: str
    default_subscription: str | None
    timing: Callable[[], Timing]
    wake_service: Callable[[Key], None]
    wake_group: Callable[[Key], None]
    chance: random.Random

    def must_lead(self) -> None:
        """Raise Conflict without the right to write.

        The API server would take the writes of two operators alive; but if both wrote what they see, each write of one
        would call for a write of the other.
        """
        if not self.leadership.held():
            raise Conflict("no longer the leader: another may have decided otherwise by now")
