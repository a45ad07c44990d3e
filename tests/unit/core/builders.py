"""Small objects with everything that a plan needs, and nothing that a test does not speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType, ObjectMeta
from aci_operator.api.group import ContainerGroup, GroupSpec, GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Service, ServiceSpec, ServiceStatus
from aci_operator.core.cloud import CloudContainer, CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.memory import Memory, Read, Trouble
from aci_operator.core.group.observation import Observation
from aci_operator.core.naming import revision_name
from aci_operator.core.ownership import group_tags
from aci_operator.core.revision import Revision, RevisionData, revision_hash
from aci_operator.core.shortage import Shortage, Size

T0 = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
SCOPE = ResourceGroupRef.of(SUBSCRIPTION, "ai-services")
CLUSTER = "c1u57e12"
UID = "uid-of-the-group"
SERVICE_UID = "uid-of-the-service"
NAME = "llm-1-abcdefgh"
IP = "20.1.2.3"


def at(seconds: float) -> datetime:
    """Return a moment, in seconds after the beginning of the story."""
    return T0 + timedelta(seconds=seconds)


SIZE = Size(1, 1.5)
"""What a group of the template asks for."""


def short(
    location: str,
    zone: str | None = None,
    *,
    minutes: float = 5,
    size: Size = SIZE,
    why: Reason = Reason.NO_CAPACITY,
) -> Shortage:
    """Return that a place has no room, for so long."""
    return Shortage(SUBSCRIPTION, location, zone, size, why, "full", T0 + timedelta(minutes=minutes))


def template(image: str = "registry.test/api:1", **container: Any) -> dict[str, Any]:
    """Return what runs in a replica."""
    requests = {"cpu": "1", "memory": "1500M"}
    return {
        "containers": [
            {
                "name": "api",
                "image": image,
                "ports": [{"containerPort": 80}],
                "resources": {"requests": requests},
                **container,
            }
        ]
    }


# --- One container group


def verdict(state: State | None, *, ready: bool, stalled: Reason | None = None) -> Verdict:
    """Return what is said of a group in a state."""
    if ready:
        return Verdict.fine(Reason.RUNNING, f"running with IP {IP}")
    if stalled is not None:
        return Verdict.stuck(stalled, "somebody must act")
    match state:
        case State.LOST:
            return Verdict.underway(Reason.DISAPPEARED, "the container group has disappeared from Azure")
        case State.FAILED:
            return Verdict.underway(Reason.START_FAILED, "Azure could not start it")
        case _:
            return Verdict.underway(Reason.STARTING, "Azure is starting it")


def conditions(
    state: State | None, *, ready: bool, since: float = 0, stalled: Reason | None = None
) -> tuple[Condition, ...]:
    """Return the conditions of a group that has been like that for a while."""
    return judged((), verdict(state, ready=ready, stalled=stalled), 1, at(since))


def group_status(
    *,
    state: State | None = None,
    requested: float | None = None,
    accepted: float | None = None,
    ready_since: float | None = None,
    ready: bool = False,
    ip: str | None = None,
    **more: Any,
) -> GroupStatus:
    """Return a status; a state of None is an object that nobody has looked at."""
    if state is None and requested is None and accepted is None and not ready:
        return GroupStatus(**more)
    return GroupStatus(
        observed_generation=1,
        state=state,
        cluster_id=CLUSTER,
        requested_at=None if requested is None else at(requested),
        accepted_at=None if accepted is None else at(accepted),
        ready_at=None if ready_since is None else at(ready_since),
        provisioning_state="Succeeded" if ready else None,
        ip=ip,
        conditions=conditions(state, ready=ready, since=ready_since or 0),
    ).model_copy(update=more)


def group(
    status: GroupStatus | None = None,
    *,
    name: str = NAME,
    uid: str = UID,
    deleting: bool = False,
    finalizers: Sequence[str] = (keys.FINALIZER,),
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    version: str = "1",
    generation: int = 1,
    **spec: Any,
) -> ContainerGroup:
    """Return the object of a container group."""
    return ContainerGroup(
        metadata=ObjectMeta(
            name=name,
            namespace="team-a",
            uid=uid,
            generation=generation,
            resource_version=version,
            creation_timestamp=T0,
            deletion_timestamp=T0 if deleting else None,
            finalizers=tuple(finalizers),
            annotations=dict(annotations or {}),
            labels=dict(labels or {}),
        ),
        spec=GroupSpec.model_validate(
            {
                "subscriptionId": SUBSCRIPTION,
                "resourceGroup": "ai-services",
                "location": "westeurope",
                "template": template(),
                **spec,
            }
        ),
        status=status or GroupStatus(),
    )


RUNNING = group_status(state=State.RUNNING, requested=-300, accepted=-300, ready_since=-240, ready=True, ip=IP)
CREATING = group_status(state=State.CREATING, requested=-10, accepted=-9)
REQUESTED = group_status(state=State.CREATING, requested=0)


def tags_of(owner: ContainerGroup, **changes: str) -> dict[str, str]:
    """Return the tags that the operator gave this object's group."""
    return {**group_tags(owner, CLUSTER, T0), **changes}


