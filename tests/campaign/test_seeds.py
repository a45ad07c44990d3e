"""Lives drawn from seeds end in peace; so do runs that have failed once. `make simulate` runs more."""

import os
from functools import cache
from pathlib import Path

import pytest

from tests.campaign import report
from tests.campaign.outcome import Outcome
from tests.campaign.runs import perform

REGRESSIONS = Path(__file__).with_name("regressions.txt")


def seeds() -> range:
    """Return the seeds to run: the first SEEDS."""
    return range(int(os.environ.get("SEEDS", "60")))


def kept() -> list[str]:
    """Return the names of the runs that have failed once."""
    lines = REGRESSIONS.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def life(seed: int) -> Outcome:
    return perform(f"seed | {seed}")


@pytest.mark.parametrize("seed", seeds())
def test_a_random_life_ends_in_peace(seed: int) -> None:
    outcome = life(seed)
    assert not outcome.failure, report.failed(outcome)


@pytest.mark.skipif(len(seeds()) < report.ENOUGH_LIVES, reason="too few lives to tell what they never hit")
def test_whatever_can_happen_has_an_effect_in_some_life() -> None:
    found = report.Report()
    for seed in seeds():
        found.add(life(seed))
    assert found.missed(report.LIVED) == []


@pytest.mark.parametrize("run", kept())
def test_what_failed_once_holds(run: str) -> None:
    outcome = perform(run)
    assert not outcome.failure, report.failed(outcome)
