"""The front that acts on rules, on a virtual clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aci_emulator import Arm, ConnectionCut, Front, Request, Response, Rule, Settings
from aci_emulator.admin.admin import Admin, NotThere
from aci_emulator.front.entra import Entra
from aci_emulator.front.faults import Kind, answer

from .bodies import document
from .machine import GROUPS, Machine

RG = GROUPS.partition("/providers/")[0]


def request(method: str = "PUT", name: str = "g") -> Request:
    return Machine.request(method, f"{GROUPS}/{name}", document() if method == "PUT" else None)


class Bench:
    """A front on the loop's own clock."""

    def __init__(self, **settings: object) -> None:
        given = {"resource_groups": ["rg@westeurope"], "start_latency": 10, **settings}
        self.front = Front(Arm(Settings.model_validate(given)), clock=self.now)
        self.admin = Admin(self.front)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=asyncio.get_running_loop().time())

    async def ask(self, method: str, name: str = "g") -> Response:
        return await self.front.answer(request(method, name))

    async def listed(self) -> list[str]:
        page = (await self.front.answer(Machine.request("GET", GROUPS))).document
        return [item["name"] for item in page["value"]]

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
async def test_close_drops_what_was_to_come_late() -> None:
    bench = Bench(start_latency=0)
    await bench.ask("PUT")
    bench.admin.add_rule(Rule("late-delete", seconds=5))
    await bench.ask("DELETE")
    await bench.front.close()
    await asyncio.sleep(10)
    assert bench.names == ["g"]


@pytest.mark.looptime
@pytest.mark.parametrize(("kind", "meanwhile"), [("delay-before", []), ("delay-after", ["g"])])
async def test_a_delay_is_in_azures_seconds(kind: Kind, meanwhile: list[str]) -> None:
    bench = Bench(time_scale=2)
    bench.admin.add_rule(Rule(kind, seconds=60))
    waiting = asyncio.ensure_future(bench.ask("PUT"))
    await asyncio.sleep(29)
    assert (waiting.done(), bench.names) == (False, meanwhile)
    await asyncio.sleep(1)
    assert (await waiting).status == 201
    assert (bench.names, asyncio.get_running_loop().time()) == (["g"], 30)


@pytest.mark.looptime
@pytest.mark.parametrize(("late", "exists"), [(False, []), (True, ["g"])])
async def test_client_that_goes_away_while_delayed(late: bool, exists: list[str]) -> None:
    bench = Bench()
    bench.admin.add_rule(Rule("delay-before", seconds=20, late=late))
    waiting = asyncio.ensure_future(bench.ask("PUT"))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.sleep(30)
    assert bench.names == exists


@pytest.mark.looptime
async def test_a_stale_read_shows_what_was_and_not_what_came() -> None:
    bench = Bench(start_latency=0)
    await bench.ask("PUT", "old")
    await asyncio.sleep(100)
    await bench.ask("DELETE", "old")
    await bench.ask("PUT", "new")
    bench.admin.add_rule(Rule("stale", seconds=20, count=3))
    assert (await bench.ask("GET", "old")).status == 200
    assert (await bench.ask("GET", "new")).status == 404
    assert await bench.listed() == ["old"]
    assert await bench.listed() == ["new"]


@pytest.mark.looptime
async def test_a_wrong_404_looks_like_a_true_one() -> None:
    bench = Bench()
    true = await bench.ask("GET", "g")
    await bench.ask("PUT")
    bench.admin.add_rule(Rule("not-found", count=2))
    wrong = await bench.ask("GET")
    assert (wrong.status, wrong.document) == (404, true.document)
    assert wrong.headers["x-ms-failure-cause"] == true.headers["x-ms-failure-cause"] == "gateway"
    assert set(wrong.headers) <= set(true.headers)
    assert (await bench.ask("DELETE")).status == 404
    assert bench.names == ["g"]


@pytest.mark.looptime
async def test_a_wrong_404_of_the_resource_group_too() -> None:
    bench = Bench()
    true = await bench.front.answer(Machine.request("GET", f"{GROUPS}/g".replace("/rg/", "/nowhere/")))
    await bench.ask("PUT")
    bench.admin.add_rule(Rule("not-found", code="ResourceGroupNotFound"))
    message = (await bench.ask("GET")).document["error"]["message"]
    assert message == true.document["error"]["message"].replace("nowhere", "rg")


@pytest.mark.looptime
async def test_a_late_delete_takes_whatever_has_the_name_by_then() -> None:
    bench = Bench(start_latency=0)
    changes: list[list[str]] = []
    bench.front.on_change = lambda: changes.append(bench.names)
    await bench.ask("PUT")
    bench.admin.add_rule(Rule("late-delete", seconds=30))
    answered = await bench.ask("DELETE")
    assert (answered.status, answered.document["name"]) == (200, "g")
    assert "x-ms-ratelimit-remaining-subscription-deletes" in answered.headers
    assert bench.names == ["g"]
    await asyncio.sleep(10)
    (first,) = bench.admin.groups()
    bench.admin.remove("g")
    await bench.ask("PUT")
    (second,) = bench.admin.groups()
    assert first["uid"] != second["uid"]
    await asyncio.sleep(20)
    assert bench.names == []
    assert changes[-1] == []


