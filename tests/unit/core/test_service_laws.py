"""What no plan of a service may ever do, whatever it sees."""

from dataclasses import replace
from typing import Any

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.conditions import is_true
from aci_operator.core.service.actions import Action, CreateGroup, DeleteGroup, DropRevision, StoreRevision
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replicas import available, ending, ready, revision_of, serial
from aci_operator.core.service.storm import guarded
from aci_operator.core.service.strategy import Bounds
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import SUBSCRIPTION, T0, condition, replica, revision, service
from tests.unit.core.looks import IMAGES, STRATEGIES, lives, looks

many = tried(200)


def births(o: Observation) -> list[CreateGroup]:
    return [action for action in plan(o).actions if isinstance(action, CreateGroup)]


def deaths(o: Observation) -> list[DeleteGroup]:
    return [action for action in plan(o).actions if isinstance(action, DeleteGroup)]


def moves(action: Action) -> bool:
    return isinstance(action, CreateGroup | DeleteGroup)


def bounds(o: Observation) -> Bounds:
    return Bounds.of(o.service.spec.strategy, o.service.spec.replicas)


def held(groups: list[ContainerGroup]) -> int:
    return sum(1 for group in groups if group.status.state is not State.LOST)


@many
@given(looks())
def test_the_same_look_gives_the_same_plan(o: Observation) -> None:
    assert plan(o) == plan(o)


@many
@given(looks())
def test_a_plan_that_changes_nothing_is_the_same_again_and_writes_no_status_twice(o: Observation) -> None:
    decided = plan(o)
    if decided.actions or decided.finalizers is not None:
        return
    again = plan(replace(o, service=o.service.model_copy(update={"status": decided.status})))
    assert (again.status, again.actions) == (decided.status, ())


@many
@given(lives)
def test_every_plan_speaks_of_the_present_generation(o: Observation) -> None:
    decided = plan(o)
    assert decided.status.observed_generation == o.service.metadata.generation
    assert {entry.observed_generation for entry in decided.status.conditions} == {o.service.metadata.generation}


@many
@given(lives)
def test_a_service_is_ready_on_its_way_or_stalled_and_only_one_of_them(o: Observation) -> None:
    said = plan(o).status.conditions
    kinds = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)
    assert [is_true(said, kind) for kind in kinds].count(True) == 1


@many
@given(lives)
def test_ready_means_that_all_that_are_wanted_are_and_nothing_is_about_to_change(o: Observation) -> None:
    decided = plan(o)
    if is_true(decided.status.conditions, ConditionType.READY):
        assert decided.status.ready_replicas >= o.service.spec.replicas
        assert not any(isinstance(action, CreateGroup) for action in decided.actions)


@many
@given(lives)
def test_whatever_creates_or_deletes_bumps_the_serial(o: Observation) -> None:
    decided = plan(o)
    if any(map(moves, decided.actions)):
        assert decided.status.serial > o.service.status.serial
    assert decided.status.serial >= o.service.status.serial


@many
@given(lives)
def test_serials_are_new_and_covered_by_the_status(o: Observation) -> None:
    given_now = [action.serial for action in births(o)]
    assert len(set(given_now)) == len(given_now)
    assert all(o.serial < number <= plan(o).status.serial for number in given_now)


@many
@given(lives)
def test_no_plan_makes_more_than_are_wanted_and_the_surge(o: Observation) -> None:
    made = births(o)
    if made:
        assert held(list(o.groups)) + len(made) <= o.service.spec.replicas + bounds(o).surge


@many
@given(looks())
def test_nothing_that_ends_is_ended_again_and_nothing_twice(o: Observation) -> None:
    ended = [action.group.metadata.name for action in deaths(o)]
    assert len(set(ended)) == len(ended)
    assert not any(ending(action.group) for action in deaths(o))


@many
@given(looks())
def test_no_plan_takes_away_replicas_that_the_strategy_wants_to_serve(o: Observation) -> None:
    if o.service.metadata.deletion_timestamp is not None:
        return
    gone = {action.group.metadata.name for action in deaths(o)}
    serving = [group for group in o.groups if not ending(group) and available(group)]
    left = [group for group in serving if group.metadata.name not in gone]
    least = o.service.spec.replicas - bounds(o).unavailable
    assert len(left) >= min(len(serving), least)


