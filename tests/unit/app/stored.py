"""Services and their replicas as the API server stores them."""

from typing import Any

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service


def stored(subject: Service | ContainerGroup, *, version: int = 5) -> dict[str, Any]:
    """Return the manifest of an object."""
    return {
        "apiVersion": keys.API_VERSION,
        "kind": keys.SERVICE_KIND if isinstance(subject, Service) else keys.GROUP_KIND,
        "metadata": {**subject.metadata.manifest(), "resourceVersion": str(version)},
        "spec": subject.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "status": subject.status.manifest(),
    }
