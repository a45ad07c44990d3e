"""The mechanism of planted bugs, and the first of them."""

import pytest
from aci_operator.core.ownership import Owner

from tests.model import samples
from tests.model.samples import SUBSCRIPTION
from tests.simulation.operators import RealOperator
from tests.simulation.planted import Bug, Unnoticed, expect_red, planted
from tests.simulation.world import World

NO_TAG_CHECK = Bug(
    1, "delete without a look at the tags", "aci_operator.core.group.deletion:owner", lambda *_: Owner.OURS
)
HARMLESS = Bug(0, "no bug at all", "tests.model.samples:SUBSCRIPTION", SUBSCRIPTION)


async def a_foreign_group_is_left_alone() -> None:
    world = World(RealOperator, seed=1)
    try:
        await world.start()
        world.apply(samples.service("s", replicas=1))
        await world.settle()
        [group] = world.cloud("s")
        await world.in_azure("PATCH", group.name, {"tags": {"owner": "somebody else"}})
        world.delete("s")
        await world.settle()
        assert [left.name for left in world.cloud()] == [group.name]
    finally:
        await world.close()


async def test_deleting_without_a_look_at_the_tags() -> None:
    failure = await expect_red(a_foreign_group_is_left_alone, NO_TAG_CHECK)
    assert "P5" in str(failure)


async def test_a_bug_that_nobody_notices_is_a_failure() -> None:
    async def blind() -> None:
        return None

    with pytest.raises(Unnoticed):
        await expect_red(blind, HARMLESS)


async def test_a_bug_in_what_no_longer_exists_is_an_error() -> None:
    with pytest.raises(AttributeError), planted(Bug(0, "renamed", "tests.model.samples:no_such_name", None)):
        pass


async def test_a_bug_may_wrap_the_original() -> None:
    bug = Bug(0, "doubles", "tests.model.samples:lease", lambda original, name: [original(name)] * 2, wraps=True)
    with planted(bug):
        assert len(samples.lease("a")) == 2
    assert samples.lease("a")["metadata"]["name"] == "a"
