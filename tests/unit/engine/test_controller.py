"""The workers: one object that cannot be handled does not keep the others from being handled."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aci_operator.core.errors import ApiUnavailable, Conflict, ObjectGone
from aci_operator.engine.controller import Controller
from aci_operator.engine.ports import Key

from tests.unit.engine.fakes import Telemetry

BAD, GOOD = Key("team-a", "bad"), Key("team-a", "good")


class Runs:
    """A controller whose passes are noted with their times."""

    def __init__(self, reconcile: Callable[[Key], Awaitable[float | None]], workers: int = 1) -> None:
        self.telemetry = Telemetry()
        self.passes: list[tuple[float, Key]] = []
        self._reconcile = reconcile
        self.controller = Controller("acithing", self._pass, self.telemetry, workers)

    async def _pass(self, key: Key) -> float | None:
        self.passes.append((round(asyncio.get_running_loop().time(), 2), key))
        return await self._reconcile(key)

    def times(self, key: Key) -> list[float]:
        return [at for at, seen in self.passes if seen == key]


@asynccontextmanager
async def running(runs: Runs) -> AsyncIterator[Runs]:
    task = asyncio.ensure_future(runs.controller.run())
    yield runs
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Conflict("changed"), "conflict"),
        (ObjectGone("gone"), "conflict"),
        (ApiUnavailable("no answer"), "error"),
        (KeyError("a mistake of ours"), "error"),
    ],
    ids=lambda it: type(it).__name__,
)
async def test_an_error_of_one_object_does_not_stop_the_others(error: Exception, result: str) -> None:
    async def reconcile(key: Key) -> float | None:
        if key == BAD:
            raise error
        return 10

    async with running(Runs(reconcile)) as runs:
        runs.controller.wake(BAD)
        runs.controller.wake(GOOD)
        await asyncio.sleep(35)
    assert runs.times(GOOD) == [0, 10, 20, 30]
    assert runs.times(BAD)[:6] == [0, 0.1, 0.3, 0.7, 1.5, 3.1]
    assert set(runs.telemetry.passes) == {("acithing", result), ("acithing", "success")}


async def test_only_a_mistake_of_ours_is_told_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    errors = {"bad": KeyError("a mistake"), "good": ApiUnavailable("no answer")}

    async def reconcile(key: Key) -> float | None:
        raise errors[key.name]

    with caplog.at_level(logging.DEBUG):
        async with running(Runs(reconcile)) as runs:
            runs.controller.wake(BAD)
            runs.controller.wake(GOOD)
            await asyncio.sleep(0.05)
    assert {record.exc_info is not None for record in caplog.records if "team-a/bad" in record.getMessage()} == {True}
    assert {record.exc_info is not None for record in caplog.records if "team-a/good" in record.getMessage()} == {False}


async def test_an_object_that_gets_well_is_no_longer_hurried() -> None:
    failures = [Conflict("once"), Conflict("twice")]

    async def reconcile(key: Key) -> float | None:
        assert key
        if failures:
            raise failures.pop()
        return None

    async with running(Runs(reconcile)) as runs:
        runs.controller.wake(BAD)
        await asyncio.sleep(60)
    assert runs.times(BAD) == [0, 0.1, 0.3]


async def test_an_object_is_never_handled_twice_at_once_though_there_are_workers() -> None:
    active: list[Key] = []

    async def reconcile(key: Key) -> float | None:
        assert key not in active
        active.append(key)
        await asyncio.sleep(1)
        active.remove(key)
        return None

    async with running(Runs(reconcile, workers=4)) as runs:
        for _ in range(10):
            runs.controller.wake(BAD)
            runs.controller.wake(GOOD)
            await asyncio.sleep(0.25)
        await asyncio.sleep(5)
    assert {result for _, result in runs.telemetry.passes} == {"success"}
    assert len(runs.times(BAD)) >= 3


async def test_a_slow_object_does_not_hold_up_another() -> None:
    async def reconcile(key: Key) -> float | None:
        await asyncio.sleep(100 if key == BAD else 0)
        return None

    async with running(Runs(reconcile, workers=2)) as runs:
        runs.controller.wake(BAD)
        runs.controller.wake(GOOD)
        await asyncio.sleep(1)
    assert runs.times(GOOD) == [0]


async def test_the_depth_of_the_queue_goes_down_too() -> None:
    async def reconcile(key: Key) -> float | None:
        assert key
        return None

    async with running(Runs(reconcile)) as runs:
        runs.controller.wake(BAD)
        runs.controller.wake(GOOD)
        assert runs.telemetry.depths[-1] == 2
        await asyncio.sleep(1)
    assert runs.telemetry.depths[-1] == 0
