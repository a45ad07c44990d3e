"""Replicas that have nothing in Azure follow what is corrected."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State

from tests.unit.core.builders import T0, replica
from tests.unit.core.plans import born, decide, gone, some


def refused(serial: int, reason: Reason = Reason.FORBIDDEN, **status: Any) -> ContainerGroup:
    made = replica(serial, state=State.PENDING, stalled=reason)
    return made.model_copy(update={"status": made.status.model_copy(update=status)})


@pytest.mark.parametrize(
    "right",
    [
        {"placements": [{"location": "northeurope"}]},
        {"tags": {"cost-centre": "42"}},
        {"resourceGroupPolicy": "CreateIfMissing"},
    ],
    ids=["location", "tags", "policy"],
)
def test_a_replica_that_was_refused_follows_what_is_corrected(right: dict[str, Any]) -> None:
    decided = decide([*some(1, 2), refused(3)], 3, **right)
    assert (born(decided), gone(decided)) == (["v1"], [3])
    assert gone(decide([*some(1, 2), refused(3)], 3)) == []


def test_a_replica_that_may_be_in_azure_keeps_what_it_was_made_with() -> None:
    groups = [
        replica(1),
        refused(2, Reason.PROGRESSING),
        refused(3, requested_at=T0),
        replica(4, state=None),
        replica(5, state=State.CREATING, ready=False),
    ]
    decided = decide(groups, 5, tags={"cost-centre": "42"})
    assert (born(decided), gone(decided)) == ([], [])
