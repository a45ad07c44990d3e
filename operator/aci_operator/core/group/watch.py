"""A group that is in Azure, or was: whose it is, how it is, and what is wrong with it."""

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict, is_true
from aci_operator.core.group import turns, verdict
from aci_operator.core.group.drift import tags_to_put_back
from aci_operator.core.group.memory import Read, Trouble
from aci_operator.core.group.news import news
from aci_operator.core.group.observation import Observation
from aci_operator.core.group.status import requested, seen, status
from aci_operator.core.group.step import (
    PutBackTags,
    ReadGroup,
    ReplaceTags,
    Step,
)
from aci_operator.core.ownership import Owner, owner, taken_over
from aci_operator.core.story import Entry, done

CONFLICT_LOOK = 60.0
"""Seconds between two looks at a foreign group that is in the way."""

LOOKING = "looking whether the group exists already"


def claim(o: Observation, found: CloudGroup) -> Step:
    """A group of this name exists; before, it was not known whether it is this object's."""
    match owner(found.tags, o.group, o.cluster_id):
        case Owner.OURS:
            return _show(o, found)
        case Owner.PREDECESSOR:
            if not o.in_service:
                # Kubernetes' collector deletes the object, or a service takes it over: both will wake this.
                return Step(verdict.pending(o, Reason.PROGRESSING, LOOKING), after=o.timing.poll)
            if o.fresh_read is None:
                return Step(o.group.status, ReadGroup())
            if not o.may_write:
                return Step(o.group.status, after=o.timing.poll)
            pause = o.until_believed
            if pause is not None:
                return Step(o.group.status, ReadGroup()) if pause <= 0 else Step(o.group.status, after=pause)
            words = "took over the running container group of the object that was here before"
            tell = done(Entry(Act.REPLACE_TAGS, Reason.ADOPTION), Reason.TAKEN_OVER, words)
            return Step(o.group.status, ReplaceTags(taken_over(found.tags, o.group)), tell=(tell,))
        case _:  # foreign
            return Step(requested(verdict.conflict(o), None), after=CONFLICT_LOOK)


def watch(o: Observation) -> Step:
    """Azure has, or had, the group: see how it is."""
    read, listed = o.memory.read, o.listed
    if o.trouble is not None:
        return troubled(o, o.trouble)
    later = listed is not None and (read is None or listed.began_at > read.at)
    called_for = listed is not None and later and _calls_for_a_read(o, listed.group)
    if called_for or o.read_due <= o.now:
        return Step(o.group.status, ReadGroup(at_rest=not called_for and turns.at_rest(o.group.status)))
    if read is None:
        return Step(o.group.status, after=o.until(o.read_due), soon=not _ready(o))
    if read.group is None:
        return _missing(o, read)
    match owner(read.group.tags, o.group, o.cluster_id):
        case Owner.OURS:
            return _show(o, read.group)
        case Owner.PREDECESSOR:  # the status came out of a backup too
            return claim(o, read.group)
        case _:  # foreign
            return Step(verdict.conflict(o), after=CONFLICT_LOOK)


def _calls_for_a_read(o: Observation, listed: CloudGroup | None) -> bool:
    """Tell whether a LIST shows something that only a direct read can explain; it has no instanceView."""
    before, read = o.group.status, o.memory.read.group if o.memory.read is not None else None
    if listed is None:
        return before.state is not State.LOST or read is not None
    if listed.provisioning_state not in {"Succeeded", "Failed"}:
        return False
    if read is None:
        moved = listed.ip != (before.ip or "") and _ready(o)
        in_doubt = before.state in {State.CREATING, State.LOST}
        return moved or in_doubt or listed.provisioning_state != before.provisioning_state
    return (listed.provisioning_state, listed.ip) != (read.provisioning_state, read.ip)


def _missing(o: Observation, read: Read) -> Step:
    """A direct read says 404. With a LIST that agrees, the group is gone, if neither is of its PUT's ghost window.

    One that is lost stays so, also where no LIST counts any more, until a read shows it.
    """
    window_ends = o.put_shown_at
    agreed = o.unlisted_at is not None and min(read.at, o.unlisted_at) >= window_ends
    if agreed or o.group.status.state is State.LOST:
        lost = Verdict.underway(Reason.DISAPPEARED, "the container group has disappeared from Azure")
        return Step(status(o, State.LOST, lost), after=o.until(o.read_due))
    if o.fresh_read is None or read.at < window_ends <= o.now:
        return Step(o.group.status, ReadGroup())
    return Step(o.group.status, after=o.timing.poll, soon=True)


def _show(o: Observation, found: CloudGroup) -> Step:
    shown, health = seen(o, found)
    told = news(o.group.status, shown, found)
    tags = tags_to_put_back(o.showing(shown), found)
    if tags is not None and o.fresh_read is None:
        return Step(shown, ReadGroup(), news=told)
    if tags is not None:
        entry = Entry(Act.REPLACE_TAGS, Reason.DRIFTED)
        restored = done(entry, Reason.TAGS_RESTORED, "put back tags that it had lost in Azure")
        return Step(shown, PutBackTags(tags), news=told, tell=(restored,))
    after = o.until(o.showing(shown).read_due)
    return Step(shown, after=after, soon=health.state is State.CREATING, news=told)


def troubled(o: Observation, trouble: Trouble) -> Step:
    """Say what is wrong, unless it is known how the group is: a read that fails makes none worse.

    What was said of a failed one is why, and whether it may yet serve.
    """
    kept = _judged(o) and not trouble.rules_out
    shown = o.group.status if kept else verdict.troubled(o, trouble)
    return Step(requested(shown, None) if o.unsent else shown, after=o.until(trouble.until))


def _judged(o: Observation) -> bool:
    """Tell whether a group is ready, or was there and has done its work or is given up."""
    state, accepted = o.group.status.state, o.group.status.accepted_at is not None
    return _ready(o) or (accepted and state is not None and (state is State.SUCCEEDED or state.dead))


def _ready(o: Observation) -> bool:
    return is_true(o.group.status.conditions, ConditionType.READY)
