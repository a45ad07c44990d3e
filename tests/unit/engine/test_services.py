"""The loop of services: what was decided is written down before it is done, and nothing is decided twice."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.errors import (
    ApiForbidden,
    Conflict,
    Forbidden,
    ResourceGroupNotFound,
    Unauthenticated,
    Unavailable,
)
from aci_operator.core.service.status import selector
from aci_operator.engine.ports import Key

from tests.unit.core.builders import T0, cloud, group, holds, reason, replica, revision, service
from tests.unit.engine.fakes import Scene

KEY = Key("team-a", "llm")
MakeScene = Callable[..., Scene]


@pytest.fixture
async def make_scene() -> AsyncIterator[MakeScene]:
    made: list[Scene] = []

    def make(*subjects: Service | ContainerGroup) -> Scene:
        made.append(Scene(*subjects))
        return made[-1]

    yield make
    for scene in made:
        await scene.close()


def served(scene: Scene) -> ServiceStatus:
    return scene.cluster.services[KEY].status


def old(serial: int = 3, **more: object) -> ServiceStatus:
    values: dict[str, Any] = {"serial": serial, "replicas": 3, "current_revision": revision("v1").name, **more}
    return ServiceStatus(observed_generation=1, **values)


async def test_a_new_service_is_told_of_before_azure_is_asked(make_scene: MakeScene) -> None:
    scene = make_scene(service(meta_finalizers=()))
    scene.azure.errors["list"].append(Unavailable())
    await scene.services.reconcile(KEY)
    assert served(scene).observed_generation == 1
    assert keys.FINALIZER in scene.cluster.services[KEY].metadata.finalizers
    assert scene.cluster.groups == {}


async def test_a_new_service_gets_its_replicas(make_scene: MakeScene) -> None:
    scene = make_scene(service(3))
    await scene.services.reconcile(KEY)
    assert sorted(it.metadata.labels[keys.LABEL_SERIAL] for it in scene.cluster.groups.values()) == ["1", "2", "3"]
    assert len({it.metadata.name for it in scene.cluster.groups.values()}) == 3
    assert all(key in scene.woken for key in scene.cluster.groups)
    assert [notice.reason for notice in scene.cluster.notices].count(Reason.CREATED_GROUP) == 1


async def test_a_second_pass_does_nothing(make_scene: MakeScene) -> None:
    scene = make_scene(service(3))
    await scene.services.reconcile(KEY)
    writes = len(scene.cluster.writes)
    await scene.services.reconcile(KEY)
    assert len(scene.cluster.writes) == writes


async def test_the_revision_is_stored_and_the_status_written_before_the_first_replica(make_scene: MakeScene) -> None:
    scene = make_scene(service(1, status=old(0)))
    await scene.services.reconcile(KEY)
    assert scene.cluster.writes == ["create_revision", "write_status", "create_group"]


async def test_a_decision_from_an_old_look_is_thrown_away_whole(make_scene: MakeScene) -> None:
    scene = make_scene(service(3, status=old()))
    scene.cluster.errors["write_status"].append(Conflict("changed"))
    with pytest.raises(Conflict):
        await scene.services.reconcile(KEY)
    assert scene.cluster.groups == {}


async def test_what_a_crash_left_undone_is_done_with_new_numbers(make_scene: MakeScene) -> None:
    """The status says that three numbers were given, but only one object was made."""
    scene = make_scene(service(3, status=old()), replica(1))
    await scene.services.reconcile(KEY)
    numbers = sorted(it.metadata.labels[keys.LABEL_SERIAL] for it in scene.cluster.groups.values())
    assert numbers == ["1", "4", "5"]


async def test_numbers_never_go_back_when_the_api_server_refuses_in_mid_decision(make_scene: MakeScene) -> None:
    scene = make_scene(service(3, status=old(5)))
    create_group, made = scene.cluster.create_group, list[ContainerGroup]()

    async def refusing(group: ContainerGroup) -> ContainerGroup:
        if made:
            raise ApiForbidden("cannot create acicontainergroups")
        made.append(group)
        return await create_group(group)

    scene.cluster.create_group = refusing  # type: ignore[method-assign]
    with pytest.raises(ApiForbidden):
        await scene.services.reconcile(KEY)
    assert served(scene).serial == 8
    assert (reason(served(scene)), holds(served(scene), ConditionType.STALLED)) == ("KubernetesForbidden", True)
    scene.cluster.create_group = create_group  # type: ignore[method-assign]
    await scene.services.reconcile(KEY)
    numbers = [it.metadata.labels[keys.LABEL_SERIAL] for it in scene.cluster.groups.values()]
    assert len(numbers) == len(set(numbers)) == 3


async def test_what_is_refused_is_not_told_by_an_operator_that_no_longer_leads(make_scene: MakeScene) -> None:
    scene = make_scene(service(3, status=old(5)))
    written = []

    async def refusing(group: ContainerGroup) -> ContainerGroup:
        written.append(served(scene))
        scene.leadership.yes = False
        raise ApiForbidden(f'cannot create "{group.metadata.name}"')

    scene.cluster.create_group = refusing  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        await scene.services.reconcile(KEY)
    assert served(scene) == written[0]


async def test_not_even_the_status_may_be_written(make_scene: MakeScene) -> None:
    scene = make_scene(service(3, status=old()))
    scene.cluster.errors["write_status"] += [ApiForbidden("cannot update"), ApiForbidden("cannot update")]
    with pytest.raises(ApiForbidden):
        await scene.services.reconcile(KEY)
    assert scene.cluster.groups == {}


async def test_a_drawn_name_is_put_without_a_get(make_scene: MakeScene) -> None:
    scene = make_scene(service(1, status=old(1)))
    await scene.services.reconcile(KEY)
    made = Key("team-a", scene.only_group().metadata.name)
    await scene.live(made, 2)
    assert next(verb for verb, _ in scene.azure.calls if verb != "list") == "put"


async def test_replicas_in_azure_that_lost_their_objects_get_them_back_and_are_not_made_twice(
    make_scene: MakeScene,
) -> None:
    left = replica(7)
    tags = {
        keys.TAG_CLUSTER: "c1u57e12",
        keys.TAG_NAMESPACE: "team-a",
        keys.TAG_NAME: left.metadata.name,
        keys.TAG_UID: "uid-before-the-restore",
        keys.TAG_SERVICE: "llm",
        keys.TAG_REVISION: f"v1:{revision('v1').name}",
        keys.TAG_CREATED: "2026-01-01T12:00:00Z",
    }
    scene = make_scene(service(1))
    seen = cloud(tags, name=left.metadata.name)
    scene.azure.groups[seen.ref] = seen
    await scene.services.reconcile(KEY)
    assert list(scene.cluster.groups) == [Key("team-a", left.metadata.name)]
    await scene.live(Key("team-a", left.metadata.name), 20)
    assert scene.azure.count("put") == 0
    assert scene.azure.count("replace_tags") == 1


@pytest.mark.parametrize(
    ("error", "made", "told"),
    [
        (Unavailable(), 0, "AzureUnavailable"),
        (Forbidden(), 0, "Forbidden"),
        (Unauthenticated(), 0, "Unauthenticated"),
        (ResourceGroupNotFound(), 2, "Scaling"),
    ],
    ids=lambda it: type(it).__name__,
)
async def test_what_is_left_must_be_known_before_anything_is_made(
    make_scene: MakeScene, error: Exception, made: int, told: str
) -> None:
    """Only the answer that there is no resource group proves that nothing is left in it."""
    scene = make_scene(service(2))
    scene.azure.errors["list"].append(error)
    await scene.services.reconcile(KEY)
    assert len(scene.cluster.groups) == made
    assert reason(served(scene)) == told


async def test_objects_of_an_earlier_service_are_adopted(make_scene: MakeScene) -> None:
    stray = replica(4)
    labels = {**stray.metadata.labels, keys.LABEL_SERVICE_UID: "uid-of-the-earlier-one"}
    stray = stray.model_copy(update={"metadata": stray.metadata.model_copy(update={"labels": labels})})
    scene = make_scene(service(1), stray)
    for _ in range(3):
        await scene.services.reconcile(KEY)
    assert len(scene.cluster.groups) == 1
    assert scene.only_group().metadata.deletion_timestamp is None
    assert served(scene).serial >= 4


async def test_a_deletion_ends_the_groups_and_then_the_service(make_scene: MakeScene) -> None:
    scene = make_scene(service(1, status=old(), meta_deletion_timestamp=T0), replica(1))
    await scene.services.reconcile(KEY)
    assert scene.only_group().metadata.deletion_timestamp is not None
    assert KEY in scene.cluster.services
    scene.cluster.groups.clear()
    await scene.services.reconcile(KEY)
    assert KEY not in scene.cluster.services


async def test_a_changed_deletion_policy_reaches_the_groups_before_they_are_deleted(make_scene: MakeScene) -> None:
    scene = make_scene(service(1, deletionPolicy="Orphan", status=old(), meta_deletion_timestamp=T0), replica(1))
    for _ in range(3):
        try:
            await scene.services.reconcile(KEY)
        except Conflict:
            continue
    made = scene.only_group()
    assert made.spec.deletion_policy == "Orphan"
    assert made.metadata.deletion_timestamp is not None
    assert scene.cluster.writes.index("hand_down") < scene.cluster.writes.index("delete_group")


async def test_many_changes_of_one_kind_are_one_event(make_scene: MakeScene) -> None:
    scene = make_scene(service(0, status=old(replicas=8)), *(replica(number) for number in range(1, 9)))
    await scene.services.reconcile(KEY)
    (told,) = [notice for notice in scene.cluster.notices if notice.reason is Reason.DELETED_GROUP]
    assert told.message.startswith("deleting 8 (Scaling): ")
    assert told.message.endswith(" and 3 more")


async def test_a_conflict_in_the_middle_costs_no_event(make_scene: MakeScene) -> None:
    """The status is written by then: no later pass sees a change of it."""
    told = old(selector=selector(service()), update_revision=revision().name, available_replicas=2)
    scene = make_scene(service(0, status=told), replica(1), replica(2))
    scene.cluster.revisions.append(revision())
    scene.cluster.errors["delete_group"].append(Conflict("its status was written meanwhile"))
    with pytest.raises(Conflict):
        await scene.services.reconcile(KEY)
    assert [notice.reason for notice in scene.cluster.notices] == [Reason.SCALED_TO_ZERO], "nothing is deleted yet"
    await scene.services.reconcile(KEY)
    told_of = [notice.reason for notice in scene.cluster.notices]
    assert told_of == [Reason.SCALED_TO_ZERO, Reason.DELETED_GROUP]


async def test_what_the_api_server_refuses_is_an_event_once(make_scene: MakeScene) -> None:
    scene = make_scene(service(2, status=old()))
    scene.cluster.errors["create_group"] += [ApiForbidden("cannot create"), ApiForbidden("cannot create")]
    for _ in range(2):
        with pytest.raises(ApiForbidden):
            await scene.services.reconcile(KEY)
    assert [notice.reason for notice in scene.cluster.notices].count(Reason.API_FORBIDDEN) == 1


async def test_a_service_that_is_gone_is_nothing(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    assert await scene.services.reconcile(KEY) is None


async def test_a_refusal_that_is_over_is_said_no_longer(make_scene: MakeScene) -> None:
    """Nothing else may come to wake the service: with a revision that is deleted at last, nothing of it changes."""
    scene = make_scene(service(meta_finalizers=()))
    scene.cluster.errors["create_revision"].append(ApiForbidden("controllerrevisions: no"))
    with pytest.raises(ApiForbidden):
        await scene.services.reconcile(KEY)
    assert reason(served(scene)) == Reason.API_FORBIDDEN
    assert await scene.services.reconcile(KEY) == 0
    await scene.services.reconcile(KEY)
    assert reason(served(scene)) != Reason.API_FORBIDDEN
