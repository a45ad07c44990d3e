"""Whether a region can place a group: its largest size, and pools of cores that run out."""

from collections.abc import Iterable

from aci_emulator.errors import Refusal, refuse
from aci_emulator.life.model import Group
from aci_emulator.regions import Pool
from aci_emulator.settings import Settings

BIG_CPU, BIG_MEMORY = 4.0, 16.0
"""A group over one of these is a big container group, placed on demand (documented)."""


def oversized(group: Group, settings: Settings) -> Refusal | None:
    """The refusal of a group that is too large for its region: the same one as when capacity is short (seen)."""
    size = settings.sizes.get(group.region, settings.sizes.get("*"))
    if size is None or (group.cores <= size.cpu and group.memory <= size.memory):
        return None
    return unavailable(group)


def holds(group: Group) -> bool:
    """Whether it occupies a machine: not once it is stopped, over, or was never placed."""
    return not group.ended and group.state != "Stopped"


def shortage(group: Group, everyone: Iterable[Group], settings: Settings, *, late: bool) -> Refusal | None:
    """The refusal of a group that one of its pools has no room for; only late pools, or only the others."""
    pools = [pool for pool in settings.capacity if pool.late == late and _fits(group, pool)]
    if not pools:
        return None
    placed = [g for g in everyone if g.key != group.key and holds(g)]
    for pool in pools:
        taken = sum(g.cores for g in placed if _fits(g, pool))
        if taken + group.cores > pool.cores + 1e-6:
            return unavailable(group)
    return None


def unavailable(group: Group) -> Refusal:
    """409 ServiceUnavailable; a failed operation has its text."""
    return refuse(
        "ServiceUnavailable",
        location=group.region,
        cpu=f"{group.cores:g}",
        memory=f"{group.memory:g}",
        os=group.properties["osType"],
        network=" virtual network" if group.properties.get("subnetIds") else "",
    )


def _fits(group: Group, pool: Pool) -> bool:
    big = group.cores > BIG_CPU or group.memory > BIG_MEMORY
    return (
        pool.location in {"*", group.region}
        and (pool.zone is None or pool.zone in (group.zones or []))
        and pool.sku in {None, group.properties.get("sku")}
        and pool.priority in {None, "Spot" if group.spot else "Regular"}
        and pool.big in {None, big}
    )
