"""What to say of a group that is not ready: its status, with one reason and one sentence."""

from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, is_true
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.observation import Observation
from aci_operator.core.group.status import status

_DENIED: Final = "Azure says that its resource group or subscription does not exist"

_UNREACHABLE: Final = (
    f"{_DENIED}, which does not prove that it is gone. If that is so for good, set the annotation "
    f"{keys.ANNOTATION_ABANDON} of the AciContainerGroup to its uid to let it go"
)


def pending(o: Observation, reason: Reason, message: str) -> GroupStatus:
    """Say why it is not sent."""
    return status(o, State.PENDING, Verdict.underway(reason, message))


def creating(o: Observation) -> GroupStatus:
    """Say that it was sent."""
    return status(o, State.CREATING, Verdict.underway(Reason.STARTING, "Azure is starting it"))


def troubled(o: Observation, trouble: Trouble) -> GroupStatus:
    """Say why the last call failed."""
    make = Verdict.stuck if trouble.stalled else Verdict.underway
    state = State.PENDING if o.unsent else o.group.status.state or State.PENDING
    return status(o, state, make(trouble.reason, trouble.message))


def conflict(o: Observation) -> GroupStatus:
    """Say that somebody else's group has its name."""
    message = (
        f'a container group "{o.group.metadata.name}" that is not ours by its tags is in resource group '
        f'"{o.group.spec.resource_group}"; it is left alone. Delete this object, or that group'
    )
    return status(o, State.PENDING, Verdict.stuck(Reason.OWNERSHIP_CONFLICT, message))


def of_another_cluster(o: Observation, state: State, what_happens: str, otherwise: str) -> GroupStatus:
    """Say that its tags carry the id of another cluster, what happens therefore, and what else a person can do."""
    message = (
        f"the group was made under cluster id {o.group.status.cluster_id}, this cluster's is {o.cluster_id}: "
        f"{what_happens}; start the operator with the old id (--cluster-id), or {otherwise}"
    )
    return status(o, state, Verdict.stuck(Reason.SCOPE_MISMATCH, message))


def deleting(o: Observation) -> GroupStatus:
    """Say that it is being ended; a repeated try goes on to say why the last one failed."""
    trouble = o.failure
    if trouble is None:
        return status(o, State.DELETING, Verdict.underway(Reason.DELETING, "ending the container group in Azure"))
    cannot = "cannot end the container group"
    if trouble.denials == 1 and not is_true(o.group.status.conditions, ConditionType.STALLED):
        # Once may be wrong, and calls nobody; whoever was called before stays called.
        again = f"{cannot}: {_DENIED}; looking again"
        return status(o, State.DELETING, Verdict.underway(trouble.reason, again))
    make = Verdict.stuck if trouble.stalled else Verdict.underway
    message = _UNREACHABLE if trouble.denials > 0 else trouble.message
    return status(o, State.DELETING, make(trouble.reason, f"{cannot}: {message}"))
