"""`aci-operator`: its commands."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from aci_operator.api.crd import render
from aci_operator.app import garbage, process
from aci_operator.app.logs import configure
from aci_operator.app.settings import Settings
from aci_operator.cli.plan import command as plan
from aci_operator.cli.rollout import commands as rollout
from aci_operator.core.errors import AzureError, ClusterError
from aci_operator.core.garbage import Claim


@click.group()
def main() -> None:
    """Run services on Azure Container Instances from Kubernetes."""


main.add_command(rollout)
main.add_command(plan)


@main.command()
@click.option("--kubeconfig", type=click.Path(path_type=Path), help="Default: the cluster that this runs in.")
@click.option("--azure-endpoint", help="Azure Resource Manager; for another cloud or an emulator.")
@click.option("--subscription-id", help="For services that name none.")
@click.option("--cluster-id", help="Default: the uid of the namespace kube-system.")
@click.option("--listen", help="HOST:PORT of /healthz, /readyz and /metrics.")
@click.option("--log-format", type=click.Choice(["json", "text"]))
@click.option("--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]))
def run(**options: Any) -> None:
    """Run the operator. Every option is also a variable ACI_OPERATOR_..., and there are more of those: see the docs."""
    settings = _settings({name: value for name, value in options.items() if value is not None})
    configure(settings.log_format, settings.log_level)
    try:
        asyncio.run(_until_signal(process.run(settings)))
    except* (ClusterError, ValueError, OSError) as failures:
        raise click.ClickException("; ".join(str(error) for error in _leaves(failures))) from None


@main.command()
@click.option("--kubeconfig", type=click.Path(path_type=Path), help="Default: the cluster that this runs in.")
@click.option("--azure-endpoint", help="Azure Resource Manager; for another cloud or an emulator.")
@click.option("--subscription-id", help="Looked through even if nothing in the cluster names it.")
@click.option("--cluster-id", help="Default: the uid of the namespace kube-system.")
@click.option("--confirm", is_flag=True, help="Delete what is listed; waits where Azure limits deletes.")
def gc(*, confirm: bool, **options: Any) -> None:
    """List container groups in Azure whose object no longer exists, or delete them."""
    settings = _settings({name: value for name, value in options.items() if value is not None})
    configure("text", "WARNING")
    found: list[Claim] = []
    failed: list[Claim] = []

    def refused(claim: Claim, error: AzureError) -> None:
        failed.append(claim)
        click.echo(f"{claim.ref.scope.name}/{claim.ref.name}\tnot deleted: {error}", err=True)

    def tell(claim: Claim) -> None:
        found.append(claim)
        click.echo(f"{claim.ref.scope.name}/{claim.ref.name}\twas {claim.namespace}/{claim.name}")

    try:
        if confirm:
            kept = asyncio.run(garbage.collect(settings, tell, refused))
            left_alone = f", {kept} left alone: no longer without an object" if kept else ""
            click.echo(f"{len(found)} deleted{left_alone}", err=True)
        else:
            for claim in asyncio.run(garbage.orphans(settings)):
                tell(claim)
            click.echo(f"{len(found)} without an object", err=True)
    except (AzureError, ClusterError, ValueError) as error:
        done = f" ({len(found)} deleted before)" if confirm else ""
        raise click.ClickException(f"{error}{done}") from None
    if failed:
        raise click.ClickException(f"{len(failed)} could not be deleted")


@main.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Default: standard output.")
def crd(directory: Path | None) -> None:
    """Write the CustomResourceDefinitions."""
    for name, text in render().items():
        if directory is None:
            click.echo(f"---\n{text}", nl=False)
        else:
            (directory / name).write_text(text)


def _settings(options: dict[str, Any]) -> Settings:
    try:
        return Settings(**options)
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, it['loc'])) or 'settings'}: {it['msg'].removeprefix('Value error, ')}"
            for it in error.errors()
        ]
        raise click.ClickException("; ".join(told)) from None


async def _until_signal(running: Coroutine[Any, Any, None]) -> None:
    """Run until SIGTERM or SIGINT, then end in good order: the Lease is given back."""
    work = asyncio.ensure_future(running)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
