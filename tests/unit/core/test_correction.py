"""Replicas that have nothing in Azure follow what is corrected, and one of them asks for room."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import Placement
from aci_operator.api.reasons import Reason, State
from aci_operator.core.service.correction import corrected, scout
from aci_operator.core.service.market import Market
from aci_operator.core.service.replicas import serial
from aci_operator.core.shortage import Shortage

from tests.unit.core.builders import SUBSCRIPTION, T0, group, replica, service, short
from tests.unit.core.plans import arriving, born, decide, gone, some

WEST, NORTH = "westeurope", "northeurope"


def refused(number: int, reason: Reason = Reason.FORBIDDEN, **status: Any) -> ContainerGroup:
    made = replica(number, state=State.PENDING, stalled=reason)
    return made.model_copy(update={"status": made.status.model_copy(update=status)})


@pytest.mark.parametrize(
    "right",
    [
        {"placements": [{"location": "northeurope"}]},
        {"tags": {"cost-centre": "42"}},
        {"resourceGroupPolicy": "CreateIfMissing"},
    ],
    ids=["location", "tags", "policy"],
)
def test_a_replica_that_was_refused_follows_what_is_corrected(right: dict[str, Any]) -> None:
    decided = decide([*some(1, 2), refused(3)], 3, **right)
    assert (born(decided), gone(decided)) == (["v1"], [3])
    assert gone(decide([*some(1, 2), refused(3)], 3)) == []


def test_a_replica_that_may_be_in_azure_keeps_what_it_was_made_with() -> None:
    groups = [
        replica(1),
        refused(2, Reason.PROGRESSING),
        refused(3, requested_at=T0),
        replica(4, state=None),
        replica(5, state=State.CREATING, ready=False),
    ]
    decided = decide(groups, 5, tags={"cost-centre": "42"})
    assert (born(decided), gone(decided)) == ([], [])


WEST, NORTH = "westeurope", "northeurope"
PLACES = [Placement(location=WEST), Placement(location=NORTH)]


def full(location: str) -> Shortage:
    return Shortage.of(group(location=location).spec, Reason.NO_CAPACITY, "full", T0)


def held(number: int, location: str) -> ContainerGroup:
    return refused(number, Reason.NO_CAPACITY).model_copy(update={"spec": group(location=location).spec})


@pytest.mark.parametrize(
    ("present", "short", "doubted", "goes"),
    [
        pytest.param([NORTH, NORTH], [WEST, NORTH], [], None, id="there is no room anywhere"),
        pytest.param([NORTH, NORTH], [NORTH], [WEST], 2, id="there may be room again: one asks"),
        pytest.param([WEST, NORTH], [NORTH], [WEST], None, id="one is there to ask already"),
        pytest.param([NORTH, NORTH], [], [WEST, NORTH], None, id="its own place may have room as well"),
    ],
)
def test_who_asks_whether_there_is_room_again(
    present: list[str], short: list[str], doubted: list[str], goes: int | None
) -> None:
    market = Market(PLACES, SUBSCRIPTION, [full(place) for place in short], [full(place) for place in doubted])
    groups = [held(number, place) for number, place in enumerate(present, start=1)]
    ahead = scout(groups, market)
    assert (ahead and serial(ahead)) == goes
    assert not any(corrected(each, service(placements=PLACES).spec, market) for each in groups)


def test_a_service_lets_one_ask_where_there_may_be_room_again() -> None:
    decided = decide(
        [held(1, NORTH), held(2, NORTH)], 2, placements=PLACES, shortages=[full(NORTH)], doubted=[full(WEST)]
    )
    assert gone(decided) == [2]


def test_a_zone_that_is_short_is_left_for_another_that_is_not() -> None:
    zoned = Shortage.of(group(location=WEST, zone="1").spec, Reason.NO_CAPACITY, "full", T0)
    places = [Placement(location=WEST, zones=("1", "2"))]
    market, spec = Market(places, SUBSCRIPTION, [zoned]), service(placements=places).spec
    waiting = [
        refused(number, Reason.NO_CAPACITY).model_copy(update={"spec": group(location=WEST, zone=str(number)).spec})
        for number in (1, 2)
    ]
    assert [corrected(each, spec, market) for each in waiting] == [True, False]


@pytest.mark.parametrize(
    ("short", "follows"),
    [
        pytest.param([], [NORTH], id="to the first place"),
        pytest.param([WEST], [WEST], id="to the next one while the first is short"),
        pytest.param([WEST, NORTH], [NORTH], id="to the first when all are short"),
    ],
)
def test_where_a_refused_one_goes(short: list[str], follows: list[str]) -> None:
    market, spec = Market(PLACES, SUBSCRIPTION, [full(place) for place in short]), service(placements=PLACES).spec
    waiting = {place: refused(1).model_copy(update={"spec": group(location=place).spec}) for place in (WEST, NORTH)}
    assert [place for place, each in waiting.items() if corrected(each, spec, market)] == follows


def test_all_follow_once_there_is_room_for_sure() -> None:
    market = Market(PLACES, SUBSCRIPTION, [full(NORTH)])
    assert corrected(held(1, NORTH), service(placements=PLACES).spec, market)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"placements": [{"location": WEST}, {"location": NORTH}]}, id="in the second place"),
        pytest.param({"placements": [{"location": WEST}]}, id="in a place that is listed no longer"),
        pytest.param({"placements": [{"location": NORTH}], "tags": {"cost-centre": "42"}}, id="other tags"),
    ],
)
def test_what_is_being_taken_over_is_not_ended_to_be_made_otherwise(spec: dict[str, Any]) -> None:
    kept = arriving(3, stalled=Reason.FORBIDDEN, location=NORTH)
    assert 3 not in gone(decide([*some(1, 2), kept], 3, **spec))


def test_what_is_being_taken_over_from_a_resource_group_that_is_gone_is_made_otherwise() -> None:
    kept = arriving(3, stalled=Reason.RESOURCE_GROUP_NOT_FOUND)
    assert gone(decide([*some(1, 2), kept], 3, resourceGroupPolicy="CreateIfMissing")) == [3]


def waiting(reason: Reason, location: str = WEST) -> ContainerGroup:
    return replica(1, state=State.PENDING, stalled=reason, location=location)


@pytest.mark.parametrize(
    ("group", "full", "moves"),
    [
        pytest.param(waiting(Reason.NO_CAPACITY), [WEST], True, id="refused"),
        pytest.param(waiting(Reason.QUOTA_EXCEEDED), [WEST], True, id="over its quota"),
        pytest.param(waiting(Reason.WAITING_FOR_BUDGET), [WEST], True, id="in a line that leads nowhere"),
        pytest.param(waiting(Reason.NO_CAPACITY), [WEST, NORTH], False, id="nowhere to go"),
        pytest.param(waiting(Reason.NO_CAPACITY), [], False, id="it will be asked again"),
        pytest.param(waiting(Reason.WAITING_FOR_BUDGET, NORTH), [], False, id="no way back before it was sent"),
        pytest.param(waiting(Reason.FORBIDDEN, NORTH), [], True, id="not allowed there"),
        pytest.param(replica(1), [WEST], False, id="it runs"),
    ],
)
def test_what_waits_goes_where_there_is_room(group: ContainerGroup, full: list[str], moves: bool) -> None:
    placements = [Placement(location=WEST), Placement(location=NORTH)]
    market = Market(placements, SUBSCRIPTION, [short(place) for place in full])
    assert corrected(group, service(placements=placements).spec, market) is moves
