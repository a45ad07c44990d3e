"""What this process remembers of one container group beyond its object."""

from dataclasses import dataclass, replace
from datetime import datetime

from aci_operator.api.reasons import Reason
from aci_operator.core.cloud import CloudGroup


@dataclass(frozen=True)
class Read:
    """The answer to a direct GET; `group` is None for 404 ResourceNotFound."""

    at: datetime
    group: CloudGroup | None


@dataclass(frozen=True)
class Trouble:
    """Why the last call did not do what it should, and when to try again.

    Attributes:
        stalled: Whether only a person can mend it.
        resource_group_missing: Whether Azure said, now or just before, that the resource group does not exist.
        unmade: How often in a row its resource group, said to be missing, could be neither found nor made.
        of_making: Whether this very failure was one of those.
        denials: How often in a row Azure said that there is not even a place where a group of ours could be. That its
            resource group could not be made neither adds to it nor ends it: it is looked for just after such an answer.
        write: Whether it was a write: a read that succeeds says nothing about the next one, if one is left to do.
    """

    reason: Reason
    message: str
    until: datetime
    attempts: int = 1
    stalled: bool = False
    resource_group_missing: bool = False
    unmade: int = 0
    of_making: bool = False
    denials: int = 0
    write: bool = False

    @property
    def rules_out(self) -> bool:
        """Whether Azure has said twice that no group of ours can be there: once may be wrong."""
        return self.denials > 1


@dataclass(frozen=True)
class Memory:
    """What this process knows of a group beyond its object. Losing it costs reads, never safety.

    Attributes:
        known_at: When this process saw it first; None where all times are by one clock.
        drawn: This process drew the name, so that nobody else uses it.
        unsent: No PUT of this name can have had an effect: this process drew the name and sent none since, or every
            one that it sent was refused.
        asked_at: The `requestedAt` that this process wrote last: another one in the status is another process's.
        look_at: When a direct read is due, if none was made yet.
        wrote_at: When our last write to this name ended, answered or not; a LIST that began earlier says nothing.
        accepted_at: When Azure answered that it takes the PUT.
        read: The last direct read since our last write to this name.
        missing_since: Start of the unbroken run of 404s since our last write to this name.
        found_at: When a direct read last showed a group of this name.
        deleted_at: When a DELETE was answered.
        retagged_at: When tags that were lost were last put back, or that was tried.
        trouble: The last failure, until a call of that kind succeeds, or none is left to do.
        unanswered: What was answered to the last PUT, if that does not say whether Azure has taken it, and when it may
            be sent again at the earliest.
    """

    look_at: datetime
    known_at: datetime | None = None
    drawn: bool = False
    unsent: bool = False
    asked_at: datetime | None = None
    wrote_at: datetime | None = None
    accepted_at: datetime | None = None
    read: Read | None = None
    missing_since: datetime | None = None
    found_at: datetime | None = None
    deleted_at: datetime | None = None
    retagged_at: datetime | None = None
    trouble: Trouble | None = None
    unanswered: Trouble | None = None

    def seen(self, read: Read, *, nothing_to_write: bool = False) -> "Memory":
        """Return the memory after a direct read, which may show that no write is left to do."""
        there = read.group is not None
        missing_since = None if there else self.missing_since or read.at
        found_at = read.at if there else self.found_at
        goes_on = self.trouble is not None and self.trouble.write and not nothing_to_write
        trouble = self.trouble if goes_on else None
        return replace(self, read=read, missing_since=missing_since, found_at=found_at, trouble=trouble)

    def wrote(self, at: datetime, look_at: datetime) -> "Memory":
        """Return the memory after a write was sent: whatever was read before it no longer counts."""
        return replace(
            self,
            look_at=look_at,
            wrote_at=at,
            unsent=False,
            read=None,
            missing_since=None,
            deleted_at=None,
            trouble=None,
        )
