"""The real SDK over TLS, synchronous: every operation in scope, with workload identity."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.containerinstance.models import ContainerGroupSubnetId, IpAddress, Port, Resource

from .bodies import model
from .conftest import Sdk, Site

SUBNET = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/a"


def test_create_get_delete(aci: Sdk, resource_group: str) -> None:
    seen: list[Any] = []
    poller = aci.container_groups.begin_create_or_update(
        resource_group, "g", model(), raw_response_hook=lambda r: seen.append(r.http_response)
    )
    group = poller.result()

    put = seen[0]
    assert put.status_code == 201
    assert "Azure-AsyncOperation" in put.headers
    accepted = json.loads(put.text())["properties"]
    assert accepted["provisioningState"] == "Pending"
    assert "ip" not in accepted["ipAddress"]
    assert group.provisioning_state == "Succeeded"
    assert group.ip_address.ip.startswith("20.")
    assert group.instance_view.state == "Running"
    assert group.tags == {"owner": "tests"}
    view = group.containers[0].instance_view
    assert view.current_state.state == "Running"
    assert {event.name for event in view.events} == {"Pulling", "Pulled", "Started"}
    assert [(v.name, v.value, v.secure_value) for v in group.containers[0].environment_variables] == [
        ("PLAIN", "seen", None),
        ("SECRET", None, None),
    ]

    last = aci.container_groups.begin_delete(resource_group, "g").result()
    assert last.ip_address.ip == group.ip_address.ip
    with pytest.raises(ResourceNotFoundError) as missing:
        aci.container_groups.get(resource_group, "g")
    assert missing.value.error is not None
    assert missing.value.error.code == "ResourceNotFound"
    assert aci.container_groups.begin_delete(resource_group, "g").result() is None


def test_lists_have_no_instance_view(aci: Sdk, resource_group: str) -> None:
    for name in ("a", "b"):
        aci.container_groups.begin_create_or_update(resource_group, name, model()).result()
    in_group = list(aci.container_groups.list_by_resource_group(resource_group))
    assert [g.name for g in in_group] == ["a", "b"]
    for group in in_group:
        assert group.instance_view is None
        assert group.containers[0].instance_view is None
        assert group.ip_address.ip
        assert group.provisioning_state == "Succeeded"
    assert {g.id for g in in_group} <= {g.id for g in aci.container_groups.list()}


def test_pages(aci: Sdk, resource_group: str, site: Site) -> None:
    for name in ("a", "b", "c"):
        aci.container_groups.begin_create_or_update(resource_group, name, model(), polling=False)
    site.admin.change(page_size=2)
    try:
        pages = [
            [g.name for g in page] for page in aci.container_groups.list_by_resource_group(resource_group).by_page()
        ]
    finally:
        site.admin.change(page_size=0)
    assert pages == [["a", "b"], ["c"]]


def test_put_again_restarts(aci: Sdk, resource_group: str, site: Site) -> None:
    groups = aci.container_groups
    first = groups.begin_create_or_update(resource_group, "again", model()).result()
    second = groups.begin_create_or_update(resource_group, "again", model()).result()
    before, after = (g.containers[0].instance_view for g in (first, second))
    assert after.current_state.start_time > before.current_state.start_time
    assert after.restart_count == 0
    assert next(e.count for e in after.events if e.name == "Started") == 2
    assert second.ip_address.ip == first.ip_address.ip
    line = next(g for g in site.admin.groups() if g["id"] == first.id)
    assert line["puts"] == 2

    with pytest.raises(HttpResponseError) as refused:
        groups.begin_create_or_update(resource_group, "again", model(restart_policy="Never"))
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidContainerGroupUpdate"
    with pytest.raises(ResourceExistsError) as moved:
        groups.begin_create_or_update(resource_group, "again", model(location="northeurope"))
    assert moved.value.error is not None
    assert moved.value.error.code == "InvalidResourceLocation"


def test_update_replaces_all_tags(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.change(start_latency=3000, provisioning_timeout=6000)
    try:
        aci.container_groups.begin_create_or_update(resource_group, "g", model(), polling=False)
    finally:
        site.admin.change(start_latency=0.05, provisioning_timeout=2)
    changed = aci.container_groups.update(resource_group, "g", Resource(tags={"new": "1"}))
    assert changed.tags == {"new": "1"}
    assert changed.provisioning_state in {"Pending", "Creating"}
    with pytest.raises(ResourceExistsError) as busy:
        aci.container_groups.begin_delete(resource_group, "g")
    assert busy.value.error is not None
    assert busy.value.error.code == "ContainerGroupTransitioning"


def test_stop_start_restart(aci: Sdk, resource_group: str) -> None:
    groups = aci.container_groups
    first = groups.begin_create_or_update(resource_group, "g", model()).result()
    groups.begin_start(resource_group, "g").result()

    groups.begin_restart(resource_group, "g").result()
    restarted = groups.get(resource_group, "g")
    assert restarted.ip_address.ip == first.ip_address.ip
    view = restarted.containers[0].instance_view
    assert next(e.count for e in view.events if e.name == "Started") == 2

    groups.stop(resource_group, "g")
    stopped = groups.get(resource_group, "g")
    assert (stopped.provisioning_state, stopped.instance_view.state) == ("Succeeded", "Stopped")
    state = stopped.containers[0].instance_view.current_state
    assert (state.state, state.detail_status, state.start_time, state.exit_code) == (
        "Terminated",
        "Container stopped per client request",
        None,
        None,
    )
    groups.stop(resource_group, "g")
    with pytest.raises(ResourceExistsError) as refused:
        groups.begin_restart(resource_group, "g")
    assert refused.value.error is not None
    assert refused.value.error.code == "ContainerGroupStopped"

    groups.begin_start(resource_group, "g").result()
    started = groups.get(resource_group, "g")
    assert started.instance_view.state == "Running"
    assert started.ip_address.ip != first.ip_address.ip

    for act in (groups.begin_start, groups.begin_restart, groups.stop):
        with pytest.raises(ResourceNotFoundError):
            act(resource_group, "absent")


def test_private_group(aci: Sdk, resource_group: str) -> None:
    bodies: list[Any] = []
    group = aci.container_groups.begin_create_or_update(
        resource_group,
        "g",
        model(
            ip_address=IpAddress(type="Private", ports=[Port(port=80)]), subnet_ids=[ContainerGroupSubnetId(id=SUBNET)]
        ),
        raw_response_hook=lambda r: bodies.append(json.loads(r.http_response.text()).get("properties")),
    ).result()
    assert "ipAddress" not in bodies[0]
    assert group.ip_address.ip.startswith("10.0.")


def test_failed_pull(aci: Sdk, resource_group: str) -> None:
    with pytest.raises(HttpResponseError) as failed:
        aci.container_groups.begin_create_or_update(resource_group, "g", model("broken/image")).result()
    assert failed.value.error is not None
    assert failed.value.error.code is None
    assert "Failed to pull image" in str(failed.value.error.message)
    assert "'00:30:00'" in str(failed.value.error.message)
    group = aci.container_groups.get(resource_group, "g")
    assert group.provisioning_state == "Failed"
    assert group.containers[0].instance_view.current_state.state == "Waiting"
    with pytest.raises(HttpResponseError) as refused:
        aci.container_groups.begin_create_or_update(resource_group, "h", model("missing/image"))
    assert refused.value.error is not None
    assert refused.value.error.code == "InaccessibleImage"


def test_logs(aci: Sdk, resource_group: str) -> None:
    aci.container_groups.begin_create_or_update(resource_group, "g", model("talker/1")).result()
    read = aci.containers.list_logs
    assert read(resource_group, "g", "web").content == "one\ntwo\nthree\n"
    assert read(resource_group, "g", "web", tail=1).content == "three\n"
    stamped = read(resource_group, "g", "web", timestamps=True).content
    assert [line.split()[1] for line in stamped.splitlines()] == ["one", "two", "three"]
    with pytest.raises(ResourceNotFoundError) as missing:
        read(resource_group, "g", "nobody")
    assert missing.value.error is not None
    assert missing.value.error.code == "ContainerNotFound"


def test_usages_and_operations(aci: Sdk, resource_group: str) -> None:
    def used() -> dict[str, int]:
        return {usage.name.value: usage.current_value for usage in aci.location.list_usage("westeurope")}

    before = used()
    aci.container_groups.begin_create_or_update(resource_group, "g", model()).result()
    after = used()
    assert after["ContainerGroups"] == before["ContainerGroups"] + 1
    assert after["StandardCores"] == before["StandardCores"] + 1
    names = {operation.name for operation in aci.operations.list()}
    assert "Microsoft.ContainerInstance/containerGroups/write" in names


def test_resource_groups(arm: Sdk, aci: Sdk) -> None:
    groups = arm.resource_groups
    assert not groups.check_existence("made")
    made = groups.create_or_update("made", {"location": "West Europe", "tags": {"a": "1"}})
    assert (made.location, made.properties.provisioning_state) == ("westeurope", "Succeeded")
    assert groups.check_existence("MADE")
    assert groups.get("made").tags == {"a": "1"}
    assert groups.update("made", {"tags": {"b": "2"}}).tags == {"b": "2"}
    assert "made" in {g.name for g in groups.list()}
    assert [g.name for g in groups.list(filter="tagName eq 'b' and tagValue eq '2'")] == ["made"]
    with pytest.raises(ResourceExistsError) as moved:
        groups.create_or_update("made", {"location": "eastus"})
    assert moved.value.error is not None
    assert moved.value.error.code == "InvalidResourceGroupLocation"

    aci.container_groups.begin_create_or_update("made", "inside", model()).result()
    groups.begin_delete("made").result()
    assert not groups.check_existence("made")
    with pytest.raises(ResourceNotFoundError) as missing:
        aci.container_groups.get("made", "inside")
    assert missing.value.error is not None
    assert missing.value.error.code == "ResourceGroupNotFound"


def test_provider(arm: Sdk) -> None:
    assert arm.providers.register("Microsoft.ContainerInstance").namespace == "Microsoft.ContainerInstance"
    assert arm.providers.get("Microsoft.ContainerInstance").registration_state == "Registered"
