"""How many replicas of which revision to create and which to delete.

Surge 1, unavailable 0, and a canary of 1: the first replica of a new revision comes alone while an older one serves,
and until it is ready everything else is done with the revision that served before.
"""

from dataclasses import dataclass
from typing import Final

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.revision import Revision
from aci_operator.core.service.replicas import Replicas, expendable_first, ready, serves
from aci_operator.core.service.revisions import Revisions

SURGE: Final = 1
CANARY: Final = 1

Births = tuple[tuple[Revision, Reason], ...]
Deaths = tuple[tuple[ContainerGroup, Reason], ...]


@dataclass(frozen=True)
class Change:
    """Which replicas to create and to delete, and why."""

    create: Births = ()
    delete: Deaths = ()


def change(wanted: int, before: int, replicas: Replicas, revisions: Revisions) -> Change:
    """Return the next change. At most `wanted` + SURGE exist by it, and no ready one goes that is needed.

    Args:
        wanted: Replicas by the spec.
        before: Replicas by the last status: fewer than wanted, and this is growth; else something is replaced.
        replicas: What there is.
        revisions: What new replicas are made of.
    """
    reason = Reason.SCALING if before < wanted else Reason.HEALING
    buried: Deaths = tuple((group, Reason.HEALING) for group in replicas.dead)
    room = max(wanted + SURGE - replicas.holding, 0)
    if _canary_pending(replicas, revisions):
        return Change(
            create=_births_beside_canary(wanted, replicas, revisions, reason)[:room],
            delete=buried + _deaths_beside_canary(wanted, replicas, revisions),
        )
    return Change(
        create=_births(wanted, replicas, revisions, reason)[:room],
        delete=buried + _deaths(wanted, replicas, revisions),
    )


def _canary_pending(replicas: Replicas, revisions: Revisions) -> bool:
    """Tell whether an older revision serves and the update has not proven itself yet."""
    serving = any(map(serves, replicas.outdated(revisions.update.name)))
    proven = any(map(serves, replicas.updated(revisions.update.name)))
    return serving and not proven


def _births_beside_canary(wanted: int, replicas: Replicas, revisions: Revisions, reason: Reason) -> Births:
    updated, outdated = replicas.updated(revisions.update.name), replicas.outdated(revisions.update.name)
    grown = ((revisions.current, reason),) * (wanted - len(outdated))
    canary = ((revisions.update, Reason.ROLLING_OUT),) * (min(CANARY, wanted) - len(updated))
    return grown + canary


def _deaths_beside_canary(wanted: int, replicas: Replicas, revisions: Revisions) -> Deaths:
    updated = sorted(replicas.updated(revisions.update.name), key=expendable_first)
    outdated = sorted(replicas.outdated(revisions.update.name), key=expendable_first)
    surplus = outdated[: max(len(outdated) - wanted, 0)] + updated[: max(len(updated) - min(CANARY, wanted), 0)]
    return tuple((group, Reason.SCALING) for group in surplus)


def _births(wanted: int, replicas: Replicas, revisions: Revisions, reason: Reason) -> Births:
    updated, outdated = replicas.updated(revisions.update.name), replicas.outdated(revisions.update.name)
    return ((revisions.update, Reason.ROLLING_OUT if outdated else reason),) * (wanted - len(updated))


def _deaths(wanted: int, replicas: Replicas, revisions: Revisions) -> Deaths:
    """Surplus updated ones; outdated ones that serve nobody; and as many others of them as are not needed.

    One that falters may be well in a moment: it counts until an updated one is ready in its stead.
    """
    updated = sorted(replicas.updated(revisions.update.name), key=expendable_first)
    outdated = sorted(replicas.outdated(revisions.update.name), key=expendable_first)
    too_many = max(len(updated) - wanted, 0)
    surplus, kept = updated[:too_many], updated[too_many:]
    remaining = [*outdated, *kept]
    not_needed = max(sum(map(ready, remaining)) - wanted, 0)
    useless = [group for group in outdated if not serves(group)]
    starting = sum(1 for group in kept if not ready(group))
    spare = max(len(remaining) - len(useless) - starting - wanted, 0)
    faltering = [group for group in outdated if serves(group) and not ready(group)][:spare]
    relieved = [group for group in outdated if ready(group)][:not_needed]
    return tuple((group, Reason.SCALING) for group in surplus) + tuple(
        (group, Reason.ROLLING_OUT) for group in useless + faltering + relieved
    )
