"""What an earlier service of the same name has left."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.placement import Placement
from aci_operator.api.reasons import State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.actions import AdoptGroup, CreateGroup
from aci_operator.core.service.market import Place
from aci_operator.core.service.plan import HERITAGE_LOOK, STRAY_PATIENCE

from tests.unit.core.builders import T0, cloud, holds, replica
from tests.unit.core.plans import V1, V2, arriving, born, decide, gone, some


def test_objects_of_an_earlier_service_are_adopted_before_anything_is_made() -> None:
    strays = [replica(1), replica(2, ending=True)]
    decided = decide([], 3, before=ServiceStatus(), strays=strays)
    assert decided.actions == (AdoptGroup(strays[0]),)
    assert decided.after == HERITAGE_LOOK
    assert not holds(decided.status, ConditionType.READY)


def test_a_first_number_is_a_past_and_what_goes_is_waited_for_no_longer_than_a_while() -> None:
    late: dict[str, Any] = {"strays": [replica(1, ending=True)], "now": T0 + timedelta(seconds=STRAY_PATIENCE)}
    assert born(decide([], 3, before=ServiceStatus(), **late)) == []
    assert born(decide([], 3, before=ServiceStatus(serial=1), **late)) != []


@pytest.mark.parametrize(("seconds", "waits"), [(0, True), (STRAY_PATIENCE - 1, True), (STRAY_PATIENCE, False)])
def test_what_kubernetes_takes_away_may_leave_its_group_and_is_waited_for_a_while(seconds: float, waits: bool) -> None:
    strays = [replica(1, ending=True)]
    decided = decide(some(2, 3), 3, strays=strays, now=T0 + timedelta(seconds=seconds))
    assert (born(decided) == []) is waits


def test_nothing_is_made_while_it_is_not_known_what_is_left() -> None:
    decided = decide([], 3, before=ServiceStatus(), heritage=None)
    assert decided.actions == ()
    assert decided.after == HERITAGE_LOOK


def test_groups_that_were_left_in_azure_get_their_objects_back_by_their_names() -> None:
    left = cloud(
        {keys.TAG_REVISION: f"v1:{V1.name}"},
        name="llm-7-leftover",
    )
    other = cloud({keys.TAG_REVISION: f"v1:{V2.name}"}, name="llm-8-outdated")
    decided = decide([], 2, before=ServiceStatus(), heritage=[other, left])
    heirs = [action.heir for action in decided.actions if isinstance(action, CreateGroup)]
    assert heirs == [left, None]


def subnet(name: str) -> str:
    return f"/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/{name}"


def test_a_group_that_was_left_keeps_its_place_and_gets_the_subnet_of_the_placement_that_fits_it_best() -> None:
    tags = {keys.TAG_REVISION: f"v1:{V1.name}"}
    left = [
        replace(cloud(tags, name="llm-1"), location="northeurope", zone="2"),
        replace(cloud(tags, name="llm-2"), location="northeurope"),
        replace(cloud(tags, name="llm-3"), location="westus"),
    ]
    places = [
        Placement(location="westeurope", subnet_id=subnet("w")),
        Placement(location="northeurope", zones=("1",), subnet_id=subnet("n1")),
        Placement(location="northeurope", zones=("2",), subnet_id=subnet("n2")),
    ]
    decided = decide([], 3, before=ServiceStatus(), heritage=left, placements=places)
    assert [action.place for action in decided.actions if isinstance(action, CreateGroup)] == [
        Place("northeurope", "2", subnet("n2")),
        Place("northeurope", None, subnet("n1")),
        Place("westus", None, subnet("w")),
    ]


def test_paused_a_service_takes_over_what_was_left_of_it_and_makes_nothing() -> None:
    """As after a restore while somebody looks into what went wrong."""
    left = [cloud({keys.TAG_REVISION: f"v1:{V1.name}"}, name=f"llm-{n}-leftover") for n in (1, 2)]
    decided = decide([], 3, before=ServiceStatus(), heritage=left, paused=True)
    assert [action.heir for action in decided.actions if isinstance(action, CreateGroup)] == left


def test_numbers_go_on_after_those_of_adopted_groups() -> None:
    decided = decide(some(7), 2, before=ServiceStatus())
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [8]


@pytest.mark.parametrize("strategy", [{"type": "RollingUpdate"}, {"type": "Recreate"}])
def test_what_is_not_taken_over_yet_is_not_ended_for_being_in_an_unwanted_place(strategy: dict[str, Any]) -> None:
    """Its object would go, its container group stay and be found again, without an end."""
    elsewhere: dict[str, Any] = {"placements": [{"location": "northeurope"}], "strategy": strategy}
    assert gone(decide([arriving(1)], 1, **elsewhere)) == []
    assert gone(decide([replica(1, state=State.PENDING)], 1, **elsewhere)) == [1]
    taken = arriving(1).model_copy(update={"status": replica(1, state=State.CREATING).status})
    assert gone(decide([taken], 1, **elsewhere)) == [1]
