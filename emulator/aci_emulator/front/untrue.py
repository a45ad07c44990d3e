"""What Azure does and says under a rule that makes it tell something else than the truth."""

from dataclasses import replace
from datetime import datetime

from aci_emulator.arm import lookup, routes
from aci_emulator.arm.machine import Arm
from aci_emulator.front import refusals
from aci_emulator.front.distortions import distorted
from aci_emulator.front.kinds import Kind
from aci_emulator.front.rules import Rule
from aci_emulator.life.model import Group
from aci_emulator.state.cloud import Call
from aci_emulator.wire import Request, Response

KINDS: frozenset[Kind] = frozenset(
    {"forbidden", "not-found", "stale", "late-delete", "omit", "empty", "partial", "duplicate"}
)
"""Those that come about here, and only for a caller that is known."""


def handle(arm: Arm, request: Request, rule: Rule, now: datetime) -> tuple[Response, bool]:
    """Answer a request of a known caller as the rule wants it. Also tells whether the rule found something to spoil.

    A late delete is answered here, and left to the caller to carry out. Kinds that do not change what Azure says let
    it answer as ever.
    """
    match rule.kind:
        case "forbidden" | "not-found":
            refusal = refusals.instead(rule, request)
            if refusal is None or (rule.kind == "not-found" and target(arm, request, now) is None):
                return arm.handle(request, now), False
            return arm.refused(request, refusal, now), True
        case "stale":
            return arm.handle(replace(request, stale=arm.settings.scaled(rule.seconds or 0.0)), now), True
        case "late-delete":
            response = arm.handle(replace(request, deferred=True), now)
            return response, response.status in {200, 202}
        case "omit" | "empty" | "partial" | "duplicate":
            response = arm.handle(request, now)
            shown = distorted(rule, response)
            return shown, shown != response
    return arm.handle(request, now), True


def target(arm: Arm, request: Request, now: datetime) -> Group | None:
    """The container group that a request's path names, if it is there."""
    match, _ = routes.find(request)
    return arm.cloud.store.get(lookup.key(Call(request, now, match.params)), now) if match is not None else None
