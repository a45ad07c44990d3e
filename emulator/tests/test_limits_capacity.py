"""What there is room for: pools of a region, which groups they are for, and what needs room again."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from .bodies import model
from .direct import refused, sdk
from .limits import change, put, sized
from .machine import Machine


def test_a_pool_is_full_until_a_group_leaves_it() -> None:
    machine = Machine(capacity=[{"location": "westeurope", "cores": 3}])
    client = sdk(machine)
    for name, cores in (("a", 2), ("b", 1)):
        client.container_groups.begin_create_or_update("rg", name, model(containers=sized(cores))).result()
    with refused(409, "ServiceUnavailable"):
        put(client, "c")
    put(client, "elsewhere", location="northeurope")
    client.container_groups.begin_create_or_update("rg", "b", model()).result()
    client.container_groups.stop("rg", "b")
    put(client, "c")
    machine.wait(60)
    client.container_groups.begin_delete("rg", "a")
    put(client, "d", containers=sized(2))


@pytest.mark.parametrize(
    ("pool", "fits", "not_"),
    [
        ({"zone": "2"}, {"zones": ["2"]}, {"zones": ["1"]}),
        ({"zone": "2"}, {"zones": ["2"]}, {}),
        ({"sku": "Confidential"}, {"sku": "Confidential"}, {}),
        ({"priority": "Spot"}, {"priority": "Spot", "ip_address": None}, {}),
        ({"big": True}, {"containers": sized(4.5)}, {"containers": sized(4, 16)}),
        ({"big": True}, {"containers": sized(1, 17)}, {}),
    ],
)
def test_a_pool_is_for_groups_that_fit_it(pool: dict[str, Any], fits: dict[str, Any], not_: dict[str, Any]) -> None:
    client = sdk(Machine(capacity=[pool]))
    with refused(409, "ServiceUnavailable"):
        put(client, "g", **fits)
    put(client, "g", **not_)


def test_a_late_pool_accepts_and_then_fails_and_start_needs_room_again() -> None:
    machine = Machine(capacity=[{"cores": 1, "late": True}])
    client = sdk(machine)
    client.container_groups.begin_create_or_update("rg", "a", model()).result()
    with refused(200, None, "not available in the location 'westeurope' at this moment"):
        client.container_groups.begin_create_or_update("rg", "b", model()).result()
    assert client.container_groups.get("rg", "b").provisioning_state == "Failed"
    client.container_groups.stop("rg", "a")
    client.container_groups.begin_create_or_update("rg", "b", model()).result()
    with pytest.raises(HttpResponseError, match="not available"):
        client.container_groups.begin_start("rg", "a").result()
    change(machine, capacity=[{"cores": 1}])
    with refused(409, "ServiceUnavailable"):
        client.container_groups.begin_start("rg", "a").result()


@pytest.mark.parametrize("late", [False, True])
def test_whatever_brings_a_group_up_again_needs_room(late: bool) -> None:
    machine = Machine(images={"job": {"run": 0}})
    groups = sdk(machine).container_groups
    groups.begin_create_or_update("rg", "stopped", model()).result()
    groups.stop("rg", "stopped")
    groups.begin_create_or_update("rg", "ended", model(image="job", restart_policy="Never")).result()
    change(machine, capacity=[{"cores": 1, "late": late}])
    groups.begin_create_or_update("rg", "runs", model()).result()
    with pytest.raises(HttpResponseError, match="not available"):
        groups.begin_restart("rg", "ended").result()
    with pytest.raises(HttpResponseError, match="not available"):
        groups.begin_create_or_update("rg", "stopped", model()).result()
