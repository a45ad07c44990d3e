"""Recreate: never two revisions at once."""

from typing import Any

import pytest
from aci_operator.api.reasons import State
from aci_operator.api.service import Progress

from tests.unit.core.builders import replica, revision
from tests.unit.core.plans import born, decide, gone, roll, some, status

RECREATE = {"type": "Recreate"}
LATE = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))


def test_recreate_ends_all_old_replicas_and_makes_none_before_they_have_ended() -> None:
    first = roll(some(1, 2, 3), strategy=RECREATE)
    assert (born(first), gone(first)) == ([], [1, 2, 3])
    assert born(roll([replica(1, ending=True)], strategy=RECREATE)) == []
    assert born(roll([], strategy=RECREATE)) == ["v2", "v2", "v2"]


def test_recreate_replaces_what_fails_without_ending_the_others() -> None:
    dead = replica(3, "v2", state=State.FAILED, proven=True)
    decided = roll([*some(1, 2, image="v2"), dead], strategy=RECREATE, before=status("v2"))
    assert gone(decided) == [3]


@pytest.mark.parametrize("held", [{"paused": True}, {"before": LATE}], ids=["paused", "past the deadline"])
def test_held_it_makes_nothing_of_what_served_beside_the_update(held: dict[str, Any]) -> None:
    stuck = replica(4, "v2", state=State.CREATING)
    assert born(decide([stuck], 3, "v2", strategy=RECREATE, **held)) == []
    leaving = replica(4, "v2", state=State.CREATING, ending=True)
    assert born(decide([leaving], 3, "v2", strategy=RECREATE, **held)) == []
    assert born(decide([], 3, "v2", strategy=RECREATE, **held)) == ["v1", "v1", "v1"]
