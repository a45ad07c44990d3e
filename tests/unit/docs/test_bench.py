"""A figure that misses its target is told, and ends the measurement with an error."""

import sys
from collections.abc import Callable

import pytest

from tests.bench import __main__ as bench
from tests.bench.table import Row, at_least, at_most, exactly, told


@pytest.mark.parametrize(
    ("measure", "under", "just", "over"),
    [
        (at_most, True, True, False),
        (at_least, False, True, True),
        (exactly, False, True, False),
        (told, None, None, None),
    ],
)
def test_a_figure_is_held_against_its_target(
    measure: Callable[..., Row], under: bool | None, just: bool | None, over: bool | None
) -> None:
    target = () if measure is told else (2.0,)
    assert [measure("figure", value, *target).met for value in (1.0, 2.0, 3.0)] == [under, just, over]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        pytest.param([at_most("one", 1, 2), told("another", 5)], 0, id="all met"),
        pytest.param([at_most("one", 3, 2), at_most("another", 1, 2)], 1, id="the first is missed"),
    ],
)
def test_a_missed_figure_ends_it_with_an_error(rows: list[Row], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"figure": lambda: rows})
    monkeypatch.setattr(bench, "end_on_signals", lambda: None)
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert bench.main() == code