@pytest.mark.looptime
async def test_a_late_delete_that_finds_nothing_is_harmless() -> None:
    bench = Bench(start_latency=0)
    await bench.ask("PUT")
    bench.admin.add_rule(Rule("late-delete", seconds=30))
    await bench.ask("DELETE")
    await bench.ask("DELETE")
    await asyncio.sleep(31)
    assert bench.names == []


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("rule", "ask"),
    [
        (Rule("late-delete", seconds=5), ("DELETE", f"{GROUPS}/g")),
        (Rule("not-found"), ("GET", f"{GROUPS}/g")),
        (Rule("not-found", code="ResourceGroupNotFound"), ("DELETE", f"{GROUPS}/g")),
        (Rule("omit", name="other-*"), ("GET", GROUPS)),
        (Rule("empty"), ("GET", GROUPS)),
        (Rule("partial", share=0.5), ("GET", GROUPS.replace("/rg/", "/nowhere/"))),
        (Rule("duplicate"), ("GET", GROUPS)),
        (Rule("forbidden"), ("GET", "https://azure/subscriptions")),
    ],
    ids=lambda value: value.kind if isinstance(value, Rule) else "",
)
async def test_a_hit_that_spoils_nothing_does_not_count(rule: Rule, ask: tuple[str, str]) -> None:
    bench = Bench()
    bench.admin.add_rule(rule)
    await bench.front.answer(Machine.request(*ask))
    assert (rule.hits, bench.front.faults.counts[rule.kind]) == (0, 0)
    assert [line["fault"] for line in bench.admin.requests()] == [None]


@pytest.mark.looptime
async def test_a_read_without_a_token_is_no_stale_read() -> None:
    bench = Bench()
    bench.front.entra = Entra(bench.front.arm.settings.tenant)
    bench.admin.add_rule(Rule("stale", seconds=5))
    assert (await bench.ask("GET")).status == 401
    assert bench.front.faults.counts["stale"] == 0


@pytest.mark.looptime
async def test_hits_of_each_kind_outlive_their_rules() -> None:
    bench = Bench()
    bench.admin.add_rule(Rule("answer", answer=answer(500, "Broken")))
    bench.admin.add_rule(Rule("hold-before", "DELETE"))
    await bench.ask("PUT")
    bench.admin.clear()
    assert bench.admin.rules() == []
    assert bench.admin.hits() == [
        {"id": None, "kind": "answer", "hits": 1},
        {"id": None, "kind": "hold-before", "hits": 0},
    ]


@pytest.mark.looptime
async def test_a_rule_for_one_principal_leaves_the_others_alone() -> None:
    bench = Bench()
    bench.front.entra = Entra(bench.front.arm.settings.tenant)
    bench.admin.add_rule(Rule("server-timeout", principal="BAD", count=None))
    for client, status in [("bad", 503), ("good", 404)]:
        headers = {"Authorization": f"Bearer {bench.front.entra.issue(client, bench.now())}"}
        asked = request("GET")
        assert (await bench.front.answer(Request("GET", asked.url, headers))).status == status


@pytest.mark.looptime
@pytest.mark.parametrize(("skew", "status"), [(0, 404), (3599, 404), (3600, 401), (-3600, 404)])
async def test_the_emulators_clock_decides_whether_a_token_is_over(skew: float, status: int) -> None:
    bench = Bench()
    bench.front.entra = Entra(bench.front.arm.settings.tenant)
    headers = {"Authorization": f"Bearer {bench.front.entra.issue('client', bench.now())}"}
    bench.admin.change({"clock_skew": skew})
    assert (await bench.front.answer(Request("GET", request("GET").url, headers))).status == status


@pytest.mark.looptime
@pytest.mark.parametrize(("skew", "date"), [(90, "00:01:30"), (-90, "23:58:30")])
async def test_answers_tell_the_emulators_time_and_the_record_the_clients(skew: float, date: str) -> None:
    bench = Bench(clock_skew=skew)
    answered = await bench.ask("PUT")
    assert date in answered.headers["Date"]
    assert date in bench.admin.groups()[0]["createdAt"]
    assert bench.admin.requests()[0]["at"] == bench.now().timestamp()


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


@pytest.mark.looptime
async def test_groups_go_with_their_resource_group_for_the_admin_too() -> None:
    bench = Bench(resource_group_delete_latency=20)
    await bench.ask("PUT")
    await bench.front.answer(Machine.request("DELETE", f"{RG}?api-version=2021-04-01"))
    await asyncio.sleep(20)
    assert bench.names == []
    assert bench.admin.peak()[0]["alive"] == 0
    with pytest.raises(NotThere):
        bench.admin.kill("g")
