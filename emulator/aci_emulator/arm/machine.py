"""Azure Resource Manager: one request in, one response out, the time as an argument."""

import re
import uuid
from datetime import datetime

from aci_emulator.arm import providers, routes, writes
from aci_emulator.arm.routes import Match
from aci_emulator.errors import Refusal, refuse
from aci_emulator.limits.roles import Roles
from aci_emulator.requests import versions
from aci_emulator.settings import Settings
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Request, Response

COMMON_HEADERS = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


class Arm:
    """The whole of Azure but for the tokens. Needs no socket, file or certificate, and reads no clock.

    Args:
        settings: figures and the world at the start; `settings` may be replaced while it runs.
        roles: who may do what; everything is allowed by default.
    """

    def __init__(self, settings: Settings | None = None, roles: Roles | None = None) -> None:
        self.cloud = Cloud(settings or Settings(), roles)

    @property
    def settings(self) -> Settings:
        """The figures in force; assign to change them."""
        return self.cloud.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self.cloud.settings = settings

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer a request. Never raises for what a client sent: a refusal is a response in ARM's envelope.

        Args:
            request: its `principal` is taken as authenticated; None skips the check of rights too.
            now: an aware time, never before that of an earlier call.
        """
        call = Call(request, now, {})
        try:
            response = self._answer(call)
        except Refusal as refusal:
            response = refusal.response
        return self._finished(call, response)

    def refused(self, request: Request, refusal: Refusal, now: datetime) -> Response:
        """The answer to a request that was refused before it came here, with the headers that every answer has."""
        return self._finished(Call(request, now, {}), refusal.response)

    def broken(self, request: Request, answer: Response, now: datetime) -> Response:
        """An answer in the place of an effect. A create that the provider broke over counts all the same (recorded)."""
        match, _ = routes.find(request)
        if answer.status != 500 or match is None or match.route.operation != "containerGroups/write":
            return answer
        headers = writes.count(self.cloud, Call(request, now, match.params))
        return Response(answer.status, {**headers, **answer.headers}, answer.body, answer.delay)

    def _finished(self, call: Call, response: Response) -> Response:
        delay = response.delay + self.cloud.wait(self.settings.answer_latency)
        return Response(response.status, self._headers(call, response), response.body, delay)

    def _answer(self, call: Call) -> Response:
        self.cloud.settle(call.now)
        match, methods = routes.find(call.request)
        if match is None:
            if methods:
                allowed = {"Allow": ", ".join(sorted(methods))}
                raise refuse("HttpMethodNotSupported", headers=allowed, method=call.request.method)
            raise _nowhere(call.request)
        call.params = match.params
        self._check_subscription(call)
        self._check_version(call, match)
        self._check_rights(call, match)
        if "subscription" in call.params:
            call.headers |= self.cloud.buckets.take(
                call.request.method,
                call.subscription.lower(),
                call.request.principal or "",
                self.settings,
                call.now,
            )
        _check_content(call.request)
        if match.route.operation == "containerGroups/write":
            call.resource_group(self.cloud)
            providers.check_registered(self.cloud, call)
        return match.route.handler(self.cloud, call)

    def _check_subscription(self, call: Call) -> None:
        identifier = call.params.get("subscription")
        if identifier is None:
            return
        if not re.fullmatch(r"[0-9A-Za-z-]+", identifier):
            raise refuse("InvalidSubscriptionId", subscription=identifier)
        if identifier.lower() not in self.cloud.store.subscriptions:
            try:
                uuid.UUID(identifier)
            except ValueError as error:
                raise refuse("InvalidSubscriptionId", subscription=identifier) from error
            raise refuse("SubscriptionNotFound", subscription=identifier)

    def _check_version(self, call: Call, match: Match) -> None:
        version = call.request.query.get("api-version")
        if not version:
            raise refuse("MissingApiVersionParameter")
        if match.route.family == "containers" and version.lower() not in versions.CONTAINER_INSTANCE:
            raise refuse(
                "NoRegisteredProviderFound",
                location=match.params.get("location") or self._home(call),
                version=version,
                type=_resource_type(match),
                supported=", ".join(versions.CONTAINER_INSTANCE),
                locations=", ".join(self.settings.locations),
            )
        if match.route.family == "resources" and version.lower() not in versions.RESOURCES:
            raise refuse("InvalidApiVersionParameter", version=version, supported=",".join(versions.RESOURCES))

    def _home(self, call: Call) -> str:
        params = call.params
        key = f"/subscriptions/{params.get('subscription')}/resourcegroups/{params.get('resourceGroup')}"
        group = self.cloud.store.resource_groups.get(key.lower())
        return group.location if group is not None else "global"

    def _check_rights(self, call: Call, match: Match) -> None:
        if match.route.action is not None:
            self.cloud.roles.check(
                call.request.principal,
                match.route.action,
                f"/{'/'.join(call.request.segments)}",
                below=self._below(match.route.operation),
            )

    def _below(self, operation: str) -> bool:
        """Whether rights on something inside the subscription are enough."""
        if operation in {"containerGroups/listBySubscription", "resourceGroups/list"}:
            return self.settings.variants.list_with_rights_below == "filtered"
        return operation in {"operations/read", "subscriptions/read"}

    def _headers(self, call: Call, response: Response) -> dict[str, str]:
        request, guid = call.request, self.cloud.guid()
        headers = {
            **COMMON_HEADERS,
            # Recorded: the provider puts its region before the guid, ARM does not.
            "x-ms-request-id": f"{call.region}:{guid}" if call.region else guid,
            "x-ms-correlation-request-id": request.header("x-ms-correlation-request-id") or guid,
            "x-ms-routing-request-id": f"{self.settings.arm_region.upper()}:{call.now:%Y%m%dT%H%M%SZ}:{guid}",
            **call.headers,
            **response.headers,
        }
        if (request.header("x-ms-return-client-request-id") or "").lower() == "true":
            headers["x-ms-client-request-id"] = request.header("x-ms-client-request-id") or ""
        return headers


def _check_content(request: Request) -> None:
    media = request.header("Content-Type")
    sends = request.body and request.method in {"PUT", "PATCH", "POST"}
    if sends and (media or "").partition(";")[0].strip().lower() not in {"application/json", "text/json"}:
        raise refuse("UnsupportedMediaType", media=media or "<null>")


def _resource_type(match: Match) -> str:
    parts = match.route.parts
    return f"locations/{parts[-1]}" if "locations" in parts else "containerGroups"


def _nowhere(request: Request) -> Refusal:
    segments = [segment.lower() for segment in request.segments]
    after = segments.index("providers") + 1 if "providers" in segments else len(segments)
    if len(segments) > after + 1:
        namespace, version = request.segments[after], request.query.get("api-version", "")
        return refuse("InvalidResourceType", namespace=namespace, version=version)
    return refuse("NotFound", path=request.path)
