"""Quotas of groups and cores, and the rule against one name in many regions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.life.model import Group
from aci_emulator.regions import QuotaName
from aci_emulator.settings import Settings


@dataclass
class Usage:
    """What exists in a subscription and region, by quota."""

    used: dict[QuotaName, float] = field(default_factory=dict)

    def of(self, name: QuotaName) -> float:
        """How much of a quota is taken."""
        return self.used.get(name, 0.0)

    def add(self, group: Group, sign: int = 1) -> None:
        """Count a group in, or out with a sign of -1."""
        for name, amount in charges(group).items():
            # Rounded, since a sum of many 0.1 that come and go would drift away from what exists.
            self.used[name] = round(self.of(name) + sign * amount, 6)


def charges(group: Group) -> dict[QuotaName, float]:
    """What a group takes: one of its sku's groups, and its cores; spot cores are apart, spot groups are not."""
    match group.properties.get("sku"):
        case "Dedicated":
            return {"DedicatedContainerGroups": 1.0, "DedicatedCores": group.cores}
        case "Confidential":
            return {"ConfidentialContainerGroups": 1.0, "ConfidentialCores": group.cores}
    return {"ContainerGroups": 1.0, "StandardSpotCores" if group.spot else "StandardCores": group.cores}


def check_quota(new: Group, others: Usage, settings: Settings) -> None:
    """Whether a group still fits beside the others.

    Raises:
        Refusal: 400 ContainerGroupQuotaReached.
    """
    for name, requested in charges(new).items():
        allowed, taken = settings.quota(new.region, name), others.of(name)
        if taken + requested > allowed + 1e-6:
            raise refuse(
                "ContainerGroupQuotaReached",
                quota=name,
                location=new.region,
                limit=f"{allowed:g}",
                usage=f"{taken:g}",
                requested=f"{requested:g}",
            )


def check_name(new: Group, others: Iterable[Group], settings: Settings, now: datetime) -> None:
    """Groups of one name that are new in many regions look like fraud to Azure.

    That the rule exists, and its answer, is from a support article; how many regions and for how long is assumed.

    Raises:
        Refusal: 409 ServiceUnavailable in the words of the quota, with a limit of 0.
    """
    if not settings.same_name_regions:
        return
    since = now - timedelta(seconds=settings.scaled(settings.same_name_window))
    alike = [
        g
        for g in others
        if (g.subscription.lower(), g.name.lower()) == (new.subscription.lower(), new.name.lower())
        and g.created > since
    ]
    if len({g.region for g in alike} - {new.region}) >= settings.same_name_regions:
        usage = sum(g.region == new.region for g in alike)
        raise refuse("SameNameInManyRegions", location=new.region, usage=usage)
