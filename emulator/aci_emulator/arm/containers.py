"""What can be asked of one container: its log, a command in it, its output."""

from urllib.parse import urlencode

from pydantic import ValidationError

from aci_emulator.arm import logs
from aci_emulator.arm.lookup import present
from aci_emulator.errors import refuse
from aci_emulator.life.model import Container, Group
from aci_emulator.requests.part import Int32, Part
from aci_emulator.requests.schema import unreadable
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

END = "[[EOM]]"
"""How the password of a socket ends (recorded)."""


class TerminalSize(Part):
    """Rows and columns."""

    rows: Int32 | None = None
    cols: Int32 | None = None


class ExecRequest(Part):
    """The body of exec."""

    command: str
    terminal_size: TerminalSize = TerminalSize()


def read_logs(cloud: Cloud, call: Call) -> Response:
    """A container's log; `tail` and `timestamps` as in the specification. Init containers answer here too."""
    found = present(cloud, call)
    container = _named(found, call)
    if not _started(container):
        raise refuse("ContainerLogNotAvailable", container=container.name, group=found.name)
    content = logs.content(container, cloud.settings.image(container.image).log, logs.Options.of(call.request.query))
    silent = None if cloud.settings.variants.silent_log == "null" else ""
    return Response.of(200, {"content": content or silent})


def execute(cloud: Cloud, call: Call) -> Response:
    """Where a command's socket is, and its password. Nothing is run, and the socket is not served."""
    found = present(cloud, call)
    _named(found, call)
    try:
        wanted = ExecRequest.model_validate(call.body)
    except ValidationError as error:
        raise unreadable(error) from error
    _check_running(cloud, found)
    size = wanted.terminal_size
    query = {"rows": size.rows, "cols": size.cols}
    return _socket(cloud, call, "execstream", {k: v for k, v in query.items() if v is not None})


def attach(cloud: Cloud, call: Call) -> Response:
    """Where the socket of a container's output is, and its password. The socket is not served."""
    found = present(cloud, call)
    _named(found, call)
    _check_running(cloud, found)
    return _socket(cloud, call, "logstream", {})


def _named(found: Group, call: Call) -> Container:
    wanted = call.params["container"]
    container = next((c for c in (*found.init_containers, *found.containers) if c.name == wanted), None)
    if container is None:
        raise refuse("ContainerNotFound", container=wanted, group=found.name)
    return container


def _started(container: Container) -> bool:
    return any(e.name == "Started" for e in container.events)


def _check_running(cloud: Cloud, found: Group) -> None:
    variants = cloud.settings.variants
    # That a group which has not started yet refuses like this is assumed.
    if found.transitioning and not any(map(_started, found.containers)):
        raise refuse("ContainerGroupTransitioning", group=found.name)
    if found.state == "Stopped" or (found.ended and variants.exec_on_ended == "refused"):
        status = variants.stopped_status
        raise refuse("ContainerGroupStopped", status=status, group=found.name, resource_group=found.resource_group)


def _socket(cloud: Cloud, call: Call, kind: str, size: Json) -> Response:
    # Azure's own sockets are on hosts of their own; here they are said to be where the request went.
    host = call.request.base.partition("://")[2]
    query = urlencode({"api-version": "1.0", **size})
    uri = f"wss://{host}/{kind}/sessionId/{cloud.guid()}?{query}"
    return Response.of(200, {"webSocketUri": uri, "password": f"{cloud.guid()}{END}"})
