"""Which failed replicas are replaced now, and which wait for room in the limit."""

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.service import storm

from tests.unit.core.builders import condition_message, failed, reason, replica
from tests.unit.core.plans import arriving, born, gone, heal, remembered


def test_no_more_are_replaced_than_there_is_room_for() -> None:
    stopped = [failed(serial, lived=900, why=Reason.STOPPED) for serial in range(1, 7)]
    decided = heal(stopped, 6, allowance=2)
    assert (gone(decided), decided.healing) == ([1, 2], 2)
    assert (reason(decided.status), decided.after) == ("HealLimit", storm.LOOK)
    assert "4 failed replicas wait" in condition_message(decided.status)


def test_those_that_are_not_made_up_for_take_room() -> None:
    stopped = [failed(serial, lived=900, why=Reason.STOPPED) for serial in range(1, 5)]
    decided = heal(stopped, 6, allowance=3, known=remembered(replacing=2))
    assert (gone(decided), decided.healing) == ([1], 3)


@pytest.mark.parametrize("group", [failed(6), replica(6, state=State.LOST, proven=True)], ids=["never up", "gone"])
def test_what_cannot_recover_needs_no_room(group: ContainerGroup) -> None:
    decided = heal([*(replica(serial) for serial in range(1, 6)), group], 6, allowance=0, now=10)
    assert gone(decided) == [6]


def test_those_that_azure_has_given_up_come_first() -> None:
    sick, stopped = failed(1, lived=900, why=Reason.NO_IP), failed(2, lived=900, why=Reason.STOPPED)
    assert gone(heal([sick, stopped, replica(3)], allowance=1)) == [2]


def test_a_replacement_that_begins_with_its_successor_takes_room_too() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    assert heal([replica(1), replica(2), sick]).healing == 1
    assert born(heal([replica(1), replica(2), sick], allowance=0)) == []


def test_a_completed_replica_is_left_and_told() -> None:
    done = [replica(serial, state=State.SUCCEEDED, proven=True) for serial in (1, 2)]
    decided = heal([*done, replica(3)])
    assert "2 completed" in condition_message(decided.status)
    assert gone(decided) == []


@pytest.mark.parametrize(
    ("group", "goes"),
    [
        pytest.param(arriving(3), [], id="being taken over"),
        pytest.param(arriving(3, stalled=Reason.OWNERSHIP_CONFLICT), [3], id="not ours after all"),
        pytest.param(replica(3, state=State.PENDING, stalled=Reason.OWNERSHIP_CONFLICT), [], id="a name that is taken"),
    ],
)
def test_what_was_to_be_taken_over_and_is_not_ours_is_made_anew(group: ContainerGroup, goes: list[int]) -> None:
    decided = heal([replica(1), replica(2), group], now=-241)
    assert gone(decided) == []
    later = heal([replica(1), replica(2), group], now=-240)
    assert (gone(later), later.status.heals) == (goes, None)


def test_a_replacement_whose_successor_does_not_come_takes_room_for_a_while_only() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    looks = [heal([replica(1), replica(2), sick], now=second) for second in (0, 15 * 60 - 1, 15 * 60)]
    assert [look.healing for look in looks] == [1, 1, 0]
    assert looks[0].after is not None
    assert looks[0].after <= 15 * 60


def test_those_that_wait_for_the_limit_do_not_keep_all_others_from_a_successor() -> None:
    sick = [failed(serial, lived=900, why=Reason.CRASH_LOOPING) for serial in range(1, 8)]
    bounds = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}
    assert len(gone(heal(sick, 5, allowance=5, strategy=bounds))) == 2


def test_those_that_wait_for_the_limit_and_cannot_serve_count_for_nothing() -> None:
    stopped = [failed(serial, lived=900, why=Reason.STOPPED) for serial in (1, 2)]
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    assert gone(heal([*stopped, sick], 3, allowance=1)) == [1]
