"""What a container has written, and how much of it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aci_emulator.errors import refuse
from aci_emulator.life.model import Container
from aci_emulator.wire import number

RUNNING_BYTES = 4 * 1024 * 1024
STOPPED_BYTES = 16 * 1024
STOPPED_LINES = 1000
"""How much of a log is given: of a running container, and of one that has ended (documented, November 2025)."""


@dataclass(frozen=True)
class Options:
    """What a request asks of a log: the last `tail` lines (None: all), and a time before each line."""

    tail: int | None = None
    timestamps: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Options":
        """Read the query.

        Raises:
            Refusal: 400 InvalidRequestContent.
        """
        tail, timestamps = query.get("tail"), query.get("timestamps", "false").lower()
        lines = None if tail is None else number(tail)
        if tail is not None and (lines is None or lines >= 2**31):
            raise refuse("InvalidRequestContent", problem=f"The value '{tail}' of 'tail' is not a number")
        if timestamps not in {"true", "false"}:
            raise refuse("InvalidRequestContent", problem=f"The value '{timestamps}' of 'timestamps' is not a boolean")
        return cls(lines, timestamps == "true")


def content(container: Container, lines: list[str], options: Options) -> str:
    """The log: its image's `lines` once for each start."""
    run = container.current
    starts = sum(e.count for e in container.events if e.name == "Started")
    written = lines * max(1, starts)
    if options.timestamps and run is not None and run.started is not None:
        begun = run.started
        # Recorded: seven digits of a second.
        written = [
            f"{begun + timedelta(milliseconds=index):%Y-%m-%dT%H:%M:%S.%f}0Z {line}"
            for index, line in enumerate(written)
        ]
    if options.tail is not None:
        written = written[-options.tail :] if options.tail else []
    running = run is not None and run.state == "Running"
    return limited([f"{line}\n" for line in written], running=running)


def limited(lines: list[str], *, running: bool) -> str:
    """The end of a log that is given: whole lines."""
    room = RUNNING_BYTES if running else STOPPED_BYTES
    shown: list[str] = []
    for line in reversed(lines if running else lines[-STOPPED_LINES:]):
        room -= len(line.encode())
        if room < 0:
            break
        shown.append(line)
    return "".join(reversed(shown))
