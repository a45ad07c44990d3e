"""The calls to bring replicas up and to roll them out: three services at once, each with a budget of its own."""

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aci_operator.kube.api import GROUPS, SERVICES, Manifest
from aci_operator.kube.client import Client, connect

from tests.bench.fleet import NAMESPACE
from tests.bench.rates import busiest
from tests.bench.stage import ROOM, Stage, say, staged
from tests.bench.table import Row, at_most, exactly, told
from tests.cluster.audit import Request
from tests.cluster.scenes import service

START: Final = 20.0
"""Seconds that Azure takes to start a group."""

SIZES: Final = {1: "westeurope", 10: "northeurope", 100: "swedencentral"}
"""Replicas, and the region that no other service shares: budgets are for a region."""

NEW_IMAGE: Final = "example.azurecr.io/web:2"
LEAST_PAUSE: Final = 45.0
"""Seconds from when a group runs to its first health read."""
LONGEST: Final = 1500.0
AT_REST: Final = 30.0
"""Seconds between two LISTs while nothing is expected; 5 otherwise."""


@dataclass
class Calls:
    """What was asked about one service.

    Attributes:
        arm: The requests to Azure.
        cluster: The writes to the API server.
        seconds: How long it took.
    """

    seconds: float
    arm: Sequence[dict[str, Any]]
    cluster: Sequence[Request]
    lists: int = field(init=False)

    def __post_init__(self) -> None:
        self.lists = self.count("containerGroups/list")

    def count(self, operation: str) -> int:
        """Return how many there were of an operation."""
        return sum(each["operation"] == operation for each in self.arm)

    def looks(self) -> int:
        """Return the GETs of groups that start; the first health read comes later."""
        sent = {each["path"]: each["at"] for each in self.arm if each["operation"] == "containerGroups/write"}
        reads = [each for each in self.arm if each["operation"] == "containerGroups/read"]
        return sum(each["at"] <= sent.get(each["path"], 0.0) + START + LEAST_PAUSE - 5 for each in reads)

    def lists_allowed(self) -> int:
        """Return one LIST for each 5 s in which a group starts or ends, for each 30 s besides, and for each turn.

        A group moves from a write about it until the read that is the last for now.
        """
        spans = _moving(self.arm)
        moving = sum(end - begin for begin, end in spans)
        return math.ceil(moving / 5) + math.ceil(max(self.seconds - moving, 0) / AT_REST) + 2 * len(spans) + 1


def rows() -> Iterator[Row]:
    """Measure."""
    regions = {name: f"@{name}" for name in SIZES.values()}
    with staged(start_latency=START, **ROOM) as stage:
        say(f"{', '.join(map(str, SIZES))} replicas in {', '.join(regions)}")
        up, rolled = asyncio.run(_play(stage))
        for replicas, calls in up.items():
            yield from _up(replicas, calls)
        for replicas, calls in rolled.items():
            yield from _rolled(replicas, calls)
        reads = [each["at"] for each in stage.requests() if each["method"] == "GET"]
        yield at_most("all of this at once: reads of Azure a second, in the busiest minute", busiest(reads, 60), 10)


def _up(replicas: int, calls: Calls) -> Iterator[Row]:
    what = f"{replicas} up, {START:.0f} s start"
    yield exactly(f"{what}: PUT", calls.count("containerGroups/write"), replicas)
    yield at_most(f"{what}: GET of what starts", calls.looks(), math.ceil(1.05 * replicas))
    yield told(f"{what}: health reads of what runs already", calls.count("containerGroups/read") - calls.looks())
    yield at_most(f"{what}: LIST in {calls.seconds:.0f} s", calls.lists, calls.lists_allowed())
    yield exactly(f"{what}: DELETE and PATCH", _others(calls), 0)
    yield told(f"{what}: writes to the API server", len(calls.cluster))


def _rolled(replicas: int, calls: Calls) -> Iterator[Row]:
    what = f"{replicas} rolled out"
    yield exactly(f"{what}: PUT", calls.count("containerGroups/write"), replicas)
    yield exactly(f"{what}: DELETE", calls.count("containerGroups/delete"), replicas)
    yield told(f"{what}: GET", calls.count("containerGroups/read"))
    yield at_most(f"{what}: LIST in {calls.seconds:.0f} s", calls.lists, calls.lists_allowed())
    yield exactly(f"{what}: PATCH", calls.count("containerGroups/tags"), 0)
    yield told(f"{what}: writes to the API server", len(calls.cluster))


