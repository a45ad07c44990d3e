"""P18: what goes wrong with one service delays no other by more than D, whatever it is and however large the service.

D is what an undisturbed change takes: its first create is sent half a second later. There is one exception: a pause
that Azure asks for is for all that send from the same budget, so in the same region it is added.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from aci_emulator.front.faults import Rule, answer

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import WRITES, Fault, Mode
from tests.simulation.world import World

MakeWorld = Callable[..., World]
Harm = Callable[[World], Any]

ILL: Final = "ill"
MANY: Final = 24
"""Replicas of the service that fails: more than there are workers, and few enough to leave room in the budgets."""

AT_ONCE: Final = 0.5
"""Seconds from a change to its first create: the calls on the way take a quarter."""

RETRY_AFTER: Final = 30.0
NOT_MINE: Final = "99999999-9999-9999-9999-999999999999"
CHANGES: Final = ((1.0, 2), (37.0, 3), (240.0, 4))
"""Seconds to wait, and how many replicas are then wanted of the neighbours."""

NEAR: Final = "near"
FAR: Final = "far"
"""Neighbours, in the same region and in another one."""


ELSEWHERE: Final = "northeurope"


def arm(kind: Any, method: str = "*", **more: Any) -> Harm:
    """Let all calls about container groups of the service fail."""
    rule = {"path": f"*/containergroups/{ILL}-*", "count": None, **more}
    return lambda world: world.azure.faults.add(Rule(kind, method=method, **rule))


def kubernetes(mode: Mode) -> Harm:
    """Let all writes of objects of the service fail."""
    return lambda world: world.cluster.plant(Fault(mode, WRITES, name=f"{ILL}*", client="operator", times=None))


def image(**does: Any) -> Harm:
    """Let what it runs do something else than to run."""
    return lambda world: world.portal.change({"images": {ILL: does}})


def nothing(_world: World) -> None:
    """Let the spec be what is wrong."""


INVALID: Final = answer(400, "InvalidParameter")
POLICY: Final = answer(403, "RequestDisallowedByPolicy")
FAILURE: Final = answer(500, "InternalServerError")
THROTTLED: Final = answer(429, "TooManyRequests", headers={"Retry-After": f"{RETRY_AFTER:.0f}"})
SPOT: Final = {**samples.replica(), "priority": "Spot"}
OF_IMAGE: Final = {"image": ILL}

ROWS: Final[Mapping[str, tuple[Harm, Mapping[str, Any], float]]] = {
    "its creates are invalid": (arm("answer", "PUT", answer=INVALID), {}, AT_ONCE),
    "its creates are forbidden": (arm("forbidden", "PUT"), {}, AT_ONCE),
    "a policy forbids its creates": (arm("answer", "PUT", answer=POLICY), {}, AT_ONCE),
    "Azure fails at its creates": (arm("answer", "PUT", answer=FAILURE), {}, AT_ONCE),
    "its creates are throttled": (arm("answer", "PUT", answer=THROTTLED), {}, RETRY_AFTER + AT_ONCE),
    "its creates get no answer": (arm("hold-before", "PUT"), {}, AT_ONCE),
    "its creates get no answer and take effect": (arm("hold-after", "PUT"), {}, AT_ONCE),
    "its reads get no answer": (arm("hold-before", "GET"), {}, AT_ONCE),
    "its reads are throttled": (arm("answer", "GET", answer=THROTTLED), {}, AT_ONCE),
    "nothing about it gets an answer": (arm("hold-before"), {}, AT_ONCE),
    "its subscription does not exist": (nothing, {"subscriptionId": NOT_MINE}, AT_ONCE),
    "its resource group does not exist": (nothing, {"resourceGroup": "nowhere"}, AT_ONCE),
    "there is no room for it": (nothing, {"template": {"spec": SPOT}}, AT_ONCE),
    "it crashes": (image(run=1.0, exit_code=1), OF_IMAGE, AT_ONCE),
    "it cannot start": (image(cannot_start=True), OF_IMAGE, AT_ONCE),
    "its image is missing": (image(missing=True), OF_IMAGE, AT_ONCE),
    "its objects cannot be written": (kubernetes(Mode.FORBID), {}, AT_ONCE),
    "writes of its objects conflict": (kubernetes(Mode.CONFLICT), {}, AT_ONCE),
    "writes of its objects get no answer": (kubernetes(Mode.HOLD_BEFORE), {}, AT_ONCE),
}


@pytest.mark.parametrize("row", ROWS)
async def test_a_service_that_fails_delays_no_other(make_world: MakeWorld, row: str) -> None:
    harm, spec, most = ROWS[row]
    world = make_world(seed=501, capacity=[{"priority": "Spot"}])
    await world.start()
    for name, location in ((NEAR, samples.LOCATION), (FAR, ELSEWHERE)):
        world.apply(samples.service(name, replicas=1, placements=[{"location": location}]))
    await world.converge(NEAR, 1)
    await world.converge(FAR, 1)
    harm(world)
    world.apply(samples.service(ILL, replicas=MANY, **spec))
    for seconds, replicas in CHANGES:
        await asyncio.sleep(seconds)
        delays = await scaled(world, replicas)
        assert delays[FAR] <= AT_ONCE, "they share nothing"
        assert delays[NEAR] <= most
    struck = any(line["hits"] for line in world.portal.hits())
    ready = world.told(world.service(ILL)).get("Ready")
    assert struck or ready is None or ready[0] == "False", "it has failed all the while"


async def scaled(world: World, replicas: int) -> dict[str, float]:
    """Scale both neighbours; return the seconds until the create of each was sent."""
    since = now()
    for name in (NEAR, FAR):
        world.scale(name, replicas)
    sent: dict[str, float] = {}

    def all_sent() -> bool:
        for entry, name in zip(world.asked("write", since=since), world.names("write", since=since), strict=True):
            sent.setdefault(name.partition("-")[0], (entry.at - since).total_seconds())
        return {NEAR, FAR} <= sent.keys()

    await world.until(all_sent)
    return sent


async def test_another_services_trouble_delays_nobody(make_world: MakeWorld) -> None:
    world = make_world(seed=256, images={"*none*": {"missing": True}})
    await world.start()
    for index in range(30):
        world.apply(samples.service(f"bad{index}", replicas=1, image="registry.test/none:1"))
    world.azure.faults.add(Rule("hold-before", method="PUT", path="*/containergroups/bad1-*", count=None))
    await asyncio.sleep(100)
    at = now()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: any(name.startswith("s-") for name in world.names("write")))
    assert (now() - at).total_seconds() <= 1
