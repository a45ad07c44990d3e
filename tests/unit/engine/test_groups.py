"""The loop of container groups: one pass after the other over one object, against an Azure that does as it likes."""

from collections.abc import AsyncIterator, Callable
from unittest.mock import patch

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import GroupRef
from aci_operator.core.errors import (
    AnswerLost,
    ApiForbidden,
    Conflict,
    Forbidden,
    ImageInaccessible,
    Invalid,
    Remaining,
    ResourceGroupNotFound,
    Throttled,
    Transitioning,
    Unavailable,
)
from aci_operator.engine.ports import Key

from tests.unit.core.builders import (
    CLUSTER,
    NAME,
    RUNNING,
    SCOPE,
    at,
    cloud,
    foreign,
    group,
    holds,
    predecessor,
    reason,
    tags_of,
)
from tests.unit.engine.fakes import Scene, now, request

KEY = Key("team-a", NAME)
REF = GroupRef(SCOPE, NAME)
MakeScene = Callable[..., Scene]


@pytest.fixture
async def make_scene() -> AsyncIterator[MakeScene]:
    made: list[Scene] = []

    def make(*subjects: ContainerGroup, fresh: bool = True) -> Scene:
        made.append(Scene(*subjects))
        if fresh:
            made[-1].memories.drew(KEY)
        return made[-1]

    yield make
    for scene in made:
        await scene.close()


def verbs(scene: Scene) -> list[str]:
    return [verb for verb, _ in scene.azure.calls if verb != "list"]


async def test_a_group_comes_up_with_one_put_and_one_get(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 20)
    assert verbs(scene) == ["put", "get"]
    shown = scene.cluster.groups[KEY].status
    assert (shown.state, shown.ip) == (State.RUNNING, "20.0.0.1")
    assert holds(shown, ConditionType.READY)


async def test_at_rest_it_costs_one_get_a_minute_two_lists_a_minute_and_no_write(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 60)
    reads, lists, writes = scene.azure.count("get"), scene.azure.count("list"), len(scene.cluster.writes)
    await scene.live(KEY, 3600)
    assert abs(scene.azure.count("get") - reads - 60) <= 1
    assert abs(scene.azure.count("list") - lists - 120) <= 2
    assert len(scene.cluster.writes) == writes
    assert scene.azure.count("put") == 1


