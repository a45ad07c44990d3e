"""Routes of a service through specs, and where they lead."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from aci_operator.api import keys
from aci_operator.kube.api import SERVICES, Manifest

from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation.world import World

SERVICE: Final = Place(SERVICES, "default", "s")
EXCEPTIONS: Final = {"Suspended", "Drifted"}
"""Conditions that are False from when they were True last, and absent before."""
COUNTS: Final = ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")


@dataclass(frozen=True)
class End:
    """Where a route has led: all that a person or Azure would see of it, but for names, addresses and times.

    Attributes:
        told: Each condition with its status and reason.
        counts: What the status counts.
        azure: How many container groups are like this.
        objects: How many group objects are like this.
    """

    told: dict[str, tuple[str, str]]
    counts: dict[str, int]
    azure: Counter[str]
    objects: Counter[str]


async def go(world: World, manifest: Manifest) -> None:
    """Give the service another spec, and wait until nothing moves."""
    put(world, manifest)
    await world.settle()


def put(world: World, manifest: Manifest) -> None:
    """Give the service the spec of a manifest, and nothing of its old one."""
    present = world.user.find(SERVICE)
    if present is None:
        world.apply(manifest)
    else:
        world.cluster.objects.replace(SERVICES, {**present, "spec": manifest["spec"]}, now())


def end(world: World) -> End:
    """Return where the service is."""
    status = world.service("s")["status"]
    return End(
        told={
            kind: (status, reason)
            for kind, (status, reason, _) in world.told(world.service("s")).items()
            if kind not in EXCEPTIONS or status == "True"
        },
        counts={name: status[name] for name in COUNTS},
        azure=Counter(_text(_azure(group)) for group in world.cloud()),
        objects=Counter(_text(_object(found)) for found in world.groups()),
    )


def _azure(group: Any) -> Manifest:
    properties = {name: value for name, value in group.properties.items() if name != "ipAddress"}
    address = group.properties.get("ipAddress", {})
    return {
        "properties": properties,
        "address": {name: address.get(name) for name in ("type", "ports")},
        "identity": group.identity,
        "location": group.location,
        "zones": group.zones,
        "state": group.state,
        "tags": {name: value for name, value in (group.tags or {}).items() if "acioperator" not in name},
    }


def _object(found: Manifest) -> Manifest:
    revision = found["metadata"]["labels"][keys.LABEL_REVISION]
    return {"spec": found["spec"], "state": found["status"]["state"], "revision": revision}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
