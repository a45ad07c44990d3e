"""Replicas that have nothing in Azure, and would be made otherwise by now: they are replaced."""

from collections.abc import Sequence
from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceSpec
from aci_operator.core.conditions import find
from aci_operator.core.service.market import Market, Place
from aci_operator.core.service.placement import misplaced
from aci_operator.core.service.replicas import arriving
from aci_operator.core.shortage import LASTS, Size

_REFUSED: Final = {Reason.FORBIDDEN, Reason.INVALID, Reason.RESOURCE_GROUP_NOT_FOUND}
"""Why a replica is Pending that the preferred place may help, once a person has changed the list."""

_NOTHING_SENT: Final = _REFUSED | LASTS.keys() | {Reason.WAITING_FOR_BUDGET}
"""Why a replica is Pending that another place, tag or policy may help. Not while it is still being looked for."""


def held_back(group: ContainerGroup) -> Reason | None:
    """Return why a replica is Pending with nothing in Azure; None when that is not so, or not known."""
    before = find(group.status.conditions, ConditionType.READY)
    if group.status.state is not State.PENDING or group.status.requested_at is not None or before is None:
        return None
    return next((reason for reason in _NOTHING_SENT if reason.value == before.reason), None)


def corrected(group: ContainerGroup, spec: ServiceSpec, market: Market) -> bool:
    """Tell whether a replica has nothing in Azure, since it was refused or waits, and would be made otherwise by now.

    Placement, tags and policy are in no revision: what runs keeps those that it was made with. What waits in a place
    that is short goes where there is room for sure. It does not go back before it was sent: it would go to and fro.
    Nor is one ended that is to take over what is in Azure: the service would find that again, without an end.
    """
    reason = held_back(group)
    if reason is None or (arriving(group) and reason is not Reason.RESOURCE_GROUP_NOT_FOUND):
        return False
    made = (group.spec.tags, group.spec.resource_group_policy)
    if made != (spec.tags, spec.resource_group_policy) or misplaced(group, spec, market.subscription):
        return True
    size = Size.of(group.spec.template)
    if reason in _REFUSED:
        return group.spec.location not in {place.location for place in market.free(size) or market.places()[0]}
    return market.sure(size) and _short(group, market)


def scout(groups: Sequence[ContainerGroup], market: Market) -> ContainerGroup | None:
    """Return the one replica of those that wait in a short place which goes to another that may have room again.

    It is to ask there; the others follow when it has found room. None while another one is there already to ask.
    """
    waiting = [group for group in groups if held_back(group) not in {None, *_REFUSED} and _short(group, market)]
    for group in reversed(waiting):
        free = market.free(Size.of(group.spec.template))
        asked = {(other.spec.location, other.spec.zone) for other in groups if other.status.accepted_at is None}
        if free and not any((place.location, place.zone) in asked for place in free):
            return group
    return None


def _short(group: ContainerGroup, market: Market) -> bool:
    return bool(market.short(Place(group.spec.location, group.spec.zone), Size.of(group.spec.template)))
