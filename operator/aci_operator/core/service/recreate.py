"""Recreate: every replica of an older revision ends, and has ended in Azure, before the first new one is made."""

from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.replicas import revision_of


def pending(s: Situation) -> bool:
    """Tell whether replicas of an older revision are there, or have not ended yet."""
    leaving = any(revision_of(group) != s.revisions.update.name for group in s.replicas.departing)
    return s.recreate and (bool(s.outdated) or leaving)


def change(s: Situation) -> Change:
    """Return the deaths of all that is outdated."""
    return Change(delete=tuple((group, s.why_replaced(group)) for group in s.outdated))
