"""The budgets: whose turn it is, what Azure's answers change, and that whoever comes when told is served."""

from collections import deque
from datetime import datetime, timedelta

import pytest
from aci_operator.core.errors import Forbidden, Quota, Remaining, Throttled
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.budget import A_MOMENT, Budget
from aci_operator.engine.budgets.budgets import Budgets
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.ports import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import at


def key(number: int) -> Key:
    return Key("team-a", f"llm-{number}")


def request(number: int, share: Share = Share.HEAL) -> Request:
    """One of a service of its own. Heals have the whole of each window."""
    return Request(key(number), service=key(number), share=share)


def opened() -> Budget:
    """A budget whose first request has been answered, an hour ago."""
    budget = Budget()
    spend(budget, 1, at(-3601))
    return budget


def spend(budget: Budget, count: int, when: datetime) -> None:
    for number in range(count):
        assert budget.take(request(number), when) is None
        budget.answered(key(number), Remaining(), when)


def expected(budget: Budget, number: int, when: datetime) -> datetime:
    """Return when a turn is expected that has not come, as is known a moment after asking."""
    budget.take(request(number), when)
    turn = budget.take(request(number), when + A_MOMENT)
    assert turn is not None
    return turn.expected_at


def served(budget: Budget, number: int, when: datetime, share: Share = Share.HEAL) -> datetime:
    """Ask again whenever it was said, and return when it was granted."""
    for _ in range(1000):
        turn = budget.take(request(number, share), when)
        if turn is None:
            return when
        assert when < turn.ask_at <= turn.expected_at
        when = turn.ask_at
    raise AssertionError("asked for ever")


def test_one_that_must_wait_is_told_for_how_long_and_asks_again_sooner() -> None:
    budget = opened()
    spend(budget, 100, at(0))
    turn = budget.take(request(1), at(1))
    assert turn is not None
    assert (turn.ask_at, turn.expected_at) == (at(31), at(300)), "a limit may rise: nobody is sent away for long"
    assert served(budget, 1, at(31)) == at(300)


def test_three_hundred_in_an_hour() -> None:
    budget = opened()
    for minute in (0, 5, 10):
        spend(budget, 100, at(60 * minute))
    assert served(budget, 1, at(1200)) == at(3600)


def test_those_who_wait_are_served_in_their_order() -> None:
    budget = opened()
    spend(budget, 98, at(0))
    spend(budget, 2, at(100))
    turns = [expected(budget, 200 + number, at(200 + number)) for number in range(90)]
    assert set(turns) == {at(300)}
    assert expected(budget, 200, at(291)) == at(300), "asking again does not lose one's place"


def test_the_first_of_a_service_is_served_before_the_second_of_another() -> None:
    budget = opened()
    spend(budget, 100, at(0))
    big, lone = Key("team-a", "big"), Request(key(999), Key("team-a", "lone"), Share.GROWTH)
    for number in range(50):
        budget.take(Request(key(number), big, Share.GROWTH), at(200 + number))
    assert budget.take(lone, at(290)) is not None
    assert budget.take(lone, at(300)) is None


def test_a_heal_is_served_before_growth_that_waits() -> None:
    budget = opened()
    for number in range(90):
        assert served(budget, number, at(0), Share.GROWTH) == at(0)
        budget.answered(key(number), Remaining(), at(0))
    assert budget.take(request(500, Share.GROWTH), at(1)) is not None
    assert budget.take(request(501), at(2)) is None


def test_whoever_does_not_ask_again_loses_the_place() -> None:
    """Its group is wanted no more, or turned out to be there: nothing says so but that it stays away."""
    budget = opened()
    spend(budget, 99, at(0))
    spend(budget, 1, at(250))
    for number in range(99):
        budget.take(request(number), at(280))
    assert served(budget, 99, at(281)) <= at(401), "the first look after twice their wait and a minute"


def test_the_end_of_a_long_line_asks_less_often() -> None:
    """Thousands that ask twice a minute would be all that the operator does."""
    budget = opened()
    budget.block(at(99_999))
    for number in range(700):
        budget.take(request(number), at(0))
    last = budget.take(request(699), at(1))
    assert last is not None
    assert last.ask_at == at(1 + 3 * 30)


