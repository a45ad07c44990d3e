"""What somebody has changed in Azure of a group that is ours: fields of it, and its tags."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.body import body
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import condition, exception
from aci_operator.core.errors import Invalid
from aci_operator.core.group.observation import Observation
from aci_operator.core.ownership import mended
from aci_operator.core.shape import NETWORK, Shape, Value, shape

NAMED: Final = 5
"""Paths in one message."""

TAGS_PAUSE: Final = 900.0
"""Seconds between two tries to put tags back: somebody else may take them off again and again."""


def differences(wanted: Shape, shown: Shape) -> tuple[str, ...]:
    """Return the paths of the fields in which two forms differ; of a container that only one has, its own path."""
    ours, theirs = dict(wanted), dict(shown)
    paths = [path for path in sorted({*ours, *theirs}) if _differs(path, ours, theirs)]
    return tuple(path for path in paths if not any(path.startswith(f"{above}.") for above in paths))


def _differs(path: str, ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> bool:
    if path in ours and path in theirs:
        return None not in (ours[path], theirs[path]) and ours[path] != theirs[path]
    return not path.startswith(NETWORK)


def drift(group: ContainerGroup, seen: CloudGroup) -> tuple[str, ...] | None:
    """Return what differs from the group's PUT; None when that cannot be told, as while Azure works on it."""
    if seen.shape is None or seen.provisioning_state != "Succeeded":
        return None
    try:
        wanted = shape(body(group, {}))
    except Invalid:
        return None
    return differences(wanted, seen.shape) if wanted is not None else None


def told(o: Observation, paths: tuple[str, ...] | None) -> tuple[Condition, ...]:
    """Return the condition Drifted, for a group that has or had drifted. It names fields; a value may be a secret."""
    conditions = o.group.status.conditions
    if paths is None:
        return tuple(known for known in conditions if known.type == ConditionType.DRIFTED)
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    made = condition(
        conditions,
        ConditionType.DRIFTED,
        status=bool(paths),
        reason=Reason.DRIFTED if paths else Reason.NOT_DRIFTED,
        message=f"changed in Azure: {', '.join(paths[:NAMED])}{more}" if paths else "it is as it was made",
        generation=o.group.metadata.generation,
        now=_after_readiness(o),
    )
    return exception(conditions, made)


def _after_readiness(o: Observation) -> datetime:
    """Return the present, later than when it became ready: a clock that was set back must not tell otherwise.

    By that time a service knows what somebody has changed from what differed from the start.
    """
    ready_at = o.group.status.ready_at
    return o.now if ready_at is None else max(o.now, ready_at + timedelta(seconds=1))


def tags_to_put_back(o: Observation, found: CloudGroup) -> dict[str, str] | None:
    """Return all tags that a group of ours should have when some are lost; None when none are, or not now."""
    last = o.memory.retagged_at
    if not o.may_write or (last is not None and o.age(last) < TAGS_PAUSE):
        return None
    return mended(found.tags, o.group, o.cluster_id)
