"""`aci-emulator serve` and `aci-emulator ctl`."""

import asyncio
import logging
import signal
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import ValidationError

from aci_emulator.ctl import ctl
from aci_emulator.entra import AUDIENCE
from aci_emulator.server import Config
from aci_emulator.server import serve as serve_until
from aci_emulator.settings import Settings, assignments


@click.group()
def main() -> None:
    """Azure Resource Manager, Entra ID tokens and Azure Container Instances on loopback."""


main.add_command(ctl)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Gets ca.pem, and the file 'endpoint' once it listens.",
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="Keep what exists in this file.")
@click.option(
    "--settings", "settings_file", type=click.Path(exists=True, path_type=Path), help="Settings, as a YAML file."
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="One setting; the value is YAML. Repeatable.")
@click.option("--subscription", "subscriptions", multiple=True, metavar="ID", help="A subscription. Repeatable.")
@click.option("--tenant", metavar="ID", help="The tenant.")
@click.option("--federated", multiple=True, metavar="CLIENT_ID=SUBJECT", help="A federated credential. Repeatable.")
@click.option("--issuer", help="Issuer of the assertions: the cluster's service-account issuer.")
@click.option(
    "--issuer-keys",
    type=click.Path(path_type=Path),
    help="PEM file with the issuer's public keys. It may appear later, and is read again when it changes.",
)
@click.option("--audience", default=AUDIENCE, show_default=True, help="Audience of the assertions.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="[CLIENT_ID=]FILE",
    help="Role definition (JSON) of one client, or of all without their own; read again when it changes. "
    "Without any, everything is allowed. Repeatable.",
)
@click.option(
    "--resource-group", "resource_groups", multiple=True, metavar="NAME@LOCATION", help="There from the start."
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Of the log on stderr.",
)
def serve(
    *,
    host: str,
    port: int,
    folder: Path,
    state: Path | None,
    settings_file: Path | None,
    pairs: tuple[str, ...],
    subscriptions: tuple[str, ...],
    tenant: str | None,
    federated: tuple[str, ...],
    issuer: str | None,
    issuer_keys: Path | None,
    audience: str,
    roles: tuple[str, ...],
    resource_groups: tuple[str, ...],
    log_level: str,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    given: dict[str, Any] = {
        "subscriptions": list(subscriptions),
        "tenant": tenant,
        "resource_groups": list(resource_groups),
    }
    config = Config(
        folder=folder,
        host=host,
        port=port,
        settings=_settings(settings_file, {k: v for k, v in given.items() if v}, list(pairs)),
        state=state,
        federated={_pair(item) for item in federated},
        issuer=issuer,
        issuer_keys=issuer_keys,
        audience=audience,
        roles=dict(_role(item) for item in roles),
    )
    try:
        asyncio.run(_serve(config))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


async def _serve(config: Config) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(endpoint: str) -> None:
        click.echo(endpoint)

    await serve_until(config, stop, ready)


def _settings(file: Path | None, given: dict[str, Any], pairs: list[str]) -> Settings:
    try:
        from_file = yaml.safe_load(file.read_text()) if file is not None else {}
        if not isinstance(from_file or {}, dict):
            raise click.BadParameter(f"{file} is not a mapping of settings")
        return Settings.model_validate({**(from_file or {}), **given, **assignments(pairs)})
    except (ValidationError, ValueError, yaml.YAMLError) as error:
        raise click.ClickException(f"settings: {error}") from error


def _pair(item: str) -> tuple[str, str]:
    client, sign, subject = item.partition("=")
    if not (client and sign and subject):
        raise click.BadParameter(f"expected CLIENT_ID=SUBJECT, got {item!r}")
    return client, subject


def _role(item: str) -> tuple[str | None, Path]:
    client, sign, file = item.rpartition("=")
    path = Path(file)
    if not path.is_file():
        raise click.BadParameter(f"no role file {file}")
    return (client if sign else None), path
