"""The face on TLS: sockets in, the front behind it."""

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from aci_emulator.admin import admin_http
from aci_emulator.admin.admin import Admin
from aci_emulator.arm.machine import Arm
from aci_emulator.errors import Refusal, envelope
from aci_emulator.front.entra import AUDIENCE, Entra
from aci_emulator.front.front import ConnectionCut, Front
from aci_emulator.front.rules import Rule
from aci_emulator.limits.roles import Role, Roles
from aci_emulator.serve import certificates, exchange, files
from aci_emulator.serve.files import Watched
from aci_emulator.serve.snapshot import StateFile
from aci_emulator.settings import Settings
from aci_emulator.wire import ADMIN_PREFIX, Request, Response

log = logging.getLogger(__name__)


@dataclass
class Config:
    """What `serve` is told.

    Attributes:
        folder: gets ca.pem, and the file "endpoint" once the listener is open.
        state: file that keeps what exists over a restart.
        federated: pairs of client id and subject.
        issuer_keys: PEM file of the issuer's public keys; may come later or change.
        roles: role files by client id; the key None is for all that have none of their own.
        rules: faults in force from the start.
        admin_from_anywhere: the admin API, which knows no tokens, answers others than loopback too.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    settings: Settings = field(default_factory=Settings)
    state: Path | None = None
    federated: set[tuple[str, str]] = field(default_factory=set)
    issuer: str | None = None
    issuer_keys: Path | None = None
    audience: str = AUDIENCE
    roles: dict[str | None, Path] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    admin_from_anywhere: bool = False


class Face:
    """Translates between aiohttp and the front."""

    def __init__(self, front: Front, before: Callable[[], None], *, admin_from_anywhere: bool = False) -> None:
        self.front = front
        self._admin_from_anywhere = admin_from_anywhere
        self.admin = Admin(front)
        self._before = before

    async def handle(self, web_request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request, or cut its connection."""
        try:
            request = await exchange.read(web_request)
        except Refusal as refusal:
            unread = Request(web_request.method, "https://unread/", dict(web_request.headers))
            return exchange.written(self.front.arm.refused(unread, refusal, self.front.clock()), web_request)
        if request.path.startswith(ADMIN_PREFIX):
            return exchange.written(self._administer(request, web_request.remote), web_request)
        self._before()
        try:
            response = await self.front.answer(request)
        except ConnectionCut:
            log.info("%s %s cut", request.method, request.path)
            if web_request.transport is not None:
                web_request.transport.abort()
            return web.Response()
        except Exception:  # a defect of the emulator must look like one of Azure's bad days, and be found in the log
            log.exception("cannot answer %s %s", request.method, request.url)
            defect = Response.of(500, envelope("InternalServerError", "Encountered an internal server error."))
            return exchange.written(defect, web_request)
        level = logging.DEBUG if request.method in {"GET", "HEAD"} else logging.INFO
        log.log(level, "%s %s %s", request.method, request.path, response.status)
        return exchange.written(response, web_request)

    def _administer(self, request: Request, remote: str | None) -> Response:
        if not (self._admin_from_anywhere or is_loopback(remote)):
            return Response.of(403, envelope("Forbidden", "the admin API is for loopback only"))
        response = admin_http.handle(self.admin, request)
        if request.method != "GET":
            self.front.on_change()
        return response


def is_loopback(remote: str | None) -> bool:
    """Whether an address is one of this machine alone, an IPv4 address in the form of IPv6 included."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _front(config: Config) -> tuple[Front, Callable[[], None]]:
    keys: Watched[Sequence[PublicKeyTypes]] | None = None
    if config.issuer_keys is not None:
        keys = Watched(config.issuer_keys, files.public_keys, ())
    roles = Roles()
    watched = {client: Watched[tuple[Role, ...]](path, files.roles, ()) for client, path in config.roles.items()}

    def refresh() -> None:
        for client, file in watched.items():
            if file.refresh():
                roles.assign(client, *file.value)

    for client, file in watched.items():
        # Without it everything would be allowed; later, a file that breaks leaves the last roles in force.
        roles.assign(client, *file.first())
    entra = Entra(
        tenant=config.settings.tenant,
        issuer=config.issuer,
        keys=lambda: keys.value if keys else (),
        federated=config.federated,
        audience=config.audience,
    )
    arm = Arm(config.settings, roles)
    if config.state is None:
        return Front(arm, entra), refresh
    state = StateFile(config.state)
    state.load(arm.cloud)
    return Front(arm, entra, on_change=lambda: state.save(arm.cloud)), refresh


@contextlib.asynccontextmanager
async def listening(config: Config) -> AsyncIterator[str]:
    """Serve while the context is open; gives the endpoint, like https://127.0.0.1:1234.

    Raises:
        OSError: the port is taken, or a file cannot be written.
        ValueError: the state file or the certificates are broken.
    """
    front, refresh = _front(config)
    for rule in config.rules:
        front.faults.add(rule)
    face = Face(front, refresh, admin_from_anywhere=config.admin_from_anywhere)
    context = certificates.server_context(config.folder, config.host)
    app = web.Application(client_max_size=exchange.LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", face.handle)
    # A client that goes away takes its held request with it; aiohttp cancels the handler only when asked to.
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=0.1,
        max_line_size=exchange.LONGEST_LINE,
        max_field_size=exchange.LONGEST_LINE,
    )
    await runner.setup()
    endpoint_file = config.folder / "endpoint"
    try:
        await web.TCPSite(runner, config.host, config.port, ssl_context=context).start()
        port = runner.addresses[0][1]
        endpoint = f"https://{exchange.authority(config.host, port)}"
        temporary = endpoint_file.with_name("endpoint.tmp")
        temporary.write_text(endpoint + "\n")
        temporary.replace(endpoint_file)
        yield endpoint
    finally:
        endpoint_file.unlink(missing_ok=True)
        await front.close()
        await runner.cleanup()


async def serve(config: Config, stop: asyncio.Event, ready: Callable[[str], None]) -> None:
    """Serve until `stop` is set; `ready` gets the endpoint."""
    async with listening(config) as endpoint:
        ready(endpoint)
        await stop.wait()
