"""What the API server must take or refuse: cases for each side of each rule."""

from dataclasses import dataclass
from typing import Final

from tests.cluster.crd_objects import IDENTITY, REMOVED, SUBNET, Change, container


@dataclass(frozen=True)
class Refused:
    """A change that both kinds refuse, at a path, with a sentence."""

    change: Change
    at: str
    sentence: str


_NAME = "use at most 63 lower-case letters, digits and single hyphens between them; full stops are not allowed"
_PORT_ONCE = "a container lists a port and protocol once"
_OPEN_ONCE = "a port and protocol can be opened once"
_SHARED = "two containers cannot listen on the same port"
_TAG_CHARACTERS = r"Azure does not take < > % & \ ? / in the name of a tag"
_TAG_RESERVED = "tags that start with microsoft, azure or windows are Azure's own"
_QUANTITY = "give a quantity of more than zero, such as 500m, 1.5 or 2Gi"
_REGISTRY = "the identity of a registry must also be in userAssignedIdentities"
_CPU = "T.containers[0].resources.requests.cpu"
_ZONES = "spec.placements[0].zones"
_TWO = [container("api", 80), container("side", 80)]
_SIX = [container("api", 1, 2, 3), container("side", 4, 5, 6)]

REFUSED: Final = {
    "name with a full stop": Refused({"metadata.name": "llm.v2"}, "metadata.name", _NAME),
    "name with two hyphens": Refused({"metadata.name": "llm--v2"}, "metadata.name", _NAME),
    "name too long": Refused({"metadata.name": "a" * 64}, "metadata.name", _NAME),
    "location by display name": Refused({"L": "West Europe"}, "L", "write the region's short name, such as westeurope"),
    "resource group with a slash": Refused(
        {"spec.resourceGroup": "a/b"}, "spec.resourceGroup", "a resource group's name has letters"
    ),
    "resource group that ends in a full stop": Refused(
        {"spec.resourceGroup": "ai."}, "spec.resourceGroup", "does not end with a full stop"
    ),
    "subscription by name": Refused(
        {"spec.subscriptionId": "Pay-As-You-Go"}, "spec.subscriptionId", "give the subscription's id"
    ),
    "private without subnet": Refused(
        {"spec.network": {"type": "Private"}}, "spec.network.subnetId", "network.type Private needs subnetId"
    ),
    "public with subnet": Refused(
        {"spec.network": {"subnetId": SUBNET}}, "spec.network.subnetId", "subnetId is for network.type Private only"
    ),
    "no IP with subnet": Refused(
        {"spec.network": {"type": "None", "subnetId": SUBNET}},
        "spec.network.subnetId",
        "set the type to Private or take subnetId out",
    ),
    "subnet by name": Refused(
        {"spec.network": {"type": "Private", "subnetId": "aci"}},
        "spec.network.subnetId",
        "give the resource id of a subnet: /subscriptions/",
    ),
    "public without a port": Refused(
        {"T.containers[0].ports": REMOVED}, "spec.network", "an IP needs a port: give a container ports"
    ),
    "private without a port": Refused(
        {"T.containers[0].ports": [], "spec.network": {"type": "Private", "subnetId": SUBNET}},
        "spec.network",
        "an IP needs a port: give a container ports",
    ),
    "six container ports on one IP": Refused(
        {"T.containers": _SIX}, "spec.network", "the containers have more than the 5 ports that ACI opens on an IP"
    ),
    "no IP with ports to open": Refused(
        {"spec.network": {"type": "None", "ports": [{"port": 80}]}},
        "spec.network.ports",
        "network.type None gives no IP to open ports on",
    ),
    "a port opened twice": Refused(
        {"spec.network": {"ports": [{"port": 80}, {"port": 80, "protocol": "TCP"}]}}, "spec.network.ports", _OPEN_ONCE
    ),
    "a container with a port twice": Refused(
        {"T.containers": [container("api", 80, 80)]}, "T.containers[0].ports", _PORT_ONCE
    ),
    "two containers with one port": Refused({"T.containers": _TWO}, "T.containers", _SHARED),
    "args without command": Refused(
        {"T.containers[0].args": ["--fast"]}, "T.containers[0].args", "args need a command"
    ),
    "args with an empty command": Refused(
        {"T.containers[0].args": ["--fast"], "T.containers[0].command": []},
        "T.containers[0].args",
        "args need a command",
    ),
    "registry identity not assigned": Refused(
        {
            "T.imageRegistries": [{"server": "a.azurecr.io", "identity": IDENTITY}],
            "T.userAssignedIdentities": [f"{IDENTITY}-2"],
        },
        "T.imageRegistries",
        _REGISTRY,
    ),
    "registry identity and none assigned": Refused(
        {"T.imageRegistries": [{"server": "a.azurecr.io", "identity": IDENTITY}]}, "T.imageRegistries", _REGISTRY
    ),
    "identity by name": Refused(
        {"T.userAssignedIdentities": ["puller"]},
        "T.userAssignedIdentities[0]",
        "give the resource id of a user-assigned identity: /subscriptions/",
    ),
    "container name in capitals": Refused(
        {"T.containers[0].name": "Api"}, "T.containers[0].name", "a container's name has lower-case letters"
    ),
    "two containers of one name": Refused(
        {"T.containers": [container("api", 80), container("api", 81)]}, "T.containers[1]", "Duplicate value"
    ),
    "variable with a hyphen": Refused(
        {"T.containers[0].env": [{"name": "LOG-LEVEL"}]},
        "T.containers[0].env[0].name",
        "a variable's name has letters, digits and underscores",
    ),
    "a variable twice": Refused(
        {"T.containers[0].env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        "T.containers[0].env[1]",
        "Duplicate value",
    ),
    "empty tag name": Refused({"spec.tags": {"": "x"}}, "spec.tags", "the name of a tag has 1 to 512 characters"),
    "long tag name": Refused({"spec.tags": {"t" * 513: "x"}}, "spec.tags", "the name of a tag has 1 to 512 characters"),
    **{
        f"tag name with {character}": Refused({"spec.tags": {f"a{character}b": "x"}}, "spec.tags", _TAG_CHARACTERS)
        for character in "<>%&\\?/"
    },
    **{
        f"tag {name}": Refused({"spec.tags": {name: "x"}}, "spec.tags", _TAG_RESERVED)
        for name in ("microsoft-team", "AzureTeam", "windows", "acioperator.dev_uid")
    },
    **{
        f"cpu {quantity!r}": Refused({_CPU: quantity}, _CPU, _QUANTITY)
        for quantity in (0, -1, "0", "0.0", "0m", "-500m", "two", "1 Gi", "")
    },
    "memory without its unit's case": Refused(
        {"T.containers[0].resources.requests.memory": "2gi"}, "T.containers[0].resources.requests.memory", _QUANTITY
    ),
    **{
        f"surge of {amount!r}": Refused(
            {"spec.strategy": {"rollingUpdate": {"maxSurge": amount}}},
            "spec.strategy.rollingUpdate.maxSurge",
            "give a number of replicas, or a percentage from 0% to 999%",
        )
        for amount in (-1, "2", "1.5%", "%", "", "00%", "07%")
    },
    **{
        f"unavailable of {amount!r}": Refused(
            {"spec.strategy": {"rollingUpdate": {"maxUnavailable": amount}}},
            "spec.strategy.rollingUpdate.maxUnavailable",
            "give a number of replicas, or a percentage from 0% to 100%",
        )
        for amount in (-1, "2", "101%", "1.5%", "%", "")
    },
    "neither surge nor unavailable": Refused(
        {"spec.strategy": {"rollingUpdate": {"maxSurge": 0}}},
        "spec.strategy.rollingUpdate.maxUnavailable",
        "maxSurge and maxUnavailable cannot both be 0",
    ),
    "neither surge nor unavailable, in percent": Refused(
        {"spec.strategy": {"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": 0}}},
        "spec.strategy.rollingUpdate.maxUnavailable",
        "maxSurge and maxUnavailable cannot both be 0",
    ),
    "recreate with a rolling update": Refused(
        {"spec.strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
        "spec.strategy.rollingUpdate",
        "rollingUpdate is for type RollingUpdate only",
    ),
    "ready no sooner than the deadline": Refused(
        {"spec.minReadySeconds": 60, "spec.progressDeadlineSeconds": 60},
        "spec.progressDeadlineSeconds",
        "progressDeadlineSeconds must be greater than minReadySeconds",
    ),
    "ready no sooner than the deadline by default": Refused(
        {"spec.minReadySeconds": 1800},
        "spec.progressDeadlineSeconds",
        "progressDeadlineSeconds must be greater than minReadySeconds",
    ),
    "a fourth zone": Refused({_ZONES: ["4"]}, f"{_ZONES}[0]", 'an availability zone is "1", "2" or "3", in quotes'),
    "a zone as a number": Refused({_ZONES: [1]}, f"{_ZONES}[0]", "must be of type string"),
    "a zone twice": Refused({_ZONES: ["1", "1"]}, f"{_ZONES}[1]", "Duplicate value"),
    "no zones in the list": Refused({_ZONES: []}, _ZONES, "should have at least 1 items"),
    "public with a subnet of a place": Refused(
        {"spec.placements[0].subnetId": SUBNET}, "spec.placements", "subnetId is for network.type Private only"
    ),
    "private with a subnet for one place alone": Refused(
        {
            "spec.network": {"type": "Private"},
            "spec.placements": [{"location": "westeurope", "subnetId": SUBNET}, {"location": "northeurope"}],
        },
        "spec.network.subnetId",
        "network.type Private needs subnetId",
    ),
    "spot with an IP": Refused({"T.priority": "Spot"}, "spec.network", "a Spot group has no IP and no subnet"),
    "spot with zones": Refused(
        {"T.priority": "Spot", "spec.network": {"type": "None"}, _ZONES: ["1"]},
        "T.priority",
        "a Spot group has no zone",
    ),
    "another priority": Refused({"T.priority": "Low"}, "T.priority", 'Unsupported value: "Low"'),
    "a fraction without quotes": Refused({_CPU: 0.5}, _CPU, "must be of type integer,string"),
}

_PRIVATE = {"type": "Private", "subnetId": SUBNET}
_UDP = [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]

ACCEPTED_OF_A_SERVICE: Final[dict[str, Change]] = {
    "a Deployment's strategy": {
        "spec.strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    },
    "as many again beside them": {"spec.strategy": {"rollingUpdate": {"maxSurge": "100%"}}},
    "a surge of several times as many": {"spec.strategy": {"rollingUpdate": {"maxSurge": "999%"}}},
    "recreate": {"spec.strategy": {"type": "Recreate"}},
    "no surge": {"spec.strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "100%", "canary": "50%"}}},
    "three zones": {_ZONES: ["3", "1", "2"]},
    "a subnet for each place": {
        "spec.network": {"type": "Private"},
        "spec.placements": [{"location": "westeurope", "subnetId": SUBNET, "zones": ["1"]}],
    },
    "eight places": {
        "spec.network": {"type": "Private"},
        "spec.placements": [{"location": f"region{n}", "subnetId": SUBNET, "zones": ["1", "2"]} for n in range(8)],
    },
    "an empty block": {"spec.strategy": {"rollingUpdate": {}}},
    "an empty strategy": {"spec.strategy": {}},
    "drift is replaced": {"spec.driftPolicy": "Replace"},
    "the other fields of a rollout": {
        "spec.minReadySeconds": 59,
        "spec.progressDeadlineSeconds": 60,
        "spec.revisionHistoryLimit": 0,
        "spec.paused": True,
    },
}

ACCEPTED: Final[dict[str, Change]] = {
    "name of 63": {"metadata.name": "a" * 63},
    "name with a digit first": {"metadata.name": "1-llm"},
    "resource group of another script": {"spec.resourceGroup": "dienste_größe.(1)"},
    "private": {"spec.network": _PRIVATE},
    "subnet in other case": {"spec.network": {"type": "Private", "subnetId": SUBNET.upper()}},
    "no IP and no port": {"spec.network": {"type": "None"}, "T.containers[0].ports": REMOVED},
    "no IP and six container ports": {"spec.network": {"type": "None"}, "T.containers": _SIX},
    "spot": {"T.priority": "Spot", "spec.network": {"type": "None"}},
    "ports only on the IP": {"spec.network": {"ports": [{"port": 80}]}, "T.containers[0].ports": REMOVED},
    "five ports": {"T.containers": [container("api", 1, 2, 3), container("side", 4, 5)]},
    "six container ports, some open": {"T.containers": _SIX, "spec.network": {"ports": [{"port": 1}]}},
    "one number by two protocols": {"T.containers[0].ports": _UDP},
    "one number opened by two protocols": {
        "spec.network": {"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]},
    },
    "one number by two protocols in two containers": {
        "T.containers": [container("tcp", ports=_UDP[:1]), container("udp", ports=_UDP[1:])]
    },
    "args with a command": {"T.containers[0].args": ["--fast"], "T.containers[0].command": ["/serve"]},
    "command alone": {"T.containers[0].command": ["/serve"]},
    "registry identity in other case": {
        "T.imageRegistries": [{"server": "a.azurecr.io", "identity": IDENTITY.upper()}],
        "T.userAssignedIdentities": [IDENTITY],
    },
    "variables": {"T.containers[0].env": [{"name": "_A1"}, {"name": "B", "value": ""}]},
    "tags": {"spec.tags": {"cost-centre": "42", "t" * 512: "", "my-azure": "x", "Größe": "x"}},
    "a quantity as a number": {_CPU: 2},
    "a small quantity": {_CPU: ".01"},
    "other quantities": {_CPU: "1500m", "T.containers[0].resources.requests.memory": "1.5e9"},
    "as large as it gets": {
        "T.containers": [
            container(
                f"c{n}", *range(5 * n + 1, 5 * n + 6), env=[{"name": f"V{i}", "value": "x" * 40} for i in range(100)]
            )
            for n in range(60)
        ],
        "spec.network": {"ports": [{"port": port} for port in range(1, 6)]},
    },
}
