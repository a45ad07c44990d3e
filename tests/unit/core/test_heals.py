"""What a service remembers of the replicas that failed."""

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Heals
from aci_operator.core.service import heals

from tests.unit.core.builders import T0, at, failed, replica
from tests.unit.core.plans import V1, V2, heal, remembered


@pytest.mark.parametrize(
    ("ended", "known", "counts"),
    [
        pytest.param([failed(1)], None, (1, 0, 0), id="a failure"),
        pytest.param([failed(1), failed(2)], remembered(failures=2), (3, 0, 0), id="one round, however many"),
        pytest.param([failed(1, lived=60)], remembered(failures=2), (2, 1, 1), id="a relapse"),
        pytest.param([failed(1, lived=900)], remembered(relapses=4), (0, 0, 1), id="one that had served for long"),
        pytest.param([failed(1)], remembered(relapses=4), (1, 4, 0), id="a failure after relapses"),
        pytest.param([failed(1), replica(2, state=State.PENDING)], None, (1, 0, 0), id="beside one never sent"),
        pytest.param([failed(1, lived=900), replica(2)], None, (0, 0, 1), id="beside one that has not failed"),
    ],
)
def test_what_a_replacement_adds(
    ended: list[ContainerGroup], known: Heals | None, counts: tuple[int, int, int]
) -> None:
    after = heals.replaced(known, V1.name, ended, T0)
    assert after is not None
    assert (after.failures, after.relapses, after.replacing) == counts
    assert (after.failed_at, after.replaced_at) == (T0, T0)


def test_nothing_is_remembered_of_one_that_had_served_for_long_and_is_gone_from_azure() -> None:
    gone_from_azure = failed(1, lived=900)
    status = gone_from_azure.status.model_copy(update={"state": State.LOST})
    assert heals.replaced(None, V1.name, [gone_from_azure.model_copy(update={"status": status})], T0) is None


@pytest.mark.parametrize(
    ("ended", "failing"),
    [
        pytest.param([failed(1)], V1.name, id="of another revision than is wanted"),
        pytest.param([failed(2, image="v2"), failed(1)], V2.name, id="of both: of that which is wanted"),
        pytest.param([failed(1, lived=60)], None, id="a relapse is of one that can serve"),
    ],
)
def test_it_is_remembered_of_which_revision_those_were_that_never_came_up(
    ended: list[ContainerGroup], failing: str | None
) -> None:
    after = heals.replaced(None, V2.name, ended, T0)
    assert after is not None
    assert after.failing == failing


def test_nothing_is_remembered_of_a_replica_that_was_never_sent() -> None:
    assert heals.replaced(None, V1.name, [replica(1, state=State.PENDING)], T0) is None


def test_a_replica_that_becomes_available_ends_the_failures() -> None:
    known = remembered(failures=5)
    earlier, since = replica(1, since=-60), replica(2, since=-10)
    assert heals.advance(known, V1.name, [earlier], 3, T0) == known
    assert heals.advance(known, V1.name, [earlier, since], 3, T0) is None


def test_relapses_end_when_one_has_been_available_for_long() -> None:
    known = remembered(relapses=5)
    assert heals.advance(known, V1.name, [replica(2, since=0)], 1, at(599)) == known
    assert heals.next_change(known, [replica(2, since=0)]) == [at(600)]
    assert heals.advance(known, V1.name, [replica(2, since=0)], 1, at(600)) is None


def test_what_goes_on_under_another_template_is_of_that_one() -> None:
    after = heals.advance(remembered(failures=5, replacing=1), V2.name, [], 3, T0)
    assert after == remembered(revision=V2.name, replacing=1)


def test_another_template_ends_the_back_off() -> None:
    assert heals.advance(remembered(failures=5, relapses=5), V2.name, [], 3, T0) is None


def test_the_status_begins_with_the_first_one_replaced() -> None:
    decided = heal([replica(1), replica(2), failed(3, at_=-60)])
    assert decided.status.heals == Heals(
        revision=V1.name, failures=1, failing=V1.name, failed_at=at(-60), replaced_at=T0
    )


def test_a_service_looks_again_when_what_it_remembers_changes_by_time_alone() -> None:
    known = remembered(replacing=1)
    assert heal([replica(1), replica(2), replica(3, state=State.CREATING)], known=known).after == 870
