"""What each variant of limits, writes and reads changes, as the real SDK sees it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from aci_emulator.life import groups
from aci_emulator.life.model import Group
from aci_emulator.limits.roles import Role
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.containerinstance.models import IpAddress, Port

from .bodies import document, model
from .direct import Sdk, answer, refused, sdk
from .machine import SUBSCRIPTION, Machine

PT5M = "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m"
LABEL = IpAddress(type="Public", ports=[Port(port=80)], dns_name_label="label")


def either(name: str, *values: tuple[str, Any]) -> pytest.MarkDecorator:
    """A table of a variant's values, each with what it makes a client see."""
    return pytest.mark.parametrize(("value", "expected"), values, ids=[f"{name}={value}" for value, _ in values])


def on(name: str, value: str, **settings: Any) -> tuple[Machine, Sdk]:
    machine = Machine(variants={name: value}, **settings)
    return machine, sdk(machine)


def create(client: Sdk, name: str = "g", **changes: Any) -> Any:
    return client.container_groups.begin_create_or_update("rg", name, model(**changes)).result()


def start(client: Sdk, name: str) -> None:
    client.container_groups.begin_start("rg", name)


def restart(client: Sdk, name: str) -> None:
    client.container_groups.begin_restart("rg", name)


def names(client: Sdk) -> list[str]:
    return [g.name for g in client.container_groups.list_by_resource_group("rg")]


# -- limits


@either("budget_window", ("sliding", "0"), ("fixed", "2"))
def test_what_comes_back_when_the_first_create_leaves_the_window(value: str, expected: str) -> None:
    machine, client = on("budget_window", value, budget_5m=3)
    for name in "abc":
        client.container_groups.begin_create_or_update("rg", name, model(), polling=False)
        machine.wait(100)
    # 300 seconds after a, 200 after b: a sliding window has room for one, one that began with a for three.
    put = answer(client.container_groups.begin_create_or_update, "rg", "d", model(), polling=False)
    assert put.headers[PT5M] == expected


@either("quota_of_failed", ("counted", False), ("free", True))
def test_whether_a_failed_group_leaves_its_quota(value: str, expected: bool) -> None:
    machine, client = on("quota_of_failed", value, group_quota=1, capacity=[{"late": True}])
    with pytest.raises(HttpResponseError):
        create(client, "failed")
    machine.arm.settings = machine.arm.settings.changed({"capacity": []})
    used = next(u for u in client.location.list_usage("westeurope") if u.name.value == "ContainerGroups")
    assert used.current_value == (0 if expected else 1)
    if expected:
        assert create(client, "next").provisioning_state == "Succeeded"
        for bring_up in (create, start, restart):
            with refused(400, "ContainerGroupQuotaReached", "Usage: '1'"):
                bring_up(client, "failed")
    else:
        with refused(400, "ContainerGroupQuotaReached", "Usage: '1'"):
            create(client, "next")
        assert create(client, "failed").provisioning_state == "Succeeded"


@either("refused_creates", ("counted", "99"), ("free", "100"))
def test_whether_a_refused_create_counts(value: str, expected: str) -> None:
    _, client = on("refused_creates", value)
    with refused(400, "InvalidOsType") as error:
        create(client, os_type="BeOS")
    assert error[0].response.headers[PT5M] == expected


@either("throttle_retry_after", ("sent", "300"), ("absent", None))
def test_whether_the_throttle_says_when(value: str, expected: str | None) -> None:
    _, client = on("throttle_retry_after", value, budget_5m=0)
    with refused(429, "ResourceRequestsThrottled", "try again after '5' minutes") as error:
        create(client)
    assert error[0].response.headers.get("Retry-After") == expected


@either(
    "throttle_code",
    ("ResourceRequestsThrottled", "ResourceRequestsThrottled"),
    ("TooManyRequests", "TooManyRequests"),
)
def test_the_code_of_the_throttle(value: str, expected: str) -> None:
    _, client = on("throttle_code", value, budget_5m=0)
    with refused(429, expected, "Number of requests for action 'ContainerGroupCreation' exceeded"):
        create(client)


