"""docs/mutation.md is of the modules that there are now, and of a run that was good enough."""

import re
from pathlib import Path

from tests.mutation.__main__ import PAGE
from tests.mutation.score import LEAST, Score, by_area, by_module, untried

CORE = Path(__file__).resolve().parents[3] / "operator" / "aci_operator" / "core"


def scores() -> list[Score]:
    rows = re.findall(r"^\| (\S+) \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ \|$", PAGE.read_text(), re.MULTILINE)
    return [Score(name, *map(int, figures)) for name, *figures in rows]


def test_every_module_of_it_exists_and_its_figures_are_enough() -> None:
    areas, modules = scores()[:3], scores()[3:]
    assert [area.name for area in areas] == ["ownership", "planner", "status"]
    assert by_area(modules) == areas
    assert all(area.percent >= LEAST for area in areas)
    assert [each.name for each in modules if not (CORE / f"{each.name.replace('.', '/')}.py").is_file()] == []


def test_every_planner_is_in_it() -> None:
    planners = [path for folder in ("group", "service") for path in sorted((CORE / folder).glob("*.py"))]
    decide = [f"{path.parent.name}.{path.stem}" for path in planners if "\ndef " in path.read_text()]
    assert [name for name in decide if name not in {score.name for score in scores()}] == []


def test_what_was_not_tried_counts_for_nothing_and_what_took_too_long_was_noticed() -> None:
    results = [
        ("service.plan.x_plan__mutmut_1", "killed"),
        ("service.plan.x_plan__mutmut_2", "survived"),
        ("service.plan.x_plan__mutmut_3", "timeout"),
        ("service.plan.x_plan__mutmut_4", "no tests"),
        ("service.plan.x_plan__mutmut_5", "not checked"),
        ("group.memory.xǁMemoryǁseen__mutmut_1", "not checked"),
    ]
    assert by_module(results) == [Score("service.plan", 5, 4, 2)]


def test_a_module_is_done_when_each_of_its_mutants_was_tried() -> None:
    results = [
        ("service.plan.x_plan__mutmut_1", "killed"),
        ("service.plan.x_plan__mutmut_2", "not checked"),
        ("group.plan.x_plan__mutmut_1", "survived"),
        ("ownership.x_owner__mutmut_1", "not checked"),
    ]
    assert untried(results) == ["ownership", "service.plan"]
    assert untried(results, ["group.plan"]) == []
    assert untried(results, ["group.plan", "service.plan", "renamed"]) == ["renamed", "service.plan"]
