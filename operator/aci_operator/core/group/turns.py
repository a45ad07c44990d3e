"""When a group at rest is read again: once in each health turn, and not all groups of a turn at once."""

from typing import Final
from zlib import crc32

from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import State
from aci_operator.core.conditions import is_available, is_true

EARLY: Final = 0.1
"""Seconds by which a read may come before its moment."""


def pause(uid: str, age: float, turn: float) -> float:
    """Return the seconds from a read of a group to the next one.

    Groups that became ready together would be read together for ever. So each has a moment of its own in the turn, at
    random but always the same, and gets there within its first four turns, by pauses that are up to a quarter shorter.

    Args:
        uid: Of its object.
        age: Seconds from when it became ready to the read.
        turn: Seconds of a health turn.
    """
    if age >= 4 * turn:
        return turn
    moment = crc32(uid.encode()) / 2**32 * turn
    late = (age - moment + EARLY) % turn - EARLY
    return turn - min(late, turn / 4)


def at_rest(status: GroupStatus) -> bool:
    """Tell whether only time calls for the next read of a group: it is completed, or ready and has proven itself."""
    proven = is_true(status.conditions, ConditionType.READY) and is_available(status.conditions)
    return status.state is State.SUCCEEDED or proven
