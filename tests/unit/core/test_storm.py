"""How many replicas heals may replace at once, and which of them are still not made up for."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service import storm
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan

from tests.unit.core.builders import T0, at, failed, replica, service
from tests.unit.core.plans import V1, heal, remembered


@pytest.mark.parametrize(("fleet", "limit"), [(0, 5), (25, 5), (29, 5), (30, 6), (1000, 200)])
def test_a_fifth_of_the_fleet_and_never_fewer_than_five(fleet: int, limit: int) -> None:
    assert storm.limit(fleet) == limit


@pytest.mark.parametrize(
    ("groups", "now", "outstanding"),
    [
        pytest.param([], 0, 2, id="none has come"),
        pytest.param([replica(1), replica(2)], 0, 1, id="one is missing"),
        pytest.param([replica(1), replica(2), replica(3)], 0, 0, id="all are there"),
        pytest.param([replica(1), failed(2), failed(3)], 0, 2, id="the successors fail"),
        pytest.param([replica(1), replica(2), failed(3, lived=900)], 0, 0, id="what is missing is to be replaced yet"),
        pytest.param([], 15 * 60 - 31, 2, id="for a while"),
        pytest.param([], 15 * 60 - 30, 0, id="not for ever"),
    ],
)
def test_how_many_are_not_made_up_for(groups: list[ContainerGroup], now: float, outstanding: int) -> None:
    assert storm.outstanding(remembered(replacing=2), groups, 3, at(now)) == outstanding


@pytest.mark.parametrize(("now", "healing"), [(0, 2), (15 * 60, 0)], ids=["for a while", "not for ever"])
def test_a_service_that_does_not_know_its_past_keeps_its_place_in_the_limit(now: float, healing: int) -> None:
    subject = service(3, status=ServiceStatus(heals=remembered(replacing=2), replicas=3))
    unsure = plan(Observation(subject, [replica(1)], [V1], at(now), heritage=None))
    assert unsure.healing == healing
    assert unsure.status.heals == remembered(replacing=2)


@pytest.mark.parametrize(
    "look",
    [{"strays": [replica(9)]}, {"unreadable": ["llm-9-zzzzzzzz"]}, {"heritage": None}, {"subscription_id": None}],
    ids=["waits for a stray", "cannot read one", "does not know its past", "lacks a subscription"],
)
def test_what_is_being_replaced_counts_whatever_else_the_service_waits_for(look: dict[str, Any]) -> None:
    assert heal([], 6, known=remembered(replacing=3), **look).healing == 3


def test_a_service_whose_end_hangs_takes_no_room_in_the_limit() -> None:
    status = ServiceStatus(heals=remembered(replacing=5), replicas=5)
    subject = service(5, status=status, meta_deletion_timestamp=T0)
    assert plan(Observation(subject, [replica(1)], [V1], T0)).healing == 0