def ours() -> dict[str, str]:
    """Return the tags of the object's own group."""
    return tags_of(group())


def predecessor() -> dict[str, str]:
    """Return the tags of a group whose object was restored from a backup since."""
    return tags_of(group(uid="uid-before-the-restore"))


def foreign() -> dict[str, str]:
    """Return tags that prove nothing."""
    return {"team": "somebody else"}


def failed(
    serial: int,
    *,
    at_: float = 0,
    lived: float | None = None,
    why: Reason | None = None,
    image: str = "v1",
    **more: Any,
) -> ContainerGroup:
    """Return a replica that failed at a moment, after it had been ready for so long; None: it never was."""
    made = replica(serial, image, state=State.FAILED, **more)
    verdict = Verdict.underway(why or Reason.START_FAILED, "it does not get well")
    update = {
        "failed_at": at(at_),
        "ready_at": None if lived is None else at(at_ - lived),
        "conditions": judged((), verdict, 1, at(at_)),
    }
    return made.model_copy(update={"status": made.status.model_copy(update=update)})


def changed(serial: int, image: str = "v1", since: float = -100, **more: Any) -> ContainerGroup:
    """Return a replica that drifted; it has been ready for 300 s."""
    base = replica(serial, image, **more)
    condition = Condition(
        type=ConditionType.DRIFTED, status="True", reason="Drifted", message="", last_transition_time=at(since)
    )
    status = base.status.model_copy(update={"conditions": (*base.status.conditions, condition)})
    return base.model_copy(update={"status": status})


def cloud(
    tags: Mapping[str, str] | None = None,
    *,
    name: str = NAME,
    provisioning: str = "Succeeded",
    state: str = "Running",
    ip: str = IP,
    containers: Sequence[CloudContainer] = (CloudContainer("api", "Running", started_at=T0),),
    failure: str = "",
) -> CloudGroup:
    """Return a group as a GET shows it."""
    return CloudGroup(
        ref=GroupRef(SCOPE, name),
        location="westeurope",
        tags=ours() if tags is None else tags,
        provisioning_state=provisioning,
        ip=ip,
        state=state,
        containers=tuple(containers),
        failure=failure,
    )


def starting(tags: Mapping[str, str] | None = None) -> CloudGroup:
    """Return a group that Azure is still making."""
    return cloud(tags, provisioning="Creating", state="", ip="", containers=())


def in_list(seen: CloudGroup) -> CloudGroup:
    """Return a group as a LIST shows it."""
    return replace(seen, state="", containers=(), failure="")


def memory(*, read: Read | None = None, look_at: float = 0, **more: Any) -> Memory:
    """Return what a process remembers; after a 404, also since when it goes on, unless that is given."""
    if read is not None and read.group is None:
        more.setdefault("missing_since", read.at)
    return Memory(look_at=at(look_at), read=read, **more)


def fresh(**more: Any) -> Memory:
    """Return the memory of a process that has just drawn the name."""
    return memory(drawn=True, unsent=True, **more)


def read(seconds: float, found: CloudGroup | None) -> Read:
    """Return a direct read."""
    return Read(at(seconds), found)


