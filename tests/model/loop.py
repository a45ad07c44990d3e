"""An event loop on virtual time: when nothing can run, the clock jumps to the next timer.

In the place of looptime (0.9): that rounds its clock to steps, so that a timer can fire a rounding error before its
time, and code that then waits for the rest waits for ever. Here the clock is set to the timer's own number. It is also
faster, since it does no idle turns, and a world in which nothing is left to happen is an error instead of a real wait.
"""

import asyncio
import selectors
from typing import Any


class Stuck(Exception):
    """Every task waits for something that nobody will do."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. It starts at second 0 and does no I/O but its own wake-ups from threads."""

    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        self._moment = 0.0
        super().__init__(_Selector(self))
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Return the virtual time."""
        return self._moment

    def jump(self) -> None:
        """Go to the next timer that was not cancelled."""
        times = [timer.when() for timer in self._scheduled if not timer.cancelled()]
        if not times:
            raise Stuck("nothing is left to happen")
        self._moment = max(self._moment, min(times))


class _Selector(selectors.DefaultSelector):
    """Waits for nobody: asyncio asks it for input with the time until the next timer."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        """Return the input that is there; go on to the next timer when there is none."""
        found = super().select(0)
        if not found and timeout != 0:
            self._loop.jump()
        return found
