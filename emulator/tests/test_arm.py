"""ARM around the container groups: paths, versions, rights, limits, lag, resource groups."""

from datetime import timedelta
from typing import Any

import pytest
from aci_emulator import Arm, Request, Settings
from aci_emulator.limits.roles import Role, Roles

from .bodies import container, document
from .machine import BASE, GROUPS, SUBSCRIPTION, Machine, code

PT5M = "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m"
PT1H = "x-ms-ratelimit-remaining-subscription-resource-requests-pt1h"


@pytest.mark.parametrize(
    ("method", "url", "status", "expected"),
    [
        ("GET", f"{GROUPS}/g?api-version=", 400, "MissingApiVersionParameter"),
        ("GET", f"{GROUPS}/g?api-version=1999-01-01", 400, "NoRegisteredProviderFound"),
        ("GET", f"{BASE}/resourceGroups?api-version=1999-01-01", 400, "InvalidApiVersionParameter"),
        ("GET", f"{GROUPS}/g", 404, "ResourceNotFound"),
        ("GET", GROUPS.replace("/rg/", "/other/"), 404, "ResourceGroupNotFound"),
        ("PUT", GROUPS.replace("/rg/", "/other/") + "/g", 404, "ResourceGroupNotFound"),
        ("GET", f"{GROUPS}/g/containers/c/logs", 404, "ResourceNotFound"),
        ("GET", GROUPS.replace(SUBSCRIPTION, "99999999-9999-9999-9999-999999999999"), 404, "SubscriptionNotFound"),
        ("GET", GROUPS.replace(SUBSCRIPTION, "mine"), 400, "InvalidSubscriptionId"),
        ("POST", f"{GROUPS}/g", 405, "HttpMethodNotSupported"),
        ("GET", f"{BASE}/nothing", 404, "NotFound"),
        ("GET", "https://azure/", 404, "NotFound"),
        ("GET", GROUPS.replace("containerGroups", "containerGangs"), 404, "InvalidResourceType"),
        ("GET", f"{BASE}/providers/Microsoft.Else?api-version=2021-04-01", 404, "InvalidResourceNamespace"),
        (
            "GET",
            f"{BASE}/providers/Microsoft.ContainerInstance/locations/mars/usages",
            400,
            "LocationNotAvailableForResourceType",
        ),
        (
            "GET",
            f"{BASE}/providers/Microsoft.ContainerInstance/locations/westeurope/operations/x",
            404,
            "OperationNotFound",
        ),
        ("PUT", f"{BASE}/resourceGroups/a*b?api-version=2021-04-01", 400, "InvalidResourceGroupName"),
    ],
)
def test_refused(method: str, url: str, status: int, expected: str) -> None:
    answer = Machine().ask(method, url, {"location": "westeurope"})
    assert (answer.status, code(answer)) == (status, expected)
    assert answer.headers["x-ms-failure-cause"] in {"gateway", "service"}


def test_a_foreign_place_is_refused() -> None:
    machine = Machine()
    assert code(machine.put("g", {**document(), "location": "mars"})) == "LocationNotAvailableForResourceType"
    new = machine.ask("PUT", f"{BASE}/resourceGroups/new?api-version=2021-04-01", {"location": "mars"})
    assert code(new) == "LocationNotAvailableForResourceGroup"
    body = document()
    del body["location"]
    assert code(machine.put("g", body)) == "LocationRequired"


def test_paths_have_no_case() -> None:
    machine = Machine()
    machine.put("Name", document())
    shouted = machine.ask("GET", f"{GROUPS}/NAME".upper().replace("HTTPS://AZURE", "https://azure"))
    assert shouted.status == 200
    assert shouted.document["name"] == "Name"
    assert "/resourceGroups/rg/" in shouted.document["id"]


def test_headers() -> None:
    machine = Machine()
    request = Request(
        "GET",
        f"{GROUPS}?api-version=2023-05-01",
        {"X-MS-Client-Request-Id": "mine", "x-ms-return-client-request-id": "true"},
    )
    headers = machine.arm.handle(request, machine.now).headers
    assert headers["x-ms-client-request-id"] == "mine"
    assert headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"
    assert headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "3749"
    put = machine.put("g", document()).headers
    assert put["x-ms-ratelimit-remaining-subscription-writes"] == "199"
    assert put["x-ms-ratelimit-remaining-subscription-global-writes"] == "2999"
    assert (put[PT5M], put[PT1H]) == ("99", "299")
    link = put["Azure-AsyncOperation"]
    assert link.startswith(f"{BASE}/providers/Microsoft.ContainerInstance/locations/westeurope/operations/")
    assert link.endswith("?api-version=2018-06-01")
    assert put["x-ms-request-id"].removeprefix("westeurope:") in link
    for version in ("2018-06-01", "2023-05-01", "2099-01-01"):
        assert machine.ask("GET", link.replace("2018-06-01", version)).status == 200


