"""How the loop of container groups ends one: its group first, in its turn, and then the object."""

from typing import Final

import pytest
from aci_operator.api.base import ConditionType, OwnerReference
from aci_operator.api.group import ContainerGroup
from aci_operator.core.errors import AnswerLost, Forbidden
from aci_operator.engine.budgets.budgets import Kind

from tests.unit.core.builders import (
    CLUSTER,
    REQUESTED,
    RUNNING,
    SCOPE,
    at,
    cloud,
    group,
    holds,
    reason,
    service,
    tags_of,
)
from tests.unit.engine.fakes import now, request
from tests.unit.engine.scenes import KEY, REF, MakeScene

KINDS: Final[tuple[Kind, Kind]] = ("create", "delete")


def deleting(policy: str = "Delete") -> ContainerGroup:
    return group(RUNNING, deleting=True, deletionPolicy=policy)


async def test_a_deletion_ends_the_group_first_and_lets_the_object_go_after_a_list(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    await scene.live(KEY, 40)
    assert KEY not in scene.cluster.groups
    assert scene.azure.count("delete") == 1
    assert scene.azure.groups == {}
    kinds = [verb for verb, _ in scene.azure.calls]
    assert "list" in kinds[kinds.index("delete") :]


@pytest.mark.parametrize(
    ("api_version", "kind", "left"),
    [
        ("argoproj.io/v1alpha1", "Workflow", False),
        ("example.org/v1alpha1", "AciService", False),
        ("acioperator.dev/v1beta1", "AciService", True),
    ],
)
async def test_only_a_service_leaves_its_groups_to_a_service_of_its_name(
    make_scene: MakeScene, api_version: str, kind: str, left: bool
) -> None:
    """An object of another kind may control one, and have the name of a service."""
    reference = OwnerReference(api_version=api_version, kind=kind, name="llm", uid="another", controller=True)
    one = deleting()
    one = one.model_copy(update={"metadata": one.metadata.model_copy(update={"owner_references": (reference,)})})
    scene = make_scene(one, service(), fresh=False)
    scene.azure.groups[REF] = cloud()
    await scene.live(KEY, 40)
    assert KEY not in scene.cluster.groups
    assert (scene.azure.count("delete") == 0) is left


async def test_a_deletion_without_an_answer_waits_for_the_ghost_window(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.azure.effect_though_lost = True
    scene.azure.errors["delete"].append(AnswerLost())
    await scene.live(KEY, 25)
    assert KEY in scene.cluster.groups
    await scene.live(KEY, 40)
    assert KEY not in scene.cluster.groups
    assert scene.azure.count("delete") == 1


async def test_a_delete_that_waits_for_its_turn_costs_no_reads(make_scene: MakeScene) -> None:
    """With a namespace, hundreds wait for an hour; one read each, every ten seconds, would be too many for Azure."""
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.around.budgets.of("delete", SCOPE.subscription_id, "westeurope").block(at(600))
    await scene.live(KEY, 600)
    assert (scene.azure.count("get"), scene.azure.count("delete")) == (1, 0)
    await scene.live(KEY, 40)
    assert (scene.azure.count("get"), scene.azure.count("delete")) == (3, 1)
    assert KEY not in scene.cluster.groups


async def test_what_cannot_be_read_when_its_turn_has_come_leaves_it_to_others(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    budget = scene.around.budgets.of("delete", SCOPE.subscription_id, "westeurope")
    budget.block(at(60))
    await scene.live(KEY, 50)
    scene.azure.errors["get"] += [Forbidden() for _ in range(100)]
    await scene.live(KEY, 600)
    assert budget.take(request("team-b", "web-1"), now()) is None
    assert budget.waiting()["Growth"] == 0


async def test_while_all_connections_are_cut_deletes_do_not_storm(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.azure.errors["delete"] += [AnswerLost() for _ in range(100)]
    await scene.live(KEY, 60)
    assert 2 <= scene.azure.count("delete") <= 13


async def test_a_role_without_delete_is_asked_more_and_more_seldom_and_told_once(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.azure.errors["delete"] += [Forbidden("AuthorizationFailed", "containerGroups/delete") for _ in range(9)]
    await scene.live(KEY, 30)
    writes = len(scene.cluster.writes)
    shown = scene.cluster.groups[KEY].status
    assert (reason(shown), holds(shown, ConditionType.STALLED)) == ("Forbidden", True)
    await scene.live(KEY, 300)
    assert scene.azure.count("delete") <= 9
    assert len(scene.cluster.writes) == writes
    await scene.live(KEY, 240)
    assert KEY not in scene.cluster.groups


async def test_an_orphan_keeps_running_without_our_tags(make_scene: MakeScene) -> None:
    scene = make_scene(deleting("Orphan"), fresh=False)
    scene.azure.groups[REF] = cloud()
    await scene.live(KEY, 40)
    assert KEY not in scene.cluster.groups
    assert CLUSTER not in scene.azure.groups[REF].tags.values()
    assert scene.azure.count("delete") == 0


async def test_what_waited_for_its_create_and_is_to_end_waits_for_its_delete(
    make_scene: MakeScene, caplog: pytest.LogCaptureFixture
) -> None:
    """Its group was there all the time: reads lagged."""
    scene = make_scene(group(REQUESTED), fresh=False)
    creates, deletes = (scene.around.budgets.of(kind, SCOPE.subscription_id, "westeurope") for kind in KINDS)
    creates.block(at(600))
    deletes.block(at(600))
    await scene.live(KEY, 120)
    assert sum(creates.waiting().values()) == 1
    scene.azure.groups[REF] = cloud(tags_of(group()))
    await scene.live(KEY, 60)
    await scene.cluster.delete_group(scene.only_group())
    await scene.live(KEY, 60)
    assert "did not come to an end" not in caplog.text
    assert reason(scene.only_group().status) == "WaitingForBudget"
    assert (sum(creates.waiting().values()), sum(deletes.waiting().values())) == (0, 1)
    await scene.live(KEY, 420)
    assert KEY not in scene.cluster.groups
    assert [kind for kind, _ in scene.telemetry.waits] == ["delete"]
    assert scene.telemetry.waits[0][1] <= 420, "only for its delete"
