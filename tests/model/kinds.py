"""What differs between the kinds, as their registries in the API server differ.

Defaults of the custom resources are read from the schemas in `crds/`, so that the model cannot believe in another one.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES, Manifest, Resource

CRDS = Path(__file__).parents[2] / "crds"


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        custom: Has a CRD: generations, and no write without a resourceVersion.
        status: Has a status subresource.
        namespaced: Lives in a namespace.
        schema: The OpenAPI schema of a custom resource.
    """

    resource: Resource
    custom: bool = False
    status: bool = False
    namespaced: bool = True
    unconditional: bool = True
    schema: Manifest = field(default_factory=dict)

    def completed(self, manifest: Manifest) -> Manifest:
        """Prune what the schema does not know and fill in its defaults."""
        return {**manifest, **_completed(manifest, self.schema)} if self.schema else manifest


def kinds() -> dict[Resource, Kind]:
    """Return the kinds of a new API server with the CRDs installed."""
    return {
        SERVICES: Kind(SERVICES, custom=True, status=True, unconditional=False, schema=schema(SERVICES)),
        GROUPS: Kind(GROUPS, custom=True, status=True, unconditional=False, schema=schema(GROUPS)),
        REVISIONS: Kind(REVISIONS),
        LEASES: Kind(LEASES, unconditional=False),
        EVENTS: Kind(EVENTS),
        NAMESPACES: Kind(NAMESPACES, namespaced=False),
    }


@cache
def schema(resource: Resource) -> Manifest:
    """Return the schema of a custom resource from its CRD."""
    for path in sorted(CRDS.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["spec"]["names"]["plural"] == resource.plural:
                versions = {version["name"]: version for version in document["spec"]["versions"]}
                found: Manifest = versions[resource.version]["schema"]["openAPIV3Schema"]
                return found
    raise LookupError(f"{CRDS} has no {resource.plural}")


def _completed(value: Any, schema: Manifest) -> Any:
    if isinstance(value, dict) and "properties" in schema:
        known: Manifest = schema["properties"]
        result = {key: _completed(item, known[key]) for key, item in value.items() if key in known}
        for key, part in known.items():
            if key not in result and "default" in part:
                result[key] = _completed(deepcopy(part["default"]), part)
        return result
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return {key: _completed(item, schema["additionalProperties"]) for key, item in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [_completed(item, schema["items"]) for item in value]
    return value
