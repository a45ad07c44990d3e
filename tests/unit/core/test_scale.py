"""How many replicas there are: growth, scale-down and its order, and what takes the place of a failed one."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, ServiceStatus
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, StoreRevision

from tests.unit.core.builders import at, failed, replica
from tests.unit.core.plans import NO_SURGE, V2, born, decide, gone, heal, remembered, roll, some, status


def test_from_nothing_all_are_made_at_once() -> None:
    decided = decide([], 3, before=ServiceStatus(), revisions=())
    assert (born(decided), gone(decided)) == (["v1"] * 3, [])
    assert [type(action) for action in decided.actions] == [StoreRevision, *[CreateGroup] * 3]
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [1, 2, 3]
    assert decided.status.serial == 3


@pytest.mark.parametrize(
    ("have", "wanted", "creates", "deletes"),
    [
        pytest.param(0, 3, 3, [], id="0 to 3"),
        pytest.param(3, 10, 7, [], id="3 to 10"),
        pytest.param(10, 2, 0, [3, 4, 5, 6, 7, 8, 9, 10], id="10 to 2: the newest go"),
        pytest.param(2, 0, 0, [1, 2], id="2 to 0"),
        pytest.param(0, 1, 1, [], id="0 to 1"),
        pytest.param(3, 3, 0, [], id="3 is enough"),
    ],
)
def test_scaling_replicas_that_all_run(have: int, wanted: int, creates: int, deletes: list[int]) -> None:
    decided = decide(some(*range(1, have + 1)), wanted, before=status(replicas=have))
    assert (len(born(decided)), gone(decided)) == (creates, deletes)


def test_numbers_go_on_after_the_last_one_that_was_ever_given() -> None:
    decided = decide(some(1), 3, before=status(serial=41))
    assert [action.serial for action in decided.actions if isinstance(action, CreateGroup)] == [42, 43]
    assert decided.status.serial == 43


@pytest.mark.parametrize(
    ("groups", "wanted", "bumped"),
    [
        pytest.param(some(1, 2, 3), 3, 0, id="nothing to do"),
        pytest.param(some(1, 2, 3), 2, 1, id="one deleted"),
        pytest.param(some(1, 2, 3), 0, 1, id="three deleted: one decision"),
        pytest.param(some(1), 3, 2, id="two created"),
        pytest.param([*some(1, 2), replica(3, state=State.LOST, proven=True)], 3, 2, id="replaced: room for the surge"),
    ],
)
def test_the_serial_moves_with_every_decision_that_creates_or_deletes(
    groups: list[ContainerGroup], wanted: int, bumped: int
) -> None:
    decided = decide(groups, wanted)
    acts = any(isinstance(action, CreateGroup | DeleteGroup) for action in decided.actions)
    assert decided.status.serial >= 100 + max(len(born(decided)), int(acts))
    assert (decided.status.serial > 100) is (bumped > 0)


@pytest.mark.parametrize(
    ("groups", "goes"),
    [
        pytest.param([*some(1, 2), replica(3, state=None)], 3, id="not yet looked at"),
        pytest.param([replica(1, state=State.PENDING), *some(2, 3)], 1, id="not yet sent, though the oldest"),
        pytest.param([replica(1, state=State.CREATING), replica(2, state=State.PENDING), *some(3)], 2, id="not sent"),
        pytest.param([replica(1, state=State.CREATING), *some(2, 3)], 1, id="never ready"),
        pytest.param(
            [replica(1, state=State.CREATING), replica(2, ready=False, proven=True), *some(3)],
            1,
            id="never ready before not ready now",
        ),
        pytest.param([replica(1, ready=False, proven=True), *some(2, 3)], 1, id="not ready"),
        pytest.param(some(1, 2, 3), 3, id="all ready: the newest"),
        pytest.param(some(9, 10, 2), 10, id="the newest by number, not by name"),
    ],
)
def test_the_one_that_serves_least_goes_first(groups: list[ContainerGroup], goes: int) -> None:
    assert gone(decide(groups, 2)) == [goes]


def test_what_is_ending_is_neither_counted_nor_deleted_again_but_takes_room() -> None:
    decided = decide([*some(1, 2), replica(3, ending=True), replica(4, ending=True)], 3)
    assert (born(decided), gone(decided)) == ([], [])
    assert decide([*some(1, 2), replica(3, ending=True)], 3).status.replicas == 3


def test_a_missing_serial_label_is_no_obstacle() -> None:
    bare = replica(1).model_copy(update={"metadata": replica(1).metadata.model_copy(update={"labels": {}})})
    assert decide([bare, *some(2, 3)], 3).status.serial >= 100


@pytest.mark.parametrize("state", [State.LOST, State.FAILED])
def test_one_that_had_been_ready_is_replaced_at_once(state: State) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, proven=True)], 3)
    assert gone(decided) == [3]
    assert set(born(decided)) == {"v1"}
    assert {action.why for action in decided.actions if isinstance(action, CreateGroup | DeleteGroup)} == {
        Reason.HEALING
    }


@pytest.mark.parametrize("state", [State.LOST, State.FAILED])
@pytest.mark.parametrize(("since", "replaced"), [(-9, False), (-10, True), (-300, True)])
def test_one_that_never_was_ready_stays_for_a_moment(state: State, since: float, replaced: bool) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, since=since)], 3)
    assert gone(decided) == ([3] if replaced else [])
    assert replaced or decided.after == 10 + since


def test_a_failed_one_takes_its_room_until_it_is_gone_and_a_lost_one_does_not() -> None:
    failed = decide([*some(1, 2), replica(3, state=State.FAILED, proven=True), replica(4, ending=True)], 3)
    lost = decide([*some(1, 2), replica(3, state=State.LOST, proven=True), replica(4, ending=True)], 3)
    assert (born(failed), born(lost)) == ([], ["v1"])


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.PENDING, State.CREATING, State.RUNNING])
def test_one_that_is_only_not_ready_is_left_alone(state: State) -> None:
    decided = decide([*some(1, 2), replica(3, state=state, ready=False, proven=True)], 3)
    assert (born(decided), gone(decided)) == ([], [])


@pytest.mark.parametrize("wanted", [600, 400, 0])
def test_a_large_service_takes_time_in_proportion_to_its_replicas(monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    compared: list[str] = []

    def equal(one: ContainerGroup, other: object) -> bool:
        compared.append(one.metadata.name)
        return one is other

    monkeypatch.setattr(ContainerGroup, "__eq__", equal)
    groups = [*some(*range(1, 201)), *(replica(n, "v2") for n in range(201, 401))]
    dead = [replica(n, "v2", state=State.LOST, ready=False, proven=True) for n in range(401, 501)]
    failed = [replica(n, "v2", state=State.FAILED) for n in range(501, 601)]
    begun = [replica(n, "v2", state=State.CREATING) for n in range(601, 701)]
    decide([*groups, *dead, *failed, *begun], wanted, "v2")
    assert len(compared) <= 700


# -- what may still serve


def test_one_that_may_serve_goes_when_its_successor_does() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    first = heal([replica(1), replica(2), sick])
    assert (born(first), gone(first)) == (["v1"], [])
    waiting = heal([replica(1), replica(2), sick, replica(4, state=State.CREATING)])
    assert (born(waiting), gone(waiting)) == ([], [])
    then = heal([replica(1), replica(2), sick, replica(4)])
    assert (born(then), gone(then)) == ([], [3])


def test_without_surge_it_goes_first_if_one_may_be_missing() -> None:
    sick = failed(3, lived=900, why=Reason.NO_IP)
    assert gone(heal([replica(1), replica(2), sick], strategy=NO_SURGE)) == [3]
    assert gone(heal([replica(1), failed(2, lived=900, why=Reason.NO_IP), sick], strategy=NO_SURGE)) == [2]


def test_all_of_them_are_replaced_one_by_one() -> None:
    sick = [failed(serial, lived=900, why=Reason.CRASH_LOOPING) for serial in (1, 2, 3)]
    assert (born(heal(sick)), gone(heal(sick))) == (["v1"], [])
    assert gone(heal([*sick, replica(4)])) == [1]


FALTERING = some(4, 5, ready=False, proven=True)
WAITS = remembered(relapses=6, failedAt=at(-200))


@pytest.mark.parametrize(
    ("lived", "more"),
    [
        pytest.param(60, {"known": WAITS}, id="its back-off"),
        pytest.param(6000, {"allowance": 0}, id="the limit on heals"),
    ],
)
def test_what_azure_has_given_up_and_waits_goes_before_what_may_serve(lived: float, more: dict[str, Any]) -> None:
    given_up = [failed(serial, lived=lived) for serial in (2, 3)]
    decided = heal([*some(1), *given_up, *FALTERING], 3, **more)
    assert gone(decided) == [2, 3]


def test_what_an_older_revision_has_of_no_use_goes_before_what_may_serve_of_the_update() -> None:
    """The update fails as a whole in the middle of its rollout, and the service is scaled down."""
    old = [*some(1), *(failed(serial, at_=-1) for serial in (2, 3))]
    sick = [failed(serial, lived=60, why=Reason.CRASH_LOOPING, image="v2") for serial in (4, 5, 6)]
    waits = Heals.model_validate({**WAITS.model_dump(), "revision": V2.name, "failures": 6})
    decided = roll([*old, *sick], 3, before=status(replicas=5, heals=waits))
    assert gone(decided) == [2, 3]


def test_what_is_no_longer_ours_goes_before_what_may_serve() -> None:
    """It had served until somebody took its tags."""
    served = replica(2, ready=False, proven=True)
    taken = served.model_copy(update={"status": served.status.model_copy(update={"state": State.PENDING})})
    ill = failed(4, lived=60, why=Reason.CRASH_LOOPING)
    assert gone(heal([*some(1), taken, ill], 2, known=WAITS)) == [2]
