"""A group that is to end: what is ours is deleted once, and the object goes only when nothing can be left."""

from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.deletion import REPEAT_AFTER
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import DeleteGroup, ReadGroup, RemoveFinalizer, ReplaceTags, Step
from aci_operator.core.story import Entry, Tell

from tests.unit.core.builders import (
    CREATING,
    REQUESTED,
    RUNNING,
    UID,
    at,
    cloud,
    condition,
    foreign,
    fresh,
    group,
    group_status,
    holds,
    in_list,
    look,
    memory,
    ours,
    predecessor,
    read,
    reason,
    starting,
    trouble,
)


def ending(status: GroupStatus | None = None, recalled: Memory | None = None, **more: Any) -> Observation:
    spec = more.pop("spec", {})
    annotations = more.pop("annotations", None)
    return look(group(status, deleting=True, annotations=annotations, **spec), recalled, **more)


SENT = pytest.mark.parametrize("status", [REQUESTED, CREATING, RUNNING], ids=["answer lost", "accepted", "running"])


# --- Nothing can be there


def test_a_name_that_was_never_sent_goes_without_a_call() -> None:
    assert plan(ending(None, fresh())) == Step(GroupStatus(), RemoveFinalizer())


def test_a_name_whose_every_put_was_refused_goes_without_a_call() -> None:
    refused = group_status(state=State.PENDING, requested=0)
    recalled = fresh(trouble=trouble(Reason.INVALID, 60, stalled=True), asked_at=at(0))
    assert plan(ending(refused, recalled)).effect == RemoveFinalizer()


def test_a_name_that_another_process_has_sent_is_looked_for_by_the_one_that_drew_it() -> None:
    assert plan(ending(REQUESTED, fresh())).effect == ReadGroup()


@pytest.mark.parametrize(
    ("listed", "effect"),
    [(None, None), (Listed(at(-5), cloud()), None), (Listed(at(-5), None), RemoveFinalizer())],
    ids=["no LIST yet", "a LIST shows it", "a LIST agrees"],
)
def test_a_name_from_another_process_that_was_never_sent_goes_when_a_read_and_a_list_show_nothing(
    listed: Listed | None, effect: Any
) -> None:
    assert plan(ending(None, memory())).effect == ReadGroup()
    assert plan(ending(None, memory(read=read(0, None)), listed=listed)).effect == effect


@pytest.mark.parametrize("why", [Reason.RESOURCE_GROUP_NOT_FOUND, Reason.SUBSCRIPTION_NOT_FOUND])
def test_a_name_that_was_never_sent_goes_when_azure_says_twice_that_there_is_not_even_a_place_for_it(
    why: Reason,
) -> None:
    once, twice = (trouble(why, stalled=True, denials=denials) for denials in (1, 2))
    waits = plan(ending(None, memory(trouble=once)))
    assert (waits.effect, holds(waits.status, ConditionType.STALLED)) == (None, False)
    assert plan(ending(None, memory(trouble=once), now=at(10))).effect == ReadGroup()
    assert plan(ending(None, memory(trouble=twice))).effect == RemoveFinalizer()


@SENT
@pytest.mark.parametrize("why", [Reason.RESOURCE_GROUP_NOT_FOUND, Reason.SUBSCRIPTION_NOT_FOUND])
def test_what_was_sent_does_not_go_because_of_any_404(status: GroupStatus, why: Reason) -> None:
    """A credential of another tenant sees no subscription either."""
    gone = trouble(why, stalled=True, denials=2)
    step = plan(ending(status, memory(trouble=gone)))
    assert (step.effect, reason(step.status)) == (None, why.value)
    told = condition(step.status, ConditionType.STALLED).message
    assert keys.ANNOTATION_ABANDON in told
    assert "CreateIfMissing" not in told


def test_without_our_finalizer_nothing_is_done() -> None:
    step = plan(ending(RUNNING, memory(), spec={"finalizers": ("somebody/else",)}))
    assert (step.effect, step.after, step.status) == (None, None, RUNNING)


# --- Ours


@SENT
@pytest.mark.parametrize("recalled", [memory(), memory(read=read(-11, cloud()))], ids=["no read", "an old read"])
def test_nothing_is_deleted_without_a_fresh_read(status: GroupStatus, recalled: Memory) -> None:
    step = plan(ending(status, recalled))
    assert (step.effect, step.status.state, step.status.ip) == (ReadGroup(), State.DELETING, None)


