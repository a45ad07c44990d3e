"""How long a dead container group goes unreplaced, each death at the worst moment: just after it was looked at."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.bench.fleet import bring_up, member
from tests.bench.stage import ROOM, Stage, say, staged
from tests.bench.table import Row, at_most

SERVICES: Final = 30
REMOVED, STOPPED = 3, 6
LIST_QUIET, HEALTH_TURN = 30.0, 60.0
"""Seconds: the operator's defaults, and the turn that a fleet of this size has."""


def rows() -> Iterator[Row]:
    """Measure."""
    with staged(start_latency=2.0, **ROOM) as stage:
        team = "team-00"
        services = [member(number, resource_group=team) for number in range(SERVICES)]
        asyncio.run(bring_up(stage, services))
        names = [manifest["metadata"]["name"] for manifest in services]
        removed = [_removed(stage, name) for name in names[:REMOVED]]
        yield at_most("a group is removed > its replacement's PUT, worst", max(removed), LIST_QUIET + 1, "s")
        stopped = asyncio.run(_all_stopped(stage, names[REMOVED : REMOVED + STOPPED]))
        yield at_most(
            "the containers of a group end > its replacement's PUT, worst", max(stopped), HEALTH_TURN + 1, "s"
        )


def _removed(stage: Stage, service: str) -> float:
    """Remove a group just after a LIST of a fleet at rest; return the seconds until the next PUT of its service."""
    time.sleep(2 * LIST_QUIET)  # until all is at rest again
    group = _group(stage, service)
    _await(stage, lambda each: each["operation"] == "containerGroups/list")
    died = time.time()
    stage.azure.remove(group)
    return _replaced(stage, service, died)


async def _all_stopped(stage: Stage, services: list[str]) -> list[float]:
    return await asyncio.gather(*(asyncio.to_thread(_stopped, stage, service) for service in services))


def _stopped(stage: Stage, service: str) -> float:
    """End a group's containers just after its health was read; return the seconds until the next PUT."""
    group = _group(stage, service)
    _await(stage, lambda each: each["operation"] == "containerGroups/read" and each["path"].rpartition("/")[2] == group)
    died = time.time()
    stage.azure.kill(group)
    return _replaced(stage, service, died)


def _replaced(stage: Stage, service: str, died: float) -> float:
    put = _await(
        stage,
        lambda each: each["operation"] == "containerGroups/write" and f"/{service}-" in each["path"],
        since=died,
    )
    say(f"{service} was replaced after {put['at'] - died:.1f} s")
    return float(put["at"] - died)


def _group(stage: Stage, service: str) -> str:
    return next(str(each["name"]) for each in stage.azure.groups() if each["name"].startswith(f"{service}-"))


def _await(stage: Stage, wanted: Callable[[dict[str, Any]], bool], *, since: float | None = None) -> dict[str, Any]:
    """Wait for a request of the operator and return it."""
    start = time.time() if since is None else since
    found: list[dict[str, Any]] = []

    def arrived() -> bool:
        found.extend(each for each in stage.requests(start) if wanted(each))
        return bool(found)

    stage.wait(arrived, "a request", seconds=300)
    return found[0]
