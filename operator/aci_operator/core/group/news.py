"""What Azure did to a group that is told, and needs no healing."""

from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.group.crashes import by_platform
from aci_operator.core.story import Tell


def news(before: GroupStatus, after: GroupStatus, seen: CloudGroup) -> tuple[Tell, ...]:
    """Return the Events of a read: another IP, and restarts by the platform."""
    known = before.ip or before.last_ip
    moved = known is not None and after.ip is not None and known != after.ip
    ips = (Tell(Reason.IP_CHANGED, f"its IP changed from {known} to {after.ip}"),) if moved else ()
    restarts = tuple(
        Tell(Reason.RESTARTED_BY_PLATFORM, f'Azure restarted container "{name}" by itself ({count} times)')
        for name, count in by_platform(before, seen.containers)
    )
    return ips + restarts
