"""The Lease on a virtual clock, against the model of the API server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aci_operator.core.errors import ObjectGone
from aci_operator.kube.api import LEASES
from aci_operator.kube.lease import Elector, LeaseTimes

from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.server import ApiServer

pytestmark = pytest.mark.looptime(end=5000)

TIMES = LeaseTimes(duration=60, renew_every=10, retry_every=2, write_window=30)


class Process:
    """An operator that does nothing but lead."""

    def __init__(self, server: ApiServer, name: str) -> None:
        self.elector = Elector(
            server.client(name), namespace="default", name="lease", identity=name, times=TIMES, now=now
        )
        self.terms: list[tuple[float, float]] = []
        self.leading = asyncio.Event()
        self.task = asyncio.ensure_future(self.elector.run(self.lead))

    async def lead(self) -> None:
        began = asyncio.get_running_loop().time()
        self.leading.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.leading.clear()
            self.terms.append((began, asyncio.get_running_loop().time()))

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


@pytest.fixture
async def server() -> ApiServer:
    return ApiServer()


async def spec(server: ApiServer) -> dict[str, Any]:
    lease = await server.client("test").get(LEASES, "default", "lease")
    found: dict[str, Any] = lease["spec"]
    return found


def outage(server: ApiServer, client: str = "*", mode: Mode = Mode.FAIL) -> Fault:
    return server.plant(Fault(mode, resource=LEASES, client=client, times=None))


async def delete(server: ApiServer) -> None:
    api = server.client("user")
    lease = await api.get(LEASES, "default", "lease")
    await api.delete(LEASES, "default", "lease", uid=lease["metadata"]["uid"], resource_version="")


async def pair(server: ApiServer, kind: type[Process] = Process) -> tuple[Process, Process]:
    """Return one that leads, and one that has begun to wait."""
    one = kind(server, "one")
    await one.leading.wait()
    return one, Process(server, "two")


async def until(condition: Callable[[], bool]) -> float:
    while not condition():  # noqa: ASYNC110 - the clock is virtual
        await asyncio.sleep(0.1)
    return asyncio.get_running_loop().time()


async def test_the_first_leads_and_renews(server: ApiServer) -> None:
    one = Process(server, "one")
    assert not one.elector.held()
    await one.leading.wait()
    assert one.elector.held()
    first = await spec(server)
    assert (first["holderIdentity"], first["leaseDurationSeconds"], first["leaseTransitions"]) == ("one", 60, 0)
    await asyncio.sleep(35)
    assert one.elector.held()
    later = await spec(server)
    assert later["renewTime"] > first["renewTime"]
    assert later["acquireTime"] == first["acquireTime"]
    await one.stop()


async def test_the_second_waits_until_the_first_gives_it_back(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    two = Process(server, "two")
    await asyncio.sleep(300)
    assert not two.leading.is_set()
    assert not two.elector.held()
    await one.stop()
    assert not one.elector.held()
    stopped = asyncio.get_running_loop().time()
    assert await until(two.leading.is_set) - stopped < 5
    assert (await spec(server))["leaseTransitions"] == 1
    await two.stop()


async def test_a_crashed_holders_lease_is_taken_after_its_duration_unchanged(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    await asyncio.sleep(25)
    outage(server, client="one")
    last = asyncio.get_running_loop().time()
    two = Process(server, "two")
    taken = await until(two.leading.is_set)
    assert taken - last >= 60
    assert not one.elector.held()
    await two.stop()
    await one.stop()


async def test_writes_end_with_the_window_and_go_on_after_an_outage_that_nobody_used(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    began = asyncio.get_running_loop().time()
    fault = outage(server)
    ended = await until(lambda: not one.elector.held())
    assert ended - began <= TIMES.write_window + 0.2
    await asyncio.sleep(600)
    assert one.leading.is_set()  # no writes, but nobody else can have taken it
    fault.times = 0
    await until(one.elector.held)
    assert one.terms == []
    await one.stop()


async def test_a_holder_that_slept_sees_its_successor_and_stops_before_it_waits_again(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    fault = outage(server, client="one")
    two = Process(server, "two")
    await until(two.leading.is_set)
    fault.times = 0
    await until(lambda: bool(one.terms))
    assert two.elector.held()
    assert not one.elector.held()
    await two.stop()
    await until(one.leading.is_set)
    await one.stop()


async def test_a_lost_answer_to_a_renewal_costs_nothing(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    server.plant(Fault(Mode.LOSE, resource=LEASES, verbs=frozenset({"replace"}), times=1))
    for _ in range(600):
        await asyncio.sleep(0.1)
        assert one.elector.held()
    assert one.terms == []
    await one.stop()


async def test_a_lost_answer_to_the_first_write_is_no_reason_to_wait(server: ApiServer) -> None:
    server.plant(Fault(Mode.LOSE, resource=LEASES, verbs=frozenset({"create"}), times=1))
    one = Process(server, "one")
    assert await until(one.leading.is_set) < 5
    await one.stop()


async def test_a_request_that_hangs_does_not_use_up_the_window_and_is_told(
    server: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    fault = server.plant(Fault(Mode.HOLD_BEFORE, resource=LEASES, client="one", times=1))
    await fault.reached.wait()
    for _ in range(300):
        await asyncio.sleep(0.1)
        assert one.elector.held()
    assert "Lease default/lease: no answer in time" in caplog.messages
    fault.release()
    await one.stop()


async def test_without_the_right_to_leases_it_waits_and_then_leads(server: ApiServer) -> None:
    fault = outage(server, mode=Mode.FORBID)
    one = Process(server, "one")
    await asyncio.sleep(120)
    assert not one.elector.held()
    assert not one.task.done()
    fault.times = 0
    await one.leading.wait()
    await one.stop()


async def test_a_deleted_lease_is_written_anew(server: ApiServer) -> None:
    one = Process(server, "one")
    await one.leading.wait()
    await delete(server)
    await asyncio.sleep(100)
    assert one.elector.held()
    assert (await spec(server))["holderIdentity"] == "one"
    await one.stop()


async def test_whoever_waits_for_a_lease_that_is_deleted_waits_until_its_holder_must_know(server: ApiServer) -> None:
    one, two = await pair(server)
    await asyncio.sleep(25)
    await delete(server)
    for _ in range(1000):
        assert not two.elector.held()
        await asyncio.sleep(0.1)
    assert one.elector.held(), "it has written it anew"
    await one.stop()
    await two.stop()


async def test_so_does_one_that_could_not_look_for_long(server: ApiServer) -> None:
    one, two = await pair(server)
    await asyncio.sleep(5)
    outage(server, "two")
    await asyncio.sleep(70.5)
    await delete(server)
    server.heal()
    for _ in range(300):
        assert not two.elector.held()
        await asyncio.sleep(0.1)
    await one.stop()
    await two.stop()


class Slow(Process):
    """Takes a while to end its work."""

    async def lead(self) -> None:
        try:
            await super().lead()
        finally:
            await asyncio.sleep(5)


async def test_so_does_one_that_has_just_lost_it_to_another(server: ApiServer) -> None:
    one, two = await pair(server, Slow)
    await asyncio.sleep(5)
    outage(server, "one")
    await two.leading.wait()
    await asyncio.sleep(20)
    server.heal()
    await until(lambda: not one.elector.leading)
    await asyncio.sleep(0.5)
    await delete(server)
    for _ in range(300):
        assert not (one.elector.held() and two.elector.held())
        await asyncio.sleep(0.1)
    await one.stop()
    await two.stop()


async def test_a_lease_that_is_deleted_after_its_holder_died_is_taken_when_it_has_run_out(server: ApiServer) -> None:
    one, two = await pair(server)
    await asyncio.sleep(25)
    outage(server, "one")
    await delete(server)
    began = asyncio.get_running_loop().time()
    await two.leading.wait()
    assert 60 <= asyncio.get_running_loop().time() - began <= 62
    await one.stop()
    await two.stop()


@pytest.mark.parametrize("failing", [False, True])
async def test_when_the_work_ends_by_itself_so_does_the_run(server: ApiServer, failing: bool) -> None:
    async def lead() -> None:
        if failing:
            raise ObjectGone("broken")

    elector = Elector(server.client("x"), namespace="default", name="lease", identity="x", times=TIMES, now=now)
    run: Awaitable[None] = elector.run(lead)
    if failing:
        with pytest.raises(ObjectGone, match="broken"):
            await run
    else:
        await run
    assert not elector.leading
    assert (await spec(server))["holderIdentity"] == ""
