"""What a strategy comes to: a Deployment's rounding, and the canary."""

from typing import Any

import pytest
from aci_operator.api.strategy import Strategy
from aci_operator.core.service.strategy import Bounds, count
from hypothesis import given
from hypothesis import strategies as st


def bounds(wanted: int, **block: Any) -> tuple[int, int, int]:
    found = Bounds.of(Strategy.model_validate({"rollingUpdate": block}), wanted)
    return found.surge, found.unavailable, found.canary


@pytest.mark.parametrize(
    ("wanted", "block", "expected"),
    [
        pytest.param(3, {}, (1, 0, 1), id="the defaults"),
        pytest.param(10, {"maxSurge": "25%", "maxUnavailable": "25%"}, (3, 2, 1), id="a Deployment's: up and down"),
        pytest.param(4, {"maxSurge": "25%", "maxUnavailable": "25%"}, (1, 1, 1), id="even quarters"),
        pytest.param(3, {"maxSurge": "150%"}, (5, 0, 1), id="more than all beside them"),
        pytest.param(1, {"maxSurge": "0%", "maxUnavailable": "25%"}, (0, 1, 1), id="both are 0: one may be missing"),
        pytest.param(3, {"maxSurge": 0, "maxUnavailable": 9}, (0, 3, 1), id="no more can be missing than there are"),
        pytest.param(10, {"maxSurge": 2, "canary": "25%"}, (2, 0, 2), id="a canary fits into the room that there is"),
        pytest.param(10, {"maxSurge": 5, "canary": "25%"}, (5, 0, 3), id="a canary is rounded up"),
        pytest.param(10, {"canary": 0}, (1, 0, 0), id="no canary"),
        pytest.param(2, {"maxSurge": 9, "canary": 7}, (9, 0, 2), id="a canary is never more than are wanted"),
        pytest.param(0, {}, (1, 0, 0), id="nothing wanted"),
    ],
)
def test_bounds(wanted: int, block: dict[str, Any], expected: tuple[int, int, int]) -> None:
    assert bounds(wanted, **block) == expected


def test_recreate_has_no_surge_and_no_canary() -> None:
    assert Bounds.of(Strategy.model_validate({"type": "Recreate"}), 3) == Bounds(surge=0, unavailable=3, canary=0)


@given(st.integers(0, 100), st.integers(0, 1000))
def test_a_percentage_is_rounded_by_less_than_one_replica(percent: int, wanted: int) -> None:
    down, up = count(f"{percent}%", wanted, up=False), count(f"{percent}%", wanted, up=True)
    assert down <= percent * wanted / 100 <= up
    assert up - down <= 1


@given(st.integers(0, 1000), st.one_of(st.integers(0, 9), st.integers(0, 100).map("{}%".format)))
def test_a_rollout_can_always_move(wanted: int, amount: int | str) -> None:
    surge, unavailable, _ = bounds(wanted, maxSurge=amount, maxUnavailable=amount)
    assert surge + unavailable > 0
