"""A short soak, and what a soak would find."""

from pathlib import Path
from typing import Any

import pytest

from . import soak_checks as checks
from .soak_run import soak
from .soak_watcher import FAULTS


async def test_a_short_soak_finds_nothing(tmp_path: Path) -> None:
    report = await soak(tmp_path, seconds=2, seed=1, clients=3)
    assert report.violations == []
    assert {kind for kind, *_ in FAULTS} <= set("".join(report.lines).replace(",", "").split())


def line(**changes: Any) -> dict[str, Any]:
    known = {"id": "/g", "uid": "1", "name": "g", "ip": None, "provisioningState": "Succeeded", "state": "Running"}
    return {**known, **changes}


@pytest.mark.parametrize(
    ("lines", "free", "found"),
    [
        ([line(), line()], False, []),
        ([line()] * 3, False, ["3 groups, quota 2"]),
        ([line()] * 3, True, []),
        ([line(ip="1.2.3.4")] * 2, False, ["2 groups have the address 1.2.3.4"]),
        ([line(ip="0.0.0.0")] * 2, False, []),
    ],
)
def test_what_exists(lines: list[dict[str, Any]], free: bool, found: list[str]) -> None:
    assert list(checks.groups(lines, 2, failed_is_free=free)) == found


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"state": "Stopped"}, []),
        ({"provisioningState": "Updating"}, []),
        ({"provisioningState": "Accepted"}, ["provisioningState of g went from Succeeded to Accepted"]),
        ({"state": "Happy"}, ["state of g went from Running to Happy"]),
        ({"id": "/other"}, ["group 1 was /g and is /other"]),
    ],
)
def test_what_has_become_of_a_group(after: dict[str, str], found: list[str]) -> None:
    assert list(checks.changes(line(), line(**after))) == found


@pytest.mark.parametrize(
    ("times", "fixed", "found"),
    [
        ([0, 1, 5], False, []),
        ([0, 1, 4.5], False, ["more than 2 of x in 4.50 of 5.00 seconds"]),
        ([4.5, 0, 1], False, ["more than 2 of x in 4.50 of 5.00 seconds"]),
        ([0, 1, 4, 4.5], True, []),
        ([0, 1, 4, 4.5, 4.9], True, ["more than 4 of x in 4.90 of 5.00 seconds"]),
    ],
)
def test_a_budget(times: list[float], fixed: bool, found: list[str]) -> None:
    assert list(checks.budget("x", times, 2, 5, fixed=fixed)) == found


def test_errors_faults_and_operations() -> None:
    asked = {"method": "GET", "path": "/g", "status": 500, "fault": None}
    assert list(checks.record([asked, {**asked, "status": None}, {**asked, "fault": "answer-1"}])) == [
        "GET /g was answered 500 without a fault"
    ]
    assert list(checks.unused({"stale": 1, "omit": 0})) == ["no request was hit by omit"]
    assert list(checks.ends({"/a": "Failed", "/b": "Pending"})) == ["/b has not ended: Pending"]
