"""When groups at rest are read."""

from itertools import pairwise

from aci_operator.core.group.turns import EARLY, pause
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.rates import busiest

TURNS = st.floats(60, 2000)


def reads(uid: str, turn: float, until: float, *, lateness: float = 0.0) -> list[float]:
    """Return the ages at which a group is read that was first read when it became ready."""
    ages = [0.0]
    while ages[-1] < until:
        ages.append(ages[-1] + pause(uid, ages[-1], turn) + lateness)
    return ages


@given(uid=st.uuids().map(str), age=st.floats(0, 10_000), turn=TURNS)
def test_no_pause_is_longer_than_a_turn_or_shorter_than_half_of_one(uid: str, age: float, turn: float) -> None:
    assert turn / 2 <= pause(uid, age, turn) <= turn + EARLY


@given(uid=st.uuids().map(str), turn=TURNS, lateness=st.floats(-EARLY / 20, EARLY / 20))
def test_after_two_turns_every_pause_is_a_turn(uid: str, turn: float, lateness: float) -> None:
    ages = reads(uid, turn, 10 * turn, lateness=lateness)
    settled = [age for age in ages if age >= 2 * turn]
    assert all(abs(later - age - turn) < EARLY for age, later in pairwise(settled))
    assert len(ages) <= 10 + 3


def test_three_hundred_that_became_ready_together_are_read_one_after_the_other() -> None:
    ages = [age for number in range(300) for age in reads(f"uid-{number}", 60, 1200) if age >= 180]
    assert busiest(ages, 10) <= 7.5
