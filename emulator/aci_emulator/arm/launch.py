"""Start a long-running operation: what its containers will do, and how long it takes, is drawn here, once."""

import fnmatch
from dataclasses import replace

from aci_emulator.life import groups, images, operations
from aci_emulator.life.model import Container, Group, Operation, Outcome, Verb
from aci_emulator.limits import capacity
from aci_emulator.state import addresses
from aci_emulator.state.cloud import Call, Cloud


def begin(cloud: Cloud, call: Call, group: Group, verb: Verb) -> Group:
    """Store the group with a new operation on it, and add the operation's headers to the answer."""
    settings = cloud.settings
    fresh = verb in {"create", "start"}
    seconds = cloud.wait(settings.start_latency if fresh else settings.restart_latency)
    failure = None
    if verb == "create" or not capacity.holds(group):
        short = capacity.shortage(group, cloud.store.groups(call.now), settings, late=True)
        failure = short.message if short is not None else None
    operation = announce(cloud, call, group, verb, seconds, failure=failure)
    has_ip = group.ip not in {None, groups.PLACING}
    keeps_ip = has_ip and not fresh and (verb == "restart" or settings.variants.update_ip == "kept")
    ip = group.ip if keeps_ip else addresses.choose(group, cloud.store.stored(), cloud.random)
    scripted = _scripted(cloud, group, seconds - operations.waiting(verb, seconds))
    begun = groups.begin(replace(scripted, next_ip=ip), operation)
    cloud.store.put(begun, call.now)
    return begun


def announce(
    cloud: Cloud, call: Call, group: Group, verb: Verb, seconds: float, *, failure: str | None = None
) -> Operation:
    """A new operation, remembered for its URL, which goes into the answer's headers."""
    settings = cloud.settings
    certain = failure is not None or verb == "delete"
    timeout = seconds if certain else settings.scaled(settings.provisioning_timeout)
    operation = Operation(
        id=cloud.guid(),
        verb=verb,
        subscription=group.subscription,
        location=group.region,
        group=group.key,
        resource_id=group.id,
        started=call.now,
        working=call.after(operations.waiting(verb, seconds)),
        deadline=call.after(timeout),
        failure=failure,
        unmountable=_unmountable(group, settings.broken_shares),
        persists=settings.variants.after_timeout == "keeps-trying",
        waiting_state=settings.variants.waiting_state,
    )
    if group.transition is not None:
        # A second restart during the first: the first is taken to have done its part. A DELETE breaks it off.
        outcome: Outcome = "Canceled" if verb == "delete" else "Succeeded"
        message = operations.told(group) if verb == "delete" else ""
        cloud.store.add_operation(operations.ended(group.transition, call.now, outcome, message))
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


def _unmountable(group: Group, broken: list[str]) -> bool:
    files = [volume["azureFile"] for volume in group.properties.get("volumes", []) if "azureFile" in volume]
    shares = [f"{file['storageAccountName']}/{file['shareName']}" for file in files]
    return any(fnmatch.fnmatchcase(share, glob) for share in shares for glob in broken)


def _scripted(cloud: Cloud, group: Group, work: float) -> Group:
    # Init containers and then all others at once: each turn has an even share of the time.
    stage = work / (len(group.init_containers) + 1)

    def scripted(name: str, containers: tuple[Container, ...]) -> tuple[Container, ...]:
        documents = group.properties[name]
        init = name == "initContainers"
        return tuple(
            replace(
                container,
                script=images.script(
                    cloud.settings.image(container.image),
                    document["properties"],
                    stage,
                    cloud.settings,
                    cloud.random,
                    init=init,
                ),
            )
            for container, document in zip(containers, documents, strict=True)
        )

    return replace(
        group,
        init_containers=scripted("initContainers", group.init_containers),
        containers=scripted("containers", group.containers),
    )
