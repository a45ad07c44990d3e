"""One moment of a service, for the tests of its policies: two revisions, of which `V2` is rolled out after `V1`."""

from collections.abc import Sequence
from typing import Any

from aci_operator.api.group import ContainerGroup
from aci_operator.core.service.change import Situation
from aci_operator.core.service.replicas import Replicas
from aci_operator.core.service.revisions import Revisions
from aci_operator.core.service.strategy import Bounds

from tests.unit.core.builders import revision

V1, V2 = revision("v1"), revision("v2", 2)


def situation(live: Sequence[ContainerGroup] = (), *, wanted: int = 3, update: Any = V2, **more: Any) -> Situation:
    """Return a moment with these live replicas."""
    sets: dict[str, Any] = {"dead": (), "ailing": (), "limited": (), "departing": (), "holding": len(live)}
    sets |= {name: more.pop(name) for name in (*sets, "elsewhere", "changed") if name in more}
    revisions = Revisions(update=update, current=V1, served=V1.name, previous=None, stored=True, spare=())
    return Situation(
        wanted=wanted,
        replicas=Replicas(live=tuple(live), **sets),
        revisions=revisions,
        bounds=more.pop("bounds", Bounds(surge=1, unavailable=0, canary=1)),
        **more,
    )
