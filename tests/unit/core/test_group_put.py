"""When a group is sent: once, in its turn, and again only when nothing can have come of a lost answer."""

from dataclasses import replace
from typing import Any

import pytest
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import AddFinalizer, PutGroup, ReadGroup, Step
from aci_operator.core.shortage import Shortage

from tests.unit.core.builders import (
    REQUESTED,
    at,
    cloud,
    condition_message,
    foreign,
    fresh,
    group,
    in_list,
    look,
    memory,
    read,
    reason,
    starting,
)

UNLISTED = Listed(at(29), None)


# --- Sending it once


def test_an_object_without_the_finalizer_gets_it_before_anything_else() -> None:
    step = plan(look(group(finalizers=()), fresh()))
    assert (step.effect, step.status) == (AddFinalizer(), GroupStatus())


def test_a_name_that_was_never_sent_is_put_without_a_get() -> None:
    step = plan(look(group(), fresh()))
    assert step.effect == PutGroup()


def test_the_time_of_the_put_is_in_the_status_before_it_is_sent() -> None:
    step = plan(look(group(), fresh(), now=at(0.7)))
    assert (step.status.requested_at, step.status.state) == (at(0), State.CREATING)
    assert step.status.cluster_id is not None


def test_a_name_from_another_process_is_looked_for_before_it_is_sent() -> None:
    """It was never sent by its status, but it may be an object that was restored from a backup."""
    assert plan(look(group(), memory())).effect == ReadGroup()


def test_a_name_from_another_process_is_sent_when_a_get_and_a_list_agree_that_it_is_not_in_azure() -> None:
    missing = memory(read=read(-1, None))
    alone = plan(look(group(), missing))
    assert alone == Step(GroupStatus(), after=5, soon=True)
    assert plan(look(group(), missing, listed=UNLISTED)).effect == PutGroup()


def test_a_read_that_is_too_old_to_write_on_is_repeated() -> None:
    assert plan(look(group(), memory(read=read(-11, None)))).effect == ReadGroup()


def test_a_group_of_its_name_in_a_list_is_looked_at_even_when_the_name_is_fresh() -> None:
    listed = Listed(at(-1), in_list(cloud(foreign())))
    assert plan(look(group(), fresh(), listed=listed)).effect == ReadGroup()


@pytest.mark.parametrize(("read_at", "list_at"), [(-1, -2), (-2, -1)], ids=["list first", "read first"])
def test_nothing_is_sent_while_a_list_shows_the_name_and_a_read_does_not(read_at: float, list_at: float) -> None:
    """Either may lag; a second PUT would restart what the LIST has seen."""
    listed = Listed(at(list_at), in_list(cloud()))
    step = plan(look(group(), memory(read=read(read_at, None)), listed=listed))
    assert step.effect in {None, ReadGroup()}


def test_a_list_that_is_newer_than_a_404_calls_for_another_read() -> None:
    listed = Listed(at(-1), in_list(cloud()))
    assert plan(look(group(), memory(read=read(-2, None)), listed=listed)).effect == ReadGroup()


@pytest.mark.parametrize("listed_at", [-2, -1])
def test_a_404_that_is_newer_than_the_list_waits_for_the_next_list(listed_at: float) -> None:
    listed = Listed(at(listed_at), in_list(cloud()))
    step = plan(look(group(), memory(read=read(-1, None)), listed=listed))
    assert step == Step(group().status, after=5, soon=True)


def test_nothing_is_sent_before_the_budget_allows_it() -> None:
    step = plan(look(group(), fresh(), turn=Turn(at(30), at(42))))
    assert (step.effect, step.after, reason(step.status)) == (None, 30, "WaitingForBudget")
    assert step.status.state is State.PENDING
    assert step.status.requested_at is None


def test_a_turn_that_comes_in_a_moment_is_not_worth_a_word() -> None:
    step = plan(look(group(), fresh(), turn=Turn(at(0.5), at(0.5))))
    assert (step.effect, step.after, step.status) == (None, 0.5, group().status)


