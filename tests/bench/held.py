"""How much memory something holds: itself and all that it leads to, by Python's own count."""

import asyncio
import gc
import sys
from types import FrameType, FunctionType, ModuleType
from typing import Final

_APART: Final = (ModuleType, type, FunctionType, FrameType, asyncio.AbstractEventLoop, asyncio.Future)
"""What leads to everything else in the process. The code is in it too, and that does not grow."""


def held(root: object, *, without: tuple[str, ...]) -> float:
    """Return the MB (10^6 bytes) that an object holds.

    Args:
        without: Beginnings of the names of modules of whose classes nothing counts.
    """
    seen, found, size = {id(root)}, [root], 0
    while found:
        each = found.pop()
        size += sys.getsizeof(each)
        for other in gc.get_referents(each):
            if id(other) not in seen and not isinstance(other, _APART):
                seen.add(id(other))
                if not type(other).__module__.startswith(without):
                    found.append(other)
    return size / 1e6
