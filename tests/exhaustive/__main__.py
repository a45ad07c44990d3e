"""Explore small worlds: `python -m tests.exhaustive [--large] [--world NAME] [--bug NAME]`."""

import argparse
import shlex
import sys
from collections import Counter
from typing import Final

from tests.exhaustive import report
from tests.exhaustive.explore import explore
from tests.exhaustive.liveness import judge
from tests.exhaustive.model import Model
from tests.exhaustive.planted import BUGS, planted
from tests.exhaustive.world import World
from tests.exhaustive.worlds import FOR_BUGS, LARGE, OPEN, SMALL

LEAST: Final = 100_000
"""Fewer distinct states in all are a mistake with `--large`: a world has become smaller than somebody meant."""


def main() -> int:
    """Explore, report, and return 0 when all holds."""
    parser = argparse.ArgumentParser(description="The bounded exhaustive model.")
    parser.add_argument(
        "--world", choices=[*SMALL, *FOR_BUGS, *LARGE], action="append", help="only this one; may be repeated"
    )
    parser.add_argument("--large", action="store_true", help="the large worlds as well")
    parser.add_argument("--states", type=int, default=3_000_000, help="stop a world there (%(default)s)")
    parser.add_argument("--bug", choices=list(BUGS), help="plant a bug; then something must break")
    chosen = parser.parse_args()
    worlds = {**SMALL, **FOR_BUGS, **LARGE}
    names = chosen.world or [*SMALL, *((*LARGE, *OPEN) if chosen.large else ())]
    least = LEAST if chosen.large and not chosen.world else 0
    if chosen.bug:
        with planted(BUGS[chosen.bug]):
            world = BUGS[chosen.bug].world
            return held({world: worlds[world]}, chosen.states, f" --bug {chosen.bug}")
    return held({name: worlds[name] for name in names}, chosen.states, least=least)


def held(worlds: dict[str, World], limit: int, bug: str = "", *, least: int = 0) -> int:
    """Explore and report; return 0 when all holds, in so many states at `least`, and open worlds as far as they go."""
    seen: Counter[str] = Counter()
    states = transitions = 0
    holds = True
    for name, world in worlds.items():
        model = Model(world)
        enough = OPEN.get(name, limit)
        found = explore(model, min(limit, enough))
        verdict = judge(model, found) if found.complete else None
        _say(f"{name} ({world.title}): {report.figures(found, verdict, model)}")
        command = f".venv/bin/python -m tests.exhaustive --world {shlex.quote(name)}{bug}"
        _say(*report.mistakes(command, model, found, verdict))
        goes_on = name in OPEN and found.broken is None and len(found.states) >= enough
        holds = holds and (goes_on or (verdict is not None and not verdict.failures))
        seen += model.planners.seen
        states, transitions = states + len(found.states), transitions + found.transitions
    _say(f"in all: {states} states, {transitions} transitions; planned, by different observations:")
    _say(*report.hits(seen))
    if states < least:
        _say(f"these are too few: {least} are wanted")
    return 0 if holds and states >= least else 1


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
