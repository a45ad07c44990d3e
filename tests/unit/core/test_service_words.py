"""Each sentence that a service says of itself, whole."""

from datetime import datetime
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, Progress
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.memory import Trouble

from tests.unit.core.builders import T0, at, condition, condition_message, reason, replica, revision
from tests.unit.core.plans import V2, decide, some, status


def saying(group: ContainerGroup, verdict: Verdict) -> ContainerGroup:
    """Return a replica that says something else."""
    told = judged((), verdict, 1, T0)
    return group.model_copy(update={"status": group.status.model_copy(update={"conditions": told})})


def failed(serial: int, moment: datetime) -> ContainerGroup:
    """Return a replica that was never ready and failed at a moment."""
    made = replica(serial, state=State.FAILED)
    return made.model_copy(update={"status": made.status.model_copy(update={"failed_at": moment})})


def heals(**more: Any) -> Heals:
    return Heals(**{"revision": revision("v1").name, "failed_at": at(-100), "replaced_at": T0, **more})


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
            [*some(1, 2), failed(3, T0)],
            {"before": status(heals=heals(failures=3))},
            Reason.START_FAILED,
            "2 of 3 replicas ready; Azure could not start it; the next try is at 12:01:20 UTC",
            id="backing off",
        ),
        pytest.param(
            [*some(1), failed(2, at(30)), failed(3, T0)],
            {"before": status(heals=heals(failures=3))},
            Reason.START_FAILED,
            "1 of 3 replicas ready; Azure could not start it; the next try is at 12:01:20 UTC",
            id="two back off: the sooner one",
        ),
        pytest.param(
            [*some(1, 2), replica(3, state=State.FAILED, proven=True)],
            {"allowance": 0},
            Reason.HEAL_LIMIT,
            "2 of 3 replicas ready; 1 failed ones wait: as many are being replaced, over all services, as may be",
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
            [*some(1, 2), replica(4, "v2")],
            {"image": "v2"},
            Reason.ROLLING_OUT,
            "3 of 3 replicas ready; 2 of 4 are of the new revision",
            id="rolling",
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


OBSTACLE = Trouble(Reason.FORBIDDEN, "a right is missing", at(7))


def test_what_its_other_conditions_say() -> None:
    paused = decide(some(1, 2), paused=True).status
    goes_on = decide(some(1, 2), before=paused).status
    assert condition(paused, ConditionType.AVAILABLE).message == "2 replicas serve"
    assert condition(paused, ConditionType.SUSPENDED).message == (
        "spec.paused is true: no replica of a new revision is made"
    )
    assert condition(goes_on, ConditionType.SUSPENDED).message == "not paused"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"strays": some(1)}, id="adoption"),
        pytest.param({"heritage": None}, id="unknown past"),
        pytest.param({"heritage": None, "obstacle": OBSTACLE}, id="it cannot be known"),
        pytest.param({"unreadable": ["llm-2-abcdefgh"]}, id="unreadable"),
        pytest.param({"subscriptionId": None}, id="no subscription"),
        pytest.param({}, id="nothing"),
    ],
)
def test_the_finalizer_comes_whatever_holds_it_up(more: dict[str, Any]) -> None:
    assert decide([], meta_finalizers=(), **more).finalizers == (keys.FINALIZER,)
