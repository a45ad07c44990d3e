"""How often Python's collector goes through all objects."""

import gc
from typing import Final

_ALLOCATIONS: Final = 50_000


def collect_less() -> None:
    """Collect less often: by default a tenth of the simulation's time goes into it, and more in a large world."""
    gc.set_threshold(_ALLOCATIONS)
