"""What a status shows for the first time is told, also when the answer to its write was lost: no later pass sees it."""

from collections.abc import Callable

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.api.service import ServiceStatus
from aci_operator.core.errors import ApiForbidden, ApiUnavailable
from aci_operator.core.service.status import selector
from aci_operator.engine.ports import Key

from tests.unit.core.builders import group, replica, revision, service
from tests.unit.engine.fakes import Scene
from tests.unit.engine.scenes import KEY

MakeScene = Callable[..., Scene]
SERVICE = Key("team-a", "llm")


def told(scene: Scene) -> list[Reason]:
    return [notice.reason for notice in scene.cluster.notices]


def scaling_down(make_scene: MakeScene) -> Scene:
    """Return a service that a pass finds scaled to zero, which is told, and whose replica it then deletes."""
    status = ServiceStatus(
        observed_generation=1,
        serial=3,
        replicas=1,
        available_replicas=1,
        selector=selector(service()),
        current_revision=revision().name,
        update_revision=revision().name,
    )
    scene = make_scene(service(0, status=status), replica(1))
    scene.cluster.revisions.append(revision())
    return scene


async def test_what_a_service_has_come_to_is_told_although_the_answer_was_lost(make_scene: MakeScene) -> None:
    scene = scaling_down(make_scene)
    scene.cluster.lose_status = 0
    with pytest.raises(ApiUnavailable, match="the connection was cut"):
        await scene.services.reconcile(SERVICE)
    assert told(scene) == [Reason.SCALED_TO_ZERO]
    assert "delete_group" not in scene.cluster.writes, "another leader may have written that status"
    await scene.services.reconcile(SERVICE)
    assert told(scene) == [Reason.SCALED_TO_ZERO, Reason.DELETED_GROUP]


async def test_what_was_not_written_is_told_once_it_is(make_scene: MakeScene) -> None:
    scene = scaling_down(make_scene)
    scene.cluster.errors["write_status"].append(ApiUnavailable("no answer"))
    with pytest.raises(ApiUnavailable):
        await scene.services.reconcile(SERVICE)
    assert told(scene) == []
    await scene.services.reconcile(SERVICE)
    assert told(scene) == [Reason.SCALED_TO_ZERO, Reason.DELETED_GROUP]


@pytest.mark.parametrize("error", [ApiUnavailable("nor to this"), ApiForbidden("cannot get")], ids=str)
async def test_when_it_cannot_be_read_either_the_first_error_stays(make_scene: MakeScene, error: Exception) -> None:
    scene = scaling_down(make_scene)
    scene.cluster.lose_status = 0
    scene.cluster.errors["fetch_service"].append(error)
    with pytest.raises(ApiUnavailable, match="the connection was cut"):
        await scene.services.reconcile(SERVICE)
    assert told(scene) == []


async def test_that_the_api_server_refuses_is_told_although_the_answer_was_lost(make_scene: MakeScene) -> None:
    scene = make_scene(service(1))
    scene.cluster.errors["create_revision"].append(ApiForbidden("controllerrevisions: no"))
    scene.cluster.lose_status = 1  # its first word comes through
    with pytest.raises(ApiUnavailable):
        await scene.services.reconcile(SERVICE)
    assert told(scene) == [Reason.API_FORBIDDEN]


@pytest.mark.parametrize("skip", range(3))  # so many statuses are written
async def test_what_a_group_has_come_to_is_told_although_the_answer_was_lost(make_scene: MakeScene, skip: int) -> None:
    untroubled, scene = make_scene(group()), make_scene(group())
    await untroubled.live(KEY, 60)
    scene.cluster.lose_status = skip
    with pytest.raises(ApiUnavailable):
        await scene.live(KEY, 60)
    await scene.live(KEY, 120)
    assert told(scene) == told(untroubled)
