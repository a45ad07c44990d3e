"""Bugs 42 to 44: rollouts."""

from typing import Any

from tests.planted.bug import Bug, Plant
from tests.simulation import test_rollouts as rollouts
from tests.simulation import test_rows_rollouts as canaries


def always_starting(original: Any, before: Any, situation: Any, *arguments: Any, **options: Any) -> Any:
    """The clock runs whether or not Azure has accepted anything."""
    progress = original(before, situation, *arguments, **options)
    begun = progress.running_since or arguments[0]
    return progress.model_copy(update={"running_since": None if progress.complete else begun})


PLANTS = (
    Plant(
        Bug(42, "heal from the new template", "aci_operator.core.service.canary:pending", lambda *_: False),
        canaries.test_a_heal_beside_the_canary_is_of_the_old_revision,
        expects="canary",
    ),
    Plant(
        Bug(43, "one look between two crashes counts", "aci_operator.core.group.status:steady", lambda *_: True),
        rollouts.test_a_crash_loop_never_passes_for_available,
        expects="P11",
    ),
    Plant(
        Bug(44, "clock runs while waiting", "aci_operator.core.service.progress:advance", always_starting, wraps=True),
        rollouts.test_waiting_for_capacity_does_not_count_for_the_deadline,
        expects='["Stalled"]',
    ),
)
