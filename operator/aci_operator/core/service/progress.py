"""The clock of a rollout's deadline.

It runs only while a replica that Azure has accepted is neither available nor completed yet; it stands still while the
rollout waits for a budget, a quota, capacity or a person, and begins anew with each replica that becomes available.
"""

from datetime import datetime

from aci_operator.api.service import Progress
from aci_operator.core.service.change import Situation
from aci_operator.core.service.replicas import fulfils, has_served


def advance(before: Progress | None, s: Situation, now: datetime, *, complete: bool, paused: bool) -> Progress:
    """Return the progress at `now`.

    A rollout that is complete stays so until another revision is wanted: healing and scaling have no deadline.
    """
    revision = s.revisions.update.name
    if before is None or before.revision != revision:
        before = Progress(revision=revision)
    if before.complete or complete:
        return Progress(revision=revision, complete=True)
    count = sum(map(fulfils, s.updated))
    proven = sum(map(has_served, s.updated))
    if count > before.available:
        before = Progress(revision=revision, available=count)
    elif proven < before.available:  # some are gone; one that only falters is no progress when it gets well
        before = before.model_copy(update={"available": proven})
    starting = any(group.status.accepted_at is not None and not fulfils(group) for group in s.updated)
    runs = starting and not paused
    if runs and before.running_since is None:
        return before.model_copy(update={"running_since": now.replace(microsecond=0)})
    if not runs and before.running_since is not None:
        return before.model_copy(update={"elapsed_seconds": int(elapsed(before, now)), "running_since": None})
    return before


def elapsed(progress: Progress, now: datetime) -> float:
    """Return the seconds without progress."""
    running = (now - progress.running_since).total_seconds() if progress.running_since is not None else 0.0
    return progress.elapsed_seconds + max(running, 0.0)
