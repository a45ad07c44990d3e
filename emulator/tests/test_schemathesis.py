"""Requests made from the official specification, good and bad ones: no 5xx, and no answer of another shape."""

import copy
from typing import Any

import requests
import schemathesis
from aci_emulator import Request
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from .bodies import document
from .conformance import DOCUMENT, findings, merged, unknown
from .machine import SUBSCRIPTION, Machine

CHECKS = [not_a_server_error, status_code_conformance]
"""The shape is checked by `conformance`, which knows secrets and contradictions."""

PLACES = {
    "subscriptionId": SUBSCRIPTION,
    "resourceGroupName": "rg",
    "containerGroupName": "g",
    "containerName": "web",
    "location": "westeurope",
}
"""What exists, so that a request can succeed."""

DEMANDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Resource", "location", {"enum": ["westeurope"]}),
    ("Container", "name", {"pattern": "^[a-z0-9]{1,20}$"}),
    ("InitContainerDefinition", "name", {"pattern": "^[a-z0-9]{21,25}$"}),
    ("ContainerProperties", "image", {"minLength": 1}),
    ("ResourceRequests", "cpu", {"enum": [1]}),
    ("ResourceRequests", "memoryInGB", {"enum": [1.5]}),
    ("EnvironmentVariable", "name", {"pattern": "^[A-Z]{1,20}$"}),
    ("ContainerGroupProperties.properties", "containers", {"minItems": 1, "maxItems": 1}),
    ("ContainerGroupProperties.properties", "subnetIds", {"maxItems": 0}),
    ("IpAddress", "ports", {"minItems": 1, "maxItems": 5}),
    ("IpAddress", "type", {"enum": ["Public"]}),
    ("IpAddress", "dnsNameLabel", {"pattern": "^[a-z]{5,20}$"}),
    ("Port", "port", {"minimum": 1, "maximum": 65535}),
    ("ContainerPort", "port", {"minimum": 1, "maximum": 65535}),
)
"""What Azure wants of a body beyond the specification: definition, property, and what is said of it."""

VERSION = "2025-09-01"
"""A later version, which may have properties beyond the specification: many a request has some."""


def demanding() -> dict[str, Any]:
    """The specification with DEMANDS, so that not every group is refused."""
    demands = copy.deepcopy(DOCUMENT)
    definitions = demands["definitions"]
    for name, field, demand in DEMANDS:
        definition, _, inner = name.partition(".")
        schema = definitions[definition]["properties"]
        (schema[inner]["properties"] if inner else schema)[field] |= demand
    parts = [definitions[name] for name in ("Resource", "ContainerGroupProperties")]
    definitions["ContainerGroup"] = {**merged(parts), "required": ["location", "properties"]}
    return demands


schema = schemathesis.openapi.from_dict(demanding())


@schema.parametrize()
@settings(max_examples=20, deadline=None, derandomize=True)
def test_an_answer_is_as_specified(case: Case[Any]) -> None:
    machine = Machine(core_quota=1000, images={"*": {"log": ["line"]}})
    if case.operation.method != "put":
        assert machine.put("g", document()).status == 201
    machine.wait(60)
    case.path_parameters |= PLACES
    case.query["api-version"] = VERSION
    sent = requests.Request(**case.as_transport_kwargs(base_url="https://azure")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    assert isinstance(body, bytes)
    request = Request(str(sent.method), str(sent.url), {k: str(v) for k, v in sent.headers.items()}, body)
    answer = machine.arm.handle(request, machine.now)
    headers = {name.lower(): [value] for name, value in answer.headers.items()}
    response = schemathesis.Response(answer.status, headers, answer.body, sent, elapsed=0.0, verify=True)
    case.validate_response(response, checks=CHECKS)
    assert unknown(findings(request, answer)) == []
