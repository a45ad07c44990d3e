"""Values of a property, made from its schema; what a schema cannot tell is in the table of samples."""

from collections.abc import Callable
from typing import Any, Final

from aci_emulator.regions import LOCATIONS

from tests.transitions.properties import ITEM, VALUE, Path, Schema

INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_PROVIDERS: Final = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shared/providers"


def _identity(n: int) -> str:
    return f"{_PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/puller-{n}"


def _subnet(n: int) -> str:
    return f"{_PROVIDERS}/Microsoft.Network/virtualNetworks/hub/subnets/aci-{n}"


SAMPLES: Final[dict[str, Callable[[int], Any]]] = {
    "resourceGroup": lambda n: f"services{n or ''}",
    "subscriptionId": lambda n: f"11111111-1111-1111-1111-11111111111{n + 1}",
    "location": lambda n: ["westeurope", *(name for name in LOCATIONS if name != "westeurope")][n],
    "zone": lambda n: str(n % 3 + 1),
    "zones[]": lambda n: str(n % 3 + 1),
    "subnetId": _subnet,
    "strategy.type": lambda _: "RollingUpdate",
    "maxSurge": lambda n: [1, "50%", 2][n % 3],
    "maxUnavailable": lambda n: [1, "50%", 2][n % 3],
    "canary": lambda n: [1, "50%", 2][n % 3],
    "replicas": lambda n: 2 + n,
    "progressDeadlineSeconds": lambda n: 1800 + n,
    "network": lambda n: {"type": "Private", "subnetId": _subnet(n), "ports": [{"port": 80, "protocol": "TCP"}]},
    "network.type": lambda _: "Private",
    "port": lambda n: 80 + n,
    "containerPort": lambda n: 80 + n,
    "containers[].name": lambda n: f"c{n}",
    "image": lambda n: f"registry.test/api:{n + 1}",
    "env[].name": lambda n: f"VARIABLE_{n}",
    "cpu": lambda n: ["100m", "0.2", 1][n % 3],
    "memory": lambda n: ["100M", "0.2G", "256Mi"][n % 3],
    "restartPolicy": lambda _: "Always",
    "userAssignedIdentities[]": _identity,
    "server": lambda n: f"registry{n}.test",
    "identity": lambda _: _identity(0),
}
"""Values that mean something to Azure or to a rule, by the end of a property's name: the n-th of a row of others."""


def sample(path: Path) -> Callable[[int], Any] | None:
    """Return the row of samples of a property, if it has one."""
    name = ".".join(path).replace(".[]", ITEM).replace(".{}", VALUE)
    fitting = [end for end in SAMPLES if name.endswith(f".{end}")]
    return SAMPLES[max(fitting, key=len)] if fitting else None


def value(schema: Schema, path: Path, n: int = 0) -> Any:
    """Return the n-th valid value of a property, with everything below it.

    Raises:
        LookupError: The schema does not tell enough; `SAMPLES` must.
    """
    if (row := sample(path)) is not None:
        return row(n)
    if "enum" in schema:
        return schema["enum"][n % len(schema["enum"])]
    match schema.get("type"):
        case "boolean":
            return n % 2 == 1
        case "integer":
            return min(schema.get("minimum", 0) + n, schema.get("maximum", n))
        case "string" if not schema.get("x-kubernetes-validations"):
            return f"value-{n}"
        case "array":
            return [value(schema["items"], (*path, ITEM), n + k) for k in range(max(1, schema.get("minItems", 0)))]
        case "object" if "additionalProperties" in schema:
            return {f"key-{n}": value(schema["additionalProperties"], (*path, VALUE), n)}
        case "object":
            return {name: value(child, (*path, name), n) for name, child in schema["properties"].items()}
    raise LookupError(f"nothing tells what values {'.'.join(path)} has: add a row to SAMPLES")