@SENT
@pytest.mark.parametrize("seen", [cloud(), starting(), cloud(state="Stopped")], ids=["runs", "starts", "stopped"])
def test_what_is_ours_is_deleted(status: GroupStatus, seen: Any) -> None:
    step = plan(ending(status, memory(read=read(-1, seen))))
    assert step.effect == DeleteGroup()
    assert (reason(step.status), holds(step.status, ConditionType.RECONCILING)) == ("Deleting", True)


def test_nothing_is_deleted_without_the_right_to_write() -> None:
    step = plan(ending(RUNNING, memory(read=read(-1, cloud())), may_write=False))
    assert (step.effect, step.after) == (None, 5)


def test_nothing_is_deleted_before_the_budget_allows_it() -> None:
    step = plan(ending(RUNNING, memory(read=read(-1, cloud())), turn=Turn(at(7), at(700))))
    assert (step.effect, step.after, reason(step.status)) == (None, 7, "WaitingForBudget")
    told = "waits for its turn, about 15 min: Azure limits deletes per region"
    assert condition(step.status, ConditionType.READY).message == told
    assert not step.soon


@pytest.mark.parametrize(
    ("turn", "listed", "effect"),
    [
        pytest.param(Turn(at(7), at(700)), None, None, id="its turn has not come"),
        pytest.param(Turn(at(7), at(700)), Listed(at(-5), in_list(cloud())), None, id="and a LIST shows it"),
        pytest.param(Turn(at(7), at(700)), Listed(at(-5), None), ReadGroup(), id="and a LIST does not"),
        pytest.param(None, None, ReadGroup(), id="its turn has come"),
    ],
)
def test_in_the_line_a_group_is_not_read_again_and_again(
    turn: Turn | None, listed: Listed | None, effect: ReadGroup | None
) -> None:
    step = plan(ending(RUNNING, memory(read=read(-60, cloud())), turn=turn, listed=listed))
    assert (step.effect, step.soon) == (effect, effect is not None)


@pytest.mark.parametrize("recalled", [memory(), memory(read=read(-60, None))], ids=["never read", "404"])
def test_in_the_line_a_group_that_may_be_gone_is_read(recalled: Memory) -> None:
    assert plan(ending(RUNNING, recalled, turn=Turn(at(7), at(700)))).effect == ReadGroup()


@pytest.mark.parametrize(("since", "effect"), [(0, None), (REPEAT_AFTER - 1, None), (REPEAT_AFTER, DeleteGroup())])
def test_an_answered_delete_is_repeated_only_when_the_group_stays(since: float, effect: DeleteGroup | None) -> None:
    recalled = memory(read=read(since, cloud()), deleted_at=at(0), wrote_at=at(0))
    assert plan(ending(RUNNING, recalled, now=at(since))).effect == effect


def test_a_delete_without_an_answer_is_looked_after_at_once() -> None:
    step = plan(ending(RUNNING, memory(wrote_at=at(0))))
    assert (step.effect, step.soon) == (ReadGroup(), True)


@pytest.mark.parametrize("policy", ["Delete", "Orphan"])
def test_what_was_read_right_after_a_write_does_not_call_for_another_one(policy: str) -> None:
    """Azure's reads may lag: the group can show as it was before."""
    recalled = memory(read=read(0.1, cloud()), wrote_at=at(0))
    assert plan(ending(RUNNING, recalled, now=at(7), spec={"deletionPolicy": policy})).effect == ReadGroup()


@pytest.mark.parametrize("policy", ["Delete", "Orphan"])
def test_a_write_without_an_answer_is_not_repeated_in_the_same_breath(policy: str) -> None:
    """While every connection is cut, each object would otherwise write as fast as it can."""
    recalled = memory(read=read(0.1, cloud()), wrote_at=at(0))
    step = plan(ending(RUNNING, recalled, now=at(0.2), spec={"deletionPolicy": policy}))
    assert (step.effect, step.after) == (None, 5)
    assert plan(ending(RUNNING, recalled, now=at(5), spec={"deletionPolicy": policy})).effect == ReadGroup()
    just = memory(read=read(5, cloud()), wrote_at=at(0))
    assert plan(ending(RUNNING, just, now=at(5), spec={"deletionPolicy": policy})).effect is not None
    later = memory(read=read(5.1, cloud()), wrote_at=at(0))
    assert plan(ending(RUNNING, later, now=at(5.2), spec={"deletionPolicy": policy})).effect is not None


