"""Everything that the plan of one service may depend on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.group.memory import Trouble
from aci_operator.core.revision import Revision
from aci_operator.core.service.market import Market
from aci_operator.core.service.replicas import serial
from aci_operator.core.shortage import Shortage


@dataclass(frozen=True)
class Observation:
    """One look at everything.

    Attributes:
        groups: The group objects that this service controls, those that are ending included.
        unreadable: Names of others that it controls, but that make no sense to this version of the operator.
        revisions: Its stored revisions, oldest first.
        strays: Group objects of an earlier service of this name; looked for while this one has no past.
        heritage: Container groups in Azure of an earlier service of this name that have no object; None while it is
            not known whether there are any, and nothing may be created.
        obstacle: Why the heritage is not known.
        allowance: How many replacements by heals of this service the limit over all has room for; None for any.
        refused: What the API server has refused, until it no longer does.
        default_subscription: Used when the service names none; None when the operator has none either.
        shortages: Places that have no room now, of all subscriptions.
        doubted: Those of which the time is over, but where nobody has found room since.
    """

    service: Service
    groups: Sequence[ContainerGroup]
    revisions: Sequence[Revision]
    now: datetime
    unreadable: Sequence[str] = ()
    strays: Sequence[ContainerGroup] = ()
    heritage: Sequence[CloudGroup] | None = ()
    obstacle: Trouble | None = None
    refused: str | None = None
    allowance: int | None = None
    default_subscription: str | None = None
    shortages: Sequence[Shortage] = ()
    doubted: Sequence[Shortage] = ()

    @property
    def subscription(self) -> str | None:
        """The subscription of new groups."""
        return self.service.subscription_or(self.default_subscription)

    def market(self, subscription: str) -> Market:
        """Return where new groups may go."""
        return Market(self.service.spec.placements, subscription, self.shortages, self.doubted)

    @property
    def serial(self) -> int:
        """The last serial given, by the status or by a group that was taken over."""
        return max(self.service.status.serial, *(serial(group) for group in self.groups), 0)
