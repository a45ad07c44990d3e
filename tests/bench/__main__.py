"""`python -m tests.bench [FIGURE ...]`: measure the figures and print them beside their targets.

Ends with 1 when one is missed. Those on the real clock are of real processes: etcd, kube-apiserver, the emulator and
the operator, each on its own; those on the virtual clock are of the simulation.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from devcluster.runs import end_on_signals
from tests.bench import counts, day, death, fairness, latency, listing, restart, scale, silence
from tests.bench.stage import say
from tests.bench.table import Row, printed

FIGURES: Final[Mapping[str, Callable[[], Iterable[Row]]]] = {
    "counts": counts.rows,
    "silence": silence.rows,
    "day": day.rows,
    "latency": latency.rows,
    "fairness": fairness.rows,
    "death": death.rows,
    "restart": restart.rows,
    "listing": listing.rows,
    "scale": scale.rows,
}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all without one")
    chosen = parser.parse_args().figures or list(FIGURES)
    if unknown := set(chosen) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    end_on_signals()
    found: list[Row] = []
    for name in chosen:
        say(f"measuring: {name}")
        found.extend(FIGURES[name]())
        print(f"\n{printed(found)}\n", flush=True)
    missed = sum(row.met is False for row in found)
    say(f"{missed} figures missed" if missed else "all figures met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
