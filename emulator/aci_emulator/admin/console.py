"""What every command of `ctl` does: ask the emulator that the environment names, and print JSON lines."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import click

from aci_emulator.admin.client import AdminError, Client
from aci_emulator.wire import Json


def _client() -> Client:
    endpoint, ca = os.environ.get("ACI_EMULATOR_ENDPOINT"), os.environ.get("SSL_CERT_FILE")
    if not endpoint or not ca:
        raise click.ClickException("set ACI_EMULATOR_ENDPOINT and SSL_CERT_FILE (the emulator's ca.pem)")
    try:
        return Client(endpoint, Path(ca))
    except OSError as error:
        raise click.ClickException(f"cannot read {ca}: {error}") from error


def show(ask: Callable[[Client], list[Json]]) -> None:
    """Ask, and print a line for each answer.

    Raises:
        click.ClickException: no emulator is named or reached, or it refused.
    """
    try:
        lines = ask(_client())
    except AdminError as error:
        raise click.ClickException(str(error)) from error
    for line in lines:
        click.echo(json.dumps(line))


def words(pairs: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE words as a mapping.

    Raises:
        click.BadParameter: a word without "=".
    """
    result = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise click.BadParameter(f"expected KEY=VALUE, got {pair!r}")
        result[name] = value
    return result
