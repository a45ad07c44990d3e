import json
from decimal import Decimal
from typing import Any

import pytest
from aci_operator.api.base import ObjectMeta
from aci_operator.api.group import ContainerGroup, GroupSpec
from aci_operator.api.quantities import parse
from aci_operator.core.body import body
from aci_operator.core.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st

IDENTITY = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ids/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)
SUBNET = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers"
    "/Microsoft.Network/virtualNetworks/v/subnets/aci"
)


def container(**changes: Any) -> dict[str, Any]:
    return {
        "name": "api",
        "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
        "ports": [{"containerPort": 80}],
        "resources": {"requests": {"cpu": "1", "memory": "1500M"}},
        **changes,
    }


def group(*containers: dict[str, Any], template: dict[str, Any] | None = None, **spec: Any) -> ContainerGroup:
    return ContainerGroup(
        metadata=ObjectMeta(name="llm-1-abcdefgh", namespace="team-a"),
        spec=GroupSpec.model_validate(
            {
                "subscriptionId": "11111111-1111-1111-1111-111111111111",
                "resourceGroup": "ai-services",
                "location": "westeurope",
                "template": {"containers": list(containers) or [container()], **(template or {})},
                **spec,
            }
        ),
    )


def test_the_smallest_group() -> None:
    assert body(group(), {"acioperator.dev_uid": "u"}) == {
        "location": "westeurope",
        "tags": {"acioperator.dev_uid": "u"},
        "properties": {
            "osType": "Linux",
            "restartPolicy": "Always",
            "containers": [
                {
                    "name": "api",
                    "properties": {
                        "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                        "ports": [{"port": 80, "protocol": "TCP"}],
                        "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
                    },
                }
            ],
            "ipAddress": {"type": "Public", "ports": [{"port": 80, "protocol": "TCP"}]},
        },
    }


def test_every_field() -> None:
    full = container(
        command=["/bin/serve"],
        args=["--model", "x"],
        env=[{"name": "LEVEL", "value": "debug"}, {"name": "EMPTY"}],
        ports=[{"containerPort": 8080, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}],
        resources={"requests": {"cpu": "250m", "memory": "1Gi"}},
    )
    rendered = body(
        group(
            full,
            container(name="side", ports=[]),
            template={
                "restartPolicy": "OnFailure",
                "userAssignedIdentities": [IDENTITY],
                "imageRegistries": [{"server": "team.azurecr.io", "identity": IDENTITY}],
            },
            network={"type": "Private", "subnetId": SUBNET, "ports": [{"port": 8080}]},
        ),
        {},
    )
    assert rendered == {
        "location": "westeurope",
        "tags": {},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {
            "osType": "Linux",
            "restartPolicy": "OnFailure",
            "containers": [
                {
                    "name": "api",
                    "properties": {
                        "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                        "command": ["/bin/serve", "--model", "x"],
                        "ports": [{"port": 8080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                        "environmentVariables": [
                            {"name": "LEVEL", "value": "debug"},
                            {"name": "EMPTY", "value": ""},
                        ],
                        "resources": {"requests": {"cpu": 0.25, "memoryInGB": 1.1}},
                    },
                },
                {
                    "name": "side",
                    "properties": {
                        "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                        "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
                    },
                },
            ],
            "imageRegistryCredentials": [{"server": "team.azurecr.io", "identity": IDENTITY}],
            "ipAddress": {"type": "Private", "ports": [{"port": 8080, "protocol": "TCP"}]},
            "subnetIds": [{"id": SUBNET}],
        },
    }


def test_no_network() -> None:
    properties = body(group(network={"type": "None"}), {})["properties"]
    assert "ipAddress" not in properties
    assert "subnetIds" not in properties


def test_ports_of_all_containers_each_once() -> None:
    rendered = body(
        group(
            container(ports=[{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]),
            container(name="b", ports=[{"containerPort": 80}, {"containerPort": 53}]),
        ),
        {},
    )
    assert rendered["properties"]["ipAddress"]["ports"] == [
        {"port": 80, "protocol": "TCP"},
        {"port": 53, "protocol": "UDP"},
        {"port": 53, "protocol": "TCP"},
    ]


def test_registry_identity_compares_without_case() -> None:
    other = IDENTITY.replace("resourceGroups", "resourcegroups")
    template = {
        "userAssignedIdentities": [IDENTITY],
        "imageRegistries": [{"server": "team.azurecr.io", "identity": other}],
    }
    assert body(group(template=template), {})["properties"]["imageRegistryCredentials"][0]["identity"] == other


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            group(container(resources={"requests": {"cpu": "lots", "memory": "1G"}})),
            'spec.template.containers[0].resources.requests.cpu: "lots" is not a quantity such as 500m, 1.5 or 2Gi',
        ),
        (
            group(container(), container(name="b", resources={"requests": {"cpu": "1", "memory": "0"}})),
            'spec.template.containers[1].resources.requests.memory: "0" must be more than zero',
        ),
        (
            group(container(resources={"requests": {"cpu": "1", "memory": "1e999"}})),
            'spec.template.containers[0].resources.requests.memory: "1e999" is too large',
        ),
        (
            group(container(args=["-v"])),
            "spec.template.containers[0].args: needs a command, since ACI has one list for both",
        ),
        (
            group(container(ports=[])),
            "spec.network.ports: type Public needs at least one port, here or in a container",
        ),
        (
            group(
                container(ports=[{"containerPort": port} for port in range(1, 6)]),
                container(name="b", ports=[{"containerPort": 6}]),
            ),
            "spec.network.ports: ACI opens at most 5 ports on an IP, and the containers have 6; list the ones to open",
        ),
        (group(network={"type": "Private"}), "spec.network.subnetId: required with type Private"),
        (group(network={"subnetId": SUBNET}), "spec.network.subnetId: not allowed with type Public"),
        (
            group(template={"imageRegistries": [{"server": "team.azurecr.io", "identity": IDENTITY}]}),
            "spec.template.imageRegistries[0].identity: must also be in userAssignedIdentities",
        ),
    ],
)
def test_what_cannot_be_rendered_names_the_field(bad: ContainerGroup, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        body(bad, {})
    assert refused.value.message == message


quantities = st.one_of(
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?([eE][-+]?[0-9]{1,3}|n|u|m|k|M|G|T|Ki|Mi|Gi|Ti|)", fullmatch=True),
    st.text(max_size=8),
)


@given(cpu=quantities, memory=quantities)
def test_any_quantity_gives_json_that_asks_for_no_less_or_is_refused(cpu: str, memory: str) -> None:
    try:
        rendered = body(group(container(resources={"requests": {"cpu": cpu, "memory": memory}})), {})
    except Invalid:
        return
    json.dumps(rendered, allow_nan=False)
    requests = rendered["properties"]["containers"][0]["properties"]["resources"]["requests"]
    assert requests["cpu"] >= float(parse(cpu))
    assert requests["memoryInGB"] >= float(parse(memory) / Decimal(10**9))


def test_only_another_priority_than_azures_is_sent() -> None:
    network = {"type": "None"}
    assert "priority" not in body(group(template={"priority": "Regular"}, network=network), {})["properties"]
    assert body(group(template={"priority": "Spot"}, network=network), {})["properties"]["priority"] == "Spot"
