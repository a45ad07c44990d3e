"""A rolling update past its canary: which come, which go, and in which order."""

from aci_operator.api.reasons import State

from tests.unit.core.plans import born, decide, gone, some

WIDE = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0, "canary": 0}}


def test_scaling_down_in_the_middle_takes_those_that_are_starting_beyond_the_surge() -> None:
    groups = [*some(*range(1, 11)), *some(11, 12, image="v2", state=State.CREATING)]
    decided = decide(groups, 5, "v2", strategy={"rollingUpdate": {"maxSurge": 1, "canary": 0}})
    assert (born(decided), gone(decided)) == ([], [6, 7, 8, 9, 10, 12])


def test_old_ones_that_a_region_has_stopped_go_no_faster_than_the_limit_on_heals_allows() -> None:
    stopped = some(*range(1, 11), state=State.FAILED, proven=True)
    decided = decide([*stopped, *some(21, image="v2")], 11, "v2", strategy=WIDE, allowance=2)
    assert len(gone(decided)) == 2
