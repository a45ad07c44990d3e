"""What Azure says is used of a subscription's quotas in a region, and whether one more group fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aci_operator.core.shortage import Size

GROUPS: Final = "ContainerGroups"
CORES: Final = "StandardCores"

QUOTAS: Final = (GROUPS, CORES)

LITTLE: Final = 0.1
"""Share of a quota."""

LARGE: Final = 4
"""Cores above which a group is a big one, and groups that a rollout may well make at a time."""

_WORDS: Final = {GROUPS: "container groups", CORES: "cores"}


@dataclass(frozen=True)
class Usage:
    """How much of one quota is used, by Azure's name for it (aci-facts D). Parts of a core count as one."""

    name: str
    used: float
    limit: float


def needs(size: Size) -> Mapping[str, float]:
    """Return what a group takes of each quota."""
    return {GROUPS: 1.0, CORES: size.cpu}


def nearly_used(usages: Iterable[Usage], since: Mapping[str, float]) -> bool:
    """Tell whether a quota has little left, or less than a group may take."""
    return any(
        usage.limit - usage.used - since.get(usage.name, 0.0) < max(usage.limit * LITTLE, LARGE)
        for usage in usages
        if usage.name in QUOTAS
    )


def lacking(usages: Iterable[Usage], since: Mapping[str, float], size: Size, location: str) -> str | None:
    """Return what there is too little of for one more group, in a sentence; None when it fits, as far as is known.

    Args:
        usages: What Azure said.
        since: What this operator has taken since then.
        size: Of the group.
        location: The region, for the sentence.
    """
    wanted = needs(size)
    for usage in usages:
        used, need = usage.used + since.get(usage.name, 0.0), wanted.get(usage.name, 0.0)
        if need and used + need > usage.limit:
            more = f", and it needs {need:g}" if usage.name == CORES else ""
            return f"{used:g} of {usage.limit:g} {_WORDS[usage.name]} in {location} are used{more}"
    return None
