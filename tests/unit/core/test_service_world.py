"""Laws of the small world that carries out a service's plans: replicas become ready, falter, fail as they like."""

from datetime import timedelta
from typing import Any, Final

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import State
from aci_operator.api.strategy import StrategyType
from aci_operator.core.service.actions import CreateGroup, DeleteGroup
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from hypothesis import example, given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import holds
from tests.unit.core.plans import NO_SURGE
from tests.unit.core.service_stories import HAPPENINGS, live, stories, strategies
from tests.unit.core.service_world import IMAGES, World, ending, image_of

HELD_WITH_THE_UPDATE_ALONE: Final = [
    *[("ready", n) for n in range(3)],
    ("reconcile", 0),
    ("roll", 1),
    ("reconcile", 0),
    *[("ends", 0)] * 3,
    ("reconcile", 0),
    ("ready", 0),
    ("crash-loops", 0),
    ("pause", 0),
    *[("wait", 11)] * 2,
    ("reconcile", 0),
]


@tried(600)
@given(stories, strategies)
@example([("ready", 0), ("ready", 1), ("lost", 2), ("crash-loops", 0), ("crash-loops", 1)], {})
@example([("ready", 1), ("ready", 2), ("lost", 0), ("crash-loops", 1), ("move", 1), ("reconcile", 0), ("ready", 0)], {})
@example([*[("ready", n) for n in range(3)], ("drift", 0), ("crash-loops", 1), ("scale", 0)], {"type": "Recreate"})
@example(HELD_WITH_THE_UPDATE_ALONE, {"type": "Recreate"})
def test_whatever_happens_no_plan_does_harm_and_in_the_end_all_is_as_wanted(
    story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    world = World(strategy=strategy)
    world.reconcile()
    live(world, story)
    world.settle()
    assert len(world.groups) == world.wanted
    update = plan(Observation(world.service, world.in_order(), tuple(world.revisions), world.now)).status
    assert {group.metadata.labels[keys.LABEL_REVISION] for group in world.groups.values()} <= {update.update_revision}
    assert update == world.status
    assert holds(world.status, ConditionType.READY)
    assert holds(world.status, ConditionType.AVAILABLE)


ALL_ARE_LOST_ON_THE_WAY_BACK: Final = [
    ("roll", 1),
    ("reconcile", 0),
    ("roll", 0),
    ("pause", 0),
    *[("fails", n) for n in range(4)],
    *[("wait", 11)] * 4,
    ("reconcile", 0),
    *[("ends", 0)] * 4,
    ("reconcile", 0),
]
ONE_NEW_SERVES_IN_A_RECREATE: Final = [
    ("roll", 1),
    ("reconcile", 0),
    *[("ends", 0)] * 3,
    ("reconcile", 0),
    ("ready", 0),
    ("fails", 1),
    ("fails", 2),
    ("reconcile", 0),
]
A_RECREATE_GOES_BACK: Final = [("roll", 1), ("reconcile", 0), ("roll", 0), ("pause", 0), *[("ends", 0)] * 3]
SCALED_TO_NONE_ON_THE_WAY_BACK: Final = [
    ("roll", 1),
    ("reconcile", 0),
    ("roll", 0),
    ("pause", 0),
    ("scale", 0),
    ("reconcile", 0),
    *[("ends", 0)] * 5,
    ("reconcile", 0),
    ("scale", 3),
]


@tried(300)
@given(stories, strategies)
@example(ALL_ARE_LOST_ON_THE_WAY_BACK, NO_SURGE)
@example(A_RECREATE_GOES_BACK, {"type": "Recreate"})
@example(ONE_NEW_SERVES_IN_A_RECREATE, {"type": "Recreate"})
@example(SCALED_TO_NONE_ON_THE_WAY_BACK, {})
def test_paused_for_good_as_many_serve_in_the_end_as_are_wanted(
    story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    """But a Recreate makes nothing of what served before beside another revision."""
    world = World(strategy=strategy)
    world.settle()
    live(world, story)
    world.settle(paused=True)
    there = {group.metadata.labels[keys.LABEL_REVISION] for group in world.groups.values()}
    if world.service.spec.strategy.type is not StrategyType.RECREATE or there <= {world.status.current_revision}:
        assert world.ready() >= world.wanted


BEGINS_WITHOUT_CANARY: Final = {"rollingUpdate": {"canary": 0}}
ONE_NEW_IS_LOST: Final = [
    ("reconcile", 0),
    *[("ready", n) for n in range(3)],
    ("roll", 1),
    ("reconcile", 0),
    ("lost", 3),
]

GIVEN_UP_AND_FAILED: Final = [
    ("ready", 2),
    ("roll", 1),
    ("reconcile", 0),
    ("ready", 1),
    ("ready", 3),
    ("reconcile", 0),
    ("fails", 0),
    ("reconcile", 0),
    ("roll", 2),
    ("fails", 0),
    ("reconcile", 11),
    ("pause", 0),
    ("fails", 2),
]
CANARY_SERVES_AND_ANOTHER_AILS: Final = [
    ("reconcile", 0),
    ("ready", 3),
    ("reconcile", 0),
    ("ends", 0),
    ("reconcile", 0),
    ("ready", 3),
    ("reconcile", 0),
    ("ends", 0),
    ("reconcile", 0),
    ("crash-loops", 2),
]
MOVES_WHILE_AN_OLDER_ONE_FAILED: Final = [("reconcile", 0), ("fails", 0), ("move", 1)]
CANARY_FALTERS_BESIDE_ONE_THAT_STARTS: Final = [("reconcile", 0), ("ready", 3), ("falters", 3), ("starting", 0)]
WITHOUT_SURGE_OR_CANARY: Final = {"rollingUpdate": {"maxSurge": 0, "canary": 0}}
ONE_NEW_SERVES: Final = [("reconcile", 0), ("ends", 0), ("reconcile", 0), ("ready", 2), ("reconcile", 0)]
TWO_NEW_HANG: Final = [("lost", 0), ("reconcile", 0), ("starting", 3), ("reconcile", 0), ("starting", 4)]


@tried(300)
@given(stories, strategies, st.booleans())
@example(ONE_NEW_IS_LOST, BEGINS_WITHOUT_CANARY, True)
@example(ONE_NEW_IS_LOST, BEGINS_WITHOUT_CANARY, False)
@example(GIVEN_UP_AND_FAILED, {}, True)
def test_at_any_one_moment_plans_come_to_rest_when_what_is_ended_ends(
    story: list[tuple[str, int]], strategy: dict[str, Any], sent: bool
) -> None:
    """Whether or not what is made is sent to Azure at once."""
    world = World(strategy=strategy)
    world.reconcile()
    live(world, story)
    for _ in range(40):
        decided = world.reconcile()
        acts = [action for action in decided.actions if isinstance(action, CreateGroup | DeleteGroup)]
        if not acts and not any(map(ending, world.groups.values())):
            return
        for group in world.in_order():
            if ending(group):
                del world.groups[group.metadata.name]
            elif sent and group.status.accepted_at is None:
                world.become(group, State.CREATING)
    raise AssertionError(f"it goes round: {acts}")


@tried(200)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(IMAGES)), min_size=1, max_size=8), strategies)
def test_every_way_to_a_spec_ends_alike(way: list[tuple[int, str]], strategy: dict[str, Any]) -> None:
    world = World(strategy=strategy)
    for wanted, image in way:
        world.wanted, world.image = wanted, image
        world.settle()
        assert len(world.groups) == world.ready() == wanted
        assert wanted == 0 or world.status.current_revision == world.status.update_revision


