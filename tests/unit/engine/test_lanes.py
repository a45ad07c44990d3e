"""Lanes: one who has many keys in work leaves workers to those who have one."""

import asyncio

from aci_operator.engine.lanes import Lanes
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried


def lane(key: str) -> str:
    return key[0]


async def one(lanes: Lanes[str]) -> str | None:
    """Take a key that can be had without waiting."""
    getting = asyncio.ensure_future(lanes.get())
    await asyncio.sleep(0)
    if getting.done():
        return getting.result()
    getting.cancel()
    await asyncio.wait({getting})
    return None


async def taken(lanes: Lanes[str]) -> list[str]:
    """Take all of them."""
    keys = []
    while (key := await one(lanes)) is not None:
        keys.append(key)
    return keys


async def test_first_come_first_served() -> None:
    lanes = Lanes(lane, 3)
    for key in ("a1", "b1", "a2"):
        lanes.put(key)
    assert await taken(lanes) == ["a1", "b1", "a2"]


async def test_those_that_are_too_many_of_their_lane_wait_for_one_of_it() -> None:
    lanes = Lanes(lane, 2)
    for key in ("a1", "a2", "a3", "a4", "b1"):
        lanes.put(key)
    assert len(lanes) == 5
    assert await taken(lanes) == ["a1", "a2", "b1"]
    assert len(lanes) == 2
    lanes.done("b1")
    assert await taken(lanes) == []
    lanes.done("a2")
    assert await taken(lanes) == ["a3"]


async def test_whoever_waits_gets_what_comes() -> None:
    lanes = Lanes(lane, 1)
    waiting = asyncio.ensure_future(lanes.get())
    await asyncio.sleep(0)
    lanes.put("a1")
    assert await waiting == "a1"


steps = st.lists(st.sampled_from(["take", "end", "a", "a", "b", "c"]), max_size=60)


@tried(200)
@given(steps, st.integers(1, 3))
def test_nothing_is_lost_or_done_twice_and_no_lane_has_more_than_its_part(steps: list[str], most: int) -> None:
    async def play() -> None:
        lanes, put = Lanes(lane, most), 0
        working: list[str] = []
        ended: list[str] = []
        for step in [*steps, *["end", "take"] * len(steps), *["end"] * len(steps)]:
            if step == "take" and (key := await one(lanes)) is not None:
                working.append(key)
            elif step == "end" and working:
                ended.append(working.pop(0))
                lanes.done(ended[-1])
            elif step in {"a", "b", "c"}:
                lanes.put(f"{step}{put}")
                put += 1
            assert all(sum(lane(key) == it for key in working) <= most for it in "abc")
            assert len(lanes) == put - len(working) - len(ended)
        assert len(set(ended)) == len(ended) == put

    asyncio.run(play())
