"""The admin API over HTTP, under /_emulator/: JSON in, `{"lines": [...]}` out."""

import json
from collections.abc import Callable
from typing import Any

from aci_emulator.admin.admin import Admin, NotThere
from aci_emulator.errors import Refusal, envelope
from aci_emulator.front import declared
from aci_emulator.wire import ADMIN_PREFIX, Json, Request, Response


def handle(admin: Admin, request: Request) -> Response:
    """Answer one admin request; what is wrong with it comes back as 400 or 404 with a sentence."""
    action = _ACTIONS.get((request.method, request.path.removeprefix(ADMIN_PREFIX).strip("/")))
    if action is None:
        return Response.of(404, envelope("NotFound", f"no admin command {request.method} {request.path}"))
    try:
        body = json.loads(request.body) if request.body else {}
        lines = action(admin, request.query, body)
    except NotThere as error:
        return Response.of(404, envelope("NotFound", str(error)))
    except Refusal as refusal:
        return refusal.response
    except ValueError as error:
        return Response.of(400, envelope("BadRequest", str(error)))
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        return Response.of(400, envelope("BadRequest", f"{type(error).__name__}: {error}"))
    return Response.of(200, {"lines": lines})


def _requests(admin: Admin, query: dict[str, str], _body: Any) -> list[Any]:
    return list(admin.requests(float(query.get("since", "0"))))


def _peak(admin: Admin, query: dict[str, str], _body: Any) -> list[Any]:
    if "tag" not in query:
        return list(admin.peak())
    name, _, value = query["tag"].partition("=")
    return list(admin.peak((name, value)))


def _reset_peak(admin: Admin, _query: dict[str, str], _body: Any) -> list[Any]:
    admin.reset_peak()
    return []


def _role(admin: Admin, _query: dict[str, str], body: Json) -> list[Any]:
    admin.set_role(body["role"], body.get("principal"), body.get("scope"))
    return []


_ACTIONS: dict[tuple[str, str], Callable[[Admin, dict[str, str], Any], list[Any]]] = {
    ("GET", "groups"): lambda admin, _query, _body: list(admin.groups()),
    ("POST", "groups"): lambda admin, _query, body: [admin.place(**body)],
    ("POST", "kill"): lambda admin, _query, body: [admin.kill(body["group"])],
    ("POST", "platform-kill"): lambda admin, _query, body: [admin.platform_kill(body["group"])],
    ("POST", "maintenance"): lambda admin, _query, body: [admin.maintenance(body["group"])],
    ("POST", "evict"): lambda admin, _query, body: [admin.evict(body["group"])],
    ("POST", "exit"): lambda admin, _query, body: [
        admin.exit(body["group"], int(body.get("code", 0)), body.get("container"))
    ],
    ("POST", "remove"): lambda admin, _query, body: [admin.remove(body["group"])],
    ("GET", "requests"): _requests,
    ("GET", "peak"): _peak,
    ("POST", "peak/reset"): _reset_peak,
    ("GET", "rules"): lambda admin, _query, _body: list(admin.rules()),
    ("POST", "rules"): lambda admin, _query, body: [{"id": admin.add_rule(declared.rule(body))}],
    ("GET", "hits"): lambda admin, _query, _body: list(admin.hits()),
    ("GET", "held"): lambda admin, _query, _body: list(admin.held()),
    ("POST", "release"): lambda admin, _query, body: [{"released": i} for i in admin.release(body.get("id", "all"))],
    ("POST", "clear"): lambda admin, _query, _body: [{"cleared": i} for i in admin.clear()],
    ("GET", "settings"): lambda admin, _query, _body: [admin.settings()],
    ("POST", "settings"): lambda admin, _query, body: [admin.change(body)],
    ("POST", "role"): _role,
}
