"""The smallest objects that the CRDs accept."""

from typing import Any

from aci_operator.api import keys
from aci_operator.kube.api import LEASES, REVISIONS, Manifest, Resource

RESOURCE_GROUP = "services"
LOCATION = "westeurope"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"


def replica(image: str = "registry.test/api:1") -> Manifest:
    """Return what runs in one replica."""
    requests = {"cpu": "1", "memory": "1G"}
    container = {
        "name": "api",
        "image": image,
        "ports": [{"containerPort": 80}],
        "resources": {"requests": requests},
    }
    return {"containers": [container]}


def service(name: str, namespace: str = "default", *, image: str = "registry.test/api:1", **spec: Any) -> Manifest:
    """Return an AciService; `spec` adds to its spec."""
    return {
        "apiVersion": keys.API_VERSION,
        "kind": keys.SERVICE_KIND,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "resourceGroup": RESOURCE_GROUP,
            "placements": [{"location": LOCATION}],
            "template": {"spec": replica(image)},
            **spec,
        },
    }


def group(name: str, namespace: str = "default", **spec: Any) -> Manifest:
    """Return an AciContainerGroup; `spec` adds to its spec."""
    return {
        "apiVersion": keys.API_VERSION,
        "kind": keys.GROUP_KIND,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "subscriptionId": SUBSCRIPTION,
            "resourceGroup": RESOURCE_GROUP,
            "location": LOCATION,
            "template": replica(),
            **spec,
        },
    }


def lease(name: str, namespace: str = "default", holder: str = "one") -> Manifest:
    """Return a Lease."""
    return _built_in(LEASES, name, namespace) | {"spec": {"holderIdentity": holder, "leaseDurationSeconds": 60}}


def revision(name: str, namespace: str = "default", number: int = 1) -> Manifest:
    """Return a ControllerRevision."""
    return _built_in(REVISIONS, name, namespace) | {"data": {"template": {"spec": replica()}}, "revision": number}


def owned(child: Manifest, *owners: Manifest, block: bool = True) -> Manifest:
    """Return a child with owner references; the first owner controls it."""
    references = [
        {
            "apiVersion": owner["apiVersion"],
            "kind": owner["kind"],
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "controller": index == 0,
            "blockOwnerDeletion": block,
        }
        for index, owner in enumerate(owners)
    ]
    return {**child, "metadata": {**child["metadata"], "ownerReferences": references}}


def _built_in(resource: Resource, name: str, namespace: str) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
