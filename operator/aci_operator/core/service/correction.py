"""Replicas that have nothing in Azure, and would be made otherwise by now: they are replaced."""

from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceSpec
from aci_operator.core.conditions import find
from aci_operator.core.service.placement import Market, Place, misplaced
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
    that is short goes where there is room. It does not go back before it was sent: it would go to and fro.
    """
    reason = held_back(group)
    if reason is None:
        return False
    made = (group.spec.tags, group.spec.resource_group_policy)
    if made != (spec.tags, spec.resource_group_policy) or misplaced(group, spec, market.subscription):
        return True
    size = Size.of(group.spec.template)
    free = market.free(size)
    if reason in _REFUSED:
        return group.spec.location not in {place.location for place in free or market.places()[0]}
    return bool(free) and bool(market.short(Place(group.spec.location, group.spec.zone), size))
