"""Each planted bug turns its test red. Without a bug that test is green: it is one of the others."""

import pytest

from tests.model import samples
from tests.planted.bug import Bug, Plant, Unnoticed, planted, red
from tests.planted.registry import LISTED, PLANTS


@pytest.mark.parametrize("plant", [plant for plant in PLANTS if not plant.slow], ids=str)
async def test_a_bug_is_noticed(plant: Plant) -> None:
    await red(plant)


def test_every_number_of_the_list_is_planted() -> None:
    assert {plant.bug.number for plant in PLANTS} >= set(LISTED)


def test_no_two_bugs_have_one_name() -> None:
    assert len({str(plant) for plant in PLANTS}) == len(PLANTS)


# -- the mechanism


def blind() -> None:
    return None


async def test_a_bug_that_nobody_notices_is_a_failure() -> None:
    harmless = Bug(0, "no bug at all", "tests.model.samples:SUBSCRIPTION", samples.SUBSCRIPTION)
    with pytest.raises(Unnoticed):
        await red(Plant(harmless, blind))


def test_a_bug_in_what_no_longer_exists_is_an_error() -> None:
    with pytest.raises(AttributeError), planted(Bug(0, "renamed", "tests.model.samples:no_such_name", None)):
        pass


def test_a_bug_may_wrap_the_original() -> None:
    bug = Bug(0, "doubles", "tests.model.samples:lease", lambda original, name: [original(name)] * 2, wraps=True)
    with planted(bug):
        assert len(samples.lease("a")) == 2
    assert samples.lease("a")["metadata"]["name"] == "a"
