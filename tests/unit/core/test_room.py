"""Waiting for room: what a group does, and what its service says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.observation import Listed
from aci_operator.core.group.plan import plan as group_plan
from aci_operator.core.group.step import PutGroup, ReadGroup
from aci_operator.core.service.actions import DeleteGroup
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replicas import roomless
from aci_operator.core.shortage import LOOK, Shortage, where

from tests.unit.core.builders import (
    SUBSCRIPTION,
    T0,
    at,
    condition_message,
    fresh,
    group,
    group_status,
    holds,
    look,
    memory,
    read,
    reason,
    replica,
    revision,
    service,
)

FULL = Shortage.of(group().spec, Reason.NO_CAPACITY, "westeurope: full", T0)


# -- one group


def test_where_there_is_no_room_nothing_is_sent_and_it_says_why() -> None:
    step = group_plan(look(group(), fresh(), shortage=FULL))
    assert (step.effect, step.after) == (None, LOOK)
    assert (step.status.state, reason(step.status)) == (State.PENDING, "NoCapacity")
    assert condition_message(step.status) == "westeurope: full"
    assert isinstance(group_plan(look(group(), fresh())).effect, PutGroup)


def test_it_waits_without_looking_again_but_never_without_having_looked() -> None:
    unknown, known = memory(), memory(read=read(-600, None))
    assert isinstance(group_plan(look(group(), unknown, shortage=FULL)).effect, ReadGroup)
    assert group_plan(look(group(), known, shortage=FULL)).effect is None


def test_what_was_sent_and_refused_was_never_sent_and_what_may_be_there_stays_so() -> None:
    asked = group(group_status(state=State.PENDING, requested=-60))
    refused = group_plan(look(asked, fresh(asked_at=at(-60)), shortage=FULL))
    lost = group_plan(
        look(asked, memory(read=read(0, None), missing_since=at(-40)), listed=Listed(T0, None), shortage=FULL)
    )
    assert (condition_message(refused.status), refused.status.requested_at) == ("westeurope: full", None)
    assert (condition_message(lost.status), lost.status.requested_at) == ("westeurope: full", at(-60))


# -- its service


def held(number: int, why: Reason, image: str = "v1") -> ContainerGroup:
    made = replica(number, image, state=State.PENDING)
    said = judged((), Verdict.underway(why, "no room"), 1, T0)
    return made.model_copy(update={"status": made.status.model_copy(update={"conditions": said})})


def observed(groups: list[ContainerGroup], image: str, *shortages: Shortage) -> Observation:
    revisions = (revision("v1"), revision("v2", 2))
    return Observation(service(3, image=image), groups, revisions, T0, shortages=shortages)


def test_a_service_says_where_there_is_no_room_and_looks_again_when_there_may_be() -> None:
    decided = plan(observed([replica(1), replica(2), held(3, Reason.NO_CAPACITY)], "v1", FULL))
    assert decided.actions == ()
    assert reason(decided.status) == "NoCapacity"
    assert condition_message(decided.status) == "2 of 3 replicas ready; westeurope: full"
    assert holds(decided.status, ConditionType.RECONCILING)
    assert decided.after == (FULL.until - T0).total_seconds()


def test_it_says_of_each_place_once_why_there_is_no_room() -> None:
    north = Shortage.of(group(location="northeurope").spec, Reason.NO_CAPACITY, "northeurope: none is left", T0)
    places = [{"location": "westeurope", "zones": ["1", "2"]}, {"location": "northeurope"}]
    subject = service(3, placements=places)
    groups = [replica(1), replica(2), held(3, Reason.NO_CAPACITY)]
    decided = plan(Observation(subject, groups, (revision("v1"),), T0, shortages=(north, FULL)))
    assert condition_message(decided.status) == "2 of 3 replicas ready; westeurope: full; northeurope: none is left"


def test_it_says_what_the_replica_says_when_the_shortage_is_over() -> None:
    """It asks again in a moment."""
    decided = plan(observed([replica(1), replica(2), held(3, Reason.NO_CAPACITY)], "v1"))
    assert condition_message(decided.status) == "2 of 3 replicas ready; no room"


def test_what_azure_says_of_several_places_is_told_once() -> None:
    places = [("westeurope", "1"), ("westeurope", "2"), ("northeurope", None)]
    full = [
        Shortage.of(group(location=location, zone=zone).spec, Reason.NO_CAPACITY, f"{where(location, zone)}: full", T0)
        for location, zone in places
    ]
    subject = service(1, placements=[{"location": "westeurope", "zones": ["1", "2"]}, {"location": "northeurope"}])
    decided = plan(replace(observed([held(1, Reason.NO_CAPACITY)], "v1", *full), service=subject))
    assert condition_message(decided.status) == (
        "0 of 1 replicas ready; westeurope, zone 1 and westeurope, zone 2 and northeurope: full"
    )


def test_it_looks_again_for_room_or_for_what_is_due_before() -> None:
    dead = replica(2, state=State.FAILED, since=-5)
    decided = plan(observed([replica(1), dead, held(3, Reason.NO_CAPACITY)], "v1", FULL))
    assert decided.after == 5


@pytest.mark.parametrize(("serving", "expected"), [(3, "QuotaBlocksSurge"), (2, "QuotaExceeded")])
def test_only_a_surge_without_quota_is_told_with_its_advice(serving: int, expected: str) -> None:
    used_up = Shortage.of(group().spec, Reason.QUOTA_EXCEEDED, "westeurope: used up", at(0))
    old = [replica(number) for number in range(1, serving + 1)]
    decided = plan(observed([*old, held(4, Reason.QUOTA_EXCEEDED, "v2")], "v2", used_up))
    assert reason(decided.status) == expected
    assert ("maxUnavailable" in condition_message(decided.status)) is (expected == "QuotaBlocksSurge")


def test_what_failed_for_want_of_room_is_replaced_at_once_and_costs_no_back_off() -> None:
    failed = replica(3, state=State.FAILED)
    said = judged((), Verdict.underway(Reason.NO_CAPACITY, "no room"), 1, T0)
    failed = failed.model_copy(
        update={"status": failed.status.model_copy(update={"conditions": said, "failed_at": T0})}
    )
    decided = plan(observed([replica(1), replica(2), failed], "v1", FULL))
    assert [type(action).__name__ for action in decided.actions] == ["DeleteGroup", "CreateGroup"]
    assert decided.actions[0] == DeleteGroup(failed, Reason.PLACEMENT)
    assert decided.status.heals is None


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(held(1, Reason.NO_CAPACITY), True, id="it waits"),
        pytest.param(replica(1, state=State.CREATING), False, id="Azure took it"),
        pytest.param(replica(1), False, id="it runs"),
        pytest.param(replica(1, state=State.FAILED), False, id="it failed"),
        pytest.param(
            replica(1, state=State.FAILED).model_copy(
                update={"status": group_status(state=State.PENDING).model_copy(update={"failed_at": T0})}
            ),
            False,
            id="it failed before Azure took it",
        ),
    ],
)
def test_which_replica_never_had_room(group: ContainerGroup, expected: bool) -> None:
    assert roomless(group) is expected


def test_a_shortage_is_of_its_subscription_place_zone_and_size() -> None:
    zoned = Shortage.of(group(zone="2").spec, Reason.NO_CAPACITY, "", T0)
    assert zoned.until == T0 + timedelta(minutes=5)
    size = zoned.size
    assert zoned.covers(SUBSCRIPTION.upper(), "westeurope", "2", size)
    assert FULL.covers(SUBSCRIPTION, "westeurope", "2", size)
    assert not zoned.covers(SUBSCRIPTION, "westeurope", None, size)
    assert not zoned.covers(SUBSCRIPTION, "northeurope", "2", size)
    assert not zoned.covers(SUBSCRIPTION.replace("1", "2"), "westeurope", "2", size)
    assert not zoned.covers(SUBSCRIPTION, "westeurope", "2", type(size)(size.cpu / 2, size.memory))
