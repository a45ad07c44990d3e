"""The real objects that stand behind the tuples of a state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service as RealService
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.conditions import find
from aci_operator.core.revision import Revision
from aci_operator.core.service import replica as replicas
from aci_operator.core.service.market import Place
from aci_operator.core.service.status import SUMMARY_IPS
from aci_operator.core.shortage import Shortage

from tests.exhaustive.moments import OLD
from tests.exhaustive.state import BARE, Cloud, Phase
from tests.unit.core import builders
from tests.unit.core.builders import SUBSCRIPTION, T0, cloud, foreign, tags_of

GENERATION: Final = 2
"""The present generation of a service; what was observed of an earlier one is 1."""

LONG: Final = 1800
"""A deadline in seconds that no rollout reaches here."""

PLACES: Final = tuple(Place(location) for location in ("westeurope", "northeurope", "swedencentral"))
NO_ROOM: Final = "The requested resource is not available in the location"
_RUNS: Final = CloudContainer("api", "Running", started_at=OLD)


@cache
def revision(image: str, number: int) -> Revision:
    """Return the revision of an image."""
    return builders.revision(image, number)


@cache
def service(
    index: int,
    wanted: int,
    image: str,
    finalizer: bool,
    deleting: bool,
    places: tuple[Place, ...] = PLACES[:1],
    deadline: int = LONG,
) -> RealService:
    """Return an AciService without a status."""
    return builders.service(
        wanted,
        image=image,
        placements=[{"location": place.location} for place in places],
        progressDeadlineSeconds=deadline,
        meta_uid=f"uid-of-service-{index}",
        meta_generation=GENERATION,
        meta_finalizers=(keys.FINALIZER,) if finalizer else (),
        meta_deletion_timestamp=T0 if deleting else None,
    )


@cache
def group(
    index: int, image: str, number: int, retry: bool, finalizer: bool, deleting: bool, place: int = 0
) -> ContainerGroup:
    """Return an AciContainerGroup without a status."""
    name = f"llm-{number}-abcdefgh"
    if index == BARE:
        made = builders.group(name=name, template=builders.template(image))
    else:
        owner = service(index, 1, image, True, False)
        made = replicas.replica(
            owner, revision(image, 1), number, name, subscription=SUBSCRIPTION, place=PLACES[place], retry=retry
        )
    meta = made.metadata.model_copy(
        update={
            "uid": f"uid-{number}",
            "generation": 1,
            "creation_timestamp": T0,
            "finalizers": (keys.FINALIZER,) if finalizer else (),
            "deletion_timestamp": T0 if deleting else None,
        }
    )
    return made.model_copy(update={"metadata": meta})


class Tags(dict[str, str]):
    """Tags that can be hashed, as memories are."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def as_read(it: Cloud, owner: ContainerGroup) -> CloudGroup:
    """Return a container group as a GET shows it to the object of its name."""
    tags = Tags(foreign() if it.foreign else tags_of(owner))
    name = owner.metadata.name
    match it.phase:
        case Phase.CREATING:
            return cloud(tags, name=name, provisioning="Creating", state="", ip="", containers=())
        case Phase.RUNNING:
            return cloud(tags, name=name, containers=(_RUNS,))
        case Phase.FAILED:
            return cloud(tags, name=name, provisioning="Failed", state="Pending", ip="", containers=())
        case Phase.ROOMLESS:
            failed = cloud(tags, name=name, provisioning="Failed", state="Pending", ip="", containers=())
            return replace(failed, failure=NO_ROOM)
        case Phase.STOPPED:
            return cloud(tags, name=name, state="Stopped", ip="", containers=())
        case Phase.ENDING:
            return cloud(tags, name=name, provisioning="Deleting", state="", ip="", containers=())


def shortage(place: int, until: datetime) -> Shortage:
    """Return what a refusal for want of room tells of a place."""
    spec = group(0, "v1", 1, False, True, False, place).spec
    return Shortage.of(spec, Reason.NO_CAPACITY, NO_ROOM, T0).ending(until)


def reason(conditions: Sequence[Condition]) -> str:
    """Return what is said of why something is ready or not."""
    ready = find(conditions, ConditionType.READY)
    return ready.reason if ready is not None else "nothing"


def summary(ips: Sequence[str]) -> str | None:
    """Return the printer column of these IPs."""
    more = len(ips) - SUMMARY_IPS
    text = ",".join(ips[:SUMMARY_IPS])
    return (f"{text} + {more} more" if more > 0 else text) or None
