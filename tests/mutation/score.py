"""How many mutants are noticed, of each module and of each area of the core."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LEAST: Final = 90
"""Percent of the mutants of an area that must be noticed."""

_NOTICED: Final = {"killed", "timeout"}
_UNTRIED: Final = "not checked"

_AREAS: Final = {"ownership": "ownership"} | dict.fromkeys(
    ("conditions", "service.status", "service.verdict", "group.status", "group.verdict"), "status"
)
"""Of modules; all others are the planner's."""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of a module or an area."""

    name: str
    mutants: int
    tried: int
    noticed: int

    @property
    def percent(self) -> float:
        """How many of a hundred that were tried were noticed."""
        return 100 * self.noticed / self.tried


def untried(results: Iterable[tuple[str, str]], wanted: Iterable[str] = ()) -> list[str]:
    """Return those of the modules, of all if none are wanted, whose mutants were not all tried, or that have none.

    Of a part of the mutants the percentage says nothing.
    """
    outcomes: dict[str, set[str]] = defaultdict(set)
    for mutant, outcome in results:
        outcomes[mutant.rpartition(".")[0]].add(outcome)
    asked = sorted(wanted) or sorted(outcomes)
    return [module for module in asked if not outcomes[module] or _UNTRIED in outcomes[module]]


def by_module(results: Iterable[tuple[str, str]]) -> list[Score]:
    """Return the scores of the modules of which mutants were tried, given what became of each mutant."""
    outcomes: dict[str, list[str]] = defaultdict(list)
    for mutant, outcome in results:
        outcomes[mutant.rpartition(".")[0]].append(outcome)
    scores = [
        Score(module, len(each), sum(it != _UNTRIED for it in each), sum(it in _NOTICED for it in each))
        for module, each in sorted(outcomes.items())
    ]
    return [score for score in scores if score.tried]


def by_area(modules: Iterable[Score]) -> list[Score]:
    """Return the scores of the areas that these modules are of."""
    areas: dict[str, list[Score]] = defaultdict(list)
    for module in modules:
        areas[_AREAS.get(module.name, "planner")].append(module)
    return [
        Score(
            area,
            sum(each.mutants for each in scores),
            sum(each.tried for each in scores),
            sum(each.noticed for each in scores),
        )
        for area, scores in sorted(areas.items())
    ]


def table(what: str, scores: Iterable[Score]) -> str:
    """Return the scores as a table in Markdown."""
    rows = (
        f"| {each.name} | {each.mutants} | {each.tried} | {each.noticed} | {each.percent:.1f} |\n" for each in scores
    )
    return f"| {what} | mutants | tried | noticed | % |\n|---|---:|---:|---:|---:|\n" + "".join(rows)
