"""How much there may be: of groups and cores in a region, and of what one group has."""

from typing import Any

import pytest
from aci_emulator import Settings, errors

from .bodies import container, document, model
from .direct import refused, sdk
from .limits import put, sized
from .machine import Machine, code

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


def test_an_unknown_quota_is_refused() -> None:
    with pytest.raises(ValueError, match="Cores"):
        Settings.model_validate({"quotas": {"*": {"Cores": 1}}})


# -- what a group may have


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