@pytest.mark.parametrize("stalled", [True, False])
def test_what_hinders_the_deletion_is_told(stalled: bool) -> None:
    wrong = trouble(Reason.FORBIDDEN if stalled else Reason.AZURE_UNAVAILABLE, 10, stalled=stalled)
    step = plan(ending(RUNNING, memory(trouble=wrong)))
    assert (step.effect, step.after, reason(step.status)) == (None, 10, wrong.reason.value)
    assert holds(step.status, ConditionType.STALLED) is stalled


def test_trying_again_says_nothing_new() -> None:
    wrong = trouble(Reason.FORBIDDEN, 10, stalled=True)
    told = plan(ending(RUNNING, memory(trouble=wrong))).status
    again = plan(ending(told, memory(trouble=wrong), now=at(10)))
    assert (again.effect, again.status) == (ReadGroup(), told)


# --- Gone


def gone(*, read_at: float, listed_at: float | None, now: float, deleted: float | None, since: float) -> Observation:
    """A 404 at one moment and a LIST without the group that began at another."""
    recalled = memory(read=read(read_at, None), missing_since=at(since), wrote_at=at(0))
    if deleted is not None:
        recalled = memory(
            read=read(read_at, None), missing_since=at(since), wrote_at=at(deleted), deleted_at=at(deleted)
        )
    listed = None if listed_at is None else Listed(at(listed_at), None)
    return ending(RUNNING, recalled, listed=listed, now=at(now))


@pytest.mark.parametrize(
    ("listed_at", "goes"), [(None, False), (-0.1, False), (0, True), (3, True)], ids=["none", "older", "same", "later"]
)
@pytest.mark.parametrize("read_at", [0, 1])
def test_after_an_answered_delete_a_404_and_a_later_list_prove_it(
    listed_at: float | None, goes: bool, read_at: float
) -> None:
    step = plan(gone(read_at=read_at, listed_at=listed_at, now=4, deleted=0, since=read_at))
    assert step.effect == (RemoveFinalizer() if goes else None)
    assert goes or (step.soon, step.after) == (True, 5)


@pytest.mark.parametrize(
    ("read_at", "listed_at", "effect"),
    [
        pytest.param(21.9, 23, ReadGroup(), id="read too early: read again at once"),
        pytest.param(22, 22, RemoveFinalizer(), id="both late enough"),
        pytest.param(23, 21.9, None, id="listed too early: another LIST will come"),
    ],
)
def test_what_is_read_within_the_ghost_window_of_its_put_may_be_of_a_time_before(
    read_at: float, listed_at: float, effect: ReadGroup | RemoveFinalizer | None
) -> None:
    """Reads lag, and a DELETE that was answered may still be at work."""
    status = RUNNING.model_copy(update={"accepted_at": at(-9)})
    recalled = memory(read=read(read_at, None), wrote_at=at(0), deleted_at=at(0))
    step = plan(ending(status, recalled, listed=Listed(at(listed_at), None), now=at(23)))
    assert step.effect == effect


def test_a_list_that_still_shows_it_proves_nothing() -> None:
    recalled = memory(read=read(1, None), deleted_at=at(0), wrote_at=at(0))
    step = plan(ending(RUNNING, recalled, listed=Listed(at(2), in_list(cloud())), now=at(3)))
    assert step.effect is None


@pytest.mark.parametrize(
    ("read_at", "listed_at", "goes"),
    [
        pytest.param(29.9, 29, False, id="the window is not over"),
        pytest.param(30, 0, True, id="window over, the LIST is as old as the first 404"),
        pytest.param(30, -1, False, id="window over, the LIST is older than the first 404"),
        pytest.param(35, None, False, id="window over, no LIST"),
        pytest.param(35, 31, True, id="window over, a later LIST"),
    ],
)
def test_after_a_crash_404_must_outlast_the_ghost_window(read_at: float, listed_at: float | None, goes: bool) -> None:
    step = plan(gone(read_at=read_at, listed_at=listed_at, now=read_at, deleted=None, since=0))
    assert step.effect == (RemoveFinalizer() if goes else None)


