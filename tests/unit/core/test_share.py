"""Which share of Azure's creates a replica is made from, and what a user is told while it waits."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Heals, ServiceStatus
from aci_operator.core.group.deletion import plan_deletion
from aci_operator.core.group.waiting import about
from aci_operator.core.service.actions import CreateGroup, Plan
from aci_operator.core.service.share import Share, share
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import at, look, memory, replica, service
from tests.unit.core.plans import V1, born, decide, gone, some, status

TWO_MAY_BE_MISSING = {"rollingUpdate": {"maxUnavailable": 2}}


def waiting(serial: int, *, retry: bool = False) -> ContainerGroup:
    """A replica that has not been sent."""
    made = replica(serial, state=State.PENDING)
    notes = {keys.ANNOTATION_RETRY: "true"} if retry else {}
    return made.model_copy(update={"metadata": made.metadata.model_copy(update={"annotations": notes})})


def again(decided: Plan) -> list[bool]:
    return [action.retry for action in decided.actions if isinstance(action, CreateGroup)]


def ended(number: int) -> ContainerGroup:
    """Return a replica that failed without ever having been ready, as its own loop shows it while it is ended."""
    failed = replica(number, state=State.FAILED, ending=True)
    shown = plan_deletion(look(failed, memory(), now=at(1))).status
    return failed.model_copy(update={"status": shown})


def up(*serials: int) -> list[ContainerGroup]:
    return [replica(serial) for serial in serials]


@pytest.mark.parametrize(
    ("present", "established", "strategy", "expected"),
    [
        pytest.param([], 0, {}, Share.GROWTH, id="a new service"),
        pytest.param(up(1, 2), 2, {}, Share.GROWTH, id="scaled from two to three"),
        pytest.param(up(1, 2), 3, {}, Share.HEAL, id="one of three is lost"),
        pytest.param(up(1, 2, 3), 3, {}, Share.GROWTH, id="surge of a rollout"),
        pytest.param([*up(1, 2), replica(3, state=State.FAILED)], 3, {}, Share.HEAL, id="one of three has failed"),
        pytest.param([*up(1, 2), replica(3, ending=True)], 3, {}, Share.HEAL, id="one of three is ending"),
        pytest.param([*up(1, 2), replica(3, state=State.CREATING)], 3, {}, Share.GROWTH, id="another is on its way"),
        pytest.param([*up(1, 2), replica(12, state=State.CREATING)], 3, {}, Share.GROWTH, id="a younger one was sent"),
        pytest.param([*up(1, 2), waiting(12)], 3, {}, Share.HEAL, id="a younger one waits behind it"),
        pytest.param([*up(1, 2), waiting(3)], 3, {}, Share.GROWTH, id="an earlier one takes the place"),
        pytest.param([*up(1, 2), waiting(3, retry=True)], 3, {}, Share.HEAL, id="a retry may take long"),
        pytest.param(up(1, 2), 3, TWO_MAY_BE_MISSING, Share.GROWTH, id="two may be missing"),
        pytest.param([], 3, TWO_MAY_BE_MISSING, Share.HEAL, id="two may be missing, not three"),
        pytest.param(up(1, 2), 3, {"type": "Recreate"}, Share.HEAL, id="with Recreate none may be missing"),
    ],
)
def test_the_share_of_a_replica(
    present: Sequence[ContainerGroup], established: int, strategy: dict[str, object], expected: Share
) -> None:
    owner = service(3, status=status(established_replicas=established, available_replicas=0), strategy=strategy)
    new = waiting(9)
    assert share(new, owner, [*present, new]) is expected


@pytest.mark.parametrize(
    "change",
    [{"image": "v2"}, {"placements": [{"location": "northeurope"}]}],
    ids=["another template", "another place"],
)
def test_what_recreate_makes_of_those_that_it_has_ended_is_no_heal(change: dict[str, Any]) -> None:
    before = status(established_replicas=3)
    ended = decide(up(1, 2, 3), before=before, strategy={"type": "Recreate"}, **change)
    owner = service(3, status=ended.status, strategy={"type": "Recreate"}, **change)
    new = waiting(9)
    assert share(new, owner, [new]) is Share.GROWTH


def test_of_a_service_whose_status_says_that_it_has_its_least_number_no_replica_is_looked_at() -> None:
    """To find them takes long, and hundreds may wait."""
    owner = service(3, status=ServiceStatus(established_replicas=3, available_replicas=3))
    assert share(waiting(9), owner, (pytest.fail("looked at") for _ in range(1))) is Share.GROWTH


def test_a_retry_is_no_heal() -> None:
    new = waiting(9, retry=True)
    assert share(new, service(3, status=ServiceStatus(established_replicas=3)), [new]) is Share.RETRY


def test_a_group_without_a_service_is_growth() -> None:
    assert share(waiting(1), None, [waiting(1)]) is Share.GROWTH


@pytest.mark.parametrize(
    ("groups", "retries"),
    [
        pytest.param([*up(1, 2)], [False], id="nothing has failed"),
        pytest.param([*up(1, 2), replica(3, state=State.FAILED, proven=True)], [False], id="it was ready once"),
        pytest.param([*up(1, 2), replica(3, state=State.FAILED)], [True], id="it was never ready"),
        pytest.param([*up(1, 2), replica(3, "v2", state=State.FAILED)], [False], id="another revision"),
        pytest.param([*up(1), waiting(2, retry=True)], [False], id="an earlier retry has its successor already"),
        pytest.param([waiting(2, retry=True)], [True, True], id="of a revision of which none is ready"),
        pytest.param([*up(1), ended(2)], [True, False], id="it is being ended already"),
        pytest.param([ended(2)], [True, True, True], id="it is being ended already, and none is ready"),
    ],
)
def test_what_follows_failures_of_its_revision_is_a_retry(
    groups: Sequence[ContainerGroup], retries: Sequence[bool]
) -> None:
    assert again(decide(groups)) == retries


@pytest.mark.parametrize("being_ended", [[], [ended(10)]], ids=["its end is over", "it is still being ended"])
def test_the_heal_of_one_that_served_is_no_retry_because_another_has_never_come_up(
    being_ended: list[ContainerGroup],
) -> None:
    """It would wait for an hour maybe, with its place in the share that is kept for heals unused."""
    lost = replica(9, state=State.LOST, proven=True)
    groups = [*up(1, 2, 3, 4, 5, 6, 7, 8), lost, waiting(20, retry=True), *being_ended]
    assert again(decide(groups, 10, before=status(replicas=10, established_replicas=9))) == [False]


def test_after_failures_that_left_nothing_what_comes_next_is_a_retry() -> None:
    """Without a surge, a failed one has ended before its successor is made."""
    known = Heals(revision=V1.name, failures=1, failing=V1.name, failed_at=at(-60), replaced_at=at(-40))
    assert again(decide([], 2, before=status(heals=known))) == [True, True]


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param({}, id="with a surge"),
        pytest.param({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}, id="without a surge"),
        pytest.param({"type": "Recreate"}, id="Recreate"),
    ],
)
def test_what_a_corrected_template_makes_is_no_retry_of_the_broken_one(strategy: dict[str, Any]) -> None:
    """The share of retries may be used up by the broken one: the correction would wait for an hour."""
    broken = some(1, 2, 3, state=State.FAILED)
    known = Heals(revision=V1.name, failures=4, failing=V1.name, failed_at=at(-60), replaced_at=at(-40))
    first = decide(broken, 3, "v2", before=status(heals=known), strategy=strategy)
    assert gone(first) == [1, 2, 3]
    begun = [replica(101, "v2", state=State.PENDING)] if born(first) else []
    then = decide(begun, 3, "v2", before=first.status, strategy=strategy)
    assert again(first) + again(then) == [False, False, False]


@pytest.mark.parametrize(
    ("before", "serving", "wanted", "after"),
    [(0, 2, 3, 2), (3, 2, 3, 3), (3, 3, 2, 2), (3, 0, 0, 0)],
    ids=["coming up", "one is lost", "scaled down", "scaled to zero"],
)
def test_how_many_were_available_at_once(before: int, serving: int, wanted: int, after: int) -> None:
    decided = decide(up(*range(1, serving + 1)), wanted, before=status(established_replicas=before))
    assert decided.status.established_replicas == after


@pytest.mark.parametrize(("paused", "after"), [(False, 0), (True, 2)], ids=["its rollout ends them", "held"])
def test_what_a_recreate_ends_itself_is_not_to_be_healed(paused: bool, after: int) -> None:
    before = status(established_replicas=2)
    decided = decide(some(1, 2, ready=False), 2, "v2", before=before, paused=paused, strategy={"type": "Recreate"})
    assert decided.status.established_replicas == after


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "1 min"),
        (60, "1 min"),
        (61, "2 min"),
        (170, "3 min"),
        (2700, "45 min"),
        (3600, "1 h"),
        (3601, "2 h"),
        (9000, "3 h"),
    ],
)
def test_how_a_wait_is_told(seconds: float, text: str) -> None:
    assert about(seconds) == f"about {text}"


@given(st.floats(1, 86_400), st.floats(0, 1))
def test_a_wait_is_never_told_shorter_than_it_is_and_grows_no_longer_as_time_passes(
    seconds: float, part: float
) -> None:
    def told(text: str) -> int:
        _, number, unit = text.split()
        return int(number) * (3600 if unit == "h" else 60)

    assert told(about(seconds)) >= seconds - 1
    assert told(about(seconds * part)) <= told(about(seconds))
