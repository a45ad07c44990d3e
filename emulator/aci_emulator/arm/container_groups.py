"""Microsoft.ContainerInstance/containerGroups: what each request does."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from aci_emulator.arm import launch, logs, projection
from aci_emulator.errors import Refusal, refuse
from aci_emulator.life import lifecycle
from aci_emulator.life.model import GROUP_TYPE, Group, normal
from aci_emulator.requests import acceptance, tags
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def put(cloud: Cloud, call: Call) -> Response:
    """Create (201) or replace (200), both with an operation; a replacement restarts the containers."""
    wanted = acceptance.read(cloud, call)
    present = cloud.store.get(wanted.key, call.now)
    acceptance.check_present_location(present, wanted)
    window = ("create", call.subscription.lower(), normal(wanted.location))
    call.headers |= cloud.budgets.spend(*window, cloud.settings, call.now)
    try:
        new = acceptance.accept(cloud, call, wanted, present)
    except Refusal:
        if not cloud.settings.refused_creates_count:
            cloud.budgets.give_back(*window)
            call.headers |= cloud.budgets.headers(*window, cloud.settings, call.now)
        raise
    return _create(cloud, call, new) if present is None else _replace(cloud, call, present, new)


def _create(cloud: Cloud, call: Call, new: Group) -> Response:
    started = launch.begin(cloud, call, new, "create")
    return Response.of(201, projection.accepted(started, cloud.settings.tenant))


def _replace(cloud: Cloud, call: Call, present: Group, new: Group) -> Response:
    merged = replace(new, name=present.name, uid=present.uid, created=present.created, puts=present.puts + 1)
    if present.ended:
        # A group whose run is over is deployed anew (documented), on another address.
        started = launch.begin(cloud, call, merged, "create")
        return Response.of(200, projection.accepted(started, cloud.settings.tenant))
    old = {c.name: c for c in present.containers}
    kept = tuple(replace(old.get(c.name, c), image=c.image) for c in merged.containers)
    running = replace(merged, containers=kept, state=present.state, ip=present.ip)
    started = launch.begin(cloud, call, running, "update")
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
    launch.begin(cloud, call, replace(found, ip=None), "start")
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
    launch.begin(cloud, call, found, "restart")
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


def _key(call: Call) -> str:
    params = call.params
    return (
        f"/subscriptions/{params['subscription']}/resourceGroups/{params['resourceGroup']}/providers/{GROUP_TYPE}"
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
    return refuse("ResourceNotFound", type=GROUP_TYPE, name=call.params["name"], group=call.params["resourceGroup"])
