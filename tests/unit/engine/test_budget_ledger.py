"""What is spent outlives the process: the next one neither overspends nor waits for long in vain."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import Remaining, Throttled
from aci_operator.core.group.observation import Turn
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.allowance import MOST_BELIEVED
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.budgets import Budgets, Kind
from aci_operator.engine.budgets.ledger import LAST, LONGEST, STEPS, TOGETHER, Account, Ledger, apart, parsed
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.ports import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import RUNNING, SUBSCRIPTION, T0, at, group, group_status
from tests.unit.engine.fakes import request

PLACE = (SUBSCRIPTION, "westeurope")
KEY = Key("team-a", "next")
KINDS: tuple[Kind, Kind] = ("create", "delete")


def kept(accounts: str) -> str:
    """Return a ledger as text."""
    return f'{{"at": 1, "accounts": {{{accounts}}}}}'


def spend(budgets: Budgets, when: datetime, *, kind: str = "create", share: Share = Share.GROWTH) -> None:
    budget = budgets.of("create" if kind == "create" else "delete", *PLACE)
    key = Key("team-a", "one")
    assert budget.take(Request(key, key, share), when) is None
    budget.answered(key, Remaining(), when)


def after(budgets: Budgets, *groups: ContainerGroup, now: datetime) -> Budgets:
    """Return the budgets of the next process: all it has is text, and the objects."""
    ledger = parsed(budgets.ledger(now).text())
    assert ledger is not None
    following = Budgets()
    following.recall(ledger, groups, now)
    return following


def opens(budget: Budget, now: datetime) -> datetime:
    turn = budget.take(request(*KEY), now)
    if turn is None:
        budget.unused(KEY)
        return now
    return turn.expected_at


@given(st.lists(st.floats(0, 280), min_size=90, max_size=90))
def test_the_next_process_opens_no_sooner_and_little_later(moments: list[float]) -> None:
    budgets, now = Budgets(), at(285)
    for seconds in sorted(moments):
        spend(budgets, at(seconds))
    here, there = opens(budgets.of("create", *PLACE), now), opens(after(budgets, now=now).of("create", *PLACE), now)
    assert here <= there <= here + timedelta(seconds=TOGETHER)


def test_creates_and_deletes_and_places_are_kept_apart() -> None:
    budgets = Budgets()
    spend(budgets, T0)
    spend(budgets, T0, kind="delete")
    spend(budgets, T0, kind="delete")
    following = after(budgets, now=at(60))
    assert following.of("create", *PLACE).left(at(60)) == {"5m": 99, "1h": 299}
    assert following.of("delete", *PLACE).left(at(60)) == {"5m": 98, "1h": 298}
    assert following.of("create", SUBSCRIPTION, "northeurope").left(at(60)) == {"5m": 100, "1h": 300}


def test_one_under_way_is_spent() -> None:
    budgets = Budgets()
    assert budgets.of("create", *PLACE).take(request(*KEY), T0) is None
    assert after(budgets, now=T0).of("create", *PLACE).left(T0)["5m"] == 99


def test_a_higher_limit_that_azure_told_of_is_not_forgotten() -> None:
    budgets = Budgets()
    budget = budgets.of("create", *PLACE)
    assert budget.take(request(*KEY), T0) is None
    budget.answered(KEY, Remaining(five_minutes=999, hour=2999), T0)
    assert after(budgets, now=T0).of("create", *PLACE).left(T0) == {"5m": 999, "1h": 2999}


def test_the_time_that_azure_asked_for_is_kept() -> None:
    budgets = Budgets()
    budget = budgets.of("create", *PLACE)
    assert budget.take(request(*KEY), T0) is None
    budget.refused(KEY, Throttled(retry_after=120), T0)
    following = after(budgets, now=at(10)).of("create", *PLACE)
    assert (following.blocked(at(119)), following.blocked(at(121))) == (True, False)


def test_the_time_that_azure_asked_for_holds_when_another_has_led_in_between_and_was_not_told() -> None:
    budgets = Budgets()
    budget = budgets.of("create", *PLACE)
    assert budget.take(request(*KEY), T0) is None
    budget.refused(KEY, Throttled(retry_after=120), T0)
    following = after(Budgets(), now=at(10))
    following.keep_waiting(budgets.ledger(at(5)), at(10))
    assert [following.of("create", *PLACE).blocked(at(second)) for second in (119, 121)] == [True, False]


def test_what_was_sent_after_it_was_written_down_counts_by_the_objects() -> None:
    budgets = Budgets()
    spend(budgets, T0)
    ledger = parsed(budgets.ledger(at(5)).text())
    assert ledger is not None
    following = Budgets()
    sent = [group(group_status(state=State.CREATING, requested=second)) for second in (-300, 6, 7)]
    following.recall(ledger, sent, at(12))
    assert following.of("create", *PLACE).left(at(12))["1h"] == 297


@pytest.mark.parametrize(("waits", "left"), [(True, 100), (False, 99)])
def test_a_delete_that_may_have_been_sent_counts_and_one_that_waits_does_not(waits: bool, left: int) -> None:
    verdict = Verdict.underway(Reason.WAITING_FOR_BUDGET if waits else Reason.DELETING, "ending")
    status = RUNNING.model_copy(update={"conditions": judged((), verdict, 1, T0)})
    following = Budgets()
    following.recall(Ledger(at=at(5).timestamp(), accounts={}), [group(status, deleting=True)], at(8))
    assert following.of("delete", *PLACE).left(at(8))["5m"] == left


def test_a_clock_that_was_set_back_spends_nothing_in_the_future() -> None:
    budgets = Budgets()
    spend(budgets, at(900))
    ledger = parsed(budgets.ledger(at(900)).text())
    assert ledger is not None
    following = Budgets()
    following.recall(ledger, (), T0)
    assert following.of("create", *PLACE).left(at(301))["5m"] == 100


def test_retries_have_no_new_fifth_of_the_hour_after_a_restart() -> None:
    budgets, again = Budgets(), Request(KEY, KEY, Share.RETRY)
    for number in range(60):
        spend(budgets, at(number * 10), share=Share.RETRY)
    following = after(budgets, now=at(1000)).of("create", *PLACE)
    turn = following.take(again, at(1000))
    assert turn is not None
    assert timedelta(seconds=3600) <= turn.expected_at - T0 <= timedelta(seconds=3600 + TOGETHER)
    assert following.take(request("team-a", "growth"), at(1000)) is None


def test_a_pause_that_another_clock_wrote_down_lasts_a_day_at_most() -> None:
    ledger = Ledger(at=0, accounts={"/".join(("create", *PLACE)): Account(limits=(100, 300), until=LAST)})
    following = Budgets()
    following.recall(ledger, (), T0)
    budget = following.of("create", *PLACE)
    assert (budget.blocked(at(86_399)), budget.blocked(at(86_400))) == (True, False)


def test_no_more_was_spent_than_is_believed_of_a_limit() -> None:
    """An earlier version believed, and wrote down, any number."""
    assert len(apart({1: 10**12, 2: 10**12}, T0)) == MOST_BELIEVED


def busy(places: int, moments: Iterable[int]) -> Budgets:
    """Return budgets of which creates were spent in many places, each fifth a retry."""
    budgets = Budgets()
    for number in range(places):
        budget = budgets.of("create", f"{number:08}-1111-1111-1111-111111111111", "westeurope")
        for count, second in enumerate(moments):
            share = Share.GROWTH if count % 5 else Share.RETRY
            if budget.take(Request(KEY, KEY, share), at(second)) is None:
                budget.answered(KEY, Remaining(), at(second))
    return budgets


@pytest.mark.parametrize(("places", "moments"), [(120, range(0, 3600, 12)), (700, range(0, 3600, 300)), (1500, (0,))])
def test_what_was_spent_in_however_many_places_fits_into_the_lease(places: int, moments: Iterable[int]) -> None:
    """More than the annotations of an object can have is refused, and then the Lease runs out."""
    budgets = busy(places, moments)
    following = after(budgets, now=at(3590))
    for each in (budgets, following):
        assert len(each.ledger(at(3590)).text()) <= LONGEST


@given(st.lists(st.integers(0, 3500), min_size=80, max_size=200), st.sampled_from(STEPS), st.integers(0, 900))
def test_however_coarsely_it_is_told_nothing_opens_sooner(moments: list[int], step: int, later: int) -> None:
    here, there, now = Budget(), Budget(), at(3500)
    for second in sorted(moments):
        if here.take(request(*KEY), at(second)) is None:
            here.answered(KEY, Remaining(), at(second))
    there.recall(here.account(now, step), (), now)
    moment = now + timedelta(seconds=later)
    assert opens(here, moment) <= opens(there, moment) <= moment + timedelta(hours=1)


def test_what_is_told_no_more_counts_as_spent_for_an_hour() -> None:
    """Whoever has led meanwhile, and whether it is known to the objects."""
    untold = ("the last of them", "westeurope")
    budgets = busy(1500, (0,))
    budgets.of("create", *untold)
    for second in (10, 20):
        budgets = after(budgets, now=at(second))
    asked = group(group_status(state=State.CREATING, requested=19))
    following = after(budgets, asked, now=at(30))
    for place in (untold, PLACE):
        assert following.of("create", *place).left(at(30)) == {"5m": 0, "1h": 0}
        assert following.of("create", *place).left(at(3650)) == {"5m": 100, "1h": 300}
    assert after(following, now=at(3660)).of("create", "another", "westeurope").left(at(3660))["1h"] == 300


@pytest.mark.parametrize("text", [None, ""])
def test_where_nothing_was_kept_there_is_nothing_to_say(text: str | None, caplog: pytest.LogCaptureFixture) -> None:
    assert parsed(text) is None
    assert caplog.messages == []


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        '{"accounts": {}}',
        '{"at": 1e30}',
        '{"at": NaN}',
        '{"at": -1}',
        '{"at": 1, "accounts": []}',
    ],
)
def test_what_makes_no_sense_is_nothing_and_is_said_once(text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert parsed(text) is None
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    "senseless",
    [
        '"create/s/l": {}',
        '"create/westeurope": {"limits": [100, 300]}',
        '"create/s/l/more": {"limits": [100, 300]}',
        '"read/s/l": {"limits": [100, 300]}',
        '"create/s/l": {"limits": [0, 300]}',
        '"create/s/l": {"limits": [100, 300], "until": 1e30}',
        '"create/s/l": {"limits": [100, 300], "spent": {"-99999999999999": 1}}',
        '"create/s/l": {"limits": [100, 300], "retries": {"1": -1}}',
    ],
)
def test_an_account_that_makes_no_sense_costs_no_other(senseless: str, caplog: pytest.LogCaptureFixture) -> None:
    ledger = parsed(kept(f'{senseless}, "delete/s/l": {{"limits": [100, 300], "spent": {{"1": 7}}}}'))
    assert ledger is not None
    assert ledger.accounts == {"delete/s/l": Account(limits=(100, 300), spent={1: 7})}
    assert len(caplog.messages) == 1


NUMBERS = st.one_of(st.integers(-1, 3), st.floats(), st.just(300), st.integers())
COUNTS = st.dictionaries(st.integers().map(str), NUMBERS, max_size=3)
ACCOUNTS = st.fixed_dictionaries(
    {"limits": st.lists(NUMBERS, min_size=2, max_size=2)},
    optional={"spent": COUNTS, "retries": COUNTS, "until": NUMBERS},
)
PLACES = st.sampled_from(["create/s/westeurope", "delete/s/westeurope", "create/s", "a/b/c/d", ""])


@given(st.fixed_dictionaries({"at": NUMBERS, "accounts": st.dictionaries(PLACES, ACCOUNTS, max_size=3)}))
def test_whatever_was_kept_keeps_no_operator_from_starting(written: dict[str, object]) -> None:
    budgets = Budgets()
    budgets.recall(parsed(json.dumps(written)) or Ledger(at=0), [group()], T0)
    for kind in KINDS:
        budgets.of(kind, "s", "westeurope").take(request(*KEY), T0)
    assert parsed(budgets.ledger(T0).text()) is not None


def test_an_earlier_version_reads_what_is_kept_now() -> None:
    """It knows of no retries, and passes over what it does not know."""
    text = kept('"create/s/l": {"limits": [100, 300], "of a later version": {"1": 1}}')
    assert parsed(text) is not None


def test_the_turn_of_a_full_budget_is_told_after_a_restart() -> None:
    budgets = Budgets()
    for _ in range(90):
        spend(budgets, T0)
    turn = after(budgets, now=at(10)).of("create", *PLACE).take(request(*KEY), at(10))
    assert isinstance(turn, Turn)
    assert timedelta(seconds=290) <= turn.expected_at - at(10) <= timedelta(seconds=290 + TOGETHER)
