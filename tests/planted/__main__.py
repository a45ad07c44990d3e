"""`make planted`: try every planted bug, and write the table of what caught it."""

import argparse
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.planted.registry import PLANTS
from tests.planted.table import PAGE, page
from tests.planted.trial import Outcome, try_life, try_plant, try_test

PROCESSES = 2


def main() -> int:
    """Try the bugs; tell whether all is well."""
    options = _options()
    if sys.flags.hash_randomization:
        raise SystemExit("start it with PYTHONHASHSEED=0, or no two runs would count the same lives")
    chosen = [i for i, plant in enumerate(PLANTS) if not options.only or plant.bug.number in options.only]
    began, outcomes, problems = time.monotonic(), dict[int, Outcome](), list[str]()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        checks: list[Future[Outcome]] = [pool.submit(try_life, seed, options.seconds) for seed in range(options.lives)]
        checks += [pool.submit(try_test, i, options.seconds) for i in _one_of_each_test(chosen)]
        trials = {pool.submit(try_plant, i, options.lives, options.seconds): i for i in chosen}
        problems += [problem for check in as_completed(checks) if (problem := check.result().problem)]
        for trial in as_completed(trials):
            index, outcome = trials[trial], trial.result()
            outcomes[index] = outcome
            print(f"{PLANTS[index]}: {outcome.problem or _found(outcome, options.lives)}", flush=True)
    problems += [outcome.problem for outcome in outcomes.values() if outcome.problem]
    caught = {str(PLANTS[i]): outcome.lives for i, outcome in outcomes.items() if not outcome.problem}
    print(f"{len(caught)} of {len(chosen)} bugs caught in {time.monotonic() - began:.0f} s")
    if not options.only and not problems:
        PAGE.write_text(page(caught, options.lives))
    print("\n".join(problems))
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("--lives", type=int, default=25, help="of the random campaign, for each bug (default: 25)")
    parser.add_argument("--seconds", type=int, default=3600, help="for each bug, before it counts as stuck")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of bugs; the table is not written then")
    return parser.parse_args()


def _one_of_each_test(chosen: list[int]) -> list[int]:
    tests: dict[tuple[str, str], int] = {}
    for index in chosen:
        tests.setdefault((PLANTS[index].test_name, str(PLANTS[index].given)), index)
    return list(tests.values())


def _found(outcome: Outcome, lives: int) -> str:
    return f"red after {outcome.lives}" if outcome.lives is not None else f"not red within {lives}"


if __name__ == "__main__":
    sys.exit(main())
