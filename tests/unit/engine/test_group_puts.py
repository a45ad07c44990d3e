"""When the loop of container groups sends a PUT: once, after it is written down, with the right to, in its turn."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.errors import AnswerLost, Capacity, Conflict, Forbidden, Remaining, Throttled, Transitioning
from aci_operator.core.service.replica import controlled_by
from aci_operator.core.shortage import LASTS, Shortage
from aci_operator.core.usage import GROUPS, Usage
from aci_operator.engine.ports import Key
from aci_operator.engine.turns import Turns

from tests.unit.core.builders import SCOPE, at, group, holds, reason, replica, service
from tests.unit.engine.fakes import Scene, now, request
from tests.unit.engine.scenes import KEY, REF, MakeScene, verbs

# --- Once


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


# --- With the right to write


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


# --- In its turn


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


async def test_a_put_that_waits_for_its_turn_after_a_restart_costs_no_reads(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope").block(at(600))
    await scene.live(KEY, 599)
    assert (scene.azure.count("get"), scene.azure.count("put")) == (1, 0)
    await scene.live(KEY, 5)
    assert (scene.azure.count("get"), scene.azure.count("put")) == (2, 1)


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


# --- Where there may be room again

SECOND = Key("team-a", "llm-2-abcdefgh")


def doubt_room(scene: Scene) -> None:
    """Let the place of all groups have been full until now."""
    full = Shortage.of(group().spec, Reason.NO_CAPACITY, "full", now() - LASTS[Reason.NO_CAPACITY])
    scene.around.shortages.add(full)


def spend(scene: Scene, count: int) -> None:
    """Let others have sent creates; while none has been answered, one would go alone anyway."""
    budget = scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope")
    for number in range(count):
        assert budget.take(request("team-b", f"web-{number}"), now()) is None
        budget.answered(Key("team-b", f"web-{number}"), Remaining(), now())


async def test_one_that_waits_for_its_budget_lets_a_heal_ask(make_scene: MakeScene) -> None:
    owner = service(1, status=ServiceStatus(established_replicas=1))
    heal = replica(2, state=None)
    references = (controlled_by(owner),)
    heal = heal.model_copy(update={"metadata": heal.metadata.model_copy(update={"owner_references": references})})
    scene = make_scene(group(), heal, owner)
    scene.memories.drew(SECOND)
    spend(scene, 90)  # the rest is kept for heals
    doubt_room(scene)
    async with asyncio.TaskGroup() as passes:
        passes.create_task(scene.live(KEY, 100))
        await asyncio.sleep(1)
        passes.create_task(scene.live(SECOND, 90))
    assert ("put", SECOND.name) in scene.azure.calls
    assert ("put", KEY.name) not in scene.azure.calls


async def test_of_two_that_look_at_once_one_asks(make_scene: MakeScene) -> None:
    scene = make_scene(group(), group(name=SECOND.name, uid="uid-2"))
    scene.memories.drew(SECOND)
    scene.azure.seconds = 5
    spend(scene, 1)
    doubt_room(scene)
    scene.azure.errors["put"].append(Capacity(message="still full"))
    await asyncio.gather(scene.live(KEY, 60), scene.live(SECOND, 60))
    assert scene.azure.count("put") == 1
    assert [reason(it.status) for it in scene.cluster.groups.values()] == ["NoCapacity", "NoCapacity"]


async def test_one_that_was_not_sent_lets_the_next_one_ask(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    doubt_room(scene)
    scene.cluster.errors["write_status"].append(Conflict("changed"))
    with pytest.raises(Conflict):
        await scene.groups.reconcile(KEY)
    assert scene.azure.count("put") == 0
    assert scene.around.shortages.why_not(group(name=SECOND.name), now()) is None


@pytest.mark.parametrize(
    ("error", "may_ask"),
    [
        pytest.param(Forbidden(), True, id="the answer says nothing of room"),
        pytest.param(AnswerLost(), False, id="the answer is lost"),
    ],
)
async def test_after_a_put_that_failed_the_next_one_asks_unless_the_answer_may_yet_show(
    make_scene: MakeScene, error: Exception, may_ask: bool
) -> None:
    scene = make_scene(group())
    doubt_room(scene)
    scene.azure.errors["put"].append(error)
    await scene.groups.reconcile(KEY)
    assert scene.azure.count("put") == 1
    assert (scene.around.shortages.why_not(group(name=SECOND.name), now()) is None) is may_ask


async def test_of_two_that_waited_for_what_is_used_of_the_quota_one_asks(make_scene: MakeScene) -> None:
    """Both had looked before either was sent."""
    scene = make_scene(group(), group(name=SECOND.name, uid="uid-2"))
    scene.memories.drew(SECOND)
    scene.azure.usages = [Usage(GROUPS, 95, 100)]
    scene.usages.begin(Key("team-b", "web-1"), group().spec)
    await asyncio.sleep(600)
    scene.azure.seconds = 5
    spend(scene, 1)
    doubt_room(scene)
    scene.azure.errors["put"].append(Capacity(message="still full"))
    await asyncio.gather(scene.live(KEY, 60), scene.live(SECOND, 60))
    assert scene.azure.count("put") == 1


# --- The first in a subnet


def private(name: str) -> ContainerGroup:
    subnet = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    return group(name=name, uid=f"uid-of-{name}", network={"type": "Private", "subnetId": subnet})


async def test_one_that_waits_for_its_budget_is_not_the_first_in_a_subnet(make_scene: MakeScene) -> None:
    """A service whose creates fail may wait for an hour; the others need not."""
    ill, well = private(KEY.name), private(SECOND.name)
    scene = make_scene(ill, well)
    turns, budget = Turns(scene.around), scene.around.budgets.of("create", SCOPE.subscription_id, "westeurope")
    for _ in range(61):
        assert turns.take(KEY, ill)
        budget.refused(KEY, Forbidden(), now())
        turns.leave(KEY)
    assert not turns.take(KEY, ill)
    assert turns.take(SECOND, well)


async def test_one_that_was_not_sent_is_not_the_first_in_a_subnet(make_scene: MakeScene) -> None:
    scene = make_scene(private(KEY.name), private(SECOND.name))
    scene.memories.drew(SECOND)
    scene.cluster.errors["write_status"].append(Conflict("changed"))
    with pytest.raises(Conflict):
        await scene.groups.reconcile(KEY)
    await scene.groups.reconcile(SECOND)
    assert ("put", SECOND.name) in scene.azure.calls


@pytest.mark.parametrize("waited", [0, 300], ids=["at once", "after a long wait for its turn"])
async def test_reads_that_lag_after_a_lost_answer_make_no_group_lost(make_scene: MakeScene, waited: float) -> None:
    scene = make_scene(group())
    scene.fleet.follow(SCOPE, Key("team-a", "another"), soon=True)  # so LISTs come every 5 s
    place = group().spec
    scene.around.budgets.of("create", place.subscription_id, place.location).block(now() + timedelta(seconds=waited))
    scene.azure.effect_though_lost = True
    scene.azure.errors["put"].append(AnswerLost())
    send = scene.azure.put

    async def slow(*request: Any) -> Any:
        await asyncio.sleep(2)  # a lost answer comes no sooner than that
        return await send(*request)

    with patch.object(scene.azure, "put", slow):
        await scene.live(KEY, waited + 9)
    assert scene.azure.count("put") == 1
    assert scene.cluster.groups[KEY].status.accepted_at is not None
    scene.azure.groups.pop(REF)  # reads are of a time before the PUT
    await scene.live(KEY, 18)
    assert scene.cluster.groups[KEY].status.state is not State.LOST