@many
@given(lives)
def test_while_something_is_not_known_nothing_is_made_or_ended(o: Observation) -> None:
    blind = [replace(o, heritage=None), replace(o, unreadable=("llm-9-zzzzzzzz",))]
    assert not any(map(moves, (action for look in blind for action in plan(look).actions)))


@many
@given(looks())
def test_a_service_that_ends_makes_nothing_and_goes_last(o: Observation) -> None:
    if o.service.metadata.deletion_timestamp is None:
        return
    decided = plan(o)
    assert not births(o)
    if decided.finalizers is not None:
        assert keys.FINALIZER not in decided.finalizers
        assert not o.groups
        assert not o.unreadable


@many
@given(lives)
def test_a_living_service_never_loses_its_finalizer(o: Observation) -> None:
    finalizers = plan(o).finalizers
    assert finalizers is None or keys.FINALIZER in finalizers


@many
@given(lives)
def test_heals_stay_within_the_limit_over_all_services(o: Observation) -> None:
    ended = [action.group for action in deaths(o) if action.why is Reason.HEALING and guarded(action.group)]
    assert o.allowance is None or len(ended) <= o.allowance


@many
@given(lives)
def test_what_the_api_server_refuses_is_what_is_said(o: Observation) -> None:
    said = plan(replace(o, refused="it is forbidden")).status
    assert condition(said, ConditionType.STALLED).status == "True"


@many
@given(lives)
def test_the_status_shows_the_ips_of_ready_replicas_alone_by_age(o: Observation) -> None:
    shown = plan(o).status.ips
    of = {group.status.ip: serial(group) for group in o.groups if not ending(group) and ready(group)}
    assert list(shown) == sorted(set(shown), key=lambda ip: of[ip])


@many
@given(lives)
def test_a_replica_is_born_with_a_stored_revision_in_a_place_of_the_service(o: Observation) -> None:
    stored = {known.name for known in o.revisions}
    stored |= {action.revision.name for action in plan(o).actions if isinstance(action, StoreRevision)}
    places = {placement.location for placement in o.service.spec.placements}
    for birth in births(o):
        assert birth.revision.name in stored
        assert birth.place.location in places


@many
@given(lives)
def test_no_revision_goes_that_a_replica_has_or_is_about_to_get(o: Observation) -> None:
    dropped = {action.revision.name for action in plan(o).actions if isinstance(action, DropRevision)}
    used = {revision_of(group) for group in o.groups} | {birth.revision.name for birth in births(o)}
    assert not dropped & used


@many
@given(looks())
def test_whoever_waits_does_not_spin(o: Observation) -> None:
    decided = plan(o)
    assert decided.after is None or decided.after > 0 or decided.actions


@tried(200)
@given(st.integers(0, 5), st.sampled_from(STRATEGIES), st.sampled_from(IMAGES), st.booleans())
def test_nothing_is_planned_where_all_is_as_wanted(
    wanted: int, strategy: dict[str, Any], image: str, paused: bool
) -> None:
    groups = [replica(number, image) for number in range(1, wanted + 1)]
    subject = service(wanted, image=image, strategy=strategy, paused=paused, subscriptionId=SUBSCRIPTION)
    look = Observation(subject, groups, [revision(image)], T0)
    first = plan(look)
    second = plan(replace(look, service=subject.model_copy(update={"status": first.status})))
    assert (first.actions, second.actions, second.status) == ((), (), first.status)
    assert is_true(first.status.conditions, ConditionType.READY)


@tried(200)
@given(st.integers(1, 5), st.integers(0, 4), st.sets(st.integers(1, 5)))
def test_a_scale_down_ends_as_many_as_are_too_many_and_first_those_that_do_not_serve(
    present: int, wanted: int, starting: set[int]
) -> None:
    groups = [
        replica(number, state=State.CREATING if number in starting else State.RUNNING)
        for number in range(1, present + 1)
    ]
    status = ServiceStatus(replicas=present, current_revision=revision().name)
    look = Observation(service(wanted, status=status), groups, [revision()], T0)
    ended = {serial(action.group) for action in deaths(look)}
    assert len(ended) == max(present - wanted, 0)
    if any(available(group) and serial(group) in ended for group in groups):
        assert all(available(group) or serial(group) in ended for group in groups)
