"""A planted bug: the product is patched from outside, and a test that passes must then fail.

A bug that names what no longer exists is an error, not a green test.
"""

import importlib
import inspect
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from tests.simulation.operators import RealOperator
from tests.simulation.world import World


@dataclass(frozen=True)
class Bug:
    """One bug.

    Attributes:
        number: That of the list of planted bugs; several bugs may have the same, each another form of it.
        where: "module:name" or "module:Class.name" of what is replaced, as the code that uses it looks it up.
        instead: What stands in its place; called with the original first when `wraps`.
    """

    number: int
    title: str
    where: str
    instead: Any
    wraps: bool = False

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@dataclass(frozen=True)
class Plant:
    """A bug, and a test that is red with it.

    Attributes:
        test: A function of the tests; takes `make_world` if it wants a world.
        given: Its other arguments.
        expects: A part of what fails, so that it is about the bug: a property in the words of the oracles, or else a
            part of the assertion's message or line.
        slow: The bug makes the test so slow that only `make planted` runs it.
    """

    bug: Bug
    test: Callable[..., Awaitable[None] | None]
    given: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False
    expects: str = ""

    @property
    def test_name(self) -> str:
        """The test as pytest names it, without its arguments."""
        return f"{self.test.__module__.replace('.', '/')}.py::{self.test.__name__}"

    def __str__(self) -> str:
        return str(self.bug)


class Unnoticed(AssertionError):
    """A test stayed green with a bug planted, or was red for another reason."""


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Plant a bug for a while.

    Raises:
        ImportError: What it names is in no module.
        AttributeError: What it names no longer exists.
    """
    module, _, path = bug.where.partition(":")
    *outer, name = path.split(".")
    target: Any = importlib.import_module(module)
    for part in outer:
        target = getattr(target, part)
    original = getattr(target, name)
    with patch.object(target, name, _wrapped(bug.instead, original) if bug.wraps else bug.instead):
        yield


async def green(plant: Plant) -> None:
    """Run a plant's test without its bug."""
    worlds: list[World] = []

    def make_world(**settings: Any) -> World:
        worlds.append(World(RealOperator, **settings))
        return worlds[-1]

    wanted = inspect.signature(plant.test).parameters
    world = {"make_world": make_world} if "make_world" in wanted else {}
    try:
        running = plant.test(**world, **plant.given)
        if running is not None:
            await running
    finally:
        for made in worlds:
            await made.close()


async def red(plant: Plant) -> AssertionError:
    """Run a plant's test with its bug, and return the assertion that fails.

    Raises:
        Unnoticed: None did, or it is about something else than the plant expects.
    """
    with planted(plant.bug):
        try:
            await green(plant)
        except AssertionError as failure:
            if plant.expects not in told(failure):
                raise Unnoticed(f"bug {plant.bug}: not {plant.expects!r}, but {told(failure)}") from failure
            return failure
    raise Unnoticed(f"{plant.test_name} did not notice bug {plant.bug}")


def told(failure: AssertionError) -> str:
    """Return what an assertion says, and its line: many a one says nothing."""
    *_, last = traceback.extract_tb(failure.__traceback__)
    return f"{failure} {last.line}"


def _wrapped(instead: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    def replacement(*arguments: Any, **options: Any) -> Any:
        return instead(original, *arguments, **options)

    return replacement
