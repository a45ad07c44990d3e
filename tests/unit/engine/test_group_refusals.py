"""What the loop of container groups makes of a no: of Azure, of the spec's own terms, of the API server."""

from contextlib import suppress

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.core.cloud import ResourceGroupRef
from aci_operator.core.errors import (
    ApiForbidden,
    Conflict,
    Forbidden,
    ImageInaccessible,
    Invalid,
    ResourceGroupNotFound,
)

from tests.unit.core.builders import SCOPE, condition_message, group, holds, reason
from tests.unit.engine.scenes import KEY, MakeScene, verbs

# --- Azure says no


async def test_a_refused_put_is_told_and_tried_more_and_more_seldom(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.azure.errors["put"] += [ImageInaccessible("InaccessibleImage", "no such image") for _ in range(3)]
    await scene.live(KEY, 59)
    assert (scene.azure.count("put"), reason(scene.cluster.groups[KEY].status)) == (1, "ImageInaccessible")
    await scene.live(KEY, 119)
    assert scene.azure.count("put") == 2
    await scene.live(KEY, 5)
    assert scene.azure.count("put") == 3
    await scene.live(KEY, 230)
    assert scene.azure.count("put") == 3
    await scene.live(KEY, 30)
    assert scene.azure.count("put") == 4
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_spec_that_cannot_be_said_in_azures_terms_stalls_without_a_call(make_scene: MakeScene) -> None:
    bad = group(template={"containers": [{**_container(), "args": ["--fast"]}]})
    scene = make_scene(bad)
    await scene.live(KEY, 20)
    assert verbs(scene) == []
    shown = scene.cluster.groups[KEY].status
    assert (reason(shown), holds(shown, ConditionType.STALLED)) == ("InvalidSpec", True)


def _container() -> dict[str, object]:
    return group().spec.template.containers[0].manifest()


async def test_a_missing_right_is_told_once_and_mended_without_a_restart(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.azure.errors["put"] += [Forbidden("AuthorizationFailed", "containerGroups/write") for _ in range(5)]
    await scene.live(KEY, 120)
    events = [notice.reason for notice in scene.cluster.notices]
    assert events.count(Reason.FORBIDDEN) == 1
    await scene.live(KEY, 120)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_missing_right_to_read_costs_no_writes_while_it_lasts(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.azure.errors["get"] += [Forbidden("AuthorizationFailed", "containerGroups/read") for _ in range(50)]
    await scene.live(KEY, 60)
    writes = len(scene.cluster.writes)
    await scene.live(KEY, 600)
    assert len(scene.cluster.writes) == writes


@pytest.mark.parametrize("policy", ["MustExist", "CreateIfMissing"])
async def test_a_missing_resource_group(make_scene: MakeScene, policy: str) -> None:
    scene = make_scene(group(resourceGroupPolicy=policy))
    scene.azure.errors["put"].append(ResourceGroupNotFound())
    await scene.live(KEY, 8)
    made = policy == "CreateIfMissing"
    assert scene.azure.count("create_resource_group") == int(made)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY) is made
    await scene.live(KEY, 30)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_resource_group_that_somebody_else_has_made_is_left_alone(make_scene: MakeScene) -> None:
    scene = make_scene(group(resourceGroupPolicy="CreateIfMissing"))
    scene.azure.errors["put"].append(ResourceGroupNotFound())
    scene.azure.resource_groups.add(SCOPE)
    await scene.live(KEY, 8)
    assert scene.azure.count("create_resource_group") == 0
    assert Reason.CREATED_RESOURCE_GROUP not in [notice.reason for notice in scene.cluster.notices]
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_resource_group_that_a_put_does_not_see_yet_is_waited_for(make_scene: MakeScene) -> None:
    scene = make_scene(group(resourceGroupPolicy="CreateIfMissing"))
    scene.azure.errors["put"] += [ResourceGroupNotFound() for _ in range(100)]
    scene.azure.resource_groups.add(SCOPE)
    await scene.live(KEY, 5)
    assert scene.azure.count("put") == 2
    told = len(scene.cluster.notices)
    await scene.live(KEY, 595)
    assert len(scene.cluster.notices) == told, "a try says nothing new"
    assert scene.azure.count("put") == scene.azure.count("has_resource_group") <= 9
    shown = scene.cluster.groups[KEY].status
    assert not holds(shown, ConditionType.STALLED)
    assert "exists, and that it does not" in condition_message(shown)


async def test_a_resource_group_is_not_made_without_the_right_to_write(make_scene: MakeScene) -> None:
    """The look whether it exists may take 20 seconds, and end after the right has."""
    scene = make_scene(group(resourceGroupPolicy="CreateIfMissing"))
    scene.azure.errors["put"].append(ResourceGroupNotFound())

    async def slow(scope: ResourceGroupRef) -> bool:
        assert scope == SCOPE
        scene.leadership.yes = False
        return False

    scene.azure.has_resource_group = slow  # type: ignore[method-assign]
    with suppress(Conflict):
        await scene.live(KEY, 8)
    assert not scene.leadership.yes
    assert scene.azure.count("create_resource_group") == 0


async def test_invalid_is_raised_by_azure_too(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.azure.errors["put"].append(Invalid("InvalidTemplate", "no"))
    await scene.live(KEY, 10)
    assert reason(scene.cluster.groups[KEY].status) == "InvalidSpec"


# --- The API server says no


async def test_a_missing_right_in_the_cluster_is_told(make_scene: MakeScene) -> None:
    scene = make_scene(group(finalizers=()))
    scene.cluster.errors["set_finalizers"] += [ApiForbidden("cannot patch"), ApiForbidden("cannot patch")]
    for _ in range(2):
        with pytest.raises(ApiForbidden):
            await scene.groups.reconcile(KEY)
    shown = scene.cluster.groups[KEY].status
    assert (reason(shown), holds(shown, ConditionType.STALLED)) == ("KubernetesForbidden", True)
    await scene.live(KEY, 20)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_not_even_the_status_may_be_written(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.cluster.errors["write_status"].append(ApiForbidden("cannot update"))
    with pytest.raises(ApiForbidden):
        await scene.groups.reconcile(KEY)
    assert scene.azure.calls == []
    await scene.live(KEY, 20)
    assert scene.azure.count("put") == 1
