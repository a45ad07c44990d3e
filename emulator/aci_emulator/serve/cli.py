"""`aci-emulator serve` and `aci-emulator ctl`."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import click

from aci_emulator.admin.ctl import ctl


@click.group()
def main() -> None:
    """Azure Resource Manager, Entra ID tokens and Azure Container Instances on loopback."""


main.add_command(ctl)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Gets ca.pem, and the file 'endpoint' once it listens.",
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="Keep what exists in this file.")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, path_type=Path),
    help="Settings and faults, as a YAML file.",
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
@click.option("--audience", default="api://AzureADTokenExchange", show_default=True, help="Audience of the assertions.")
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
    "--admin-from-anywhere",
    is_flag=True,
    help="Let ctl in from other machines too. It knows no tokens: for closed networks.",
)
@click.option("--end-with-stdin", is_flag=True, help="End at the end of standard input too, as when a parent dies.")
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
    admin_from_anywhere: bool,
    end_with_stdin: bool,
    log_level: str,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    # `ctl` is started often and must start fast; only this command needs the server with all that it imports.
    from aci_emulator.serve import serving  # noqa: PLC0415
    from aci_emulator.serve.server import Config  # noqa: PLC0415

    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    given: dict[str, Any] = {
        "subscriptions": list(subscriptions),
        "tenant": tenant,
        "resource_groups": list(resource_groups),
    }
    try:
        settings, rules = serving.read_settings(settings_file, {k: v for k, v in given.items() if v}, list(pairs))
        config = Config(
            folder=folder,
            host=host,
            port=port,
            settings=settings,
            rules=rules,
            state=state,
            federated={_pair(item) for item in federated},
            issuer=issuer,
            issuer_keys=issuer_keys,
            audience=audience,
            roles=dict(_role(item) for item in roles),
            admin_from_anywhere=admin_from_anywhere,
        )
        asyncio.run(serving.serve_until_signal(config, click.echo, end_with_stdin=end_with_stdin))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


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
