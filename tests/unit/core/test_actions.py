"""What an action says of itself."""

from aci_operator.api.reasons import Reason, State
from aci_operator.core.service.actions import DeleteGroup

from tests.unit.core.builders import failed, replica
from tests.unit.core.plans import heal


def test_a_heal_tells_what_was_wrong() -> None:
    [delete] = [a for a in heal([failed(3, at_=-20)], 1).actions if isinstance(a, DeleteGroup)]
    assert delete.because == "Healing: StartFailed"


def test_only_a_heal_says_what_was_wrong() -> None:
    failed = replica(1, state=State.FAILED)
    assert DeleteGroup(failed, Reason.SCALING).because == "Scaling"
    assert DeleteGroup(failed, Reason.HEALING).because == "Healing: StartFailed"
