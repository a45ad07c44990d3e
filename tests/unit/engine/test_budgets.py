"""The create and delete budgets of ACI: never one request too many, and nobody waits for nothing."""

from collections import deque
from datetime import datetime, timedelta

import pytest
from aci_operator.core.errors import Quota, Remaining, Throttled
from aci_operator.engine.budgets import FIRST_ALONE, Budget, Budgets
from aci_operator.engine.ports import Key
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.core.builders import at


def key(number: int) -> Key:
    return Key("team-a", f"llm-{number}")


def opened() -> Budget:
    """A budget whose first request has been answered, an hour ago."""
    budget = Budget()
    assert budget.take(key(0), at(-3601)) is None
    budget.answered(Remaining(), at(-3601))
    return budget


def spend(budget: Budget, count: int, when: datetime) -> None:
    for number in range(count):
        assert budget.take(key(number), when) is None
        budget.answered(Remaining(), when)


def served(budget: Budget, number: int, when: datetime) -> datetime:
    """Ask again whenever it was said, and return when it was granted."""
    for _ in range(1000):
        turn = budget.take(key(number), when)
        if turn is None:
            return when
        assert turn > when
        when = turn
    raise AssertionError("asked for ever")


def test_a_hundred_in_five_minutes() -> None:
    budget = opened()
    spend(budget, 100, at(0))
    assert budget.take(key(1), at(1)) == at(31), "a limit may rise: nobody is sent away for long"
    assert budget.take(key(1), at(299)) == at(300)
    assert budget.take(key(1), at(300)) is None


def test_three_hundred_in_an_hour() -> None:
    budget = opened()
    for minute in (0, 5, 10):
        spend(budget, 100, at(60 * minute))
    assert served(budget, 1, at(1200)) == at(3600)


def test_the_windows_slide() -> None:
    budget = opened()
    spend(budget, 50, at(0))
    spend(budget, 50, at(200))
    assert served(budget, 1, at(250)) == at(300)
    spend(budget, 49, at(300))
    assert served(budget, 2, at(300)) == at(500)


def test_those_who_wait_are_served_in_their_order() -> None:
    budget = opened()
    spend(budget, 98, at(0))
    spend(budget, 2, at(100))
    for number in range(98):
        assert budget.take(key(number), at(290)) == at(300)
    assert budget.take(key(98), at(290)) == at(320)
    assert budget.take(key(5), at(290)) == at(300), "asking again does not lose one's place"


def test_whoever_leaves_makes_room_for_the_next() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    spend(budget, 1, at(250))
    for number in range(100):
        budget.take(key(number), at(299))
    assert budget.take(key(99), at(299)) != at(300)
    budget.leave(key(3))
    assert budget.take(key(99), at(299)) == at(300)


def test_whoever_does_not_ask_again_loses_the_place() -> None:
    """Its group is wanted no more, or turned out to be there: nothing says so but that it stays away."""
    budget = opened()
    spend(budget, 99, at(0))
    spend(budget, 1, at(250))
    for number in range(99):
        budget.take(key(number), at(280))
    assert served(budget, 99, at(281)) == at(401), "the first look after twice their wait and a minute"


def test_whoever_asks_again_in_time_keeps_the_place() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    spend(budget, 1, at(250))
    for moment in range(1, 290, 30):
        budget.take(key(1), at(moment))
        budget.take(key(2), at(moment + 1))
    assert {budget.take(key(number), at(299)) for number in range(3, 100)} == {at(300)}
    assert budget.take(key(100), at(299)) != at(300)


def test_the_end_of_a_long_line_asks_less_often() -> None:
    """Thousands that ask twice a minute would be all that the operator does."""
    budget = opened()
    spend(budget, 100, at(0))
    waits = [budget.take(key(number), at(0)) for number in range(3000)]
    assert waits[0] == at(30)
    assert waits[-1] == at(300)
    budget.block(at(9999))
    assert budget.take(key(2999), at(1)) == at(1 + 300)


def test_those_who_wait_learn_of_a_higher_limit_soon() -> None:
    budget = opened()
    spend(budget, 100, at(0))
    assert budget.take(key(1), at(1)) == at(31)
    budget.answered(Remaining(five_minutes=900, hour=2700), at(2))
    assert budget.take(key(1), at(31)) is None


def test_after_a_start_the_first_request_goes_alone() -> None:
    budget = Budget()
    assert budget.take(key(1), at(0)) is None
    assert budget.take(key(2), at(0)) == at(0) + FIRST_ALONE
    budget.answered(Remaining(), at(1))
    assert budget.take(key(2), at(1)) is None
    assert budget.take(key(3), at(1)) is None


def test_a_first_request_that_was_not_sent_lets_the_next_one_be_first() -> None:
    budget = Budget()
    budget.take(key(1), at(0))
    budget.unused(key(1))
    assert budget.take(key(2), at(0)) is None
    assert budget.take(key(3), at(0)) is not None


def test_what_was_not_sent_is_not_spent() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    assert budget.take(key(1), at(0)) is None
    budget.unused(key(1))
    assert budget.take(key(2), at(0)) is None
    assert served(budget, 3, at(0)) == at(300)


