"""Back-off, storm limit, and what a service remembers of the replicas that failed."""

from datetime import timedelta

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, ServiceStatus
from aci_operator.core.service import backoff, heals, storm
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, Plan
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replicas import ailing, serves

from tests.unit.core.builders import T0, at, condition_message, failed, reason, replica, revision, service

V1, V2 = revision("v1"), revision("v2", 2)
SECOND = timedelta(seconds=1)


def remembered(**values: object) -> Heals:
    return Heals.model_validate({"revision": V1.name, "failedAt": at(-60), "replacedAt": at(-30), **values})


def decide(
    groups: list[ContainerGroup],
    wanted: int = 3,
    *,
    known: Heals | None = None,
    allowance: int | None = None,
    now: float = 0,
    image: str = "v1",
    **spec: object,
) -> Plan:
    status = ServiceStatus(heals=known, replicas=wanted, current_revision=V1.name, serial=100)
    subject = service(wanted, image=image, status=status, **spec)
    return plan(Observation(subject, groups, [V1, V2], at(now), allowance=allowance))


def gone(decided: Plan) -> list[str]:
    return [action.group.metadata.name[4] for action in decided.actions if isinstance(action, DeleteGroup)]


def born(decided: Plan) -> int:
    return sum(1 for action in decided.actions if isinstance(action, CreateGroup))


# -- back-off


@pytest.mark.parametrize(
    ("times", "seconds"), [(0, 10), (1, 20), (2, 40), (8, 2560), (9, 3600), (50, 3600), (10_000, 3600)]
)
def test_the_pause_doubles_up_to_an_hour(times: int, seconds: int) -> None:
    assert backoff.pause(times) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("lived", "known", "pause"),
    [
        pytest.param(None, None, 10, id="never available"),
        pytest.param(None, remembered(failures=3), 80, id="never available, again"),
        pytest.param(None, remembered(relapses=3), 10, id="never available, after relapses"),
        pytest.param(599, None, 0, id="a first relapse"),
        pytest.param(599, remembered(relapses=1), 10, id="a second relapse"),
        pytest.param(599, remembered(relapses=4), 80, id="a fifth relapse"),
        pytest.param(600, remembered(failures=9, relapses=9), 0, id="it had served for long"),
    ],
)
def test_when_a_failed_replica_is_replaced(lived: float | None, known: Heals | None, pause: int) -> None:
    assert backoff.due(failed(1, lived=lived), known) == at(pause)


def test_one_that_has_not_failed_is_never_due() -> None:
    assert backoff.due(replica(1), remembered(failures=3)) is None


# -- what is remembered


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
    decided = decide([replica(1), replica(2), failed(3, at_=-60)])
    assert decided.status.heals == Heals(
        revision=V1.name, failures=1, failing=V1.name, failed_at=at(-60), replaced_at=T0
    )


def test_a_service_looks_again_when_what_it_remembers_changes_by_time_alone() -> None:
    known = remembered(replacing=1)
    assert decide([replica(1), replica(2), replica(3, state=State.CREATING)], known=known).after == 870


def test_the_status_keeps_it_and_says_when_the_next_try_is() -> None:
    decided = decide([replica(1), replica(2), failed(3)], known=remembered(failures=5, failedAt=at(-1)), now=60)
    assert (gone(decided), decided.after) == ([], 260)
    assert decided.status.heals is not None
    assert decided.status.heals.failures == 5
    assert "the next try is at 12:05:20 UTC" in condition_message(decided.status)


# -- what may still serve


def test_one_that_may_serve_goes_when_its_successor_does() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    first = decide([replica(1), replica(2), sick])
    assert (born(first), gone(first)) == (1, [])
    waiting = decide([replica(1), replica(2), sick, replica(4, state=State.CREATING)])
    assert (born(waiting), gone(waiting)) == (0, [])
    then = decide([replica(1), replica(2), sick, replica(4)])
    assert (born(then), gone(then)) == (0, ["3"])