@pytest.mark.parametrize(("read_at", "goes"), [(40.9, False), (41, True)])
def test_404s_must_outlast_the_window_of_a_put_that_may_have_been_on_its_way(read_at: float, goes: bool) -> None:
    """Sent at T0 - 10 s by the process before, which may have waited 20 s for the answer."""
    recalled = memory(read=read(read_at, None), missing_since=at(0))
    asked = group_status(state=State.CREATING, requested_at=at(-10))
    step = plan(ending(asked, recalled, listed=Listed(at(read_at), None), now=at(read_at)))
    assert step.effect == (RemoveFinalizer() if goes else None)


def test_a_404_that_is_old_is_read_again_while_the_window_runs() -> None:
    assert plan(gone(read_at=1, listed_at=3, now=11.1, deleted=None, since=1)).effect == ReadGroup()


@pytest.mark.parametrize(
    ("now", "effect", "after"),
    [(24, None, 5), (27, None, 3), (30, ReadGroup(), None)],
    ids=["window long not over", "window not over", "window over"],
)
def test_a_404_that_is_fresh_is_read_again_as_soon_as_another_would_be_proof(
    now: float, effect: ReadGroup | None, after: float | None
) -> None:
    step = plan(gone(read_at=23, listed_at=3, now=now, deleted=None, since=0))
    assert (step.effect, step.after) == (effect, after)


def test_a_group_that_shows_itself_again_starts_the_proof_anew() -> None:
    recalled = memory(read=read(1, None), missing_since=at(0)).seen(read(5, cloud())).seen(read(31, None))
    step = plan(ending(RUNNING, recalled, listed=Listed(at(31), None), now=at(31)))
    assert recalled.missing_since == at(31)
    assert step.effect is None


# --- Not ours


@SENT
@pytest.mark.parametrize("tags", [foreign(), {}, predecessor(), {**ours(), keys.TAG_CLUSTER: "another"}])
def test_what_is_not_ours_is_left_alone_and_the_object_goes(status: GroupStatus, tags: dict[str, str]) -> None:
    step = plan(ending(status, memory(read=read(-1, cloud(tags)))))
    assert step.effect == RemoveFinalizer()
    assert [(tell.reason, tell.warning) for tell in step.tell] == [(Reason.LEFT_ALONE, True)]


@pytest.mark.parametrize(("age", "effect"), [(29, None), (31, RemoveFinalizer())])
def test_a_group_that_was_just_written_is_not_left_alone_for_tags_from_before(
    age: float, effect: RemoveFinalizer | None
) -> None:
    recalled = memory(read=read(age - 1, cloud(foreign())), wrote_at=at(0))
    assert plan(ending(RUNNING, recalled, now=at(age))).effect == effect


def test_a_group_with_our_tags_is_not_left_alone_even_when_it_was_never_sent_by_the_status() -> None:
    assert plan(ending(None, memory(read=read(-1, cloud())))).effect == DeleteGroup()


# --- Orphan, abandon


def test_orphan_takes_our_tags_off_and_says_where_it_came_from() -> None:
    tagged = cloud({**ours(), "cost-centre": "42"})
    step = plan(ending(RUNNING, memory(read=read(-1, tagged)), spec={"deletionPolicy": "Orphan"}))
    assert step.effect == ReplaceTags({"cost-centre": "42", keys.TAG_ORPHANED_FROM: "team-a_llm-1-abcdefgh"})
    assert step.tell == (
        Tell(Reason.ORPHANED, "took our tags off (Orphaned)", entry=Entry(Act.REPLACE_TAGS, Reason.ORPHANED)),
    )
    assert reason(step.status) == "Deleting"


def test_an_orphan_is_let_go_when_a_read_shows_it() -> None:
    left = cloud({keys.TAG_ORPHANED_FROM: "team-a_llm-1-abcdefgh"})
    step = plan(ending(RUNNING, memory(read=read(-1, left)), spec={"deletionPolicy": "Orphan"}))
    assert step.effect == RemoveFinalizer()
    assert [(tell.reason, tell.warning) for tell in step.tell] == [(Reason.ORPHANED, False)]


