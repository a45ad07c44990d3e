"""Answers against the official specification: what it does not allow is a finding, unless the table below knows it.

The specification is read strictly: a property that it does not declare is a finding too, and so is a secret (`not`).
"""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from aci_emulator import Request, Response
from jsonschema_rs import Draft4Validator, ValidationError, ValidationErrorKind

FOLDER = Path(__file__).parent / "specification"
DOCUMENT: dict[str, Any] = json.loads((FOLDER / "containerInstance-2023-05-01.json").read_text())
VERSION: str = DOCUMENT["info"]["version"]


@dataclass(frozen=True)
class Finding:
    """One thing that the specification does not allow.

    Attributes:
        operation: operationId, or "ARM" for a refusal outside the specification's paths.
        status: of the answer.
        place: where in the body, like value/*/properties/sku; empty for the body as a whole.
        what: the keyword of the schema that is broken ("undeclared" for a property that it does not know).
    """

    operation: str
    status: int
    place: str
    what: str


@dataclass(frozen=True)
class Contradiction:
    """Where Azure is known to do otherwise: a glob for the operation and the place, and who has seen it."""

    operation: str
    place: str
    what: str
    source: str

    def covers(self, finding: Finding) -> bool:
        """Whether it explains a finding."""
        return (
            fnmatchcase(finding.operation, self.operation)
            and fnmatchcase(finding.place, self.place)
            and finding.what == self.what
        )


CONTRADICTIONS = (
    Contradiction(
        "ContainerGroups_*",
        "*properties/isCreatedFromStandbyPool",
        "undeclared",
        "recording: PS 2024; on older api-versions too since 2025",
    ),
    Contradiction(
        "ContainerGroups_*",
        "*properties/provisioningTimeoutInSeconds",
        "undeclared",
        "recording: CLI 2023, on 2021-10-01 in 2025",
    ),
    Contradiction(
        "ContainerGroups_*",
        "*properties/isCustomProvisioningTimeout",
        "undeclared",
        "recording: CLI 2023, on 2021-10-01 in 2025",
    ),
    Contradiction(
        "ContainerGroups_*", "*containers/*/properties/configMap", "undeclared", "recording: PS 2024, November 2025"
    ),
    Contradiction(
        "ContainerGroups_*",
        "*imageRegistryCredentials/*/isDelegatedIdentity",
        "undeclared",
        "recording: November 2025",
    ),
    Contradiction("Location_ListCachedImages", "value/*/osVersion", "undeclared", "recording: .NET 2021, CLI 2024"),
    Contradiction("Containers_ListLogs", "content", "type", "report: azure-cli #24159; null from a silent container"),
)


@functools.cache
def _paths() -> tuple[tuple[tuple[str, ...], dict[str, Any]], ...]:
    return tuple((tuple(path.strip("/").split("/")), methods) for path, methods in DOCUMENT["paths"].items())


def specified(request: Request) -> dict[str, Any] | None:
    """The specification's operation for a request; None when its path and method are not there."""
    segments = request.segments
    for parts, methods in _paths():
        if len(parts) == len(segments) and all(
            part.startswith("{") or part.lower() == segment.lower()
            for part, segment in zip(parts, segments, strict=True)
        ):
            found: dict[str, Any] | None = methods.get(request.method.lower())
            return found
    return None


def findings(request: Request, response: Response) -> Iterator[Finding]:
    """What the specification does not allow in an answer. Versions other than its own may have other properties."""
    operation = specified(request)
    name = operation["operationId"] if operation is not None else "ARM"
    if operation is None and response.status < 400:
        return
    allowed = operation["responses"] if operation is not None else {}
    answer = allowed.get(str(response.status))
    if answer is None:
        if response.status < 400:
            yield Finding(name, response.status, "", "status")
            return
        answer = {"schema": {"$ref": "#/definitions/CloudError"}}
    if "Azure-AsyncOperation" in response.headers and not (operation or {}).get("x-ms-long-running-operation"):
        yield Finding(name, response.status, "", "operation")
    schema = answer.get("schema")
    if schema is None or not response.body:
        if (schema is None) != (not response.body):
            yield Finding(name, response.status, "", "body")
        return
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        yield Finding(name, response.status, "", "content type")
    version = request.query.get("api-version")
    errors = _validator(schema["$ref"], strict=version == VERSION).iter_errors(response.document)
    for place, what in (broken for error in errors for broken in _broken(error)):
        yield Finding(name, response.status, place, what)


def unknown(found: Iterator[Finding]) -> list[Finding]:
    """Those that no known contradiction covers."""
    return [finding for finding in found if not any(known.covers(finding) for known in CONTRADICTIONS)]


def _broken(error: ValidationError) -> Iterator[tuple[str, str]]:
    place = ["*" if isinstance(part, int) else str(part) for part in error.instance_path]
    if isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        for name in error.kind.unexpected:
            yield "/".join([*place, name]), "undeclared"
    elif isinstance(error.kind, ValidationErrorKind.Required):
        yield "/".join([*place, error.kind.property]), "required"
    else:
        yield "/".join(place), error.kind.name


@functools.cache
def _validator(reference: str, *, strict: bool) -> Draft4Validator:
    definitions = {
        # Only the answers to exec and attach are there to tell a secret.
        name: _read(_whole(schema), strict=strict, secrets=name.endswith("Response"))
        for name, schema in DOCUMENT["definitions"].items()
    }
    return Draft4Validator({"definitions": definitions, "$ref": reference}, validate_formats=True)


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One schema in the place of some that are to hold together, so that it can be closed."""
    properties = {name: value for part in parts for name, value in part["properties"].items()}
    return {"type": "object", "properties": properties}


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    parts = [DOCUMENT["definitions"][part["$ref"].rpartition("/")[2]] for part in schema.get("allOf", [])]
    return merged(parts) if parts else schema


def _read(schema: dict[str, Any], *, strict: bool, secrets: bool) -> dict[str, Any]:
    """A schema for answers: without secrets, and when strict without properties that it does not declare."""
    seen = dict(schema)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            seen[inner] = _read(schema[inner], strict=strict, secrets=secrets)
    if "properties" in schema:
        hidden = {name for name, value in schema["properties"].items() if value.get("x-ms-secret") and not secrets}
        seen["properties"] = {
            name: {"not": {}} if name in hidden else _read(value, strict=strict, secrets=secrets)
            for name, value in schema["properties"].items()
        }
        if "required" in schema:
            seen["required"] = [name for name in schema["required"] if name not in hidden]
        seen.setdefault("type", "object")
        if strict:
            seen.setdefault("additionalProperties", False)
    return seen
