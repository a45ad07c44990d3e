"""Manifests as objects. The manifests themselves are not kept: 20,000 of them are half of the memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from aci_operator.api.base import ObjectMeta
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.revision import Revision, RevisionData
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, REVISIONS, SERVICES, Manifest, Resource


@dataclass(frozen=True)
class StoredRevision:
    """A revision, and the object that holds it."""

    metadata: ObjectMeta
    revision: Revision


Content = Service | ContainerGroup | StoredRevision


@dataclass(frozen=True)
class Parsed:
    """One version of an object.

    Attributes:
        content: None when the object makes no sense to this version of the operator.
        problem: Why, without any of the object's values.
    """

    metadata: ObjectMeta
    version: int
    content: Content | None
    problem: str = ""

    @property
    def key(self) -> Key:
        """The object's name."""
        return Key(self.metadata.namespace, self.metadata.name)

    @property
    def controller(self) -> str:
        """The uid of the service that controls the object, "" when none does."""
        return next((owner.uid for owner in self.metadata.owner_references if owner.controller), "")


def parse(resource: Resource, manifest: Manifest) -> Parsed:
    """Parse a manifest that came from the API server."""
    metadata = ObjectMeta.model_validate(manifest["metadata"])
    content: Content | None = None
    problem = ""
    try:
        content = _PARSERS[resource](metadata, manifest)
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['type']}" for part in error.errors()[:3])
    return Parsed(metadata, int(metadata.resource_version), content, problem)


def _service(metadata: ObjectMeta, manifest: Manifest) -> Content:
    return Service.model_validate({**manifest, "metadata": metadata})


def _group(metadata: ObjectMeta, manifest: Manifest) -> Content:
    return ContainerGroup.model_validate({**manifest, "metadata": metadata})


def _revision(metadata: ObjectMeta, manifest: Manifest) -> Content:
    data = RevisionData.model_validate(manifest.get("data"))
    return StoredRevision(metadata, Revision(metadata.name, manifest.get("revision", 0), data))


_PARSERS: Final[dict[Resource, Callable[[ObjectMeta, Manifest], Content]]] = {
    SERVICES: _service,
    GROUPS: _group,
    REVISIONS: _revision,
}
