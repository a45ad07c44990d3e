"""What an exploration says for people."""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from aci_operator.api.reasons import Reason
from aci_operator.core.group.step import Effect
from aci_operator.core.service.actions import Action

from tests.exhaustive.explore import Found, path
from tests.exhaustive.liveness import Verdict
from tests.exhaustive.model import Model

STEPS: Final = [f"group {kind.__name__}" for kind in get_args(Effect)]
ACTIONS: Final = [f"service {kind.__name__}" for kind in get_args(Action)]


def figures(found: Found, verdict: Verdict | None, model: Model) -> str:
    """Return one line of figures."""
    state = "closed" if found.complete else "broken" if found.broken else "not closed"
    ends = "" if verdict is None else f", comes to rest in {verdict.ends}"
    return (
        f"{len(found.states)} states, {found.transitions} transitions, depth {found.depth}, "
        f"{model.planners.asked} observations planned, {found.seconds:.1f} s, {state}{ends}"
    )


def mistakes(command: str, model: Model, found: Found, verdict: Verdict | None) -> Iterator[str]:
    """Yield the shortest path to what is broken, or to what does not come to an end, and how to see it again."""
    if found.broken is not None:
        state, what, broken = found.broken
        yield from _trace(model, found, state)
        yield f"  -> {what}"
        yield from (f"  !! {words}" for words in broken)
    for state, why in verdict.failures[:1] if verdict is not None else ():
        yield from _trace(model, found, state)
        yield f"  !! {why}"
    if found.broken is not None or (verdict is not None and verdict.failures):
        yield f"again: {command}"


def hits(seen: Mapping[str, int]) -> Iterator[str]:
    """Yield how often each step, action and reason was planned, by different observations, and what never was."""
    for what, count in sorted(seen.items()):
        yield f"  {count:7} {what}"
    kinds = {what.partition(":")[0] for what in seen}
    reasons = {what.rpartition(": ")[2] for what in seen}
    yield f"  never a step or action: {', '.join(kind for kind in STEPS + ACTIONS if kind not in kinds) or 'none'}"
    yield f"  never a reason: {', '.join(reason for reason in Reason if reason.value not in reasons)}"


def _trace(model: Model, found: Found, state: int) -> Iterator[str]:
    for number, words in enumerate(path(model, found, state), start=1):
        yield f"  {number:3} {words}"
