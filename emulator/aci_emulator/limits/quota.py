"""Quotas of groups and cores."""

from dataclasses import dataclass, replace

from aci_emulator.errors import refuse
from aci_emulator.life.model import Group
from aci_emulator.settings import Settings


@dataclass
class Usage:
    """What exists in a subscription and region; a dead group counts as well."""

    groups: int = 0
    cores: float = 0.0
    spot_cores: float = 0.0

    def add(self, group: Group, sign: int = 1) -> None:
        """Count a group in, or out with a sign of -1."""
        self.groups += sign
        # Rounded, since a sum of many 0.1 that come and go would drift away from what exists.
        if group.spot:
            self.spot_cores = round(self.spot_cores + sign * group.cores, 6)
        else:
            self.cores = round(self.cores + sign * group.cores, 6)


def check_quota(new: Group, present: Group | None, usage: Usage, settings: Settings) -> None:
    """Whether a group still fits, in the place of `present` if there is one.

    Raises:
        Refusal: 400 ContainerGroupQuotaReached.
    """
    others = replace(usage)
    if present is not None:
        others.add(present, -1)
    quota, limit, used = "StandardCores", settings.core_quota, others.cores
    if new.spot:
        quota, limit, used = "StandardSpotCores", settings.spot_core_quota, others.spot_cores
    for name, allowed, taken, requested in (
        ("ContainerGroups", float(settings.group_quota), float(others.groups), 1.0),
        (quota, limit, used, new.cores),
    ):
        if taken + requested > allowed + 1e-6:
            raise refuse(
                "ContainerGroupQuotaReached",
                quota=name,
                location=new.region,
                limit=f"{allowed:g}",
                usage=f"{taken:g}",
                requested=f"{requested:g}",
            )
