"""Each sentence that a service says of itself, whole, and which of them it says."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress, ServiceStatus
from aci_operator.core.conditions import Verdict, judged

from tests.unit.core.builders import T0, condition, condition_message, failed, holds, reason, replica, revision
from tests.unit.core.plans import V1, V2, decide, remembered, some, status


def saying(group: ContainerGroup, verdict: Verdict) -> ContainerGroup:
    """Return a replica that says something else."""
    told = judged((), verdict, 1, T0)
    return group.model_copy(update={"status": group.status.model_copy(update={"conditions": told})})


def told(groups: Sequence[ContainerGroup], *args: Any, **more: Any) -> ServiceStatus:
    return decide(groups, *args, **more).status


PASSED_OVER = {keys.ANNOTATION_PASSED_OVER: "NoCapacity in westeurope"}
OVERDUE = status(progress=Progress(revision=V2.name, elapsed_seconds=1800))
COMPLETED = some(3, state=State.SUCCEEDED, proven=True)
HELD = saying(replica(3, state=State.PENDING), Verdict.underway(Reason.WAITING_FOR_BUDGET, "waits for its turn"))
STUCK = saying(replica(3, state=State.PENDING), Verdict.stuck(Reason.FORBIDDEN, "a right is missing"))
ENDS = saying(replica(3, ending=True, state=State.DELETING), Verdict.underway(Reason.THROTTLED, "Azure is busy"))
DIES = saying(replica(3, ending=True, state=State.DELETING), Verdict.stuck(Reason.FORBIDDEN, "a right is missing"))


@pytest.mark.parametrize(
    ("groups", "more", "why", "words"),
    [
        pytest.param(some(1, 2, 3), {}, Reason.READY, "3 of 3 replicas ready", id="ready"),
        pytest.param(
            [*some(1, 2, location="northeurope", annotations=PASSED_OVER), replica(3)],
            {"placements": [{"location": "westeurope"}, {"location": "northeurope"}]},
            Reason.READY,
            "3 of 3 replicas ready; passed over: NoCapacity in westeurope",
            id="ready elsewhere",
        ),
        pytest.param([], {"wanted": 0}, Reason.SCALED_TO_ZERO, "no replicas are wanted", id="scaled to zero"),
        pytest.param(some(1, 2), {}, Reason.SCALING, "2 of 3 replicas ready", id="growing"),
        pytest.param(
            [*some(1, 2), replica(3, state=State.LOST, proven=True)],
            {},
            Reason.HEALING,
            "2 of 3 replicas ready",
            id="healing",
        ),
        pytest.param(
            [*some(1, 2), HELD],
            {},
            Reason.WAITING_FOR_BUDGET,
            "2 of 3 replicas ready; waits for its turn",
            id="held",
        ),
        pytest.param(
            [*some(1, 2), STUCK], {}, Reason.FORBIDDEN, "2 of 3 replicas ready; a right is missing", id="stuck"
        ),
        pytest.param(
            [*some(1, 2), failed(3)],
            {"before": status(heals=remembered(failures=3))},
            Reason.START_FAILED,
            "2 of 3 replicas ready; it does not get well; the next try is at 12:01:20 UTC",
            id="backing off",
        ),
        pytest.param(
            [*some(1), failed(2, at_=30), failed(3)],
            {"before": status(heals=remembered(failures=3))},
            Reason.START_FAILED,
            "1 of 3 replicas ready; it does not get well; the next try is at 12:01:20 UTC",
            id="two back off: the sooner one",
        ),
        pytest.param(
            [*some(1, 2), replica(3, state=State.FAILED, proven=True)],
            {"allowance": 0},
            Reason.HEAL_LIMIT,
            "2 of 3 replicas ready; 1 failed replica waits: over all services, as many are being replaced as may be",
            id="too many heals",
        ),
        pytest.param(
            [*some(1, 2), *COMPLETED],
            {"template": {"spec": {**replica(1).spec.template.manifest(), "restartPolicy": "Never"}}},
            Reason.ROLLING_OUT,
            "2 of 3 replicas ready; waits for the canary: 1 of {new} must be available",
            id="another template",
        ),
        pytest.param(
            [*some(1, 2), *COMPLETED],
            {},
            Reason.COMPLETED,
            "2 of 3 replicas ready; 1 completed, and not replaced: restartPolicy is Always",
            id="completed",
        ),
        pytest.param(
            some(1, 2, 3),
            {"image": "v2", "paused": True},
            Reason.PAUSED,
            "3 of 3 replicas ready; paused with 0 of the new revision",
            id="paused",
        ),
        pytest.param(
            some(1, 2),
            {"paused": True, "before": status(progress=Progress(revision=revision("v1").name, complete=True))},
            Reason.SCALING,
            "2 of 3 replicas ready",
            id="paused, with nothing to hold",
        ),
        pytest.param(
            some(1, 2, 3),
            {"image": "v2"},
            Reason.ROLLING_OUT,
            f"3 of 3 replicas ready; waits for the canary: 1 of {V2.name} must be available",
            id="canary",
        ),
        pytest.param(
            some(1, 2, 3),
            {"placements": [{"location": "northeurope"}]},
            Reason.ROLLING_OUT,
            "3 of 3 replicas ready; waits for the canary: 1 in its new place must be available",
            id="canary elsewhere",
        ),
        pytest.param(
            [*some(1, 2), replica(4, location="northeurope")],
            {"placements": [{"location": "northeurope"}]},
            Reason.ROLLING_OUT,
            "3 of 3 replicas ready; 2 of 3 are as the spec wants them",
            id="moving",
        ),
        pytest.param(
            [*some(1, 2), replica(4, "v2")],
            {"image": "v2"},
            Reason.ROLLING_OUT,
            "3 of 3 replicas ready; 2 of 3 are of the new revision",
            id="rolling",
        ),
        pytest.param(
            [replica(1), *some(4, 5, image="v2"), replica(6, "v2", state=State.CREATING)],
            {"image": "v2"},
            Reason.ROLLING_OUT,
            "3 of 3 replicas ready; 3 of 3 are of the new revision, 1 more to end",
            id="all are made",
        ),
        pytest.param(
            some(1, 2, 3),
            {"image": "v2", "before": OVERDUE},
            Reason.DEADLINE_EXCEEDED,
            f"3 of 3 replicas ready; no new replica of {V2.name} became available within 1800 s, so no more are made: "
            "correct the template, or go back by `aci-operator rollout undo llm -n team-a`",
            id="overdue",
        ),
        pytest.param(
            some(1),
            {"subscriptionId": None},
            Reason.SUBSCRIPTION_MISSING,
            "spec.subscriptionId: set it, or start the operator with a default (--subscription-id)",
            id="no subscription",
        ),
        pytest.param(
            some(1),
            {"unreadable": ["llm-2-abcdefgh", "llm-3-abcdefgh"]},
            Reason.UNREADABLE,
            'AciContainerGroup "llm-2-abcdefgh" makes no sense to this version of the operator: run the newer one',
            id="unreadable",
        ),
        pytest.param(
            [],
            {"strays": some(1)},
            Reason.PROGRESSING,
            "taking over the objects of an earlier service of this name",
            id="adoption",
        ),
        pytest.param(
            [],
            {"heritage": None},
            Reason.PROGRESSING,
            "looking for container groups of an earlier service of this name",
            id="unsure",
        ),
        pytest.param(
            some(1, 2),
            {"meta_deletion_timestamp": T0},
            Reason.DELETING,
            "ending the container groups; the service goes last",
            id="deleting",
        ),
        pytest.param(
            [*some(1, 2), HELD, ENDS],
            {"meta_deletion_timestamp": T0},
            Reason.THROTTLED,
            "ending the container groups; the service goes last; Azure is busy",
            id="deleting: one is held",
        ),
        pytest.param(
            [ENDS, DIES],
            {"meta_deletion_timestamp": T0},
            Reason.FORBIDDEN,
            "a right is missing",
            id="deleting: stuck",
        ),
    ],
)
def test_what_it_says(groups: list[ContainerGroup], more: dict[str, Any], why: Reason, words: str) -> None:
    decided = decide(groups, **more)
    new = decided.status.update_revision
    assert (reason(decided.status), condition_message(decided.status)) == (why.value, words.format(new=new))


def test_a_rollout_says_what_it_waits_for() -> None:
    old, served = [replica(serial) for serial in (1, 2, 3)], ServiceStatus(serial=9, current_revision=V1.name)
    waits = told([*old, replica(4, "v2", state=State.CREATING)], 3, "v2", before=served)
    assert condition(waits, ConditionType.READY).message == (
        f"3 of 3 replicas ready; waits for the canary: 1 of {V2.name} must be available"
    )
    ending = replica(5, state=State.DELETING, ending=True)
    full = told([*old, ending], 3, "v2", before=served)
    assert condition(full, ConditionType.READY).message == (
        "3 of 3 replicas ready; waits for 1 to end, whose room the canary needs"
    )
    rolls = told([*old[:2], replica(4, "v2")], 3, "v2", before=served)
    assert condition(rolls, ConditionType.READY).message == "3 of 3 replicas ready; 2 of 3 are of the new revision"


CRASHED = saying(
    replica(1, ready=False, proven=True), Verdict.underway(Reason.RESTARTING, 'container "api" is Waiting')
)


@pytest.mark.parametrize(
    ("groups", "more", "why", "words"),
    [
        pytest.param([CRASHED, *some(2, 3)], {}, Reason.RESTARTING, 'container "api" is Waiting', id="nothing else"),
        pytest.param([CRASHED, replica(2), HELD], {}, Reason.WAITING_FOR_BUDGET, "waits for its turn", id="another"),
        pytest.param(
            [CRASHED, *some(2, 3)],
            {"image": "v2", "paused": True},
            Reason.PAUSED,
            "paused with 0 of the new revision",
            id="paused",
        ),
        pytest.param(
            [CRASHED, replica(2), replica(4, "v2")],
            {"image": "v2"},
            Reason.ROLLING_OUT,
            '2 of 3 are of the new revision; container "api" is Waiting',
            id="rolling",
        ),
    ],
)
def test_a_crash_is_told_where_there_is_nothing_more_to_say(
    groups: list[ContainerGroup], more: dict[str, Any], why: Reason, words: str
) -> None:
    shown = told(groups, **more)
    assert (reason(shown), condition_message(shown).partition("; ")[2]) == (why, words)


@pytest.mark.parametrize(
    ("state", "why"), [(State.CREATING, Reason.ROLLING_OUT), (State.DELETING, Reason.START_FAILING)]
)
def test_what_one_that_ends_said_before_it_was_to_end_is_not_told(state: State, why: Reason) -> None:
    fails = Verdict.underway(Reason.START_FAILING, "no such image")
    ends = saying(replica(4, "v2", state=state, ending=True), fails)
    assert reason(told([*some(1, 2, 3), ends], 3, "v3")) == why


def test_of_a_paused_rollout_of_jobs_the_pause_is_told() -> None:
    done = some(1, 2, 3, state=State.SUCCEEDED, proven=True)
    assert reason(told(done, 3, "v2", paused=True)) == Reason.PAUSED
    assert reason(told(done, 3, paused=True, before=status(progress=Progress(revision=V1.name, complete=True)))) == (
        Reason.COMPLETED
    )


def test_a_next_try_is_told_of_whom_the_words_are_about() -> None:
    waits = saying(replica(2, state=State.PENDING), Verdict.underway(Reason.WAITING_FOR_BUDGET, "waits for its turn"))
    shown = told([replica(1), waits, failed(3)], before=status(heals=remembered(failures=3)))
    assert condition_message(shown) == "1 of 3 replicas ready; waits for its turn"


@pytest.mark.parametrize(
    ("groups", "wanted", "image", "why", "ready"),
    [
        pytest.param([], 0, "v1", "ScaledToZero", True, id="none wanted"),
        pytest.param([replica(1)], 1, "v1", "Ready", True, id="all there"),
        pytest.param([], 1, "v1", "Scaling", False, id="growing"),
        pytest.param([replica(1, state=State.CREATING)], 1, "v1", "Scaling", False, id="starting"),
        pytest.param([replica(1)], 1, "v2", "RollingOut", False, id="rolling"),
        pytest.param([replica(1, state=State.LOST, proven=True)], 1, "v1", "Healing", False, id="healing"),
    ],
)
def test_one_word_for_how_it_is(groups: list[ContainerGroup], wanted: int, image: str, why: str, ready: bool) -> None:
    shown = told(groups, wanted, image)
    assert (reason(shown), holds(shown, ConditionType.READY)) == (why, ready)
    assert holds(shown, ConditionType.RECONCILING) is not ready


def test_what_a_replica_needs_from_a_person_stalls_the_service() -> None:
    broken = replica(2, state=State.PENDING, stalled=Reason.IMAGE_INACCESSIBLE)
    shown = told([replica(1), broken, replica(3)])
    assert (reason(shown), holds(shown, ConditionType.STALLED)) == ("ImageInaccessible", True)
    assert "2 of 3 replicas ready" in condition(shown, ConditionType.READY).message


def test_what_a_replica_waits_for_is_told_by_the_service() -> None:
    waiting = replica(2, state=State.PENDING)
    held = tuple(
        entry.model_copy(update={"reason": "WaitingForBudget"}) if entry.type != "Stalled" else entry
        for entry in waiting.status.conditions
    )
    waiting = waiting.model_copy(update={"status": waiting.status.model_copy(update={"conditions": held})})
    assert reason(told([replica(1), waiting, replica(3)])) == "WaitingForBudget"


@pytest.mark.parametrize(
    ("why", "stalled"),
    [(Reason.FORBIDDEN, True), (Reason.THROTTLED, False), (Reason.WAITING_FOR_BUDGET, False)],
)
def test_what_keeps_an_old_replica_from_ending_is_told_by_the_service_that_waits_for_its_room(
    why: Reason, stalled: bool
) -> None:
    leaving = replica(3, state=State.DELETING, ending=True)
    make = Verdict.stuck if stalled else Verdict.underway
    held = judged((), make(why, "cannot end the container group"), 1, T0)
    leaving = leaving.model_copy(update={"status": leaving.status.model_copy(update={"conditions": held})})
    shown = told([replica(1), replica(4, "v2"), leaving], 2, "v2")
    assert (reason(shown), holds(shown, ConditionType.STALLED)) == (why, stalled)
    assert condition(shown, ConditionType.READY).message == "2 of 2 replicas ready; cannot end the container group"
    assert reason(told([replica(1), replica(2), leaving], 2)) == Reason.READY, "nothing waits for it"


def test_a_reason_of_another_version_of_the_operator_does_not_break_it() -> None:
    """After a downgrade, the groups still say what the newer version wrote."""
    odd = replica(2, state=State.PENDING)
    newer = tuple(entry.model_copy(update={"reason": "FromTheFuture"}) for entry in odd.status.conditions)
    odd = odd.model_copy(update={"status": odd.status.model_copy(update={"conditions": newer})})
    assert not holds(told([replica(1), odd, replica(3)]), ConditionType.READY)