def test_an_operation_ends_even_when_its_group_vanishes() -> None:
    machine = Machine(variants={"delete_while_transitioning": "accepted"})
    link = machine.put("g", document()).headers["Azure-AsyncOperation"]
    assert machine.ask("GET", link).document["status"] == "Pending"
    assert machine.delete("g").status == 200
    assert machine.ask("GET", link).document["status"] == "Canceled"
    second = machine.put("g", document()).headers["Azure-AsyncOperation"]
    machine.wait(10)
    assert machine.ask("GET", link).document["status"] == "Canceled"
    ended = machine.ask("GET", second).document
    assert ended["status"] == "Succeeded"
    assert [e["name"] for e in ended["properties"]["events"]] == ["Pulling", "Pulled", "Started"]


def test_operation_events_add_up_over_updates() -> None:
    machine = Machine()
    machine.put("g", document())
    machine.wait(10)
    link = machine.put("g", document()).headers["Azure-AsyncOperation"]
    assert len(machine.ask("GET", link).document["properties"]["events"]) == 3


def test_rights_of_a_role_and_of_a_later_one() -> None:
    reader = Role.parse({"Name": "r", "Actions": ["Microsoft.ContainerInstance/*/read"], "NotActions": []})
    roles = Roles()
    roles.assign("alice", reader)
    machine = Machine(Arm(Settings(resource_groups=["rg@westeurope"]), roles))
    url = f"{GROUPS}/g"
    refused = machine.ask("PUT", url, document(), principal="alice")
    assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    message = refused.document["error"]["message"]
    assert "The client 'alice' with object id '" in message
    assert "perform action 'Microsoft.ContainerInstance/containerGroups/write' over scope '" in message
    assert machine.ask("GET", GROUPS, principal="alice").status == 200
    assert machine.ask("PUT", url, document(), principal="bob").status == 201
    permissions = [{"actions": ["microsoft.containerinstance/containergroups/*"], "notActions": ["*/delete"]}]
    roles.assign("alice", Role.parse({"roleName": "w", "permissions": permissions}))
    machine.wait(60)
    assert machine.ask("PUT", url, document(), principal="alice").status == 200
    assert machine.ask("DELETE", url, principal="alice").status == 403


def test_budget_of_creates() -> None:
    machine = Machine(budget_5m=3, budget_1h=5)
    for name in "abc":
        assert machine.put(name, document()).status == 201
    machine.wait(75)
    throttled = machine.put("d", document())
    assert (throttled.status, code(throttled)) == (429, "ResourceRequestsThrottled")
    assert throttled.document["error"]["message"] == (
        "Number of requests for action 'ContainerGroupCreation' exceeded the limit of '3' for time interval "
        "'00:05:00'. Please try again after '3.75' minutes."
    )
    assert (throttled.headers["Retry-After"], throttled.headers[PT5M]) == ("225", "0")
    assert machine.delete("a").headers[PT5M] == "2"
    assert machine.put("n", {**document(), "location": "northeurope"}).headers[PT5M] == "2"
    machine.wait(225)
    for name in "de":
        assert machine.put(name, document()).status == 201
    hourly = machine.put("f", document())
    assert "'01:00:00'" in hourly.document["error"]["message"]


def test_budget_without_throttle_or_headers() -> None:
    machine = Machine(budget_5m=0, budget_throttle=False, budget_headers=False)
    answer = machine.put("g", document())
    assert answer.status == 201
    assert PT5M not in answer.headers


def test_time_scale_shortens_everything() -> None:
    machine = Machine(time_scale=10, budget_5m=1)
    machine.put("g", document())
    machine.wait(1)
    assert machine.get("g").document["properties"]["provisioningState"] == "Succeeded"
    assert machine.put("h", document()).headers["Retry-After"] == "29"
    machine.wait(29)
    assert machine.put("h", document()).status == 201


def test_read_bucket() -> None:
    machine = Machine(arm_reads=2)
    assert [machine.ask("GET", GROUPS).status for _ in range(3)] == [200, 200, 429]
    throttled = machine.ask("GET", GROUPS)
    assert code(throttled) == "SubscriptionRequestsThrottled"
    assert throttled.headers["Retry-After"] == "1"
    assert machine.ask("GET", GROUPS, principal="another").status == 200
    machine.wait(1)
    assert machine.ask("GET", GROUPS).status == 200


