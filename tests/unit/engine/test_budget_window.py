"""A window: never one request too many, however late its answers, and nobody waits for nothing."""

from datetime import datetime, timedelta

import pytest
from aci_operator.engine.budgets.window import Window
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import at

SPAN = timedelta(seconds=300)


def window(limit: int, *answered: float) -> Window:
    """A window in which requests were answered at some seconds."""
    made = Window(limit, SPAN)
    for seconds in answered:
        made.begin()
        made.end(at(seconds))
    return made


@pytest.mark.parametrize(
    ("answered", "now", "free"),
    [((), 0, 3), ((0,), 1, 2), ((0, 100, 200), 299, 0), ((0, 100, 200), 300, 1), ((0, 0, 0), 300, 3)],
)
def test_what_is_free(answered: tuple[float, ...], now: float, free: int) -> None:
    assert window(3, *answered).free(at(now)) == free


@pytest.mark.parametrize(
    ("ahead", "opens"),
    [(0, 300), (1, 400), (2, 500), (3, 600), (4, 700), (8, 1100)],
    ids=["next", "second", "third", "a span after the first", "after the second", "two spans after the third"],
)
def test_when_the_turn_of_one_with_others_ahead_comes(ahead: int, opens: float) -> None:
    assert window(3, 0, 100, 200).opens(ahead, at(250)) == at(opens)


def test_one_under_way_counts_until_a_span_after_its_answer() -> None:
    held = window(1)
    held.begin()
    assert held.opens(0, at(0)) == at(300)
    assert held.free(at(1000)) == 0
    held.end(at(1000))
    assert held.opens(0, at(1001)) == at(1300)


def test_what_was_not_sent_is_not_spent() -> None:
    held = window(1)
    held.begin()
    held.undo()
    assert held.free(at(0)) == 1


def test_what_others_spent_counts_from_when_it_was_learnt() -> None:
    held = window(3)
    held.spent_elsewhere(2, at(10))
    assert (held.free(at(309)), held.free(at(310))) == (1, 3)


@given(
    limit=st.integers(1, 5),
    steps=st.lists(st.tuples(st.floats(0, 200), st.floats(0, 30), st.floats(0, 1)), min_size=1, max_size=40),
)
def test_no_window_of_azure_is_ever_overspent(limit: int, steps: list[tuple[float, float, float]]) -> None:
    """Neither a sliding one nor one that begins with the first request after the last has ended.

    Each request takes effect at any moment between being sent and being answered.
    """
    ours, now = Window(limit, SPAN), at(0)
    effects: list[datetime] = []
    under_way: list[datetime] = []
    for pause, latency, part in steps:
        now += timedelta(seconds=pause)
        for answered in [answered for answered in under_way if answered <= now]:
            under_way.remove(answered)
            ours.end(answered)
        if ours.free(now) > 0:
            ours.begin()
            under_way = sorted([*under_way, now + timedelta(seconds=latency)])
            effects.append(now + timedelta(seconds=latency * part))
    effects.sort()
    assert all(sum(1 for it in effects if first <= it < first + SPAN) <= limit for first in effects)
    began, count = at(-1000), 0
    for effect in effects:
        if effect >= began + SPAN:
            began, count = effect, 0
        count += 1
        assert count <= limit


def test_what_others_spent_counts_for_as_long_as_azure_confirms_it() -> None:
    """A limit that is lower than it is taken for looks like that, without an end."""
    sliding = window(10, 0)
    sliding.spent_elsewhere(6, at(0))
    sliding.renew_elsewhere(sliding.still_elsewhere(3, at(260)), at(260))
    assert sliding.free(at(300)) == 4
    assert sliding.free(at(560)) == 10


@pytest.mark.parametrize(
    ("now", "left", "still"),
    [
        pytest.param(40, 3, 6, id="all"),
        pytest.param(40, 7, 2, id="some"),
        pytest.param(40, 9, 0, id="none"),
        pytest.param(299, 4, 6, id="ours may have left Azure's window already"),
    ],
)
def test_how_many_of_them_are_there_yet(now: float, left: int, still: int) -> None:
    sliding = window(10, 0)
    sliding.spent_elsewhere(6, at(0))
    assert sliding.still_elsewhere(left, at(now)) == still
