"""What is spent outlives the process: the next one neither overspends nor waits for long in vain."""

from datetime import datetime, timedelta

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import Remaining, Throttled
from aci_operator.core.group.observation import Turn
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.budgets import Budgets
from aci_operator.engine.budgets.ledger import TOGETHER, Ledger, parsed
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.ports import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import RUNNING, SUBSCRIPTION, T0, at, group, group_status
from tests.unit.engine.fakes import request

PLACE = (SUBSCRIPTION, "westeurope")
KEY = Key("team-a", "next")


def spend(budgets: Budgets, when: datetime, *, kind: str = "create", share: Share = Share.GROWTH) -> None:
    budget = budgets.of("create" if kind == "create" else "delete", *PLACE)
    key = Key("team-a", "one")
    assert budget.take(Request(key, key, share), when) is None
    budget.answered(key, Remaining(), when)


def after(budgets: Budgets, *groups: ContainerGroup, now: datetime) -> Budgets:
    """Return the budgets of the next process: all it has is text, and the objects."""
    kept = parsed(budgets.ledger(now).model_dump_json(exclude_none=True))
    assert kept is not None
    following = Budgets()
    following.recall(kept, groups, now)
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


def test_what_was_sent_after_it_was_written_down_counts_by_the_objects() -> None:
    budgets = Budgets()
    spend(budgets, T0)
    kept = parsed(budgets.ledger(at(5)).model_dump_json())
    assert kept is not None
    following = Budgets()
    sent = [group(group_status(state=State.CREATING, requested=second)) for second in (-300, 6, 7)]
    following.recall(kept, sent, at(12))
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
    kept = parsed(budgets.ledger(at(900)).model_dump_json())
    assert kept is not None
    following = Budgets()
    following.recall(kept, (), T0)
    assert following.of("create", *PLACE).left(at(301))["5m"] == 100


@pytest.mark.parametrize(
    "text", [None, "", "nonsense", '{"accounts": {}}', '{"at": 0, "accounts": {"create/s/l": {}}}']
)
def test_what_cannot_be_read_is_nothing(text: str | None) -> None:
    assert parsed(text) is None


def test_the_turn_of_a_full_budget_is_told_after_a_restart() -> None:
    budgets = Budgets()
    for _ in range(90):
        spend(budgets, T0)
    turn = after(budgets, now=at(10)).of("create", *PLACE).take(request(*KEY), at(10))
    assert isinstance(turn, Turn)
    assert timedelta(seconds=290) <= turn.expected_at - at(10) <= timedelta(seconds=290 + TOGETHER)
