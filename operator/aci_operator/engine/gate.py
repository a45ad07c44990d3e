"""The gate that a PUT or a DELETE goes through: only there does it take what others then cannot have."""

from aci_operator.api.group import ContainerGroup
from aci_operator.core.group.step import DeleteGroup, Effect, PutGroup
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings
from aci_operator.engine.turns import Turns


class Gate:
    """Asks whether an effect may be caused now. All that Azure does not limit passes freely."""

    def __init__(self, around: Surroundings, turns: Turns) -> None:
        self._around = around
        self._turns = turns

    async def opens(self, key: Key, group: ContainerGroup, effect: Effect | None) -> bool:
        """Take what an effect needs, all of it or nothing; when it says no, a fresh look tells why.

        The order matters. What takes time comes first, since what was true before it may be so no longer; then the
        question that takes nothing; then the turn, which may not have come. Only what is sent asks for room and counts
        for the quota, or it would hold others back while it waits.
        """
        around, creates = self._around, isinstance(effect, PutGroup)
        if creates and await around.usages.settled(group.spec):
            return False
        if creates and around.shortages.why_not(group, around.clock()) is not None:
            return False  # another one has begun to ask since the look
        if _limited(effect) and not self._turns.take(key, group):
            return False
        if creates:
            around.shortages.ask(group, around.clock())
            around.usages.begin(key, group.spec)
        return True

    def leave(self, key: Key, group: ContainerGroup, effect: Effect | None) -> None:
        """Give back what an effect has taken and not used, however it ended."""
        if _limited(effect):
            self._around.usages.unused(key, group.spec)
            if self._turns.unused(key, group):
                self._around.shortages.unasked(key)


def _limited(effect: Effect | None) -> bool:
    return isinstance(effect, PutGroup | DeleteGroup)
