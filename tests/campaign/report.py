"""What a campaign has hit: every fault at every call, every variant, every word and branch, and which of them never."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from aci_emulator.variants import choices
from aci_operator.api.reasons import Reason, State

from tests.campaign.branches import found
from tests.campaign.catalogue import POINTS
from tests.campaign.happenings import HAPPENINGS, OF_LIVES
from tests.campaign.outcome import Outcome

FAULTS: Final = frozenset(f"fault: {point}: {mode}" for point, modes in POINTS.items() for mode in modes)
BEFALLEN: Final = frozenset(f"happening: {name}" for name in HAPPENINGS)
VARIANTS: Final = frozenset(f"variant: {name}={value}" for name, values in choices().items() for value in values)
WORDS: Final = frozenset(f"word: {reason}" for reason in {*Reason} - {Reason.ORPHANS_HELD_BACK})
"""One asks a person to run `aci-operator gc --confirm`, and worlds in a campaign have no command line."""
STATES: Final = frozenset(f"state: {state}" for state in State)
BRANCHES: Final = frozenset(f"branch: {name}" for name in found())

SWEPT: Final = FAULTS | BEFALLEN
"""What a sweep must hit."""

LIVED: Final = frozenset(f"happening: {name}" for name in OF_LIVES)
"""What only lives can hit."""

EVERYTHING: Final = SWEPT | LIVED | VARIANTS | WORDS | STATES | BRANCHES
"""What a whole campaign must hit."""


class Report:
    """What came of many runs."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.failures: list[Outcome] = []
        self.runs = 0
        self.cpu = 0.0
        self.slowest = Outcome("none")

    def add(self, outcome: Outcome) -> None:
        """Take a run in."""
        self.runs += 1
        self.cpu += outcome.cpu
        self.hits += outcome.hits
        if outcome.failure:
            self.failures.append(outcome)
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
            f"again: .venv/bin/python -m tests.campaign replay '{outcome.run}'",
            f"to keep it, add this line to tests/campaign/regressions.txt: {outcome.run}",
        ]
    )
