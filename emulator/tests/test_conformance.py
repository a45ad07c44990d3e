"""The check itself: it finds what is wrong, and every known contradiction is really met."""

import json
from typing import Any

import pytest
from aci_emulator import Request, Response

from .bodies import container, document
from .conformance import CONTRADICTIONS, Finding, findings, unknown
from .machine import BASE, GROUPS, Machine

REGISTRY = {"server": "s.io", "username": "u", "password": "p"}


def everything_met() -> list[Finding]:
    """What the specification does not allow in one walk through the emulator."""
    machine = Machine()
    requests = [
        Machine.request("PUT", f"{GROUPS}/g", document(imageRegistryCredentials=[REGISTRY])),
        Machine.request("GET", f"{GROUPS}/g"),
        Machine.request("GET", GROUPS),
        Machine.request("GET", f"{GROUPS}/g/containers/web/logs"),
        Machine.request("GET", f"{BASE}/providers/Microsoft.ContainerInstance/locations/westeurope/cachedImages"),
    ]
    met: list[Finding] = []
    for request in requests:
        met += findings(request, machine.arm.handle(request, machine.now))
        machine.wait(60)
    return met


def test_every_known_contradiction_is_met() -> None:
    met = everything_met()
    assert [known for known in CONTRADICTIONS if not any(known.covers(finding) for finding in met)] == []


def changed(response: Response, change: dict[str, Any]) -> Response:
    body = response.document
    body["properties"] |= change
    return Response(response.status, response.headers, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"containers": 5}, "properties/containers", "type"),
        ({"osType": "Plan9"}, "properties/osType", "enum"),
        ({"colour": "red"}, "properties/colour", "undeclared"),
        ({"containers": [{"properties": container()["properties"]}]}, "properties/containers/*/name", "required"),
        ({"imageRegistryCredentials": [REGISTRY]}, "properties/imageRegistryCredentials/*/password", "not"),
        (
            {"instanceView": {"events": [{"firstTimestamp": "yesterday"}]}},
            "properties/instanceView/events/*/firstTimestamp",
            "format",
        ),
    ],
)
def test_a_body_that_the_specification_does_not_allow_is_found(change: dict[str, Any], place: str, what: str) -> None:
    machine = Machine()
    machine.put("g", document())
    answer = changed(machine.get("g"), change)
    found = unknown(findings(Machine.request("GET", f"{GROUPS}/g"), answer))
    assert found == [Finding("ContainerGroups_Get", 200, place, what)]


@pytest.mark.parametrize(
    ("method", "path", "answer", "what"),
    [
        ("GET", "/g", Response(204), "status"),
        ("GET", "/g", Response(200), "body"),
        ("GET", "/g", Response(404, {}, b"{}"), "content type"),
        ("POST", "/g/stop", Response.of(204, {}), "body"),
        ("POST", "/g/stop", Response(204, {"Azure-AsyncOperation": "https://x"}), "operation"),
        ("GET", "/g", Response.of(404, {"error": "gone"}), "type"),
        ("BREW", "/g", Response.of(405, {"error": {"colour": "red"}}), "undeclared"),
    ],
)
def test_an_answer_that_the_specification_does_not_know_is_found(
    method: str, path: str, answer: Response, what: str
) -> None:
    found = unknown(findings(Request(method, f"{GROUPS}{path}?api-version=2023-05-01"), answer))
    assert [finding.what for finding in found] == [what]


def test_another_version_may_have_other_properties() -> None:
    machine = Machine()
    machine.put("g", document())
    answer = changed(machine.get("g"), {"colour": "red"})
    assert list(findings(Request("GET", f"{GROUPS}/g?api-version=2025-09-01"), answer)) == []
