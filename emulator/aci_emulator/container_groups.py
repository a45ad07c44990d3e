"""Microsoft.ContainerInstance/containerGroups: what each request does."""

import base64
import fnmatch
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from aci_emulator import addresses, admission, lifecycle, logs, projection, schema, tags, validation
from aci_emulator.cloud import Call, Cloud
from aci_emulator.errors import refuse
from aci_emulator.limits import check_quota
from aci_emulator.model import Group, Operation, Verb, normal
from aci_emulator.wire import Response

TYPE = projection.GROUP_TYPE
TIMEOUT_SENTENCE = "Subscription deployment didn't reach a successful provisioning state after '00:30:00'."
SIZE_LIMIT = 1024 * 1024
"""Bytes of a PUT's body; the true limit is not known, only that a 413 exists."""


def put(cloud: Cloud, call: Call) -> Response:
    """Create (201) or replace (200), both with an operation; a replacement restarts the containers."""
    resource_group = call.resource_group(cloud, writing=True)
    name = call.params["name"]
    document = call.body
    _check_location(cloud, str(document.get("location") or ""))
    new_tags = tags.checked(document.get("tags"))
    body = schema.parse(document)
    location = str(body.location)
    key = f"{resource_group.id}/providers/{TYPE}/{name}".lower()
    present = cloud.store.get(key, call.now)
    if present is not None and present.region != normal(location):
        raise refuse(
            "InvalidResourceLocation",
            name=present.name,
            present=present.location,
            group=resource_group.name,
            location=location,
        )
    if len(call.request.body) > SIZE_LIMIT:
        raise refuse("RequestEntityTooLarge")
    spent = (("create", call.subscription.lower(), normal(location)), cloud.settings, call.now)
    call.headers |= cloud.budgets.spend(*spent[0], *spent[1:])
    try:
        if present is not None and present.transitioning:
            raise refuse("ContainerGroupTransitioning", group=present.name)
        validation.check(name, body)
        new = Group(
            uid=cloud.guid(),
            name=present.name if present else name,
            subscription=resource_group.subscription,
            resource_group=resource_group.name,
            location=location,
            created=call.now,
            properties=admission.properties(body),
            containers=admission.containers(body.properties.containers),
            init_containers=admission.containers(body.properties.init_containers),
            tags=new_tags,
            zones=body.zones,
            identity=document.get("identity"),
        )
        if present is not None and not present.ended:
            _check_update(present, new)
        _check_images(cloud, new)
        _check_label(cloud, new)
        check_quota(new, cloud.store.stored(), cloud.settings)
        if short := _short(new, cloud.settings.no_capacity):
            raise refuse("ServiceUnavailable", **short)
    except Exception:
        if not cloud.settings.refused_creates_count:
            cloud.budgets.give_back(*spent[0])
            call.headers |= cloud.budgets.headers(*spent[0], *spent[1:])
        raise
    return _create(cloud, call, new) if present is None else _replace(cloud, call, present, new)


def _create(cloud: Cloud, call: Call, new: Group) -> Response:
    started = _begin(cloud, call, new, "create")
    return Response.of(201, projection.accepted(started, cloud.settings.tenant))


def _replace(cloud: Cloud, call: Call, present: Group, new: Group) -> Response:
    merged = replace(new, uid=present.uid, created=present.created, puts=present.puts + 1, zones=new.zones)
    if present.ended:
        # A group whose run is over is deployed anew (documented), on another address.
        started = _begin(cloud, call, merged, "create")
        return Response.of(200, projection.accepted(started, cloud.settings.tenant))
    old = {c.name: c for c in present.containers}
    kept = tuple(replace(old.get(c.name, c), image=c.image) for c in merged.containers)
    running = replace(merged, containers=kept, state=present.state, ip=present.ip)
    started = _begin(cloud, call, running, "update")
    return Response.of(200, projection.accepted(started, cloud.settings.tenant))


def get(cloud: Cloud, call: Call) -> Response:
    """One group with its instance views, as of `read_lag` ago."""
    call.resource_group(cloud)
    lag = timedelta(seconds=cloud.settings.scaled(cloud.settings.read_lag))
    key = _key(call)
    found = cloud.store.as_of(key, call.now - lag) if lag else cloud.store.get(key, call.now)
    if found is None:
        raise _missing(call)
    return Response.of(200, projection.group(found, cloud.settings.tenant))


def list_in_resource_group(cloud: Cloud, call: Call) -> Response:
    """The groups of a resource group, without instance views."""
    prefix = f"{call.resource_group(cloud).key}/"
    return _list(cloud, call, prefix)


def list_in_subscription(cloud: Cloud, call: Call) -> Response:
    """The groups of a subscription, without instance views."""
    return _list(cloud, call, f"/subscriptions/{call.subscription.lower()}/")


