"""Run a campaign, or one run of it again.

python -m tests.campaign run --sweep --seeds 2000 --pairs 500
python -m tests.campaign run --seeds 5 --ungated
python -m tests.campaign replay 'seed | 17'
python -m tests.campaign plans
"""

import argparse
import itertools
import sys
import traceback
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.campaign import report, sweep
from tests.campaign.outcome import Outcome
from tests.campaign.plans import lives, plans
from tests.campaign.runs import perform
from tests.campaign.scenarios import SCENARIOS, SWEPT
from tests.campaign.secrecy import listening
from tests.garbage import collect_less


def every_plan() -> Iterator[str]:
    """Return the names of all runs of the sweep."""
    for scenario in SWEPT:
        with listening():
            calls = sweep.reference(scenario.name).calls
        yield from plans(scenario.name, calls)


def _attempted(run: str) -> Outcome:
    """Perform it; a mistake of the world itself is told as a failure, and does not end the campaign."""
    try:
        return perform(run)
    except Exception:  # noqa: BLE001 - whatever it is
        return Outcome(run, traceback.format_exc())


def campaign(*, swept: bool, seeds: int, pairs: int, jobs: int, wanted: Collection[str]) -> bool:
    """Run many, print the report, and tell whether everything held and what is wanted was hit."""
    runs = itertools.chain(
        (f"reference | {scenario.name}" for scenario in SCENARIOS if swept),
        every_plan() if swept else (),
        lives(seeds),
        (f"pair | {number}" for number in range(pairs)),
    )
    found = report.Report()
    with ProcessPoolExecutor(jobs, initializer=collect_less) as pool:
        for outcome in pool.map(_attempted, runs, chunksize=4):
            found.add(outcome)
            if outcome.failure:
                print(report.failed(outcome), flush=True)
            if found.runs % 1000 == 0:
                print(f"{found.runs} runs, {len(found.failures)} failed", file=sys.stderr, flush=True)
    print("\n".join(found.lines(wanted)))
    return not found.failures and not found.missed(wanted)


def replay(run: str) -> bool:
    """Run one, print what came of it, and tell whether it held."""
    outcome = perform(run)
    print(report.failed(outcome) if outcome.failure else f"{run}: it holds, in {outcome.cpu:.2f} s")
    return not outcome.failure


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign")
    commands = parser.add_subparsers(dest="command", required=True)
    many = commands.add_parser("run", help="run many and report")
    many.add_argument("--sweep", action="store_true", help="every scenario with every single fault")
    many.add_argument("--seeds", type=int, default=0, help="so many drawn lives")
    many.add_argument("--pairs", type=int, default=0, help="so many scenarios with two drawn faults")
    many.add_argument("--jobs", type=int, default=2, help="processes")
    many.add_argument("--ungated", action="store_true", help="hold, whatever was never hit")
    one = commands.add_parser("replay", help="run one again")
    one.add_argument("run")
    commands.add_parser("plans", help="list the runs of the sweep")
    given = parser.parse_args()
    match given.command:
        case "run":
            size = {"swept": given.sweep, "seeds": given.seeds, "pairs": given.pairs}
            try:
                wanted = frozenset[str]() if given.ungated else report.wanted(**size)
            except ValueError as too_few:
                many.error(f"{too_few}, or --ungated")
            held = campaign(**size, jobs=given.jobs, wanted=wanted)
        case "replay":
            held = replay(given.run)
        case _:
            print("\n".join(every_plan()))
            held = True
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