@pytest.mark.parametrize(
    ("turn", "effect"), [(Turn(at(30), at(42)), None), (None, ReadGroup())], ids=["waits", "comes"]
)
def test_what_is_read_before_its_put_is_not_read_again_while_it_is_in_the_line(
    turn: Turn | None, effect: ReadGroup | None
) -> None:
    assert plan(look(group(), memory(read=read(-60, None)), turn=turn)).effect == effect


def test_nothing_is_sent_without_the_right_to_write() -> None:
    step = plan(look(group(), fresh(), may_write=False))
    assert step == Step(group().status, after=5)


# --- An answer that was lost


def test_a_put_without_an_answer_is_looked_for_at_once() -> None:
    assert plan(look(group(REQUESTED), memory(wrote_at=at(0)))).effect == ReadGroup()


@pytest.mark.parametrize(("age", "effect"), [(0, None), (4.9, None), (5, ReadGroup()), (8, ReadGroup())], ids=str)
def test_then_it_is_looked_for_every_five_seconds(age: float, effect: ReadGroup | None) -> None:
    step = plan(look(group(REQUESTED), memory(read=read(3, None)), now=at(3 + age)))
    assert (step.effect, reason(step.status)) == (effect, "Starting")
    assert effect or (step.after == 5 and step.soon)


@pytest.mark.parametrize(("last", "effect"), [(5, None), (50.9, None), (51, PutGroup()), (300, PutGroup())], ids=str)
def test_it_is_sent_again_only_when_404_has_outlasted_the_ghost_window(last: float, effect: PutGroup | None) -> None:
    """After a restart: it may have been sent a second after the status says so, and been on its way for 20 s."""
    recalled = memory(read=read(last, None), missing_since=at(1))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


@pytest.mark.parametrize(("last", "effect"), [(69.9, None), (70, PutGroup())], ids=str)
def test_the_ghost_window_begins_when_a_slow_put_has_ended(last: float, effect: PutGroup | None) -> None:
    recalled = memory(wrote_at=at(40), read=read(last, None), missing_since=at(41))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


@pytest.mark.parametrize(("last", "effect"), [(31.9, None), (32, PutGroup())], ids=str)
def test_it_begins_early_when_a_put_has_ended_early(last: float, effect: PutGroup | None) -> None:
    recalled = memory(wrote_at=at(2), read=read(last, None), missing_since=at(3))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


@pytest.mark.parametrize(("last", "effect"), [(90.9, None), (91, PutGroup())], ids=str)
def test_after_a_restart_it_begins_when_the_put_was_heard_of_whatever_another_clock_says(
    last: float, effect: PutGroup | None
) -> None:
    recalled = memory(known_at=at(40), read=read(last, None), missing_since=at(41))
    assert plan(look(group(REQUESTED), recalled, now=at(last), listed=UNLISTED)).effect == effect


def test_a_list_that_a_read_has_refuted_allows_no_put() -> None:
    recalled = memory().seen(read(-3, cloud(foreign()))).seen(read(0, None))
    for listed_at, effect in [(-3, None), (-2.9, PutGroup())]:
        assert plan(look(group(), recalled, listed=Listed(at(listed_at), None))).effect == effect


@pytest.mark.parametrize("seconds", [51, 605])
def test_a_put_by_a_clock_that_is_ahead_counts_from_when_it_was_seen_here(seconds: float) -> None:
    ahead = group(REQUESTED.model_copy(update={"requested_at": at(600)}))
    recalled = memory(known_at=at(0), read=read(seconds, None), missing_since=at(1))
    assert plan(look(ahead, recalled, now=at(seconds), listed=UNLISTED)).effect == PutGroup()


def test_a_put_of_this_process_counts_from_when_it_was_sent() -> None:
    recalled = memory(known_at=at(-60), asked_at=at(0), read=read(50, None), missing_since=at(1))
    assert plan(look(group(REQUESTED), recalled, now=at(50), listed=UNLISTED)).effect is None


def test_the_ghost_window_counts_from_the_put_and_not_from_the_first_404() -> None:
    recalled = memory(read=read(60, None), missing_since=at(60))
    assert plan(look(group(REQUESTED), recalled, now=at(60), listed=UNLISTED)).effect == PutGroup()