def test_without_surge_it_goes_first_if_one_may_be_missing() -> None:
    strategy = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    sick = failed(3, lived=900, why=Reason.NO_IP)
    assert gone(decide([replica(1), replica(2), sick], strategy=strategy)) == ["3"]
    assert gone(decide([replica(1), failed(2, lived=900, why=Reason.NO_IP), sick], strategy=strategy)) == ["2"]


def test_all_of_them_are_replaced_one_by_one() -> None:
    sick = [failed(serial, lived=900, why=Reason.CRASH_LOOPING) for serial in (1, 2, 3)]
    assert (born(decide(sick)), gone(decide(sick))) == (1, [])
    assert gone(decide([*sick, replica(4)])) == ["1"]


def test_a_canary_that_is_held_makes_room_for_a_successor_of_what_served() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    canary = replica(4, "v2", state=State.CREATING)
    rolling = decide([replica(1), replica(2), sick, canary], image="v2")
    assert (born(rolling), gone(rolling)) == (0, [])
    held = decide([replica(1), replica(2), sick, canary], image="v2", paused=True)
    assert (born(held), gone(held)) == (0, ["4"])
    then = decide([replica(1), replica(2), sick], image="v2", paused=True)
    assert (born(then), gone(then)) == (1, [])
    wide = {"rollingUpdate": {"maxSurge": 2}}
    beside = decide([replica(1), replica(2), sick, canary], image="v2", paused=True, strategy=wide)
    assert (born(beside), gone(beside)) == (1, []), "there is room for both"


def test_held_one_that_may_serve_makes_no_room_for_a_successor_of_another() -> None:
    strategy = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    sick = [failed(serial, lived=900, why=Reason.CRASH_LOOPING, image="v2") for serial in (2, 3)]
    held = decide(sick, image="v2", paused=True, strategy=strategy, allowance=1)
    assert (born(held), gone(held)) == (1, [])


def test_a_canary_that_is_held_makes_no_room_where_nothing_ails() -> None:
    canaries = [replica(serial, "v2", state=State.CREATING) for serial in (4, 5)]
    held = decide([replica(1), *canaries], image="v2", paused=True)
    assert (born(held), gone(held)) == (1, [])


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(failed(1, lived=60, why=Reason.CRASH_LOOPING), True, id="crash loop"),
        pytest.param(failed(1, lived=60, why=Reason.NO_IP), True, id="no IP"),
        pytest.param(failed(1, lived=60, why=Reason.STUCK), True, id="hangs"),
        pytest.param(failed(1, why=Reason.STUCK), False, id="it never served"),
        pytest.param(failed(1, lived=60, why=Reason.STOPPED), False, id="stopped"),
        pytest.param(replica(1, ready=False, proven=True), False, id="it only falters"),
    ],
)
def test_which_may_still_serve(group: ContainerGroup, expected: bool) -> None:
    assert ailing(group) is expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(replica(1), True, id="ready"),
        pytest.param(replica(1, ready=False, proven=True), True, id="it only falters"),
        pytest.param(replica(1, ready=False, proven=False), False, id="it runs, and never served"),
        pytest.param(failed(1, lived=60), False, id="it failed"),
    ],
)
def test_which_is_counted_on(group: ContainerGroup, expected: bool) -> None:
    assert serves(group) is expected


# -- storm


@pytest.mark.parametrize(("fleet", "limit"), [(0, 5), (25, 5), (29, 5), (30, 6), (1000, 200)])
def test_a_fifth_of_the_fleet_and_never_fewer_than_five(fleet: int, limit: int) -> None:
    assert storm.limit(fleet) == limit


def test_no_more_are_replaced_than_there_is_room_for() -> None:
    stopped = [failed(serial, lived=900, why=Reason.STOPPED) for serial in range(1, 7)]
    decided = decide(stopped, 6, allowance=2)
    assert (gone(decided), decided.healing) == (["1", "2"], 2)
    assert (reason(decided.status), decided.after) == ("HealLimit", storm.LOOK)
    assert "4 failed ones wait" in condition_message(decided.status)


