"""Everything that the plan of one container group may depend on."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.reasons import State
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import is_true
from aci_operator.core.group import turns
from aci_operator.core.group.memory import Memory, Read, Trouble
from aci_operator.core.shortage import Shortage

CLOCKS_DIFFER = timedelta(minutes=15)
"""So far may the clocks of two machines be apart."""


@dataclass(frozen=True)
class Timing:
    """Durations of the group's plan, in seconds.

    Attributes:
        ghost_window: How long a 404 after a write without an answer proves nothing.
        longest_write: After which a PUT is given up.
        poll: Between two looks at something that should change soon.
        health_turn: Between two direct reads of a group at rest.
        fresh: Age up to which a direct read may be the base of a write.
    """

    ghost_window: float = 30
    longest_write: float = 20
    poll: float = 5
    health_turn: float = 60
    fresh: float = 10


@dataclass(frozen=True)
class Listed:
    """What a LIST that began at `began_at`, after our last write to this name, shows of the group.

    Attributes:
        denied_at: When a later one was first told that there is no such place; none has succeeded since.
    """

    began_at: datetime
    group: CloudGroup | None
    denied_at: datetime | None = None


@dataclass(frozen=True)
class Turn:
    """A turn that has not come yet, as Azure limits creates and deletes.

    Attributes:
        ask_at: When to ask again, which is not later than `expected_at`.
        why: What it waits for, in words; "" for Azure's budgets.
    """

    ask_at: datetime
    expected_at: datetime
    why: str = ""


@dataclass(frozen=True)
class Observation:
    """One look at everything.

    Attributes:
        cluster_id: This cluster's id.
        listed: None while no LIST counts.
        turn: What the write that is due waits for; None when it may be sent, or that is not known yet.
        in_service: Whether no controller stands behind the object, or a living one: Kubernetes' own collector does not
            take it away. A restored object may refer to a service that is no more.
        superseded: Whether the controller that the object names is no more, and a service of its name lives on.
        shortage: Why its place has no room for it now, while it is not in Azure; None when that is not known.
        refused: What the API server has refused, until it no longer does.
        may_write: Whether this process may write to Azure now.
    """

    group: ContainerGroup
    cluster_id: str
    now: datetime
    memory: Memory
    listed: Listed | None = None
    turn: Turn | None = None
    in_service: bool = True
    superseded: bool = False
    shortage: Shortage | None = None
    refused: str | None = None
    may_write: bool = True
    timing: Timing = field(default_factory=Timing)

    def age(self, moment: datetime) -> float:
        """Return the seconds since a moment."""
        return (self.now - moment).total_seconds()

    def until(self, moment: datetime) -> float:
        """Return the seconds until a moment, at least a little so that nothing spins."""
        return max((moment - self.now).total_seconds(), 0.1)

    def as_seen_here(self, moment: datetime) -> datetime:
        """Return a moment of the last PUT by this process's clock.

        That of another process's PUT, by whatever clock, counts as that at which this process saw the object first,
        unless it is long before that by any clock.
        """
        known = self.memory.known_at
        return moment if known is None or self.sent_here or moment < known - CLOCKS_DIFFER else known

    @property
    def sent_here(self) -> bool:
        """Whether this process sent the last PUT of which the status tells, and wrote what it tells."""
        sent = self.group.status.requested_at
        return sent is not None and sent == self.memory.asked_at

    @property
    def failure(self) -> Trouble | None:
        """The last failure that counts: for a group that is to end, no resource group is to be made any more.

        One that calls a person counts all the same, or nobody would be called until the next read.
        """
        trouble, ends = self.memory.trouble, self.group.metadata.deletion_timestamp is not None
        past = ends and trouble is not None and trouble.of_making and not trouble.stalled
        return None if past else trouble

    @property
    def trouble(self) -> Trouble | None:
        """The failure that still holds things up; None once it is time to try again."""
        trouble = self.failure
        return trouble if trouble is not None and trouble.until > self.now else None

    @property
    def too_soon(self) -> datetime | None:
        """When the next PUT may be sent, where the last ones had no usable answer; None when that is over."""
        last = self.memory.unanswered
        return last.until if last is not None and last.until > self.now else None

    @property
    def unsent(self) -> bool:
        """Whether no PUT of this name can have had an effect: neither one of this process nor one of another."""
        return self.memory.unsent and self.group.status.requested_at in {None, self.memory.asked_at}

    @property
    def fresh_read(self) -> Read | None:
        """The last direct read, if it is young enough to base a write on."""
        read = self.memory.read
        return read if read is not None and self.age(read.at) <= self.timing.fresh else None

    @property
    def until_believed(self) -> float | None:
        """Seconds until a read may say that all is still as before our last write; None when the last read may.

        A read can lag behind, and who believed it at once would send the same write again and again.
        """
        wrote_at, read = self.memory.wrote_at, self.memory.read
        if wrote_at is None or read is None or (read.at - wrote_at).total_seconds() >= self.timing.poll:
            return None
        return self.timing.poll - self.age(wrote_at)

    @property
    def read_due(self) -> datetime:
        """When the next direct read is due, if nothing calls for one before.

        A group that does not come up is looked at less and less often, down to once in a health turn.
        """
        read, accepted, ready = self.memory.read, self.group.status.accepted_at, self.group.status.ready_at
        if read is None:
            return self.memory.look_at
        pause = self.timing.health_turn
        if self.group.status.state is State.CREATING and accepted is not None:
            pause = min(max((read.at - accepted).total_seconds(), self.timing.poll), pause)
        elif ready is not None:
            pause = turns.pause(self.group.metadata.uid, (read.at - ready).total_seconds(), pause)
        due = read.at + timedelta(seconds=pause)
        return due if self.steady_at is None else max(min(due, self.steady_at), read.at + timedelta(seconds=1))

    def showing(self, status: GroupStatus) -> "Observation":
        """Return the same look with another status."""
        return replace(self, group=self.group.model_copy(update={"status": status}))

    @property
    def steady_at(self) -> datetime | None:
        """When a replica that is ready may prove itself available; None when it is not ready, or has done so."""
        status = self.group.status
        if not is_true(status.conditions, ConditionType.READY) or is_true(status.conditions, ConditionType.AVAILABLE):
            return None
        starts = [container.started_at for container in status.containers if container.started_at is not None]
        if not starts or len(starts) < len(status.containers):  # Azure does not say when they began
            return None
        return max(starts) + timedelta(seconds=self.group.spec.min_ready_seconds + 1)

    @property
    def unlisted_at(self) -> datetime | None:
        """When a LIST began that does not show the group; None while none counts, or the last one shows it.

        One that a direct read has refuted does not count: it lagged.
        """
        if self.listed is None or self.listed.group is not None:
            return None
        found_at = self.memory.found_at
        return self.listed.began_at if found_at is None or self.listed.began_at > found_at else None

    @property
    def put_shown_at(self) -> datetime:
        """From when on every read is of a time after Azure took the PUT; not yet, while that is not known.

        The status has that moment in whole seconds. The PUT of another process may have been on its way still when this
        one saw the object first.
        """
        accepted = self.group.status.accepted_at
        taken = self.now if accepted is None else self.as_seen_here(accepted)
        if taken == self.memory.known_at:
            taken += timedelta(seconds=self.timing.longest_write)
        return taken + timedelta(seconds=1 + self.timing.ghost_window)

    @property
    def ghost_until(self) -> datetime | None:
        """When the ghost window of the last PUT ends: from then on a 404 says that there is nothing.

        It begins when the PUT ended here; where that is not remembered, after a restart, when it was given up at the
        latest. The status has the moment before it was sent, in whole seconds.
        """
        sent, ended = self.group.status.requested_at, self.memory.wrote_at
        if sent is None:
            return None
        if ended is None or ended < sent:
            ended = self.as_seen_here(sent) + timedelta(seconds=1 + self.timing.longest_write)
        return ended + timedelta(seconds=self.timing.ghost_window)

    @property
    def ghost_over(self) -> bool:
        """Whether a direct read says 404 after the ghost window of the last PUT."""
        read, ends = self.memory.read, self.ghost_until
        if read is None or self.memory.missing_since is None or ends is None:
            return False
        return read.at >= ends
