"""Everything that can befall a world, by name. Each lasts until `stage.peace`."""

from typing import Final

from aci_emulator.admin.admin import Admin
from aci_emulator.front.faults import answer

from tests.campaign import harms, outages
from tests.campaign.effects import failing, out_of_date, refused
from tests.campaign.stage import Happening
from tests.campaign.strikes import throttled
from tests.model.canary import SECRETIVE

TOO_MANY, TOO_MANY_FOR_LONG = throttled("45"), throttled("300")
NO_PLACE: Final = answer(404, "ResourceGroupNotFound", SECRETIVE)
CALLS: Final = tuple(f"containerGroups/{call}" for call in ("write", "delete", "read", "list", "listBySubscription"))

HAPPENINGS: Final[dict[str, Happening]] = {
    "events dropped": outages.ways(drop=outages.share(0.4)),
    "events twice": outages.ways(repeat=outages.share(0.5)),
    "events late": outages.ways(delay=outages.lag),
    "events swapped": outages.swapped,
    "watch cut": outages.cut,
    "list from the past": outages.past,
    "events replayed": outages.replay,
    "watch frozen": outages.frozen,
    "writes conflict": outages.contended,
    "process killed": outages.killed,
    "process stopped": outages.stopped,
    "process paused": outages.paused,
    "clock ahead": outages.clock(600.0),
    "clock behind": outages.clock(-600.0),
    "Azure out of reach": outages.unplugged,
    "no tokens": outages.tokens,
    "Lease deleted": outages.robbed,
    "group removed": harms.on_a_group(harms.remove),
    "group killed": harms.on_a_group(harms.by(Admin.kill)),
    "group stopped": harms.on_a_group(harms.stop),
    "group killed by the platform": harms.on_a_group(harms.by(Admin.platform_kill)),
    "group moved": harms.on_a_group(harms.by(Admin.maintenance)),
    "tags changed": harms.on_a_group(harms.retag),
    "object deleted": harms.ended,
    "no capacity": harms.setting(refused("ServiceUnavailable"), capacity=harms.NO_ROOM),
    "no quota": harms.setting(refused("ContainerGroupQuotaReached"), core_quota=0.0),
    "budget spent": harms.setting(refused("ResourceRequestsThrottled", "TooManyRequests"), budget_5m=1),
    "reads lag": harms.setting(out_of_date(15.0), read_lag=15.0),
    "starts fail": harms.setting(failing, images={"*": {"pull_fails": "always"}}, provisioning_timeout=20.0),
    "late delete": harms.rules({"kind": "late-delete", "seconds": 20.0, "count": 2}),
}
"""What a scenario outlives by itself, and comes to its own end."""

OF_LIVES: Final[dict[str, Happening]] = {
    "Lease out of reach": outages.out_of_reach,
    "group changed": harms.on_a_group(harms.change),
    "group crashes": harms.on_a_group(harms.crash),
    "many killed": harms.many_killed,
    "throttled": harms.rules(*({"kind": "answer", "answer": TOO_MANY, "operation": o, "count": 3} for o in CALLS)),
    "throttled for long": harms.rules(
        *({"kind": "answer", "answer": TOO_MANY_FOR_LONG, "operation": o, "count": 1} for o in CALLS)
    ),
    "lists denied": harms.rules(
        {"kind": "answer", "answer": NO_PLACE, "operation": "containerGroups/list", "count": 12}
    ),
    "rights lost": harms.rules(
        {"kind": "empty", "operation": "containerGroups/list*", "count": 6},
        {"kind": "forbidden", "operation": "containerGroups/read", "count": 12},
    ),
    "credential refused": harms.rules(
        {"kind": "empty", "operation": "containerGroups/list*", "count": 6},
        {"kind": "unauthorized", "operation": "containerGroups/read", "count": 12},
    ),
}
"""What comes in lives alone: it takes long, or a person to put it right, or hides what a service looks for."""

NAME_TAKEN, GROUP_TAKEN = "name taken", "group taken"
BY_PEOPLE: Final = (NAME_TAKEN, GROUP_TAKEN)
"""What people do in lives besides: an object gets the name of a foreign group, and a group of ours becomes theirs."""

OFTEN: Final = (
    "group removed",
    "group killed",
    "group killed by the platform",
    "tags changed",
    "throttled",
    "late delete",
    "starts fail",
)
"""What comes twice as often as the others in a life: it calls for an answer by itself, or seldom meets its call."""
