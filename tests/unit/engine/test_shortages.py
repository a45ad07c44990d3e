"""What is remembered of places without room, and for how long."""

from datetime import timedelta

from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import LASTS, Shortage
from aci_operator.engine.shortages import Shortages
from aci_operator.engine.usages import Usages

from tests.unit.core.builders import SUBSCRIPTION, T0, group
from tests.unit.engine.fakes import Azure

FULL = Shortage.of(group(zone="1").spec, Reason.NO_CAPACITY, "full", T0)
USED_UP = Shortage.of(group(zone="1").spec, Reason.QUOTA_EXCEEDED, "used up", T0)
MINUTE = timedelta(minutes=1)


def remembering(*found: Shortage) -> Shortages:
    shortages = Shortages(Usages(Azure(), lambda: T0))
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
