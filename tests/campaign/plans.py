"""Plans of the sweep: from what a scenario calls when nothing goes wrong, every way in which one call can fail."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tests.campaign.catalogue import POINTS, Mode
from tests.campaign.happenings import HAPPENINGS

SEPARATOR: Final = " | "

THREE_POSITIONS: Final = frozenset({"containerGroups/write", "create acicontainergroups"})
"""Calls that fail at the first, a middle and the last of them; others at the first and the last."""

MOMENTS: Final = ("0.1", "0.6")
"""When a happening comes: after this share of the time that the scenario takes when nothing goes wrong."""


BEYOND: Final = frozenset(
    ("restored from a backup", "containerGroups/list", mode) for mode in ("empty", "partial", "omitted", "stale")
)
"""Not asked of the operator, as yet.

A service that is new to it believes the LIST by which it looks for what it had before: if just that LIST hides its
container groups, others are made beside them, more than the surge allows.
"""


MEANT: Final = frozenset({("rolled and scaled down as Orphan", "object deleted")})
"""It ends otherwise by intent: who deletes the object of a replica with Orphan wants its container group to stay."""


class Site(NamedTuple):
    """One kind of call by one operator."""

    client: str
    point: str


@dataclass(frozen=True)
class Blow:
    """One fault: which call of which operator, how many pass first, and how it fails."""

    client: str
    point: str
    skip: int
    mode: Mode

    def __str__(self) -> str:
        return SEPARATOR.join([self.client, self.point, str(self.skip), self.mode])

    @staticmethod
    def parse(client: str, point: str, skip: str, mode: str) -> "Blow":
        """Read one back.

        Raises:
            ValueError: The catalogue does not have it.
        """
        found = [known for known in POINTS.get(point, ()) if known == mode]
        if not found:
            raise ValueError(f'the catalogue has no "{mode}" at "{point}"')
        return Blow(client, point, int(skip), found[0])


def blows(calls: Mapping[Site, int]) -> Iterator[Blow]:
    """Return every reached call at its positions, with every mode.

    Raises:
        KeyError: A call is made that the catalogue does not have.
    """
    for (client, point), count in sorted(calls.items()):
        for skip in positions(point, count):
            for mode in POINTS[point]:
                yield Blow(client, point, skip, mode)


def positions(point: str, count: int) -> list[int]:
    """Return how many of so many calls pass before the one that fails."""
    middle = {count // 2} if point in THREE_POSITIONS else set()
    return sorted({0, count - 1, *middle})


def asked(scenario: str, calls: Mapping[Site, int]) -> list[Blow]:
    """Return those that a scenario must outlive."""
    return [blow for blow in blows(calls) if (scenario, blow.point, blow.mode) not in BEYOND]


def plans(scenario: str, calls: Counter[Site]) -> list[str]:
    """Return the names of all runs of a scenario with one fault."""
    struck = [SEPARATOR.join(["strike", scenario, str(blow)]) for blow in asked(scenario, calls)]
    return struck + [
        SEPARATOR.join(["happening", scenario, name, at]) for name in _befalling(scenario) for at in MOMENTS
    ]


def first_plans(scenario: str, calls: Counter[Site]) -> list[str]:
    """Return those in which the first call of a kind fails, or a happening comes in the middle."""
    struck = [SEPARATOR.join(["strike", scenario, str(blow)]) for blow in asked(scenario, calls) if blow.skip == 0]
    return struck + [SEPARATOR.join(["happening", scenario, name, MOMENTS[-1]]) for name in _befalling(scenario)]


def lives(count: int) -> list[str]:
    """Return the names of so many drawn lives: of five, three are long."""
    return [SEPARATOR.join(["seed" if number % 5 < 2 else "long", str(number)]) for number in range(count)]


def _befalling(scenario: str) -> list[str]:
    return [name for name in HAPPENINGS if (scenario, name) not in MEANT]
