"""The objects that a campaign begins from: everything in them has a value."""

from typing import Final

from aci_operator.api.keys import API_VERSION
from aci_operator.kube.api import GROUPS, Manifest, Resource

from tests.transitions.changes import Transition, transitions
from tests.transitions.properties import ITEM, get, properties, spec_schema
from tests.transitions.values import value

CONTAINER: Final = ("spec", "template", "spec", "containers", ITEM)
"""Where the first container of a service is."""

RULED_OUT: Final = {
    "network absent",
    "network.type absent",
    "network.type change",
    "network.type change 1",
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
    return list(transitions(full(resource, name, namespace), properties(resource.plural)))


def taken(resource: Resource, transition: Transition) -> bool:
    """Tell whether the API server is to take a transition of an object that is there."""
    of = transition.of
    changeable = of.name in CHANGEABLE if resource == GROUPS else of.name not in FIXED
    same = transition.mode == "absent" and of.schema.get("default") == get(full(resource), of.path)
    ruled_out = any(str(transition).endswith(f".{end}") for end in RULED_OUT)
    return (changeable or same) and not ruled_out and not transition.refused
