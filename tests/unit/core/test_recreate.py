"""Recreate: never two revisions at once."""

from typing import Any

import pytest
from aci_operator.api.reasons import State
from aci_operator.api.service import Progress

from tests.unit.core.builders import replica, revision
from tests.unit.core.plans import born, decide, status

RECREATE = {"type": "Recreate"}
LATE = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))


@pytest.mark.parametrize("held", [{"paused": True}, {"before": LATE}], ids=["paused", "past the deadline"])
def test_held_it_makes_nothing_of_what_served_beside_the_update(held: dict[str, Any]) -> None:
    stuck = replica(4, "v2", state=State.CREATING)
    assert born(decide([stuck], 3, "v2", strategy=RECREATE, **held)) == []
    leaving = replica(4, "v2", state=State.CREATING, ending=True)
    assert born(decide([leaving], 3, "v2", strategy=RECREATE, **held)) == []
    assert born(decide([], 3, "v2", strategy=RECREATE, **held)) == ["v1", "v1", "v1"]
