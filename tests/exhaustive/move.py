"""One move from a state to the next."""

from enum import StrEnum
from typing import NamedTuple

from tests.exhaustive.state import State


class Mover(StrEnum):
    """Who moves. Only the first five go on when nothing fails and nobody wants anything else."""

    OPERATOR = "operator"
    SECOND = "second operator"
    WATCH = "watch"
    AZURE = "Azure"
    TIME = "time"
    FAULT = "fault"
    USER = "user"


LASTING = frozenset({Mover.OPERATOR, Mover.SECOND, Mover.WATCH, Mover.AZURE, Mover.TIME})

WHO = (Mover.OPERATOR, Mover.SECOND)
"""The operators by their index."""


class Move(NamedTuple):
    """One move.

    Attributes:
        writes: Whether it is a write of an operator, to Azure or to the API server.
        broken: What must not be, and is by this move.
    """

    mover: Mover
    what: str
    after: State
    writes: bool = False
    broken: tuple[str, ...] = ()
