"""Plans of a service in short words, for the tables of its policies."""

from collections.abc import Sequence
from typing import Any

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, Service, ServiceStatus
from aci_operator.core.revision import Revision
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, Plan
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan

from tests.unit.core.builders import T0, at, replica, revision, service

LOOKS = (
    "allowance",
    "default_subscription",
    "doubted",
    "heritage",
    "now",
    "obstacle",
    "shortages",
    "strays",
    "unreadable",
)
NO_SURGE: dict[str, Any] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
V1, V2, V3 = revision("v1", 1), revision("v2", 2), revision("v3", 3)


def status(current: str = "v1", **more: Any) -> ServiceStatus:
    """Return the status of a service of three replicas that are of a revision."""
    values = {"current_revision": revision(current).name, "serial": 100, "replicas": 3, **more}
    return ServiceStatus(observed_generation=1, **values)


def decide(
    groups: Sequence[ContainerGroup],
    wanted: int = 3,
    image: str = "v1",
    *,
    before: ServiceStatus | None = None,
    revisions: Sequence[Revision] = (V1, V2, V3),
    **more: Any,
) -> Plan:
    """Plan for a service that wants so many of an image, after `before`."""
    looks = {name: more.pop(name) for name in LOOKS if name in more}
    subject: Service = service(wanted, image=image, status=before or status(), **more)
    return plan(Observation(service=subject, groups=groups, revisions=revisions, **{"now": T0, **looks}))


def roll(groups: Sequence[ContainerGroup], wanted: int = 3, **more: Any) -> Plan:
    """Plan for a service whose template has become v2."""
    return decide(groups, wanted, "v2", **more)


def remembered(**values: Any) -> Heals:
    """Return what a service remembers of replicas of v1: when the last one failed, and when it was replaced."""
    return Heals.model_validate({"revision": V1.name, "failedAt": at(-60), "replacedAt": at(-30), **values})


def heal(
    groups: Sequence[ContainerGroup], wanted: int = 3, *, known: Heals | None = None, now: float = 0, **more: Any
) -> Plan:
    """Plan for a service that had as many as it wants, and remembers `known` of those that failed."""
    return decide(groups, wanted, before=status(heals=known, replicas=wanted), now=at(now), **more)


def born(decided: Plan) -> list[str]:
    """Return the images of what is created."""
    return [
        action.revision.data.template.spec.containers[0].image
        for action in decided.actions
        if isinstance(action, CreateGroup)
    ]


def whys(decided: Plan) -> list[Reason]:
    """Return why each of these is made."""
    return [action.why for action in decided.actions if isinstance(action, CreateGroup)]


def gone(decided: Plan) -> list[int]:
    """Return the serials of what is deleted."""
    return sorted(
        int(action.group.metadata.labels[keys.LABEL_SERIAL])
        for action in decided.actions
        if isinstance(action, DeleteGroup)
    )


def some(*serials: int, image: str = "v1", **more: Any) -> list[ContainerGroup]:
    """Return replicas of an image."""
    return [replica(serial, image, **more) for serial in serials]


def starting() -> list[ContainerGroup]:
    """Return three replicas of v1 that serve, and a canary of v2 that is starting."""
    return [*some(1, 2, 3), replica(4, "v2", state=State.CREATING)]


def arriving(serial: int, **more: Any) -> ContainerGroup:
    """Return a replica whose container group was there before, and is not taken over yet."""
    made = replica(serial, state=State.PENDING, **more)
    notes = {keys.ANNOTATION_REASON: Reason.ADOPTION.value}
    return made.model_copy(update={"metadata": made.metadata.model_copy(update={"annotations": notes})})