def test_a_change_of_mind_from_orphan_to_delete_still_deletes_what_carries_our_tags() -> None:
    step = plan(ending(RUNNING, memory(read=read(-1, cloud())), spec={"deletionPolicy": "Delete"}))
    assert step.effect == DeleteGroup()


@SENT
def test_abandon_lets_go_without_a_call_and_says_so(status: GroupStatus) -> None:
    step = plan(ending(status, memory(), annotations={keys.ANNOTATION_ABANDON: UID}))
    assert step.effect == RemoveFinalizer()
    assert [(tell.reason, tell.warning) for tell in step.tell] == [(Reason.ABANDONED, True)]


@pytest.mark.parametrize("value", ["", "true", "uid-of-another"])
def test_abandon_needs_the_uid_of_this_very_object(value: str) -> None:
    assert plan(ending(RUNNING, memory(), annotations={keys.ANNOTATION_ABANDON: value})).effect == ReadGroup()


def test_abandon_works_when_the_credential_is_gone() -> None:
    wrong = trouble(Reason.UNAUTHENTICATED, 10, stalled=True)
    step = plan(ending(RUNNING, memory(trouble=wrong), annotations={keys.ANNOTATION_ABANDON: UID}))
    assert step.effect == RemoveFinalizer()


# --- Another cluster


@pytest.mark.parametrize("recalled", [fresh(), memory(), memory(read=read(0, cloud()))])
def test_under_another_cluster_id_nothing_is_deleted_and_the_object_stays(recalled: Memory) -> None:
    before = RUNNING.model_copy(update={"cluster_id": "another"})
    step = plan(ending(before, recalled))
    assert (step.effect, reason(step.status)) == (None, "ScopeMismatch")
    assert keys.ANNOTATION_ABANDON in step.status.conditions[0].message


def test_under_another_cluster_id_it_can_be_abandoned() -> None:
    before = RUNNING.model_copy(update={"cluster_id": "another"})
    assert plan(ending(before, annotations={keys.ANNOTATION_ABANDON: UID})).effect == RemoveFinalizer()


def test_the_group_of_an_object_whose_owner_is_no_more_is_left_to_the_service_of_its_name() -> None:
    step = plan(ending(RUNNING, memory(read=read(-1, cloud(ours()))), superseded=True))
    assert step.effect == RemoveFinalizer()
    assert [(tell.reason, tell.warning) for tell in step.tell] == [(Reason.LEFT_ALONE, True)]


def test_a_person_whom_a_process_before_has_called_stays_called_until_this_one_has_tried() -> None:
    refused = trouble(Reason.FORBIDDEN, -1, stalled=True)
    told = plan(ending(RUNNING, memory(trouble=refused))).status
    assert holds(told, ConditionType.STALLED)
    for recalled, effect in [(memory(), ReadGroup()), (memory(read=read(0, cloud())), DeleteGroup())]:
        step = plan(ending(told, recalled))
        assert (step.effect, step.status) == (effect, told)
    tried = memory(read=read(0, cloud()), wrote_at=at(-1), deleted_at=at(-1))
    for recalled in (tried, memory(read=read(0, None))):
        assert not holds(plan(ending(told, recalled)).status, ConditionType.STALLED)


def test_who_was_called_for_what_was_to_be_made_is_not_called_for_its_end() -> None:
    stuck = judged((), Verdict.stuck(Reason.FORBIDDEN, "no right"), 1, at(-60))
    before = CREATING.model_copy(update={"conditions": stuck})
    step = plan(ending(before, memory()))
    assert (step.effect, step.status.state) == (ReadGroup(), State.DELETING)
    assert not holds(step.status, ConditionType.STALLED)


@pytest.mark.parametrize(
    ("listed", "goes_after"),
    [
        pytest.param(None, 30, id="no LIST"),
        pytest.param(Listed(at(-5), None), 0, id="one that does not show it"),
        pytest.param(Listed(at(-5), cloud()), None, id="one that shows it"),
        pytest.param(Listed(at(-5), None, denied_at=at(0)), 30, id="one that did not, before its place was denied"),
        pytest.param(Listed(at(-5), cloud(), denied_at=at(0)), 30, id="one that did, before its place was denied"),
        pytest.param(Listed(at(-5), cloud(), denied_at=at(10)), 40, id="one that did, before it was denied lately"),
    ],
)
def test_how_long_404s_must_last_until_what_was_never_sent_goes(listed: Listed | None, goes_after: int | None) -> None:
    for second in (0, 29, 30, 39, 40, 3600):
        recalled = memory(read=read(second, None), missing_since=at(0))
        effect = plan(ending(None, recalled, listed=listed, now=at(second))).effect
        assert effect == (RemoveFinalizer() if goes_after is not None and second >= goes_after else None)


