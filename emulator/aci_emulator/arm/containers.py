"""What can be asked of one container."""

from aci_emulator.arm import logs
from aci_emulator.arm.lookup import present
from aci_emulator.errors import refuse
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def read_logs(cloud: Cloud, call: Call) -> Response:
    """A container's log; `tail` and `timestamps` as in the specification."""
    found = present(cloud, call)
    wanted = call.params["container"]
    container = next((c for c in (*found.init_containers, *found.containers) if c.name == wanted), None)
    if container is None:
        raise refuse("ContainerNotFound", container=wanted, group=found.name)
    if not any(e.name == "Started" for e in container.events):
        raise refuse("ContainerLogNotAvailable", container=wanted, group=found.name)
    query = call.request.query
    lines = cloud.settings.image(container.image).log
    content = logs.content(container, lines, query.get("tail"), timestamps=query.get("timestamps") == "true")
    return Response.of(200, {"content": content})
