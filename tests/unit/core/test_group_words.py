"""Each sentence that is said of a group, whole, and the whole status that a read makes."""

from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import Condition
from aci_operator.api.group import ContainerStatus, GroupStatus
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.core.cloud import CloudContainer
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.story import Entry, Tell

from tests.unit.core.builders import (
    CLUSTER,
    CREATING,
    IP,
    RUNNING,
    T0,
    UID,
    at,
    cloud,
    condition_message,
    foreign,
    fresh,
    group,
    look,
    memory,
    ours,
    predecessor,
    read,
    reason,
    trouble,
)

ABANDON = {keys.ANNOTATION_ABANDON: UID}
ELSEWHERE = RUNNING.model_copy(update={"cluster_id": "another"})


def ending(
    status: GroupStatus, recalled: Memory | None = None, annotations: dict[str, str] | None = None, **more: Any
) -> Observation:
    return look(group(status, deleting=True, annotations=annotations), recalled, **more)


@pytest.mark.parametrize(
    ("seen", "state", "why", "words"),
    [
        pytest.param(
            look(group(), memory()),
            State.PENDING,
            Reason.PROGRESSING,
            "looking whether the group exists already",
            id="looked for",
        ),
        pytest.param(look(group(), fresh()), State.CREATING, Reason.STARTING, "Azure is starting it", id="sent"),
        pytest.param(
            look(group(), fresh(), turn=Turn(at(30), at(42))),
            State.PENDING,
            Reason.WAITING_FOR_BUDGET,
            "waits for its turn, about 1 min: Azure limits creates per region",
            id="waits for its turn",
        ),
        pytest.param(
            look(group(finalizers=()), fresh(), refused="no right to patch"),
            State.PENDING,
            Reason.API_FORBIDDEN,
            "no right to patch",
            id="the API server refuses",
        ),
        pytest.param(
            look(group(), fresh(trouble=trouble(Reason.INVALID, stalled=True))),
            State.PENDING,
            Reason.INVALID,
            "Azure said so",
            id="refused",
        ),
        pytest.param(
            look(group(CREATING), memory(trouble=trouble(Reason.FORBIDDEN, stalled=True))),
            State.CREATING,
            Reason.FORBIDDEN,
            "Azure said so",
            id="a read is refused",
        ),
        pytest.param(
            look(
                group(RUNNING),
                memory(trouble=trouble(Reason.RESOURCE_GROUP_NOT_FOUND, denials=2)),
            ),
            State.RUNNING,
            Reason.RESOURCE_GROUP_NOT_FOUND,
            "Azure said so",
            id="two reads rule out that it is there",
        ),
        pytest.param(
            look(
                group(resource_group_policy="CreateIfMissing"),
                fresh(trouble=trouble(Reason.RESOURCE_GROUP_NOT_FOUND, resource_group_missing=True)),
            ),
            State.PENDING,
            Reason.PROGRESSING,
            "making the resource group",
            id="makes the resource group",
        ),
        pytest.param(
            look(group(RUNNING), memory(read=read(-1, cloud(foreign())))),
            State.PENDING,
            Reason.OWNERSHIP_CONFLICT,
            'a container group "llm-1-abcdefgh" that is not ours by its tags is in resource group "ai-services"; it is '
            "left alone. Delete this object, or that group",
            id="foreign",
        ),
        pytest.param(
            look(group(), memory(read=read(-1, cloud(predecessor()))), in_service=False),
            State.PENDING,
            Reason.PROGRESSING,
            "looking whether the group exists already",
            id="restored, and its service is gone",
        ),
        pytest.param(
            look(group(RUNNING), memory(read=read(0, None)), listed=Listed(at(0), None)),
            State.LOST,
            Reason.DISAPPEARED,
            "the container group has disappeared from Azure",
            id="lost",
        ),
        pytest.param(
            look(group(ELSEWHERE), memory()),
            State.RUNNING,
            Reason.SCOPE_MISMATCH,
            f"the group was made under cluster id another, this cluster's is {CLUSTER}: nothing is written; start the "
            "operator with the old id (--cluster-id), or delete this object",
            id="another cluster's",
        ),
        pytest.param(
            ending(ELSEWHERE),
            State.DELETING,
            Reason.SCOPE_MISMATCH,
            f"the group was made under cluster id another, this cluster's is {CLUSTER}: nothing is deleted; start the "
            "operator with the old id (--cluster-id), or set the annotation acioperator.dev/abandon to this object's "
            "uid to let it go",
            id="another cluster's, to end",
        ),
        pytest.param(
            ending(RUNNING), State.DELETING, Reason.DELETING, "ending the container group in Azure", id="to end"
        ),
        pytest.param(
            ending(RUNNING, memory(trouble=trouble(Reason.FORBIDDEN, stalled=True))),
            State.DELETING,
            Reason.FORBIDDEN,
            "cannot end the container group: Azure said so",
            id="cannot be ended",
        ),
        pytest.param(
            ending(RUNNING, memory(trouble=trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, denials=1))),
            State.DELETING,
            Reason.RESOURCE_GROUP_NOT_FOUND,
            "cannot end the container group: Azure says that its resource group or subscription does not exist; "
            "looking again",
            id="perhaps there is no place for it",
        ),
        pytest.param(
            ending(RUNNING, memory(trouble=trouble(Reason.RESOURCE_GROUP_NOT_FOUND, stalled=True, denials=2))),
            State.DELETING,
            Reason.RESOURCE_GROUP_NOT_FOUND,
            "cannot end the container group: Azure says that its resource group or subscription does not exist, which "
            "does not prove that it is gone. If that is so for good, set the annotation acioperator.dev/abandon of the "
            "AciContainerGroup to its uid to let it go",
            id="cannot be ended: there is no place for it",
        ),
        pytest.param(
            ending(GroupStatus(), fresh(), refused="no right to patch"),
            State.DELETING,
            Reason.API_FORBIDDEN,
            "no right to patch",
            id="the API server refuses to let it go",
        ),
    ],
)
def test_what_is_said_of_it(seen: Observation, state: State, why: Reason, words: str) -> None:
    said = plan(seen).status
    assert (said.state, reason(said), condition_message(said)) == (state, why.value, words)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(
            look(group(), memory(read=read(-1, cloud(predecessor())))),
            Tell(
                Reason.TAKEN_OVER,
                "took over the running container group of the object that was here before (Adoption)",
                entry=Entry(Act.REPLACE_TAGS, Reason.ADOPTION),
            ),
            id="taken over",
        ),
        pytest.param(
            ending(RUNNING, annotations=ABANDON),
            Tell(
                Reason.ABANDONED,
                'let go on request: container group "llm-1-abcdefgh" may still exist in Azure',
                warning=True,
            ),
            id="abandoned",
        ),
        pytest.param(
            ending(RUNNING, memory(read=read(-1, cloud({keys.TAG_ORPHANED_FROM: "team-a_llm-1-abcdefgh"})))),
            Tell(Reason.ORPHANED, 'container group "llm-1-abcdefgh" is left running in Azure'),
            id="orphaned",
        ),
        pytest.param(
            ending(RUNNING, memory(read=read(-1, cloud(foreign())))),
            Tell(
                Reason.LEFT_ALONE,
                'container group "llm-1-abcdefgh" is not ours by its tags and was left alone',
                warning=True,
            ),
            id="foreign",
        ),
        pytest.param(
            ending(RUNNING, memory(read=read(-1, cloud())), superseded=True),
            Tell(
                Reason.LEFT_ALONE,
                'container group "llm-1-abcdefgh" is left to the service that has its name now',
                warning=True,
            ),
            id="superseded",
        ),
    ],
)
def test_what_is_told_of_it(seen: Observation, told: Tell) -> None:
    assert plan(seen).tell == (told,)


