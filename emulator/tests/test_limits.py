"""The limits one by one, as the real SDK meets them on a clock that the test turns."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aci_emulator import Settings, errors
from aci_emulator.errors import Refusal
from aci_emulator.front.faults import answer as answered
from aci_emulator.limits.buckets import Buckets
from aci_emulator.limits.budgets import HEADER, Account
from aci_emulator.limits.roles import Role, Roles, parse_all
from aci_emulator.state.links import Links
from azure.core.exceptions import HttpResponseError
from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroupSubnetId,
    IpAddress,
    Port,
    ResourceRequests,
    ResourceRequirements,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .bodies import container, document, model
from .direct import Sdk, answer, refused, sdk
from .machine import BASE, GROUPS, SUBSCRIPTION, Machine, code

PT5M, PT1H = f"{HEADER}-pt5m", f"{HEADER}-pt1h"
SUBNET = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/"


def sized(cpu: float, memory: float = 1.5) -> list[Container]:
    requests = ResourceRequests(cpu=cpu, memory_in_gb=memory)
    return [Container(name="web", image="nginx", resources=ResourceRequirements(requests=requests))]


def put(client: Sdk, name: str, **changes: Any) -> Any:
    return client.container_groups.begin_create_or_update("rg", name, model(**changes), polling=False).result()


def change(machine: Machine, **values: Any) -> None:
    machine.arm.settings = machine.arm.settings.changed(values)


# -- quotas


def test_each_region_has_its_own_quota_and_the_others_the_default() -> None:
    machine = Machine(core_quota=4, quotas={"*": {"StandardCores": 3}, "West US": {"StandardCores": 1}})
    client = sdk(machine)
    with refused(
        400,
        "ContainerGroupQuotaReached",
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'StandardCores' exceeded in "
        "region 'westus'. Limit: '1', Usage: '0' Requested: '2'.",
    ):
        put(client, "a", location="westus", containers=sized(2))
    put(client, "a", containers=sized(2))
    with refused(400, "ContainerGroupQuotaReached", "Limit: '3', Usage: '2' Requested: '2'."):
        put(client, "b", containers=sized(2))


@pytest.mark.parametrize(
    ("kind", "quota"),
    [
        ({"sku": "Standard"}, "StandardCores"),
        ({"sku": "Dedicated"}, "DedicatedCores"),
        ({"sku": "Confidential"}, "ConfidentialCores"),
        ({"priority": "Spot", "ip_address": None}, "StandardSpotCores"),
    ],
)
def test_each_kind_of_group_is_counted_apart(kind: dict[str, Any], quota: str) -> None:
    names = ("StandardCores", "DedicatedCores", "ConfidentialCores", "StandardSpotCores")
    plenty = {"ContainerGroups": 9, "DedicatedContainerGroups": 9, "ConfidentialContainerGroups": 9}
    machine = Machine(quotas={"*": {**plenty, **dict.fromkeys(names, 0), quota: 1}})
    client = sdk(machine)
    put(client, "g", **kind)
    with refused(400, "ContainerGroupQuotaReached", f"quota '{quota}' exceeded"):
        put(client, "h", **kind)
    used = {usage.name.value: usage.current_value for usage in client.location.list_usage("westeurope")}
    assert {name for name in names if used[name]} == {quota}


def test_no_dedicated_group_until_support_grants_some() -> None:
    with refused(400, "ContainerGroupQuotaReached", "quota 'DedicatedContainerGroups' exceeded"):
        put(sdk(Machine()), "g", sku="Dedicated")


def test_one_name_in_many_regions_looks_like_fraud() -> None:
    machine = Machine(resource_groups=["rg@westeurope", "b@westeurope", "c@westeurope"], same_name_regions=2)
    groups = sdk(machine).container_groups
    groups.begin_create_or_update("rg", "same", model(), polling=False)
    groups.begin_create_or_update("b", "same", model(location="northeurope"), polling=False)
    fraud = errors.TABLE["SameNameInManyRegions"].text.format(location="eastus", usage=0)
    with refused(409, "ServiceUnavailable", fraud):
        groups.begin_create_or_update("c", "SAME", model(location="eastus"), polling=False)
    groups.begin_create_or_update("c", "another", model(location="eastus"), polling=False)
    groups.begin_create_or_update("rg", "same2", model(location="eastus"), polling=False)
    machine.wait(3600)
    assert groups.begin_create_or_update("c", "same", model(location="eastus")).result().location == "eastus"


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


# -- sizes and capacity


def test_a_group_too_large_for_its_region_is_not_available_there() -> None:
    client = sdk(Machine(sizes={"*": {"cpu": 8, "memory": 32}, "eastus": {"cpu": 4, "memory": 14}}))
    with refused(
        409,
        "ServiceUnavailable",
        "The requested resource is not available in the location 'eastus' at this moment. Please retry with a "
        "different resource request or in another location. Resource requested: '5' CPU '5' GB memory 'Linux' OS",
    ):
        put(client, "g", location="eastus", containers=sized(5, 5))
    with refused(409, "ServiceUnavailable"):
        put(client, "g", containers=sized(1, 33))
    put(client, "g", containers=sized(5, 5))


def test_a_pool_is_full_until_a_group_leaves_it() -> None:
    machine = Machine(capacity=[{"location": "westeurope", "cores": 3}])
    client = sdk(machine)
    for name, cores in (("a", 2), ("b", 1)):
        client.container_groups.begin_create_or_update("rg", name, model(containers=sized(cores))).result()
    with refused(409, "ServiceUnavailable"):
        put(client, "c")
    put(client, "elsewhere", location="northeurope")
    client.container_groups.begin_create_or_update("rg", "b", model()).result()
    client.container_groups.stop("rg", "b")
    put(client, "c")
    machine.wait(60)
    client.container_groups.begin_delete("rg", "a")
    put(client, "d", containers=sized(2))


@pytest.mark.parametrize(
    ("pool", "fits", "not_"),
    [
        ({"zone": "2"}, {"zones": ["2"]}, {"zones": ["1"]}),
        ({"zone": "2"}, {"zones": ["2"]}, {}),
        ({"sku": "Confidential"}, {"sku": "Confidential"}, {}),
        ({"priority": "Spot"}, {"priority": "Spot", "ip_address": None}, {}),
        ({"big": True}, {"containers": sized(4.5)}, {"containers": sized(4, 16)}),
        ({"big": True}, {"containers": sized(1, 17)}, {}),
    ],
)
def test_a_pool_is_for_groups_that_fit_it(pool: dict[str, Any], fits: dict[str, Any], not_: dict[str, Any]) -> None:
    client = sdk(Machine(capacity=[pool]))
    with refused(409, "ServiceUnavailable"):
        put(client, "g", **fits)
    put(client, "g", **not_)


def test_a_late_pool_accepts_and_then_fails_and_start_needs_room_again() -> None:
    machine = Machine(capacity=[{"cores": 1, "late": True}])
    client = sdk(machine)
    client.container_groups.begin_create_or_update("rg", "a", model()).result()
    with refused(200, None, "not available in the location 'westeurope' at this moment"):
        client.container_groups.begin_create_or_update("rg", "b", model()).result()
    assert client.container_groups.get("rg", "b").provisioning_state == "Failed"
    client.container_groups.stop("rg", "a")
    client.container_groups.begin_create_or_update("rg", "b", model()).result()
    with pytest.raises(HttpResponseError, match="not available"):
        client.container_groups.begin_start("rg", "a").result()
    change(machine, capacity=[{"cores": 1}])
    with refused(409, "ServiceUnavailable"):
        client.container_groups.begin_start("rg", "a").result()


@pytest.mark.parametrize("late", [False, True])
def test_whatever_brings_a_group_up_again_needs_room(late: bool) -> None:
    machine = Machine(images={"job": {"run": 0}})
    groups = sdk(machine).container_groups
    groups.begin_create_or_update("rg", "stopped", model()).result()
    groups.stop("rg", "stopped")
    groups.begin_create_or_update("rg", "ended", model(image="job", restart_policy="Never")).result()
    change(machine, capacity=[{"cores": 1, "late": late}])
    groups.begin_create_or_update("rg", "runs", model()).result()
    with pytest.raises(HttpResponseError, match="not available"):
        groups.begin_restart("rg", "ended").result()
    with pytest.raises(HttpResponseError, match="not available"):
        groups.begin_create_or_update("rg", "stopped", model()).result()


# -- subnets


def private(subnet: str) -> dict[str, Any]:
    address = IpAddress(type="Private", ports=[Port(port=80)])
    return {"ip_address": address, "subnet_ids": [ContainerGroupSubnetId(id=SUBNET + subnet)]}


def test_a_fresh_subnet_takes_one_first_group_at_a_time() -> None:
    machine = Machine(subnet_link_latency=5)
    client = sdk(machine)
    put(client, "a", **private("x"))
    with refused(
        409, "ServiceAssociationLinkNotReady", "Network is not ready for container group 'b'. Please try again."
    ):
        put(client, "b", **private("X"))
    put(client, "c", **private("y"))
    machine.wait(5)
    put(client, "b", **private("x"))
    put(client, "d", **private("x"))
    links: Links = machine.arm.cloud.links
    assert links.remove(f"{SUBNET}x".upper())
    assert not links.remove(f"{SUBNET}x")
    put(client, "e", **private("x"))
    with refused(409, "ServiceAssociationLinkNotReady"):
        put(client, "f", **private("x"))


# -- names of addresses


@pytest.mark.parametrize(
    ("scope", "clashes"),
    [
        ("Unsecure", {"same", "other group"}),
        ("TenantReuse", {"same", "other group"}),
        ("SubscriptionReuse", {"same", "other group"}),
        ("ResourceGroupReuse", {"same"}),
        ("Noreuse", set()),
    ],
)
def test_a_label_is_unique_within_the_scope_of_its_hash(scope: str, clashes: set[str]) -> None:
    machine = Machine(resource_groups=["rg@westeurope", "b@westeurope"])
    groups = sdk(machine).container_groups

    def label(location: str = "westeurope") -> Any:
        address = IpAddress(
            type="Public",
            ports=[Port(port=80)],
            dns_name_label="label",
            auto_generated_domain_name_label_scope=scope,
        )
        return model(location=location, ip_address=address)

    first = groups.begin_create_or_update("rg", "first", label()).result().ip_address.fqdn
    parts = first.split(".")
    assert (parts[0], parts[-3:], len(parts)) == (
        "label",
        ["westeurope", "azurecontainer", "io"],
        4 if scope == "Unsecure" else 5,
    )
    assert groups.begin_create_or_update("rg", "first", label()).result().ip_address.fqdn == first
    for where, resource_group in (("same", "rg"), ("other group", "b")):
        clash = refused(409, "DnsNameLabelAlreadyTaken") if where in clashes else nullcontext()
        with clash:
            groups.begin_create_or_update(resource_group, "second", label(), polling=False)
    groups.begin_create_or_update("b", "elsewhere", label("northeurope"), polling=False)


# -- what a group may have


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (document(containers=[container(f"c{n}", cpu=0.1, memory=0.1) for n in range(61)]), "InvalidContainerCount"),
        (document(volumes=[{"name": f"volume-{n}", "emptyDir": {}} for n in range(21)]), "InvalidVolume"),
        (
            document(ipAddress={"type": "Public", "ports": [{"port": n} for n in range(1, 7)]}),
            "InvalidIpAddressPorts",
        ),
        ({**document(), "tags": {f"t{n}": "" for n in range(51)}}, "InvalidTagCount"),
    ],
)
def test_how_much_a_group_may_have(body: dict[str, Any], expected: str) -> None:
    machine = Machine()
    refusal = machine.put("g", body)
    assert (refusal.status, code(refusal)) == (400, expected)


# -- transitions


def test_what_waits_for_a_transition_and_what_does_not() -> None:
    machine = Machine()
    client = sdk(machine)
    groups = client.container_groups
    put(client, "g")
    for call in (groups.begin_delete, groups.begin_start, groups.begin_restart, groups.stop):
        with refused(409, "ContainerGroupTransitioning", "The container group 'g' is still transitioning"):
            call("rg", "g")
    with refused(409, "ContainerGroupTransitioning"):
        put(client, "g")
    assert groups.update("rg", "g", {"tags": {"a": "b"}}).tags == {"a": "b"}
    machine.wait(60)
    groups.begin_restart("rg", "g", polling=False)
    groups.begin_restart("rg", "g", polling=False)
    with refused(409, "ContainerGroupTransitioning"):
        put(client, "g")


# -- rights

RG = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"


def test_a_role_counts_where_it_may_be_assigned() -> None:
    machine = Machine(resource_groups=["rg@westeurope", "b@westeurope"])
    reader = {"Actions": ["*/read"], "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"]}
    writer = {"Actions": ["Microsoft.ContainerInstance/containerGroups/*"], "AssignableScopes": [RG.upper()]}
    machine.arm.cloud.roles.assign("alice", *parse_all([reader, writer]))
    alice = sdk(machine, "alice").container_groups
    group = alice.begin_create_or_update("rg", "g", model()).result()
    assert group.provisioning_state == "Succeeded"
    with refused(403, "AuthorizationFailed", f"over scope '/subscriptions/{SUBSCRIPTION}/resourceGroups/b/"):
        alice.begin_create_or_update("b", "g", model())
    assert list(alice.list_by_resource_group("b")) == []


@pytest.mark.parametrize("spelled", ["/%72g/", "/RG/", "//rg/"])
def test_a_role_counts_however_its_scope_is_spelled(spelled: str) -> None:
    machine = Machine()
    machine.arm.cloud.roles.assign("alice", *parse_all({"Actions": ["*"], "AssignableScopes": [RG]}))
    assert machine.ask("GET", GROUPS.replace("/rg/", spelled), principal="alice").status == 200


def test_rights_on_a_resource_group_are_enough_to_follow_an_operation_in_it() -> None:
    machine = Machine(resource_groups=["rg@westeurope", "rgb@westeurope"])
    machine.arm.cloud.roles.assign("bob", Role(Actions=["*"], AssignableScopes=[RG]))
    bob = sdk(machine, "bob")
    assert bob.container_groups.begin_create_or_update("rg", "g", model()).result().name == "g"
    with refused(403, "AuthorizationFailed"):
        bob.container_groups.get("rgb", "g")
    assert machine.ask("GET", f"{BASE}/resourceGroups?api-version=2021-04-01", principal="bob").document["value"]
    assert machine.ask("POST", f"{BASE}/providers/Microsoft.ContainerInstance/register", principal="bob").status != 200


def test_what_one_role_takes_away_another_may_give() -> None:
    roles = Roles()
    delete = "Microsoft.ContainerInstance/containerGroups/delete"
    roles.assign(None, Role(Actions=["*"], NotActions=[delete]))
    assert not roles.allows("carol", delete, RG)
    roles.assign("Carol", *roles.default or (), Role(Actions=[delete]))
    assert roles.allows("carol", delete, RG)
    assert not roles.allows("dave", delete, RG)


def test_an_unknown_quota_is_refused() -> None:
    with pytest.raises(ValueError, match="Cores"):
        Settings.model_validate({"quotas": {"*": {"Cores": 1}}})