def trouble(why: Reason, until: float = 10, **more: Any) -> Trouble:
    """Return a failure that Azure told in its words."""
    return Trouble(why, "Azure said so", at(until), **more)


def look(subject: ContainerGroup | None = None, recalled: Memory | None = None, **more: Any) -> Observation:
    """Return an observation of one group, at T0 unless `now` says otherwise."""
    return Observation(
        **{
            "group": subject or group(),
            "cluster_id": CLUSTER,
            "now": T0,
            "memory": recalled or memory(),
            **more,
        }
    )


def condition(of: GroupStatus | ServiceStatus, kind: ConditionType) -> Condition:
    """Return a condition that must be there."""
    return next(entry for entry in of.conditions if entry.type == kind)


def reason(of: GroupStatus | ServiceStatus) -> str:
    """Return why an object is ready or not."""
    return condition(of, ConditionType.READY).reason


def condition_message(of: GroupStatus | ServiceStatus) -> str:
    """Return what is said of why an object is ready or not."""
    return condition(of, ConditionType.READY).message


def holds(of: GroupStatus | ServiceStatus, kind: ConditionType) -> bool:
    """Tell whether a condition is True."""
    return condition(of, kind).status == "True"


# --- A service


def service(replicas: int = 3, *, image: str = "v1", status: ServiceStatus | None = None, **more: Any) -> Service:
    """Return a service; `meta_` arguments go to its metadata, others to its spec."""
    meta = {key.removeprefix("meta_"): value for key, value in more.items() if key.startswith("meta_")}
    spec = {key: value for key, value in more.items() if not key.startswith("meta_")}
    return Service(
        metadata=ObjectMeta(
            **{
                "name": "llm",
                "namespace": "team-a",
                "uid": SERVICE_UID,
                "generation": 1,
                "resource_version": "1",
                "creation_timestamp": T0,
                "finalizers": (keys.FINALIZER,),
                **meta,
            }
        ),
        spec=ServiceSpec.model_validate(
            {
                "replicas": replicas,
                "resourceGroup": "ai-services",
                "subscriptionId": SUBSCRIPTION,
                "placements": [{"location": "westeurope"}],
                "template": {"spec": template(image)},
                **spec,
            }
        ),
        status=status or ServiceStatus(),
    )


def data(image: str = "v1") -> RevisionData:
    """Return what a revision holds."""
    spec = service(image=image).spec
    return RevisionData(template=spec.template, network=spec.network)


def revision(image: str = "v1", number: int = 1) -> Revision:
    """Return a revision of the service."""
    content = data(image)
    return Revision(revision_name("llm", revision_hash(content)), number, content)


def replica(
    serial: int,
    image: str = "v1",
    *,
    state: State | None = State.RUNNING,
    ready: bool | None = None,
    proven: bool | None = None,
    ending: bool = False,
    since: float = -300,
    stalled: Reason | None = None,
    **spec: Any,
) -> ContainerGroup:
    """Return the object of a replica: one that runs is ready, and one that is ready has proven itself, unless said."""
    is_ready = state is State.RUNNING if ready is None else ready
    has_been = is_ready if proven is None else proven
    sent = state not in {None, State.PENDING}
    status = GroupStatus(
        observed_generation=1,
        state=state,
        cluster_id=CLUSTER,
        requested_at=at(since) if sent else None,
        accepted_at=at(since) if sent else None,
        ready_at=at(since) if has_been else None,
        failed_at=at(since) if state is not None and state.dead else None,
        ip=f"10.0.0.{serial}" if is_ready else None,
        conditions=conditions(state, ready=is_ready, since=since, stalled=stalled),
    )
    return group(
        status if state is not None else None,
        name=f"llm-{serial}-abcdefgh",
        uid=f"uid-{serial}",
        deleting=ending,
        labels={
            keys.LABEL_SERVICE: "llm",
            keys.LABEL_SERVICE_UID: SERVICE_UID,
            keys.LABEL_REVISION: revision(image).name,
            keys.LABEL_SERIAL: str(serial),
        },
        **{"template": template(image), **spec},
    )
