"""A delete of the collector passes the budget, asks for the right to write, and may be waited for by a person."""

import asyncio
from datetime import timedelta

import pytest
from aci_operator.api import keys
from aci_operator.core.errors import Throttled

from tests.unit.core.builders import SUBSCRIPTION, cloud, group
from tests.unit.engine.fakes import now, request
from tests.unit.engine.rounds import Rounds, leftover


async def test_deletions_pass_the_budget() -> None:
    scene = Rounds(leftover(1), leftover(2))
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    await scene.rounds(1)
    budget.block(now() + timedelta(seconds=300))
    assert await scene.rounds(1) == []
    assert len(await scene.rounds(1)) == 2


async def test_a_throttled_delete_holds_all_others_of_the_budget_back() -> None:
    scene = Rounds(leftover(1), leftover(2))
    await scene.rounds(1)
    scene.azure.errors["delete"].append(Throttled(retry_after=120))
    with pytest.raises(Throttled):
        await scene.collector.round()
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    assert budget.take(request("team-a", "another"), now() + timedelta(seconds=100)) is not None
    assert budget.take(request("team-a", "another"), now() + timedelta(seconds=120)) is None


async def test_a_throttled_delete_holds_back_what_had_its_turn_already() -> None:
    """The loop of groups spends of the same budget: its answer comes while the orphan is looked at again."""
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    deleting = asyncio.ensure_future(scene.collector.delete(claim, patient=True))
    await asyncio.sleep(scene.azure.seconds / 2)
    budget.block(now() + timedelta(seconds=120))
    await asyncio.sleep(100)
    assert scene.azure.count("delete") == 0
    assert await deleting


async def test_the_right_to_write_is_asked_for_before_each_delete() -> None:
    scene = Rounds(leftover(1), leftover(2))
    await scene.rounds(1)
    claims = await scene.collector.orphans()
    scene.leadership.yes = False
    assert [await scene.collector.delete(claim) for claim in claims] == [False, False]
    assert scene.azure.count("delete") == 0


async def test_a_person_waits_for_the_budget() -> None:
    """250 orphans, of which 100 may be deleted in five minutes."""
    scene = Rounds(*(leftover(number) for number in range(250)))
    claims = await scene.collector.orphans()
    began = now()
    assert [await scene.collector.delete(claim, patient=True) for claim in claims] == [True] * 250
    assert timedelta(minutes=10) <= now() - began < timedelta(minutes=12)
    assert set(scene.azure.groups) == {cloud().ref}


async def test_a_person_waits_when_azure_asks_for_it() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.azure.errors["delete"].append(Throttled(retry_after=120))
    began = now()
    assert await scene.collector.delete(claim, patient=True)
    assert now() - began >= timedelta(seconds=120)
    assert scene.azure.count("delete") == 2


async def test_what_got_its_object_back_during_the_wait_is_left_alone() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope").block(now() + timedelta(seconds=300))
    deleting = asyncio.ensure_future(scene.collector.delete(claim, patient=True))
    await asyncio.sleep(200)
    scene.cluster.put(group(name="llm-1-leftover", uid="restored"))
    assert not await deleting
    assert claim.ref in scene.azure.groups


async def test_what_was_not_deleted_has_spent_nothing() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.azure.groups[claim.ref] = leftover(tags={keys.TAG_UID: "somebody-took-it-over"})
    for _ in range(150):
        assert not await scene.collector.delete(claim)
    scene.azure.groups[claim.ref] = leftover()
    assert await scene.collector.delete(claim)
