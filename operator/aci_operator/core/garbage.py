"""Which container groups in Azure belong to nobody any more, and how many may be deleted without a person's word."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from aci_operator.api import keys
from aci_operator.core.cloud import CloudGroup, GroupRef
from aci_operator.core.naming import is_dns_label

LEAST_ALLOWANCE: Final = 5
SHARE: Final = 10
"""One in this many of the fleet may be collected in a round; never fewer than LEAST_ALLOWANCE."""


@dataclass(frozen=True)
class Claim:
    """What the tags of a group of this cluster say of the object that it was made for."""

    ref: GroupRef
    location: str
    namespace: str
    name: str
    uid: str
    service: str


def suspects(
    groups: Iterable[CloudGroup], cluster_id: str, uids: Collection[str], now: datetime, grace: timedelta
) -> list[Claim]:
    """Return the groups of this cluster whose object is not among `uids`.

    A group that is younger than `grace`, or whose age or owner cannot be read from its tags, is left out: what is not
    understood is not touched.
    """
    found = []
    for group in groups:
        claim, created = _claim(group, cluster_id), _created(group)
        if claim is None or created is None or claim.uid in uids or now - created < grace:
            continue
        found.append(claim)
    return found


def fleet_size(groups: Iterable[CloudGroup], cluster_id: str) -> int:
    """Return how many groups carry this cluster's id."""
    return sum(1 for group in groups if group.tags.get(keys.TAG_CLUSTER) == cluster_id)


def allowance(fleet: int) -> int:
    """Return how many groups one round may delete: a reinstalled CRD or a restored cluster must not cost a large fleet.

    That all objects are gone can be what a person wanted, so a fleet of no more than `LEAST_ALLOWANCE` does go.
    """
    return max(LEAST_ALLOWANCE, fleet // SHARE)


def _claim(group: CloudGroup, cluster_id: str) -> Claim | None:
    tags = group.tags
    names = (keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_UID, keys.TAG_SERVICE)
    namespace, name, uid, service = (tags.get(tag, "") for tag in names)
    if not cluster_id or tags.get(keys.TAG_CLUSTER) != cluster_id or not uid:
        return None
    # Others may write tags too, and what can be no name makes the path of something else.
    if not (is_dns_label(namespace) and is_dns_label(name) and (not service or is_dns_label(service))):
        return None
    return Claim(group.ref, group.location, namespace, name, uid, service)


def _created(group: CloudGroup) -> datetime | None:
    try:
        return datetime.strptime(group.tags.get(keys.TAG_CREATED, ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
