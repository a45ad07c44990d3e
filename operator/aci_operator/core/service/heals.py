"""What a service remembers in its status of the replicas that failed: it outlives a restart of the operator."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Heals
from aci_operator.core.service.backoff import SHORT_LIFE, never_available, relapsed
from aci_operator.core.service.replicas import available, available_since, ending, revision_of, unplaced
from aci_operator.core.service.storm import PATIENCE, guarded, outstanding


def advance(
    before: Heals | None, revision: str, groups: Sequence[ContainerGroup], wanted: int, now: datetime
) -> Heals | None:
    """Return what still counts at `now`; None when there is nothing.

    The back-off ends with another template. Failures end when a replica becomes available, be it of the wanted revision
    or of the one that failed: one of what served before, past the deadline, mends nothing. Relapses end when one that
    came later has been available for as long as makes it none, or when one that had been so long is replaced.
    """
    if before is None:
        return None
    present = [group for group in groups if not ending(group)]
    well = _recovered(present, before.failed_at)
    same = before.revision == revision
    telling = [group for group in present if revision_of(group) in {revision, before.failing}]
    failures = before.failures if same and not _recovered(telling, before.failed_at) else 0
    after = before.model_copy(
        update={
            "revision": revision,
            "failures": failures,
            "failing": before.failing if failures else None,
            "relapses": before.relapses if same and not any(now >= since + SHORT_LIFE for since in well) else 0,
            "replacing": outstanding(before, present, wanted, now),
        }
    )
    return after if after.failures or after.relapses or after.replacing else None


def replaced(before: Heals | None, revision: str, ended: Collection[ContainerGroup], now: datetime) -> Heals | None:
    """Return what there is to remember when these failed replicas are replaced."""
    dead = [group for group in ended if group.status.failed_at is not None and not unplaced(group)]
    failed = [group.status.failed_at for group in dead if group.status.failed_at is not None]
    if not failed:
        return before
    moment = now.replace(microsecond=0)
    known = before or Heals(revision=revision, failed_at=max(failed), replaced_at=moment)
    never = sorted((group for group in dead if never_available(group)), key=lambda g: revision_of(g) == revision)
    lasting = any(not never_available(group) and not relapsed(group) for group in dead)
    after = known.model_copy(
        update={
            "failures": known.failures + bool(never),
            "failing": revision_of(never[-1]) if never else known.failing,
            "relapses": (0 if lasting else known.relapses) + any(map(relapsed, dead)),
            "replacing": known.replacing + sum(map(guarded, dead)),
            "failed_at": max(known.failed_at, *failed),
            "replaced_at": moment,
        }
    )
    return after if after.failures or after.relapses or after.replacing else None


def next_change(heals: Heals | None, groups: Iterable[ContainerGroup]) -> list[datetime]:
    """Return the moments at which what is remembered changes by the mere passing of time."""
    if heals is None:
        return []
    patience = [heals.replaced_at + PATIENCE] if heals.replacing else []
    present = [group for group in groups if not ending(group)]
    calm = [since + SHORT_LIFE for since in _recovered(present, heals.failed_at)] if heals.relapses else []
    return patience + calm


def _recovered(groups: Iterable[ContainerGroup], failed_at: datetime) -> list[datetime]:
    """Return since when those replicas are available that became so after the last one failed."""
    since = [available_since(group) for group in groups if available(group)]
    return [moment for moment in since if moment is not None and moment > failed_at]