def _list(cloud: Cloud, call: Call, prefix: str) -> Response:
    lag = timedelta(seconds=cloud.settings.scaled(cloud.settings.read_lag))
    everything: Iterable[Group] = cloud.store.all_as_of(call.now - lag) if lag else cloud.store.groups(call.now)
    found = [g for g in everything if g.key.startswith(prefix)]
    first, size = _skip(call), cloud.settings.page_size
    shown = found[first : first + size] if size else found[first:]
    link = None
    if size and first + size < len(found):
        token = base64.urlsafe_b64encode(str(first + size).encode()).decode()
        version = quote(call.request.query["api-version"])
        link = f"{call.request.base}{call.request.path}?api-version={version}&$skiptoken={quote(token)}"
    items = [projection.listed(g, cloud.settings.tenant) for g in shown]
    return Response.of(200, projection.page(items, link))


def _skip(call: Call) -> int:
    token = call.request.query.get("$skiptoken", "")
    try:
        return max(0, int(base64.urlsafe_b64decode(token))) if token else 0
    except ValueError as error:
        raise refuse("InvalidRequestContent", problem="The $skiptoken is invalid") from error


def patch(cloud: Cloud, call: Call) -> Response:
    """Tags only, at once, the whole map; also while an operation runs (recorded)."""
    found = _present(cloud, call)
    document = call.body
    if "tags" in document:
        found = replace(found, tags=tags.checked(document["tags"]))
        cloud.store.put(found, call.now)
    return Response.of(200, projection.group(found, cloud.settings.tenant))


def delete(cloud: Cloud, call: Call) -> Response:
    """200 with the last body, and the name is free at once; 204 when there is none."""
    call.resource_group(cloud)
    found = cloud.store.get(_key(call), call.now)
    if found is None:
        return Response(204)
    call.headers |= cloud.budgets.spend("delete", found.subscription.lower(), found.region, cloud.settings, call.now)
    if found.transitioning and not cloud.settings.delete_while_transitioning:
        raise refuse("ContainerGroupTransitioning", group=found.name)
    cloud.store.remove(found.key, call.now)
    answer = Response.of(200, projection.group(found, cloud.settings.tenant))
    return replace(answer, delay=cloud.wait(cloud.settings.delete_latency))


def start(cloud: Cloud, call: Call) -> Response:
    """204 with an operation and a new address; 204 alone when it runs (both recorded)."""
    found = _settled(cloud, call)
    if found.state == "Running":
        return Response(204)
    _begin(cloud, call, replace(found, ip=None), "start")
    return Response(204)


def stop(cloud: Cloud, call: Call) -> Response:
    """204 and no operation; a stopped or ended group stays as it is."""
    found = _settled(cloud, call)
    stopped = lifecycle.stop(found, call.now)
    if stopped is not found:
        cloud.store.put(stopped, call.now)
    return Response(204)


def restart(cloud: Cloud, call: Call) -> Response:
    """204 with an operation, in place. A second one during the first is accepted (recorded)."""
    found = _present(cloud, call)
    if found.operation is not None and found.operation.verb != "restart":
        raise refuse("ContainerGroupTransitioning", group=found.name)
    if found.state == "Stopped":
        raise refuse("ContainerGroupStopped", group=found.name, resource_group=found.resource_group)
    _begin(cloud, call, found, "restart")
    return Response(204)


def read_logs(cloud: Cloud, call: Call) -> Response:
    """A container's log; `tail` and `timestamps` as in the specification."""
    found = _present(cloud, call)
    wanted = call.params["container"]
    container = next((c for c in (*found.init_containers, *found.containers) if c.name == wanted), None)
    if container is None:
        raise refuse("ContainerNotFound", container=wanted, group=found.name)
    if not any(e.name == "Started" for e in container.events) and container not in found.init_containers:
        raise refuse("ContainerLogNotAvailable", container=wanted, group=found.name)
    query = call.request.query
    content = logs.content(
        container, cloud.settings.log_lines, query.get("tail"), timestamps=query.get("timestamps") == "true"
    )
    return Response.of(200, {"content": content})


def read_operation(cloud: Cloud, call: Call) -> Response:
    """The state of an operation, on any api-version."""
    operation = cloud.store.operations.get(call.params["operation"].lower())
    if operation is None or operation.subscription.lower() != call.subscription.lower():
        raise refuse("OperationNotFound", operation=call.params["operation"])
    target = cloud.store.get(operation.group, call.now)
    if target is not None and target.created > operation.started:
        target = None
    return Response.of(200, projection.operation(operation, target, call.now))