# -- writes


@either("put_on_existing", ("200", 200), ("201", 201))
def test_the_status_of_a_put_on_a_group_that_exists(value: str, expected: int) -> None:
    _, client = on("put_on_existing", value)
    create(client)
    put = answer(client.container_groups.begin_create_or_update, "rg", "g", model(), polling=False)
    assert put.status_code == expected


@either("update_ip", ("kept", True), ("changed", False))
def test_the_address_after_a_put_on_a_running_group(value: str, expected: bool) -> None:
    _, client = on("update_ip", value)
    before, after = create(client).ip_address.ip, create(client).ip_address.ip
    assert (after == before) is expected


@either("invalid_update", ("400", 400), ("409", 409))
def test_the_status_of_an_invalid_update(value: str, expected: int) -> None:
    _, client = on("invalid_update", value)
    create(client)
    with refused(expected, "InvalidContainerGroupUpdate", "you must delete it first"):
        create(client, restart_policy="Never")


@either("dns_label_taken", ("409", 409), ("400", 400))
def test_the_status_of_a_dns_label_that_is_taken(value: str, expected: int) -> None:
    _, client = on("dns_label_taken", value)
    create(client, ip_address=LABEL)
    with refused(expected, "DnsNameLabelAlreadyTaken", "The DNS name label 'label' in container group 'h'"):
        create(client, "h", ip_address=LABEL)


@either("delete_while_transitioning", ("refused", True), ("accepted", False))
def test_delete_during_a_create(value: str, expected: bool) -> None:
    _, client = on("delete_while_transitioning", value)
    client.container_groups.begin_create_or_update("rg", "g", model(), polling=False)
    if expected:
        with refused(409, "ContainerGroupTransitioning", "still transitioning"):
            client.container_groups.begin_delete("rg", "g")
    else:
        client.container_groups.begin_delete("rg", "g").result()
    assert names(client) == (["g"] if expected else [])


@either("delete_answer", ("200", 200), ("202", 202))
def test_delete_at_once_or_with_an_operation(value: str, expected: int) -> None:
    machine, client = on("delete_answer", value, deletion_latency=20)
    groups = client.container_groups
    create(client)
    deleted = answer(groups.begin_delete, "rg", "g", polling=False)
    assert deleted.status_code == expected
    assert ("Azure-AsyncOperation" in deleted.headers) is (expected == 202)
    if expected == 202:
        assert groups.get("rg", "g").provisioning_state == "Deleting"
        assert [g.provisioning_state for g in groups.list()] == ["Deleting"]
        with refused(409, "ContainerGroupTransitioning"):
            create(client)
        machine.wait(20)
    with pytest.raises(ResourceNotFoundError):
        groups.get("rg", "g")
    assert create(client).provisioning_state == "Succeeded"


def test_a_delete_with_an_operation_is_polled_to_its_end() -> None:
    machine, client = on("delete_answer", "202", deletion_latency=20)
    create(client)
    begun = machine.now
    client.container_groups.begin_delete("rg", "g").result()
    assert (machine.now - begun).total_seconds() == 20
    assert names(client) == []


def test_a_delete_breaks_a_create_off_and_a_second_one_has_the_same_operation() -> None:
    machine = Machine(variants={"delete_answer": "202", "delete_while_transitioning": "accepted"}, deletion_latency=20)
    groups = sdk(machine).container_groups
    created = answer(groups.begin_create_or_update, "rg", "g", model(), polling=False)
    first = answer(groups.begin_delete, "rg", "g", polling=False)
    machine.wait(5)
    second = answer(groups.begin_delete, "rg", "g", polling=False)
    assert second.headers["Azure-AsyncOperation"] == first.headers["Azure-AsyncOperation"]
    machine.wait(15)
    ends = [machine.ask("GET", each.headers["Azure-AsyncOperation"]).document["status"] for each in (created, first)]
    assert ends == ["Canceled", "Succeeded"]
    assert names(sdk(machine)) == []


