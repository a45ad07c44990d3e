"""`aci-operator plan` on the command line."""

import asyncio
from pathlib import Path
from typing import Any

import click
import yaml

from aci_operator.api.keys import SERVICE_KIND
from aci_operator.app.plan import look
from aci_operator.azure.clients import PUBLIC_CLOUD
from aci_operator.cli import options
from aci_operator.core.errors import ApiInvalid, ClusterError
from aci_operator.engine.ports import Key


@click.command("plan")
@options.name_or_file
@click.option("--file", "-f", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A manifest.")
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
    wanted: list[dict[str, Any] | None] = [None] if file is None else list(_services(file))
    for manifest in wanted:
        metadata: dict[str, Any] = {"name": name} if manifest is None else manifest["metadata"]
        key = Key(metadata.get("namespace") or namespace, metadata["name"])
        click.echo(f"{SERVICE_KIND} {key}")
        try:
            lines = asyncio.run(look(kubeconfig, subscription_id, key, manifest, azure_endpoint if azure else None))
        except ApiInvalid as error:
            hint = f": kubectl apply --dry-run=server -f {file} says what to change" if file else ""
            raise click.ClickException(f"{error}{hint}") from None
        except ClusterError as error:
            raise click.ClickException(str(error)) from None
        for line in lines:
            click.echo(f"  {line}")


def _services(file: Path) -> list[dict[str, Any]]:
    try:
        documents = [document for document in yaml.safe_load_all(file.read_text()) if isinstance(document, dict)]
    except yaml.YAMLError as error:
        raise click.ClickException(f"{file} is no YAML: {error}") from None
    found = [document for document in documents if document.get("kind") == SERVICE_KIND]
    if not found:
        raise click.ClickException(f"there is no {SERVICE_KIND} in {file}")
    for document in found:
        match document:
            case {"metadata": {"name": str()}}:
                pass
            case _:
                raise click.ClickException(f"in {file} is an {SERVICE_KIND} without metadata.name")
    return found