def test_those_that_are_not_made_up_for_take_room() -> None:
    stopped = [failed(serial, lived=900, why=Reason.STOPPED) for serial in range(1, 5)]
    decided = decide(stopped, 6, allowance=3, known=remembered(replacing=2))
    assert (gone(decided), decided.healing) == (["1"], 3)


@pytest.mark.parametrize("group", [failed(6), replica(6, state=State.LOST, proven=True)], ids=["never up", "gone"])
def test_what_cannot_recover_needs_no_room(group: ContainerGroup) -> None:
    decided = decide([*(replica(serial) for serial in range(1, 6)), group], 6, allowance=0, now=10)
    assert gone(decided) == ["6"]


def test_those_that_azure_has_given_up_come_first() -> None:
    sick, stopped = failed(1, lived=900, why=Reason.NO_IP), failed(2, lived=900, why=Reason.STOPPED)
    assert gone(decide([sick, stopped, replica(3)], allowance=1)) == ["2"]


def test_a_replacement_that_begins_with_its_successor_takes_room_too() -> None:
    sick = failed(3, lived=900, why=Reason.CRASH_LOOPING)
    assert decide([replica(1), replica(2), sick]).healing == 1
    assert born(decide([replica(1), replica(2), sick], allowance=0)) == 0


@pytest.mark.parametrize(
    ("groups", "now", "outstanding"),
    [
        pytest.param([], 0, 2, id="none has come"),
        pytest.param([replica(1), replica(2)], 0, 1, id="one is missing"),
        pytest.param([replica(1), replica(2), replica(3)], 0, 0, id="all are there"),
        pytest.param([replica(1), failed(2), failed(3)], 0, 2, id="the successors fail"),
        pytest.param([replica(1), replica(2), failed(3, lived=900)], 0, 0, id="what is missing is to be replaced yet"),
        pytest.param([], 15 * 60 - 31, 2, id="for a while"),
        pytest.param([], 15 * 60 - 30, 0, id="not for ever"),
    ],
)
def test_how_many_are_not_made_up_for(groups: list[ContainerGroup], now: float, outstanding: int) -> None:
    assert storm.outstanding(remembered(replacing=2), groups, 3, at(now)) == outstanding


# -- completed


def test_a_completed_replica_is_left_and_told() -> None:
    done = [replica(serial, state=State.SUCCEEDED, proven=True) for serial in (1, 2)]
    decided = decide([*done, replica(3)])
    assert "2 completed" in condition_message(decided.status)
    assert gone(decided) == []


def test_a_rollout_of_what_completes_comes_to_its_end() -> None:
    done = [replica(serial, "v2", state=State.SUCCEEDED) for serial in (4, 5, 6)]
    decided = decide([replica(1), *done], image="v2")
    assert gone(decided) == ["1"]
    assert decide(done, image="v2").status.current_revision == V2.name


def test_a_heal_tells_what_was_wrong() -> None:
    [delete] = [a for a in decide([failed(3, at_=-20)], 1).actions if isinstance(a, DeleteGroup)]
    assert delete.because == "Healing: StartFailed"


@pytest.mark.parametrize(("now", "healing"), [(0, 2), (15 * 60, 0)], ids=["for a while", "not for ever"])
def test_a_service_that_does_not_know_its_past_keeps_its_place_in_the_limit(now: float, healing: int) -> None:
    subject = service(3, status=ServiceStatus(heals=remembered(replacing=2), replicas=3))
    unsure = plan(Observation(subject, [replica(1)], [V1], at(now), heritage=None))
    assert unsure.healing == healing
    assert unsure.status.heals == remembered(replacing=2)


def test_a_service_whose_end_hangs_takes_no_room_in_the_limit() -> None:
    status = ServiceStatus(heals=remembered(replacing=5), replicas=5)
    subject = service(5, status=status, meta_deletion_timestamp=T0)
    assert plan(Observation(subject, [replica(1)], [V1], T0)).healing == 0