def test_after_a_restart_one_404_is_not_enough_to_send_it_again() -> None:
    """The window is over already, and what the process before has made may be running."""
    step = plan(look(group(REQUESTED), memory(read=read(60, None), missing_since=at(60)), now=at(60)))
    assert (step.effect, step.soon) == (None, True)


def test_a_run_of_404s_from_before_a_put_that_never_left_does_not_hold_it_back_for_ever() -> None:
    """The time of the PUT was written, but the right to write was lost before the call."""
    recalled = memory(read=read(51, None), missing_since=at(-2))
    assert plan(look(group(REQUESTED), recalled, now=at(51), listed=UNLISTED)).effect == PutGroup()


def test_the_time_of_the_second_put_replaces_that_of_the_first() -> None:
    recalled = memory(read=read(60, None), missing_since=at(60))
    step = plan(look(group(REQUESTED), recalled, now=at(61), listed=UNLISTED))
    assert step.status.requested_at == at(61)


def test_a_list_that_shows_the_name_holds_a_second_put_back() -> None:
    recalled = memory(read=read(60, None), missing_since=at(1))
    step = plan(look(group(REQUESTED), recalled, listed=Listed(at(58), in_list(starting())), now=at(60)))
    assert (step.effect, step.soon) == (None, True)


def test_a_second_put_passes_the_budget_too() -> None:
    recalled = memory(read=read(60, None), missing_since=at(1))
    step = plan(look(group(REQUESTED), recalled, turn=Turn(at(70), at(70)), now=at(60), listed=UNLISTED))
    assert (step.effect, step.after) == (None, 10)


def test_a_put_of_another_process_is_looked_for_although_this_one_drew_the_name() -> None:
    assert plan(look(group(REQUESTED), fresh())).effect == ReadGroup()
    assert plan(look(group(REQUESTED), fresh(asked_at=at(0)))).effect == PutGroup()


# --- Sending it again and again

UNANSWERED = memory(known_at=at(-60), asked_at=at(0), wrote_at=at(1), read=read(594, None), missing_since=at(5))


@pytest.mark.parametrize(
    ("why", "effect"),
    [
        pytest.param({}, ReadGroup(), id="for nothing"),
        pytest.param({"turn": Turn(at(630), at(3600))}, None, id="for its turn"),
        pytest.param({"shortage": Shortage.of(group().spec, Reason.NO_CAPACITY, "full", at(500))}, None, id="for room"),
    ],
)
def test_what_had_no_answer_is_not_read_while_it_waits(why: dict[str, Any], effect: ReadGroup | None) -> None:
    step = plan(look(group(REQUESTED), UNANSWERED, listed=Listed(at(599), None), now=at(600), **why))
    assert step.effect == effect


def answered(attempts: int, until: float, last: float = 40) -> Observation:
    told = Trouble(Reason.ANSWER_LOST, "it is broken", at(until), attempts=attempts, write=True)
    recalled = replace(UNANSWERED, read=read(last, None), unanswered=told)
    return look(group(REQUESTED), recalled, listed=Listed(at(last - 1), None), now=at(last))


@pytest.mark.parametrize(("until", "effect"), [(40, PutGroup()), (61, None)])
def test_the_longer_azure_leaves_its_puts_without_an_answer_the_fewer_are_sent(
    until: float, effect: PutGroup | None
) -> None:
    step = plan(answered(2, until))
    assert (step.effect, step.after) == (effect, None if effect is not None else 15)


@pytest.mark.parametrize(
    ("attempts", "words"), [(1, "Azure is starting it"), (2, "it is broken")], ids=["once", "a second time"]
)
@pytest.mark.parametrize("last", [10, 40], ids=["in its ghost window", "after it"])
def test_what_azure_answers_again_is_told(attempts: int, words: str, last: float) -> None:
    assert condition_message(plan(answered(attempts, 61, last)).status) == words


def test_a_list_that_shows_it_ends_the_wait() -> None:
    seen = replace(answered(2, 3600), listed=Listed(at(40.5), in_list(cloud())), now=at(41))
    assert plan(seen).effect == ReadGroup()
