"""What must hold of rollouts, heals and places whatever is seen: how one plan compares with another."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import Placement
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.api.strategy import Strategy, StrategyType
from aci_operator.core.conditions import is_true
from aci_operator.core.revision import revision_data, revision_hash
from aci_operator.core.service import backoff, storm
from aci_operator.core.service.actions import Action, CreateGroup, DeleteGroup, DropRevision, HandDown
from aci_operator.core.service.market import Market
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.placement import assign, expendable_first
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replicas import available, ending, revision_of
from aci_operator.core.service.share import Share, share
from aci_operator.core.service.strategy import Bounds, least
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import SIZE, SUBSCRIPTION, T0, replica, revision, service, short
from tests.unit.core.looks import NOW_OVERDUE, STRATEGIES, lives, looks, rollouts
from tests.unit.core.service_stories import live, stories, strategies
from tests.unit.core.service_world import World

many = tried(200)
amounts = st.one_of(st.integers(0, 9), st.integers(0, 100).map("{}%".format))


def births(o: Observation) -> list[CreateGroup]:
    return [action for action in plan(o).actions if isinstance(action, CreateGroup)]


def deaths(o: Observation) -> dict[str, Reason]:
    return {a.group.metadata.name: a.why for a in plan(o).actions if isinstance(a, DeleteGroup)}


def update(o: Observation) -> str | None:
    return plan(o).status.update_revision


def present(o: Observation) -> list[ContainerGroup]:
    return [group for group in o.groups if not ending(group)]


def known(o: Observation) -> bool:
    """Tell whether the plan came so far as to count replicas."""
    return o.heritage is not None and not o.unreadable and o.refused is None


def in_some_order(actions: tuple[Action, ...]) -> list[str]:
    return sorted(map(repr, actions))


# -- the plan as a function


@many
@given(st.one_of(looks(), rollouts()), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_seen_changes_nothing(o: Observation, chance: Any) -> None:
    groups, revisions = list(o.groups), list(o.revisions)
    chance.shuffle(groups)
    chance.shuffle(revisions)
    first, second = plan(o), plan(replace(o, groups=groups, revisions=revisions))
    assert second.status == first.status
    assert in_some_order(second.actions) == in_some_order(first.actions)


@tried(200)
@given(stories, strategies)
@example([("reconcile", 0), ("lost", 0), ("move", 1)], {"type": "Recreate"})
@example([("reconcile", 0), ("ready", 0), ("ready", 1), ("lost", 0), ("crash-loops", 1)], {})
def test_what_a_plan_leaves_is_nothing_to_do_at_the_same_moment(
    story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    world = World(strategy=strategy)
    live(world, story)
    world.reconcile()
    again = world.reconcile()
    assert not [action for action in again.actions if isinstance(action, CreateGroup | DeleteGroup)]


@many
@given(lives)
def test_replicas_are_those_that_stay_and_those_that_are_born(o: Observation) -> None:
    assume(known(o))
    status = plan(o).status
    assert status.replicas == len(present(o)) - len(deaths(o)) + len(births(o))
    assert max(status.ready_replicas, status.available_replicas, status.updated_replicas) <= status.replicas


@many
@given(lives)
def test_available_means_that_somebody_serves_or_nobody_is_wanted(o: Observation) -> None:
    status = plan(o).status
    if is_true(status.conditions, ConditionType.AVAILABLE):
        assert status.available_replicas > 0 or o.service.spec.replicas == 0


@many
@given(lives)
def test_every_replica_that_stays_gets_what_it_may_be_given_without_an_end(o: Observation) -> None:
    assume(known(o))
    wanted = o.service.model_copy(update={"spec": o.service.spec.model_copy(update={"min_ready_seconds": 7})})
    decided = plan(replace(o, service=wanted))
    ended = {action.group.metadata.name for action in decided.actions if isinstance(action, DeleteGroup)}
    given_down = {action.group.metadata.name for action in decided.actions if isinstance(action, HandDown)}
    assert given_down == {group.metadata.name for group in present(o)} - ended


@many
@given(looks().filter(lambda o: o.service.metadata.deletion_timestamp is not None))
def test_the_end_of_a_service_ends_all_of_its_replicas_at_once(o: Observation) -> None:
    assume(o.service.metadata.finalizers)
    assert deaths(o).keys() == {group.metadata.name for group in present(o)}


# -- rollouts


@many
@given(st.one_of(lives, rollouts()))
def test_while_paused_nothing_goes_for_a_rollout_and_nothing_of_a_new_revision_comes(o: Observation) -> None:
    paused = o.service.spec.model_copy(update={"paused": True})
    held = replace(o, service=o.service.model_copy(update={"spec": paused}))
    status = plan(held).status
    if status.progress is not None and not status.progress.complete:
        assert Reason.ROLLING_OUT not in deaths(held).values()
        if update(held) != status.current_revision:
            assert update(held) not in {birth.revision.name for birth in births(held)}


@many
@given(rollouts(progress=NOW_OVERDUE))
def test_past_the_deadline_no_more_of_the_new_revision_comes(o: Observation) -> None:
    conditions = plan(o).status.conditions
    if any(c.reason == Reason.DEADLINE_EXCEEDED for c in conditions):
        assert update(o) not in {birth.revision.name for birth in births(o)}
        assert Reason.ROLLING_OUT not in deaths(o).values()


@many
@given(rollouts())
def test_the_canary_comes_alone(o: Observation) -> None:
    new, ended = update(o), deaths(o)
    canary = Bounds.of(o.service.spec.strategy, o.service.spec.replicas).canary
    updated = [g for g in present(o) if revision_of(g) == new and g.metadata.name not in ended]
    made = sum(birth.revision.name == new for birth in births(o))
    if made and sum(map(available, updated)) < canary:
        assert len(updated) + made <= canary


@many
@given(st.one_of(lives, rollouts()).filter(lambda o: o.service.spec.strategy.type is StrategyType.RECREATE))
def test_recreate_makes_nothing_new_before_the_old_has_ended(o: Observation) -> None:
    new = update(o)
    if any(birth.revision.name == new for birth in births(o)):
        assert all(revision_of(g) == new or g.status.state is State.LOST for g in o.groups)


@many
@given(lives)
def test_drift_that_is_only_reported_ends_nothing(o: Observation) -> None:
    assert Reason.DRIFTED not in deaths(o).values()
    assert Reason.DRIFTED not in {birth.why for birth in births(o)}


@many
@given(lives, st.integers(0, 3))
def test_of_the_revisions_without_a_replica_as_many_are_kept_as_the_history_may_hold(o: Observation, kept: int) -> None:
    assume(known(o))
    spec = o.service.spec.model_copy(update={"revision_history_limit": kept})
    decided = plan(replace(o, service=o.service.model_copy(update={"spec": spec})))
    dropped = {action.revision.name for action in decided.actions if isinstance(action, DropRevision)}
    needed = {revision_of(group) for group in o.groups}
    needed |= {str(decided.status.update_revision), str(decided.status.current_revision)}
    history = {it.name for it in o.revisions} - needed
    assert dropped <= history
    assert len(history - dropped) == min(len(history), kept)


@many
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "replicas": st.integers(0, 9),
            "strategy": st.sampled_from(STRATEGIES),
            "paused": st.booleans(),
            "minReadySeconds": st.integers(0, 60),
            "progressDeadlineSeconds": st.integers(61, 3600),
            "revisionHistoryLimit": st.integers(0, 9),
            "deletionPolicy": st.sampled_from(["Delete", "Orphan"]),
            "driftPolicy": st.sampled_from(["Report", "Replace"]),
            "tags": st.dictionaries(st.sampled_from(["team", "cost"]), st.just("x")),
            "placements": st.just([{"location": "northeurope", "zones": ["1", "2"]}]),
        },
    )
)
def test_only_the_template_and_the_network_make_a_revision(spec: dict[str, Any]) -> None:
    replicas = spec.pop("replicas", 3)
    changed = service(replicas, **spec).spec
    assert revision_hash(revision_data(changed)) == revision_hash(revision_data(service().spec))


@given(st.integers(0, 500), amounts, amounts)
def test_bounds_are_rounded_as_a_deployment_rounds_them(wanted: int, surge: int | str, missing: int | str) -> None:
    def of(amount: int | str) -> Fraction:
        return Fraction(amount) if isinstance(amount, int) else Fraction(int(amount.rstrip("%")) * wanted, 100)

    block = {"maxSurge": surge, "maxUnavailable": missing}
    found = Bounds.of(Strategy.model_validate({"rollingUpdate": block}), wanted)
    up, down = ceil(of(surge)), floor(of(missing))
    if up == down == 0:  # `ResolveFenceposts` of kubernetes/pkg/controller/deployment/util
        down = 1
    assert (found.surge, min(found.unavailable, wanted)) == (up, min(down, wanted))


@tried(200)
@given(st.integers(0, 4), st.integers(0, 4), strategies, st.sampled_from([World.settle, World.reconcile]))
def test_who_is_scaled_up_and_down_again_has_the_replicas_from_before(
    few: int, more: int, strategy: dict[str, Any], come_up: Callable[[World], object]
) -> None:
    world = World(strategy=strategy, wanted=few)
    world.settle()
    before = set(world.groups)
    world.wanted = few + more
    come_up(world)
    world.wanted = few
    world.settle()
    assert set(world.groups) == before


# -- heals


@many
@given(lives, st.integers(0, 4), st.integers(0, 4))
def test_a_larger_limit_on_heals_never_means_fewer_of_them(o: Observation, allowed: int, more: int) -> None:
    def healed(allowance: int | None) -> set[str]:
        return {name for name, why in deaths(replace(o, allowance=allowance)).items() if why is Reason.HEALING}

    few, many, all_of_them = healed(allowed), healed(allowed + more), healed(None)
    assert len(few) <= len(many) <= len(all_of_them)


@many
@given(st.integers(0, 40), st.integers(0, 40))
def test_the_more_failures_in_a_row_the_longer_the_pause_within_its_bounds(fewer: int, more: int) -> None:
    shorter, longer = sorted((fewer, more))
    assert timedelta(seconds=10) <= backoff.pause(shorter) <= backoff.pause(longer) <= timedelta(hours=1)


@many
@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_larger_fleet_never_has_a_smaller_limit_and_a_fifth_is_the_most(fleet: int, more: int) -> None:
    assert 5 <= storm.limit(fleet) <= storm.limit(fleet + more)
    assert storm.limit(fleet) <= max(5, fleet / 5)


@many
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 5), st.sampled_from(STRATEGIES))
def test_as_many_creates_are_heals_as_bring_a_service_back_to_its_least(
    serving: int, waiting: int, established: int, strategy: dict[str, Any]
) -> None:
    present = [replica(number) for number in range(serving)]
    born = [replica(serving + number, state=State.PENDING) for number in range(waiting)]
    owner = service(4, strategy=strategy, status=ServiceStatus(established_replicas=established))
    enough = min(least(owner.spec.strategy, 4), established)
    heals = [group for group in born if share(group, owner, [*present, *born]) is Share.HEAL]
    assert heals == born[: max(enough - serving, 0)]


# -- places

REGIONS: Final = ("westeurope", "northeurope", "uksouth")
places = st.tuples(st.sampled_from(REGIONS), st.sampled_from([None, "1", "2"]))
zoned = [
    Placement(location=REGIONS[0], zones=("1", "2")),
    Placement(location=REGIONS[1]),
    Placement(location=REGIONS[2]),
]


@many
@given(st.lists(places, max_size=4), places, st.integers(1, 5))
def test_one_more_shortage_moves_a_birth_to_a_later_placement_or_not_at_all(
    full: list[tuple[str, str | None]], another: tuple[str, str | None], count: int
) -> None:
    def chosen(*shortages: tuple[str, str | None]) -> list[int]:
        market = Market(zoned, SUBSCRIPTION, [short(*place) for place in shortages])
        assume(market.free(SIZE))
        return [REGIONS.index(place.location) for place in assign([revision()] * count, [], market)]

    before, after = chosen(*full), chosen(*full, another)
    assert all(later >= sooner for sooner, later in zip(before, after, strict=True))
    if another[0] not in {REGIONS[index] for index in before}:
        assert after == before


@many
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.sampled_from([("1",), ("1", "2"), ("1", "2", "3")]))
def test_zones_differ_by_one_at_most_however_often_a_service_is_scaled(
    sizes: list[int], zones: tuple[str, ...]
) -> None:
    market = Market([Placement(location=REGIONS[0], zones=zones)], SUBSCRIPTION)
    groups: list[ContainerGroup] = []
    for number, wanted in enumerate(sizes):
        born = assign([revision()] * max(wanted - len(groups), 0), groups, market)
        groups += [replica(100 * number + serial, zone=place.zone) for serial, place in enumerate(born)]
        going = expendable_first(groups, {group.metadata.name: 0 for group in groups})[: len(groups) - wanted]
        groups = [group for group in groups if group not in going]
        count = Counter({zone: sum(group.spec.zone == zone for group in groups) for zone in zones})
        assert max(count.values()) - min(count.values()) <= 1


@many
@given(st.integers(1, 4), st.permutations(REGIONS), st.sampled_from(STRATEGIES))
def test_no_replica_that_runs_moves_when_places_are_added_or_change_their_order(
    wanted: int, order: list[str], strategy: dict[str, Any]
) -> None:
    groups = [replica(number) for number in range(1, wanted + 1)]
    placements = [{"location": location} for location in order]
    o = Observation(service(wanted, strategy=strategy, placements=placements), groups, [revision()], T0)
    assert (births(o), deaths(o)) == ([], {})


@many
@given(st.integers(1, 4), st.sampled_from(STRATEGIES))
def test_replicas_in_a_place_that_was_taken_out_are_replaced_and_the_strategy_holds(
    wanted: int, strategy: dict[str, Any]
) -> None:
    groups = [replica(number) for number in range(1, wanted + 1)]
    placements = [{"location": "northeurope"}]
    o = Observation(service(wanted, strategy=strategy, placements=placements), groups, [revision()], T0)
    assert births(o) or deaths(o)
    assert {birth.place.location for birth in births(o)} <= {"northeurope"}
    left = sum(available(group) for group in groups if group.metadata.name not in deaths(o))
    assert left >= wanted - Bounds.of(o.service.spec.strategy, wanted).unavailable
