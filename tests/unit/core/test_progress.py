"""The clock of a rollout's deadline."""

from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress

from tests.unit.core.builders import at, reason, replica, revision
from tests.unit.core.plans import decide, some, status

NEW = revision("v2").name

def test_a_replica_that_makes_up_for_a_lost_one_is_progress_too() -> None:
    """A zone fails in the middle: those that come again are not fewer because there were as many before."""
    before = status(progress=Progress(revision=NEW, available=4, running_since=at(0)))
    starting = replica(9, "v2", state=State.CREATING)
    lost = decide([*some(1, 2, 3), *some(4, 5, image="v2"), starting], 6, "v2", before=before, now=at(60)).status
    assert lost.progress == Progress(revision=NEW, available=2, running_since=at(0))
    groups = [*some(1, 2, 3), *some(4, 5, 6, image="v2"), starting]
    assert decide(groups, 6, "v2", before=lost, now=at(1700)).status.progress == Progress(
        revision=NEW, available=3, running_since=at(1700)
    )


def test_one_that_falters_and_gets_well_again_is_no_progress() -> None:
    before = status(progress=Progress(revision=NEW, available=2, running_since=at(0)))
    faltering = replica(5, "v2", ready=False, proven=True)
    down = decide([*some(1), *some(4, image="v2"), faltering], 3, "v2", before=before, now=at(60)).status
    assert down.progress == before.progress
    again = decide([*some(1), *some(4, 5, image="v2"), replica(6, "v2", state=State.CREATING)], 3, "v2", before=down)
    assert again.status.progress == before.progress
    late = decide([*some(1), *some(4, image="v2"), faltering], 3, "v2", before=again.status, now=at(1800)).status
    assert reason(late) == Reason.DEADLINE_EXCEEDED
