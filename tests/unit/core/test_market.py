"""Which places have room, which of them is asked first, and what is said of those that have none."""

from dataclasses import replace

import pytest
from aci_operator.api.placement import Placement
from aci_operator.api.reasons import Reason
from aci_operator.core.service.market import Market, Place
from aci_operator.core.shortage import Shortage

from tests.unit.core.builders import SIZE, SUBSCRIPTION, short

WEST, NORTH, SOUTH = "westeurope", "northeurope", "southeurope"
ONE, TWO, N = Place(WEST, "1"), Place(WEST, "2"), Place(NORTH)
LISTED = [Placement(location=WEST, zones=("1", "2")), Placement(location=NORTH), Placement(location=SOUTH)]


def market(*shortages: Shortage) -> Market:
    return Market(LISTED, SUBSCRIPTION, shortages)


@pytest.mark.parametrize(
    ("shortages", "free"),
    [
        pytest.param([], [Place(WEST, "1"), Place(WEST, "2")], id="all zones of the first"),
        pytest.param([short(WEST, "1")], [Place(WEST, "2")], id="the zone that is left of it"),
        pytest.param([short(WEST)], [Place(NORTH)], id="the next"),
        pytest.param([short(it) for it in (WEST, NORTH, SOUTH)], [], id="none"),
    ],
)
def test_the_first_placement_with_room_is_free(shortages: list[Shortage], free: list[Place]) -> None:
    assert market(*shortages).free(SIZE) == free


def test_a_place_that_is_short_for_two_reasons_has_room_when_the_last_of_them_is_over() -> None:
    told = market(short(WEST, minutes=4), short(WEST, minutes=9), short(NORTH, minutes=8), short(SOUTH, minutes=10))
    assert told.soonest(SIZE) == Place(NORTH)


@pytest.mark.parametrize(
    ("place", "rather", "shortages", "words"),
    [
        pytest.param(ONE, ONE, [short(WEST, "2")], "", id="nowhere: it is where it would be"),
        pytest.param(ONE, TWO, [short(WEST, "2")], "NoCapacity in westeurope, zone 2", id="a zone beside it"),
        pytest.param(ONE, TWO, [short(WEST)], "", id="not what is short here too"),
        pytest.param(ONE, ONE, [short(NORTH)], "", id="nothing that comes after it"),
        pytest.param(N, N, [short(WEST), short(SOUTH)], "NoCapacity in westeurope", id="what comes before it"),
        pytest.param(N, N, [short(WEST), short(NORTH)], "NoCapacity in westeurope", id="not what it waits for"),
        pytest.param(
            Place(SOUTH),
            Place(SOUTH),
            [short(NORTH), short(WEST, why=Reason.QUOTA_EXCEEDED)],
            "QuotaExceeded in westeurope; NoCapacity in northeurope",
            id="in their order",
        ),
        pytest.param(N, N, [short(WEST), short(WEST, minutes=9)], "NoCapacity in westeurope", id="each once"),
    ],
)
def test_what_has_no_room_where_it_would_be_better(
    place: Place, rather: Place, shortages: list[Shortage], words: str
) -> None:
    assert market(*shortages).passed_over(place, rather, SIZE) == words


def test_each_place_has_the_subnet_of_its_placement() -> None:
    subnet = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    market = Market([Placement(location=WEST, zones=("1",), subnet_id=subnet), Placement(location=NORTH)], SUBSCRIPTION)
    assert market.places() == [[Place(WEST, "1", subnet)], [Place(NORTH)]]
    assert replace(market, shortages=[short(WEST), short(NORTH)]).free(SIZE) == []
