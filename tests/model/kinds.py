"""What differs between the kinds, as their registries in the API server differ.

Pruning and defaults come from the CRDs' own schemas. Their rules (CEL, patterns, limits) are not modelled: the cluster
tests hold those to the real API server.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aci_operator.api.crd import crds
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES, Manifest, Resource

from tests.model.manifests import copied


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        custom: Has a CRD, and so a generation.
        status: Has a status subresource.
        namespaced: Lives in a namespace.
        unconditional: May be replaced without a resourceVersion.
        schema: The OpenAPI schema of a custom resource.
    """

    resource: Resource
    custom: bool = False
    status: bool = False
    namespaced: bool = True
    unconditional: bool = True
    schema: Manifest = field(default_factory=dict)

    def completed(self, manifest: Manifest) -> Manifest:
        """Prune what the schema does not know and fill in its defaults; metadata is not the schema's business."""
        return {**_completed(manifest, self.schema), "metadata": manifest["metadata"]} if self.schema else manifest


def custom(resource: Resource) -> Kind:
    """Return one of our kinds, also under another API group."""
    return Kind(resource, custom=True, status=True, unconditional=False, schema=schema(resource.plural))


def kinds() -> dict[Resource, Kind]:
    """Return the kinds of a new API server with the CRDs installed."""
    return {
        SERVICES: custom(SERVICES),
        GROUPS: custom(GROUPS),
        REVISIONS: Kind(REVISIONS),
        LEASES: Kind(LEASES, unconditional=False),
        EVENTS: Kind(EVENTS),
        NAMESPACES: Kind(NAMESPACES, namespaced=False),
    }


@cache
def schema(plural: str) -> Manifest:
    """Return the schema of a custom resource from its CRD."""
    definition = next(crd for crd in crds() if crd["spec"]["names"]["plural"] == plural)
    found: Manifest = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def _completed(value: Any, schema: Manifest) -> Any:
    if isinstance(value, dict) and "properties" in schema:
        known: Manifest = schema["properties"]
        result = {key: _completed(item, known[key]) for key, item in value.items() if key in known}
        for key, part in known.items():
            if key not in result and "default" in part:
                result[key] = _completed(copied(part["default"]), part)
        return result
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return {key: _completed(item, schema["additionalProperties"]) for key, item in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [_completed(item, schema["items"]) for item in value]
    return value
