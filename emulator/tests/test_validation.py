"""What is refused, with which code: one row for each rule."""

from typing import Any

import pytest
from aci_emulator import Request, Response

from .bodies import container, document
from .machine import GROUPS, Machine, code

IDENTITY = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
SUBNET = [{"id": "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/a"}]


def address(**fields: Any) -> dict[str, Any]:
    return {"ipAddress": {"type": "Public", "ports": [{"port": 80}], **fields}}


def registry(**fields: Any) -> dict[str, Any]:
    return {"imageRegistryCredentials": [{"server": "r.azurecr.io", **fields}]}


def volumes(*items: dict[str, Any], mount: str = "first") -> dict[str, Any]:
    mounts = [{"name": mount, "mountPath": "/data"}]
    return {"volumes": list(items), "containers": [container(volumeMounts=mounts)]}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("InvalidOsType", {"osType": None}),
    ("InvalidOsType", {"osType": "BeOS"}),
    ("InvalidContainerCount", {"containers": []}),
    ("InvalidContainerCount", {"containers": None}),
    ("InvalidContainerCount", {"containers": [container(f"c{n}", 0.1, 0.1) for n in range(61)]}),
    ("InvalidContainerName", {"containers": [container("Upper")]}),
    ("InvalidContainerName", {"containers": [container("a"), container("a")]}),
    ("InvalidParameter", {"containers": [container(image=None)]}),
    ("InvalidParameter", {"restartPolicy": "Sometimes"}),
    ("InvalidParameter", {"sku": "Luxury"}),
    ("InvalidParameter", address(type="Secret")),
    ("InvalidParameter", address(ports=[{"port": 80, "protocol": "SCTP"}])),
    ("InvalidContainerEnvironmentVariable", {"containers": [container(environmentVariables=[{"name": "1A"}])]}),
    ("ResourceRequestsNotSpecified", {"containers": [container(resources=None)]}),
    ("ResourceRequestsNotSpecified", {"containers": [container(cpu=None, memory=None)]}),
    ("ResourceSomeRequestsNotSpecified", {"containers": [container(memory=None)]}),
    (
        "ContainerLimitGreaterThanContainerGroupTotalRequest",
        {"containers": [container(resources={"requests": {"cpu": 0.5, "memoryInGB": 1}, "limits": {"cpu": 2}})]},
    ),
    ("InvalidResourceRequests", {"containers": [container(cpu=32)]}),
    ("InvalidResourceRequests", {"containers": [container(memory=241)]}),
    ("InvalidResourceRequests", {"containers": [container(cpu=0)]}),
    ("InvalidResourceRequests", {"containers": [container(cpu=5)], "priority": "Spot", "ipAddress": None}),
    ("PrivateIPAddressNotSupported", address(type="Private")),
    ("InvalidIpAddressTypeForNetworkProfile", {"subnetIds": SUBNET}),
    ("MissingIpAddressPorts", address(ports=[])),
    ("InvalidIpAddressPorts", address(ports=[{"port": n} for n in range(1, 7)])),
    ("InvalidIpAddressPorts", address(ports=[{"port": 70000}])),
    ("InvalidDnsNameLabel", address(dnsNameLabel="abc")),
    ("SpotPriorityContainerGroupNotSupportedForInboundConnectivity", {"priority": "Spot"}),
    ("AmbiguousImageResitryCredentialType", registry(username="u", password="p", identity=IDENTITY)),
    ("InvalidImageRegistryCredentialType", registry(username="u")),
    ("InvalidImageRegistryCredentialType", registry()),
    ("InvalidImageRegistryIdentity", registry(identity=IDENTITY)),
    ("InvalidVolume", volumes({"name": "tiny", "emptyDir": {}}, mount="tiny")),
    ("InvalidVolume", volumes({"name": "first"})),
    ("InvalidVolume", volumes({"name": "first", "emptyDir": {}, "secret": {}})),
    ("InvalidVolume", volumes({"name": "first", "azureFile": {"shareName": "s", "storageAccountName": "a"}})),
    ("InvalidVolume", volumes({"name": "first", "emptyDir": {}}, mount="other")),
    ("InvalidVolume", volumes(*[{"name": f"first{n}", "emptyDir": {}} for n in range(21)])),
    (
        "LogAnalyticsMetadataNotAllowed",
        {
            "diagnostics": {
                "logAnalytics": {
                    "workspaceId": "w",
                    "workspaceKey": "k",
                    "logType": "ContainerInstanceLogs",
                    "metadata": {"a": "b"},
                }
            }
        },
    ),
    ("CustomProvisioningTimeoutInSecondsNotSuppported", {"provisioningTimeoutInSeconds": 1800}),
    ("InvalidRequestContent", {"imageRegistryCredentials": [{"username": "u"}]}),
    ("InvalidRequestContent", {"containers": "one"}),
    ("InvalidRequestContent", {"containers": [container(cpu="much")]}),
    ("InvalidRequestContent", {"containers": [container(command="sh -c")]}),
]


