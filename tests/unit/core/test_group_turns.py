"""When groups at rest are read."""

from itertools import pairwise
from zlib import crc32

import pytest
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
def test_no_pause_is_longer_than_a_turn_or_more_than_a_quarter_shorter(uid: str, age: float, turn: float) -> None:
    assert turn * 0.75 <= pause(uid, age, turn) <= turn + EARLY


@given(uid=st.uuids().map(str), turn=TURNS, lateness=st.floats(-EARLY / 20, EARLY / 20))
def test_after_four_turns_every_pause_is_a_turn(uid: str, turn: float, lateness: float) -> None:
    ages = reads(uid, turn, 10 * turn, lateness=lateness)
    settled = [age for age in ages if age >= 4 * turn]
    assert all(abs(later - age - turn) < EARLY for age, later in pairwise(settled))
    assert len(ages) <= 10 + 3


UID = "uid-of-the-group"
MOMENT = crc32(UID.encode()) / 2**32 * 60
"""Its own, in a turn of 60 s."""


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(MOMENT, 60, id="at its moment"),
        pytest.param(MOMENT - EARLY / 2, 60 + EARLY / 2, id="a little early"),
        pytest.param(MOMENT + 10, 50, id="late"),
        pytest.param(MOMENT + 16, 45, id="so late that three quarters of a turn are the least"),
        pytest.param(MOMENT + 50, 45, id="later still"),
        pytest.param(239.9, 60 - min((59.9 - MOMENT) % 60, 15), id="in its fourth turn"),
        pytest.param(240, 60, id="after four turns, whenever that is"),
    ],
)
def test_in_its_first_four_turns_it_gets_to_its_own_moment(age: float, expected: float) -> None:
    assert pause(UID, age, 60) == pytest.approx(expected)


def test_three_hundred_that_became_ready_together_are_read_one_after_the_other() -> None:
    ages = [age for number in range(300) for age in reads(f"uid-{number}", 60, 1200) if age >= 180]
    assert busiest(ages, 10) <= 7.5
