"""One fault at one call of an operator: plants it, and does what must follow, such as starting a killed process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aci_emulator.front.faults import Rule, answer
from aci_emulator.front.kinds import Kind
from aci_emulator.front.record import operation_name
from aci_emulator.wire import Request, Response
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from tests.campaign.catalogue import CRASHES, Mode, of_azure
from tests.model.canary import SECRETIVE
from tests.model.faults import Fault
from tests.model.faults import Mode as ClusterMode
from tests.simulation.world import World

DOWN: Final = 1.0
"""Seconds between a crash and the start of the next process."""

LATE: Final = 25.0
"""Seconds until a late write is in Azure: the operator waits 20 for an answer, and looks for 30 for the group."""

SLOW: Final = 19.0
"""Seconds that the API server takes for what is slow; after one more it would give up."""

THROTTLED_FOR, LISTS_THROTTLED_FOR = "60", "300"
"""What Retry-After says. That of LISTs is longer than the garbage collector's rounds are apart."""

STALE_BY: Final = 60.0

_CLUSTER: Final[dict[Mode, ClusterMode]] = {
    "crash before": ClusterMode.HOLD_BEFORE,
    "crash after": ClusterMode.HOLD_AFTER,
    "slow": ClusterMode.HOLD_BEFORE,
    "error": ClusterMode.FAIL,
    "lost": ClusterMode.LOSE,
    "conflict": ClusterMode.CONFLICT,
    "forbidden": ClusterMode.FORBID,
}


def throttled(seconds: str) -> Response:
    """Return a 429 that says how long to wait."""
    return answer(429, "TooManyRequests", SECRETIVE, headers={"Retry-After": seconds})


AZURE: Final[dict[Mode, tuple[Kind, dict[str, Any]]]] = {
    "error": ("answer", {"answer": answer(500, "InternalServerError", SECRETIVE)}),
    "error after": ("answer-after", {"answer": answer(503, "ServerTimeout", SECRETIVE)}),
    "conflict": ("answer", {"answer": answer(409, "ContainerGroupTransitioning", SECRETIVE)}),
    "throttled": ("answer", {"answer": throttled(THROTTLED_FOR)}),
    "lost": ("cut-after", {}),
    "late": ("delay-before", {"seconds": LATE, "late": True}),
    "slow": ("delay-after", {"seconds": LATE}),
    "forbidden": ("forbidden", {}),
    "unauthorized": ("unauthorized", {}),
    "stale": ("stale", {"seconds": STALE_BY}),
    "absent": ("not-found", {}),
    "empty": ("empty", {}),
    "partial": ("partial", {"share": 0.5}),
    "omitted": ("omit", {"name": "*"}),
    "twice": ("duplicate", {}),
}


class Strike:
    """A fault at one call.

    Attributes:
        point: Which calls, as the catalogue names them.
        skip: So many of them pass first.
        client: Whose calls.
        hits: How often it came about; a list that was empty already cannot be made so.
    """

    def __init__(self, world: World, point: str, mode: Mode, *, skip: int = 0, client: str = "operator") -> None:
        self.point = point
        self.mode = mode
        self.skip = skip
        self.client = client
        self.hits: Callable[[], int] = lambda: 0
        self._world = world
        self._reached = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def plant(self) -> None:
        """Let it happen from now on."""
        if self.point == "token":
            self._at_a_token()
        elif not of_azure(self.point):
            self._at_the_cluster()
        elif self.mode in CRASHES:
            self._at_a_request()
        else:
            kind, options = AZURE[self.mode]
            if self.mode == "throttled" and "/list" in self.point:
                options = {"answer": throttled(LISTS_THROTTLED_FOR)}
            rule = Rule(kind, operation=self.point, principal=self.client, skip=self.skip, **options)
            self._world.azure.faults.add(rule)
            self.hits = lambda: rule.hits

    async def over(self) -> None:
        """Wait for what the fault brings with it, or give it up if it has not come about."""
        if self._following is None:
            return
        if not self._reached.is_set():
            self._following.cancel()
        await asyncio.wait({self._following})
        if not self._following.cancelled():
            self._following.result()

    def _at_the_cluster(self) -> None:
        verb, _, plural = self.point.partition(" ")
        resource = next(kind for kind in self._world.cluster.objects.kinds if kind.plural == plural)
        fault = self._world.cluster.plant(
            Fault(_CLUSTER[self.mode], verbs=frozenset({verb}), resource=resource, client=self.client, skip=self.skip)
        )
        self.hits = lambda: fault.hits

        self._reached = fault.reached

        async def crash() -> None:
            await self._crash()
            fault.release()

        async def release() -> None:
            await asyncio.sleep(SLOW)
            fault.release()

        if self.mode in CRASHES:
            self._follow(crash)
        elif self.mode == "slow":
            self._follow(release)

    def _at_a_request(self) -> None:
        """Kill the process when its request has left, or when the answer has come and nothing was made of it yet."""
        seen = 0

        def look(request: Request, *_: object) -> None:
            nonlocal seen
            around = self._world.operators.get(self.client)
            due = request.principal == self.client and operation_name(request) == self.point
            if around is None or not due or self._reached.is_set():
                return
            seen += 1
            if seen > self.skip:
                self._reached.set()
                around.process.pause()

        (self._world.on_send if self.mode == "crash before" else self._world.on_answer).append(look)
        self.hits = lambda: int(self._reached.is_set())
        self._follow(self._crash)

    def _at_a_token(self) -> None:
        asked = hits = 0

        def look(name: str) -> None:
            nonlocal asked, hits
            if name != self.client:
                return
            asked += 1
            if asked == self.skip + 1:
                hits = 1
                message = SECRETIVE
                raise (
                    ClientAuthenticationError(message) if self.mode == "unauthorized" else ServiceRequestError(message)
                )

        self._world.entra.on_ask.append(look)
        self.hits = lambda: hits

    def _follow(self, what: Callable[[], Awaitable[None]]) -> None:
        async def follow() -> None:
            await self._reached.wait()
            await what()

        self._following = asyncio.create_task(follow())

    async def _crash(self) -> None:
        """Kill the process, unless something else has; whoever does starts another."""
        if self.client in self._world.operators:
            await self._world.crash(self.client, lost=self.mode == "crash before")
            await asyncio.sleep(DOWN)
            await self._world.start(self.client)
