"""One LIST for all groups of a resource group: often while something is expected, seldom at rest."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import Forbidden, ResourceGroupNotFound, SubscriptionNotFound, Throttled, Unavailable
from aci_operator.engine.fleet import LONGEST_LAG, Fleet
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Key
from aci_operator.engine.reads import Reads

from tests.unit.core.builders import IP, SCOPE, cloud
from tests.unit.engine.fakes import Azure, now

OTHER = ResourceGroupRef.of(SCOPE.subscription_id, "other")
A, B = Key("team-a", "a"), Key("team-a", "b")


class Watched:
    def __init__(self) -> None:
        self.azure = Azure(seconds=0)
        self.woken: list[Key] = []
        self.fleet = Fleet(Reads(self.azure, Pauses(now)), now, self.woken.append, busy=5, quiet=30)

    async def rest(self, seconds: float) -> int:
        """Let time pass, and return how many LISTs were made in it."""
        before = self.azure.count("list")
        self.woken.clear()
        await asyncio.sleep(seconds)
        return self.azure.count("list") - before

    def there(self, key: Key, ip: str = IP) -> None:
        ref = GroupRef(SCOPE, key.name)
        self.azure.groups[ref] = cloud(name=key.name, ip=ip)


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched = Watched()
    yield watched
    await watched.fleet.close()


async def test_the_first_list_is_made_at_once_and_wakes_whoever_follows(watched: Watched) -> None:
    watched.there(A)
    watched.fleet.follow(SCOPE, A, soon=False)
    watched.fleet.follow(SCOPE, B, soon=False)
    assert await watched.rest(0.1) == 1
    assert sorted(watched.woken) == [A, B]
    snapshot = watched.fleet.snapshot(SCOPE)
    assert snapshot is not None
    assert set(snapshot.groups) == {"a"}


@pytest.mark.parametrize(("soon", "lists"), [(False, 120), (True, 720)])
async def test_every_30_seconds_at_rest_and_every_5_while_something_is_expected(
    watched: Watched, soon: bool, lists: int
) -> None:
    watched.fleet.follow(SCOPE, A, soon=soon)
    watched.fleet.follow(SCOPE, B, soon=False)
    assert abs(await watched.rest(3600) - lists) <= 1


async def test_many_resource_groups_share_a_pace_that_leaves_room_for_other_reads(watched: Watched) -> None:
    scopes = [ResourceGroupRef.of(SCOPE.subscription_id, f"team-{number}") for number in range(100)]
    for scope in scopes:
        watched.fleet.follow(scope, Key(scope.name, "a"), soon=True)
    assert await watched.rest(1) <= 26, "the first ones at once"
    assert 145 <= await watched.rest(60) <= 151
    listed = Counter(name for verb, name in watched.azure.calls if verb == "list")
    assert max(listed.values()) - min(listed[scope.name] for scope in scopes) <= 1, "they take turns"


async def test_a_new_expectation_does_not_wait_for_the_quiet_turn(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=False)
    assert await watched.rest(2) == 1
    watched.fleet.follow(SCOPE, B, soon=True)
    assert await watched.rest(2.9) == 0
    assert await watched.rest(0.2) == 1
    watched.fleet.follow(SCOPE, B, soon=False)
    await watched.rest(5)
    assert await watched.rest(20) == 0


async def test_at_rest_only_those_are_woken_whose_group_looks_different(watched: Watched) -> None:
    watched.there(A)
    watched.there(B)
    for key in (A, B):
        watched.fleet.follow(SCOPE, key, soon=False)
    await watched.rest(1)
    await watched.rest(60)
    assert watched.woken == []
    watched.there(B, ip="20.9.9.9")
    await watched.rest(30)
    assert watched.woken == [B]
    del watched.azure.groups[GroupRef(SCOPE, "a")]
    await watched.rest(30)
    assert watched.woken == [A]


async def test_whoever_expects_something_is_woken_by_every_list(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=True)
    await watched.rest(1)
    await watched.rest(50)
    assert watched.woken == [A] * 10


async def test_a_resource_group_that_nobody_follows_is_not_read_any_more(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=True)
    watched.fleet.follow(SCOPE, B, soon=True)
    await watched.rest(1)
    watched.fleet.forget(SCOPE, A)
    assert await watched.rest(20) > 0
    assert A not in watched.woken
    watched.fleet.forget(SCOPE, B)
    assert await watched.rest(3600) <= 1
    assert watched.fleet.snapshot(SCOPE) is None
    watched.fleet.follow(SCOPE, A, soon=False)
    assert await watched.rest(1) == 1


async def test_forgetting_what_was_never_followed_is_nothing(watched: Watched) -> None:
    watched.fleet.forget(SCOPE, A)
    assert await watched.rest(60) == 0


async def test_resource_groups_are_read_apart(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=False)
    watched.fleet.follow(OTHER, B, soon=False)
    await watched.rest(1)
    assert sorted(watched.azure.calls) == [("list", "ai-services"), ("list", "other")]


async def test_a_list_that_fails_keeps_the_last_one_and_is_tried_more_and_more_seldom(watched: Watched) -> None:
    watched.there(A)
    watched.fleet.follow(SCOPE, A, soon=False)
    await watched.rest(1)
    seen = watched.fleet.snapshot(SCOPE)
    watched.azure.errors["list"] += [Unavailable() for _ in range(8)]
    assert await watched.rest(29.5 + 5 + 10 + 20 + 40) == 5
    assert watched.fleet.snapshot(SCOPE) is seen
    assert watched.woken == []
    await watched.rest(600)
    later = watched.fleet.snapshot(SCOPE)
    assert later is not None
    assert later is not seen


@pytest.mark.parametrize("error", [ResourceGroupNotFound(), SubscriptionNotFound()])
async def test_what_was_listed_is_denied_while_lists_are_told_that_there_is_no_such_place(
    watched: Watched, error: Exception
) -> None:
    watched.there(A)
    watched.fleet.follow(SCOPE, A, soon=False)
    await watched.rest(1)
    watched.azure.errors["list"] += [error, error]
    await watched.rest(30)
    before = watched.fleet.snapshot(SCOPE)
    assert before is not None
    assert before.denied_at is not None
    assert list(before.groups) == [A.name], "that can be wrong"
    await watched.rest(5)
    again = watched.fleet.snapshot(SCOPE)
    assert again is not None
    assert again.denied_at == before.denied_at
    await watched.rest(10)
    after = watched.fleet.snapshot(SCOPE)
    assert after is not None
    assert (after.denied_at, watched.woken) == (None, [])


@pytest.mark.parametrize("error", [Forbidden(), Unavailable(), RuntimeError("a mistake of ours")])
async def test_no_error_ends_the_reading(watched: Watched, error: Exception) -> None:
    watched.azure.errors["list"].append(error)
    watched.fleet.follow(SCOPE, A, soon=False)
    await watched.rest(10)
    assert watched.fleet.snapshot(SCOPE) is not None


async def test_the_time_that_azure_gives_is_waited_for(watched: Watched) -> None:
    watched.azure.errors["list"].append(Throttled(retry_after=47))
    watched.fleet.follow(SCOPE, A, soon=True)
    assert await watched.rest(46.9) == 1
    assert await watched.rest(0.2) == 1


async def test_a_snapshot_is_as_old_as_the_beginning_of_its_list(watched: Watched) -> None:
    watched.azure.seconds = 3
    watched.fleet.follow(SCOPE, A, soon=False)
    began = now()
    await watched.rest(4)
    snapshot = watched.fleet.snapshot(SCOPE)
    assert snapshot is not None
    assert snapshot.began_at == began


async def test_a_clock_that_is_set_back_does_not_stop_the_reading() -> None:
    azure, ahead = Azure(seconds=0), [timedelta(minutes=10)]
    fleet = Fleet(Reads(azure, Pauses(now)), lambda: now() + ahead[0], lambda _: None, busy=5, quiet=30)
    fleet.follow(SCOPE, A, soon=True)
    await asyncio.sleep(1)
    ahead[0] = timedelta(0)
    before = azure.count("list")
    await asyncio.sleep(60)
    await fleet.close()
    assert azure.count("list") - before >= 6


async def test_a_look_takes_what_is_known_and_asks_only_otherwise(watched: Watched) -> None:
    watched.there(A)
    looked = await watched.fleet.look(SCOPE)
    assert set(looked.groups) == {"a"}
    assert watched.azure.count("list") == 1
    watched.fleet.follow(SCOPE, A, soon=False)
    await watched.rest(1)
    await watched.fleet.look(SCOPE)
    assert watched.azure.count("list") == 2


async def test_a_look_takes_no_list_from_before_a_group_was_left(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=False)
    await watched.rest(1)
    watched.there(A)
    watched.fleet.left(SCOPE)
    assert set((await watched.fleet.look(SCOPE)).groups) == {"a"}
    await watched.rest(31)
    await watched.fleet.look(SCOPE)
    assert await watched.rest(0) == 0


async def test_a_look_does_not_show_again_what_is_proved_to_be_gone_until_no_list_can_lag_so_far(
    watched: Watched,
) -> None:
    watched.there(A)
    watched.there(B)
    watched.fleet.gone(SCOPE, A.name)
    assert set((await watched.fleet.look(SCOPE)).groups) == {"b"}
    await watched.rest(LONGEST_LAG.total_seconds())
    watched.fleet.gone(SCOPE, B.name)
    assert set((await watched.fleet.look(SCOPE)).groups) == {"a"}


async def test_closing_ends_all_reading(watched: Watched) -> None:
    watched.fleet.follow(SCOPE, A, soon=True)
    await watched.rest(1)
    await watched.fleet.close()
    assert await watched.rest(100) == 0