@pytest.mark.parametrize("happens", [groups.platform_kill, groups.kill, groups.restart_at_once])
def test_nothing_else_happens_to_a_group_that_is_being_deleted(happens: Callable[[Group, datetime], Group]) -> None:
    machine = Machine(variants={"delete_answer": "202"}, deletion_latency=20)
    machine.put("g", document())
    machine.wait(60)
    machine.delete("g")
    store = machine.arm.cloud.store
    [leaving] = store.groups(machine.now)
    store.put(happens(leaving, machine.now), machine.now)
    machine.wait(19)
    assert machine.get("g").document["properties"]["provisioningState"] == "Deleting"
    machine.wait(1)
    assert machine.get("g").status == 404


# -- reads


@either("list_order", ("creation", list("hbdacegf")), ("name", list("abcdefgh")), ("shuffled", None))
def test_the_order_of_a_list(value: str, expected: list[str] | None) -> None:
    machine, client = on("list_order", value, page_size=3)
    for name in "hbdacegf":
        client.container_groups.begin_create_or_update("rg", name, model(), polling=False)
        machine.wait(1)
    seen = names(client)
    assert names(client) == seen
    if expected is not None:
        assert seen == expected
    else:
        assert sorted(seen) == list("abcdefgh")
        assert seen not in (list("abcdefgh"), list("hbdacegf"))


@either("list_under_change", ("stable", ["a", "b", "c", "d"]), ("shifting", ["a", "b", "d"]))
def test_a_group_that_goes_between_two_pages(value: str, expected: list[str]) -> None:
    machine, client = on("list_under_change", value, page_size=2)
    for name in "abcd":
        create(client, name)
    pages = client.container_groups.list_by_resource_group("rg").by_page()
    seen = [g.name for g in next(pages)]
    machine.wait(1)
    client.container_groups.begin_delete("rg", "a")
    seen += [g.name for g in next(pages)]
    assert seen == expected
    assert names(client) == ["b", "c", "d"]


@either("list_under_change", ("stable", ["b", "c"]), ("shifting", ["b", "b", "c"]))
def test_a_group_that_comes_between_two_pages(value: str, expected: list[str]) -> None:
    machine = Machine(variants={"list_under_change": value, "list_order": "name"}, page_size=1)
    client = sdk(machine)
    for name in "bc":
        create(client, name)
    pages = client.container_groups.list_by_resource_group("rg").by_page()
    seen = [g.name for g in next(pages)]
    machine.wait(1)
    create(client, "a")
    seen += [g.name for page in pages for g in page]
    assert seen == expected


@either("id_case", ("as-created", "/resourceGroups/rg/"), ("upper-groups", "/resourceGroups/RG/"))
def test_the_case_of_ids_in_a_list(value: str, expected: str) -> None:
    _, client = on("id_case", value)
    created = create(client)
    [listed] = client.container_groups.list()
    assert expected in listed.id
    assert listed.id.lower() == created.id.lower()
    assert "/resourceGroups/rg/" in client.container_groups.get("rg", "g").id


@either("location_case", ("as-sent", "West Europe"), ("normal", "westeurope"))
def test_the_case_of_locations(value: str, expected: str) -> None:
    _, client = on("location_case", value)
    created = create(client, location="West Europe")
    [listed] = client.container_groups.list()
    assert [created.location, listed.location] == [expected, expected]


@either("list_with_rights_below", ("filtered", True), ("refused", False))
def test_a_list_in_a_subscription_with_rights_on_one_resource_group(value: str, expected: bool) -> None:
    machine = Machine(variants={"list_with_rights_below": value}, resource_groups=["rg@westeurope", "b@westeurope"])
    everyone = sdk(machine)
    for group in ("rg", "b"):
        everyone.container_groups.begin_create_or_update(group, f"in-{group}", model()).result()
    role = Role(Actions=["*"]).at(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/b")
    machine.arm.cloud.roles.assign("limited", role)
    limited: Callable[[], Any] = sdk(machine, "limited").container_groups.list
    if expected:
        assert [g.name for g in limited()] == ["in-b"]
    else:
        with refused(403, "AuthorizationFailed", "containerGroups/read"):
            list(limited())
