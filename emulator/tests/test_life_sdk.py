"""The life of groups as a client sees it: the real SDK over TLS, and the hands that disturb it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aci_emulator.admin.client import AdminError
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.containerinstance.models import (
    ContainerHttpGet,
    ContainerProbe,
    InitContainerDefinition,
    Resource,
)

from .bodies import model
from .conftest import Sdk, Site, eventually

Change = Callable[..., None]


@pytest.fixture
def change(site: Site) -> Iterator[Change]:
    """Change settings for one test."""
    before = site.admin.settings()

    def changed(**values: Any) -> None:
        site.admin.change(**values)

    yield changed
    site.admin.change(**{name: before[name] for name in ("variants", "images", "time_scale", "start_latency")})


def put(aci: Sdk, rg: str, **changes: Any) -> Any:
    """A group that is up; its one container is named web."""
    return aci.container_groups.begin_create_or_update(rg, "g", model(**changes)).result()


def look(aci: Sdk, rg: str) -> Any:
    return aci.container_groups.get(rg, "g")


def identity(rg: str) -> str:
    return (
        f"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{rg}"
        "/providers/Microsoft.ContainerInstance/containerGroups/g"
    )


def names(view: Any) -> set[str]:
    return {event.name for event in view.events}


def test_a_crash_loop(aci: Sdk, resource_group: str, change: Change) -> None:
    change(images={"crash/*": {"run": 0, "exit_code": 1}})
    put(aci, resource_group, image="crash/1")
    view = look(aci, resource_group).containers[0].instance_view
    assert (view.current_state.state, view.current_state.start_time) == ("Waiting", None)
    assert view.current_state.detail_status == "CrashLoopBackOff: Back-off restarting failed"
    assert (view.previous_state.state, view.previous_state.exit_code) == ("Terminated", 1)
    assert view.previous_state.detail_status == "Error"
    assert view.restart_count >= 1
    assert names(view) == {"Pulling", "Pulled", "Started", "Killing", "BackOff"}


def test_init_containers(aci: Sdk, resource_group: str) -> None:
    init = [InitContainerDefinition(name="first", image="a"), InitContainerDefinition(name="second", image="b")]
    group = put(aci, resource_group, init_containers=init)
    for container in group.init_containers:
        state = container.instance_view.current_state
        assert (state.state, state.exit_code, state.detail_status) == ("Terminated", 0, "Completed")
    assert group.containers[0].instance_view.current_state.state == "Running"


def test_the_platform_kills_and_the_policy_restarts(aci: Sdk, resource_group: str, site: Site) -> None:
    before = put(aci, resource_group)
    line = site.admin.platform_kill(identity(resource_group))
    assert (line["state"], line["restarts"]) == ("Running", 1)
    after = look(aci, resource_group)
    view = after.containers[0].instance_view
    assert (view.restart_count, view.previous_state.exit_code, view.previous_state.detail_status) == (1, 7147, "SIGINT")
    assert "Killing" in names(view)
    assert after.ip_address.ip == before.ip_address.ip
    assert after.provisioning_state == "Succeeded"


@pytest.mark.parametrize("state", ["Succeeded", "Repairing"])
def test_maintenance_changes_the_address(aci: Sdk, resource_group: str, site: Site, change: Change, state: str) -> None:
    change(variants={"moving_state": state})
    before = put(aci, resource_group)
    line = site.admin.maintenance(identity(resource_group))
    assert line["ip"] != before.ip_address.ip
    assert line["provisioningState"] == state


def test_only_a_spot_group_is_evicted_and_comes_back(aci: Sdk, resource_group: str, site: Site) -> None:
    group = identity(resource_group)
    put(aci, resource_group)
    with pytest.raises(AdminError, match="has not the priority Spot"):
        site.admin.evict(group)
    aci.container_groups.begin_delete(resource_group, "g").result()
    put(aci, resource_group, priority="Spot", ip_address=None, restart_policy="Never")
    assert site.admin.evict(group)["restarts"] == 1
    view = look(aci, resource_group).containers[0].instance_view
    assert (view.previous_state.exit_code, view.restart_count) == (7147, 1)


def test_a_container_ends_by_hand(aci: Sdk, resource_group: str, site: Site) -> None:
    put(aci, resource_group, restart_policy="Never")
    assert site.admin.exit(identity(resource_group), code=3)["state"] == "Failed"
    state = look(aci, resource_group).containers[0].instance_view.current_state
    assert (state.state, state.exit_code, state.detail_status) == ("Terminated", 3, "Error")
    with pytest.raises(AdminError, match="no container 'web' runs"):
        site.admin.exit(identity(resource_group))


# -- what is not known of Azure


@pytest.mark.parametrize(
    ("variants", "error"),
    [
        ({"failed_code": "absent", "failed_error": "message"}, (None, "Failed to pull image")),
        ({"failed_code": "null", "failed_error": "message"}, (None, "Failed to pull image")),
        ({"failed_error": "empty"}, None),
    ],
)
def test_variants_of_a_failed_operation(
    aci: Sdk, resource_group: str, change: Change, variants: dict[str, str], error: tuple[None, str] | None
) -> None:
    change(variants=variants)
    bodies: list[Any] = []
    with pytest.raises(HttpResponseError) as failed:
        aci.container_groups.begin_create_or_update(
            resource_group,
            "g",
            model("broken/1"),
            raw_response_hook=lambda r: bodies.append(json.loads(r.http_response.text())),
        ).result()
    assert failed.value.status_code == 200
    shown = bodies[-1]["error"]
    if error is None:
        assert (shown, failed.value.error) == ({}, None)
        return
    assert ("code" in shown) == (variants["failed_code"] == "null")
    assert failed.value.error is not None
    assert failed.value.error.code is error[0]
    assert error[1] in str(failed.value.error.message)


@pytest.mark.parametrize("status", ["409", "400"])
def test_variant_stopped_status(aci: Sdk, resource_group: str, change: Change, status: str) -> None:
    change(variants={"stopped_status": status})
    put(aci, resource_group)
    aci.container_groups.stop(resource_group, "g")
    with pytest.raises(HttpResponseError) as refused:
        aci.container_groups.begin_restart(resource_group, "g")
    assert refused.value.status_code == int(status)
    assert isinstance(refused.value, ResourceExistsError) == (status == "409")
    assert refused.value.error is not None
    assert refused.value.error.code == "ContainerGroupStopped"


@pytest.mark.parametrize("when", ["at-once", "late"])
def test_variant_view_after_stop(aci: Sdk, resource_group: str, change: Change, when: str) -> None:
    # So slow that the second in which the view is missing lasts for the whole test.
    change(variants={"view_after_stop": when}, time_scale=0.001, start_latency=0)
    put(aci, resource_group)
    aci.container_groups.stop(resource_group, "g")
    group = look(aci, resource_group)
    assert group.instance_view.state == "Stopped"
    assert (group.containers[0].instance_view is None) == (when == "late")


@pytest.mark.parametrize("presence", ["absent", "present"])
def test_variant_unhealthy_event(aci: Sdk, resource_group: str, change: Change, presence: str) -> None:
    change(variants={"unhealthy_event": presence}, images={"nginx": {"liveness_fails_after": 0}})
    body = model()
    body.containers[0].liveness_probe = ContainerProbe(http_get=ContainerHttpGet(path="/", port=80))
    aci.container_groups.begin_create_or_update(resource_group, "g", body).result()
    view = look(aci, resource_group).containers[0].instance_view
    assert (view.previous_state.exit_code, view.previous_state.detail_status) == (7147, "SIGINT")
    assert ("Unhealthy" in names(view)) == (presence == "present")


@pytest.mark.parametrize("how", ["in-place", "restarts"])
def test_variant_patch_of_tags(aci: Sdk, resource_group: str, change: Change, how: str) -> None:
    change(variants={"patch_of_tags": how})
    put(aci, resource_group)
    aci.container_groups.update(resource_group, "g", Resource(tags={"a": "b"}))
    view = look(aci, resource_group).containers[0].instance_view
    started = next(e for e in view.events if e.name == "Started")
    assert (started.count, view.restart_count) == (2 if how == "restarts" else 1, 0)


@pytest.mark.parametrize("what", ["stops", "keeps-trying"])
async def test_variant_after_timeout(aci: Sdk, resource_group: str, change: Change, what: str) -> None:
    change(variants={"after_timeout": what}, images={"nginx": {"pull": 5}})
    with pytest.raises(HttpResponseError, match="'00:30:00'"):
        put(aci, resource_group)

    def up() -> bool:
        return bool(look(aci, resource_group).instance_view.state == "Running")

    if what == "stops":
        assert not up()
    else:
        await eventually(up, "the group comes up late")
    assert look(aci, resource_group).provisioning_state == ("Failed" if what == "stops" else "Succeeded")


@pytest.mark.parametrize("state", ["Pending", "Waiting"])
def test_variant_waiting_state(aci: Sdk, resource_group: str, change: Change, state: str) -> None:
    change(variants={"waiting_state": state})
    with pytest.raises(HttpResponseError):
        put(aci, resource_group, image="broken/1")
    assert look(aci, resource_group).instance_view.state == state


@pytest.mark.parametrize("what", ["ends", "restarts-once"])
def test_variant_failure_under_never(aci: Sdk, resource_group: str, change: Change, what: str) -> None:
    change(variants={"failure_under_never": what}, images={"nginx": {"run": 0, "exit_code": 1}})
    put(aci, resource_group, restart_policy="Never")
    group = look(aci, resource_group)
    assert group.instance_view.state == "Failed"
    assert group.containers[0].instance_view.restart_count == (0 if what == "ends" else 1)
