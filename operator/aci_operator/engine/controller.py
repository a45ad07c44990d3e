"""The workers of one kind of object: take a key, make a pass, put it back when it is due again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

from aci_operator.core.errors import AlreadyExists, ApiForbidden, ApiInvalid, ApiUnavailable, Conflict, ObjectGone
from aci_operator.engine.ports import Key
from aci_operator.engine.telemetry import Telemetry
from aci_operator.engine.workqueue import WorkQueue, alone

log = logging.getLogger(__name__)

REFUSED_PAUSE = 10.0
"""Longest pause, in seconds, until what the API server refused is tried again: a right may be granted any time."""

MOST_OF_ONE: Final = 0.75
"""Share of the workers that the objects of one lane may take, as when none of their calls is answered."""

Reconcile = Callable[[Key], Awaitable[float | None]]
"""One pass over an object. Returns the seconds until the next one is due, None to wait for a change."""


class Controller:
    """Runs passes over the objects of one kind, never two at once over the same.

    Args:
        lane: Returns what an object has in common with others, which together leave a part of the workers to the rest.
    """

    def __init__(
        self,
        kind: str,
        reconcile: Reconcile,
        telemetry: Telemetry,
        workers: int,
        *,
        lane: Callable[[Key], Hashable] = alone,
    ) -> None:
        self._kind = kind
        self._reconcile = reconcile
        self._telemetry = telemetry
        self._workers = workers
        self._queue: WorkQueue[Key] = WorkQueue(lane, most=max(int(workers * MOST_OF_ONE), 1))

    def wake(self, key: Key) -> None:
        """Ask for a pass over an object soon."""
        self._queue.add(key)
        self._telemetry.queued(self._kind, len(self._queue))

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            self._telemetry.queued(self._kind, len(self._queue))
            try:
                await self._pass(key)
            finally:
                self._queue.done(key)

    async def _pass(self, key: Key) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            after = await self._reconcile(key)
        except (Conflict, ObjectGone, AlreadyExists) as error:
            log.debug("%s %s: has changed meanwhile (%s)", self._kind, key, error)
            self._queue.failed(key)
            self._telemetry.reconciled(self._kind, "conflict", loop.time() - began)
        except (ApiForbidden, ApiInvalid) as error:
            pause = self._queue.failed(key, longest=REFUSED_PAUSE)
            log.warning("%s %s: the API server refuses, next try in %.1f s: %s", self._kind, key, pause, error)
            self._telemetry.reconciled(self._kind, "error", loop.time() - began)
        except ApiUnavailable as error:
            pause = self._queue.failed(key)
            log.warning("%s %s: the API server gave no answer, next try in %.1f s: %s", self._kind, key, pause, error)
            self._telemetry.reconciled(self._kind, "error", loop.time() - began)
        except Exception:
            # One object that cannot be handled must not end the worker of all others.
            pause = self._queue.failed(key)
            log.exception("%s %s: unexpected failure, next try in %.1f s", self._kind, key, pause)
            self._telemetry.reconciled(self._kind, "error", loop.time() - began)
        else:
            self._queue.succeeded(key)
            if after is not None:
                self._queue.add_after(key, after)
            self._telemetry.reconciled(self._kind, "success", loop.time() - began)
