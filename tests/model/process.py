"""An operator's process: its tasks can be killed at once or stopped for a while; what it has sent is out of its hands.

A task factory notes which process a new task belongs to, by a context variable that tasks inherit from each other. Work
of the servers that a request sets off runs outside of every process.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

Result = TypeVar("Result")

ROUNDS = 1000
"""Turns of the loop in which a task must have ended that is cancelled in each of them."""

_process: ContextVar["Process | None"] = ContextVar("process", default=None)


class Process:
    """One process.

    Attributes:
        name: Under which its calls are recorded.
        dead: It was killed; it can send nothing any more.
        lost: What it had sent when it died never arrives, unless the server has it already.
        on_resume: Called when it goes on after a pause.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.lost = False
        self.on_resume: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running = asyncio.Event()
        self._running.set()

    def run(self, main: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Start the process with its main coroutine."""
        asyncio.get_running_loop().set_task_factory(_factory)
        context = copy_context()
        context.run(_process.set, self)
        return asyncio.get_running_loop().create_task(main, context=context)

    async def kill(self, *, lost: bool = False) -> None:
        """SIGKILL: all tasks end where they stand."""
        self.dead, self.lost = True, lost
        self._running.set()
        for _ in range(ROUNDS):
            if not self._tasks:
                return
            for task in list(self._tasks):
                task.cancel()
            await asyncio.sleep(0)
        raise AssertionError(f"{self.name} does not die: {self._tasks}")

    def pause(self) -> None:
        """SIGSTOP: nothing goes out and no answer is seen. Its clock runs on."""
        self._running.clear()

    def resume(self) -> None:
        """SIGCONT."""
        if not self._running.is_set():
            self._running.set()
            self.on_resume()

    async def gate(self) -> None:
        """Pass on the way out and on the way in; ends the task of a dead process."""
        await self._running.wait()
        if self.dead:
            raise asyncio.CancelledError

    def owns(self, task: "asyncio.Task[Any]") -> None:
        """Take a new task in."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.dead:
            task.cancel()


def outside(work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
    """Run a server's work, which lives on when the process that asked for it dies."""
    context = copy_context()
    context.run(_process.set, None)
    task = asyncio.get_running_loop().create_task(work, context=context)
    _serving.add(task)
    task.add_done_callback(_served)
    return task


_serving: set[asyncio.Task[Any]] = set()


def _served(task: "asyncio.Task[Any]") -> None:
    _serving.discard(task)
    if not task.cancelled():
        task.exception()  # nobody may be waiting for it any more


def _factory(
    loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None, **_: Any
) -> "asyncio.Task[Any]":
    task = asyncio.Task(work, loop=loop, context=context)
    owner = (context or copy_context()).get(_process)
    if owner is not None:
        owner.owns(task)
    return task
