"""A Retry-After holds back all calls of its kind."""

import asyncio
from datetime import timedelta

import pytest
from aci_operator.core.errors import Throttled, Unavailable
from aci_operator.engine.pauses import Pauses

from tests.unit.core.builders import T0
from tests.unit.engine.fakes import now


async def answer() -> str:
    return "here"


async def refuse() -> str:
    raise Throttled(retry_after=30)


async def test_nothing_of_a_kind_is_sent_before_its_time() -> None:
    pauses = Pauses(now)
    with pytest.raises(Throttled):
        await pauses.keep("tags", refuse)
    await asyncio.sleep(20)
    with pytest.raises(Throttled) as refusal:
        await pauses.keep("tags", answer)
    assert refusal.value.retry_after == pytest.approx(10)
    until = T0 + timedelta(seconds=30)
    assert refusal.value.message == f"Azure asked for nothing of the kind before {until:%H:%M:%S} UTC"
    assert await pauses.keep("lists", answer) == "here"
    await asyncio.sleep(10)
    assert await pauses.keep("tags", answer) == "here"


@pytest.mark.parametrize("error", [Unavailable(), Throttled()])
async def test_a_refusal_without_a_time_holds_nothing_back(error: Exception) -> None:
    async def fail() -> str:
        raise error

    pauses = Pauses(now)
    with pytest.raises(type(error)):
        await pauses.keep("tags", fail)
    assert await pauses.keep("tags", answer) == "here"
