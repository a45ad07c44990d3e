"""A group that is to end: delete what is ours, prove that it is gone, then let the object go."""

from datetime import timedelta

from aci_operator.api import keys
from aci_operator.api.group import GroupStatus
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict
from aci_operator.core.group import refusals, verdict, waiting
from aci_operator.core.group.memory import Read, Trouble
from aci_operator.core.group.observation import Observation, Turn
from aci_operator.core.group.status import status
from aci_operator.core.group.step import DeleteGroup, ReadGroup, RemoveFinalizer, ReplaceTags, Step
from aci_operator.core.ownership import Owner, origin, orphaned, owner
from aci_operator.core.story import Entry, Tell, done

REPEAT_AFTER = 60.0
"""Seconds after which an answered DELETE whose group is still there is sent again."""


def plan_deletion(o: Observation) -> Step:
    """Return the next step for a group whose object is being deleted."""
    if keys.FINALIZER not in o.group.metadata.finalizers:
        return Step(_left_to_others(o))
    if o.group.metadata.annotations.get(keys.ANNOTATION_ABANDON) == o.group.metadata.uid:
        message = f'let go on request: container group "{o.group.metadata.name}" may still exist in Azure'
        return _let_go(o, Tell(Reason.ABANDONED, message, warning=True))
    recorded = o.group.status.cluster_id
    if recorded and recorded != o.cluster_id:
        abandon = f"set the annotation {keys.ANNOTATION_ABANDON} to this object's uid to let it go"
        return Step(verdict.of_another_cluster(o, State.DELETING, "nothing is deleted", abandon))
    if _never_sent(o) and (o.unsent or _ruled_out(o)):
        return _let_go(o)
    if o.trouble is not None and o.trouble.reason is not Reason.ANSWER_LOST:
        return _troubled(o, o.trouble)
    read = o.fresh_read
    if read is None:
        return _look(o) if o.turn is None or not _stands(o) else _in_line(o, o.turn)
    if read.group is None:
        return _absent(o, read)
    if read.group.tags.get(keys.TAG_ORPHANED_FROM) == origin(o.group):
        return _let_go(o, Tell(Reason.ORPHANED, f'container group "{read.group.ref.name}" is left running in Azure'))
    if owner(read.group.tags, o.group, o.cluster_id) is not Owner.OURS:
        if o.memory.wrote_at is not None and o.age(o.memory.wrote_at) < o.timing.ghost_window:
            return _wait(o, o.timing.poll)  # Azure may lag, and show the tags from before our own write
        message = f'container group "{read.group.ref.name}" is not ours by its tags and was left alone'
        return _let_go(o, Tell(Reason.LEFT_ALONE, message, warning=True))
    if o.superseded:
        # A backup put an owner back that is no more, and Kubernetes' collector then deleted the object.
        message = f'container group "{read.group.ref.name}" is left to the service that has its name now'
        return _let_go(o, Tell(Reason.LEFT_ALONE, message, warning=True))
    return _end(o, read.group)


def _end(o: Observation, found: CloudGroup) -> Step:
    if not o.may_write or o.trouble is not None or _just_written(o):
        return _wait(o, o.timing.poll)
    if o.until_believed is not None:
        return _look(o)
    if o.group.spec.deletion_policy is DeletionPolicy.ORPHAN:
        tell = done(Entry(Act.REPLACE_TAGS, Reason.ORPHANED), Reason.ORPHANED, "took our tags off")
        return Step(_ending(o), ReplaceTags(orphaned(found.tags, o.group)), tell=(tell,))
    if o.turn is not None:
        return _in_line(o, o.turn)
    return Step(_ending(o), DeleteGroup())


def _stands(o: Observation) -> bool:
    """Tell whether an old look is enough while nothing can be sent: the group was there, and nothing says otherwise."""
    read = o.memory.read
    return read is not None and read.group is not None and o.unlisted_at is None


