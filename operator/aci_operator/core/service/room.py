"""What to say while replicas wait for room: where there is none and why, and what a person can do about it."""

from collections.abc import Iterable, Sequence

from aci_operator.api.base import Condition
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import available
from aci_operator.core.shortage import Shortage, Size, where

ADVICE = "only the surge lacks room: raise the quota, or set maxSurge to 0 and maxUnavailable to 1"


def waiting(o: Observation, staying: Sequence[ContainerGroup], held: Condition, reason: Reason) -> tuple[Reason, str]:
    """Return reason and message of a service of which a replica is held by a shortage.

    Args:
        o: The look at it.
        staying: Replicas that are not being deleted.
        held: What that replica says.
        reason: Its reason: NO_CAPACITY or QUOTA_EXCEEDED.
    """
    market, size = o.market(o.subscription or ""), Size.of(o.service.spec.template.spec)
    places = [place for places in market.places() for place in places]
    message = _told(shortage for place in places for shortage in market.short(place, size)) or held.message
    if reason is Reason.QUOTA_EXCEEDED and sum(map(available, staying)) >= o.service.spec.replicas:
        return Reason.QUOTA_BLOCKS_SURGE, f"{ADVICE}; {message}"
    return reason, message


def _told(shortages: Iterable[Shortage]) -> str:
    """Return what Azure says, each text once, with the places that it is about."""
    places: dict[str, dict[str, None]] = {}
    for shortage in shortages:
        place = where(shortage.location, shortage.zone)
        text = shortage.message.removeprefix(f"{place}: ")
        named = {place: None} if text != shortage.message else {}
        places.setdefault(text, {}).update(named)
    return "; ".join(": ".join(filter(None, (" and ".join(named), text))) for text, named in places.items())
