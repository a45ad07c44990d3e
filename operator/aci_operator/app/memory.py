"""The memory of the process."""

import gc
from typing import Final

_YOUNG: Final = 50_000
"""Objects between two looks for garbage, instead of 700: one LIST alone makes tens of thousands that all live on."""


def look_less_for_garbage() -> None:
    """Let Python look less often for garbage in circles; the rest is freed at once in any case."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