def _in_line(o: Observation, turn: Turn) -> Step:
    return Step(waiting.shown(o, turn, State.DELETING, "deletes"), after=o.until(turn.ask_at))


def _just_written(o: Observation) -> bool:
    """Tell whether the last write has not had its time yet; one without an answer gets as long as a look."""
    sent, wrote = o.memory.deleted_at, o.memory.wrote_at
    if sent is not None:
        return o.age(sent) < REPEAT_AFTER
    return wrote is not None and o.age(wrote) < o.timing.poll


def _absent(o: Observation, read: Read) -> Step:
    """A direct read says 404. What else is needed depends on which of our writes may still be on its way."""
    missing_since, deleted_at, unlisted_at = o.memory.missing_since or read.at, o.memory.deleted_at, o.unlisted_at
    outlasted = missing_since + timedelta(seconds=o.timing.ghost_window)
    if _never_sent(o) and _agreed(o, read):
        return _let_go(o)
    if unlisted_at is None or unlisted_at < (deleted_at or missing_since):
        return _wait(o, o.timing.poll)
    if deleted_at is not None and unlisted_at >= o.put_shown_at:
        proof = o.put_shown_at
    else:
        proof = max(outlasted, o.ghost_until or outlasted)
    if read.at >= proof:
        return _let_go(o)
    return _look(o) if o.now >= proof else _wait(o, min(o.timing.poll, o.until(proof)))


def _agreed(o: Observation, read: Read) -> bool:
    """Tell whether LISTs agree with a 404. Where none tells, 404s must last: one may be false, and so may a denial."""
    if _held(o):
        return False
    missing_since = o.memory.missing_since or read.at
    denied_at = o.listed.denied_at if o.listed is not None else None
    if o.unlisted_at is not None and denied_at is None:
        return True
    since = missing_since if denied_at is None else max(missing_since, denied_at)
    return read.at >= since + timedelta(seconds=o.timing.ghost_window)


def _held(o: Observation) -> bool:
    """Tell whether the last LIST shows it. Of a place that is said to be no more, no other may ever come."""
    return o.listed is not None and o.listed.group is not None and o.listed.denied_at is None


def _never_sent(o: Observation) -> bool:
    """Tell whether no PUT of it is known. Unless this process drew the name, its status may have been lost."""
    before = o.group.status
    return before.accepted_at is None and (before.requested_at is None or o.unsent)


def _ruled_out(o: Observation) -> bool:
    return o.failure is not None and o.failure.rules_out and not _held(o)


def _ending(o: Observation) -> GroupStatus:
    """Say that it is being ended. A person who was called stays called until a try, or a 404, tells something else.

    A 404 says nothing of a right in Kubernetes.
    """
    before = o.group.status
    why = refusals.called_for(before.conditions)
    absent = o.memory.read is not None and o.memory.read.group is None
    answered = o.memory.wrote_at is not None or (absent and why != Reason.API_FORBIDDEN)
    return before if before.state is State.DELETING and why is not None and not answered else verdict.deleting(o)


def _left_to_others(o: Observation) -> GroupStatus:
    """Call nobody any more: what still holds the object is not the operator's."""
    if refusals.called_for(o.group.status.conditions) is None:
        return o.group.status
    message = "the operator has let go; finalizers of others hold the object"
    return status(o, State.DELETING, Verdict.underway(Reason.DELETING, message))


def _look(o: Observation) -> Step:
    return Step(_ending(o), ReadGroup(), soon=True)


def _let_go(o: Observation, *tell: Tell) -> Step:
    return Step(o.group.status if o.refused is None else verdict.deleting(o), RemoveFinalizer(), tell=tell)


def _wait(o: Observation, after: float) -> Step:
    return Step(_ending(o), after=after, soon=True)


def _troubled(o: Observation, trouble: Trouble) -> Step:
    return Step(verdict.deleting(o), after=o.until(trouble.until))
