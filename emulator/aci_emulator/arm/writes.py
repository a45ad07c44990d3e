"""PUT, PATCH and DELETE of a container group."""

from dataclasses import replace

from aci_emulator.arm import launch, projection
from aci_emulator.arm.lookup import key
from aci_emulator.arm.lookup import present as there
from aci_emulator.errors import Refusal, refuse
from aci_emulator.life import groups
from aci_emulator.life.model import Group
from aci_emulator.regions import normal
from aci_emulator.requests import acceptance, tags
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def put(cloud: Cloud, call: Call) -> Response:
    """Create or replace, both with an operation; a replacement restarts the containers."""
    wanted = acceptance.read(cloud, call)
    present = cloud.store.get(wanted.key, call.now)
    acceptance.check_present_location(present, wanted)
    call.region = normal(wanted.location)
    budget = cloud.budgets.of("create", call.subscription, call.region)
    budget.check(cloud.settings, call.now)
    try:
        new = acceptance.accept(cloud, call, wanted, present)
    except Refusal:
        if cloud.settings.variants.refused_creates == "counted":
            budget.spend(cloud.settings, call.now)
        call.headers |= budget.headers(cloud.settings, call.now)
        raise
    budget.spend(cloud.settings, call.now)
    call.headers |= budget.headers(cloud.settings, call.now)
    return _create(cloud, call, new) if present is None else _replace(cloud, call, present, new)


def count(cloud: Cloud, call: Call) -> dict[str, str]:
    """Take a create from its budget and do no more; gives the budget's headers, none when the body has no location."""
    try:
        location = call.body.get("location")
    except Refusal:
        location = None
    if not isinstance(location, str):
        return {}
    budget = cloud.budgets.of("create", call.subscription, normal(location))
    budget.spend(cloud.settings, call.now)
    return budget.headers(cloud.settings, call.now)


def _create(cloud: Cloud, call: Call, new: Group) -> Response:
    cloud.links.make(new, call.after(cloud.wait(cloud.settings.subnet_link_latency)))
    started = launch.begin(cloud, call, new, "create")
    return Response.of(201, projection.accepted(started, cloud.settings.tenant))


def _replace(cloud: Cloud, call: Call, present: Group, new: Group) -> Response:
    merged = replace(new, name=present.name, uid=present.uid, created=present.created, puts=present.puts + 1)
    if present.ended:
        # A group whose run is over is deployed anew (documented), on another address.
        started = launch.begin(cloud, call, merged, "create")
    else:
        old = {c.name: c for c in present.containers}
        kept = tuple(replace(old.get(c.name, c), image=c.image) for c in merged.containers)
        running = replace(merged, containers=kept, state=present.state, ip=present.ip)
        started = launch.begin(cloud, call, running, "update")
    status = int(cloud.settings.variants.put_on_existing)
    return Response.of(status, projection.accepted(started, cloud.settings.tenant))


def patch(cloud: Cloud, call: Call) -> Response:
    """Tags only, at once, the whole map; also while an operation runs (recorded)."""
    found = there(cloud, call)
    document = call.body
    if "tags" in document:
        found = replace(found, tags=tags.checked(document["tags"]))
        if cloud.settings.variants.patch_of_tags == "restarts":
            found = groups.restart_at_once(found, call.now)
        cloud.store.put(found, call.now)
    return Response.of(200, projection.group(found, cloud.settings.tenant))


def delete(cloud: Cloud, call: Call) -> Response:
    """200 with the last body, and the name is free at once; or 202 with an operation that frees it.

    204 when there is none.
    """
    call.resource_group(cloud)
    found = cloud.store.get(key(call), call.now)
    if found is None:
        return Response(204)
    call.region = found.region
    budget = cloud.budgets.of("delete", found.subscription, found.region)
    budget.check(cloud.settings, call.now)
    budget.spend(cloud.settings, call.now)
    call.headers |= budget.headers(cloud.settings, call.now)
    if found.transitioning and cloud.settings.variants.delete_while_transitioning == "refused":
        raise refuse("ContainerGroupTransitioning", group=found.name)
    if not call.request.deferred:
        if cloud.settings.variants.delete_answer == "202":
            return _begin_delete(cloud, call, found)
        cloud.store.remove(found.key, call.now)
    answer = Response.of(200, projection.group(found, cloud.settings.tenant))
    return replace(answer, delay=cloud.wait(cloud.settings.delete_latency))


def _begin_delete(cloud: Cloud, call: Call, found: Group) -> Response:
    if found.transition is not None and found.transition.verb == "delete":
        launch.point(call, found.transition)
        return Response(202)
    seconds = cloud.wait(cloud.settings.deletion_latency)
    operation = launch.announce(cloud, call, found, "delete", seconds)
    cloud.store.put(groups.delete(found, operation), call.now)
    return Response(202)
