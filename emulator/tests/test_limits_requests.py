"""How many requests are let through: the provider's budgets of creates and deletes, and ARM's buckets."""

from datetime import UTC, datetime, timedelta

from aci_emulator import Settings
from aci_emulator.errors import Refusal
from aci_emulator.front.faults import answer as answered
from aci_emulator.limits.buckets import Buckets
from aci_emulator.limits.budgets import HEADER, Account
from hypothesis import given, settings
from hypothesis import strategies as st

from .bodies import document, model
from .direct import answer, refused, sdk
from .limits import change, put
from .machine import GROUPS, SUBSCRIPTION, Machine, code

PT5M, PT1H = f"{HEADER}-pt5m", f"{HEADER}-pt1h"


# -- budgets


def test_creates_and_deletes_have_budgets_of_their_own() -> None:
    machine = Machine(budget_5m=2, budget_1h=3)
    client = sdk(machine)
    for name in "ab":
        client.container_groups.begin_create_or_update("rg", name, model()).result()
    with refused(
        429,
        "ResourceRequestsThrottled",
        "Number of requests for action 'ContainerGroupCreation' exceeded the limit of '2' for time interval "
        "'00:05:00'. Please try again after '4.67' minutes.",
    ):
        put(client, "c")
    first = answer(client.container_groups.begin_delete, "rg", "a", polling=False)
    assert (first.headers[PT5M], first.headers[PT1H]) == ("1", "2")
    assert answer(client.container_groups.begin_delete, "rg", "missing", polling=False).status_code == 204
    machine.wait(280)
    put(client, "c")
    machine.wait(10)
    client.container_groups.begin_delete("rg", "c")
    with refused(429, "ResourceRequestsThrottled", "action 'ContainerGroupDeletion' exceeded the limit of '2'"):
        client.container_groups.begin_delete("rg", "b")
    elsewhere = answer(
        client.container_groups.begin_create_or_update, "rg", "n", model(location="northeurope"), polling=False
    )
    assert (elsewhere.headers[PT5M], elsewhere.headers[PT1H]) == ("1", "2")
    machine.wait(290)
    with refused(429, "ResourceRequestsThrottled", "exceeded the limit of '3' for time interval '01:00:00'"):
        put(client, "d")


def test_a_create_that_the_provider_breaks_over_counts() -> None:
    machine = Machine()
    broken = answered(500, "InternalServerError")
    request = machine.request("PUT", f"{GROUPS}/g", document())
    assert machine.arm.broken(request, broken, machine.now).headers[PT5M] == "99"
    assert machine.arm.broken(request, answered(503, "ServerBusy"), machine.now) == answered(503, "ServerBusy")
    assert machine.arm.broken(machine.request("GET", f"{GROUPS}/g"), broken, machine.now) == broken
    assert machine.arm.broken(machine.request("PUT", f"{GROUPS}/g"), broken, machine.now) == broken
    assert machine.put("g", document()).headers[PT5M] == "98"


@settings(max_examples=50, deadline=None)
@given(waits=st.lists(st.integers(0, 400), max_size=40), fixed=st.booleans())
def test_no_window_lets_more_through_than_its_limit(waits: list[int], fixed: bool) -> None:
    chosen = Settings.model_validate(
        {"budget_5m": 3, "budget_1h": 8, "variants": {"budget_window": "fixed" if fixed else "sliding"}}
    )
    account, now, accepted = Account("create"), datetime(2026, 1, 1, tzinfo=UTC), []
    for seconds in waits:
        now += timedelta(seconds=seconds)
        try:
            account.check(chosen, now)
        except Refusal:
            continue
        account.spend(chosen, now)
        accepted.append(now.timestamp())
    # Two fixed windows that meet may hold twice the limit in the length of one.
    most = 2 if fixed else 1
    for at in accepted:
        assert sum(at <= other < at + 300 for other in accepted) <= 3 * most
        assert sum(at <= other < at + 3600 for other in accepted) <= 8 * most


def test_a_fixed_window_begins_with_the_first_request_after_the_last_one() -> None:
    machine = Machine(budget_5m=1, variants={"budget_window": "fixed"})
    machine.wait(200)
    machine.put("a", document())
    machine.wait(299)
    throttled = machine.put("b", document())
    assert (code(throttled), throttled.headers["Retry-After"]) == ("ResourceRequestsThrottled", "1")
    machine.wait(101)
    assert machine.put("b", document()).status == 201
    machine.wait(200)
    assert machine.put("c", document()).headers["Retry-After"] == "100"


# -- ARM's buckets


def test_a_principal_has_a_bucket_in_each_region_of_arm() -> None:
    machine = Machine(arm_reads=2)
    client = sdk(machine, "alice")
    for _ in range(2):
        list(client.container_groups.list())
    with refused(429, "SubscriptionRequestsThrottled", "Number of 'read' requests for subscription") as error:
        list(client.container_groups.list())
    assert error[0].response.headers["Retry-After"] == "1"
    list(sdk(machine, "bob").container_groups.list())
    change(machine, arm_region="northeurope")
    list(client.container_groups.list())
    machine.wait(1)
    change(machine, arm_region="westeurope")
    list(client.container_groups.list())


def test_all_principals_share_the_bucket_of_the_subscription() -> None:
    machine = Machine(arm_reads=1)
    for number in range(15):
        assert machine.ask("GET", GROUPS, principal=f"p{number}").status == 200
    empty = machine.ask("GET", GROUPS, principal="another")
    assert (empty.status, empty.headers["Retry-After"]) == (429, "1")
    machine.wait(0.01)
    refilled = machine.ask("GET", GROUPS, principal="another").headers
    assert refilled["x-ms-ratelimit-remaining-subscription-reads"] == "0"
    assert refilled["x-ms-ratelimit-remaining-subscription-global-reads"] == "2"


def test_the_region_of_arm_that_answers_is_in_its_request_id() -> None:
    routed = Machine(arm_region="North Europe").ask("GET", GROUPS).headers["x-ms-routing-request-id"]
    assert routed.startswith("NORTHEUROPE:20260101T000000Z:")


@settings(max_examples=50, deadline=None)
@given(waits=st.lists(st.sampled_from([0.0, 0.01, 0.1, 1.0]), max_size=60), size=st.integers(1, 20))
def test_a_bucket_lets_through_its_size_and_what_comes_back(waits: list[float], size: int) -> None:
    chosen, buckets, now = Settings(arm_writes=size), Buckets(), datetime(2026, 1, 1, tzinfo=UTC)
    begun, passed = now, 0
    for seconds in waits:
        now += timedelta(seconds=seconds)
        try:
            left = buckets.take("PUT", SUBSCRIPTION, "alice", chosen, now)
        except Refusal:
            continue
        passed += 1
        assert 0 <= int(left["x-ms-ratelimit-remaining-subscription-writes"]) < size
    assert passed <= size + 10 * (now - begun).total_seconds() + 1e-6


def test_posts_are_writes_and_deletes_have_their_own_bucket() -> None:
    machine = Machine()
    machine.put("g", document())
    machine.wait(60)
    name = "x-ms-ratelimit-remaining-subscription-{}"
    stop = machine.ask("POST", f"{GROUPS}/g/stop").headers
    assert (stop[name.format("writes")], stop[name.format("global-writes")]) == ("199", "2999")
    gone = machine.delete("g").headers
    assert (gone[name.format("deletes")], gone[name.format("global-deletes")]) == ("199", "2999")
