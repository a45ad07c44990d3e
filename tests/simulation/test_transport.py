"""The real SDK over the memory transport: the emulator answers, and failures look as they do over sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aci_emulator.arm.machine import Arm as Machine
from aci_emulator.front.faults import Rule, answer
from aci_emulator.front.front import Front
from aci_emulator.settings import Settings
from aci_operator.app.metrics import Metrics
from aci_operator.azure.arm import Arm
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import AnswerLost, NotFound, Throttled, Unavailable

from tests.model import samples
from tests.model.azure import Credential, MemoryTransport
from tests.model.clock import now
from tests.model.process import Process

SCOPE = ResourceGroupRef.of(samples.SUBSCRIPTION, samples.RESOURCE_GROUP)
REF = GroupRef(SCOPE, "one")
BODY = {
    "location": samples.LOCATION,
    "tags": {"a": "b"},
    "properties": {
        "osType": "Linux",
        "restartPolicy": "Always",
        "containers": [
            {
                "name": "api",
                "properties": {"image": "i", "resources": {"requests": {"cpu": 1, "memoryInGB": 1}}},
            }
        ],
    },
}


class Wire:
    """A client, and what is below it."""

    def __init__(self) -> None:
        groups = [f"{samples.RESOURCE_GROUP}@{samples.LOCATION}"]
        self.front = Front(Machine(Settings(resource_groups=groups, start_latency=20.0)), clock=now)
        self.process = Process("operator")
        self.transport = MemoryTransport(self.front, self.process)
        self.arm = Arm(Credential(), Metrics(), transport=self.transport)

    @property
    def requests(self) -> list[tuple[str, int | None]]:
        return [(entry.method, entry.status) for entry in self.front.record.entries]

    def exists(self) -> bool:
        return len(self.front.arm.cloud.store) == 1


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire()
    yield made
    made.front.faults.clear()
    await made.arm.close()


async def test_a_group_lives(wire: Wire) -> None:
    began = asyncio.get_running_loop().time()
    created, _ = await wire.arm.put(REF, BODY)
    assert created.provisioning_state == "Pending"
    assert asyncio.get_running_loop().time() - began == pytest.approx(2 * wire.transport.latency, abs=0.01)
    await asyncio.sleep(25)
    assert (await wire.arm.get(REF)).state == "Running"
    assert [group.ref for group in await wire.arm.list(SCOPE)] == [REF]
    await wire.arm.replace_tags(REF, {"c": "d"})
    await wire.arm.delete(REF)
    with pytest.raises(NotFound):
        await wire.arm.get(REF)
    assert {entry.principal for entry in wire.front.record.entries} == {"operator"}


@pytest.mark.parametrize(("kind", "effect"), [("cut-before", False), ("cut-after", True)])
async def test_a_cut_connection_tells_nothing_of_the_effect(wire: Wire, kind: str, *, effect: bool) -> None:
    wire.front.faults.add(Rule(kind))  # type: ignore[arg-type]
    with pytest.raises(AnswerLost):
        await wire.arm.put(REF, BODY)
    assert wire.exists() is effect
    assert len(wire.requests) == 1


async def test_no_answer_in_time(wire: Wire) -> None:
    wire.front.faults.add(Rule("hold-after"))
    with pytest.raises(AnswerLost):
        await wire.arm.put(REF, BODY)
    assert wire.exists()
    assert len(wire.requests) == 1


async def test_azure_cannot_be_reached(wire: Wire) -> None:
    wire.transport.reachable = False
    with pytest.raises(Unavailable):
        await wire.arm.put(REF, BODY)
    assert wire.requests == []


async def test_a_planted_answer(wire: Wire) -> None:
    headers = {"Retry-After": "17"}
    wire.front.faults.add(Rule("answer", answer=answer(429, "ResourceRequestsThrottled", headers=headers)))
    with pytest.raises(Throttled) as caught:
        await wire.arm.put(REF, BODY)
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("lost", [False, True])
async def test_a_request_on_its_way_outlives_its_process(wire: Wire, *, lost: bool) -> None:
    task = wire.process.run(wire.arm.put(REF, BODY))
    await asyncio.sleep(wire.transport.latency / 2)
    await wire.process.kill(lost=lost)
    await asyncio.sleep(1)
    assert task.cancelled()
    assert wire.exists() is not lost


@pytest.mark.parametrize("late", [False, True])
async def test_a_held_request_may_take_effect_later(wire: Wire, *, late: bool) -> None:
    wire.front.faults.add(Rule("hold-before", late=late))
    wire.process.run(wire.arm.put(REF, BODY))
    await asyncio.sleep(1)
    await wire.process.kill()
    assert not wire.exists()
    wire.front.faults.release()
    await asyncio.sleep(1)
    assert wire.exists() is late


async def test_a_stopped_process_sends_when_it_goes_on(wire: Wire) -> None:
    wire.process.pause()
    task = wire.process.run(wire.arm.put(REF, BODY))
    await asyncio.sleep(10)
    assert wire.requests == []
    wire.process.resume()
    await task
    assert wire.exists()