def said(kind: str, why: Reason, message: str, *, status: bool, since: float) -> Condition:
    return Condition(
        type=kind,
        status="True" if status else "False",
        reason=why.value,
        message=message,
        last_transition_time=at(since),
        observed_generation=4,
    )


def test_the_whole_status_of_a_group_that_runs() -> None:
    containers = (
        CloudContainer("api", "Running", restarts=2, started_at=at(-700)),
        CloudContainer("side", "Running", restarts=1, started_at=at(-650.5), detail="x" * 300),
    )
    before = CREATING.model_copy(update={"restarts": 1, "last_ip": "20.9.9.9"})
    step = plan(look(group(before, generation=4), memory(read=read(-1, cloud(containers=containers)))))
    words = f"running with IP {IP}"
    assert step.status == GroupStatus(
        observed_generation=4,
        state=State.RUNNING,
        cluster_id=CLUSTER,
        requested_at=at(-10),
        accepted_at=at(-9),
        ready_at=T0,
        available_at=T0,
        provisioning_state="Succeeded",
        ip=IP,
        restarts=3,
        settled_restarts=3,
        containers=(
            ContainerStatus(name="api", state="Running", restarts=2, started_at=at(-700)),
            ContainerStatus(name="side", state="Running", restarts=1, started_at=at(-651), detail="x" * 256),
        ),
        conditions=(
            said("Ready", Reason.RUNNING, words, status=True, since=0),
            said("Reconciling", Reason.RUNNING, words, status=False, since=0),
            said("Stalled", Reason.RUNNING, words, status=False, since=0),
            said("Available", Reason.AVAILABLE, "ready for 0 s without a restart", status=True, since=0),
        ),
    )


def test_the_whole_status_of_one_that_ran_and_is_ended_by_somebody() -> None:
    ended = cloud(state="Failed", ip="", containers=[CloudContainer("api", "", exit_code=3)])
    step = plan(look(group(RUNNING), memory(read=read(-1, ended)), now=at(0.5)))
    words = '"api" exited with code 3'
    once = {"observed_generation": 1}
    assert step.status == RUNNING.model_copy(
        update={
            "state": State.FAILED,
            "failed_at": T0,
            "ip": None,
            "last_ip": IP,
            "containers": (ContainerStatus(name="api", state="Waiting", exit_code=3),),
            "conditions": tuple(
                entry.model_copy(update=once)
                for entry in (
                    said("Ready", Reason.STOPPED, words, status=False, since=0),
                    said("Reconciling", Reason.STOPPED, words, status=True, since=0),
                    said("Stalled", Reason.STOPPED, words, status=False, since=-240),
                    said("Available", Reason.UNAVAILABLE, "not ready for long enough", status=False, since=0),
                )
            ),
        }
    )


def test_azure_names_no_provisioning_state() -> None:
    step = plan(look(group(CREATING), memory(read=read(-1, cloud(ours(), provisioning="")))))
    assert step.status.provisioning_state is None