def test_quotas() -> None:
    machine = Machine(group_quota=2, core_quota=4)
    assert code(machine.put("big", document(containers=[container(cpu=5)]))) == "ContainerGroupQuotaReached"
    machine.put("a", document())
    machine.put("b", document())
    full = machine.put("c", document())
    assert full.document["error"]["message"] == (
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'ContainerGroups' exceeded "
        "in region 'westeurope'. Limit: '2', Usage: '2' Requested: '1'."
    )
    assert machine.put("c", {**document(), "location": "northeurope"}).status == 201
    machine.wait(60)
    assert machine.put("a", document()).status == 200
    machine.wait(60)
    machine.delete("b")
    assert machine.put("c2", document()).status == 201


def test_read_lag() -> None:
    machine = Machine(read_lag=5)
    machine.put("g", document())
    assert machine.get("g").status == 404
    assert machine.ask("GET", GROUPS).document["value"] == []
    machine.wait(5)
    assert machine.get("g").status == 200
    machine.wait(8)
    assert machine.get("g").document["properties"]["provisioningState"] == "Creating"
    machine.wait(2)
    assert machine.get("g").document["properties"]["provisioningState"] == "Succeeded"
    machine.delete("g")
    assert len(machine.ask("GET", GROUPS).document["value"]) == 1
    machine.wait(5)
    assert machine.get("g").status == 404


def test_registration() -> None:
    machine = Machine(registered=False, registration_latency=5)
    refused = machine.put("g", document())
    assert (refused.status, code(refused)) == (409, "MissingSubscriptionRegistration")
    assert "'Microsoft.ContainerInstance'" in refused.document["error"]["message"]
    url = f"{BASE}/providers/Microsoft.ContainerInstance"
    machine.ask("POST", f"{url}/register?api-version=2016-02-01")
    state = machine.ask("GET", f"{url}?api-version=2016-02-01").document["registrationState"]
    assert state == "Registering"
    machine.wait(5)
    assert machine.put("g", document()).status == 201


def test_resource_group_deletion_takes_its_groups() -> None:
    machine = Machine(resource_group_delete_latency=20)
    machine.put("g", document())
    machine.wait(10)
    url = f"{BASE}/resourcegroups/rg?api-version=2025-04-01"
    answer = machine.ask("DELETE", url)
    assert (answer.status, answer.headers["Retry-After"]) == (202, "15")
    assert machine.ask("GET", answer.headers["Location"]).status == 202
    assert machine.get("g").status == 200
    assert code(machine.put("h", document())) == "ResourceGroupBeingDeleted"
    machine.wait(20)
    assert machine.ask("GET", answer.headers["Location"]).status == 200
    assert machine.ask("HEAD", url).status == 404
    assert len(machine.arm.cloud.store) == 0


def test_capacity_at_once_and_late() -> None:
    machine = Machine(capacity=[{"location": "westeurope", "zone": "2"}, {"location": "northeurope", "late": True}])
    refused = machine.put("g", {**document(), "zones": ["2"]})
    assert (refused.status, code(refused)) == (409, "ServiceUnavailable")
    assert "Resource requested: '1' CPU '1.5' GB memory 'Linux' OS" in refused.document["error"]["message"]
    assert machine.put("g", {**document(), "zones": ["1"]}).status == 201
    link = machine.put("n", {**document(), "location": "northeurope"}).headers["Azure-AsyncOperation"]
    machine.wait(10)
    operation = machine.ask("GET", link).document
    assert operation["status"] == "Failed"
    assert "code" not in operation["error"]
    assert "not available in the location 'northeurope'" in operation["error"]["message"]
    assert machine.get("n").document["properties"]["provisioningState"] == "Failed"


def test_nothing_secret_comes_back() -> None:
    secret = "do-not-show"
    body = document(
        containers=[
            container(
                environmentVariables=[{"name": "A", "secureValue": secret}],
                volumeMounts=[{"name": "files", "mountPath": "/f"}],
            )
        ],
        volumes=[
            {
                "name": "files",
                "azureFile": {"shareName": "s", "storageAccountName": "a", "storageAccountKey": secret},
            },
            {"name": "secrets", "secret": {"key": secret}},
        ],
        imageRegistryCredentials=[{"server": "r", "username": "u", "password": secret}],
        diagnostics={"logAnalytics": {"workspaceId": "w", "workspaceKey": secret, "workspaceResourceId": f"/{secret}"}},
        extensions=[
            {"name": "e", "properties": {"extensionType": "t", "version": "1", "protectedSettings": {"k": secret}}}
        ],
    )
    machine = Machine()
    answers = [machine.put("g", body), machine.get("g"), machine.ask("GET", GROUPS), machine.delete("g")]
    assert [a.status for a in answers] == [201, 200, 200, 409]
    assert not [a for a in answers if secret.encode() in a.body]
    shown = answers[1].document["properties"]
    assert shown["volumes"][1] == {"name": "secrets", "secret": {}}
    assert shown["containers"][0]["properties"]["environmentVariables"] == [{"name": "A"}]