def _others(calls: Calls) -> int:
    return calls.count("containerGroups/delete") + calls.count("containerGroups/tags")


async def _play(stage: Stage) -> tuple[dict[int, Calls], dict[int, Calls]]:
    """Bring the services up, then roll them out, all at once each time."""
    client = await connect(stage.control_plane.admin)
    try:
        sizes = list(SIZES)
        up = await asyncio.gather(*(_bring_up(stage, client, replicas) for replicas in sizes))
        await asyncio.sleep(AT_REST)
        rolled = await asyncio.gather(*(_roll(stage, client, replicas) for replicas in sizes))
    finally:
        await client.close()
    return dict(zip(sizes, up, strict=True)), dict(zip(sizes, rolled, strict=True))


async def _bring_up(stage: Stage, client: Client, replicas: int) -> Calls:
    manifest = service(
        _name(replicas),
        replicas,
        resourceGroup=_team(replicas),
        placements=[{"location": SIZES[replicas]}],
        strategy={"rollingUpdate": {"maxSurge": "25%"}},
    )
    manifest["metadata"]["namespace"] = NAMESPACE
    began, place = time.time(), stage.audit.now()
    await client.create(SERVICES, manifest)
    return await _until_done(stage, client, replicas, began, place)


async def _roll(stage: Stage, client: Client, replicas: int) -> Calls:
    manifest = await client.get(SERVICES, NAMESPACE, _name(replicas))
    containers = [{**each, "image": NEW_IMAGE} for each in manifest["spec"]["template"]["spec"]["containers"]]
    began, place = time.time(), stage.audit.now()
    await client.patch_spec(SERVICES, manifest, {"template": {"spec": {"containers": containers}}})
    return await _until_done(stage, client, replicas, began, place)


async def _until_done(stage: Stage, client: Client, replicas: int, began: float, place: int) -> Calls:
    name = _name(replicas)
    while not await _done(client, replicas):
        if time.time() - began > LONGEST:
            raise TimeoutError(f"{name} was not done after {LONGEST:.0f} s")
        await asyncio.sleep(1)
    seconds = time.time() - began
    say(f"{name}: done after {seconds:.0f} s")
    await asyncio.sleep(5)  # the last Events are still to be posted
    asked = [each for each in stage.requests(began) if _about(each, replicas) and each["at"] <= began + seconds]
    written = [each for each in stage.writes(place) if each.name.partition(".")[0].startswith(name)]
    return Calls(seconds, asked, written)


async def _done(client: Client, replicas: int) -> bool:
    """Tell whether all replicas serve with the present template, and no others are left."""
    found: Manifest = await client.get(SERVICES, NAMESPACE, _name(replicas))
    status = found.get("status", {})
    counts = [status.get(name) for name in ("replicas", "readyReplicas", "updatedReplicas")]
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    if not current or counts != [replicas] * 3:
        return False
    label = f"acioperator.dev/service={_name(replicas)}"
    return len((await client.list(GROUPS, label_selector=label)).items) == replicas


def _about(request: dict[str, Any], replicas: int) -> bool:
    path = str(request["path"])
    return f"/resourcegroups/{_team(replicas)}/" in path.lower()


def _moving(requests: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return the spans of time in which some group starts or ends, in order."""
    begins: dict[str, float] = {}
    ends: dict[str, float] = {}
    spans: list[tuple[float, float]] = []
    for each in requests:
        group = str(each["path"]).rpartition("/")[2]
        if each["method"] in {"PUT", "DELETE"}:
            if group in begins:
                spans.append((begins[group], ends.get(group, each["at"])))
            begins[group] = each["at"]
            ends.pop(group, None)
        elif group in begins and each["at"] <= begins[group] + 2 * START:
            ends[group] = each["at"]
    spans += [(at, ends.get(group, at)) for group, at in begins.items()]
    return _joined(sorted(spans))


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _name(replicas: int) -> str:
    return f"web-{replicas:03}"


def _team(replicas: int) -> str:
    return f"team-{list(SIZES).index(replicas):02}"