async def test_a_put_whose_answer_is_cut_off_after_the_effect_is_not_repeated(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.azure.effect_though_lost = True
    scene.azure.errors["put"].append(AnswerLost())
    await scene.live(KEY, 60)
    assert verbs(scene)[:2] == ["put", "get"]
    assert scene.azure.count("put") == 1
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


@pytest.mark.parametrize("error", [AnswerLost(), Transitioning()], ids=lambda it: type(it).__name__)
async def test_a_put_that_had_no_effect_is_repeated_after_the_ghost_window(
    make_scene: MakeScene, error: Exception
) -> None:
    scene = make_scene(group())
    scene.azure.errors["put"].append(error)
    await scene.live(KEY, 29)
    assert scene.azure.count("put") == 1
    assert scene.azure.count("get") >= 5
    await scene.live(KEY, 31)
    assert scene.azure.count("put") == 2
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_the_put_is_written_down_before_it_is_sent(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.cluster.errors["write_status"].append(Conflict("changed"))
    with pytest.raises(Conflict):
        await scene.groups.reconcile(KEY)
    assert scene.azure.calls == []
    await scene.live(KEY, 20)
    assert scene.azure.count("put") == 1


async def test_a_put_that_was_not_written_down_has_spent_nothing(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.cluster.errors["write_status"] += [Conflict("changed") for _ in range(150)]
    for _ in range(150):
        with pytest.raises(Conflict):
            await scene.groups.reconcile(KEY)
    await scene.live(KEY, 5)
    assert scene.azure.count("put") == 1


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


async def test_a_foreign_group_in_the_way_costs_no_writes_while_it_is_there(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.azure.groups[REF] = cloud(foreign())
    await scene.live(KEY, 30)
    writes = len(scene.cluster.writes)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.STALLED)
    await scene.live(KEY, 600)
    assert len(scene.cluster.writes) == writes
    assert set(verbs(scene)) == {"get"}


async def test_retry_after_holds_back_everybody_in_the_region(make_scene: MakeScene) -> None:
    other = group(name="llm-2-abcdefgh", uid="uid-2")
    scene = make_scene(group(), other)
    second = Key("team-a", "llm-2-abcdefgh")
    scene.memories.drew(second)
    scene.azure.errors["put"].append(Throttled(retry_after=47))
    await scene.groups.reconcile(KEY)
    await scene.live(second, 46)
    assert scene.azure.count("put") == 1
    assert reason(scene.cluster.groups[second].status) == "WaitingForBudget"
    await scene.live(second, 10)
    assert scene.azure.count("put") == 2


async def test_a_first_put_that_ends_in_a_mistake_of_ours_holds_nobody_back(make_scene: MakeScene) -> None:
    other = group(name="llm-2-abcdefgh", uid="uid-2")
    scene = make_scene(group(), other)
    second = Key("team-a", "llm-2-abcdefgh")
    scene.memories.drew(second)
    scene.azure.errors["put"].append(RuntimeError("a mistake"))
    with pytest.raises(RuntimeError):
        await scene.groups.reconcile(KEY)
    await scene.groups.reconcile(second)
    assert scene.azure.count("put") == 2


async def test_an_empty_budget_is_waited_for(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    budget = scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope")
    budget.take(request("team-b", "web-1"), at(0))
    budget.answered(Key("team-b", "web-1"), Remaining(five_minutes=0), at(0))
    await scene.live(KEY, 299)
    assert scene.azure.count("put") == 0
    await scene.live(KEY, 20)
    assert scene.azure.count("put") == 1


async def test_azure_may_ask_to_wait_after_a_turn_was_taken(make_scene: MakeScene) -> None:
    """Another request was refused while the status was written."""
    scene = make_scene(group())
    budget = scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope")
    write_status = scene.cluster.write_status

    async def refused_meanwhile(subject: ContainerGroup, told: GroupStatus) -> ContainerGroup:
        budget.block(at(60))
        return await write_status(subject, told)

    with patch.object(scene.cluster, "write_status", refused_meanwhile):
        await scene.live(KEY, 59)
        assert scene.azure.count("put") == 0
        await scene.live(KEY, 10)
    assert scene.azure.count("put") == 1


async def test_nothing_is_written_without_the_right_to(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.leadership.yes = False
    await scene.live(KEY, 60)
    assert scene.azure.count("put") == 0
    scene.leadership.yes = True
    await scene.live(KEY, 20)
    assert scene.azure.count("put") == 1


@pytest.mark.parametrize("fresh", [True, False])
async def test_the_right_to_write_can_be_lost_between_the_decision_and_the_call(
    make_scene: MakeScene, fresh: bool
) -> None:
    scene = make_scene(group(), fresh=fresh)
    write_status = scene.cluster.write_status

    async def losing(subject: ContainerGroup, status: GroupStatus) -> ContainerGroup:
        scene.leadership.yes = False
        return await write_status(subject, status)

    scene.cluster.write_status = losing  # type: ignore[method-assign, assignment]
    await scene.live(KEY, 3)
    assert scene.azure.count("put") == 0
    scene.cluster.write_status = write_status  # type: ignore[method-assign]
    scene.leadership.yes = True
    await scene.live(KEY, 60)
    assert scene.azure.count("put") == 1
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_restored_object_takes_its_running_group_over(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.azure.groups[REF] = cloud(predecessor())
    await scene.live(KEY, 20)
    assert (scene.azure.count("put"), scene.azure.count("replace_tags")) == (0, 1)
    assert scene.azure.groups[REF].tags[keys.TAG_UID] == group().metadata.uid
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


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


async def test_a_group_that_vanishes_is_lost_within_a_quiet_list_and_a_read(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 120)
    del scene.azure.groups[REF]
    await scene.live(KEY, 31)
    shown = scene.cluster.groups[KEY].status
    assert (shown.state, shown.ip) == (State.LOST, None)
    assert Key("team-a", "llm") not in scene.woken
    assert scene.azure.count("put") == 1


async def test_the_service_is_woken_when_its_replica_says_something_new(make_scene: MakeScene) -> None:
    scene = make_scene(group(labels={keys.LABEL_SERVICE: "llm"}))
    await scene.groups.reconcile(KEY)
    assert Key("team-a", "llm") in scene.woken


# --- The end


def deleting(policy: str = "Delete") -> ContainerGroup:
    return group(RUNNING, deleting=True, deletionPolicy=policy)


async def test_a_deletion_ends_the_group_first_and_lets_the_object_go_after_a_list(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    await scene.live(KEY, 20)
    assert KEY not in scene.cluster.groups
    assert scene.azure.count("delete") == 1
    assert scene.azure.groups == {}
    kinds = [verb for verb, _ in scene.azure.calls]
    assert "list" in kinds[kinds.index("delete") :]


async def test_a_deletion_without_an_answer_waits_for_the_ghost_window(make_scene: MakeScene) -> None:
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.azure.effect_though_lost = True
    scene.azure.errors["delete"].append(AnswerLost())
    await scene.live(KEY, 25)
    assert KEY in scene.cluster.groups
    await scene.live(KEY, 20)
    assert KEY not in scene.cluster.groups
    assert scene.azure.count("delete") == 1


async def test_a_delete_that_waits_for_its_turn_costs_no_reads(make_scene: MakeScene) -> None:
    """With a namespace, hundreds wait for an hour; one read each, every ten seconds, would be too many for Azure."""
    scene = make_scene(deleting(), fresh=False)
    scene.azure.groups[REF] = cloud()
    scene.around.budgets.of("delete", SCOPE.subscription_id, "westeurope").block(at(600))
    await scene.live(KEY, 600)
    assert (scene.azure.count("get"), scene.azure.count("delete")) == (1, 0)
    await scene.live(KEY, 20)
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


async def test_a_put_that_waits_for_its_turn_after_a_restart_costs_no_reads(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope").block(at(600))
    await scene.live(KEY, 599)
    assert (scene.azure.count("get"), scene.azure.count("put")) == (1, 0)
    await scene.live(KEY, 5)
    assert (scene.azure.count("get"), scene.azure.count("put")) == (2, 1)


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
    await scene.live(KEY, 20)
    assert KEY not in scene.cluster.groups
    assert CLUSTER not in scene.azure.groups[REF].tags.values()
    assert scene.azure.count("delete") == 0


async def test_an_object_that_is_gone_is_forgotten_and_leaves_the_line(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    budget = scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope")
    budget.take(request("team-b", "web-1"), at(0))
    budget.answered(Key("team-b", "web-1"), Remaining(five_minutes=11), at(0))
    budget.take(request("team-b", "web-2"), at(0))
    budget.answered(Key("team-b", "web-2"), Remaining(five_minutes=10), at(0))
    await scene.groups.reconcile(KEY)
    scene.cluster.groups.clear()
    assert await scene.groups.reconcile(KEY) is None
    assert budget.take(request("team-b", "web-3"), at(300)) is None


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


async def test_an_unreachable_azure_makes_a_running_group_no_worse(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 60)
    before = scene.cluster.groups[KEY].status
    scene.azure.errors["get"] += [Unavailable() for _ in range(1000)]
    scene.azure.errors["list"] += [Unavailable() for _ in range(1000)]
    calls = len(scene.azure.calls)
    await scene.live(KEY, 600)
    assert scene.cluster.groups[KEY].status == before
    assert len(scene.azure.calls) - calls < 60


async def test_a_throttled_read_holds_the_reads_of_others_back_and_says_nothing_of_them(make_scene: MakeScene) -> None:
    second = group(RUNNING, name="llm-2-abcdefgh", uid="uid-of-the-second")
    scene = make_scene(group(RUNNING), second, fresh=False)
    for it in (group(RUNNING), second):
        scene.azure.groups[GroupRef(SCOPE, it.metadata.name)] = cloud(tags_of(it), name=it.metadata.name)
    scene.azure.errors["get"].append(Throttled(retry_after=300))
    await scene.live(KEY, 70)
    await scene.live(Key("team-a", "llm-2-abcdefgh"), 200)
    assert scene.azure.count("get") == 1
    assert [it.status for it in scene.cluster.groups.values()] == [RUNNING, RUNNING]
    await scene.live(Key("team-a", "llm-2-abcdefgh"), 150)
    assert scene.azure.count("get") >= 2


async def test_invalid_is_raised_by_azure_too(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    scene.azure.errors["put"].append(Invalid("InvalidTemplate", "no"))
    await scene.live(KEY, 10)
    assert reason(scene.cluster.groups[KEY].status) == "InvalidSpec"