@pytest.mark.parametrize(("expected", "properties"), REFUSED)
def test_refused(expected: str, properties: dict[str, Any]) -> None:
    machine = Machine()
    answer = machine.put("g", document(**properties))
    assert (answer.status, code(answer)) == (400, expected)
    assert machine.get("g").status == 404


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"ipAddress": None},
    {"osType": "linux", "restartPolicy": "onfailure"},
    {"priority": "Spot", "ipAddress": None},
    {"subnetIds": SUBNET, "ipAddress": {"type": "Private", "ports": [{"port": 80}]}},
    {"containers": [container(f"c{n}", 0.1, 0.1) for n in range(60)]},
    {"containers": [container(cpu=31, memory=240)]},
    address(ports=[{"port": n} for n in range(1, 6)]),
    address(dnsNameLabel="abcde"),
    registry(username="u", password="p"),
    volumes({"name": "first", "emptyDir": {}}),
    {"initContainers": [{"name": "first", "properties": {"image": "busybox"}}]},
]


@pytest.mark.parametrize("properties", ACCEPTED)
def test_accepted(properties: dict[str, Any]) -> None:
    machine = Machine()
    assert machine.put("g", document(**properties)).status == 201
    machine.wait(10)
    assert machine.get("g").document["properties"]["instanceView"]["state"] == "Running"


def test_pull_by_managed_identity() -> None:
    body = document(**registry(identity=IDENTITY))
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    machine = Machine()
    assert machine.put("g", body).status == 201
    shown = machine.get("g").document
    assert shown["identity"]["userAssignedIdentities"][IDENTITY]["principalId"]
    assert shown["properties"]["imageRegistryCredentials"] == [
        {"server": "r.azurecr.io", "identity": IDENTITY, "isDelegatedIdentity": False}
    ]


@pytest.mark.parametrize("name", ["-a", "a-", "a" * 64, "a_b", "%C3%BC"])
def test_bad_group_names(name: str) -> None:
    assert code(Machine().put(name, document())) == "InvalidContainerGroupName"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        *(({f"a{c}b": ""}, "InvalidTagNameCharacters") for c in "<>%&\\?/"),
        ({"a" * 513: ""}, "InvalidTagName"),
        ({"a": "b" * 257}, "InvalidTagValueLength"),
        ({f"t{n}": "" for n in range(51)}, "InvalidTagCount"),
        ({"a": 1}, "InvalidRequestContent"),
        (["a"], "InvalidRequestContent"),
    ],
)
def test_bad_tags(tags: Any, expected: str) -> None:
    machine = Machine()
    assert code(machine.put("g", {**document(), "tags": tags})) == expected
    machine.put("g", document())
    assert code(machine.ask("PATCH", f"{GROUPS}/g", {"tags": tags})) == expected


def test_longest_tags() -> None:
    tags = {f"{n:03}" + "a" * 509: "b" * 256 for n in range(50)}
    machine = Machine()
    machine.put("g", {**document(), "tags": tags})
    assert machine.get("g").document["tags"] == tags


def test_a_group_stays_in_its_network_profile() -> None:
    machine = Machine()

    def put(profile: str) -> Response:
        body = document(ipAddress={"type": "Private", "ports": [{"port": 80}]}, networkProfile={"id": profile})
        return machine.ask("PUT", f"{GROUPS}/g?api-version=2018-10-01", body)

    put("a")
    machine.wait(10)
    assert code(put("b")) == "InvalidContainerGroupUpdate"
    assert put("a").status == 200


def test_dns_labels_are_unique_in_a_region() -> None:
    machine = Machine()
    body = document(**address(dnsNameLabel="label"))
    machine.put("a", body)
    assert machine.get("a").document["properties"]["ipAddress"]["fqdn"] == "label.westeurope.azurecontainer.io"
    assert code(machine.put("b", body)) == "DnsNameLabelAlreadyTaken"
    assert machine.put("c", {**body, "location": "North Europe"}).status == 201


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"3", b'{"location": NaN}', b'{"location": "westeurope", "properties": 1e999}', b"\xff\xfe"],
)
def test_unreadable_bodies(body: bytes) -> None:
    machine = Machine()
    request = Request("PUT", f"{GROUPS}/g?api-version=2023-05-01", {"Content-Type": "application/json"}, body)
    answer = machine.arm.handle(request, machine.now)
    assert (answer.status, code(answer)) == (400, "InvalidRequestContent")
