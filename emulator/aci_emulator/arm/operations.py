"""The state of long-running operations."""

from aci_emulator.arm import projection
from aci_emulator.errors import refuse
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def read_operation(cloud: Cloud, call: Call) -> Response:
    """The state of an operation, on any api-version."""
    operation = cloud.store.operations.get(call.params["operation"].lower())
    if operation is None or operation.subscription.lower() != call.subscription.lower():
        raise refuse("OperationNotFound", operation=call.params["operation"])
    target = cloud.store.get(operation.group, call.now)
    if target is not None and target.created > operation.started:
        target = None
    return Response.of(200, projection.operation(operation, target, call.now))
