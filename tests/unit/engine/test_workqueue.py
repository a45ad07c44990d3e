"""The queue: nothing is lost, nothing is done twice at once, and what fails waits longer each time."""

import asyncio

import pytest
from aci_operator.engine.workqueue import LONGEST_PAUSE, WorkQueue


def time() -> float:
    return asyncio.get_running_loop().time()


async def drain(queue: WorkQueue[str], seconds: float) -> list[tuple[float, str]]:
    """Take all that comes for so long, with no time for the work itself."""
    began, taken = time(), []
    try:
        async with asyncio.timeout(seconds):
            while True:
                key = await queue.get()
                taken.append((round(time() - began, 3), key))
                queue.done(key)
    except TimeoutError:
        return taken


async def test_a_key_that_is_added_often_is_handled_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for key in "abaab":
        queue.add(key)
    assert len(queue) == 2
    assert await drain(queue, 1) == [(0, "a"), (0, "b")]


async def test_a_key_that_is_added_during_its_pass_is_handled_again_and_not_meanwhile() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    assert await queue.get() == "a"
    queue.add("a")
    queue.add("a")
    assert await drain(queue, 1) == []
    queue.done("a")
    assert await drain(queue, 1) == [(0, "a")]


async def test_a_key_whose_time_comes_during_its_pass_is_handled_again() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    await queue.get()
    queue.add_after("a", 1)
    assert await drain(queue, 5) == []
    queue.done("a")
    assert await drain(queue, 1) == [(0, "a")]


async def test_a_delayed_key_comes_at_its_time() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("late", 3)
    queue.add_after("early", 2)
    assert await drain(queue, 10) == [(2, "early"), (3, "late")]


@pytest.mark.parametrize("delays", [(5, 2), (2, 5)])
async def test_the_earliest_time_of_a_key_wins(delays: tuple[float, float]) -> None:
    queue: WorkQueue[str] = WorkQueue()
    for delay in delays:
        queue.add_after("a", delay)
    assert await drain(queue, 10) == [(2, "a")]


async def test_a_key_that_is_handled_now_is_not_handled_again_at_its_old_time() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("a", 2)
    queue.add("a")
    assert await drain(queue, 10) == [(0, "a")]


async def test_a_delay_asked_for_after_an_earlier_one_was_overtaken_still_counts() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("a", 2)
    queue.add("a")
    key = await queue.get()
    queue.add_after(key, 4)
    queue.done(key)
    assert await drain(queue, 10) == [(4, "a")]


async def test_somebody_who_waits_is_woken() -> None:
    queue: WorkQueue[str] = WorkQueue()
    taken = asyncio.ensure_future(drain(queue, 10))
    await asyncio.sleep(3)
    queue.add("a")
    queue.add_after("b", 1)
    assert await taken == [(3, "a"), (4, "b")]


async def test_many_workers_share_the_keys_and_none_has_two_at_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    active: list[str] = []
    done: list[str] = []

    async def work() -> None:
        while True:
            key = await queue.get()
            assert key not in active
            active.append(key)
            await asyncio.sleep(1)
            active.remove(key)
            done.append(key)
            queue.done(key)

    workers = [asyncio.ensure_future(work()) for _ in range(4)]
    for _ in range(5):
        for key in "abcdefgh":
            queue.add(key)
        await asyncio.sleep(0.7)
    await asyncio.sleep(20)
    for worker in workers:
        worker.cancel()
    assert set(done) == set("abcdefgh")
    assert len(done) < 40


async def test_failures_in_a_row_make_the_pause_longer_up_to_a_bound() -> None:
    queue: WorkQueue[str] = WorkQueue()
    pauses = [queue.failed("a") for _ in range(40)]
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == LONGEST_PAUSE
    assert queue.failed("b") == 0.1


async def test_a_success_makes_the_next_pause_short_again() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.failed("a")
    queue.failed("a")
    queue.succeeded("a")
    assert queue.failed("a") == 0.1


async def test_a_change_during_the_pause_does_not_make_the_next_pause_short() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for _ in range(5):
        queue.failed("a")
    queue.add("a")
    assert await drain(queue, 1) == [(0, "a")]
    assert queue.failed("a") == 3.2
