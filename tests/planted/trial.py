"""What is tried with each planted bug: the test that is there for it, and the random campaign, life by life."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.planted import campaign
from tests.planted.bug import Unnoticed, green, planted, red
from tests.planted.registry import PLANTS
from tests.simulation.virtual import on_virtual_time


class TooLong(Exception):
    """A trial did not end in time."""


@dataclass(frozen=True)
class Outcome:
    """What came of one trial.

    Attributes:
        lives: After how many lives the campaign was red; None when it was not, by then.
        problem: Why the trial is void or the bug unnoticed; "" when all is well.
    """

    lives: int | None = None
    problem: str = ""


def try_plant(index: int, lives: int, seconds: int) -> Outcome:
    """Try one bug of the registry in at most so many lives and seconds."""
    plant = PLANTS[index]
    try:
        with _prepared(seconds) as breakages:
            on_virtual_time(red(plant))
            if breakages.seen:
                return Outcome(problem=f"{plant} does not fit what it replaces: {breakages.seen[0]!r}")
            with planted(plant.bug):
                return Outcome(next((life + 1 for life in range(lives) if _is_red(life)), None))
    except Unnoticed as unnoticed:
        return Outcome(problem=str(unnoticed))
    except Exception as error:  # noqa: BLE001 - a bug that breaks in another way than by an assertion proves nothing
        return Outcome(problem=f"{plant}: {type(error).__name__}: {error}")


def try_test(index: int, seconds: int) -> Outcome:
    """Run the test of one bug without the bug."""
    plant = PLANTS[index]
    try:
        with _prepared(seconds):
            on_virtual_time(green(plant))
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is not green
        return Outcome(problem=f"{plant.test_name} is red without a bug: {type(error).__name__}: {error}")
    return Outcome()


def try_life(seed: int, seconds: int) -> Outcome:
    """Run one life without any bug."""
    try:
        with _prepared(seconds):
            campaign.run(seed)
    except Exception as error:  # noqa: BLE001 - whatever it is, the life is not green
        return Outcome(problem=f"life {seed} is red without a bug: {type(error).__name__}: {error}")
    return Outcome()


def _is_red(seed: int) -> bool:
    try:
        campaign.run(seed)
    except AssertionError:
        return True
    return False


class _Breakages(logging.Handler):
    """Notes the exceptions in the operator's log that no planted bug should cause: it was planted wrongly then."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TypeError | AttributeError | NameError):
            self.seen.append(error)


@contextmanager
def _prepared(seconds: int) -> Iterator[_Breakages]:
    """Set this process up for a trial, and end it by an exception when it takes too long."""

    def ring(*_: object) -> None:
        raise TooLong(f"it took more than {seconds} s")

    breakages, log = _Breakages(), logging.getLogger()
    log.handlers[:] = [breakages]
    log.setLevel(logging.ERROR)
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield breakages
    finally:
        signal.alarm(0)
