"""A small world that carries out a service's plans: replicas become ready, falter, fail and vanish as they like."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import MAX_DEADLINE, Service, ServiceStatus
from aci_operator.api.strategy import StrategyType
from aci_operator.core.conditions import Verdict, condition, judged
from aci_operator.core.naming import group_name
from aci_operator.core.revision import Revision
from aci_operator.core.service.actions import CreateGroup, DeleteGroup, DropRevision, Plan, StoreRevision
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.replica import replica
from aci_operator.core.service.replicas import ailing
from aci_operator.core.service.storm import guarded
from aci_operator.core.service.strategy import Bounds
from hypothesis import example, given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import SUBSCRIPTION, T0, holds, service, verdict

IMAGES: Final = ("v1", "v2", "v3")
PLACES: Final = ("westeurope", "northeurope")
NEVER: Final = MAX_DEADLINE
"""A deadline that no story reaches."""

STEPS: Final = 400
"""Passes within which everything comes to rest once nothing fails any more."""


@dataclass
class World:
    """The objects of one service, and what is checked whenever a plan is carried out."""

    now: datetime = T0
    status: ServiceStatus = field(default_factory=ServiceStatus)
    wanted: int = 3
    image: str = "v1"
    strategy: dict[str, Any] = field(default_factory=dict)
    paused: bool = False
    deadline: int = NEVER
    places: tuple[str, ...] = PLACES[:1]
    allowance: int | None = None
    groups: dict[str, ContainerGroup] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    serials: set[int] = field(default_factory=set)

    @property
    def service(self) -> Service:
        return service(
            self.wanted,
            image=self.image,
            status=self.status,
            strategy=self.strategy,
            paused=self.paused,
            placements=[{"location": place} for place in self.places],
            driftPolicy="Replace",
            progressDeadlineSeconds=self.deadline,
        )

    @property
    def bounds(self) -> Bounds:
        return Bounds.of(self.service.spec.strategy, self.wanted)

    def in_order(self) -> list[ContainerGroup]:
        return [self.groups[name] for name in sorted(self.groups)]

    def holding(self) -> int:
        return sum(1 for group in self.groups.values() if group.status.state is not State.LOST)

    def may_serve(self) -> int:
        """Replicas that are available, or fail by our judgement alone."""
        alive = [group for group in self.groups.values() if not ending(group)]
        return sum(1 for group in alive if is_ready(group) or ailing(group))

    def ready(self) -> int:
        return sum(1 for group in self.groups.values() if not ending(group) and is_ready(group))

    def reconcile(self) -> Plan:
        subject = self.service
        decided = plan(Observation(subject, self.in_order(), tuple(self.revisions), self.now, allowance=self.allowance))
        holding, ready = self.holding(), self.ready()
        assert decided.status.serial >= self.status.serial
        acts = any(isinstance(action, CreateGroup | DeleteGroup) for action in decided.actions)
        assert not acts or decided.status.serial > self.status.serial, "the fence is a status that differs"
        self.status = decided.status
        for action in decided.actions:
            match action:
                case StoreRevision(revision):
                    self.revisions.append(revision)
                case DropRevision(revision):
                    self.revisions.remove(revision)
                    assert all(it.metadata.labels[keys.LABEL_REVISION] != revision.name for it in self.groups.values())
                case CreateGroup(revision, serial, _, place, retry=retry):
                    assert revision in self.revisions, "stored before it is used"
                    assert serial not in self.serials, "no number is given twice"
                    assert serial <= self.status.serial, "what is given is covered by the fence"
                    self.serials.add(serial)
                    name = group_name("llm", serial, "abcdefgh")
                    made = replica(subject, revision, serial, name, subscription=SUBSCRIPTION, place=place, retry=retry)
                    self.groups[made.metadata.name] = made
                case DeleteGroup(group):
                    assert not ending(self.groups[group.metadata.name])
                    meta = group.metadata.model_copy(update={"deletion_timestamp": self.now})
                    self.groups[group.metadata.name] = group.model_copy(update={"metadata": meta})
                case _:
                    raise AssertionError(action)
        if any(isinstance(action, CreateGroup) for action in decided.actions):
            assert self.holding() <= max(self.wanted + self.bounds.surge, holding), "the surge"
        staying = [g for g in self.groups.values() if not ending(g) and g.status.state is not State.LOST]
        assert len(staying) <= self.wanted + self.bounds.surge, "nor do more stay than that"
        least = self.wanted - self.bounds.unavailable
        assert self.ready() >= min(ready, least), "no plan takes what is needed away"
        heals = [a.group for a in decided.actions if isinstance(a, DeleteGroup) and a.why is Reason.HEALING]
        if any(map(ailing, heals)):
            assert self.may_serve() >= least, "nor by a heal what may still serve"
        if self.allowance is not None:
            begun = self.status.heals.replacing if self.status.heals is not None else 0
            assert decided.healing >= begun
            assert not any(map(guarded, heals)) or decided.healing <= self.allowance, "the limit on heals"
        assert not (holds(self.status, ConditionType.READY) and self.ready() < self.wanted)
        self._check_births(decided)
        return decided

    def _check_births(self, decided: Plan) -> None:
        born = {action.revision.name for action in decided.actions if isinstance(action, CreateGroup)}
        update = decided.status.update_revision
        older = [g for g in self.groups.values() if g.metadata.labels[keys.LABEL_REVISION] != update]
        if self.service.spec.strategy.type is StrategyType.RECREATE and update in born:
            assert all(group.status.state is State.LOST for group in older), "the old ones have ended first"
        rolling = decided.status.progress is not None and not decided.status.progress.complete
        if self.paused and rolling and update != decided.status.current_revision:
            assert update not in born, "nothing of a new revision is made while paused"

    def become(self, group: ContainerGroup, state: State, *, ready: bool = False, why: Reason | None = None) -> None:
        before = group.status
        said = verdict(state, ready=ready) if why is None else Verdict.underway(why, "it does not get well")
        shown = before.model_copy(
            update={
                "state": state,
                "requested_at": before.requested_at or self.now,
                "accepted_at": before.accepted_at or self.now,
                "ready_at": before.ready_at or (self.now if ready else None),
                "failed_at": (before.failed_at or self.now) if state.dead else None,
                "ip": "20.0.0.1" if ready else None,
                "conditions": (*judged(before.conditions, said, 1, self.now), *_drifted(before.conditions)),
            }
        )
        self.groups[group.metadata.name] = group.model_copy(update={"status": shown})

    def live(self, story: Iterable[tuple[str, int]]) -> None:
        """Let all of it happen."""
        for what, which in story:
            HAPPENINGS[what](self, which)

    def settle(self, *, hanging: str = "", broken: str = "") -> None:
        """From here on nothing else fails than these images: what is started becomes ready, what is ending ends.

        What hangs never gets ready, and is given up where it did before.
        """
        quiet, self.paused, self.allowance = 0, False, None
        self.deadline = 60 if hanging else NEVER
        for _ in range(STEPS):
            decided = self.reconcile()
            before = dict(self.groups)
            for group in self.in_order():
                image = image_of(group)
                if ending(group):
                    del self.groups[group.metadata.name]
                elif image == hanging and not is_ready(group):
                    if group.status.accepted_at is None:
                        self.become(group, State.CREATING)
                    elif group.status.state is State.RUNNING:
                        self.become(group, State.FAILED, why=Reason.STUCK)
                elif image == broken and not is_ready(group):
                    if group.status.failed_at is None:
                        self.become(group, State.FAILED, why=Reason.START_FAILED)
                elif group.status.state not in {State.FAILED, State.LOST} and not is_ready(group):
                    self.become(group, State.RUNNING, ready=True)
            quiet = quiet + 1 if not decided.actions and before == self.groups and decided.after is None else 0
            if quiet == 2:
                return
            self.now += timedelta(seconds=30)
        raise AssertionError("it does not come to rest")


def image_of(group: ContainerGroup) -> str:
    return group.spec.template.containers[0].image


def ending(group: ContainerGroup) -> bool:
    return group.metadata.deletion_timestamp is not None


def _drifted(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    return tuple(known for known in conditions if known.type == ConditionType.DRIFTED)


def is_ready(group: ContainerGroup) -> bool:
    return bool(group.status.conditions) and holds(group.status, ConditionType.READY)


# What happens: each takes the world and a number that picks a replica.
Happening = Callable[[World, int], None]


def _to(state: State, *, ready: bool = False, why: Reason | None = None) -> Happening:
    def happen(world: World, which: int) -> None:
        alive = [group for group in world.in_order() if not ending(group)]
        if alive:
            world.become(alive[which % len(alive)], state, ready=ready, why=why)

    return happen


def _end(world: World, which: int) -> None:
    doomed = [group for group in world.in_order() if ending(group)]
    if doomed:
        del world.groups[doomed[which % len(doomed)].metadata.name]


def _delete_by_hand(world: World, which: int) -> None:
    alive = [group for group in world.in_order() if not ending(group)]
    if alive:
        chosen = alive[which % len(alive)]
        meta = chosen.metadata.model_copy(update={"deletion_timestamp": world.now})
        world.groups[chosen.metadata.name] = chosen.model_copy(update={"metadata": meta})


def _scale(world: World, which: int) -> None:
    world.wanted = which % 6


def _roll(world: World, which: int) -> None:
    world.image = IMAGES[which % len(IMAGES)]


def _move(world: World, which: int) -> None:
    world.places = (PLACES[:1], PLACES[1:], PLACES)[which % 3]


def _drift(world: World, which: int) -> None:
    running = [group for group in world.in_order() if not ending(group) and is_ready(group)]
    if running:
        group = running[which % len(running)]
        world.now += timedelta(seconds=1)
        changed = condition(
            group.status.conditions,
            ConditionType.DRIFTED,
            status=True,
            reason=Reason.DRIFTED,
            message="changed in Azure: template",
            generation=1,
            now=world.now,
        )
        shown = group.status.model_copy(update={"conditions": (*group.status.conditions, changed)})
        world.groups[group.metadata.name] = group.model_copy(update={"status": shown})


def _pause(world: World, which: int) -> None:
    world.paused = which % 2 == 0


def _hurry(world: World, which: int) -> None:
    world.deadline = NEVER if which % 2 else 60


def _wait(world: World, which: int) -> None:
    world.now += timedelta(seconds=which * 10)


def _reconcile(world: World, which: int) -> None:
    del which
    world.reconcile()


def _storm(world: World, which: int) -> None:
    world.allowance = which % 4


HAPPENINGS: Final[dict[str, Happening]] = {
    "ready": _to(State.RUNNING, ready=True),
    "falters": _to(State.RUNNING),
    "starting": _to(State.CREATING),
    "fails": _to(State.FAILED),
    "lost": _to(State.LOST),
    "crash-loops": _to(State.FAILED, why=Reason.CRASH_LOOPING),
    "has no IP": _to(State.FAILED, why=Reason.NO_IP),
    "hangs": _to(State.FAILED, why=Reason.STUCK),
    "gets well": _to(State.RUNNING, ready=True),
    "storm": _storm,
    "ends": _end,
    "deleted by hand": _delete_by_hand,
    "scale": _scale,
    "roll": _roll,
    "pause": _pause,
    "hurry": _hurry,
    "move": _move,
    "drift": _drift,
    "wait": _wait,
    "reconcile": _reconcile,
}

stories = st.lists(
    st.tuples(st.sampled_from([*HAPPENINGS, "reconcile", "ready", "ends"]), st.integers(0, 11)), max_size=40
)


amounts = st.one_of(st.integers(0, 6), st.integers(0, 100).map("{}%".format))
strategies: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.just({"type": "Recreate"}),
    st.fixed_dictionaries({"maxSurge": amounts, "maxUnavailable": amounts, "canary": amounts}).map(
        lambda block: {"rollingUpdate": block}
    ),
)


@tried(600)
@given(stories, strategies)
@example([("ready", 0), ("ready", 1), ("lost", 2), ("crash-loops", 0), ("crash-loops", 1)], {})
@example([("ready", 1), ("ready", 2), ("lost", 0), ("crash-loops", 1), ("move", 1), ("reconcile", 0), ("ready", 0)], {})
def test_whatever_happens_no_plan_does_harm_and_in_the_end_all_is_as_wanted(
    story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    world = World(strategy=strategy)
    world.reconcile()
    world.live(story)
    world.settle()
    assert len(world.groups) == world.wanted
    update = plan(Observation(world.service, world.in_order(), tuple(world.revisions), world.now)).status
    assert {group.metadata.labels[keys.LABEL_REVISION] for group in world.groups.values()} <= {update.update_revision}
    assert update == world.status
    assert holds(world.status, ConditionType.READY)
    assert holds(world.status, ConditionType.AVAILABLE)


BEGINS_WITHOUT_CANARY: Final = {"rollingUpdate": {"canary": 0}}
ONE_NEW_IS_LOST: Final = [
    ("reconcile", 0),
    *[("ready", n) for n in range(3)],
    ("roll", 1),
    ("reconcile", 0),
    ("lost", 3),
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
TWO_NEW_HANG: Final = [("lost", 0), ("reconcile", 0), ("starting", 3), ("reconcile", 0), ("starting", 4)]


@tried(300)
@given(stories, strategies, st.booleans())
@example(ONE_NEW_IS_LOST, BEGINS_WITHOUT_CANARY, True)
@example(ONE_NEW_IS_LOST, BEGINS_WITHOUT_CANARY, False)
def test_at_any_one_moment_plans_come_to_rest_when_what_is_ended_ends(
    story: list[tuple[str, int]], strategy: dict[str, Any], sent: bool
) -> None:
    """Whether or not what is made is sent to Azure at once."""
    world = World(strategy=strategy)
    world.reconcile()
    world.live(story)
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
@given(stories, stories, strategies)
@example([], CANARY_SERVES_AND_ANOTHER_AILS, {})
@example([], MOVES_WHILE_AN_OLDER_ONE_FAILED, {})
@example([], CANARY_FALTERS_BESIDE_ONE_THAT_STARTS, {})
@example([("reconcile", 0), ("ready", 0), ("scale", 0), ("reconcile", 0), ("roll", 1)], [("scale", 1)], {})
@example([], [*TWO_NEW_HANG, ("lost", 0)], BEGINS_WITHOUT_CANARY)
@example([], [*TWO_NEW_HANG, ("ready", 3), ("lost", 0), ("lost", 1)], {"rollingUpdate": {"maxSurge": 0, "canary": 0}})
def test_a_template_that_hangs_takes_none_away_that_must_serve_and_nothing_goes_round(
    before: list[tuple[str, int]], story: list[tuple[str, int]], strategy: dict[str, Any]
) -> None:
    world = World(strategy=strategy)
    world.live(before)
    world.settle()
    served, world.image = world.status.current_revision, next(image for image in IMAGES if image != world.image)
    world.live((what, which) for what, which in story if what != "roll")
    world.settle(hanging=world.image)
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
    world.live(story)
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
