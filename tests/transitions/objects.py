"""The objects that a campaign begins from: everything in them has a value."""

from typing import Any, Final

from aci_operator.api.keys import API_VERSION
from aci_operator.api.service import MAX_DEADLINE
from aci_operator.kube.api import GROUPS, SERVICES, Manifest, Resource

from tests.transitions.changes import Transition, transitions
from tests.transitions.properties import ITEM, Path, Property, changed, get, properties, spec_schema
from tests.transitions.values import value

CONTAINER: Final = ("spec", "template", "spec", "containers", ITEM)
"""Where the first container of a service is."""

RULED_OUT: Final = {
    "network absent",
    "network.type absent",
    "network.type change",
    "network.type change 1",
    "priority change",
    "strategy.type change",
    "command absent",
    "command minimum",
    "userAssignedIdentities absent",
    "userAssignedIdentities minimum",
    "userAssignedIdentities change",
    "userAssignedIdentities[] change",
    "userAssignedIdentities[] change 1",
}
"""What a rule of the CRD refuses beside the rest of such an object, by the end of its title."""

RULED_OUT_OF_A_SERVICE: Final = {"spec.minReadySeconds maximum"}
"""The same, where a group has no such rule."""

_HERE: Final = (("spec", "placements"), [{"location": "westeurope"}])
_NO_IP: Final = (("spec", "network"), {"type": "None"})

TOGETHER: Final[dict[str, tuple[tuple[Path, Any], ...]]] = {
    "spec.minReadySeconds": (
        (("spec", "minReadySeconds"), MAX_DEADLINE - 1),
        (("spec", "progressDeadlineSeconds"), MAX_DEADLINE),
    ),
    "spec.strategy.type": ((("spec", "strategy"), {"type": "Recreate"}),),
    "spec.network.type": (_HERE, (("spec", "network"), {"type": "Public", "ports": [{"port": 80}]})),
    "spec.network": (_HERE, _NO_IP),
    "spec.template.spec.priority": (_HERE, _NO_IP, (("spec", "template", "spec", "priority"), "Spot")),
    "spec.template.spec.containers[].command": (((*CONTAINER, "command"), []), ((*CONTAINER, "args"), [])),
    "spec.template.spec.userAssignedIdentities": (
        (("spec", "template", "spec", "userAssignedIdentities"), []),
        (("spec", "template", "spec", "imageRegistries"), []),
    ),
}
"""Values of a service that its rules take only when other properties change along."""

CHANGEABLE: Final = {"spec.deletionPolicy", "spec.minReadySeconds"}
"""What of a group can change once it is there."""
FIXED: Final = {"spec.resourceGroup", "spec.subscriptionId"}
"""What of a service cannot."""


def full(resource: Resource, name: str = "s", namespace: str = "default") -> Manifest:
    """An object in which every property of the spec has a value."""
    return {
        "apiVersion": API_VERSION,
        "kind": resource.kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": value(spec_schema(resource.plural), ("spec",)),
    }


def campaign(resource: Resource, name: str = "s", namespace: str = "default") -> list[Transition]:
    """Every transition of a kind."""
    base, known = full(resource, name, namespace), list(properties(resource.plural))
    alone = transitions(base, known)
    along = (Transition(each, "together", _together(base, each)) for each in known if each.name in TOGETHER)
    return [*alone, *along] if resource == SERVICES else list(alone)


def _together(base: Manifest, each: Property) -> Manifest:
    for path, new in TOGETHER[each.name]:
        base = changed(base, path, new)
    return base


def taken(resource: Resource, transition: Transition) -> bool:
    """Tell whether the API server is to take a transition of an object that is there."""
    of = transition.of
    changeable = of.name in CHANGEABLE if resource == GROUPS else of.name not in FIXED
    same = transition.mode == "absent" and of.schema.get("default") == get(full(resource), of.path)
    title = str(transition)
    ruled_out = any(title.endswith(f".{end}") for end in RULED_OUT)
    ruled_out |= resource == SERVICES and title in RULED_OUT_OF_A_SERVICE
    return (changeable or same) and not ruled_out and not transition.refused
