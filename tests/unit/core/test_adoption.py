"""What an earlier service of the same name has left."""

from datetime import timedelta

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.actions import AdoptGroup, CreateGroup
from aci_operator.core.service.plan import STRAY_PATIENCE

from tests.unit.core.builders import T0, cloud, holds, replica
from tests.unit.core.plans import V1, V2, born, decide, some


def test_objects_of_an_earlier_service_are_adopted_before_anything_is_made() -> None:
    strays = [replica(1), replica(2, ending=True)]
    decided = decide([], 3, before=ServiceStatus(), strays=strays)
    assert decided.actions == (AdoptGroup(strays[0]),)
    assert decided.after is not None
    assert not holds(decided.status, ConditionType.READY)


@pytest.mark.parametrize(("seconds", "waits"), [(0, True), (STRAY_PATIENCE - 1, True), (STRAY_PATIENCE, False)])
def test_what_kubernetes_takes_away_may_leave_its_group_and_is_waited_for_a_while(seconds: float, waits: bool) -> None:
    strays = [replica(1, ending=True)]
    decided = decide(some(2, 3), 3, strays=strays, now=T0 + timedelta(seconds=seconds))
    assert (born(decided) == []) is waits


def test_nothing_is_made_while_it_is_not_known_what_is_left() -> None:
    decided = decide([], 3, before=ServiceStatus(), heritage=None)
    assert decided.actions == ()
    assert decided.after is not None


def test_groups_that_were_left_in_azure_get_their_objects_back_by_their_names() -> None:
    left = cloud(
        {keys.TAG_REVISION: f"v1:{V1.name}"},
        name="llm-7-leftover",
    )
    other = cloud({keys.TAG_REVISION: f"v1:{V2.name}"}, name="llm-8-outdated")
    decided = decide([], 2, before=ServiceStatus(), heritage=[other, left])
    heirs = [action.heir for action in decided.actions if isinstance(action, CreateGroup)]
    assert heirs == [left, None]


def test_numbers_go_on_after_those_of_adopted_groups() -> None:
    decided = decide(some(7), 2, before=ServiceStatus())
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [8]
