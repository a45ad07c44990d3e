"""`aci-operator plan` on the command line."""

import asyncio
from pathlib import Path
from typing import Any

import click

from aci_operator.api.keys import SERVICE_KIND
from aci_operator.app.plan import look
from aci_operator.azure.clients import PUBLIC_CLOUD
from aci_operator.cli import options
from aci_operator.cli.manifests import services
from aci_operator.core.errors import ApiInvalid, ClusterError
from aci_operator.engine.ports import Key


@click.command("plan")
@options.name_or_file
@click.option(
    "--file",
    "-f",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Manifests, also in a List; `-` is standard input.",
)
@options.namespace
@options.kubeconfig
@click.option("--subscription-id", envvar="ACI_OPERATOR_SUBSCRIPTION_ID", help="The operator's, for services without.")
@click.option("--azure", is_flag=True, help="Read Azure too, with the credential of the environment.")
@click.option("--azure-endpoint", envvar="ACI_OPERATOR_AZURE_ENDPOINT", default=PUBLIC_CLOUD, help="Its address.")
def command(
    name: str | None,
    file: Path | None,
    namespace: str,
    kubeconfig: Path | None,
    subscription_id: str | None,
    *,
    azure: bool,
    azure_endpoint: str,
) -> None:
    """Tell what would be done next for the service NAME, or for the services in a file, and why; nothing is done."""
    if (name is None) == (file is None):
        raise click.UsageError("give either a NAME or a file (-f)")
    wanted: list[dict[str, Any] | None] = [None] if file is None else list(services(file, options.given_namespace()))
    for manifest in wanted:
        metadata: dict[str, Any] = {"name": name} if manifest is None else manifest["metadata"]
        key = Key(metadata.get("namespace") or namespace, metadata["name"])
        click.echo(f"{SERVICE_KIND} {key}")
        try:
            lines = asyncio.run(look(kubeconfig, subscription_id, key, manifest, azure_endpoint if azure else None))
        except ApiInvalid as error:
            again = file is not None and file.is_file()  # what was piped is gone
            hint = f"; kubectl apply --dry-run=server -f {file} says more" if again else ""
            raise click.ClickException(f"{error}{hint}") from None
        except (ClusterError, ValueError) as error:  # ValueError: an address of Azure that is none
            raise click.ClickException(str(error)) from None
        for line in lines:
            click.echo(f"  {line}")
