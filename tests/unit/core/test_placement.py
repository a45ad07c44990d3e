"""Where replicas are born, which places they have passed over, and in which order they go."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import Placement
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Progress
from aci_operator.core.service.actions import CreateGroup, Plan
from aci_operator.core.service.market import Market
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.placement import assign, expendable_first, misplaced, passed_over, position
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replicas import serial
from aci_operator.core.service.revisions import wanted
from aci_operator.core.shortage import Shortage, Size
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import (
    SIZE,
    SUBSCRIPTION,
    T0,
    changed,
    cloud,
    failed,
    replica,
    revision,
    service,
    short,
)
from tests.unit.core.plans import decide, status

WEST, NORTH = "westeurope", "northeurope"
V1 = revision("v1")


def placed(location: str, *zones: str) -> Placement:
    return Placement(location=location, zones=zones) if zones else Placement(location=location)


def at(number: int, location: str = WEST, zone: str | None = None, **more: Any) -> ContainerGroup:
    return replica(number, location=location, zone=zone, **more)


def born(count: int, present: list[ContainerGroup], placements: list[Placement], *shortages: Shortage) -> list[str]:
    market = Market(placements, SUBSCRIPTION, shortages)
    return [str(place) for place in assign([V1] * count, present, market)]


ZONED = [placed(WEST, "1", "2"), placed(NORTH)]
ONE, TWO = "westeurope, zone 1", "westeurope, zone 2"


@pytest.mark.parametrize(
    ("present", "shortages", "expected"),
    [
        pytest.param([], [], [ONE, TWO, ONE], id="evenly"),
        pytest.param([at(1, zone="1")], [], [TWO, ONE, TWO], id="the emptiest first"),
        pytest.param([at(1, image="v2", zone="1")], [], [TWO, ONE, TWO], id="an older revision breaks a tie"),
        pytest.param(
            [at(1, zone="1"), at(2, image="v2", zone="2"), at(3, image="v2", zone="2")],
            [],
            [TWO, ONE, TWO],
            id="the same revision counts first",
        ),
        pytest.param([], [short(WEST, "1")], [TWO, TWO, TWO], id="a full zone"),
        pytest.param([], [short(WEST)], [NORTH] * 3, id="a full region"),
        pytest.param([], [short(WEST, "1"), short(WEST, "2")], [NORTH] * 3, id="all zones full"),
        pytest.param([], [short(WEST, size=Size(2, 2))], [ONE, TWO, ONE], id="full for larger ones"),
        pytest.param([], [short(NORTH)], [ONE, TWO, ONE], id="full elsewhere"),
        pytest.param([], [short(WEST, minutes=3), short(NORTH, minutes=2)], [NORTH] * 3, id="all full"),
    ],
)
def test_births(present: list[ContainerGroup], shortages: list[Shortage], expected: list[str]) -> None:
    assert born(3, present, ZONED, *shortages) == expected


@pytest.mark.parametrize(
    ("leaving", "expected"),
    [
        pytest.param([1], [ONE, TWO, ONE], id="one of the first zone"),
        pytest.param([2], [TWO, ONE, TWO], id="one of the second zone"),
        pytest.param([1, 2], [ONE, TWO, ONE], id="all"),
    ],
)
def test_a_replica_that_leaves_has_its_successor_where_it_would_be_missing(
    leaving: list[int], expected: list[str]
) -> None:
    present = [at(1, zone="1"), at(2, zone="2")]
    names = [each.metadata.name for each in present if serial(each) in leaving]
    births = assign([V1] * 3, present, Market(ZONED, SUBSCRIPTION), leaving=names)
    assert [str(place) for place in births] == expected


def zones_of(decided: Plan) -> list[str | None]:
    return [action.place.zone for action in decided.actions if isinstance(action, CreateGroup)]


ails = partial(failed, lived=900, why=Reason.CRASH_LOOPING)
IN_TWO = [{"location": WEST, "zones": ["1", "2"]}]


@pytest.mark.parametrize(("held", "zone"), [(True, "1"), (False, "2")])
def test_what_drifted_counts_in_its_zone_unless_the_birth_takes_its_place(held: bool, zone: str) -> None:
    over = status(progress=Progress(revision=revision("v2").name, elapsed_seconds=9999))
    wanted, image, before = (3, "v2", over) if held else (2, "v1", status())
    present = [at(1, zone="1"), changed(2, zone="2")]
    decided = decide(present, wanted, image, before=before, driftPolicy="Replace", placements=IN_TWO)
    assert zones_of(decided) == [zone]


FAST = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}}


@pytest.mark.parametrize("make", [changed, ails], ids=["drifted", "ailing"])
@pytest.mark.parametrize("zones", [("1", "2"), ("2", "1")])
def test_the_successors_of_two_go_where_they_were_though_one_of_them_goes_first(
    make: Callable[..., ContainerGroup], zones: tuple[str, str]
) -> None:
    places = [{"location": WEST, "zones": ["1", "2", "3"]}]
    groups = [make(1, zone=zones[0]), make(2, zone=zones[1]), at(3, zone="3")]
    decided = decide(groups, 3, before=status(), driftPolicy="Replace", placements=places, strategy=FAST)
    assert sorted(map(str, zones_of(decided))) == ["1", "2"]


def test_a_birth_for_one_that_is_dead_does_not_count_away_others_that_may_get_well() -> None:
    dead = at(4, zone="2", state=State.FAILED)
    decided = decide(
        [ails(1, zone="1"), ails(2, zone="1"), at(3, zone="2"), dead], 4, before=status(replicas=4), placements=IN_TWO
    )
    assert zones_of(decided) == ["2"]


@given(st.integers(0, 30), st.integers(0, 30), st.sampled_from([("1",), ("1", "2"), ("1", "2", "3")]))
def test_zones_differ_by_one_at_most(before: int, births: int, zones: tuple[str, ...]) -> None:
    present = [at(number, zone=zones[number % len(zones)]) for number in range(before)]
    count = Counter(str(group.spec.zone) for group in present)
    count.update(str(it.zone) for it in assign([V1] * births, present, Market([placed(WEST, *zones)], SUBSCRIPTION)))
    full = [count[zone] for zone in zones]
    assert max(full) - min(full) <= 1


PLACES = st.tuples(st.sampled_from([WEST, NORTH, "uksouth"]), st.sampled_from([None, "1", "2", "3"]))


@given(
    st.lists(PLACES, max_size=6), st.permutations([placed(WEST, "1", "3"), placed(NORTH, "1", "2"), placed("uksouth")])
)
def test_nothing_is_born_into_a_short_place_while_another_is_free_and_the_order_is_kept(
    full: list[tuple[str, str | None]], placements: list[Placement]
) -> None:
    market = Market(placements, SUBSCRIPTION, [short(*place) for place in full])
    [place] = assign([V1], [], market)
    free = [it for places in market.places() for it in places if not market.short(it, SIZE)]
    if free:
        assert place.location == free[0].location
        assert not market.short(place, SIZE)


@given(st.lists(st.sampled_from(["1", "2", "3"]), min_size=1, max_size=20), st.integers(0, 20))
def test_a_scale_down_never_widens_the_difference(zones: list[str], ended: int) -> None:
    groups = [at(number, zone=zone) for number, zone in enumerate(zones)]
    order = expendable_first(groups, {group.metadata.name: 0 for group in groups})
    assert sorted(map(serial, order)) == list(range(len(zones)))
    rest = Counter(dict.fromkeys("123", 0))
    before = Counter(zones)
    rest.update(str(group.spec.zone) for group in order[ended:])
    widest = max(before.values()) - min(before[zone] for zone in "123")
    assert max(rest.values()) - min(rest.values()) <= max(widest, 1)


def test_of_a_scale_down_one_that_was_never_sent_goes_before_one_without_an_answer_yet() -> None:
    sent = at(2, zone="1", state=State.CREATING)
    waits = sent.model_copy(update={"status": sent.status.model_copy(update={"accepted_at": None})})
    order = expendable_first([at(1, zone="1", state=None), waits], {})
    assert list(map(serial, order)) == [1, 2]


def test_the_order_of_a_scale_down() -> None:
    placements = [placed(WEST, "1", "2"), placed(NORTH)]
    groups = [
        at(1, zone="1"),
        at(2, zone="1"),
        at(3, zone="2"),
        at(4, NORTH),
        at(5, "uksouth"),
        at(6, zone="2", ready=False, proven=True),
        at(7, zone="1", state=State.PENDING),
        at(8, zone="2", state=State.CREATING, ready=False),
    ]
    spec = service(placements=placements).spec
    positions = {g.metadata.name: where for g in groups if (where := position(g, spec)) is not None}
    assert list(map(serial, expendable_first(groups, positions))) == [7, 8, 6, 5, 4, 2, 3, 1]


@pytest.mark.parametrize(
    ("zone", "zones", "expected"),
    [(None, ("1",), False), ("1", (), False), ("1", ("1", "2"), False), ("3", ("1", "2"), True)],
)
def test_a_zone_that_is_taken_out_is_rolled_away(zone: str | None, zones: tuple[str, ...], expected: bool) -> None:
    spec = service(placements=[placed(WEST, *zones)]).spec
    assert misplaced(at(1, zone=zone), spec, SUBSCRIPTION) is expected


A, B = (f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/{it}" for it in "ab")


@pytest.mark.parametrize(
    ("made", "network", "own", "expected"),
    [
        pytest.param(A, {"type": "Private", "subnetId": A}, None, False, id="the service's subnet"),
        pytest.param(A.upper(), {"type": "Private", "subnetId": A}, None, False, id="in another case"),
        pytest.param(A, {"type": "Private", "subnetId": B}, None, True, id="another one of the service"),
        pytest.param(A, {"type": "Private", "subnetId": B}, A, False, id="the placement's own"),
        pytest.param(A, {"type": "Private", "subnetId": A}, B, True, id="another one of the placement"),
        pytest.param(A, {"type": "Public"}, None, False, id="another type: that is for a rollout"),
    ],
)
def test_a_replica_is_misplaced_in_another_subnet(
    made: str, network: dict[str, Any], own: str | None, expected: bool
) -> None:
    spec = service(placements=[{"location": WEST, "subnetId": own}], network=network).spec
    present = replica(1, network={"type": "Private", "subnetId": made})
    assert misplaced(present, spec, SUBSCRIPTION) is expected


def test_a_service_places_its_replicas_where_there_is_room() -> None:
    decided = decide([], 2, placements=[{"location": WEST}, {"location": NORTH}], shortages=[short(WEST)])
    assert [it.place.location for it in decided.actions if isinstance(it, CreateGroup)] == [NORTH, NORTH]


def test_a_group_that_is_found_again_is_in_the_subnet_of_its_placement() -> None:
    """A LIST shows no subnet; an object without one would be refused, or rolled away."""
    subnets = [
        f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/{name}"
        for name in ("west", "north-1", "north-2")
    ]
    spec: dict[str, Any] = {
        "network": {"type": "Private"},
        "placements": [
            {"location": WEST, "subnetId": subnets[0]},
            {"location": NORTH, "zones": ["1"], "subnetId": subnets[1]},
            {"location": NORTH, "zones": ["2"], "subnetId": subnets[2]},
        ],
    }
    subject = service(4, **spec)
    present = wanted(subject)
    left = [
        replace(cloud({keys.TAG_REVISION: f"v1:{present.name}"}, name=f"llm-{n}-leftover"), location=where, zone=zone)
        for n, (where, zone) in enumerate([(WEST, ""), (NORTH, "2"), (NORTH, "3"), ("southeurope", "")], start=1)
    ]
    decided = plan(Observation(subject, [], [present], T0, heritage=left))
    made = [action.place for action in decided.actions if isinstance(action, CreateGroup)]
    assert [place.subnet_id for place in made] == [subnets[0], subnets[2], subnets[1], subnets[0]]
    assert [place.location for place in made] == [WEST, NORTH, NORTH, "southeurope"]


@pytest.mark.parametrize(
    ("shortages", "notes"),
    [
        pytest.param([], ["", "", ""], id="none"),
        pytest.param(
            [short(WEST, "2")],
            ["", f"NoCapacity in {TWO}", f"NoCapacity in {TWO}"],
            id="a zone, from when it is its turn",
        ),
        pytest.param([short(WEST)], ["NoCapacity in westeurope"] * 3, id="a region"),
        pytest.param(
            [short(WEST, "1"), short(WEST, "2")],
            [f"NoCapacity in {ONE}; NoCapacity in {TWO}"] * 3,
            id="each zone of it by itself",
        ),
        pytest.param([short(NORTH)], ["", "", ""], id="not one that comes after what is free"),
        pytest.param([short(WEST), short(NORTH, minutes=4)], ["NoCapacity in westeurope"] * 3, id="and waits there"),
        pytest.param([short(WEST, size=Size(4, 16))], ["", "", ""], id="not where something larger has no room"),
    ],
)
def test_who_would_be_elsewhere_if_all_had_room_has_passed_places_over(
    shortages: list[Shortage], notes: list[str]
) -> None:
    assigned = assign([V1] * 3, [], Market(ZONED, SUBSCRIPTION, shortages))
    assert [place.passed_over for place in assigned] == notes


def test_a_zone_that_it_would_not_have_taken_is_not_passed_over() -> None:
    market = Market([placed(WEST), placed(NORTH, "1", "2")], SUBSCRIPTION, [short(WEST), short(NORTH, "2")])
    assert assign([V1], [], market)[0].passed_over == "NoCapacity in westeurope"


@pytest.mark.parametrize(
    ("placements", "notes"),
    [
        pytest.param([placed(WEST, "1"), placed(NORTH), placed(WEST, "1", "2")], ["", ""], id="later"),
        pytest.param([placed(WEST, "1", "2"), placed(WEST, "1")], ["", f"NoCapacity in {TWO}"], id="first"),
    ],
)
def test_a_place_that_is_listed_twice_counts_where_it_is_listed_first(
    placements: list[Placement], notes: list[str]
) -> None:
    assigned = assign([V1] * 2, [], Market(placements, SUBSCRIPTION, [short(WEST, "2")]))
    assert [place.passed_over for place in assigned] == notes


@pytest.mark.parametrize(
    ("placements", "told"),
    [
        pytest.param([WEST, NORTH], ["NoCapacity in westeurope"], id="a better one"),
        pytest.param([NORTH], [], id="taken out since"),
        pytest.param([NORTH, WEST], [], id="no better any more"),
        pytest.param([WEST], [], id="its own was taken out"),
    ],
)
def test_a_place_that_was_passed_over_is_told_while_it_is_a_better_one(placements: list[str], told: list[str]) -> None:
    spec = service(placements=[{"location": it} for it in placements]).spec
    noted = {keys.ANNOTATION_PASSED_OVER: "NoCapacity in westeurope"}
    assert passed_over([at(number, NORTH, annotations=noted) for number in (1, 2)], spec) == told


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        pytest.param("113", [f"NoCapacity in {TWO}"], id="uneven"),
        pytest.param("13", [], id="as even as it can be"),
        pytest.param("1132", [], id="and so again since"),
    ],
)
def test_a_zone_that_was_passed_over_is_told_while_they_are_uneven(zones: str, told: list[str]) -> None:
    spec = service(placements=[{"location": WEST, "zones": ["1", "2", "3"]}]).spec
    noted = {keys.ANNOTATION_PASSED_OVER: f"NoCapacity in {TWO}; NoCapacity in {NORTH}"}
    assert passed_over([at(n, WEST, zone, annotations=noted) for n, zone in enumerate(zones, 1)], spec) == told
