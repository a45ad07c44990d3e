"""What Azure shows: the bodies of answers, made from the model."""

import uuid
from datetime import datetime
from typing import Any

from aci_emulator.life import operations
from aci_emulator.life.model import GROUP_TYPE, Container, Event, Group, Operation, ResourceGroup, Run
from aci_emulator.variants import Variants
from aci_emulator.wire import Json, written


def group(item: Group, tenant: str) -> Json:
    """GET, PATCH and DELETE: everything, with instance views."""
    body = _resource(item, tenant)
    properties: Json = body["properties"]
    properties["instanceView"] = {"events": [event(e) for e in item.events], "state": item.state}
    _add_views(properties["containers"], item.containers)
    _add_views(properties["initContainers"], item.init_containers)
    return body


def listed(item: Group, tenant: str) -> Json:
    """An item of LIST: no instanceView anywhere (two recordings and the specification)."""
    return _resource(item, tenant)


def accepted(item: Group, tenant: str) -> Json:
    """The answer to a PUT: no view of containers yet, no ip, and for a private group no address at all (recorded)."""
    body = _resource(item, tenant)
    properties = body["properties"]
    properties["instanceView"] = {"events": [], "state": item.state}
    address = properties.get("ipAddress")
    if address is not None:
        address.pop("ip", None)
        if address["type"] == "Private":
            del properties["ipAddress"]
    return body


def _resource(item: Group, tenant: str) -> Json:
    properties = {**item.properties, "provisioningState": item.provisioning}
    for name in ("containers", "initContainers"):
        properties[name] = [{**c, "properties": dict(c["properties"])} for c in item.properties[name]]
    address = item.properties.get("ipAddress")
    if address is not None:
        properties["ipAddress"] = {**address, **({"ip": item.ip} if item.ip else {})}
        # A private address appears only once the group is being placed (recorded: CLI vnet 2023).
        if address["type"] == "Private" and item.ip is None:
            del properties["ipAddress"]
    body: Json = {"properties": properties, "id": item.id, "name": item.name, "type": GROUP_TYPE}
    body["location"] = item.location
    if item.tags is not None:
        body["tags"] = dict(item.tags)
    if item.zones is not None:
        body["zones"] = list(item.zones)
    if item.identity is not None:
        body["identity"] = identity(item.identity, item.id, tenant)
    return body


def _add_views(shown: list[Json], containers: tuple[Container, ...]) -> None:
    for document, container in zip(shown, containers, strict=True):
        if container.current is not None:
            document["properties"]["instanceView"] = view(container)


def view(container: Container) -> Json:
    """A container's instanceView."""
    document: Json = {"restartCount": container.restarts}
    if container.current is not None:
        document["currentState"] = run(container.current)
    if container.previous is not None:
        document["previousState"] = run(container.previous)
    document["events"] = [event(e) for e in container.events]
    return document


def run(state: Run) -> Json:
    """A container's state; a time or exit code that is not known is left out (recorded after a stop)."""
    document: Json = {"state": state.state}
    if state.started is not None:
        document["startTime"] = stamp(state.started)
    if state.exit_code is not None:
        document["exitCode"] = state.exit_code
    if state.finished is not None:
        document["finishTime"] = stamp(state.finished)
    document["detailStatus"] = state.detail
    return document


def event(item: Event) -> Json:
    """An event of an instance view."""
    return {
        "count": item.count,
        "firstTimestamp": stamp(item.first),
        "lastTimestamp": stamp(item.last),
        "name": item.name,
        "message": item.message,
        "type": item.type,
    }


def operation(item: Operation, target: Group | None, now: datetime, variants: Variants) -> Json:
    """The body behind an operation URL; its group is None when it is gone."""
    state = operations.status(item, now)
    document: Json = {"id": item.resource_id, "status": state, "startTime": f"{item.started:%Y-%m-%dT%H:%M:%S.%f}0Z"}
    document["properties"] = {"events": [event(e) for e in operations.events(target)] if target is not None else []}
    if state in {"Failed", "Canceled"}:
        document["error"] = _failure(item.message, variants)
    return document


def _failure(message: str, variants: Variants) -> Json:
    """No code, and all events as its message (three captures through clients that would have shown a code)."""
    if variants.failed_error == "empty":
        return {}
    return {**({"code": None} if variants.failed_code == "null" else {}), "message": message}


def identity(sent: Json, resource_id: str, tenant: str) -> Json:
    """An identity with the ids that Azure adds; they are always the same for one name."""
    shown: Json = dict(sent)
    if "systemassigned" in str(sent.get("type", "")).lower():
        shown |= {"principalId": _guid("principal", resource_id), "tenantId": tenant}
    if sent.get("userAssignedIdentities"):
        shown["userAssignedIdentities"] = {
            name: {"principalId": _guid("principal", name), "clientId": _guid("client", name)}
            for name in sent["userAssignedIdentities"]
        }
    return shown


def resource_group(item: ResourceGroup) -> Json:
    """A resource group; its location is in the normal form (recorded)."""
    state = "Succeeded" if item.gone_at is None else "Deleting"
    document: Json = {"id": item.id, "name": item.name, "type": "Microsoft.Resources/resourceGroups"}
    document["location"] = item.location
    if item.tags is not None:
        document["tags"] = dict(item.tags)
    document["properties"] = {"provisioningState": state}
    return document


def stamp(at: datetime) -> str:
    """A time as Azure writes it in instance views: UTC with milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _guid(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}:{name.lower()}"))


def page_of(items: list[str], next_link: str | None) -> str:
    """A LIST's body, of items that are written already."""
    rest = written(page([], next_link)).removeprefix('{"value":[')
    return '{"value":[' + ",".join(items) + rest


def page(items: list[Any], next_link: str | None) -> Json:
    """A LIST's body."""
    return {"value": items, **({"nextLink": next_link} if next_link else {})}
