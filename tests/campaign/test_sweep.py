"""The fault sweep: every kind of call that a scenario makes, failing in every way, and every happening, one at a time.

`make simulate` sweeps all scenarios and positions; here each call of the scenarios of `SHORT` fails at its first time.
"""

import itertools
from functools import cache

import pytest

from tests.campaign import report, sweep
from tests.campaign.catalogue import POINTS
from tests.campaign.happenings import HAPPENINGS
from tests.campaign.outcome import Outcome
from tests.campaign.plans import MOMENTS, first_plans, plans
from tests.campaign.runs import perform
from tests.campaign.scenarios import SWEPT

SHORT = (
    "first start",
    "start of the operator",
    "create",
    "scale down",
    "delete",
    "two operators",
    "no history",
    "minReadySeconds handed down",
    "stopped by hand",
    "tags lost",
    "resource group made",
    "restored from a backup",
    "recreate under the same name",
    "abandoned",
)


EVENTFUL = "change of the template"
"""A scenario with creates and deletes, early and late: every happening has an effect in it."""


@cache
def outcomes(scenario: str) -> list[Outcome]:
    return [perform(run) for run in first_plans(scenario, sweep.reference(scenario).calls)]


@pytest.mark.parametrize("scenario", SHORT)
def test_with_any_single_fault_it_ends_as_without(scenario: str) -> None:
    failed = [report.failed(outcome) for outcome in outcomes(scenario) if outcome.failure]
    assert failed == [], "\n".join(failed)


def test_every_fault_and_every_happening_comes_about() -> None:
    found = report.Report()
    for what, at in itertools.product(HAPPENINGS, MOMENTS):
        found.add(perform(f"happening | {EVENTFUL} | {what} | {at}"))
    assert [report.failed(outcome) for outcome in found.failures] == []
    for scenario in SHORT:
        for outcome in outcomes(scenario):
            found.add(outcome)
    assert found.missed(report.SWEPT) == []


def test_every_call_of_every_scenario_is_in_the_catalogue_and_the_whole_sweep_reaches_all_of_it() -> None:
    reached = {site.point for scenario in SWEPT for site in sweep.reference(scenario.name).calls}
    assert reached == set(POINTS)


def test_the_whole_sweep_has_enough_plans() -> None:
    assert sum(len(plans(s.name, sweep.reference(s.name).calls)) for s in SWEPT) >= 1500
