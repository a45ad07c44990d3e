"""Answers of Azure that hide what is there, of direct reads and of LISTs.

Both at once are not asked of the operator: it takes two independent answers for proof (decision 20).
"""

from typing import Final

from tests.campaign.catalogue import LIES, Mode
from tests.campaign.strikes import AZURE
from tests.simulation.world import World

MODES: Final[frozenset[Mode]] = LIES - {"twice"}
HAPPENINGS: Final = {"rights lost", "credential refused"}
"""Those that empty LISTs."""

_KINDS: Final = {AZURE[mode][0] for mode in MODES}


def elsewhere(world: World, point: str) -> bool:
    """Tell whether LISTs may hide something now, asked for a direct read, or direct reads, asked for a LIST."""
    return any(
        rule.kind in _KINDS and _of_lists(rule.operation) != _of_lists(point) and not rule.spent
        for rule in world.azure.faults.rules
    )


def of_the_past(world: World) -> bool:
    """Tell whether a direct read may show now what was long ago, such as the tags from before somebody changed them."""
    return any(
        rule.kind == "stale" and not _of_lists(rule.operation) and not rule.spent for rule in world.azure.faults.rules
    )


def _of_lists(operation: str) -> bool:
    return "list" in operation
