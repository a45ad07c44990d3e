"""What `aci-emulator serve` does once its options are read."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from aci_emulator.admin import assignments
from aci_emulator.front import declared
from aci_emulator.front.rules import Rule
from aci_emulator.serve.server import Config, serve
from aci_emulator.settings import Settings


async def serve_until_signal(config: Config, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        OSError: the port is taken, or a file cannot be written.
        ValueError: a file of the configuration is broken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(config, stop, ready)


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
