"""Rules as data, and the front that acts on them, on a virtual clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aci_emulator import Arm, ConnectionCut, Front, Request, Response, Rule, Settings
from aci_emulator.admin.admin import Admin, NotThere
from aci_emulator.front.faults import Faults, Kind, answer

from .bodies import document
from .machine import GROUPS, Machine


def request(method: str = "PUT", name: str = "g") -> Request:
    return Machine.request(method, f"{GROUPS}/{name}", document() if method == "PUT" else None)


@pytest.mark.parametrize(
    ("method", "path", "hits"),
    [
        ("*", "*", True),
        ("PUT", "*/containerGroups/g", True),
        ("PUT", "*/containergroups/G", True),
        ("PUT", "*/containerGroups", False),
        ("GET", "*", False),
        ("PUT", "re:.*/containerGroups/[a-z]", True),
        ("PUT", "re:containerGroups", False),
    ],
)
def test_which_requests_match(method: str, path: str, hits: bool) -> None:
    faults = Faults()
    faults.add(Rule("cut-before", method, path))
    assert (faults.take(request()) is not None) == hits


def test_rules_are_used_in_order_and_used_up() -> None:
    faults = Faults()
    first, second = faults.add(Rule("cut-before", count=2)), faults.add(Rule("cut-after", count=None))
    taken = [fault.rule for fault in (faults.take(request()) for _ in range(4)) if fault]
    assert taken == [first, first, second, second]
    assert [rule.hits for rule in faults.rules] == [2, 2]


@pytest.mark.parametrize(
    ("kind", "given"), [("answer", None), ("cut-before", Response(500)), ("hold-after", Response(500))]
)
def test_a_rule_that_makes_no_sense(kind: Kind, given: Response | None) -> None:
    with pytest.raises(ValueError, match="answer"):
        Rule(kind, answer=given)
    with pytest.raises(ValueError, match="at least one"):
        Rule("cut-after", count=0)


class Bench:
    """A front on the loop's own clock."""

    def __init__(self, **settings: object) -> None:
        given = {"resource_groups": ["rg@westeurope"], "start_latency": 10, **settings}
        self.front = Front(Arm(Settings.model_validate(given)), clock=self.now)
        self.admin = Admin(self.front)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=asyncio.get_running_loop().time())

    @property
    def names(self) -> list[str]:
        return [line["name"] for line in self.admin.groups()]


@pytest.mark.looptime
@pytest.mark.parametrize(("kind", "exists"), [("cut-before", []), ("cut-after", ["g"])])
async def test_cut(kind: Kind, exists: list[str]) -> None:
    bench = Bench()
    bench.admin.add_rule(Rule(kind))
    with pytest.raises(ConnectionCut):
        await bench.front.answer(request())
    assert bench.names == exists
    assert [line["status"] for line in bench.admin.requests()] == [None]


@pytest.mark.looptime
@pytest.mark.parametrize(("kind", "exists"), [("answer", []), ("answer-after", ["g"])])
async def test_answer(kind: Kind, exists: list[str]) -> None:
    bench = Bench()
    bench.admin.add_rule(Rule(kind, answer=answer(503, "ServerTimeout", "late", {"Retry-After": "7"})))
    response = await bench.front.answer(request())
    assert (response.status, response.headers["Retry-After"]) == (503, "7")
    assert response.document == {"error": {"code": "ServerTimeout", "message": "late"}}
    assert bench.names == exists


@pytest.mark.looptime
@pytest.mark.parametrize(("kind", "meanwhile"), [("hold-before", []), ("hold-after", ["g"])])
async def test_hold_and_release(kind: Kind, meanwhile: list[str]) -> None:
    bench = Bench()
    rule = bench.admin.add_rule(Rule(kind, "PUT", count=None))
    waiting = asyncio.ensure_future(bench.front.answer(request()))
    await asyncio.sleep(1000)
    assert not waiting.done()
    assert bench.names == meanwhile
    (held,) = bench.admin.held()
    assert (held["rule"], held["when"], held["status"]) == (rule, kind.removeprefix("hold-"), None)
    assert bench.admin.release(rule) == [rule]
    assert (await waiting).status == 201
    assert (bench.names, bench.admin.held(), bench.admin.rules()) == (["g"], [], [])
    with pytest.raises(NotThere):
        bench.admin.release(rule)


@pytest.mark.looptime
@pytest.mark.parametrize(("late", "exists"), [(False, []), (True, ["g"])])
async def test_client_that_goes_away_while_held(late: bool, exists: list[str]) -> None:
    bench = Bench()
    bench.admin.add_rule(Rule("hold-before", late=late, count=None))
    waiting = asyncio.ensure_future(bench.front.answer(request()))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.sleep(1)
    bench.admin.clear()
    await asyncio.sleep(1)
    assert bench.names == exists


@pytest.mark.looptime
async def test_close_drops_what_is_held() -> None:
    bench = Bench()
    bench.admin.add_rule(Rule("hold-before", late=True, count=None))
    waiting = asyncio.ensure_future(bench.front.answer(request()))
    await asyncio.sleep(1)
    await bench.front.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert bench.names == []


@pytest.mark.looptime
async def test_latency_is_waited_after_the_effect() -> None:
    bench = Bench(answer_latency=2, delete_latency=3, variants={"delete_while_transitioning": "accepted"})
    loop = asyncio.get_running_loop()
    await bench.front.answer(request())
    assert loop.time() == 2
    deleting = asyncio.ensure_future(bench.front.answer(request("DELETE")))
    await asyncio.sleep(1)
    assert bench.names == []
    assert (await deleting).status == 200
    assert loop.time() == 7


@pytest.mark.looptime
async def test_the_record_names_what_was_asked() -> None:
    bench = Bench()
    await bench.front.answer(request())
    await asyncio.sleep(5)
    await bench.front.answer(request("GET"))
    lines = bench.admin.requests()
    assert [(line["operation"], line["status"], line["method"]) for line in lines] == [
        ("containerGroups/write", 201, "PUT"),
        ("containerGroups/read", 200, "GET"),
    ]
    assert lines[0]["path"].endswith("/containerGroups/g")
    assert lines[1]["at"] - lines[0]["at"] == 5
    assert lines[0]["time"].endswith("Z")
    assert bench.admin.requests(lines[1]["at"]) == lines[1:]


@pytest.mark.looptime
async def test_kill_remove_and_place() -> None:
    bench = Bench()
    placed = bench.admin.place(resource_group="rg", name="foreign", location="westeurope", tags={"a": "b"})
    assert (placed["tags"], placed["state"], placed["puts"]) == ({"a": "b"}, "Pending", 1)
    await asyncio.sleep(10)
    assert bench.admin.groups()[0]["state"] == "Running"
    assert bench.admin.kill("foreign")["state"] == "Stopped"
    assert bench.admin.remove(placed["id"])["name"] == "foreign"
    with pytest.raises(NotThere):
        bench.admin.kill("foreign")
    assert bench.admin.peak(("a", "b")) == [{"tag": "a", "value": "b", "peak": 1, "alive": 0}]
    bench.admin.reset_peak()
    assert [line["peak"] for line in bench.admin.peak()] == [0]


@pytest.mark.looptime
async def test_a_killed_creation_ends_its_operation() -> None:
    bench = Bench()
    link = (await bench.front.answer(request())).headers["Azure-AsyncOperation"]
    await asyncio.sleep(5)
    bench.admin.kill("g")
    polled = (await bench.front.answer(Machine.request("GET", link))).document
    assert polled["status"] == "Failed"
    assert bench.admin.groups()[0]["provisioningState"] == "Failed"
