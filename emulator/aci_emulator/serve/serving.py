"""What `aci-emulator serve` does once its options are read."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from aci_emulator.admin import assignments
from aci_emulator.front import declared
from aci_emulator.front.rules import Rule
from aci_emulator.serve.server import Config, serve
from aci_emulator.settings import Settings


async def serve_until_signal(config: Config, ready: Callable[[str], None], *, end_with_stdin: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, or until the end of standard input: a parent that holds it is gone then.

    Raises:
        OSError: the port is taken, or a file cannot be written.
        ValueError: a file of the configuration is broken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if end_with_stdin:
        _stop_at_the_end_of_stdin(stop)
    await serve(config, stop, ready)


def _stop_at_the_end_of_stdin(stop: asyncio.Event) -> None:
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def read() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            stop.set()

    loop.add_reader(stdin, read)


def read_settings(file: Path | None, given: dict[str, Any], pairs: list[str]) -> tuple[Settings, list[Rule]]:
    """Settings from a YAML file, then from options, then from KEY=VALUE words; the later wins. `faults` are rules.

    Raises:
        ValueError: unknown names, wrong values, no YAML.
    """
    try:
        from_file = yaml.safe_load(file.read_text()) if file is not None else {}
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML: {error}") from error
    if from_file is not None and not isinstance(from_file, dict):
        raise ValueError(f"{file} is not a mapping of settings")
    values = {**(from_file or {}), **given, **assignments.parse(pairs)}
    rules = declared.rules(values.pop("faults", None))
    return Settings.model_validate(values), rules