def test_what_azure_adds() -> None:
    machine = Machine()
    machine.put("g", document(osType="linux"))
    machine.wait(10)
    shown = machine.get("g").document
    assert "tags" not in shown
    properties: dict[str, Any] = shown["properties"]
    assert "restartPolicy" not in properties
    assert properties["osType"] == "Linux"
    assert (properties["sku"], properties["provisioningTimeoutInSeconds"]) == ("Standard", 1800)
    assert (properties["initContainers"], properties["isCustomProvisioningTimeout"]) == ([], False)
    first = properties["containers"][0]["properties"]
    assert (first["ports"], first["environmentVariables"]) == ([], [])
    assert isinstance(first["resources"]["requests"]["cpu"], float)


def test_an_ended_group_is_deployed_anew() -> None:
    machine = Machine(capacity=[{"location": "westeurope", "late": True}])
    machine.put("g", document(restartPolicy="Never"))
    machine.wait(10)
    machine.arm.settings = machine.arm.settings.changed({"capacity": []})
    again = machine.put("g", document(restartPolicy="Never", containers=[container(cpu=2)]))
    assert again.status == 200
    machine.wait(10)
    assert machine.get("g").document["properties"]["provisioningState"] == "Succeeded"


def test_transitioning() -> None:
    machine = Machine()
    machine.put("g", document())
    for answer in (
        machine.put("g", document()),
        machine.delete("g"),
        *(machine.ask("POST", f"{GROUPS}/g/{verb}") for verb in ("start", "stop", "restart")),
    ):
        assert (answer.status, code(answer)) == (409, "ContainerGroupTransitioning")
    assert machine.ask("PATCH", f"{GROUPS}/g", {"tags": {"a": "b"}}).status == 200
    assert code(machine.ask("GET", f"{GROUPS}/g/containers/web/logs")) == "ContainerLogNotAvailable"
    machine.wait(10)
    assert [machine.ask("POST", f"{GROUPS}/g/restart").status for _ in range(2)] == [204, 204]
    assert machine.get("g").document["properties"]["provisioningState"] == "Updating"


def test_one_seed_one_run() -> None:
    def run(seed: int) -> list[bytes]:
        machine = Machine(seed=seed, start_latency=(1, 50))
        machine.put("g", document())
        machine.wait(50)
        return [machine.get("g").body]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_census_counts_lives() -> None:
    machine = Machine(variants={"delete_while_transitioning": "accepted"})
    for name in "abc":
        machine.put(name, {**document(), "tags": {"s": "x"}})
    machine.delete("a")
    machine.ask("PATCH", f"{GROUPS}/b", {"tags": {"s": "y"}})
    census = machine.arm.cloud.store.census
    assert (census.peak["s", "x"], census.alive["s", "x"], census.alive["s", "y"]) == (3, 1, 1)
    assert (census.total_peak, census.total) == (3, 2)
    census.reset()
    assert (census.peak["s", "x"], census.total_peak) == (1, 2)


def test_history_forgets() -> None:
    machine = Machine(variants={"delete_while_transitioning": "accepted"})
    for number in range(1100):
        machine.arm.settings = machine.arm.settings.changed({"budget_throttle": False, "arm_throttle": False})
        machine.put(f"g{number}", document())
        machine.delete(f"g{number}")
        machine.now += timedelta(seconds=2)
    past = machine.arm.cloud.store.remembered
    assert past <= 500, "300 of them are younger than what is remembered"


@pytest.mark.parametrize(
    ("method", "place", "region"),
    [
        ("GET", f"{GROUPS}/g", "westeurope:"),
        ("PATCH", f"{GROUPS}/g", "westeurope:"),
        ("DELETE", f"{GROUPS}/g", "westeurope:"),
        ("POST", f"{GROUPS}/g/stop", "westeurope:"),
        ("GET", f"{GROUPS}/nothing", ""),
        ("GET", f"{BASE}/resourceGroups/rg?api-version=2025-04-01", ""),
    ],
)
def test_the_provider_puts_its_region_before_the_id_of_a_request(method: str, place: str, region: str) -> None:
    machine = Machine()
    machine.put("g", document())
    identifier = machine.ask(method, place, {} if method == "PATCH" else None).headers["x-ms-request-id"]
    assert identifier.rpartition(":")[0] == region.rstrip(":")
