"""All planted bugs. Every number of the list, 1 to 44, is here; the numbers after it are this product's own."""

from typing import Final

from tests.planted import control, creation, deletion, fences, further, ownership, reporting, rollout, security
from tests.planted.bug import Plant

LISTED: Final = range(1, 45)
"""Numbers of the list."""

PLANTS: Final[tuple[Plant, ...]] = (
    *ownership.PLANTS,
    *creation.PLANTS,
    *deletion.PLANTS,
    *reporting.PLANTS,
    *control.PLANTS,
    *security.PLANTS,
    *fences.PLANTS,
    *rollout.PLANTS,
    *further.PLANTS,
)
