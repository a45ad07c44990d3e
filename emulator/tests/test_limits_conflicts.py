"""What is refused for now, with 409: in a transition, beside the first group of a subnet, under a taken label."""

from contextlib import nullcontext
from typing import Any

import pytest
from aci_emulator.state.links import Links
from azure.mgmt.containerinstance.models import ContainerGroupSubnetId, IpAddress, Port

from .bodies import model
from .direct import refused, sdk
from .limits import put
from .machine import Machine

SUBNET = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/"


# -- transitions


def test_what_waits_for_a_transition_and_what_does_not() -> None:
    machine = Machine()
    client = sdk(machine)
    groups = client.container_groups
    put(client, "g")
    for call in (groups.begin_delete, groups.begin_start, groups.begin_restart, groups.stop):
        with refused(409, "ContainerGroupTransitioning", "The container group 'g' is still transitioning"):
            call("rg", "g")
    with refused(409, "ContainerGroupTransitioning"):
        put(client, "g")
    assert groups.update("rg", "g", {"tags": {"a": "b"}}).tags == {"a": "b"}
    machine.wait(60)
    groups.begin_restart("rg", "g", polling=False)
    groups.begin_restart("rg", "g", polling=False)
    with refused(409, "ContainerGroupTransitioning"):
        put(client, "g")


# -- subnets


def private(subnet: str) -> dict[str, Any]:
    address = IpAddress(type="Private", ports=[Port(port=80)])
    return {"ip_address": address, "subnet_ids": [ContainerGroupSubnetId(id=SUBNET + subnet)]}


def test_a_fresh_subnet_takes_one_first_group_at_a_time() -> None:
    machine = Machine(subnet_link_latency=5)
    client = sdk(machine)
    put(client, "a", **private("x"))
    with refused(
        409, "ServiceAssociationLinkNotReady", "Network is not ready for container group 'b'. Please try again."
    ):
        put(client, "b", **private("X"))
    put(client, "c", **private("y"))
    machine.wait(5)
    put(client, "b", **private("x"))
    put(client, "d", **private("x"))
    links: Links = machine.arm.cloud.links
    assert links.remove(f"{SUBNET}x".upper())
    assert not links.remove(f"{SUBNET}x")
    put(client, "e", **private("x"))
    with refused(409, "ServiceAssociationLinkNotReady"):
        put(client, "f", **private("x"))


# -- names of addresses


@pytest.mark.parametrize(
    ("scope", "clashes"),
    [
        ("Unsecure", {"same", "other group"}),
        ("TenantReuse", {"same", "other group"}),
        ("SubscriptionReuse", {"same", "other group"}),
        ("ResourceGroupReuse", {"same"}),
        ("Noreuse", set()),
    ],
)
def test_a_label_is_unique_within_the_scope_of_its_hash(scope: str, clashes: set[str]) -> None:
    machine = Machine(resource_groups=["rg@westeurope", "b@westeurope"])
    groups = sdk(machine).container_groups

    def label(location: str = "westeurope") -> Any:
        address = IpAddress(
            type="Public",
            ports=[Port(port=80)],
            dns_name_label="label",
            auto_generated_domain_name_label_scope=scope,
        )
        return model(location=location, ip_address=address)

    first = groups.begin_create_or_update("rg", "first", label()).result().ip_address.fqdn
    parts = first.split(".")
    assert (parts[0], parts[-3:], len(parts)) == (
        "label",
        ["westeurope", "azurecontainer", "io"],
        4 if scope == "Unsecure" else 5,
    )
    assert groups.begin_create_or_update("rg", "first", label()).result().ip_address.fqdn == first
    for where, resource_group in (("same", "rg"), ("other group", "b")):
        clash = refused(409, "DnsNameLabelAlreadyTaken") if where in clashes else nullcontext()
        with clash:
            groups.begin_create_or_update(resource_group, "second", label(), polling=False)
    groups.begin_create_or_update("b", "elsewhere", label("northeurope"), polling=False)
