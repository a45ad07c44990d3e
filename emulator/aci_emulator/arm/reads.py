"""GET and LIST of container groups."""

import base64
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from aci_emulator.arm import projection
from aci_emulator.arm.lookup import key, missing
from aci_emulator.errors import refuse
from aci_emulator.life.model import Group
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def get(cloud: Cloud, call: Call) -> Response:
    """One group with its instance views, as of `read_lag` ago."""
    call.resource_group(cloud)
    lag = _lag(cloud, call)
    wanted = key(call)
    found = cloud.store.as_of(wanted, call.now - lag) if lag else cloud.store.get(wanted, call.now)
    if found is None:
        raise missing(call)
    return Response.of(200, projection.group(found, cloud.settings.tenant))


def list_in_resource_group(cloud: Cloud, call: Call) -> Response:
    """The groups of a resource group, without instance views."""
    prefix = f"{call.resource_group(cloud).key}/"
    return _list(cloud, call, prefix)


def list_in_subscription(cloud: Cloud, call: Call) -> Response:
    """The groups of a subscription, without instance views."""
    return _list(cloud, call, f"/subscriptions/{call.subscription.lower()}/")


def _list(cloud: Cloud, call: Call, prefix: str) -> Response:
    lag = _lag(cloud, call)
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


def _lag(cloud: Cloud, call: Call) -> timedelta:
    return timedelta(seconds=cloud.settings.scaled(cloud.settings.read_lag) + call.request.stale)


def _skip(call: Call) -> int:
    token = call.request.query.get("$skiptoken", "")
    try:
        return max(0, int(base64.urlsafe_b64decode(token))) if token else 0
    except ValueError as error:
        raise refuse("InvalidRequestContent", problem="The $skiptoken is invalid") from error
