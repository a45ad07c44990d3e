"""From ARM's JSON to `CloudGroup`, without the SDK's models, which cost half a millisecond for each group."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

from aci_operator.azure.redact import redacted
from aci_operator.core.cloud import CloudContainer, CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.shape import shape

_FAILING: Final = frozenset({"backoff", "unhealthy"})

_PLATFORM_EXITS: Final = (7147, 7148)
"""Exit codes of a run that the platform ended (documented; 7147 recorded, with detailStatus SIGINT)."""


def from_read(ref: GroupRef, content: object) -> CloudGroup:
    """Return a group from the body of a GET, a PUT or a PATCH.

    Raises:
        ValueError: The body is not that of a container group.
    """
    item = _object(content)
    properties = _object(item.get("properties"))
    view = _or_empty(properties.get("instanceView"))
    containers = [_or_empty(container) for container in _array(properties.get("containers"))]
    views = [_or_empty(_or_empty(container.get("properties")).get("instanceView")) for container in containers]
    shown = tuple(
        _container(_text(container.get("name")), each) for container, each in zip(containers, views, strict=True)
    )
    # What a container that runs by now once failed at keeps nobody waiting.
    failing = [each for container, each in zip(shown, views, strict=True) if container.state != "Running"]
    return replace(
        _listed(ref, item, properties),
        state=_text(view.get("state")),
        containers=shown,
        failure=_failure(event for each in (view, *failing) for event in _array(each.get("events"))),
        shape=shape(item),
    )


def from_list(subscription_id: str, content: object) -> CloudGroup:
    """Return a group from an entry of a LIST, which has no instanceView.

    Raises:
        ValueError: The entry does not say which group it is.
    """
    item = _object(content)
    return _listed(_ref(subscription_id, _text(item.get("id"))), item, _or_empty(item.get("properties")))


def _ref(subscription_id: str, resource_id: str) -> GroupRef:
    # /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerInstance/containerGroups/N
    parts = (unquote(resource_id) if "%" in resource_id else resource_id).split("/")
    if len(parts) != 9 or parts[3].lower() != "resourcegroups" or not parts[8]:
        raise ValueError(f'"{redacted(resource_id)}" is not the id of a container group')
    # ARM compares names without case, and keeps the case that a group was created with.
    return GroupRef(_scope(subscription_id, parts[4]), parts[8].lower())


@lru_cache
def _scope(subscription_id: str, name: str) -> ResourceGroupRef:
    """Return one and the same reference for all groups of a resource group."""
    return ResourceGroupRef.of(subscription_id, name)


def _listed(ref: GroupRef, item: Mapping[str, Any], properties: Mapping[str, Any]) -> CloudGroup:
    """Return what a LIST tells of a group, and every other answer too."""
    # An address that is not there yet is absent for a private group, or 0.0.0.0 while it is being placed.
    ip = _text(_or_empty(properties.get("ipAddress")).get("ip"))
    zones = _array(item.get("zones"))
    return CloudGroup(
        ref,
        location=_text(item.get("location")).replace(" ", "").lower(),
        tags={name: value for name, value in _or_empty(item.get("tags")).items() if isinstance(value, str)},
        provisioning_state=_text(properties.get("provisioningState")),
        ip="" if ip == "0.0.0.0" else ip,  # noqa: S104 - compared, not listened on
        zone=_text(zones[0]) if zones else "",
    )


def _container(name: str, view: Mapping[str, Any]) -> CloudContainer:
    current = _or_empty(view.get("currentState"))
    state = _text(current.get("state"))
    previous = _or_empty(view.get("previousState"))
    exit_code = current.get("exitCode")
    if exit_code is None and state == "Waiting":
        # Backing off between runs: the run that ended stands in previousState.
        exit_code = previous.get("exitCode")
    ended = current if state == "Terminated" else previous
    restarts = view.get("restartCount")
    return CloudContainer(
        name=name,
        state=state,
        restarts=restarts if isinstance(restarts, int) else 0,
        exit_code=exit_code if isinstance(exit_code, int) else None,
        started_at=_moment(current.get("startTime")),
        detail=redacted(_text(current.get("detailStatus"))),
        killed=ended.get("exitCode") in _PLATFORM_EXITS,
    )


def _failure(events: Iterable[object]) -> str:
    """Return what failed: warnings before others, of these the newest first, since what comes last is cut off.

    Azure raises the lastTimestamp of what comes again; the order must not turn round with each try.
    """
    ranks: dict[str, tuple[bool, str]] = {}
    for event in filter(_fails, map(_or_empty, events)):
        message = _text(event.get("message"))
        warning, first = _is_warning(event), _text(event.get("firstTimestamp"))
        before = ranks.get(message, (warning, first))
        ranks[message] = (warning or before[0], min(first, before[1]))
    return redacted("; ".join(sorted(ranks, key=ranks.__getitem__, reverse=True)))


def _fails(event: Mapping[str, Any]) -> bool:
    name = _text(event.get("name")).lower()
    # "Error: Failed to start container ..." comes with differing names, and BackOff with type Normal.
    return bool(_text(event.get("message"))) and (
        _is_warning(event)
        or name in _FAILING
        or name.startswith("fail")
        or _text(event.get("message")).startswith("Error:")
    )


def _is_warning(event: Mapping[str, Any]) -> bool:
    return _text(event.get("type")).lower() == "warning"


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("the answer is not that of a container group")  # noqa: TRY004 - foreign data, not a caller's type
    return value


def _or_empty(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _array(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
