"""When a group is lost: a read and a LIST agree that it is gone, and neither proves it alone."""

from dataclasses import replace

import pytest
from aci_operator.api import keys
from aci_operator.api.reasons import Reason, State
from aci_operator.core.group.observation import Listed, Observation
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import PutGroup, ReadGroup

from tests.unit.core.builders import (
    IP,
    RUNNING,
    at,
    cloud,
    condition_message,
    group,
    group_status,
    in_list,
    look,
    memory,
    read,
    reason,
)


def missing(*, listed: bool | None, found: bool, accepted_at: float = -300, read_at: float = -1) -> Observation:
    """A ready group; `listed` is None when no LIST counts."""
    status = RUNNING.model_copy(update={"accepted_at": at(accepted_at)})
    news = None if listed is None else Listed(at(-0.5), in_list(cloud()) if listed else None)
    return look(group(status), memory(read=read(read_at, cloud() if found else None)), listed=news)


def test_a_404_and_a_list_without_it_together_mean_lost() -> None:
    """The LIST began after the 404, so it is looked at a second time."""
    seen = missing(listed=False, found=False)
    assert plan(seen).effect == ReadGroup()
    again = replace(seen, memory=memory(read=read(0, None), missing_since=at(-1)))
    step = plan(again)
    assert (step.effect, step.status.state, reason(step.status)) == (None, State.LOST, "Disappeared")
    assert step.status.ip is None


@pytest.mark.parametrize("listed", [True, None], ids=["the LIST shows it", "no LIST"])
def test_a_404_alone_changes_nothing(listed: bool | None) -> None:
    step = plan(missing(listed=listed, found=False))
    assert (step.status.state, step.status.ip) == (State.RUNNING, IP)
    assert step.soon or step.effect == ReadGroup()


def test_a_list_without_it_alone_changes_nothing() -> None:
    seen = replace(missing(listed=False, found=True), memory=memory(read=read(0, cloud())))
    step = plan(seen)
    assert (step.effect, step.status.state, step.status.ip) == (None, State.RUNNING, IP)


@pytest.mark.parametrize(("accepted", "state"), [(-31, State.RUNNING), (-31.5, State.LOST)])
def test_a_group_that_was_only_just_accepted_is_not_lost_yet(accepted: float, state: State) -> None:
    step = plan(missing(listed=False, found=False, accepted_at=accepted, read_at=0))
    assert (step.effect, step.status.state) == (None, state)


@pytest.mark.parametrize(
    ("accepted", "known", "state"),
    [
        pytest.param(-600, -30, State.RUNNING, id="by a clock that may be behind"),
        pytest.param(-600, -50.5, State.RUNNING, id="and of a PUT that may have been on its way when it was known"),
        pytest.param(-600, -51.5, State.LOST, id="and known for long enough"),
        pytest.param(-31, -600, State.LOST, id="after it was known"),
        pytest.param(-931, -30, State.LOST, id="by a clock that cannot be so far behind"),
        pytest.param(500, -30, State.RUNNING, id="by a clock that is ahead"),
        pytest.param(500, -300, State.LOST, id="by a clock that is ahead, and known for long enough"),
    ],
)
def test_what_another_process_says_was_accepted_counts_from_when_it_was_seen_here(
    accepted: float, known: float, state: State
) -> None:
    seen = missing(listed=False, found=False, accepted_at=accepted, read_at=0)
    step = plan(replace(seen, memory=replace(seen.memory, known_at=at(known))))
    assert step.status.state is state


@pytest.mark.parametrize(("read_at", "effect", "after"), [(-10, None, 5), (-10.1, ReadGroup(), None)])
def test_while_a_404_proves_nothing_it_is_read_again_and_again(
    read_at: float, effect: ReadGroup | None, after: float | None
) -> None:
    step = plan(missing(listed=None, found=False, read_at=read_at))
    assert (step.effect, step.after, step.status.state) == (effect, after, State.RUNNING)
    assert step.soon is (effect is None)


