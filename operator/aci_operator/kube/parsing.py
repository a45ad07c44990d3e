"""Manifests as objects.

What is kept of each is its text: 20,000 of them as trees of Python objects are half of the memory, and make every full
collection of Python's garbage stop the loop for seconds. The trees of those that were asked for last are kept beside.
"""

import json
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from aci_operator.api import keys
from aci_operator.api.base import ObjectMeta, is_service
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.revision import Revision, RevisionData
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, REVISIONS, SERVICES, Manifest, Resource

_TREES: Final = 2048
"""So many trees are kept at most."""

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"  # the spec once more


@dataclass(frozen=True)
class StoredRevision:
    """A revision, and the object that holds it."""

    metadata: ObjectMeta
    revision: Revision


Content = Service | ContainerGroup | StoredRevision


class _Tree:
    """The object that a text stands for. It goes when others are asked for, and is made anew when it is needed."""

    __slots__ = ("__weakref__", "_content", "_me", "_resource", "_text")

    def __init__(self, resource: Resource, text: bytes) -> None:
        self._resource = resource
        self._text = text
        self._content: Content | None = None
        self._me: weakref.ref[_Tree] | None = None

    def content(self) -> Content:
        """Return the object. Raises ValidationError when the text makes no sense."""
        if self._content is None:
            self._content = _PARSERS[self._resource](self._text)
        if self._me is None:
            self._me = weakref.ref(self, _forget)
        _recent[self._me] = None
        _recent.move_to_end(self._me)
        if len(_recent) > _TREES:
            oldest = _recent.popitem(last=False)[0]()
            if oldest is not None:
                oldest._content = None  # noqa: SLF001 - one of its own kind
        return self._content


def _forget(gone: "weakref.ref[_Tree]") -> None:
    _recent.pop(gone, None)


_recent: Final[OrderedDict["weakref.ref[_Tree]", None]] = OrderedDict()
"""Those with a content, in the order in which they were asked for."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One version of an object.

    Attributes:
        controller: The uid of the service that controls it, "" when none does.
        owner: That service's name.
        label: The name of a service in its labels, which stays when an owner reference goes; "" when there is none.
        state: Where a group stands, "" for other kinds and while it is not known.
        place: The subscription and the resource group that its spec names; the subscription may be "".
        problem: Why it makes no sense to this version of the operator, without any of its values; "" when it does.
    """

    resource: Resource
    key: Key
    uid: str
    version: int
    controller: str
    owner: str
    label: str
    ending: bool
    state: str
    place: tuple[str, str] | None
    problem: str
    _tree: _Tree

    @property
    def terms(self) -> tuple[str | Key, ...]:
        """What it can be found under: the uid that controls it, and the service named in its labels."""
        labelled = (Key(self.key.namespace, self.label),) if self.label else ()
        return (self.controller, *labelled) if self.controller else labelled

    @property
    def content(self) -> Content | None:
        """The object; None when it makes no sense."""
        return None if self.problem else self._tree.content()


def parse(resource: Resource, manifest: Manifest) -> Parsed:
    """Parse a manifest that came from the API server."""
    metadata = manifest["metadata"]
    text = json.dumps({**manifest, "metadata": _kept(metadata)}, separators=(",", ":"), ensure_ascii=False).encode()
    problem, state, place = "", "", None
    tree = _Tree(resource, text)
    try:
        content = tree.content()
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['type']}" for part in error.errors()[:3])
    else:
        if not isinstance(content, StoredRevision):
            place = _place(content.spec.subscription_id or "", content.spec.resource_group)
        if isinstance(content, ContainerGroup) and content.status.state:
            state = content.status.state.value
    owner: Manifest = next((it for it in metadata.get("ownerReferences", ()) if _controls(it)), {})
    return Parsed(
        resource=resource,
        key=key_of(manifest),
        uid=metadata["uid"],
        version=int(metadata["resourceVersion"]),
        controller=owner.get("uid", ""),
        owner=owner.get("name", ""),
        label=(metadata.get("labels") or {}).get(keys.LABEL_SERVICE, ""),
        ending="deletionTimestamp" in metadata,
        state=state,
        place=place,
        problem=problem,
        _tree=tree,
    )


def key_of(manifest: Manifest) -> Key:
    """Return the name of an object."""
    return Key(manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])


def _controls(owner: Manifest) -> bool:
    return bool(owner.get("controller")) and is_service(owner["apiVersion"], owner["kind"])


def _kept(metadata: Manifest) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if name != "managedFields"}
    if _LAST_APPLIED in kept.get("annotations", ()):
        kept["annotations"] = {name: value for name, value in kept["annotations"].items() if name != _LAST_APPLIED}
    return kept


@lru_cache(maxsize=2048)
def _place(subscription_id: str, resource_group: str) -> tuple[str, str]:
    """Return one and the same pair for all that are in one place, in the case that ARM takes for the same."""
    return subscription_id.lower(), resource_group.lower()


def _revision(text: bytes) -> Content:
    manifest = json.loads(text)
    metadata = ObjectMeta.model_validate(manifest["metadata"])
    data = RevisionData.model_validate(manifest.get("data"))
    return StoredRevision(metadata, Revision(metadata.name, manifest.get("revision", 0), data))


_PARSERS: Final[dict[Resource, Callable[[bytes], Content]]] = {
    SERVICES: Service.model_validate_json,
    GROUPS: ContainerGroup.model_validate_json,
    REVISIONS: _revision,
}
