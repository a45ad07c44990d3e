"""Whose container group is this? The tags in Azure answer; no write goes to a group that is not ours by them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import rfc3339
from aci_operator.api.group import ContainerGroup

HASH_VERSION: Final = 1
"""Version of the revision hash that the revision tag was made with."""


class Owner(Enum):
    """To whom a container group in Azure belongs, seen from one object."""

    OURS = auto()
    """Carries this cluster's id and this object's uid."""
    PREDECESSOR = auto()
    """Carries this cluster's id, namespace and name, and the uid of an object that was here before: a restore."""
    FOREIGN = auto()


def owner(tags: Mapping[str, str], group: ContainerGroup, cluster_id: str) -> Owner:
    """Tell whose group carries these tags, seen from `group`. Unreadable or missing tags are foreign."""
    if not cluster_id or tags.get(keys.TAG_CLUSTER) != cluster_id:
        return Owner.FOREIGN
    if tags.get(keys.TAG_UID) == group.metadata.uid:
        return Owner.OURS
    same_object = (tags.get(keys.TAG_NAMESPACE), tags.get(keys.TAG_NAME)) == (
        group.metadata.namespace,
        group.metadata.name,
    )
    return Owner.PREDECESSOR if same_object and tags.get(keys.TAG_UID) else Owner.FOREIGN


def group_tags(group: ContainerGroup, cluster_id: str, now: datetime) -> dict[str, str]:
    """Return the tags of a new group: the user's own and those that prove whose it is."""
    labels = group.metadata.labels
    ours = {
        keys.TAG_CLUSTER: cluster_id,
        keys.TAG_NAMESPACE: group.metadata.namespace,
        keys.TAG_NAME: group.metadata.name,
        keys.TAG_UID: group.metadata.uid,
        keys.TAG_CREATED: rfc3339(now),
    }
    if service := labels.get(keys.LABEL_SERVICE):
        ours[keys.TAG_SERVICE] = service
    if revision := labels.get(keys.LABEL_REVISION):
        ours[keys.TAG_REVISION] = f"v{HASH_VERSION}:{revision}"
    return {**group.spec.tags, **ours}


def mended(tags: Mapping[str, str], group: ContainerGroup, cluster_id: str) -> dict[str, str] | None:
    """Return the tags of our own group with what is lost of them put back, None when nothing is.

    Ours are put back when they were changed too; what the user's own say is left to whoever changed it, and what others
    added stays. Azure compares names of tags without case.
    """
    made_at = group.status.requested_at or group.metadata.creation_timestamp
    if made_at is None:
        return None
    present = {name.lower(): name for name in tags}
    lost = {
        name: value
        for name, value in group_tags(group, cluster_id, made_at).items()
        if name.lower() not in present or (_is_fixed(name) and tags[present[name.lower()]] != value)
    }
    kept = {name: value for name, value in tags.items() if name.lower() not in {each.lower() for each in lost}}
    return {**kept, **lost} if lost else None


def _is_fixed(name: str) -> bool:
    """Tell whether a tag can have one value only; when a group was made is known in its tags alone."""
    return name.startswith(keys.TAG_PREFIX) and name != keys.TAG_CREATED


def revision_of_tags(tags: Mapping[str, str]) -> str:
    """Return the name of the revision that a group was made of; "" when it cannot be told by this hash version."""
    version, _, revision = tags.get(keys.TAG_REVISION, "").partition(":")
    return revision if version == f"v{HASH_VERSION}" else ""


def taken_over(tags: Mapping[str, str], group: ContainerGroup) -> dict[str, str]:
    """Return the tags of a predecessor's group with this object's uid; everything else stays as it is."""
    return {**tags, keys.TAG_UID: group.metadata.uid}


def orphaned(tags: Mapping[str, str], group: ContainerGroup) -> dict[str, str]:
    """Return the tags of a group that is left running: none of ours but the one that says where it came from."""
    kept = {name: value for name, value in tags.items() if not name.startswith(keys.TAG_PREFIX)}
    return {**kept, keys.TAG_ORPHANED_FROM: origin(group)}


def origin(group: ContainerGroup) -> str:
    """Return what a group that is left running says of where it came from."""
    return f"{group.metadata.namespace}_{group.metadata.name}"
