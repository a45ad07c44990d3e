"""What roles allow: where they count, and what several of them add up to."""

import pytest
from aci_emulator.limits.roles import Role, Roles, parse_all

from .bodies import model
from .direct import refused, sdk
from .machine import BASE, GROUPS, SUBSCRIPTION, Machine

RG = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"


def test_a_role_counts_where_it_may_be_assigned() -> None:
    machine = Machine(resource_groups=["rg@westeurope", "b@westeurope"])
    reader = {"Actions": ["*/read"], "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"]}
    writer = {"Actions": ["Microsoft.ContainerInstance/containerGroups/*"], "AssignableScopes": [RG.upper()]}
    machine.arm.cloud.roles.assign("alice", *parse_all([reader, writer]))
    alice = sdk(machine, "alice").container_groups
    group = alice.begin_create_or_update("rg", "g", model()).result()
    assert group.provisioning_state == "Succeeded"
    with refused(403, "AuthorizationFailed", f"over scope '/subscriptions/{SUBSCRIPTION}/resourceGroups/b/"):
        alice.begin_create_or_update("b", "g", model())
    assert list(alice.list_by_resource_group("b")) == []


@pytest.mark.parametrize("spelled", ["/%72g/", "/RG/", "//rg/"])
def test_a_role_counts_however_its_scope_is_spelled(spelled: str) -> None:
    machine = Machine()
    machine.arm.cloud.roles.assign("alice", *parse_all({"Actions": ["*"], "AssignableScopes": [RG]}))
    assert machine.ask("GET", GROUPS.replace("/rg/", spelled), principal="alice").status == 200


def test_rights_on_a_resource_group_are_enough_to_follow_an_operation_in_it() -> None:
    machine = Machine(resource_groups=["rg@westeurope", "rgb@westeurope"])
    machine.arm.cloud.roles.assign("bob", Role(Actions=["*"], AssignableScopes=[RG]))
    bob = sdk(machine, "bob")
    assert bob.container_groups.begin_create_or_update("rg", "g", model()).result().name == "g"
    with refused(403, "AuthorizationFailed"):
        bob.container_groups.get("rgb", "g")
    assert machine.ask("GET", f"{BASE}/resourceGroups?api-version=2021-04-01", principal="bob").document["value"]
    assert machine.ask("POST", f"{BASE}/providers/Microsoft.ContainerInstance/register", principal="bob").status != 200


def test_what_one_role_takes_away_another_may_give() -> None:
    roles = Roles()
    delete = "Microsoft.ContainerInstance/containerGroups/delete"
    roles.assign(None, Role(Actions=["*"], NotActions=[delete]))
    assert not roles.allows("carol", delete, RG)
    roles.assign("Carol", *roles.default or (), Role(Actions=[delete]))
    assert roles.allows("carol", delete, RG)
    assert not roles.allows("dave", delete, RG)
