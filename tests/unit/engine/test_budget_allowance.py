"""How a budget is shared: something is kept for heals, failures do not use up the rest, nothing lies idle."""

from datetime import datetime, timedelta

import pytest
from aci_operator.core.errors import Remaining
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.allowance import MOST_BELIEVED, Allowance
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import at

NOBODY = dict.fromkeys(Share, 0)


def opens(allowance: Allowance, share: Share, now: float, **ahead: int) -> datetime:
    return allowance.opens(share, NOBODY | {Share(name.title()): count for name, count in ahead.items()}, at(now))


def spend(allowance: Allowance, share: Share, now: float) -> int:
    """Spend all that a share can have at one moment; return how many that is."""
    count = 0
    while opens(allowance, share, now) == at(now):
        allowance.begin(share)
        allowance.end(share, at(now))
        count += 1
    return count


@pytest.mark.parametrize(
    ("first", "then", "counts"),
    [
        (Share.GROWTH, Share.HEAL, (90, 10)),
        (Share.HEAL, Share.GROWTH, (100, 0)),
        (Share.RETRY, Share.GROWTH, (60, 30)),
        (Share.GROWTH, Share.RETRY, (90, 0)),
    ],
)
def test_what_one_share_leaves_to_another_in_five_minutes(first: Share, then: Share, counts: tuple[int, int]) -> None:
    allowance = Allowance(shared=True)
    assert (spend(allowance, first, 0), spend(allowance, then, 0)) == counts


@pytest.mark.parametrize(("share", "most"), [(Share.HEAL, 300), (Share.GROWTH, 270), (Share.RETRY, 60)])
def test_what_a_share_may_have_in_an_hour(share: Share, most: int) -> None:
    allowance = Allowance(shared=True)
    assert sum(spend(allowance, share, moment) for moment in range(0, 3600, 300)) == most


def test_growth_and_heals_together_use_all_of_the_hour() -> None:
    allowance = Allowance(shared=True)
    moments = range(0, 3600, 300)
    assert sum(spend(allowance, Share.GROWTH, it) + spend(allowance, Share.HEAL, it) for it in moments) == 300


def test_deletes_are_not_shared_so() -> None:
    assert spend(Allowance(shared=False), Share.GROWTH, 0) == 100


def test_retries_that_are_held_back_are_in_nobody_elses_way() -> None:
    allowance = Allowance(shared=True)
    spend(allowance, Share.RETRY, 0)
    assert opens(allowance, Share.GROWTH, 300, retry=500) == at(300)
    assert opens(allowance, Share.RETRY, 300, growth=5) == at(3600)


def test_heals_do_not_wait_for_growth() -> None:
    allowance = Allowance(shared=True)
    spend(allowance, Share.GROWTH, 0)
    assert opens(allowance, Share.HEAL, 1) == at(1)
    assert opens(allowance, Share.GROWTH, 1, growth=100) == at(600)


@pytest.mark.parametrize(
    ("left", "growth", "heals"), [(50, 44, 6), (10, 8, 2), (4, 3, 1), (1, 0, 1), (0, 0, 0), (999, 899, 100)], ids=str
)
def test_what_azure_says_is_left(left: int, growth: int, heals: int) -> None:
    """Somebody else spends too, we spent before a restart, or the limit is lower; or it is higher."""
    allowance = Allowance(shared=True)
    allowance.begin(Share.GROWTH)
    allowance.end(Share.GROWTH, at(0))
    allowance.learn(Remaining(five_minutes=left, hour=2999), at(0))
    assert (spend(allowance, Share.GROWTH, 0), spend(allowance, Share.HEAL, 0)) == (growth, heals)


def test_a_higher_limit_is_shared_alike() -> None:
    allowance = Allowance(shared=True)
    allowance.learn(Remaining(five_minutes=999, hour=2999), at(0))
    assert spend(allowance, Share.RETRY, 0) == 600


def test_a_number_that_is_no_limit_costs_no_memory() -> None:
    """A subscription without a limit may tell 2**31 - 1, here and there; then another one counts."""
    allowance = Allowance(shared=True)
    for left in (2**31 - 1, 2**31 - 2, 0):
        allowance.learn(Remaining(five_minutes=left, hour=left), at(0))
    spent, _ = allowance.spent(at(0))
    assert len(spent) == MOST_BELIEVED
    assert allowance.left(at(0)) == {"5m": 0, "1h": 0}


@tried(200)
@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(Share), st.integers(1, 60)), max_size=40))
def test_no_sequence_of_requests_breaks_a_share(asked: list[tuple[int, Share, int]]) -> None:
    allowance, now = Allowance(shared=True), at(0)
    sent: list[tuple[datetime, Share]] = []

    def within(seconds: int, *shares: Share) -> int:
        return sum(1 for moment, share in sent if share in shares and moment > now - timedelta(seconds=seconds))

    for pause, share, count in asked:
        now += timedelta(seconds=pause)
        for _ in range(count):
            if allowance.opens(share, NOBODY, now) > now:
                continue
            allowance.begin(share)
            allowance.end(share, now)
            sent.append((now, share))
        for seconds, limit in ((300, 100), (3600, 300)):
            assert within(seconds, *Share) <= limit
            assert within(seconds, Share.GROWTH, Share.RETRY) <= limit * 0.9
        assert within(3600, Share.RETRY) <= 60
        kept = min(10 - within(300, Share.HEAL), 30 - within(3600, Share.HEAL))
        assert kept <= 0 or allowance.opens(Share.HEAL, NOBODY, now) == now, "what is kept for heals is there"


@pytest.mark.parametrize("limit", [1, 2])
def test_of_the_lowest_limits_growth_has_one(limit: int) -> None:
    allowance = Allowance(shared=True)
    allowance.recall((limit, limit), [], [])
    assert spend(allowance, Share.GROWTH, 0) == 1
