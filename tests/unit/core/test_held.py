"""A rollout that is held, paused or past its deadline: scaling and healing go on with what served before."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Progress

from tests.unit.core.builders import replica, revision
from tests.unit.core.plans import born, decide, gone, some, status

CANARY = replica(4, "v2", state=State.CREATING)


@pytest.mark.parametrize(
    ("groups", "wanted", "goes"),
    [
        pytest.param(some(1, 2, 3), 2, [3], id="not begun"),
        pytest.param(some(1, 2, 3), 0, [1, 2, 3], id="not begun, to zero"),
        pytest.param([*some(1, 2, 3), CANARY], 3, [], id="with a canary in the surge"),
        pytest.param([*some(1, 2, 3), CANARY], 2, [3], id="with a canary in the surge, one less"),
        pytest.param([*some(1, 2, 3), CANARY], 0, [1, 2, 3, 4], id="with a canary, to zero"),
        pytest.param([*some(1, 2), *some(4, 5, image="v2")], 2, [5], id="half"),
        pytest.param(
            [*some(4, image="v2"), *some(5, 6, image="v2", state=State.CREATING)], 2, [6], id="all are new, one serves"
        ),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["paused", "past the deadline"])
def test_scaling_down_leaves_no_more_than_are_wanted_of_either_revision(
    groups: Sequence[ContainerGroup], wanted: int, goes: list[int], late: bool
) -> None:
    over = status(progress=Progress(revision=revision("v2").name, available=2, elapsed_seconds=1800))
    held: dict[str, Any] = {"before": over} if late else {"paused": True}
    decided = decide(groups, wanted, "v2", **held)
    assert (born(decided), gone(decided)) == ([], goes)
