"""One request through everything: record, faults, token, Azure, latency. The same for sockets and for memory.

It waits with asyncio alone and asks a given clock for the time, so it runs on a virtual clock as well.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

from aci_emulator.arm.machine import Arm
from aci_emulator.errors import Refusal
from aci_emulator.front import discovery, entra, refusals, untrue
from aci_emulator.front.aadsts import TokenRefusal
from aci_emulator.front.entra import Entra
from aci_emulator.front.faults import Faults
from aci_emulator.front.record import Entry, Record
from aci_emulator.front.rules import Rule
from aci_emulator.wire import Request, Response

T = TypeVar("T")


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
        self.faults = Faults(on_release=self._release)
        self.record = Record()
        self.held: list[Held] = []
        self.on_change = on_change
        self._clock = clock
        self._tasks: set[asyncio.Task[Any]] = set()

    def clock(self) -> datetime:
        """Azure's time: that of the given clock, and `clock_skew` seconds. The record is in the given clock's."""
        return self._clock() + timedelta(seconds=self.arm.settings.clock_skew)

    async def answer(self, request: Request) -> Response:
        """Answer one request, in its own time.

        Cancelled while it is held or delayed before its effect, a request has none (unless the rule says `late`).

        Raises:
            ConnectionCut: a fault cut it.
        """
        entry = self.record.begin(request, self._clock())
        rule = self.faults.take(replace(request, principal=self._caller(request)), entry.operation)
        if rule is None:
            response = await _sent(self._effect(request, entry))
        else:
            entry.fault = rule.id
            work = self._spoil(request, entry, rule)
            late = rule.late and rule.kind in {"hold-before", "delay-before"}
            response = await (asyncio.shield(self._start(work)) if late else work)
        entry.status = response.status
        return replace(response, headers={"Date": _http_date(self.clock()), **response.headers})

    async def _spoil(self, request: Request, entry: Entry, rule: Rule) -> Response:
        """Carry a request that a rule has taken: what it does before the effect, the effect, what it does after."""
        match rule.kind:
            case "cut-before" | "token-down":
                raise ConnectionCut
            case "answer" if rule.answer is not None:
                return self.arm.broken(request, rule.answer, self.clock())
            case "token-busy":
                return TokenRefusal(90033).response(self.clock())
            case "hold-before":
                await self._hold(rule, entry)
            case "delay-before":
                await asyncio.sleep(self._seconds(rule))
        response = self._effect(request, entry, rule)
        match rule.kind:
            case "cut-after":
                raise ConnectionCut
            case "answer-after" if rule.answer is not None:
                return rule.answer
            case "server-timeout":
                return self.arm.refused(request, refusals.server_timeout(request, self.clock()), self.clock())
            case "hold-after":
                await self._hold(rule, entry)
            case "delay-after":
                await asyncio.sleep(self._seconds(rule))
        return await _sent(response)

    def _effect(self, request: Request, entry: Entry, rule: Rule | None = None) -> Response:
        now = self.clock()
        if self.entra is not None:
            if discovery.asks(request):
                return discovery.answer(request, self.entra.tenant, now)
            if entra.is_token_path(request.path):
                return self.entra.token(request, now)
        try:
            if rule is not None and rule.kind == "unauthorized":
                raise refusals.unauthorized(rule, self.arm.settings.tenant, now)
            if self.entra is not None:
                request = replace(request, principal=self.entra.principal(request, now))
        except Refusal as refusal:
            if rule is not None and rule.kind in untrue.KINDS:
                self._give_back(rule, entry)
            return self.arm.refused(request, refusal, now)
        entry.principal = request.principal
        if rule is None:
            response = self.arm.handle(request, now)
        else:
            response, spoiled = untrue.handle(self.arm, request, rule, now)
            if not spoiled:
                self._give_back(rule, entry)
            elif rule.kind == "late-delete":
                self._start(self._delete(request, self._seconds(rule)))
        if request.method not in {"GET", "HEAD"}:
            self.on_change()
        return response

    async def _delete(self, request: Request, seconds: float) -> None:
        """Carry a DELETE out that was answered already: on whatever group has the name by then."""
        await asyncio.sleep(seconds)
        now = self.clock()
        group = untrue.target(self.arm, request, now)
        if group is not None:
            self.arm.cloud.store.remove(group.key, now)
            self.on_change()

    def _give_back(self, rule: Rule, entry: Entry) -> None:
        self.faults.give_back(rule)
        entry.fault = None

    def _caller(self, request: Request) -> str | None:
        return request.principal if self.entra is None else self.entra.caller(request, self.clock())

    def _seconds(self, rule: Rule) -> float:
        return self.arm.settings.scaled(rule.seconds or 0.0)

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _hold(self, rule: Rule, entry: Entry) -> None:
        held = Held(rule.id, rule.kind.removeprefix("hold-"), entry)
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
        """Drop what is still held, and what was to come late."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _sent(response: Response) -> Response:
    if response.delay > 0:
        await asyncio.sleep(response.delay)
    return response


def _http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
