"""The pace of all reads, and what Azure's Retry-After holds back."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import NotFound, Throttled
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Key
from aci_operator.engine.reads import AT_ONCE, AT_REST_AT_ONCE, YIELDS, Reads

from tests.unit.core.builders import NAME, SCOPE, SUBSCRIPTION
from tests.unit.engine.fakes import Azure, now

REF, KEY = GroupRef(SCOPE, NAME), Key("team-a", NAME)
ELSEWHERE = GroupRef(ResourceGroupRef.of("22222222-2222-2222-2222-222222222222", "ai-services"), NAME)


def keys(count: int) -> list[Key]:
    return [Key("team-a", str(number)) for number in range(count)]


def free(reads: Reads, among: list[Key], *, at_rest: bool = False) -> list[Key]:
    """Return those whose turn it is."""
    return [key for key in among if not reads.pause(key, SUBSCRIPTION, at_rest=at_rest)]


def asked(reads: Reads) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return each kind of read, of the same subscription."""
    return {
        "get": lambda: reads.get(REF),
        "list": lambda: reads.list(SCOPE),
        "list_subscription": lambda: reads.list_subscription(SUBSCRIPTION),
        "usages": lambda: reads.usages(SUBSCRIPTION, "westeurope"),
    }


async def test_some_are_read_at_once_and_the_others_nine_a_second_in_the_order_of_asking() -> None:
    reads, asking = Reads(Azure(), Pauses(now)), keys(2 * AT_ONCE)
    assert free(reads, asking) == asking[:AT_ONCE]
    rest = asking[AT_ONCE:]
    assert free(reads, rest) == []
    await asyncio.sleep(1)
    assert free(reads, rest) == rest[:9]
    assert reads.pause(rest[19], SUBSCRIPTION, at_rest=False) == pytest.approx(11 / 9, abs=0.01)


async def test_of_those_that_only_time_calls_for_fewer_are_read_at_once() -> None:
    reads, asking = Reads(Azure(), Pauses(now), at_rest=5), keys(1000)
    assert free(reads, asking, at_rest=True) == asking[:AT_REST_AT_ONCE]
    await asyncio.sleep(1)
    assert free(reads, asking[AT_REST_AT_ONCE:], at_rest=True) == asking[3:9], "six a second"


async def test_what_something_calls_for_does_not_wait_for_a_fleet_at_rest() -> None:
    """After a restart all of its reads are due together."""
    reads, asking = Reads(Azure(), Pauses(now)), keys(1000)
    free(reads, asking, at_rest=True)
    assert free(reads, asking[-50:]) == asking[-50:]


async def test_after_a_retry_after_what_something_calls_for_does_not_wait_for_a_fleet_at_rest_either() -> None:
    """Meanwhile the turn of each has come."""
    azure = Azure()
    reads, fleet, called_for = Reads(azure, Pauses(now)), keys(1000), keys(1050)[1000:]
    free(reads, fleet, at_rest=True)
    azure.errors["get"] = [Throttled(retry_after=120)]
    with pytest.raises(Throttled):
        await reads.get(REF)
    await asyncio.sleep(121)
    assert len(free(reads, fleet, at_rest=True)) == YIELDS + 1, "then they are ahead by more"
    assert free(reads, called_for) == called_for


async def test_a_fleet_that_catches_up_leaves_room_for_what_is_called_for_again_and_again() -> None:
    reads, due, read = Reads(Azure(), Pauses(now)), keys(10_000), 0
    waiting: dict[Key, float] = {}
    longest, clock = 0.0, asyncio.get_running_loop().time
    for second in range(300):
        waiting |= {Key("team-b", f"{second}-{number}"): clock() for number in range(5)}
        for key in free(reads, list(waiting)):
            longest = max(longest, clock() - waiting.pop(key))
        done = free(reads, due[:60], at_rest=True)
        due, read = [key for key in due if key not in done], read + len(done)
        await asyncio.sleep(1)
    assert longest < 1
    assert read > 300


async def test_at_rest_one_a_second_is_read_whatever_is_called_for() -> None:
    reads, due, read = Reads(Azure(), Pauses(now)), keys(1000), 0
    for second in range(100):
        for number in range(20):
            reads.pause(Key("team-b", f"{second}-{number}"), SUBSCRIPTION, at_rest=False)
        done = free(reads, due, at_rest=True)
        due, read = [key for key in due if key not in done], read + len(done)
        await asyncio.sleep(1)
    assert 90 < read < 120


async def test_lists_count_too_and_are_not_held_up() -> None:
    reads = Reads(Azure(seconds=0), Pauses(now))
    for _ in range(AT_ONCE):
        await reads.list(SCOPE)
    assert reads.pause(KEY, SUBSCRIPTION, at_rest=False) > 0


async def test_after_a_while_as_many_may_be_read_at_once_again() -> None:
    reads = Reads(Azure(), Pauses(now))
    assert len(free(reads, keys(AT_ONCE))) == AT_ONCE
    await asyncio.sleep(3600)
    assert len(free(reads, keys(2 * AT_ONCE))) == AT_ONCE


async def test_one_that_is_forgotten_has_no_turn_any_more() -> None:
    reads = Reads(Azure(), Pauses(now))
    free(reads, keys(AT_ONCE))
    before = reads.pause(KEY, SUBSCRIPTION, at_rest=False)
    reads.forget(KEY)
    assert reads.pause(KEY, SUBSCRIPTION, at_rest=False) > before


@pytest.mark.parametrize("verb", ["get", "list", "list_subscription", "usages"])
async def test_retry_after_holds_back_every_read_of_the_subscription_and_of_no_other(verb: str) -> None:
    azure = Azure()
    reads = Reads(azure, Pauses(now))
    azure.errors[{"usages": "list_usages"}.get(verb, verb)] = [Throttled(retry_after=60)]
    with pytest.raises(Throttled):
        await asked(reads)[verb]()
    assert 59 < reads.pause(KEY, SUBSCRIPTION.upper(), at_rest=False) <= 60
    for held in asked(reads).values():
        with pytest.raises(Throttled):
            await held()
    assert len(azure.calls) + len(azure.asked_usages) == 1
    with pytest.raises(NotFound):
        await reads.get(ELSEWHERE)
    await asyncio.sleep(60)
    assert reads.pause(KEY, SUBSCRIPTION, at_rest=False) == 0


async def test_a_refusal_without_a_time_holds_nobody_else_back() -> None:
    azure = Azure()
    reads = Reads(azure, Pauses(now))
    azure.errors["get"] = [Throttled()]
    with pytest.raises(Throttled):
        await reads.get(REF)
    assert reads.pause(KEY, SUBSCRIPTION, at_rest=False) == 0
