"""Calls at an even pace."""

import asyncio


class Pace:
    """Gives each call its moment, in the order of asking. By how much one may be early, the caller decides."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._last = float("-inf")

    def moment(self) -> float:
        """Return the moment of one call more, on the loop's clock, if all came one after the other."""
        self._last = max(self._last, asyncio.get_running_loop().time()) + self._gap
        return self._last

    def ahead(self) -> float:
        """Return the seconds until the last moment that was given; 0 when it is over."""
        return max(self._last - asyncio.get_running_loop().time(), 0.0)
