"""What is remembered of places without room, and for how long."""

from dataclasses import replace
from datetime import timedelta

from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import LASTS, Shortage
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.reads import Reads
from aci_operator.engine.shortages import TURN, Shortages
from aci_operator.engine.usages import Usages

from tests.unit.core.builders import SUBSCRIPTION, T0, group
from tests.unit.engine.fakes import Azure

FULL = Shortage.of(group(zone="1").spec, Reason.NO_CAPACITY, "full", T0)
USED_UP = Shortage.of(group(zone="1").spec, Reason.QUOTA_EXCEEDED, "used up", T0)
MINUTE = timedelta(minutes=1)


def remembering(*found: Shortage) -> Shortages:
    shortages = Shortages(Usages(Reads(Azure(), Pauses(lambda: T0)), lambda: T0))
    for shortage in found:
        shortages.add(shortage)
    return shortages


def test_capacity_is_of_a_zone_and_a_quota_of_the_region() -> None:
    assert (FULL.zone, USED_UP.zone) == ("1", None)


def test_each_ends_when_its_time_is_over() -> None:
    shortages = remembering(FULL, USED_UP)
    assert set(shortages.present(T0)) == {FULL, USED_UP}
    assert shortages.present(T0 + LASTS[Reason.NO_CAPACITY]) == (USED_UP,)
    assert shortages.present(T0 + LASTS[Reason.QUOTA_EXCEEDED]) == ()


def test_the_same_again_lasts_longer_and_never_shorter() -> None:
    later = Shortage.of(group(zone="1").spec, Reason.NO_CAPACITY, "still full", T0 + MINUTE)
    assert remembering(FULL, later).present(T0) == (later,)
    assert remembering(later, FULL).present(T0) == (later,)


def test_a_group_that_is_gone_ends_the_quotas_shortage_in_its_region_alone() -> None:
    shortages = remembering(FULL, USED_UP)
    shortages.freed(SUBSCRIPTION, "northeurope")
    assert set(shortages.present(T0)) == {FULL, USED_UP}
    shortages.freed(SUBSCRIPTION.upper(), "westeurope")
    assert shortages.present(T0) == (FULL,)


OVER = T0 + LASTS[Reason.NO_CAPACITY]


def test_one_asks_when_its_time_is_over_and_the_others_wait_for_the_answer() -> None:
    shortages = remembering(FULL)
    one, other = group(zone="1", name="llm-1-a"), group(zone="1", name="llm-2-b")
    assert shortages.why_not(one, T0) == FULL
    assert (shortages.present(OVER), shortages.doubted(OVER)) == ((), (FULL,))
    assert shortages.why_not(one, OVER) is None
    shortages.ask(one, OVER)
    assert shortages.why_not(other, OVER) == replace(FULL, until=OVER + TURN)
    assert shortages.why_not(one, OVER + MINUTE / 2) is None, "it may ask twice: it got no answer, say"


def test_one_that_only_looks_keeps_no_other_from_asking() -> None:
    shortages = remembering(FULL)
    one, other = group(zone="1", name="llm-1-a"), group(zone="1", name="llm-2-b")
    assert shortages.why_not(one, OVER) is None
    assert shortages.why_not(other, OVER) is None


def test_one_that_never_gets_an_answer_loses_its_turn() -> None:
    shortages = remembering(FULL)
    shortages.ask(group(zone="1", name="llm-1-a"), OVER)
    assert shortages.why_not(group(zone="1", name="llm-2-b"), OVER + TURN) is None


def test_a_refusal_begins_it_anew_and_room_that_is_found_ends_it_for_all() -> None:
    shortages = remembering(FULL)
    one, other = group(zone="1", name="llm-1-a"), group(zone="1", name="llm-2-b")
    shortages.ask(one, OVER)
    again = Shortage.of(one.spec, Reason.NO_CAPACITY, "still full", OVER)
    shortages.add(again)
    assert (shortages.why_not(one, OVER), shortages.why_not(other, OVER)) == (again, again)
    shortages.found_room(one.spec, OVER)
    assert (shortages.why_not(other, OVER), shortages.doubted(OVER)) == (None, ())


def test_what_nobody_asks_for_is_forgotten() -> None:
    assert remembering(FULL).doubted(OVER + LASTS[Reason.NO_CAPACITY]) == ()