def _begin(cloud: Cloud, call: Call, group: Group, verb: Verb) -> Group:
    settings = cloud.settings
    fresh = verb in {"create", "start"}
    seconds = cloud.wait(settings.start_latency if fresh else settings.restart_latency)
    failure, pull_fails = None, False
    if _matching(group, settings.failing_images):
        failure, pull_fails = TIMEOUT_SENTENCE, True
        seconds = settings.scaled(settings.provisioning_timeout)
    elif verb == "create" and (short := _short(group, settings.late_no_capacity)):
        failure = refuse("ServiceUnavailable", **short).message
    working, ends = lifecycle.timed(verb, call.now, seconds)
    identifier = cloud.guid()
    operation = Operation(
        id=identifier,
        verb=verb,
        subscription=group.subscription,
        location=group.region,
        group=group.key,
        resource_id=group.id,
        started=call.now,
        working=working,
        ends=ends,
        failure=failure,
    )
    cloud.store.add_operation(operation)
    keeps_ip = group.ip is not None and not fresh and (verb == "restart" or settings.update_keeps_ip)
    ip = group.ip if keeps_ip else addresses.choose(group, cloud.store.stored(), cloud.random)
    begun = lifecycle.begin(replace(group, next_ip=ip), operation, pull_fails=pull_fails)
    cloud.store.put(begun, call.now)
    url = f"/subscriptions/{group.subscription}/providers/Microsoft.ContainerInstance/locations/{group.region}"
    # Recorded: the version in this link is 2018-06-01 whatever the request's, and its guid is x-ms-request-id's.
    call.headers["Azure-AsyncOperation"] = f"{call.request.base}{url}/operations/{identifier}?api-version=2018-06-01"
    call.headers["x-ms-request-id"] = f"{group.region}:{identifier}"
    return begun


def _key(call: Call) -> str:
    params = call.params
    return (
        f"/subscriptions/{params['subscription']}/resourceGroups/{params['resourceGroup']}/providers/{TYPE}"
        f"/{params['name']}"
    ).lower()


def _present(cloud: Cloud, call: Call) -> Group:
    call.resource_group(cloud, writing=call.request.method != "GET")
    found = cloud.store.get(_key(call), call.now)
    if found is None:
        raise _missing(call)
    return found


def _settled(cloud: Cloud, call: Call) -> Group:
    found = _present(cloud, call)
    if found.transitioning:
        raise refuse("ContainerGroupTransitioning", group=found.name)
    return found


def _missing(call: Call) -> Exception:
    return refuse("ResourceNotFound", type=TYPE, name=call.params["name"], group=call.params["resourceGroup"])


def _check_location(cloud: Cloud, location: str) -> None:
    if not location:
        raise refuse("LocationRequired")
    if normal(location) not in cloud.settings.locations:
        raise refuse(
            "LocationNotAvailableForResourceType",
            location=location,
            type=TYPE,
            locations=",".join(cloud.settings.locations),
        )


def _check_update(present: Group, new: Group) -> None:
    def fixed(group: Group) -> list[object]:
        requests = {c["name"]: c["properties"]["resources"]["requests"] for c in group.properties["containers"]}
        subnets = [subnet["id"].lower() for subnet in group.properties.get("subnetIds", [])]
        return [group.properties["osType"], group.restart_policy, requests, subnets]

    if fixed(present) != fixed(new):
        raise refuse("InvalidContainerGroupUpdate", group=present.name)


def _check_images(cloud: Cloud, group: Group) -> None:
    image = _matching(group, cloud.settings.missing_images)
    if image is not None:
        raise refuse("InaccessibleImage", image=image, group=group.name)


def _matching(group: Group, patterns: list[str]) -> str | None:
    images = [c.image for c in (*group.init_containers, *group.containers)]
    return next((i for i in images if any(fnmatch.fnmatchcase(i, p) for p in patterns)), None)


def _check_label(cloud: Cloud, new: Group) -> None:
    fqdn = (new.properties.get("ipAddress") or {}).get("fqdn")
    if fqdn is None:
        return
    for other in cloud.store.stored():
        if other.key != new.key and (other.properties.get("ipAddress") or {}).get("fqdn") == fqdn:
            label = new.properties["ipAddress"]["dnsNameLabel"]
            raise refuse("DnsNameLabelAlreadyTaken", label=label, group=new.name)


def _short(group: Group, places: list[str]) -> dict[str, str] | None:
    wanted = {group.region, *(f"{group.region}/{zone}" for zone in group.zones or [])}
    if not wanted & set(places):
        return None
    return {
        "location": group.region,
        "cpu": f"{group.cores:g}",
        "memory": f"{group.memory:g}",
        "os": group.properties["osType"],
        "network": " virtual network" if group.properties.get("subnetIds") else "",
    }
