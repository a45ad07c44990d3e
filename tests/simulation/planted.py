"""Planted bugs: the product is patched from outside, and a test that passes must then fail.

    NO_TAG_CHECK = Bug(1, "delete without tag check", "aci_operator.core.group.plan:owner", lambda *_: Owner.OURS)
    await expect_red(scenario, NO_TAG_CHECK)

The numbers are those of the list of planted bugs. A bug that names what no longer exists is an error, not a green test.
"""

import importlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from tests.simulation.operators import RealOperator
from tests.simulation.world import World


@dataclass(frozen=True)
class Bug:
    """One bug.

    Attributes:
        where: "module:name" or "module:Class.name" of what is replaced, as the code that uses it looks it up.
        instead: What stands in its place; called with the original first when `wraps`.
    """

    number: int
    title: str
    where: str
    instead: Any
    wraps: bool = False


class Unnoticed(AssertionError):
    """A test stayed green with a bug planted."""


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Plant a bug for a while."""
    module, _, path = bug.where.partition(":")
    *outer, name = path.split(".")
    target: Any = importlib.import_module(module)
    for part in outer:
        target = getattr(target, part)
    original = getattr(target, name)
    with patch.object(target, name, _wrapped(bug.instead, original) if bug.wraps else bug.instead):
        yield


async def expect_red(test: Callable[[], Awaitable[None]], bug: Bug) -> AssertionError:
    """Run a test twice: it must pass without the bug, and fail an assertion with it. Return that failure."""
    await test()
    with planted(bug):
        try:
            await test()
        except AssertionError as failure:
            return failure
    raise Unnoticed(f"nobody noticed bug {bug.number}: {bug.title}")


async def expect_red_in_worlds(test: Callable[[Callable[..., World]], Awaitable[None]], bug: Bug) -> AssertionError:
    """Do so with a test that is given what makes worlds, as the fixture `make_world` does."""

    async def run() -> None:
        made: list[World] = []

        def make(**settings: Any) -> World:
            made.append(World(RealOperator, **settings))
            return made[-1]

        try:
            await test(make)
        finally:
            for world in made:
                await world.close()

    return await expect_red(run, bug)


def _wrapped(instead: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    def replacement(*arguments: Any, **options: Any) -> Any:
        return instead(original, *arguments, **options)

    return replacement
