"""The two CustomResourceDefinitions, made from the models."""

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from aci_operator.api.base import Model
from aci_operator.api.group import ContainerGroup
from aci_operator.api.keys import GROUP, GROUP_KIND, LABEL_REVISION, LABEL_SERVICE, SERVICE_KIND, VERSION
from aci_operator.api.service import Service
from aci_operator.api.structural import Schema, structural

_HEADER: Final = "# Made from the models in aci_operator/api by `aci-operator crd`; do not edit.\n"
_UNOBSERVED: Final = {"observedGeneration": -1}
"""The status of a new object: no tool takes it for healthy before the operator has seen it."""


@dataclass(frozen=True)
class _Column:
    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def manifest(self) -> dict[str, Any]:
        column = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return column | {"priority": 1} if self.wide else column


@dataclass(frozen=True)
class _Kind:
    model: type[Model]
    kind: str
    short_name: str
    columns: tuple[_Column, ...]
    subresources: dict[str, Any] = field(default_factory=dict)

    @property
    def plural(self) -> str:
        return f"{self.kind.lower()}s"


def _ready(part: str) -> str:
    return f'.status.conditions[?(@.type=="Ready")].{part}'


def _label(name: str) -> str:
    return ".metadata.labels." + name.replace(".", r"\.")


_AGE: Final = _Column("Age", ".metadata.creationTimestamp", "date")
_MESSAGE: Final = _Column("Message", _ready("message"), wide=True)

_SERVICES: Final = _Kind(
    model=Service,
    kind=SERVICE_KIND,
    short_name="acis",
    columns=(
        _Column("Desired", ".spec.replicas", "integer"),
        _Column("Up-To-Date", ".status.updatedReplicas", "integer"),
        _Column("Ready", ".status.readyReplicas", "integer"),
        _Column("Status", _ready("status")),
        _Column("Reason", _ready("reason")),
        _AGE,
        _Column("IPs", ".status.ipSummary", wide=True),
        _Column("Location", ".status.location", wide=True),
        _MESSAGE,
    ),
    subresources={
        "scale": {
            "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        }
    },
)
_GROUPS: Final = _Kind(
    model=ContainerGroup,
    kind=GROUP_KIND,
    short_name="acg",
    columns=(
        _Column("Service", _label(LABEL_SERVICE)),
        _Column("State", ".status.state"),
        _Column("Ready", _ready("status")),
        _Column("Restarts", ".status.restarts", "integer"),
        _Column("IP", ".status.ip"),
        _Column("Location", ".spec.location"),
        _AGE,
        _Column("Zone", ".spec.zone", wide=True),
        _Column("Revision", _label(LABEL_REVISION), wide=True),
        _Column("Image", ".spec.template.containers[0].image", wide=True),
        _MESSAGE,
    ),
)


def crds() -> list[dict[str, Any]]:
    """Return both CustomResourceDefinitions."""
    return [_crd(kind) for kind in (_SERVICES, _GROUPS)]


def render() -> dict[str, str]:
    """Return both as YAML, by file name."""
    return {
        f"{crd['spec']['names']['plural']}.yaml": _HEADER + yaml.dump(crd, Dumper=_Plain, sort_keys=False, width=120)
        for crd in crds()
    }


def _crd(kind: _Kind) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": kind.plural,
                "singular": kind.kind.lower(),
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "shortNames": [kind.short_name],
                "categories": ["aci"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}, **kind.subresources},
                    "additionalPrinterColumns": [column.manifest() for column in kind.columns],
                    "schema": {"openAPIV3Schema": _root(kind.model)},
                }
            ],
        },
    }


def _root(model: type[Model]) -> Schema:
    """Return the schema of a whole object. The API server knows metadata better than we do."""
    schema = structural(model)
    parts = schema["properties"]
    return schema | {
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}."},
            "kind": {"type": "string", "description": "The kind of this object."},
            "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},  # a rule points to it
            "spec": parts["spec"],
            "status": _without_defaults(parts["status"]) | {"default": _UNOBSERVED},
        },
    }


def _without_defaults(schema: Schema) -> Schema:
    """Return the schema of a status: what nobody has observed must not be there."""
    fields = {
        name: {key: value for key, value in part.items() if key != "default"}
        for name, part in schema["properties"].items()
    }
    return schema | {"properties": fields}


class _Plain(yaml.SafeDumper):
    """Writes equal parts twice rather than with anchors, which people do not read."""

    def ignore_aliases(self, data: object) -> bool:
        """Never point to another part."""
        del data
        return True
