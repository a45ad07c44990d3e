"""Which container group is the first in a subnet, and for how long the others wait."""

from aci_operator.api.group import ContainerGroup
from aci_operator.engine.ports import Key
from aci_operator.engine.subnets import ALONE, LOOK, Subnets

from tests.unit.core.builders import T0, group

SUBNET = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
FIRST, SECOND = Key("team-a", "llm-1"), Key("team-a", "llm-2")
PUBLIC = group()


def private(subnet: str = SUBNET, provisioning: str | None = None) -> ContainerGroup:
    made = group(network={"type": "Private", "subnetId": subnet})
    return made.model_copy(update={"status": made.status.model_copy(update={"provisioning_state": provisioning})})


def test_the_first_goes_alone_and_the_others_wait() -> None:
    subnets = Subnets()
    assert subnets.take(FIRST, private(), T0)
    assert not subnets.take(SECOND, private(SUBNET.upper()), T0), "Azure does not tell cases apart"
    turn = subnets.turn(SECOND, private(), T0)
    assert turn is not None
    assert (turn.ask_at, turn.expected_at) == (T0 + LOOK, T0 + ALONE)
    assert subnets.turn(FIRST, private(), T0) is None


def test_neither_another_subnet_nor_a_public_group_waits() -> None:
    subnets = Subnets()
    assert subnets.take(FIRST, private(), T0)
    assert subnets.take(SECOND, private(SUBNET + "2"), T0)
    assert subnets.take(SECOND, PUBLIC, T0)
    assert subnets.take(FIRST, PUBLIC, T0)


def test_once_one_is_provisioned_all_may_go() -> None:
    subnets = Subnets()
    subnets.take(FIRST, private(), T0)
    subnets.learn(private(provisioning="Creating"))
    assert subnets.turn(SECOND, private(), T0) is not None
    subnets.learn(private(provisioning="Succeeded"))
    assert subnets.take(SECOND, private(), T0)
    assert subnets.turn(FIRST, private(), T0) is None, "nobody is alone in it any more"


def test_when_the_first_does_not_come_up_the_next_goes_alone() -> None:
    subnets = Subnets()
    subnets.take(FIRST, private(), T0)
    assert subnets.take(SECOND, private(), T0 + ALONE)
    assert subnets.turn(FIRST, private(), T0 + ALONE) is not None


def test_one_that_cannot_be_sent_makes_way() -> None:
    subnets = Subnets()
    subnets.take(FIRST, private(), T0)
    subnets.leave(FIRST)
    assert subnets.take(SECOND, private(), T0)