def test_those_who_wait_learn_of_a_higher_limit_soon() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    assert budget.take(request(100), at(0)) is None
    assert budget.take(request(1), at(1)) is not None
    budget.answered(key(100), Remaining(five_minutes=900, hour=2700), at(2))
    assert budget.take(request(1), at(31)) is None


def test_after_a_start_the_first_request_goes_alone() -> None:
    budget = Budget()
    assert budget.take(request(1), at(0)) is None
    assert budget.take(request(2), at(0)) is not None
    budget.answered(key(1), Remaining(five_minutes=2, hour=9), at(1))
    assert budget.take(request(2), at(1)) is None
    assert budget.take(request(3), at(1)) is None
    assert budget.take(request(4), at(1)) is not None


def test_a_first_request_that_was_not_sent_lets_the_next_one_be_first() -> None:
    budget = Budget()
    budget.take(request(1), at(0))
    budget.unused(key(1))
    assert budget.take(request(2), at(0)) is None
    assert budget.take(request(3), at(0)) is not None


def test_what_was_not_sent_is_given_back_once() -> None:
    budget = opened()
    spend(budget, 99, at(0))
    assert budget.take(request(1), at(10)) is None
    budget.unused(key(1))
    budget.unused(key(1))
    assert budget.take(request(2), at(10)) is None
    assert budget.take(request(3), at(10)) is not None


def test_what_was_answered_is_not_given_back() -> None:
    budget = opened()
    spend(budget, 100, at(0))
    budget.unused(key(99))
    assert budget.take(request(1), at(1)) is not None


def test_one_group_takes_one_at_a_time() -> None:
    budget = opened()
    assert budget.take(request(1), at(0)) is None
    assert budget.take(request(1), at(0)) is not None


def test_answers_that_come_late_take_nothing_back() -> None:
    """Ten are on their way; the answer to the first does not know of the others."""
    budget = opened()
    for number in range(10):
        budget.take(request(number), at(0))
    budget.answered(key(0), Remaining(five_minutes=99, hour=299), at(1))
    for number in range(90):
        assert budget.take(request(100 + number), at(1)) is None
    assert budget.take(request(500), at(1)) is not None


def test_nothing_is_sent_before_the_time_that_azure_gave() -> None:
    budget = opened()
    budget.block(at(42))
    budget.block(at(10))
    assert budget.blocked(at(41.9))
    assert served(budget, 1, at(20)) == at(42), "a shorter time does not shorten a longer one"
    assert not budget.blocked(at(42))


@pytest.mark.parametrize(("told", "until"), [(120.0, 120), (5.0, 5), (None, 30)])
def test_a_throttled_request_holds_all_others_back_and_then_one_goes_alone(told: float | None, until: int) -> None:
    budget = opened()
    for number in range(3):
        assert budget.take(request(number), at(0)) is None
    budget.refused(key(0), Throttled(retry_after=told), at(0))
    budget.answered(key(1), Remaining(), at(1))
    budget.answered(key(2), Remaining(), at(2))
    assert served(budget, 4, at(2)) == at(until)
    assert budget.take(request(5), at(until)) is not None
    budget.answered(key(4), Remaining(), at(until))
    assert budget.take(request(5), at(until)) is None


def test_any_other_refusal_holds_nobody_back() -> None:
    budget = Budget()
    assert budget.take(request(1), at(0)) is None
    budget.refused(key(1), Quota(remaining=Remaining(five_minutes=1)), at(0))
    assert budget.take(request(2), at(1)) is None
    assert budget.take(request(3), at(1)) is not None, "what it said of the budget is learnt"


def test_a_service_whose_creates_fail_has_the_share_of_retries_until_one_is_taken() -> None:
    budget, now, service = opened(), at(0), Key("team-a", "ill")
    for number in range(61):
        assert budget.take(Request(key(number), service, Share.GROWTH), now) is None, "one, and then 60 retries"
        budget.refused(key(number), Forbidden(), now)
    assert budget.take(Request(key(61), service, Share.GROWTH), now) is not None
    assert budget.take(Request(key(62), Key("team-a", "well"), Share.GROWTH), now) is None
    assert budget.take(Request(key(63), service, Share.HEAL), now) is None
    budget.answered(key(63), Remaining(), now)
    assert budget.take(Request(key(64), service, Share.GROWTH), now) is None


