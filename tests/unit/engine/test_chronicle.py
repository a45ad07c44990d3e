"""Every action says the same reason in a log line, in an Event about the right object, and in the metric."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import AnswerLost, ResourceGroupNotFound
from aci_operator.engine.collector import Collector
from aci_operator.engine.ports import Key

from tests.unit.core.builders import NAME, RUNNING, T0, cloud, group, predecessor, replica, revision, service, tags_of
from tests.unit.engine.fakes import Scene

SERVICE, GROUP = Key("team-a", "llm"), Key("team-a", NAME)
Play = Callable[[Scene], Awaitable[object]]


async def service_pass(scene: Scene) -> object:
    scene.cluster.revisions += [] if scene.cluster.revisions else [revision("v1")]
    return await scene.services.reconcile(SERVICE)


async def first_pass(scene: Scene) -> object:
    return await scene.services.reconcile(SERVICE)


async def with_old_revisions(scene: Scene) -> object:
    scene.cluster.revisions += [revision("v0", 1), revision("v1", 2)]
    return await service_pass(scene)


async def drawn(scene: Scene) -> None:
    scene.memories.drew(GROUP)
    await scene.live(GROUP, 20)


async def found(scene: Scene) -> None:
    await scene.live(GROUP, 20)


async def unanswered(scene: Scene) -> None:
    scene.azure.errors["put"].append(AnswerLost(message="cut"))
    scene.azure.effect_though_lost = True
    await drawn(scene)


async def tags_unanswered(scene: Scene) -> None:
    scene.azure.errors["replace_tags"].append(AnswerLost(message="cut"))
    scene.azure.effect_though_lost = True
    await found(scene)


async def resource_group_unanswered(scene: Scene) -> None:
    scene.azure.errors["create_resource_group"].append(AnswerLost(message="cut"))
    scene.azure.errors["put"].append(ResourceGroupNotFound())
    scene.azure.effect_though_lost = True
    await drawn(scene)


async def without_a_resource_group(scene: Scene) -> None:
    scene.azure.errors["put"].append(ResourceGroupNotFound())
    await drawn(scene)


async def two_rounds(scene: Scene) -> object:
    collector = Collector(scene.around, interval=0, grace=300)
    return [await collector.round(), await collector.round()]


def before(**more: Any) -> ServiceStatus:
    return ServiceStatus(
        **{"observed_generation": 1, "serial": 9, "replicas": 3, "current_revision": revision("v1").name, **more}
    )


def roomless() -> ContainerGroup:
    """A replica that Azure took, and for which it then found no room."""
    lost = replica(1, state=State.FAILED)
    told = judged((), Verdict.underway(Reason.NO_CAPACITY, "no room"), 1, T0)
    return lost.model_copy(update={"status": lost.status.model_copy(update={"conditions": told})})


def stray() -> ContainerGroup:
    """The object of a replica of an earlier service."""
    made = replica(4)
    labels = {**made.metadata.labels, keys.LABEL_SERVICE_UID: "uid-of-the-earlier-one"}
    return made.model_copy(update={"metadata": made.metadata.model_copy(update={"labels": labels})})


def leftover() -> CloudGroup:
    """A container group whose object no longer exists."""
    created = (T0 - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    tags = tags_of(group(name="llm-1-leftover", uid="gone"))
    return cloud({**tags, keys.TAG_CREATED: created}, name="llm-1-leftover")


def untagged() -> CloudGroup:
    tags = tags_of(group())
    del tags[keys.TAG_NAMESPACE]
    return cloud(tags)


OLD = [replica(serial) for serial in (1, 2, 3)]
LOST = replica(3, state=State.LOST, proven=True)
NO_CANARY = {"rollingUpdate": {"canary": 0}}


@dataclass(frozen=True)
class Case:
    """What there is, what happens, and what is done by it for which reason."""

    act: Act
    why: Reason
    subjects: Sequence[Service | ContainerGroup]
    play: Play = service_pass
    in_azure: CloudGroup | None = None

    def __str__(self) -> str:
        return f"{self.act} {self.why}"


CASES = [
    Case(Act.STORE_REVISION, Reason.TEMPLATE_CHANGED, [service(1)], first_pass),
    Case(Act.DROP_REVISION, Reason.HISTORY_LIMIT, [service(revisionHistoryLimit=0), *OLD], with_old_revisions),
    Case(Act.CREATE, Reason.SCALING, [service(5, status=before()), *OLD]),
    Case(Act.CREATE, Reason.HEALING, [service(3, status=before()), *OLD[:2]]),
    Case(Act.CREATE, Reason.CANARY, [service(3, image="v2", status=before()), *OLD]),
    Case(Act.CREATE, Reason.ROLLING_OUT, [service(3, image="v2", status=before(), strategy=NO_CANARY), *OLD]),
    Case(Act.CREATE, Reason.PLACEMENT, [service(1, status=before(replicas=1)), roomless()]),
    Case(Act.DELETE, Reason.PLACEMENT, [service(1, status=before(replicas=1)), roomless()]),
    Case(Act.DELETE, Reason.SCALING, [service(1, status=before()), *OLD]),
    Case(Act.DELETE, Reason.HEALING, [service(3, status=before()), *OLD[:2], LOST]),
    Case(Act.DELETE, Reason.DELETING, [service(3, meta_deletion_timestamp=T0), *OLD]),
    Case(Act.ADOPT, Reason.ADOPTION, [service(1), stray()]),
    Case(
        Act.RELEASE,
        Reason.ORPHANED,
        [service(3, meta_deletion_timestamp=T0, meta_finalizers=(keys.FINALIZER, "orphan")), *OLD],
    ),
    Case(Act.HAND_DOWN, Reason.SPEC_CHANGED, [service(3, deletionPolicy="Orphan", status=before()), *OLD]),
    Case(Act.PUT_GROUP, Reason.CANARY, [group(annotations={keys.ANNOTATION_REASON: "Canary"})], drawn),
    Case(Act.PUT_GROUP, Reason.SCALING, [group(annotations={keys.ANNOTATION_REASON: "Scaling"})], unanswered),
    Case(Act.PUT_GROUP, Reason.REQUESTED, [group()], drawn),
    Case(Act.PUT_GROUP, Reason.REQUESTED, [group(annotations={keys.ANNOTATION_REASON: "FromTheFuture"})], drawn),
    Case(Act.DELETE_GROUP, Reason.DELETING, [group(RUNNING, deleting=True)], found, cloud()),
    Case(Act.REPLACE_TAGS, Reason.ADOPTION, [group()], found, cloud(predecessor())),
    Case(Act.REPLACE_TAGS, Reason.DRIFTED, [group(RUNNING)], found, untagged()),
    Case(Act.REPLACE_TAGS, Reason.ORPHANED, [group(RUNNING, deleting=True, deletionPolicy="Orphan")], found, cloud()),
    Case(
        Act.CREATE_RESOURCE_GROUP,
        Reason.RESOURCE_GROUP_NOT_FOUND,
        [group(resourceGroupPolicy="CreateIfMissing")],
        without_a_resource_group,
    ),
    Case(Act.REPLACE_TAGS, Reason.ADOPTION, [group()], tags_unanswered, cloud(predecessor())),
    Case(Act.REPLACE_TAGS, Reason.DRIFTED, [group(RUNNING)], tags_unanswered, untagged()),
    Case(
        Act.REPLACE_TAGS,
        Reason.ORPHANED,
        [group(RUNNING, deleting=True, deletionPolicy="Orphan")],
        tags_unanswered,
        cloud(),
    ),
    Case(
        Act.CREATE_RESOURCE_GROUP,
        Reason.RESOURCE_GROUP_NOT_FOUND,
        [group(resourceGroupPolicy="CreateIfMissing")],
        resource_group_unanswered,
    ),
    Case(Act.COLLECT, Reason.NO_OBJECT, [], two_rounds, leftover()),
]


def test_there_is_a_case_for_each_action() -> None:
    assert {case.act for case in CASES} == set(Act)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_log_event_and_metric_say_the_same_reason(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scene = Scene(*case.subjects)
    if case.in_azure is not None:
        scene.azure.groups[case.in_azure.ref] = case.in_azure

    await case.play(scene)
    await scene.close()

    fields = [getattr(record, "fields", {}) for record in caplog.records]
    logged = [it for it in fields if it.get("action") == case.act and it["reason"] == case.why]
    assert len(logged) == 1, "one line, however many objects it is about"
    assert scene.telemetry.acts[case.act, case.why] >= 1
    [notice] = [it for it in scene.cluster.notices if it.reason == logged[0]["event"] and f"({case.why}" in it.message]
    about = notice.about
    assert logged[0]["object"] == ("operator" if about is None else f"team-a/{about.metadata.name}")
    in_log = {(it["action"], it["reason"]) for it in fields if "action" in it}
    assert in_log == {(act.value, why.value) for act, why in scene.telemetry.acts}


async def test_the_metric_counts_each_replica_and_the_event_is_one() -> None:
    scene = Scene(service(7, status=before(replicas=0)))
    await service_pass(scene)
    assert scene.telemetry.acts == Counter({(Act.CREATE, Reason.SCALING): 7})
    assert sum(notice.reason is Reason.CREATED_GROUP for notice in scene.cluster.notices) == 1


async def test_what_was_done_before_a_failure_is_told_all_the_same() -> None:
    scene = Scene(service(1, status=before()), *OLD)
    scene.cluster.errors["delete_group"] = []
    real, calls = scene.cluster.delete_group, list[str]()

    async def second_fails(group: ContainerGroup) -> None:
        calls.append(group.metadata.name)
        if len(calls) == 2:
            raise ConnectionError
        await real(group)

    scene.cluster.delete_group = second_fails  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await service_pass(scene)
    [notice] = [it for it in scene.cluster.notices if it.reason is Reason.DELETED_GROUP]
    assert notice.message == f"deleting 1 (Scaling): {calls[0]}"


@pytest.mark.parametrize(
    ("failed", "cause"),
    [(LOST, Reason.DISAPPEARED), (replica(3, state=State.FAILED, proven=True), Reason.START_FAILED)],
)
async def test_heals_are_counted_by_what_was_wrong(failed: ContainerGroup, cause: Reason) -> None:
    scene = Scene(service(3, status=before()), *OLD[:2], failed)
    await service_pass(scene)
    assert scene.telemetry.heals == Counter({cause: 1})


async def test_each_choice_of_a_place_is_counted() -> None:
    scene = Scene(service(3, placements=[{"location": "westeurope", "zones": ["1", "2"]}], status=before(replicas=0)))
    await service_pass(scene)
    assert scene.telemetry.places == Counter({("westeurope", "1"): 2, ("westeurope", "2"): 1})
