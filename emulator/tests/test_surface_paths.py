"""Every path of the specification, and those of ARM that ordinary clients ask when they start."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from aci_emulator import Request
from aci_emulator.arm.routes import find
from aci_emulator.arm.subscriptions import display_name
from aci_emulator.limits.roles import Role
from aci_emulator.requests.versions import CONTAINER_INSTANCE

from .bodies import document
from .machine import BASE, GROUPS, SUBSCRIPTION, Machine, code

PROVIDER = f"{BASE}/providers/Microsoft.ContainerInstance"
AT = urlsplit(PROVIDER).path
WEST = f"{PROVIDER}/locations/westeurope"
RESOURCES = "api-version=2021-04-01"
SUBNET = "/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
LINK = f"{BASE}/resourceGroups/rg{SUBNET}/providers/Microsoft.ContainerInstance/serviceAssociationLinks/default"
PRIVATE: dict[str, Any] = {
    "ipAddress": {"type": "Private", "ports": [{"port": 80}]},
    "subnetIds": [{"id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG{SUBNET}"}],
}


def running(machine: Machine, **properties: Any) -> Machine:
    machine.put("g", document(**properties))
    machine.wait(10)
    return machine


def writing(*lines: str, **settings: Any) -> Machine:
    """A machine whose containers write these lines at each start."""
    return Machine(images={"*": {"log": list(lines)}}, **settings)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status, code(answer)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PROVIDER + "/containerGroups"),
        ("GET", GROUPS),
        *((method, f"{GROUPS}/g") for method in ("GET", "PUT", "PATCH", "DELETE")),
        *(("POST", f"{GROUPS}/g/{verb}") for verb in ("restart", "start", "stop")),
        ("GET", "https://azure/providers/Microsoft.ContainerInstance/operations"),
        *(("GET", f"{WEST}/{kind}") for kind in ("usages", "cachedImages", "capabilities")),
        ("GET", f"{GROUPS}/g/containers/c/logs"),
        ("POST", f"{GROUPS}/g/containers/c/exec"),
        ("POST", f"{GROUPS}/g/containers/c/attach"),
        ("GET", f"{GROUPS}/g/outboundNetworkDependenciesEndpoints"),
        ("DELETE", LINK),
    ],
)
def test_every_path_of_the_specification_is_known(method: str, path: str) -> None:
    match, _ = find(Request(method, path))
    assert match is not None


# -- exec and attach


def test_exec_gives_a_socket_and_a_password() -> None:
    machine = running(Machine())
    asked = {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}
    answer = machine.ask("POST", f"{GROUPS}/g/containers/web/exec", asked)
    assert answer.status == 200
    uri = answer.document["webSocketUri"]
    assert uri.startswith("wss://azure/execstream/sessionId/")
    assert uri.endswith("?api-version=1.0&rows=24&cols=80")
    assert answer.document["password"].endswith("[[EOM]]")
    assert answer.headers["x-ms-ratelimit-remaining-subscription-writes"]
    assert not [name for name in answer.headers if "resource-requests" in name]


def test_attach_gives_a_socket_without_a_size() -> None:
    answer = running(Machine()).ask("POST", f"{GROUPS}/g/containers/web/attach")
    assert answer.status == 200
    assert answer.document["webSocketUri"].startswith("wss://azure/logstream/sessionId/")
    assert answer.document["webSocketUri"].endswith("?api-version=1.0")
    assert answer.document["password"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "command"),
        ({"command": ["ls"]}, "command"),
        ({"command": "ls", "terminalSize": {"rows": "many"}}, "terminalSize.rows"),
    ],
)
def test_exec_reads_its_body(body: Any, path: str) -> None:
    answer = running(Machine()).ask("POST", f"{GROUPS}/g/containers/web/exec", body)
    assert refused(answer) == (400, "InvalidRequestContent")
    assert path in answer.document["error"]["message"]


@pytest.mark.parametrize("verb", ["exec", "attach"])
def test_sockets_of_what_does_not_run(verb: str) -> None:
    machine = Machine()
    body = {"command": "ls"} if verb == "exec" else None

    def ask(name: str = "web") -> Any:
        return machine.ask("POST", f"{GROUPS}/g/containers/{name}/{verb}", body)

    assert refused(ask()) == (404, "ResourceNotFound")
    machine.put("g", document())
    assert refused(ask()) == (409, "ContainerGroupTransitioning")
    machine.wait(10)
    assert refused(ask("other")) == (404, "ContainerNotFound")
    machine.ask("POST", f"{GROUPS}/g/stop")
    assert refused(ask()) == (409, "ContainerGroupStopped")
    assert ask().document["error"]["message"] == "Container Group 'g' in resource group 'rg' is stopped."


# -- logs


@pytest.mark.parametrize(
    ("query", "content"),
    [
        ("", "one\ntwo\nthree\n"),
        ("?tail=2", "two\nthree\n"),
        ("?tail=0", None),
        ("?tail=9", "one\ntwo\nthree\n"),
        (
            "?timestamps=True&tail=1",
            "2026-01-01T00:00:10.0020000Z three\n",
        ),
        ("?timestamps=false&unknown=1", "one\ntwo\nthree\n"),
    ],
)
def test_logs(query: str, content: str | None) -> None:
    machine = running(writing("one", "two", "three"))
    assert machine.ask("GET", f"{GROUPS}/g/containers/web/logs{query}").document == {"content": content}


LONG = "9" * 5000
"""More digits than Python reads."""


@pytest.mark.parametrize(
    "query", ["tail=x", "tail=-1", "tail=", "tail=99999999999", f"tail={LONG}", "timestamps=perhaps"]
)
def test_logs_read_their_query(query: str) -> None:
    machine = running(writing("one", "two", "three"))
    assert refused(machine.ask("GET", f"{GROUPS}/g/containers/web/logs?{query}")) == (400, "InvalidRequestContent")


def test_logs_of_containers_that_are_missing_or_not_started() -> None:
    machine = Machine()
    machine.put("g", document())
    assert refused(machine.ask("GET", f"{GROUPS}/g/containers/web/logs")) == (404, "ContainerLogNotAvailable")
    assert refused(machine.ask("GET", f"{GROUPS}/g/containers/other/logs")) == (404, "ContainerNotFound")
    assert refused(machine.ask("GET", f"{GROUPS}/h/containers/web/logs")) == (404, "ResourceNotFound")


def test_logs_of_init_containers() -> None:
    first = {"name": "first", "properties": {"image": "busybox"}}
    machine = running(writing("one", "two", "three"), initContainers=[first])
    assert machine.ask("GET", f"{GROUPS}/g/containers/first/logs").document["content"] == "one\ntwo\nthree\n"


@pytest.mark.parametrize(("choice", "content"), [("null", None), ("empty", "")])
def test_a_silent_log(choice: str, content: str | None) -> None:
    machine = running(Machine(variants={"silent_log": choice}))
    assert machine.ask("GET", f"{GROUPS}/g/containers/web/logs").document == {"content": content}


def test_a_log_has_a_largest_size() -> None:
    machine = running(writing(*["x" * 99] * 50_000))
    url = f"{GROUPS}/g/containers/web/logs"
    assert len(machine.ask("GET", url).document["content"]) == 4 * 1024 * 1024 // 100 * 100
    machine.ask("POST", f"{GROUPS}/g/stop")
    assert len(machine.ask("GET", url).document["content"]) == 16 * 1024 // 100 * 100


def test_a_stopped_log_has_a_thousand_lines() -> None:
    machine = running(writing(*map(str, range(2000))))
    machine.ask("POST", f"{GROUPS}/g/stop")
    lines = machine.ask("GET", f"{GROUPS}/g/containers/web/logs").document["content"].splitlines()
    assert (len(lines), lines[0]) == (1000, "1000")


# -- regions


def test_usages_have_every_row_with_its_name() -> None:
    rows = running(Machine()).ask("GET", f"{PROVIDER}/locations/West%20Europe/usages").document["value"]
    shown = {row["name"]["value"]: row for row in rows}
    assert shown["ContainerGroups"]["currentValue"] == 1
    assert shown["StandardCores"]["name"]["localizedValue"] == "Standard Cores"
    assert shown["StandardCores"]["id"] == f"{AT}/locations/West Europe/usages/standardCores"
    assert shown["ContainerGroups"]["id"].endswith("/usages/ContainerGroups")
    assert {(shown[f"Standard{kind}Cores"]["limit"]) for kind in ("K80", "P100", "V100")} == {0}
    assert {row["unit"] for row in rows} == {"Count"}


@pytest.mark.parametrize(
    ("choice", "systems"), [("no-quota", {"NotSpecified"}), ("accepted", {"NotSpecified", "Linux"})]
)
def test_capabilities(choice: str, systems: set[str]) -> None:
    machine = Machine(variants={"gpu": choice})
    rows = machine.ask("GET", f"{PROVIDER}/locations/westcentralus/capabilities").document["value"]
    assert {row["osType"] for row in rows} == systems
    assert rows[0] == {
        "resourceType": "containerGroups",
        "osType": "NotSpecified",
        "location": "WESTCENTRALUS",
        "ipAddressType": "Public",
        "gpu": "None",
        "capabilities": {"maxMemoryInGB": 256.0, "maxCpu": 32.0, "maxGpuCount": 0},
    }


def test_cached_images_are_for_windows() -> None:
    rows = Machine().ask("GET", f"{WEST}/cachedImages").document["value"]
    assert {row["osType"] for row in rows} == {"Windows"}
    assert {row["osVersion"] for row in rows} == {"Windows Server 2019 - Before 2B", "Windows Server 2019 - After 2B"}
    assert all(row["image"] for row in rows)


@pytest.mark.parametrize("kind", ["usages", "capabilities", "cachedImages"])
def test_a_region_that_there_is_not(kind: str) -> None:
    answer = Machine().ask("GET", f"{PROVIDER}/locations/mars/{kind}")
    assert refused(answer) == (400, "LocationNotAvailableForResourceType")


# -- networks


def test_outbound_dependencies_are_an_empty_list() -> None:
    machine = running(Machine())
    assert machine.ask("GET", f"{GROUPS}/g/outboundNetworkDependenciesEndpoints").document == []
    assert machine.ask("GET", f"{GROUPS}/h/outboundNetworkDependenciesEndpoints").status == 404


def test_a_subnet_in_use_keeps_its_link() -> None:
    machine = running(Machine(), **PRIVATE)
    answer = machine.ask("DELETE", LINK)
    assert refused(answer) == (409, "SubnetInUse")
    assert "One sample container group in use is '/subscriptions/" in answer.document["error"]["message"]


def test_a_subnet_without_a_link() -> None:
    assert Machine().ask("DELETE", LINK).status == 204
    other = LINK.replace("/rg/", "/other/")
    assert refused(Machine().ask("DELETE", other)) == (404, "ResourceGroupNotFound")


# -- versions


@pytest.mark.parametrize("version", CONTAINER_INSTANCE)
def test_versions_that_clients_send(version: str) -> None:
    assert Machine().ask("PUT", f"{GROUPS}/g?api-version={version}", document()).status == 201


@pytest.mark.parametrize(
    ("path", "kind"),
    [(f"{GROUPS}/g", "containerGroups"), (f"{WEST}/usages", "locations/usages"), (GROUPS, "containerGroups")],
)
def test_an_unknown_version_is_refused_with_all_that_are_known(path: str, kind: str) -> None:
    answer = Machine().ask("GET", f"{path}?api-version=2021-03-02")
    assert refused(answer) == (400, "NoRegisteredProviderFound")
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    text = answer.document["error"]["message"]
    assert text.startswith(
        "No registered resource provider found for location 'westeurope' and API version '2021-03-02' "
        f"for type '{kind}'. The supported api-versions are '2017-08-01-preview, "
    )
    assert "2023-05-01" in text
    assert "The supported locations are '" in text


# -- ARM itself


def test_what_a_client_asks_when_it_starts() -> None:
    machine = Machine()
    subscription = machine.ask("GET", f"{BASE}?api-version=2022-12-01").document
    assert (subscription["state"], subscription["tenantId"]) == ("Enabled", machine.arm.settings.tenant)
    assert machine.ask("GET", "https://azure/subscriptions?api-version=2022-12-01").document["value"] == [subscription]
    tenants = machine.ask("GET", "https://azure/tenants?api-version=2022-12-01").document["value"]
    assert [tenant["tenantId"] for tenant in tenants] == [machine.arm.settings.tenant]
    places = machine.ask("GET", f"{BASE}/locations?api-version=2022-12-01").document["value"]
    assert {p["name"]: p["displayName"] for p in places}["westcentralus"] == "West Central US"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("westeurope", "West Europe"),
        ("eastus2", "East US 2"),
        ("southafricanorth", "South Africa North"),
        ("southeastasia", "Southeast Asia"),
        ("australiasoutheast", "Australia Southeast"),
        ("uaenorth", "UAE North"),
        ("mars", "mars"),
    ],
)
def test_names_of_regions(location: str, expected: str) -> None:
    assert display_name(location) == expected


def test_providers() -> None:
    machine = Machine(registered=False)
    listed = machine.ask("GET", f"{BASE}/providers?{RESOURCES}").document["value"]
    assert {item["namespace"]: item["registrationState"] for item in listed} == {
        "Microsoft.ContainerInstance": "NotRegistered",
        "Microsoft.Resources": "Registered",
    }
    one = machine.ask("GET", f"{PROVIDER}?{RESOURCES}").document
    assert one == listed[0]
    groups = next(kind for kind in one["resourceTypes"] if kind["resourceType"] == "containerGroups")
    assert "West Europe" in groups["locations"]
    assert groups["apiVersions"][-1] == "2017-08-01-preview"


def test_operations_of_the_provider_have_what_the_specification_requires() -> None:
    url = "https://azure/providers/Microsoft.ContainerInstance/operations"
    rows = Machine().ask("GET", url).document["value"]
    assert all(row["name"].startswith("Microsoft.ContainerInstance/") and row["display"]["operation"] for row in rows)
    names = {row["name"] for row in rows}
    assert "Microsoft.ContainerInstance/containerGroups/containers/exec/action" in names


def furnished() -> Machine:
    machine = Machine(resource_groups=["rg@westeurope", "other@westeurope"])
    machine.put("a", {**document(), "tags": {"App": "x", "own": "it's"}})
    machine.put("b", {**document(), "tags": {"app": "y"}, "zones": ["1"]})
    machine.ask("PUT", f"{GROUPS.replace('/rg/', '/other/')}/c", {**document(), "location": "North Europe"})
    return machine


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["a", "b", "c"]),
        ("$filter=resourceType eq 'Microsoft.ContainerInstance/containerGroups'", ["a", "b", "c"]),
        ("$filter=resourceType eq 'Microsoft.Compute/virtualMachines'", []),
        ("$filter=tagName eq 'app'", ["a", "b"]),
        ("$filter=tagName eq 'app' and tagValue eq 'y'", ["b"]),
        ("$filter=tagname EQ 'own' AND tagvalue EQ 'it''s'", ["a"]),
        ("$filter=name eq 'C'", ["c"]),
        ("$filter=resourceGroup eq 'other'", ["c"]),
        ("$filter=location eq 'northeurope'", ["c"]),
        ("$top=2", ["a", "b"]),
        ("$top=x&$expand=createdTime", ["a", "b", "c"]),
        (f"$top={LONG}", ["a", "b", "c"]),
    ],
)
def test_resources_of_a_subscription(query: str, names: list[str]) -> None:
    url = f"{BASE}/resources?{RESOURCES}&{query.replace(' ', '%20')}"
    assert [item["name"] for item in furnished().ask("GET", url).document["value"]] == names


def test_resources_show_what_all_resources_have() -> None:
    rows = furnished().ask("GET", f"{BASE}/resourceGroups/rg/resources?{RESOURCES}").document["value"]
    assert [row["name"] for row in rows] == ["a", "b"]
    assert rows[1] == {
        "id": urlsplit(f"{GROUPS}/b").path,
        "name": "b",
        "type": "Microsoft.ContainerInstance/containerGroups",
        "location": "westeurope",
        "tags": {"app": "y"},
        "zones": ["1"],
    }


def test_resources_are_those_that_one_may_read() -> None:
    machine = furnished()
    reader = Role(Actions=["*/read"]).at(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other")
    machine.arm.cloud.roles.assign("alice", reader)
    answer = machine.ask("GET", f"{BASE}/resources?{RESOURCES}", principal="alice")
    assert [item["name"] for item in answer.document["value"]] == ["c"]


@pytest.mark.parametrize(("choice", "status"), [("ignored", 200), ("refused", 400)])
@pytest.mark.parametrize("option", ["$top=1", "$filter=location%20eq%20'x'", "$orderby=name"])
def test_options_on_a_list_of_groups(choice: str, status: int, option: str) -> None:
    machine = Machine(variants={"list_options": choice})
    for name in "ab":
        machine.put(name, document())
    answer = machine.ask("GET", f"{GROUPS}?{option}")
    assert answer.status == status
    if status == 200:
        assert len(answer.document["value"]) == 2
    else:
        assert code(answer) == "BadRequest"
    assert machine.ask("GET", f"{GROUPS}?$expand=all").status == 200


@pytest.mark.parametrize("wanted", ["colour eq 'red'", "name ne 'a'", "name eq a", "name eq 'a' or name eq 'b'", "'"])
def test_filters_that_arm_does_not_know(wanted: str) -> None:
    for path in ("resources", "resourceGroups"):
        answer = Machine().ask("GET", f"{BASE}/{path}?{RESOURCES}&$filter={wanted.replace(' ', '%20')}")
        assert refused(answer) == (400, "InvalidFilterInQueryString")


# -- what was never expected


@pytest.mark.parametrize(("choice", "statuses"), [("refused", (405, 405)), ("answered", (204, 404))])
def test_head_of_a_group(choice: str, statuses: tuple[int, int]) -> None:
    machine = running(Machine(variants={"head_of_group": choice}))
    assert tuple(machine.ask("HEAD", f"{GROUPS}/{name}").status for name in ("g", "h")) == statuses


def test_a_method_that_a_path_does_not_have_says_which_it_has() -> None:
    answer = Machine().ask("PUT", GROUPS, document())
    assert refused(answer) == (405, "HttpMethodNotSupported")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    "path",
    [
        GROUPS.replace("azure/", "azure//"),
        GROUPS.replace("/resourceGroups/", "//resourcegroups//") + "/",
        GROUPS.replace("Microsoft.ContainerInstance", "microsoft%2econtainerinstance"),
        GROUPS.replace("Microsoft.ContainerInstance", "MICROSOFT%2EContainerInstance"),
    ],
)
def test_spellings_of_one_path(path: str) -> None:
    machine = running(Machine())
    assert [g["name"] for g in machine.ask("GET", path).document["value"]] == ["g"]


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        (None, 415),
    ],
)
def test_media_types(media: str | None, status: int) -> None:
    machine = Machine()
    headers = {"content-type": media} if media else {}
    body = json.dumps(document()).encode()
    answer = machine.arm.handle(Request("PUT", f"{GROUPS}/g?api-version=2023-05-01", headers, body), machine.now)
    assert answer.status == status
    if status == 415:
        assert answer.document["error"] == {
            "code": "UnsupportedMediaType",
            "message": f"The content media type '{media or '<null>'}' is not supported. "
            "Only 'application/json' is supported.",
        }


def test_a_body_on_get_and_delete_is_not_looked_at() -> None:
    machine = running(Machine())
    headers = {"Content-Type": "text/plain"}
    url = f"{GROUPS}/g?api-version=2023-05-01"
    for method in ("GET", "DELETE"):
        assert machine.arm.handle(Request(method, url, headers, b"{broken"), machine.now).status == 200


@pytest.mark.parametrize("job", ["x", "-x", f"{LONG}-x"])
def test_a_deletion_that_was_never_begun(job: str) -> None:
    assert refused(Machine().ask("GET", f"{WEST}/operationresults/{job}")) == (404, "OperationNotFound")
