"""One request through everything: record, faults, token, Azure, latency. The same for sockets and for memory.

It waits with asyncio alone and asks a given clock for the time, so it runs on a virtual clock as well.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aci_emulator.arm.machine import Arm
from aci_emulator.errors import Refusal
from aci_emulator.front import entra
from aci_emulator.front.entra import Entra
from aci_emulator.front.faults import Fault, Faults
from aci_emulator.front.record import Entry, Record
from aci_emulator.wire import Request, Response


class ConnectionCut(Exception):
    """The connection ends without an answer; whether the effect happened is the fault's matter."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass
class Held:
    """A request that waits at a hold."""

    rule: str
    when: str
    entry: Entry
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Front:
    """Azure with faults and tokens in front of it.

    Args:
        arm: the machine.
        entra: checks bearer tokens and gives them; None leaves authentication to the caller (`Request.principal`).
        clock: the time, aware.
        on_change: called after each write, before its answer goes out.
    """

    def __init__(
        self,
        arm: Arm,
        entra: Entra | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.arm = arm
        self.entra = entra
        self.clock = clock
        self.faults = Faults(on_release=self._release)
        self.record = Record()
        self.held: list[Held] = []
        self.on_change = on_change
        self._late: set[asyncio.Task[Response]] = set()

    async def answer(self, request: Request) -> Response:
        """Answer one request, in its own time.

        Cancelled while it is held before its effect, a request has none (unless the rule says `late`).

        Raises:
            ConnectionCut: a fault cut it.
        """
        entry = self.record.begin(request, self.clock())
        fault = self.faults.take(request)
        if fault is not None:
            entry.fault = fault.rule
        if fault is not None and fault.kind == "hold-before" and fault.late:
            task = asyncio.ensure_future(self._carry(request, entry, fault))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            response = await asyncio.shield(task)
        else:
            response = await self._carry(request, entry, fault)
        entry.status = response.status
        return response

    async def _carry(self, request: Request, entry: Entry, fault: Fault | None) -> Response:
        kind = fault.kind if fault is not None else None
        if fault is not None and fault.answer is not None and kind == "answer":
            return self.arm.broken(request, fault.answer, self.clock())
        if kind == "cut-before":
            raise ConnectionCut
        if fault is not None and kind == "hold-before":
            await self._hold(fault, entry)
        response = self._effect(request, entry)
        if kind == "cut-after":
            raise ConnectionCut
        if fault is not None and kind == "hold-after":
            await self._hold(fault, entry)
        if fault is not None and fault.answer is not None:
            return fault.answer
        if response.delay > 0:
            await asyncio.sleep(response.delay)
        return response

    def _effect(self, request: Request, entry: Entry) -> Response:
        now = self.clock()
        if self.entra is not None:
            if entra.is_token_path(request.path):
                return self.entra.token(request, now)
            try:
                request = replace(request, principal=self.entra.principal(request, now))
            except Refusal as refusal:
                return self.arm.refused(request, refusal, now)
        entry.principal = request.principal
        response = self.arm.handle(request, now)
        if request.method not in {"GET", "HEAD"}:
            self.on_change()
        return response

    async def _hold(self, fault: Fault, entry: Entry) -> None:
        held = Held(fault.rule, fault.kind.removeprefix("hold-"), entry)
        self.held.append(held)
        try:
            await held.released.wait()
        finally:
            self.held.remove(held)

    def _release(self, rule: str) -> None:
        for held in self.held:
            if held.rule == rule:
                held.released.set()

    async def close(self) -> None:
        """Drop what is still held."""
        for task in list(self._late):
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
