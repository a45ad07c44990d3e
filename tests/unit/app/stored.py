"""A service as the API server stores it."""

from typing import Any

from aci_operator.api.service import Service


def stored(subject: Service, *, version: int = 5) -> dict[str, Any]:
    """Return the manifest of a service."""
    return {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciService",
        "metadata": {**subject.metadata.manifest(), "resourceVersion": str(version)},
        "spec": subject.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "status": subject.status.manifest(),
    }
