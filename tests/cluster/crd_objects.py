"""Small objects of both kinds, and changes to them that are written once for both."""

import copy
from dataclasses import dataclass
from typing import Any, Final

Manifest = dict[str, Any]
Change = dict[str, Any]

SUBSCRIPTION: Final = "11111111-2222-3333-4444-555555555555"
_PROVIDERS: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shared/providers"
SUBNET: Final = f"{_PROVIDERS}/Microsoft.Network/virtualNetworks/hub/subnets/aci"
IDENTITY: Final = f"{_PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/puller"

REMOVED: Final = object()
"""The value of a field that a change takes out."""


def container(name: str = "api", *ports: int, **fields: Any) -> Manifest:
    """A container that is complete."""
    listening = {"ports": [{"containerPort": port} for port in ports]} if ports else {}
    return {
        "name": name,
        "image": "example.azurecr.io/llm:1",
        "resources": {"requests": {"cpu": "1", "memory": "1500M"}},
        **listening,
        **fields,
    }


def service(name: str = "llm") -> Manifest:
    """The smallest AciService with a port."""
    return {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciService",
        "metadata": {"name": name},
        "spec": {
            "resourceGroup": "ai-services",
            "placements": [{"location": "westeurope"}],
            "template": {"spec": {"containers": [container("api", 80)]}},
        },
    }


def group(name: str = "llm-1-abcdefgh") -> Manifest:
    """The smallest AciContainerGroup with a port."""
    return {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciContainerGroup",
        "metadata": {"name": name},
        "spec": {
            "subscriptionId": SUBSCRIPTION,
            "resourceGroup": "ai-services",
            "location": "westeurope",
            "template": {"containers": [container("api", 80)]},
        },
    }


@dataclass(frozen=True)
class Kind:
    """A kind, and where its objects have what both kinds have."""

    plural: str
    base: Manifest
    template: str
    location: str

    def changed(self, change: Change) -> Manifest:
        """The smallest object with changes at paths such as `spec.tags`; `T` and `L` are template and location."""
        manifest = copy.deepcopy(self.base)
        for path, value in change.items():
            *parents, last = self.path(path).replace("[", ".").replace("]", "").split(".")
            at: Any = manifest
            for part in parents:
                at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
            if value is REMOVED:
                at.pop(last, None)
            else:
                at[int(last) if isinstance(at, list) else last] = value
        return manifest

    def path(self, path: str) -> str:
        """A path as the API server writes it."""
        head, _, rest = path.partition(".")
        first, bracket, index = head.partition("[")
        at = {"T": self.template, "L": self.location}.get(first, first)
        return at + bracket + index + (f".{rest}" if rest else "")


SERVICES: Final = Kind("aciservices", service(), "spec.template.spec", "spec.placements[0].location")
GROUPS: Final = Kind("acicontainergroups", group(), "spec.template", "spec.location")
