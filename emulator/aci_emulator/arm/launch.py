"""Start a long-running operation: how long it takes and how it ends is drawn here, once."""

from dataclasses import replace

from aci_emulator.life import lifecycle
from aci_emulator.life.model import Group, Operation, Verb
from aci_emulator.limits import capacity
from aci_emulator.requests.acceptance import matching
from aci_emulator.state import addresses
from aci_emulator.state.cloud import Call, Cloud

TIMEOUT_SENTENCE = "Subscription deployment didn't reach a successful provisioning state after '00:30:00'."
"""Recorded: the end of a failed operation's message."""


def begin(cloud: Cloud, call: Call, group: Group, verb: Verb) -> Group:
    """Store the group with a new operation on it, and add the operation's headers to the answer."""
    settings = cloud.settings
    fresh = verb in {"create", "start"}
    seconds = cloud.wait(settings.start_latency if fresh else settings.restart_latency)
    failure, pull_fails = None, False
    if matching(group, settings.failing_images):
        failure, pull_fails = TIMEOUT_SENTENCE, True
        seconds = settings.scaled(settings.provisioning_timeout)
    elif fresh and (short := capacity.shortage(group, cloud.store.groups(call.now), settings, late=True)):
        failure = short.message
    operation = announce(cloud, call, group, verb, seconds=seconds, failure=failure)
    keeps_ip = group.ip is not None and not fresh and (verb == "restart" or settings.variants.update_ip == "kept")
    ip = group.ip if keeps_ip else addresses.choose(group, cloud.store.stored(), cloud.random)
    begun = lifecycle.begin(replace(group, next_ip=ip), operation, pull_fails=pull_fails)
    cloud.store.put(begun, call.now)
    return begun


def announce(
    cloud: Cloud, call: Call, group: Group, verb: Verb, *, seconds: float, failure: str | None = None
) -> Operation:
    """A new operation, remembered for its URL, which goes into the answer's headers."""
    working, ends = lifecycle.timed(verb, call.now, seconds)
    operation = Operation(
        id=cloud.guid(),
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
    point(call, operation)
    return operation


def point(call: Call, operation: Operation) -> None:
    """Tell in the answer's headers where to look for an operation."""
    place = f"/subscriptions/{operation.subscription}/providers/Microsoft.ContainerInstance/locations"
    url = f"{call.request.base}{place}/{operation.location}/operations/{operation.id}"
    # Recorded: the version in this link is 2018-06-01 whatever the request's, and its guid is x-ms-request-id's.
    call.headers["Azure-AsyncOperation"] = f"{url}?api-version=2018-06-01"
    call.headers["x-ms-request-id"] = f"{operation.location}:{operation.id}"
