"""`make mutation`: make small changes to the planners, one at a time, and see that the unit tests notice."""

import argparse
import sys
from pathlib import Path
from typing import Final

from tests.mutation.run import mutate, results
from tests.mutation.score import LEAST, by_area, by_module, table, untried

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "mutation.md"

_BEGINNING: Final = "<!-- written by `make mutation` from here on -->\n"


def main() -> int:
    """Run the command line; 1 when too few mutants of an area are noticed, or some were not tried."""
    options = _options()
    mutate(options.modules, options.processes)
    became = list(results())
    modules = by_module(became)
    areas = by_area(modules)
    figures = f"{table('area', areas)}\n{table('module', modules)}"
    print(figures)
    if not options.modules:
        words, _, _ = PAGE.read_text().partition(_BEGINNING)
        PAGE.write_text(f"{words}{_BEGINNING}\n{figures}")
    missed = [area.name for area in areas if area.percent < LEAST]
    if missed:
        print(f"fewer than {LEAST} % are noticed: {', '.join(missed)}")
    left = untried(became, options.modules)
    if left or not modules:
        print(f"not all mutants were tried: {', '.join(left) or 'there are none'}")
    return 1 if missed or left or not modules else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="like service.canary; the page is not written then"
    )
    parser.add_argument("--processes", type=int, default=2, help="at once (default: 2)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
