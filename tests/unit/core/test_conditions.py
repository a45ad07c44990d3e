"""What conditions say of a verdict, since when, and when they are told."""

import pytest
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import MESSAGE_LIMIT, Verdict, condition, exception, find, is_true, judged
from aci_operator.core.story import Tell, pause, turn
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import T0, at

MAKERS = (Verdict.fine, Verdict.underway, Verdict.stuck)
verdicts = st.builds(
    lambda make, reason, message: make(reason, message),
    st.sampled_from(MAKERS),
    st.sampled_from([Reason.STARTING, Reason.THROTTLED, Reason.FORBIDDEN]),
    st.sampled_from(["one thing", "another thing"]),
)


def test_a_verdict_is_one_of_three_things() -> None:
    told = [{entry.type: entry.status for entry in judged((), make(Reason.STARTING, "m"), 1, T0)} for make in MAKERS]
    assert told == [
        {"Ready": "True", "Reconciling": "False", "Stalled": "False"},
        {"Ready": "False", "Reconciling": "True", "Stalled": "False"},
        {"Ready": "False", "Reconciling": "False", "Stalled": "True"},
    ]


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_the_time_of_a_condition_moves_only_with_its_status(verdicts: list[Verdict]) -> None:
    before: tuple[Condition, ...] = ()
    for minute, verdict in enumerate(verdicts):
        after = judged(before, verdict, minute, at(60 * minute))
        for entry in after:
            old = find(before, ConditionType(entry.type))
            kept = old is not None and old.status == entry.status
            assert entry.last_transition_time == (old.last_transition_time if old and kept else at(60 * minute))
            assert entry.observed_generation == minute
        before = after


def test_times_have_whole_seconds_as_the_api_server_keeps_them() -> None:
    made = condition((), ConditionType.READY, status=True, reason=Reason.READY, message="", generation=1, now=at(0.123))
    assert made.last_transition_time == T0


def test_a_long_message_is_cut_and_an_unseen_generation_is_no_negative_number() -> None:
    made = judged((), Verdict.stuck(Reason.INVALID, "x" * 5000), -1, T0)[0]
    assert (len(made.message), made.observed_generation) == (MESSAGE_LIMIT, 0)


@pytest.mark.parametrize(
    ("been", "status", "shown"),
    [
        pytest.param(False, False, False, id="never been True"),
        pytest.param(False, True, True, id="True for the first time"),
        pytest.param(True, False, True, id="not any more"),
    ],
)
def test_an_exception_is_shown_from_its_first_time_on(been: bool, status: bool, shown: bool) -> None:
    def suspended(before: tuple[Condition, ...], status: bool) -> tuple[Condition, ...]:
        made = condition(
            before, ConditionType.SUSPENDED, status=status, reason=Reason.PAUSED, message="", generation=1, now=T0
        )
        return exception(before, made)

    before = suspended((), True) if been else ()
    assert [entry.status for entry in suspended(before, status)] == ([str(status)] if shown else [])


def test_a_condition_that_is_not_there_is_not_true() -> None:
    assert not is_true((), ConditionType.READY)


def told(before: Reason | None, after: Reason) -> Tell | None:
    first = () if before is None else judged((), Verdict.underway(before, "before"), 1, T0)
    return turn(first, judged(first, Verdict.underway(after, "after"), 1, T0))


def test_a_new_reason_is_an_event_and_an_old_one_is_not() -> None:
    assert told(Reason.STARTING, Reason.THROTTLED) == Tell(Reason.THROTTLED, "after", warning=True)
    assert told(Reason.STARTING, Reason.RUNNING) == Tell(Reason.RUNNING, "after", warning=False)
    assert told(Reason.THROTTLED, Reason.THROTTLED) is None
    assert told(None, Reason.PROGRESSING) is None


def suspended(*, status: bool | None) -> tuple[Condition, ...]:
    if status is None:
        return ()
    kind, why = ConditionType.SUSPENDED, Reason.PAUSED if status else Reason.NOT_PAUSED
    return (condition((), kind, status=status, reason=why, message="held", generation=1, now=T0),)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, None),
        (None, True, Tell(Reason.PAUSED, "held")),
        (False, True, Tell(Reason.PAUSED, "held")),
        (True, True, None),
        (True, False, Tell(Reason.RESUMED, "spec.paused is false")),
        (False, False, None),
    ],
)
def test_a_pause_and_its_end_are_events(before: bool | None, after: bool | None, expected: Tell | None) -> None:
    assert pause(suspended(status=before), suspended(status=after)) == expected
