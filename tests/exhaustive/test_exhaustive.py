"""The small worlds hold in all their states, and show every bug that is planted."""

import pytest

from tests.exhaustive import report
from tests.exhaustive.__main__ import LEAST, held
from tests.exhaustive.explore import explore
from tests.exhaustive.liveness import judge
from tests.exhaustive.model import Model
from tests.exhaustive.planted import BUGS, planted
from tests.exhaustive.worlds import FOR_BUGS, LARGE, OPEN, SMALL

WORLDS = {**SMALL, **FOR_BUGS, **LARGE}
MANY = 30_000
"""More states than any planted bug takes."""


@pytest.mark.parametrize("name", SMALL)
def test_a_small_world_holds_in_every_state_and_always_comes_to_rest(name: str) -> None:
    model = Model(SMALL[name])
    found = explore(model, MANY)
    assert found.broken is None, "\n".join(report.mistakes(name, model, found, None))
    assert found.complete
    verdict = judge(model, found)
    assert not verdict.failures, "\n".join(report.mistakes(name, model, found, verdict))
    assert verdict.ends


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_shows_in_some_state(name: str) -> None:
    bug = BUGS[name]
    with planted(bug):
        model = Model(WORLDS[bug.world])
        found = explore(model, MANY)
        if found.broken is not None:
            _, _, broken = found.broken
        else:
            assert found.complete
            broken = tuple(why for _, why in judge(model, found).failures)
    assert bug.breaks in {words.partition(":")[0] for words in broken}


def test_a_world_without_the_bug_is_whole_as_far_as_the_bug_was_found() -> None:
    for name in {bug.world for bug in BUGS.values()} - {*SMALL, "lagging"}:
        assert explore(Model(WORLDS[name]), 3_000).broken is None, name


def test_an_open_world_holds_as_far_as_it_goes_and_not_with_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPEN, "no Lease", 3_000)
    world = {"no Lease": FOR_BUGS["no Lease"]}
    assert held(world, MANY) == 0
    assert held(world, 2_000) == 1, "it did not go so far"
    bug = next(bug for bug in BUGS.values() if bug.world == "no Lease")
    with planted(bug):
        assert held(world, MANY) == 1


def test_fewer_states_in_all_than_are_wanted_are_a_mistake() -> None:
    world = {"birth": SMALL["birth"]}
    assert held(world, MANY) == 0
    assert held(world, MANY, least=LEAST) == 1


def test_the_shortest_path_to_a_mistake_is_told_with_the_command_that_shows_it_again() -> None:
    with planted(BUGS["ghost"]):
        model = Model(SMALL["birth"])
        told = list(report.mistakes("again-and-again", model, explore(model, MANY), None))
    assert told[-1] == "again: again-and-again"
    assert any("its answer is lost" in line for line in told)
    assert told[-2].strip() == "!! one PUT: group 1 is in Azure already"
