"""What a campaign has hit: every fault at every call, every variant, every word and branch, and which of them never."""

import subprocess
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from statistics import median
from typing import Final

from aci_emulator.variants import choices
from aci_operator.api.reasons import Reason, State

from tests.campaign import branches
from tests.campaign.catalogue import POINTS
from tests.campaign.happenings import BY_PEOPLE, HAPPENINGS, OF_LIVES
from tests.campaign.outcome import Outcome

FAULTS: Final = frozenset(f"fault: {point}: {mode}" for point, modes in POINTS.items() for mode in modes)
BEFALLEN: Final = frozenset(f"happening: {name}" for name in HAPPENINGS)
UNASKED: Final = frozenset(
    {
        "dns_label_taken",
        "exec_on_ended",
        "gpu",
        "head_of_group",
        "link_deletion",
        "list_options",
        "silent_log",
        "stopped_status",
        "unhealthy_event",
    }
)
"""Open points of what no campaign asks Azure for: labels, exec, logs, GPUs, subnets, probes, restarts, options."""
RARE: Final = frozenset({"failed_code", "failed_error"})
"""Open points that matter only where somebody asks for an operation that failed."""
SELDOM: Final = frozenset({"invalid_update", "put_on_existing", "update_ip", "view_after_stop"})
"""Open points that matter only where somebody stops a group or PUTs over it: a few lives need not hit them."""
_POINTS: Final = {
    name: frozenset(f"variant: {name}={value}" for value in values)
    for name, values in choices().items()
    if name not in UNASKED
}
VARIANTS: Final = frozenset[str]().union(*(values for name, values in _POINTS.items() if name not in RARE | SELDOM))
WORDS: Final = frozenset(f"word: {reason}" for reason in {*Reason} - {Reason.ORPHANS_HELD_BACK})
"""One asks a person to run `aci-operator gc --confirm`, and worlds in a campaign have no command line."""
STATES: Final = frozenset(f"state: {state}" for state in State)
BRANCHES: Final = frozenset(branches.names())

MODES: Final = frozenset(f"mode: {mode}" for modes in POINTS.values() for mode in modes)

SWEPT: Final = FAULTS | BEFALLEN
"""What a sweep must hit."""

LIVED: Final = BEFALLEN | frozenset(f"happening: {name}" for name in (*OF_LIVES, *BY_PEOPLE)) | VARIANTS | MODES
"""What lives must hit, if there are enough of them: each call in each way is for the sweep."""

PAIRED: Final = MODES
"""What pairs must hit, if there are enough of them."""

EVERYTHING: Final = (
    SWEPT | LIVED | PAIRED | WORDS | STATES | BRANCHES | frozenset[str]().union(*(_POINTS[name] for name in SELDOM))
)
"""What a whole campaign must hit."""

ENOUGH_LIVES, ENOUGH_PAIRS = 60, 300
"""So many hit all that they must; what fewer do not hit says nothing."""


def wanted(*, swept: bool, seeds: int, pairs: int) -> frozenset[str]:
    """Return what such a campaign must hit.

    Raises:
        ValueError: It is too small to tell.
    """
    if 0 < seeds < ENOUGH_LIVES:
        raise ValueError(f"{seeds} lives are too few to tell what they never hit: it takes {ENOUGH_LIVES}")
    if 0 < pairs < ENOUGH_PAIRS:
        raise ValueError(f"{pairs} pairs are too few to tell what they never hit: it takes {ENOUGH_PAIRS}")
    if swept and seeds:
        return EVERYTHING
    parts = ((SWEPT, swept), (LIVED, seeds > 0), (PAIRED, pairs > 0))
    return frozenset[str]().union(*(part for part, done in parts if done))


class Report:
    """What came of many runs."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.failures: list[Outcome] = []
        self.runs = 0
        self.cpu = 0.0
        self.slowest = Outcome("none")
        self.lives: list[float] = []

    def add(self, outcome: Outcome) -> None:
        """Take a run in."""
        self.runs += 1
        self.cpu += outcome.cpu
        self.hits += outcome.hits
        for name, count in outcome.hits.items():
            if name.startswith("fault: "):
                self.hits[f"mode: {name.rpartition(': ')[2]}"] += count
        if outcome.failure:
            self.failures.append(outcome)
        if outcome.lasted:
            self.lives.append(outcome.lasted)
        self.slowest = max(self.slowest, outcome, key=lambda one: one.seconds)

    def missed(self, wanted: Collection[str] = EVERYTHING) -> list[str]:
        """Return what was never hit."""
        return sorted(name for name in wanted if not self.hits[name])

    def lines(self, wanted: Collection[str] = EVERYTHING) -> Iterable[str]:
        """Return the report: a line for each thing with its hits, what was never hit, and the figures."""
        for name in sorted(wanted):
            yield f"{self.hits[name]:>8}  {name}"
        yield ""
        yield f"{self.runs} runs, {self.cpu:.0f} s of a processor, {self.cpu / max(self.runs, 1):.3f} s each"
        yield f"longest way to the end: {self.slowest.seconds:.0f} virtual seconds, {self.slowest.run}"
        if self.lives:
            yield f"{len(self.lives)} lives, the median one of {median(self.lives) / 60:.0f} virtual minutes"
        for name in self.missed(wanted):
            yield f"NEVER HIT: {name}"
        for outcome in self.failures:
            yield failed(outcome)


def failed(outcome: Outcome) -> str:
    """Return what to say of a run that failed, and how to run it again."""
    return "\n".join(
        [
            f"FAILED: {outcome.run}",
            outcome.failure,
            f"again, at commit {commit()}: .venv/bin/python -m tests.campaign replay '{outcome.run}'",
            f"to keep it, add this line to tests/campaign/regressions.txt: {outcome.run}",
        ]
    )


@cache
def commit() -> str:
    """Return what is checked out: only with it is the same run the same; "unknown" outside of a checkout."""
    asked = ("git", "-c", "safe.directory=*", "rev-parse", "--short", "HEAD")  # whoever owns the files
    try:
        told = subprocess.run(asked, cwd=Path(__file__).parent, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()