@pytest.mark.parametrize(("denied", "effect"), [(False, None), (True, RemoveFinalizer())])
def test_what_was_denied_twice_stays_while_a_list_shows_it_and_no_later_one_is_denied_too(
    denied: bool, effect: RemoveFinalizer | None
) -> None:
    twice = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, denials=2)
    listed = Listed(at(-5), cloud(), denied_at=at(0) if denied else None)
    assert plan(ending(None, memory(trouble=twice), listed=listed)).effect == effect


def test_what_azure_refused_for_good_goes_at_once_whatever_a_list_shows() -> None:
    """Somebody else has taken the name meanwhile."""
    refused = group_status(state=State.PENDING, requested=0)
    recalled = fresh(trouble=trouble(Reason.INVALID, 60, stalled=True), asked_at=at(0))
    assert plan(ending(refused, recalled, listed=Listed(at(-5), cloud(foreign())))).effect == RemoveFinalizer()


def test_a_404_ends_a_call_for_the_cluster_id_once_it_is_right() -> None:
    told = plan(ending(RUNNING, memory(), cluster_id="another")).status
    assert holds(told, ConditionType.STALLED)
    assert not holds(plan(ending(told, memory(read=read(0, None)))).status, ConditionType.STALLED)


def test_that_there_is_no_place_for_it_counts_for_its_end_though_none_can_be_made() -> None:
    unmade = trouble(
        Reason.FORBIDDEN, 60, stalled=True, resource_group_missing=True, write=True, of_making=True, denials=2
    )
    step = plan(ending(RUNNING, memory(trouble=unmade)))
    assert (step.effect, reason(step.status), holds(step.status, ConditionType.STALLED)) == (None, "Forbidden", True)


def test_no_404_ends_a_call_for_a_right_in_kubernetes() -> None:
    told = plan(ending(RUNNING, memory(read=read(-1, cloud(foreign()))), refused="no right to patch")).status
    assert holds(told, ConditionType.STALLED)
    assert plan(ending(told, memory(read=read(0, None)))).status == told


def test_what_others_hold_calls_nobody() -> None:
    told = plan(ending(RUNNING, memory(read=read(-1, cloud(foreign()))), refused="no right to patch")).status
    step = plan(ending(told, memory(), spec={"finalizers": ("somebody/else",)}))
    assert (step.effect, step.after, step.status.state) == (None, None, State.DELETING)
    assert not holds(step.status, ConditionType.STALLED)


@pytest.mark.parametrize(("seen", "effect"), [(None, ReadGroup()), (read(0, cloud()), DeleteGroup())])
def test_what_hindered_the_making_of_its_resource_group_hinders_no_end(seen: Any, effect: Any) -> None:
    unmade = trouble(Reason.THROTTLED, 1800, resource_group_missing=True, write=True, of_making=True, denials=1)
    step = plan(ending(REQUESTED, memory(read=seen, trouble=unmade)))
    assert (step.effect, reason(step.status)) == (effect, "Deleting")


def test_a_person_who_was_called_stays_called_when_the_next_process_is_told_once_that_there_is_no_place() -> None:
    refused = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, denials=2)
    told = plan(ending(RUNNING, memory(trouble=refused))).status
    again = trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, denials=1)
    assert plan(ending(told, memory(trouble=again))).status == told


def test_a_list_that_a_read_has_refuted_neither_lets_an_object_go_nor_holds_it() -> None:
    for second, effect in [(0, None), (29, None), (30, RemoveFinalizer())]:
        shown_after_it = memory().seen(read(-2, cloud())).seen(read(0, None)).seen(read(second, None))
        step = plan(ending(None, shown_after_it, listed=Listed(at(-3), None), now=at(second)))
        assert step.effect == effect
