"""Refusals that are not deserved, in the form in which ARM and Entra give the real ones. Pure."""

import uuid
from datetime import datetime, timedelta

from aci_emulator.arm import routes
from aci_emulator.errors import Refusal, refuse
from aci_emulator.front import entra
from aci_emulator.front.rules import Rule
from aci_emulator.life.model import GROUP_TYPE
from aci_emulator.limits.roles import object_id
from aci_emulator.wire import Request


def unauthorized(rule: Rule, tenant: str, now: datetime) -> Refusal:
    """401: the token that was good is taken as expired, or as broken."""
    if rule.code == "ExpiredAuthenticationToken":
        return entra.expired(tenant, now - timedelta(seconds=1), now)
    return entra.invalid(tenant)


def instead(rule: Rule, request: Request) -> Refusal | None:
    """403 or 404 instead of what was asked for; None for other kinds, and where nothing can be forbidden."""
    match, _ = routes.find(request)
    if match is None:
        return None
    if rule.kind == "forbidden" and match.route.action is not None:
        client = request.principal or ""
        return refuse(
            "AuthorizationFailed",
            client=client,
            object=object_id(client),
            action=match.route.action,
            scope=request.path,
        )
    if rule.kind == "not-found" and rule.code == "ResourceGroupNotFound":
        return refuse("ResourceGroupNotFound", group=match.params["resourceGroup"])
    if rule.kind == "not-found":
        name, group = match.params["name"], match.params["resourceGroup"]
        return refuse("ResourceNotFound", type=GROUP_TYPE, name=name, group=group)
    return None


def server_timeout(request: Request, now: datetime) -> Refusal:
    """503: ARM gave up on a request that went on (seen on a PUT whose group then ran, azure-aci #132)."""
    match, _ = routes.find(request)
    tracking = uuid.uuid5(uuid.NAMESPACE_URL, f"{request.method} {request.path} {now.isoformat()}")
    return refuse(
        "ServerTimeout",
        timestamp=f"{now:%Y%m%dT%H%M%SZ}",
        subscription=match.params.get("subscription", "") if match else "",
        tracking=tracking,
        correlation=request.header("x-ms-correlation-request-id") or tracking,
    )
