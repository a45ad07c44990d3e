"""The clock of a rollout's deadline."""

from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress
from aci_operator.core.service.progress import elapsed

from tests.unit.core.builders import at, condition, holds, reason, replica, revision
from tests.unit.core.plans import born, decide, gone, roll, some, status

NEW = revision("v2").name


def starting(since: float = 0) -> list[Any]:
    return [*some(1, 2, 3), replica(4, "v2", state=State.CREATING, since=since)]


def test_past_the_deadline_it_stops_and_says_so_and_the_old_ones_serve() -> None:
    clock = roll(starting()).status
    decided = roll(starting(), before=clock, now=at(1800))
    assert (born(decided), gone(decided)) == ([], [])
    assert holds(decided.status, ConditionType.STALLED)
    assert holds(decided.status, ConditionType.AVAILABLE)
    assert reason(decided.status) == Reason.DEADLINE_EXCEEDED
    assert "rollout undo llm -n team-a" in condition(decided.status, ConditionType.READY).message


def test_the_deadline_is_looked_at_when_it_is_due() -> None:
    clock = roll(starting()).status
    assert roll(starting(), before=clock, now=at(800)).after == pytest.approx(1000)


@pytest.mark.parametrize(("elapsed", "late"), [(1799, False), (1800, True)])
def test_the_deadline_is_kept_to_the_second(elapsed: int, late: bool) -> None:
    before = status(progress=Progress(revision=NEW, elapsed_seconds=elapsed))
    assert holds(roll(some(1, 2, 3), before=before).status, ConditionType.STALLED) is late


@pytest.mark.parametrize(("now", "seconds"), [(-9, 5), (0, 5), (2, 7)], ids=["a clock set back", "at once", "later"])
def test_the_clock_adds_what_went_by_before_it_stopped(now: float, seconds: float) -> None:
    assert elapsed(Progress(revision=NEW, elapsed_seconds=5, running_since=at(0)), at(now)) == seconds


def test_past_the_deadline_a_failed_canary_is_not_tried_again() -> None:
    late = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))
    dead = replica(4, "v2", state=State.FAILED, proven=False)
    decided = roll([*some(1, 2, 3), dead], before=late)
    assert (born(decided), gone(decided)) == ([], [4])


def test_one_that_gets_well_after_the_deadline_takes_the_rollout_on() -> None:
    late = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=1800))
    decided = roll([*some(1, 2, 3), replica(4, "v2")], before=late)
    assert gone(decided) == [3]
    assert not holds(decided.status, ConditionType.STALLED)


def test_the_clock_stands_still_while_nothing_was_accepted_by_azure() -> None:
    waiting = [*some(1, 2, 3), replica(4, "v2", state=State.PENDING)]
    begun = roll(waiting).status
    assert begun.progress == Progress(revision=revision("v2").name)
    assert not holds(roll(waiting, before=begun, now=at(90_000)).status, ConditionType.STALLED)


def test_the_clock_stops_while_paused_and_goes_on_after_it() -> None:
    begun = roll(starting()).status
    paused = roll(starting(), before=begun, now=at(600), paused=True).status
    again = roll(starting(), before=paused, now=at(5000)).status
    assert (paused.progress, again.progress) == (
        Progress(revision=revision("v2").name, elapsed_seconds=600),
        Progress(revision=revision("v2").name, elapsed_seconds=600, running_since=at(5000)),
    )


def test_each_replica_that_becomes_available_starts_the_clock_anew() -> None:
    begun = roll(starting()).status
    groups = [*some(2, 3), replica(4, "v2"), replica(5, "v2", state=State.CREATING)]
    on = roll(groups, before=begun, now=at(1000)).status
    assert on.progress == Progress(revision=revision("v2").name, available=1, running_since=at(1000))


def test_another_template_starts_the_clock_anew() -> None:
    late = roll(starting(), before=roll(starting()).status, now=at(1800)).status
    decided = decide(starting(), 3, "v3", before=late, now=at(1801))
    assert born(decided) == ["v3"] or gone(decided) == [4]
    assert not holds(decided.status, ConditionType.STALLED)


def test_a_finished_rollout_has_no_deadline() -> None:
    done = decide(some(1, 2, 3), 3).status
    broken = [*some(1, 2), replica(3, state=State.CREATING)]
    assert not holds(decide(broken, 3, before=done, now=at(90_000)).status, ConditionType.STALLED)


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
