"""What a seed draws: how Azure is, what a service is, how it changes."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aci_operator.core.service import storm
from aci_operator.kube.api import Manifest

from tests.campaign.acts import BOTH, V1, V2, V3, ZONED, service

GOOD: Final = (V1, V2, V3)
DONE: Final = "registry.test/done:1"
BAD: Final = (
    DONE,
    "registry.test/broken:1",
    "registry.test/crashing:1",
    "registry.test/missing:1",
    "registry.test/odd:1",
)
IMAGES: Final = {
    "*broken*": {"pull_fails": "always"},
    "*crashing*": {"run": 8.0, "exit_code": 1},
    "*missing*": {"missing": True},
    "*odd*": {"cannot_start": True},
    "*done*": {"run": 5.0},
}
READ_LAG: Final = 4.0
MOST: Final = 4
"""Replicas of a service."""


@dataclass(frozen=True)
class Size:
    """How large a life is.

    Attributes:
        names: Of the services that there may be.
        begun: Whether they are there from the beginning.
        chapters: So often much happens within a short time, with a time between in which little does.
    """

    names: Sequence[str]
    begun: bool
    chapters: int


def short(_chance: random.Random) -> Size:
    """Return the size of a life of minutes, with up to three services."""
    return Size("abc", begun=False, chapters=1)


def long(chance: random.Random) -> Size:
    """Return the size of a life with 5 to 20 services that lasts an hour and more."""
    names = string.ascii_lowercase[: int(chance.triangular(5, 21, 5))]
    return Size(names, begun=True, chapters=4)


def settings(chance: random.Random, seed: int) -> dict[str, Any]:
    """Return the settings of an Azure; what is not known of it is drawn too."""
    return {
        "variants_seed": seed,
        "images": IMAGES,
        "page_size": chance.choice([0, 1, 3]),
        "budget_headers": chance.random() < 0.7,
        "budget_5m": chance.choice([100, 100, 12]),
        "start_latency": chance.choice([(15.0, 33.0), (2.0, 6.0)]),
        "delete_latency": chance.choice([0.0, 0.0, 2.0]),
        "answer_latency": chance.choice([0.0, 0.0, 0.4]),
        "read_lag": chance.choice([0.0, 0.0, READ_LAG]),
        "provisioning_timeout": chance.choice([120.0, 1800.0]),
        "clock_skew": chance.choice([0.0, 0.0, -5.0, 5.0]),
    }


def heals(seed: int) -> int:
    """Return how many heals there may be at once in a small fleet: the real limit is too high for so few replicas."""
    return random.Random(f"{seed} heals").choice([1, 2, storm.LEAST])


def manifest(chance: random.Random, name: str) -> Manifest:
    """Return a service."""
    return service(
        chance.randint(0, MOST),
        name,
        image=chance.choice(GOOD),
        strategy={key: value for key, value in strategy(chance).items() if value is not None},
        placements=placements(chance),
        minReadySeconds=chance.choice([0, 0, 5, 20]),
        progressDeadlineSeconds=chance.choice([60, 600, 1800]),
        revisionHistoryLimit=chance.choice([0, 1, 10]),
        deletionPolicy=chance.choice(["Delete", "Delete", "Delete", "Orphan"]),
        driftPolicy=chance.choice(["Report", "Replace"]),
        tags=tags(chance),
    )


def strategy(chance: random.Random) -> Manifest:
    """Return how a service is rolled out, as a patch: null takes a field out."""
    if chance.random() < 0.25:
        return {"type": "Recreate", "rollingUpdate": None}
    block = {
        "maxSurge": chance.choice([1, 1, 2, "50%", 0]),
        "maxUnavailable": chance.choice([0, 0, 1, "50%"]),
        "canary": chance.choice([1, 1, 0, 2, "25%"]),
    }
    if block["maxSurge"] == 0 and block["maxUnavailable"] == 0:
        block["maxUnavailable"] = 1
    return {"type": "RollingUpdate", "rollingUpdate": block}


def placements(chance: random.Random) -> list[dict[str, Any]]:
    """Return where a service lives."""
    return chance.choice([BOTH[:1], BOTH, ZONED, [*ZONED, *BOTH[1:]], BOTH[1:]])


def tags(chance: random.Random) -> dict[str, str]:
    """Return the tags that people want."""
    return chance.choice([{}, {"team": "blue"}, {"team": "red", "cost-centre": "42"}])


def change(chance: random.Random) -> Manifest:
    """Return a change of a spec that leaves replicas and template alone."""
    return chance.choice(
        [
            {"strategy": strategy(chance)},
            {"placements": placements(chance)},
            {"minReadySeconds": chance.choice([0, 5, 20])},
            {"deletionPolicy": chance.choice(["Delete", "Orphan"])},
            {"driftPolicy": chance.choice(["Report", "Replace"])},
            {"tags": tags(chance) or None},
            {"progressDeadlineSeconds": chance.choice([60, 1800])},
            {"revisionHistoryLimit": chance.choice([0, 2])},
            {"paused": True},
            {"paused": False},
        ]
    )
