"""What Azure says is used of a subscription's quotas in a region, and whether one more group fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aci_operator.api.template import Priority
from aci_operator.core.shortage import Size

GROUPS: Final = "ContainerGroups"
CORES: Final = "StandardCores"

SPOT_CORES: Final = "StandardSpotCores"
QUOTAS: Final = (GROUPS, CORES, SPOT_CORES)

LITTLE: Final = 0.1
"""Share of a quota."""

LARGE: Final = 4
"""Cores above which a group is a big one, and groups that a rollout may well make at a time."""

_WORDS: Final = {GROUPS: "container groups", CORES: "cores", SPOT_CORES: "spot cores"}


@dataclass(frozen=True)
class Usage:
    """How much of one quota is used, by Azure's name for it, as recorded. Parts of a core count as one."""

    name: str
    used: float
    limit: float


def needs(size: Size) -> Mapping[str, float]:
    """Return what a group takes of each quota."""
    spot = size.priority is Priority.SPOT
    return {GROUPS: 1.0, CORES: 0.0 if spot else size.cpu, SPOT_CORES: size.cpu if spot else 0.0}


def nearly_used(usages: Iterable[Usage], since: Mapping[str, float], size: Size) -> bool:
    """Tell whether a quota that a group needs has little left, so that others like it may find none."""
    wanted = needs(size)
    return any(
        usage.limit - usage.used - since.get(usage.name, 0.0) < max(usage.limit * LITTLE, LARGE)
        for usage in usages
        if wanted.get(usage.name)
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
            more = "" if usage.name == GROUPS else f", and it needs {need:g}"
            return f"{used:g} of {usage.limit:g} {_WORDS[usage.name]} in {location} are used{more}"
    return None
