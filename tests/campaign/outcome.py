"""What came of a run: whether it held, and what it has hit."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.campaign.secrecy import leaks
from tests.simulation.world import World

WHY: Final = re.compile(r"\((\w+)\)")
"""How an Event says why something was done."""


@dataclass
class Outcome:
    """What came of one run.

    Attributes:
        run: Its name, which also runs it again.
        failure: What did not hold, "" if all did.
        hits: How often each fault, variant, word and branch came about.
        seconds: Virtual seconds until everything was as wanted.
        lasted: Virtual seconds of a whole life; 0 of other runs.
        cpu: Seconds of a processor that it took.
    """

    run: str
    failure: str = ""
    hits: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    lasted: float = 0.0
    cpu: float = 0.0

    def failed(self, why: str) -> None:
        """Note something that does not hold."""
        self.failure = "\n".join([self.failure, why]) if self.failure else why

    def look(self, world: World) -> None:
        """Count what a world has seen, and look for secrets in what it was told."""
        self.hits += _words(world)
        for leak in leaks(world):
            self.failed(leak)


def _words(world: World) -> Counter[str]:
    """Count the states, and the reasons in conditions and Events."""
    hits: Counter[str] = Counter()
    for change in world.cluster.objects.history:
        if change.place.resource == EVENTS:
            hits[f"word: {change.manifest['reason']}"] += 1
            hits.update(f"word: {why}" for why in WHY.findall(change.manifest.get("message", "")))
        if change.place.resource in (SERVICES, GROUPS):
            status = change.manifest.get("status", {})
            if status.get("state"):
                hits[f"state: {status['state']}"] += 1
            hits.update(f"word: {condition['reason']}" for condition in status.get("conditions", ()))
    return hits
