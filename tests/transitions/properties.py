"""Every property of a spec, read from its CRD: a new field is among them by itself."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from aci_operator.api.crd import crds
from aci_operator.kube.api import Manifest

ITEM: Final = "[]"
"""The step from a list to its first item."""
VALUE: Final = "{}"
"""The step from a map to the value of its first key."""

Path = tuple[str, ...]
Schema = Manifest


@dataclass(frozen=True)
class Property:
    """A property: where it is below an object, and what the CRD says of it."""

    path: Path
    schema: Schema = field(compare=False, repr=False)
    required: bool

    @property
    def name(self) -> str:
        """For people, such as spec.placements[].location."""
        return ".".join(self.path).replace(".[]", ITEM).replace(".{}", VALUE)


def properties(plural: str) -> Iterator[Property]:
    """Return every property of the spec of a kind, the spec itself left out."""
    schema = spec_schema(plural)
    yield from _below(("spec",), schema)


@cache
def spec_schema(plural: str) -> Schema:
    """Return the schema of the spec of a kind."""
    definition = next(crd for crd in crds() if crd["spec"]["names"]["plural"] == plural)
    found: Schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def _below(path: Path, schema: Schema) -> Iterator[Property]:
    for name, child in schema.get("properties", {}).items():
        yield Property((*path, name), child, required=name in schema.get("required", ()))
        yield from _below((*path, name), child)
    for step, key in ((ITEM, "items"), (VALUE, "additionalProperties")):
        if isinstance(schema.get(key), dict):
            yield Property((*path, step), schema[key], required=True)
            yield from _below((*path, step), schema[key])


def get(manifest: Manifest, path: Path) -> Any:
    """Return what is at a path. Raises LookupError."""
    at: Any = manifest
    for step in path:
        at = at[_step(at, step)]
    return at


def changed(manifest: Manifest, path: Path, value: Any) -> Manifest:
    """Return a copy with another value at a path."""
    copy = deepcopy(manifest)
    parent = get(copy, path[:-1])
    parent[_step(parent, path[-1])] = value
    return copy


def without(manifest: Manifest, path: Path) -> Manifest:
    """Return a copy without what is at a path."""
    copy = deepcopy(manifest)
    parent = get(copy, path[:-1])
    del parent[_step(parent, path[-1])]
    return copy


def _step(at: Any, step: str) -> Any:
    if step == ITEM:
        return 0
    return next(iter(at)) if step == VALUE else step
