"""The state of long-running operations."""

from aci_emulator.arm import projection
from aci_emulator.errors import refuse
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def read_operation(cloud: Cloud, call: Call) -> Response:
    """The state of an operation, on any api-version."""
    identifier = call.params["operation"].lower()
    known = cloud.store.operations.get(identifier)
    if known is None or known.subscription.lower() != call.subscription.lower():
        raise refuse("OperationNotFound", operation=call.params["operation"])
    target = cloud.store.get(known.group, call.now)
    if target is not None and target.created > known.started:
        target = None
    # Only now: the look at its group has moved it on.
    operation = cloud.store.operations[identifier]
    return Response.of(200, projection.operation(operation, target, call.now, cloud.settings.variants))
