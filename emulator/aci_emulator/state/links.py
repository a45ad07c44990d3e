"""Service association links: what ties a subnet to container instances, made by the first group in it."""

from dataclasses import dataclass, field
from datetime import datetime

from aci_emulator.errors import refuse
from aci_emulator.life.model import Group


@dataclass
class Links:
    """When the link of each subnet, by its lower-case id, is (or was) ready."""

    ready: dict[str, datetime] = field(default_factory=dict)

    def check(self, group: Group, now: datetime) -> None:
        """Let a group into a subnet that is fresh or whose link is ready.

        Raises:
            Refusal: 409 ServiceAssociationLinkNotReady while the link is being made (seen with parallel creates).
        """
        if any(self.ready.get(subnet, now) > now for subnet in group.subnets):
            raise refuse("ServiceAssociationLinkNotReady", group=group.name)

    def make(self, group: Group, ready: datetime) -> None:
        """Begin a link for each subnet of the group that has none."""
        for subnet in group.subnets:
            self.ready.setdefault(subnet, ready)

    def remove(self, subnet: str) -> bool:
        """Take a link away, so that the subnet is fresh again; whether there was one. The id is in any case."""
        return self.ready.pop(subnet.lower(), None) is not None
