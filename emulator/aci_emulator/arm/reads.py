"""GET and LIST of container groups."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aci_emulator.arm import projection
from aci_emulator.arm.lookup import key, missing
from aci_emulator.errors import refuse
from aci_emulator.life.model import GROUP_TYPE, Group
from aci_emulator.settings import Settings
from aci_emulator.state.cloud import Call, Cloud, Listed
from aci_emulator.state.store import most_kept
from aci_emulator.wire import Response, written


def get(cloud: Cloud, call: Call) -> Response:
    """One group with its instance views, as of `read_lag` ago."""
    call.resource_group(cloud)
    lag = _lag(cloud, call)
    wanted = key(call)
    found = cloud.store.as_of(wanted, call.now - lag) if lag else cloud.store.get(wanted, call.now)
    if found is None:
        raise missing(call)
    call.region = found.region
    return Response.of(200, projection.group(found, cloud.settings.tenant))


def list_in_resource_group(cloud: Cloud, call: Call) -> Response:
    """The groups of a resource group, without instance views."""
    inside = call.resource_group(cloud).key
    return _list(cloud, call, f"{inside}/", inside)


def list_in_subscription(cloud: Cloud, call: Call) -> Response:
    """The groups of a subscription that the caller may read, without instance views."""
    return _list(cloud, call, f"/subscriptions/{call.subscription.lower()}/")


def _list(cloud: Cloud, call: Call, prefix: str, inside: str | None = None) -> Response:
    settings = cloud.settings
    _check_options(call, settings)
    first, moment = _place(call)
    when = moment if moment is not None else call.now - _lag(cloud, call)
    past = when < call.now
    everything: Iterable[Group] = cloud.store.all_as_of(when) if past else cloud.store.groups(call.now, inside)
    found = _ordered([g for g in everything if g.key.startswith(prefix) and _readable(cloud, call, g)], settings)
    size = settings.page_size
    shown = found[first : first + size] if size else found[first:]
    link = None
    if size and first + size < len(found):
        pinned = when if settings.variants.list_under_change == "stable" else None
        link = _next_link(call, first + size, pinned)
    return Response.written(200, projection.page_of([_item(cloud, g) for g in shown], link))


def _check_options(call: Call, settings: Settings) -> None:
    option = next((name for name in ("$filter", "$top", "$orderby") if name in call.request.query), None)
    if option is not None and settings.variants.list_options == "refused":
        raise refuse("BadRequest", problem=f"the query option '{option}' is not supported")


def _lag(cloud: Cloud, call: Call) -> timedelta:
    return timedelta(seconds=cloud.settings.scaled(cloud.settings.read_lag) + call.request.stale)


def _readable(cloud: Cloud, call: Call, group: Group) -> bool:
    return cloud.roles.allows(call.request.principal, f"{GROUP_TYPE}/read", group.id)


def _ordered(groups: list[Group], settings: Settings) -> list[Group]:
    match settings.variants.list_order:
        case "name":
            return sorted(groups, key=lambda g: g.key)
        case "shuffled":
            # uids are random, and the same for every page of a list.
            return sorted(groups, key=lambda g: g.uid)
    return sorted(groups, key=lambda g: g.created)


def _item(cloud: Cloud, group: Group) -> str:
    """A group's JSON, written once for as long as it stays as it is: a fleet at rest is listed again and again."""
    settings = cloud.settings
    known = cloud.listed.get(group.key)
    if known is not None and known.group is group and known.settings is settings:
        return known.text
    shown = group
    if settings.variants.id_case == "upper-groups":
        shown = replace(group, resource_group=group.resource_group.upper())
    if len(cloud.listed) > most_kept(len(cloud.store)):
        cloud.listed = {key: listed for key, listed in cloud.listed.items() if key in cloud.store}
    text = written(projection.listed(shown, settings.tenant))
    cloud.listed[group.key] = Listed(group, settings, text)
    return text


def _next_link(call: Call, first: int, pinned: datetime | None) -> str:
    place = f"{first}@{pinned.timestamp() if pinned is not None else ''}"
    token = base64.urlsafe_b64encode(place.encode()).decode()
    version = quote(call.request.query["api-version"])
    return f"{call.request.base}{call.request.path}?api-version={version}&$skiptoken={quote(token)}"


def _place(call: Call) -> tuple[int, datetime | None]:
    """Where a page begins, and the moment that its list is pinned to."""
    token = call.request.query.get("$skiptoken", "")
    if not token:
        return 0, None
    try:
        first, _, pinned = base64.urlsafe_b64decode(token).decode().partition("@")
        moment = datetime.fromtimestamp(float(pinned), UTC) if pinned else None
        return max(0, int(first)), moment
    except (ValueError, OverflowError, OSError) as error:
        raise refuse("InvalidRequestContent", problem="The $skiptoken is invalid") from error
