"""The real SDK over TLS, synchronous: every operation in scope, with workload identity."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.containerinstance.models import (
    ContainerExecRequest,
    ContainerExecRequestTerminalSize,
    ContainerGroup,
    ContainerGroupSubnetId,
    GpuResource,
    IpAddress,
    Port,
    Resource,
)

from .bodies import FULL, model
from .conftest import SUBSCRIPTION, Sdk, Site

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


def test_exec_and_attach(aci: Sdk, resource_group: str) -> None:
    aci.container_groups.begin_create_or_update(resource_group, "g", model()).result()
    size = ContainerExecRequestTerminalSize(rows=24, cols=80)
    run = aci.containers.execute_command(
        resource_group, "g", "web", ContainerExecRequest(command="/bin/sh", terminal_size=size)
    )
    assert "/execstream/sessionId/" in run.web_socket_uri
    assert run.web_socket_uri.endswith("&rows=24&cols=80")
    assert run.password.endswith("[[EOM]]")
    output = aci.containers.attach(resource_group, "g", "web")
    assert "/logstream/sessionId/" in output.web_socket_uri
    assert output.password
    with pytest.raises(ResourceNotFoundError) as missing:
        aci.containers.attach(resource_group, "g", "nobody")
    assert missing.value.error is not None
    assert missing.value.error.code == "ContainerNotFound"


@pytest.mark.parametrize("choice", ["200", "refused"])
def test_exec_on_a_group_whose_containers_have_ended(aci: Sdk, resource_group: str, site: Site, choice: str) -> None:
    with pytest.raises(HttpResponseError):
        aci.container_groups.begin_create_or_update(resource_group, "g", model("broken/image")).result()
    site.admin.change(variants={"exec_on_ended": choice})
    try:
        asked = resource_group, "g", "web", ContainerExecRequest(command="ls")
        if choice == "200":
            assert aci.containers.execute_command(*asked).password
        else:
            with pytest.raises(ResourceExistsError) as refused:
                aci.containers.execute_command(*asked)
            assert refused.value.error is not None
            assert refused.value.error.code == "ContainerGroupStopped"
    finally:
        site.admin.change(variants={"exec_on_ended": "200"})


def test_what_a_region_offers(aci: Sdk) -> None:
    capabilities = list(aci.location.list_capabilities("westeurope"))
    assert {c.resource_type for c in capabilities} == {"containerGroups"}
    assert max(c.capabilities.max_cpu for c in capabilities) == 32.0
    images = list(aci.location.list_cached_images("westeurope"))
    assert all(image.image and image.os_type == "Windows" for image in images)


def test_outbound_dependencies(aci: Sdk, resource_group: str) -> None:
    aci.container_groups.begin_create_or_update(resource_group, "g", model()).result()
    assert aci.container_groups.get_outbound_network_dependencies_endpoints(resource_group, "g") == []


@pytest.mark.parametrize("choice", ["200", "202"])
def test_service_association_link(aci: Sdk, resource_group: str, site: Site, choice: str) -> None:
    subnet = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{resource_group}/providers/Microsoft.Network"
        "/virtualNetworks/net/subnets/sub"
    )
    private = model(
        ip_address=IpAddress(type="Private", ports=[Port(port=80)]), subnet_ids=[ContainerGroupSubnetId(id=subnet)]
    )
    statuses: list[int] = []

    def delete() -> None:
        aci.subnet_service_association_link.begin_delete(
            resource_group, "net", "sub", raw_response_hook=lambda r: statuses.append(r.http_response.status_code)
        ).result()

    site.admin.change(variants={"link_deletion": choice})
    try:
        delete()
        aci.container_groups.begin_create_or_update(resource_group, "g", private).result()
        with pytest.raises(ResourceExistsError) as refused:
            delete()
        aci.container_groups.begin_delete(resource_group, "g").result()
        delete()
        delete()
    finally:
        site.admin.change(variants={"link_deletion": "200"})
    assert refused.value.error is not None
    assert refused.value.error.code == "SubnetInUse"
    assert statuses[0] == 204
    assert statuses[1] == 409
    assert statuses[2] == int(choice)
    assert statuses[-1] == 204


def test_every_field_through_the_models(aci: Sdk, resource_group: str) -> None:
    body = {**FULL, "properties": {**FULL["properties"], "ipAddress": None}}
    sent = ContainerGroup.deserialize(body)
    group = aci.container_groups.begin_create_or_update(resource_group, "g", sent).result()
    container = group.containers[0]
    assert container.security_context.capabilities.drop == ["ALL"]
    assert container.liveness_probe.exec_property.command == ["cat", "/tmp/healthy"]
    assert container.readiness_probe.http_get.http_headers[0].value == "y"
    assert group.encryption_properties.key_name == "k"
    assert group.extensions[0].extension_type == "kube-proxy"
    assert group.extensions[0].protected_settings is None
    assert group.confidential_compute_properties.cce_policy == "cG9saWN5"
    assert group.dns_config.options == "ndots:2"
    assert group.diagnostics.log_analytics.workspace_key is None
    assert group.volumes[3].git_repo.revision == "a1"
    assert group.identity.principal_id


@pytest.mark.parametrize("choice", ["ignored", "refused"])
def test_options_on_a_list_of_groups(aci: Sdk, resource_group: str, site: Site, choice: str) -> None:
    site.admin.change(variants={"list_options": choice})
    try:
        listed = aci.container_groups.list_by_resource_group(resource_group, params={"$top": "1"})
        if choice == "ignored":
            assert list(listed) == []
        else:
            with pytest.raises(HttpResponseError) as refused:
                list(listed)
            assert refused.value.status_code == 400
    finally:
        site.admin.change(variants={"list_options": "ignored"})


@pytest.mark.parametrize("choice", ["null", "empty"])
def test_a_silent_log(aci: Sdk, resource_group: str, site: Site, choice: str) -> None:
    aci.container_groups.begin_create_or_update(resource_group, "g", model()).result()
    site.admin.change(variants={"silent_log": choice})
    try:
        assert aci.containers.list_logs(resource_group, "g", "web").content == (None if choice == "null" else "")
    finally:
        site.admin.change(variants={"silent_log": "null"})


@pytest.mark.parametrize(("choice", "status"), [("no-quota", 400), ("no-capacity", 409), ("accepted", None)])
def test_gpus(aci: Sdk, resource_group: str, site: Site, choice: str, status: int | None) -> None:
    wanted = model()
    wanted.containers[0].resources.requests.gpu = GpuResource(count=1, sku="V100")
    site.admin.change(variants={"gpu": choice})
    try:
        if status is None:
            made = aci.container_groups.begin_create_or_update(resource_group, "g", wanted).result()
            assert made.containers[0].resources.requests.gpu.count == 1
        else:
            with pytest.raises(HttpResponseError) as refused:
                aci.container_groups.begin_create_or_update(resource_group, "g", wanted)
            assert refused.value.status_code == status
    finally:
        site.admin.change(variants={"gpu": "no-quota"})


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


@pytest.mark.parametrize("choice", ["refused", "answered"])
def test_resources(arm: Sdk, aci: Sdk, resource_group: str, site: Site, choice: str) -> None:
    made = aci.container_groups.begin_create_or_update(resource_group, "g", model(tags={"of": resource_group})).result()
    wanted = "resourceType eq 'Microsoft.ContainerInstance/containerGroups'"
    assert made.id in {item.id for item in arm.resources.list(filter=wanted)}
    assert [item.id for item in arm.resources.list_by_resource_group(resource_group)] == [made.id]
    tagged = list(arm.resources.list(filter=f"tagName eq 'of' and tagValue eq '{resource_group}'"))
    assert [(item.name, item.type, item.tags) for item in tagged] == [
        ("g", "Microsoft.ContainerInstance/containerGroups", {"of": resource_group})
    ]
    assert arm.resources.get_by_id(made.id, api_version="2023-05-01").properties["provisioningState"] == "Succeeded"
    site.admin.change(variants={"head_of_group": choice})
    try:
        if choice == "answered":
            assert arm.resources.check_existence_by_id(made.id, api_version="2023-05-01")
            assert not arm.resources.check_existence_by_id(f"{made.id}x", api_version="2023-05-01")
        else:
            with pytest.raises(HttpResponseError) as refused:
                arm.resources.check_existence_by_id(made.id, api_version="2023-05-01")
            assert refused.value.status_code == 405
    finally:
        site.admin.change(variants={"head_of_group": "refused"})


def test_provider(arm: Sdk) -> None:
    assert "Microsoft.ContainerInstance" in {provider.namespace for provider in arm.providers.list()}
    assert arm.providers.register("Microsoft.ContainerInstance").namespace == "Microsoft.ContainerInstance"
    assert arm.providers.get("Microsoft.ContainerInstance").registration_state == "Registered"
