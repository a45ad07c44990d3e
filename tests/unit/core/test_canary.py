"""The canary: the first of a new revision come alone while an older one serves."""

from aci_operator.api.reasons import State

from tests.unit.core.builders import replica
from tests.unit.core.plans import born, decide, gone, some

ELSEWHERE = {"location": "northeurope"}


def test_a_replica_that_is_lost_while_all_move_to_another_place_is_made_once() -> None:
    moving = [*some(1, 2, **ELSEWHERE), replica(4, state=State.CREATING)]
    decided = decide(moving, 3)
    assert (born(decided), gone(decided)) == (["v1"], [])
    then = decide([*moving, replica(5, state=State.CREATING)], 3)
    assert (born(then), gone(then)) == ([], [])
