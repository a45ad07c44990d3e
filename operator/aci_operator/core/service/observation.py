"""Everything that the plan of one service may depend on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.revision import Revision


@dataclass(frozen=True)
class Observation:
    """One look at everything.

    Attributes:
        groups: The group objects that this service controls, those that are ending included.
        revisions: Its stored revisions, oldest first.
        default_subscription: Used when the service names none; None when the operator has none either.
    """

    service: Service
    groups: Sequence[ContainerGroup]
    revisions: Sequence[Revision]
    now: datetime
    default_subscription: str | None = None

    @property
    def subscription(self) -> str | None:
        """The subscription of new groups."""
        return self.service.spec.subscription_id or self.default_subscription
