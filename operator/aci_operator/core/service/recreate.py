"""Recreate: every replica of an older revision ends, and has ended in Azure, before the first new one is made."""

from collections.abc import Iterator

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.revision import Revision
from aci_operator.core.service import why
from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import arriving, lost, revision_of, without


def pending(s: Situation) -> bool:
    """Tell whether outdated replicas are to end, or have not ended yet; none do while the rollout is held."""
    update = s.revisions.update.name
    return s.recreate and not s.held and not all(s.replicas.is_updated(group, update) for group in _present(s))


def alone(s: Situation, revision: Revision) -> bool:
    """Tell whether no replica of another revision may be in Azure."""
    return all(revision_of(group) == revision.name for group in _present(s))


def relieved(s: Situation) -> list[ContainerGroup]:
    """Return the ailing replicas that end in the rollout: the outdated ones, and others where they are too many."""
    older = [group for group in s.replicas.ailing if not s.replicas.is_updated(group, s.revisions.update.name)]
    others = without(s.replicas.ailing, older)
    return [*older, *others[: max(len(others) + len(s.updated) - s.wanted, 0)]]


def spared(s: Situation) -> int:
    """Return how many may serve whatever heals end: without a surge, one may be missing for its successor.

    None are spared where no successor can be made beside them: held, while others than what served before are there.
    """
    return s.wanted - 1 if not s.held or alone(s, s.revisions.current) else 0


def change(s: Situation) -> Change:
    """Return the deaths of all that is outdated, and of updated ones that are too many."""
    surplus = expendable_first(s.updated, s.replicas.positions)[: max(len(s.updated) - s.wanted, 0)]
    outdated = tuple((group, why.replaced(s, group)) for group in s.outdated if not arriving(group))
    return Change(delete=outdated + tuple((group, Reason.SCALING) for group in surplus))


def _present(s: Situation) -> Iterator[ContainerGroup]:
    """Yield what may be in Azure, those included that are to be replaced now."""
    yield from (*s.replicas.live, *s.replicas.ailing, *s.replicas.departing)
    yield from (group for group in s.replicas.dead if not lost(group))
