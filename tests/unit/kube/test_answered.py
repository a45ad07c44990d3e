"""Nobody who ends leaves a write to the API server behind of which the end is not known."""

import asyncio

import pytest
from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.answered import answered


@pytest.mark.parametrize("error", [None, ApiUnavailable("no answer")])
async def test_a_write_is_waited_for_though_whoever_asked_for_it_is_cancelled(error: Exception | None) -> None:
    answer = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(answered(_write(answer)))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.sleep(0)
    assert not asking.done()
    if error is None:
        answer.set_result("created")
    else:
        answer.set_exception(error)
    await asyncio.wait({asking})
    assert asking.cancelled()


async def test_otherwise_it_is_as_if_it_were_awaited() -> None:
    answer = asyncio.get_running_loop().create_future()
    answer.set_result("created")
    assert await answered(_write(answer)) == "created"
    refusal = asyncio.get_running_loop().create_future()
    refusal.set_exception(ApiUnavailable("no answer"))
    with pytest.raises(ApiUnavailable):
        await answered(_write(refusal))


async def _write(answer: "asyncio.Future[str]") -> str:
    return await answer
