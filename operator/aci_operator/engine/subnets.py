"""The first container group in a subnet goes alone: by it Azure ties the subnet to container instances.

Those that come meanwhile are refused with 409 ServiceAssociationLinkNotReady, as about a third of parallel creates in a
fresh subnet was seen to be.
"""

from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.group import ContainerGroup
from aci_operator.core.group.observation import Turn
from aci_operator.engine.ports import Key

ALONE: Final = timedelta(seconds=60)
"""After which the next one goes alone, if the first has not come up."""

LOOK: Final = timedelta(seconds=5)
"""Between two looks at whether it has."""

WHY: Final = "the first container group in a subnet goes alone"


class Subnets:
    """Knows in which subnets there has been a group, and which groups are the first in theirs."""

    def __init__(self) -> None:
        self._tied: set[str] = set()
        self._first: dict[str, tuple[Key, datetime]] = {}

    def learn(self, group: ContainerGroup) -> None:
        """Take in a group: once Azure has provisioned one, its subnet takes others."""
        subnet = _subnet(group)
        if subnet is not None and group.status.provisioning_state == "Succeeded":
            self._tied.add(subnet)
            self._first.pop(subnet, None)

    def turn(self, key: Key, group: ContainerGroup, now: datetime) -> Turn | None:
        """Return the turn of a group that waits for another one; None when it may go."""
        subnet = _subnet(group)
        first, until = self._first.get(subnet or "", (key, now))
        return None if first == key or until <= now else Turn(min(now + LOOK, until), until, WHY)

    def take(self, key: Key, group: ContainerGroup, now: datetime) -> bool:
        """Let a group go, if it may; in a subnet without any it is the first."""
        if self.turn(key, group, now) is not None:
            return False
        subnet = _subnet(group)
        if subnet is not None and subnet not in self._tied:
            self._first[subnet] = (key, now + ALONE)
        return True

    def leave(self, key: Key) -> None:
        """Take in that a group will not be the first: it is gone, cannot be sent, or was not."""
        self._first = {subnet: first for subnet, first in self._first.items() if first[0] != key}


def _subnet(group: ContainerGroup) -> str | None:
    """Return the id of a group's subnet in the case that ARM takes for the same."""
    subnet = group.spec.network.subnet_id
    return subnet.lower() if subnet is not None else None