def test_only_what_was_not_sent_is_given_back() -> None:
    budget = opened()
    spend(budget, 98, at(0))
    assert budget.take(key(1), at(10)) is None
    assert budget.take(key(2), at(200)) is None
    budget.unused(key(1))
    assert budget.take(key(3), at(290)) is None
    spend(budget, 98, at(300))
    assert served(budget, 4, at(301)) == at(500), "that of the second is still spent"


def test_what_was_not_sent_is_given_back_once() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    assert budget.take(key(1), at(10)) is None
    budget.unused(key(1))
    budget.unused(key(1))
    assert budget.take(key(2), at(10)) is None
    assert budget.take(key(3), at(10)) is not None


def test_what_azure_says_is_left_counts_for_more_than_what_we_know() -> None:
    """Somebody else spends too, or we spent before a restart."""
    budget = Budget()
    budget.take(key(1), at(0))
    budget.answered(Remaining(five_minutes=1, hour=200), at(0))
    assert budget.take(key(2), at(1)) is None
    assert served(budget, 3, at(1)) == at(300)


def test_a_higher_limit_is_learnt() -> None:
    budget = Budget()
    budget.take(key(1), at(0))
    budget.answered(Remaining(five_minutes=999, hour=2999), at(0))
    spend(budget, 999, at(1))
    assert served(budget, 2, at(2)) == at(300)


@pytest.mark.parametrize("left", [Remaining(five_minutes=0), Remaining(hour=0)])
def test_a_used_up_budget_is_learnt_from_a_refusal_too(left: Remaining) -> None:
    budget = Budget()
    budget.take(key(1), at(0))
    budget.answered(left, at(0))
    assert served(budget, 2, at(1)) == at(300 if left.five_minutes == 0 else 3600)


def test_answers_that_come_late_take_nothing_back() -> None:
    """Ten are on their way; the answer to the first does not know of the others."""
    budget = opened()
    for number in range(10):
        budget.take(key(number), at(0))
    budget.answered(Remaining(five_minutes=99, hour=299), at(1))
    for number in range(90):
        assert budget.take(key(100 + number), at(1)) is None
    assert served(budget, 500, at(1)) == at(300)


def test_nothing_is_sent_before_the_time_that_azure_gave() -> None:
    budget = opened()
    budget.block(at(42))
    assert budget.take(key(1), at(41)) == at(42)
    assert budget.take(key(1), at(42)) is None


def test_a_shorter_time_does_not_shorten_a_longer_one() -> None:
    """Two requests on their way were both refused."""
    budget = opened()
    budget.block(at(60))
    budget.block(at(10))
    assert served(budget, 1, at(20)) == at(60)


@pytest.mark.parametrize(("told", "until"), [(120.0, 120), (5.0, 5), (None, 30)])
def test_a_throttled_request_holds_all_others_back(told: float | None, until: int) -> None:
    budget = opened()
    assert budget.take(key(1), at(0)) is None
    budget.refused(Throttled(retry_after=told), at(0))
    assert budget.take(key(2), at(until - 1)) == at(until)
    assert budget.take(key(2), at(until)) is None


def test_any_other_refusal_holds_nobody_back() -> None:
    budget = Budget()
    assert budget.take(key(1), at(0)) is None
    budget.refused(Quota(remaining=Remaining(five_minutes=1)), at(0))
    assert budget.take(key(2), at(1)) is None
    assert budget.take(key(3), at(1)) is not None, "what it said of the budget is learnt"


def test_a_line_longer_than_the_limit_while_nothing_is_spent() -> None:
    budget = opened()
    budget.block(at(900))
    for number in range(150):
        assert budget.take(key(number), at(0)) is not None
    late = budget.take(key(120), at(1))
    assert late is not None
    assert late > at(1)


def test_creates_deletes_regions_and_subscriptions_have_budgets_of_their_own() -> None:
    budgets = Budgets()
    same = budgets.of("create", "SUB", "WestEurope")
    assert budgets.of("create", "sub", "westeurope") is same
    others = [("delete", "sub", "westeurope"), ("create", "other", "westeurope"), ("create", "sub", "northeurope")]
    assert all(budgets.of(*other) is not same for other in others)  # type: ignore[arg-type]


def test_a_key_leaves_every_line() -> None:
    budgets = Budgets()
    creates, deletes = budgets.of("create", "s", "l"), budgets.of("delete", "s", "l")
    for budget in (creates, deletes):
        budget.take(key(1), at(0))
        budget.take(key(2), at(0))
        budget.answered(Remaining(five_minutes=1, hour=1), at(0))
    budgets.leave(key(2))
    assert creates.take(key(3), at(1)) is None
    assert deletes.take(key(3), at(1)) is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 60)), min_size=1, max_size=60))
def test_no_window_is_ever_overspent_and_whoever_comes_when_told_is_served(
    arrivals: list[tuple[int, int]],
) -> None:
    budget, sent, moment, number = opened(), deque[datetime](), at(0), 0
    for pause, count in arrivals:
        moment += timedelta(seconds=pause)
        for _ in range(count):
            number += 1
            moment = served(budget, number, moment)
            budget.answered(Remaining(), moment)
            sent.append(moment)
            for limit, span in ((100, 300), (300, 3600)):
                assert sum(1 for it in sent if it > moment - timedelta(seconds=span)) <= limit
