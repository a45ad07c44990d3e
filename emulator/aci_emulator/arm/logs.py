"""What a container has written."""

from datetime import timedelta

from aci_emulator.errors import refuse
from aci_emulator.life.model import Container


def content(container: Container, lines: list[str], tail: str | None, *, timestamps: bool) -> str | None:
    """The log: its image's `lines` once for each start; null from a silent container (recorded 2023).

    Raises:
        Refusal: 400 when `tail` is no number.
    """
    run = container.current
    starts = sum(e.count for e in container.events if e.name == "Started")
    written = lines * max(1, starts)
    if timestamps and run is not None and run.started is not None:
        begun = run.started
        written = [
            f"{begun + timedelta(milliseconds=index):%Y-%m-%dT%H:%M:%S.%f}0Z {line}"
            for index, line in enumerate(written)
        ]
    if tail is not None:
        if not tail.isdecimal():
            raise refuse("InvalidRequestContent", problem=f"The value '{tail}' of 'tail' is not a number")
        written = written[-int(tail) :] if int(tail) else []
    return "".join(f"{line}\n" for line in written) or None
