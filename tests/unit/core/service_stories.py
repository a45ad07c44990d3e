"""What happens in the small world of a service: its replicas become ready, falter, fail and vanish as they like."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import condition
from hypothesis import strategies as st

from tests.unit.core.service_world import IMAGES, NEVER, PLACES, World, ending, is_ready

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


def live(world: World, story: Iterable[tuple[str, int]]) -> None:
    """Let all of it happen."""
    for what, which in story:
        HAPPENINGS[what](world, which)


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