@tried(300)
@given(stories, stories, strategies, st.sampled_from(["hanging", "broken"]))
@example([], CANARY_SERVES_AND_ANOTHER_AILS, {}, "hanging")
@example([], MOVES_WHILE_AN_OLDER_ONE_FAILED, {}, "hanging")
@example([], CANARY_FALTERS_BESIDE_ONE_THAT_STARTS, {}, "hanging")
@example([("reconcile", 0), ("ready", 0), ("scale", 0), ("reconcile", 0), ("roll", 1)], [("scale", 1)], {}, "hanging")
@example([], [*TWO_NEW_HANG, ("lost", 0)], BEGINS_WITHOUT_CANARY, "hanging")
@example([], [*TWO_NEW_HANG, ("ready", 3), ("lost", 0), ("lost", 1)], WITHOUT_SURGE_OR_CANARY, "hanging")
@example([], ONE_NEW_SERVES, NO_SURGE, "broken")
def test_a_template_that_does_not_start_takes_none_away_that_must_serve_and_nothing_goes_round(
    before: list[tuple[str, int]], story: list[tuple[str, int]], strategy: dict[str, Any], fault: str
) -> None:
    world = World(strategy=strategy)
    live(world, before)
    world.settle()
    served, world.image = world.status.current_revision, next(image for image in IMAGES if image != world.image)
    live(world, [(what, which) for what, which in story if what != "roll"])
    faults: dict[str, Any] = {fault: world.image}
    world.settle(**faults, deadline=60)
    goes_back = world.status.update_revision == served  # to what served before it was scaled to none
    recreates = world.service.spec.strategy.type is StrategyType.RECREATE
    if world.status.current_revision == served and not goes_back and not recreates:
        assert world.ready() >= world.wanted - world.bounds.unavailable


@tried(300)
@given(stories, strategies)
@example([("ready", 0), ("ready", 1), ("ready", 2), ("crash-loops", 1)], {})
def test_a_template_that_mends_what_cannot_start_any_more_is_rolled_out(
    story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    world = World(strategy=strategy)
    world.reconcile()
    live(world, story)
    for _ in range(4):
        world.reconcile()
        world.now += timedelta(seconds=600)
    broken, world.image = world.image, next(image for image in IMAGES if image != world.image)
    world.settle(broken=broken)
    assert len(world.groups) == world.wanted
    assert {image_of(group) for group in world.groups.values()} <= {world.image}
    assert holds(world.status, ConditionType.READY)


@tried(200)
@given(stories)
def test_the_old_ones_serve_on_while_no_new_one_ever_gets_ready(story: list[tuple[str, int]]) -> None:
    """A broken image: whatever happens to the canaries, the replicas of the old revision stay as they are."""
    world = World()
    world.settle()
    served = set(world.groups)
    world.image = "v2"
    for what, which in story:
        world.reconcile()
        new = [group for group in world.in_order() if group.metadata.name not in served]
        if new and what in {"fails", "lost", "starting"}:
            world.become(new[which % len(new)], {"fails": State.FAILED, "lost": State.LOST}.get(what, State.CREATING))
        elif what in {"ends", "wait"}:
            HAPPENINGS[what](world, which)
    world.reconcile()
    assert served <= set(world.groups)
    assert not any(ending(world.groups[name]) for name in served)
    assert len([name for name in world.groups if not ending(world.groups[name])]) <= 4
