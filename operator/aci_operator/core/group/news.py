"""What Azure, or somebody in it, did to a group that is told, and needs no healing."""

from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import find
from aci_operator.core.group.crashes import by_platform
from aci_operator.core.story import Tell


def news(before: GroupStatus, after: GroupStatus, seen: CloudGroup) -> tuple[Tell, ...]:
    """Return the Events of a read: another IP, restarts by the platform, and drift."""
    known = before.ip or before.last_ip
    moved = known is not None and after.ip is not None and known != after.ip
    ips = (Tell(Reason.IP_CHANGED, f"its IP changed from {known} to {after.ip}"),) if moved else ()
    restarts = tuple(
        Tell(Reason.RESTARTED_BY_PLATFORM, f'Azure restarted container "{name}" by itself ({count} times)')
        for name, count in by_platform(before, seen.containers)
    )
    return ips + restarts + _drift(before, after)


def _drift(before: GroupStatus, after: GroupStatus) -> tuple[Tell, ...]:
    """Tell once of each set of changed fields."""
    known, now = (find(status.conditions, ConditionType.DRIFTED) for status in (before, after))
    if now is None or now.status != "True" or (known is not None and known.message == now.message):
        return ()
    return (Tell(Reason.DRIFTED, now.message, warning=True),)