def test_one_that_comes_while_retries_are_held_back_takes_turns_with_those_that_waited() -> None:
    """Growth has gone past the retries for half an hour; that is no credit for who comes then."""
    budget, seconds, sent = opened(), 0, list[str]()
    waiting = [Request(key(number), Key("team-a", "ill"), Share.RETRY) for number in range(61)]

    def serve() -> bool:
        nonlocal seconds
        seconds += 2
        served = next((it for it in waiting if budget.take(it, at(seconds)) is None), None)
        if served is None:
            return False
        budget.answered(served.key, Remaining(), at(seconds))
        waiting.remove(served)
        sent.append(served.service.name)
        return True

    while len(sent) < 60:  # the retries of this hour are used up, and one more waits
        serve()
    waiting += [Request(key(number), Key("team-a", "early"), Share.GROWTH) for number in range(100, 300)]
    while serve() or len(sent) < 150:
        pass
    waiting += [Request(key(number), Key("team-a", "late"), Share.GROWTH) for number in range(300, 340)]
    sent.clear()
    while len(sent) < 30:
        serve()
    assert sent.count("early") >= 14


def test_when_one_goes_alone_it_is_the_first_of_the_line() -> None:
    """Or those of a service that Azure throttles come before all others, one after each pause."""
    budget, ill = opened(), Key("team-a", "ill")
    first, second = (Request(key(number), ill, Share.GROWTH) for number in (1, 2))
    neighbour = Request(key(3), Key("team-a", "well"), Share.GROWTH)
    assert budget.take(first, at(0)) is None
    budget.refused(key(1), Throttled(retry_after=30), at(0))
    for waiting in (first, second, neighbour):
        assert budget.take(waiting, at(1)) is not None
    assert budget.take(second, at(30)) is not None
    assert budget.take(neighbour, at(30)) is None


def test_creates_deletes_regions_and_subscriptions_have_budgets_of_their_own() -> None:
    budgets = Budgets()
    same = budgets.of("create", "SUB", "WestEurope")
    assert budgets.of("create", "sub", "westeurope") is same
    assert budgets.of("delete", "sub", "westeurope") is not same
    assert budgets.of("create", "other", "westeurope") is not same
    assert budgets.of("create", "sub", "northeurope") is not same


def test_a_key_leaves_every_line() -> None:
    budgets = Budgets()
    each = [budgets.of("create", "s", "l"), budgets.of("delete", "s", "l")]
    for budget in each:
        budget.block(at(60))
        budget.take(request(1), at(0))
        budget.take(request(2), at(1))
    budgets.leave(key(1))
    assert [budget.take(request(2), at(60)) for budget in each] == [None, None]


@tried(200)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 60), st.sampled_from(Share)), min_size=1, max_size=40))
def test_no_window_is_ever_overspent_and_whoever_comes_when_told_is_served(
    arrivals: list[tuple[int, int, Share]],
) -> None:
    budget, sent, moment, number = opened(), deque[datetime](), at(0), 0
    for pause, count, share in arrivals:
        moment += timedelta(seconds=pause)
        for _ in range(count):
            number += 1
            moment = served(budget, number, moment, share)
            budget.answered(key(number), Remaining(), moment)
            sent.append(moment)
            for limit, span in ((100, 300), (300, 3600)):
                assert sum(1 for it in sent if it > moment - timedelta(seconds=span)) <= limit


def test_a_refusal_that_asks_for_no_time_still_holds_the_others_back_for_a_second() -> None:
    """Or each of a long line would find it out for itself, one request after the other."""
    budget = opened()
    assert budget.take(request(1), at(0)) is None
    budget.refused(key(1), Throttled(retry_after=0), at(0))
    assert served(budget, 2, at(0)) == at(1)
