"""Limits over TLS: changed while the emulator runs, and kept over a restart."""

import json
from pathlib import Path
from typing import Any

import pytest
from aci_emulator.admin.ctl import ctl
from aci_emulator.limits.budgets import HEADER
from aci_emulator.serve.snapshot import StateFile
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from click.testing import CliRunner

from .bodies import document, model
from .conftest import LIMITED, LIMITED_SUBJECT, SUBSCRIPTION, Sdk, Site
from .direct import answer
from .machine import GROUPS, Machine, code


def test_limits_that_change_while_it_runs(aci: Sdk, resource_group: str, site: Site) -> None:
    groups = aci.container_groups
    with (
        site.changed(quotas={"ukwest": {"ContainerGroups": 1}}, capacity=[{"location": "uksouth"}]),
        pytest.raises(ResourceExistsError, match="not available in the location 'uksouth'"),
    ):
        groups.begin_create_or_update(resource_group, "g", model(location="uksouth"))
    with site.changed(variants={"throttle_code": "TooManyRequests"}, budget_5m=0):
        with pytest.raises(HttpResponseError) as throttled:
            groups.begin_create_or_update(resource_group, "g", model(location="uksouth"))
        assert (throttled.value.status_code, throttled.value.error and throttled.value.error.code) == (
            429,
            "TooManyRequests",
        )
    put = answer(groups.begin_create_or_update, resource_group, "g", model(location="uksouth"), polling=False)
    assert put.status_code == 201


def test_an_injected_500_counts_as_a_create(aci: Sdk, resource_group: str, site: Site) -> None:
    groups, body = aci.container_groups, model(location="qatarcentral")
    site.admin.rule("answer", method="PUT", status=500, code="InternalServerError")
    with pytest.raises(HttpResponseError) as broken:
        groups.begin_create_or_update(resource_group, "g", body)
    response: Any = broken.value.response
    put = answer(groups.begin_create_or_update, resource_group, "g", body, polling=False)
    left = [int(each.headers[f"{HEADER}-pt5m"]) for each in (response, put)]
    assert left[0] - left[1] == 1


def test_a_role_at_a_scope_that_ctl_gives(
    resource_group: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "role.json"
    file.write_text(json.dumps([{"Name": "all", "Actions": ["*"], "AssignableScopes": ["/"]}]))
    monkeypatch.setenv("ACI_EMULATOR_ENDPOINT", site.running.endpoint)
    monkeypatch.setenv("SSL_CERT_FILE", str(site.running.ca))
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{resource_group}"
    done = CliRunner().invoke(ctl, ["role", str(file), "--principal", LIMITED, "--scope", scope])
    assert done.exit_code == 0, done.output
    with (
        site.credential(LIMITED, LIMITED_SUBJECT) as credential,
        ContainerInstanceManagementClient(credential, **site.options) as client,
    ):
        groups: Sdk = client.container_groups
        assert groups.begin_create_or_update(resource_group, "g", model()).result().name == "g"
        assert [g.name for g in groups.list()] == ["g"]
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            groups.get(f"{resource_group}-other", "g")


def test_what_was_spent_and_what_is_on_its_way_outlives_a_restart(tmp_path: Path) -> None:
    subnet = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    private = document(ipAddress={"type": "Private", "ports": [{"port": 80}]}, subnetIds=[{"id": subnet}])
    variants = {"delete_answer": "202", "budget_window": "fixed", "delete_while_transitioning": "accepted"}
    chosen: dict[str, Any] = {"variants": variants, "deletion_latency": 20, "subnet_link_latency": 10, "budget_5m": 3}
    first, later = Machine(**chosen), Machine(**chosen)
    first.put("private", private)
    first.put("going", document())
    link = first.delete("going").headers["Azure-AsyncOperation"]
    StateFile(tmp_path / "state").save(first.arm.cloud)

    assert StateFile(tmp_path / "state").load(later.arm.cloud)
    assert code(later.put("second", private)) == "ServiceAssociationLinkNotReady"
    assert code(later.put("third", private)) == "ResourceRequestsThrottled"
    assert later.get("going").document["properties"]["provisioningState"] == "Deleting"
    assert later.ask("GET", link).document["status"] == "Deleting"
    later.wait(20)
    assert later.get("going").status == 404
    assert later.ask("GET", link).document["status"] == "Succeeded"
    assert [g["name"] for g in later.ask("GET", GROUPS).document["value"]] == ["private"]
