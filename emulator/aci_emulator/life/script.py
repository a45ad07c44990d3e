"""What a container will do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    """How a run ends by itself: `after` seconds of running. `unhealthy`: with an event of a failed probe before."""

    after: float
    exit_code: int
    detail: str
    unhealthy: bool = False


@dataclass(frozen=True)
class Script:
    """What a container's image does, drawn when the group's operation begins. Seconds are the clock's.

    Attributes:
        pull: of each pull.
        start: from pulled to started.
        ending: None when it runs for ever.
        failing_pulls: how many pulls fail before one succeeds; None: all.
        pull_error: why they fail.
        cannot_start: each start fails.
        stubborn: under Never, a first run that fails is followed by another one all the same.
        time_scale: waits between tries are divided by it.
    """

    pull: float = 0.0
    start: float = 0.0
    ending: Ending | None = None
    failing_pulls: int | None = 0
    pull_error: str = ""
    cannot_start: bool = False
    stubborn: bool = False
    time_scale: float = 1.0


PLAIN = Script()
"""Is there at once and runs for ever."""
