"""A rolling update past its canary, and a service that has no rollout: births of the update, as room allows."""

from aci_operator.api.reasons import Reason
from aci_operator.core.service import why
from aci_operator.core.service.change import Births, Change, Deaths, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import arriving, available, fulfils


def change(s: Situation) -> Change:
    """Return births up to the wanted number, and deaths of what is too many or no longer needed."""
    return Change(_births(s), _deaths(s))


def _births(s: Situation) -> Births:
    missing = max(s.wanted - len(s.updated), 0)
    return tuple((s.revisions.update, reason) for reason in why.updated(s, missing))


def _deaths(s: Situation) -> Deaths:
    """Outdated ones that serve nobody; surplus updated ones; and as many other outdated ones as may be missing.

    One that falters may be well in a moment: it counts until an updated one is available in its stead. So does one that
    the limit on heals protects.
    """
    updated, outdated = (
        expendable_first(s.updated, s.replicas.positions),
        expendable_first(s.outdated, s.replicas.positions),
    )
    too_many = max(len(updated) - s.wanted, 0)
    surplus, kept = updated[:too_many], updated[too_many:]
    not_needed = max(sum(map(available, outdated)) + sum(map(fulfils, kept)) - s.least, 0)
    useless = [group for group in outdated if not s.may_serve(group) and not arriving(group)]
    starting = sum(not fulfils(group) for group in kept) + sum(map(arriving, outdated))
    spare = max(len(outdated) + len(kept) - len(useless) - starting - s.least, 0)
    faltering = [group for group in outdated if s.may_serve(group) and not available(group)][:spare]
    relieved = [group for group in outdated if available(group)][:not_needed]
    return (
        *((group, why.replaced(s, group)) for group in useless),
        *((group, Reason.SCALING) for group in surplus),
        *((group, why.replaced(s, group)) for group in faltering + relieved),
    )
