"""An event loop on virtual time: when nothing can run, the clock jumps to the next timer.

In the place of looptime (0.9): that rounds its clock to steps, so that a timer can fire a rounding error before its
time, and code that then waits for the rest waits for ever. Here every timer is a little late. It is also faster, since
it does no idle turns, and a world in which nothing is left to happen is an error instead of a real wait.
"""

import asyncio
import selectors
from collections import deque
from typing import Any

LATE = 1e-6
"""So much later than asked for does a timer fire, which is more than any rounding error. Real timers are late too."""


class Stuck(Exception):
    """Every task waits for something that nobody will do."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. It starts at second 0 and does no I/O but its own wake-ups from threads."""

    _scheduled: list[asyncio.TimerHandle]
    _ready: deque[asyncio.Handle]
    _stopping: bool

    def __init__(self) -> None:
        self._moment = 0.0
        super().__init__(_Selector(self))
        self._clock_resolution = 0.0

    def time(self) -> float:
        """Return the virtual time."""
        return self._moment

    def idle(self) -> bool:
        """Tell whether nothing can run now."""
        return not self._ready and not self._stopping

    def jump(self) -> None:
        """Go to the next timer. A loop drops those that were cancelled from the head of its heap before it selects."""
        if not self._scheduled:
            raise Stuck("nothing is left to happen")
        self._moment = max(self._moment, self._scheduled[0].when()) + LATE


class _Selector(selectors.DefaultSelector):
    """Waits for nobody: asyncio asks it for input with the time until the next timer."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        """Return the input that is there; go on to the next timer when there is none."""
        del timeout
        found = super().select(0)
        if not found and self._loop.idle():
            self._loop.jump()
        return found
