"""A group that is wanted: send it once, find out what became of it, then keep watch over it."""

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.placement import ResourceGroupPolicy
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, is_true
from aci_operator.core.group import refusals, verdict, waiting
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.observation import Observation
from aci_operator.core.group.status import requested, status
from aci_operator.core.group.step import (
    AddFinalizer,
    CreateResourceGroup,
    PutGroup,
    ReadGroup,
    Step,
)
from aci_operator.core.group.watch import LOOKING, claim, troubled, watch
from aci_operator.core.shortage import LOOK, Shortage


def plan_life(o: Observation) -> Step:
    """Return the next step for a group whose object is not being deleted."""
    recorded = o.group.status.cluster_id
    if recorded and recorded != o.cluster_id:
        state = o.group.status.state or State.PENDING
        return Step(verdict.of_another_cluster(o, state, "nothing is written", "delete this object"))
    if keys.FINALIZER not in o.group.metadata.finalizers:
        refused = status(o, State.PENDING, Verdict.underway(Reason.PROGRESSING, "not sent to Azure"))
        return Step(o.group.status if o.refused is None else refused, AddFinalizer())
    missing = _lacks_resource_group(o)
    if missing is not None:
        return _make_resource_group(o, missing)
    if o.group.status.accepted_at is not None:
        return watch(o)
    if o.memory.accepted_at is not None:
        return _accepted(o)
    if o.group.status.requested_at is not None and not o.unsent:
        return _find_out(o)
    return _send(o)


def _send(o: Observation) -> Step:
    """Nothing of ours can be in Azure, unless this object is a restored one."""
    if o.trouble is not None:
        return troubled(o, o.trouble)
    read = o.fresh_read
    if read is not None and read.group is not None:
        return claim(o, read.group)
    shown = o.listed is not None and o.listed.group is not None
    unsure = o.listed is not None and shown and (read is None or o.listed.began_at > read.at)
    fresh_name = o.unsent and o.memory.drawn
    settled = read is not None or fresh_name
    if unsure or not (settled or _may_wait(o)):
        return _look(o, verdict.pending(o, Reason.PROGRESSING, LOOKING))
    if shown:
        return Step(o.group.status, after=o.timing.poll, soon=True)
    if read is not None and o.unlisted_at is not None and _takes_over(o):
        gone = "the container group that was to be taken over has disappeared from Azure"
        return Step(status(o, State.LOST, Verdict.underway(Reason.DISAPPEARED, gone)), after=o.timing.health_turn)
    if o.too_soon is not None:
        return Step(_sent(o), after=min(o.until(o.too_soon), LOOK))
    if o.shortage is not None:
        return _without_room(o, o.shortage)
    if o.unlisted_at is None and not fresh_name:  # one 404 may be false, and a PUT would restart what is there
        return Step(o.group.status, after=o.timing.poll, soon=True)
    if o.turn is not None:
        return Step(waiting.shown(o, o.turn, State.PENDING, "creates"), after=o.until(o.turn.ask_at))
    if not o.may_write:
        return Step(o.group.status, after=o.timing.poll)
    return Step(requested(_trying(o, _sent(o)), o.now), PutGroup())


def _takes_over(o: Observation) -> bool:
    """Tell whether it was made for what is in Azure: that name is used up, a DELETE of it may be on its way yet."""
    return o.group.metadata.annotations.get(keys.ANNOTATION_REASON) == Reason.ADOPTION


def _may_wait(o: Observation) -> bool:
    """Tell whether an old look is enough, since nothing will be sent: there is no room, or its turn has not come."""
    read, waits = o.memory.read, any(why is not None for why in (o.shortage, o.turn, o.too_soon))
    return waits and read is not None and read.group is None


def _without_room(o: Observation, shortage: Shortage) -> Step:
    """Wait in the words of the refusal, which may have been another group's: a try would be refused as well."""
    shown = verdict.pending(o, shortage.reason, shortage.message)
    return Step(requested(shown, None) if o.unsent else shown, after=min(o.until(shortage.until), LOOK))


def _find_out(o: Observation) -> Step:
    """A PUT was sent, and what became of it is not known: look, and send again only when it cannot be there."""
    if o.trouble is not None:
        return troubled(o, o.trouble)
    read, nothing_there = o.memory.read, o.ghost_over and o.listed is not None
    if nothing_there and _may_wait(o):
        return _send(o)
    if read is None or o.age(read.at) >= o.timing.poll:
        return _look(o, _sent(o))
    if read.group is not None:
        return claim(o, read.group)
    if nothing_there:
        return _send(o)
    return Step(_sent(o), after=o.timing.poll, soon=True)


def _sent(o: Observation) -> GroupStatus:
    """Say that it was sent; from the second time without a usable answer on, what Azure answered."""
    last = o.memory.unanswered
    return verdict.creating(o) if last is None or last.attempts == 1 else verdict.troubled(o, last)


def _look(o: Observation, otherwise: GroupStatus) -> Step:
    """Look. What was said stays said until that tells something else, or each try would write the status twice."""
    wrong = o.memory.trouble is not None or is_true(o.group.status.conditions, ConditionType.STALLED)
    said = wrong or o.group.status.state is State.PENDING
    return Step(o.group.status if said else otherwise, ReadGroup())


def _accepted(o: Observation) -> Step:
    """Azure took the PUT: record that, so that a later 404 is known to mean that it was there."""
    accepted = verdict.creating(o).model_copy(update={"accepted_at": o.memory.accepted_at})
    return Step(accepted, after=o.until(o.read_due), soon=True)


def _trying(o: Observation, first: GroupStatus) -> GroupStatus:
    """Return the status of a try: a repeated one goes on to say why the last one failed, until that has changed."""
    if o.memory.trouble is not None:
        return verdict.troubled(o, o.memory.trouble)
    called_before = o.memory.wrote_at is None and refusals.calls(o.group.status.conditions)
    return o.group.status if called_before else first


def _lacks_resource_group(o: Observation) -> Trouble | None:
    """Return Azure's answer that there is no resource group, where one is to be made.

    Before it is tried again, what may be in Azure is read: that can be wrong.
    """
    policy, trouble = o.group.spec.resource_group_policy, o.memory.trouble
    made = policy is ResourceGroupPolicy.CREATE_IF_MISSING
    if not made or trouble is None or not trouble.resource_group_missing:
        return None
    return trouble if o.unsent or o.trouble is not None or not trouble.of_making else None


def _make_resource_group(o: Observation, missing: Trouble) -> Step:
    if missing.of_making and o.trouble is not None:
        return troubled(o, o.trouble)
    if not o.may_write:
        return Step(o.group.status, after=o.timing.poll)
    # What an earlier try has said stays said, of this process or of one before, or each would write the status twice.
    called = is_true(o.group.status.conditions, ConditionType.STALLED)
    said = missing.unmade > 0 or missing.attempts > 1 or called
    making = verdict.pending(o, Reason.PROGRESSING, "making the resource group")
    return Step(o.group.status if said else making, CreateResourceGroup())