@pytest.mark.parametrize(("read_at", "state"), [(30.9, State.RUNNING), (31, State.LOST)])
def test_what_is_read_within_the_ghost_window_of_its_put_is_not_lost(read_at: float, state: State) -> None:
    """The status has the time of Azure's answer in whole seconds, so that it may be up to one second later."""
    seen = missing(listed=False, found=False, accepted_at=0, read_at=read_at)
    step = plan(replace(seen, listed=Listed(at(31), None), now=at(31)))
    assert (step.status.state, step.effect) == (state, None if state is State.LOST else ReadGroup())


def test_a_lost_group_that_shows_itself_again_is_what_it_is() -> None:
    lost = group_status(state=State.LOST, requested=-400, accepted=-400, ready_since=-300)
    assert plan(look(group(lost), memory(read=read(0, cloud())))).status.state is State.RUNNING


def test_a_lost_group_is_not_read_at_every_list() -> None:
    lost = group_status(state=State.LOST, requested=-400, accepted=-400, ready_since=-300)
    listed = Listed(at(20), None)
    step = plan(look(group(lost), memory(read=read(0, None)), listed=listed, now=at(21)))
    assert (step.effect, step.status.state, step.after) == (None, State.LOST, 39)


@pytest.mark.parametrize(("listed_at", "effect"), [(20, ReadGroup()), (-1, None)])
def test_a_lost_group_is_read_when_a_later_list_shows_it(listed_at: float, effect: ReadGroup | None) -> None:
    lost = RUNNING.model_copy(update={"state": State.LOST, "accepted_at": at(-400)})
    listed = Listed(at(listed_at), in_list(cloud()))
    step = plan(look(group(lost), memory(read=read(0, None)), listed=listed, now=at(21)))
    assert (step.effect, step.status.state) == (effect, State.LOST)


def test_a_lost_group_is_not_read_more_often_while_no_list_counts() -> None:
    lost = group_status(state=State.LOST, requested=-400, accepted=-400, ready_since=-300)
    step = plan(look(group(lost), memory(read=read(0, None)), now=at(21)))
    assert (step.effect, step.status.state, step.after) == (None, State.LOST, 39)
    assert step.status.observed_generation == step.status.conditions[0].observed_generation == 1
    assert reason(step.status) == "Disappeared"


@pytest.mark.parametrize(("listed_at", "state"), [(-5, State.RUNNING), (-4, State.RUNNING), (-3.9, State.LOST)])
def test_a_list_that_a_read_has_refuted_agrees_with_no_404(listed_at: float, state: State) -> None:
    shown_after_it = memory().seen(read(-4, cloud())).seen(read(0, None))
    ready = group(RUNNING.model_copy(update={"accepted_at": at(-300)}))
    assert plan(look(ready, shown_after_it, listed=Listed(at(listed_at), None))).status.state is state


def test_a_put_of_this_process_that_was_found_without_an_answer_has_its_ghost_window() -> None:
    """It had waited long for its turn; when it was found is no other process's time."""
    found = group_status(state=State.CREATING, requested=0, accepted=5)
    recalled = memory(known_at=at(-3600), drawn=True, asked_at=at(0), wrote_at=at(1), read=read(11, None))
    step = plan(look(group(found), recalled, listed=Listed(at(10), None), now=at(12)))
    assert step.status.state is State.CREATING


@pytest.mark.parametrize(
    ("why", "listed", "effect", "state"),
    [
        pytest.param(Reason.ADOPTION, True, None, State.LOST, id="to be taken over"),
        pytest.param(Reason.ADOPTION, False, None, None, id="to be taken over, and no LIST counts yet"),
        pytest.param(Reason.SCALING, True, PutGroup(), State.CREATING, id="an object of another process"),
    ],
)
def test_what_was_to_be_taken_over_and_is_gone_is_not_made_under_its_name(
    why: Reason, listed: bool, effect: PutGroup | None, state: State | None
) -> None:
    """A DELETE of it may be on its way yet."""
    made = group()
    notes = {**made.metadata.annotations, keys.ANNOTATION_REASON: why.value}
    subject = made.model_copy(update={"metadata": made.metadata.model_copy(update={"annotations": notes})})
    step = plan(look(subject, memory(read=read(0, None)), listed=Listed(at(-1), None) if listed else None))
    assert (step.effect, step.status.state) == (effect, state)
    if state is State.LOST:
        assert (
            condition_message(step.status) == "the container group that was to be taken over has disappeared from Azure"
        )
        assert step.after == 60
