"""`aci-operator rollout ...` on the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
import yaml

from aci_operator.app.rollout import Refused, Rollout, rollout
from aci_operator.cli import options
from aci_operator.core.errors import ClusterError

T = TypeVar("T")

_YES, _NO = ("1", "t", "true"), ("0", "f", "false")


class _Watching(click.Command):
    """Takes `--watch=false` too, as kubectl does; a flag of click takes no value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse them with such values written as flags."""
        return super().parse_args(ctx, [_as_flag(word) for word in args])


def _as_flag(word: str) -> str:
    option, _, value = word.partition("=")
    if option not in ("--watch", "-w") or value.lower() not in (*_YES, *_NO):
        return word
    return "--watch" if value.lower() in _YES else "--no-watch"


@click.group("rollout")
def commands() -> None:
    """Look at a rollout and steer it, as `kubectl rollout` does for a Deployment."""


@commands.command(cls=_Watching)
@options.name
@options.namespace
@options.kubeconfig
@click.option("--watch/--no-watch", "-w", default=True, help="Wait until it is finished, or needs a person.")
@click.option("--timeout", type=options.duration, default="0", help="How long to wait, as 90s or 5m; 0 is no limit.")
def status(name: str, namespace: str, kubeconfig: Path | None, *, watch: bool, timeout: float) -> None:
    """Tell how the rollout of NAME gets on; exit status 1 when it is stuck."""

    async def look(it: Rollout) -> bool:
        async with asyncio.timeout(timeout or None):
            return await it.status(click.echo, watch=watch)

    try:
        if not _run(kubeconfig, namespace, name, look):
            raise click.exceptions.Exit(1)
    except TimeoutError:
        raise click.ClickException(f"not rolled out after {timeout:g} s") from None


@commands.command()
@options.name
@options.namespace
@options.kubeconfig
@click.option("--revision", type=int, help="Print this revision whole.")
def history(name: str, namespace: str, kubeconfig: Path | None, revision: int | None) -> None:
    """List the revisions of NAME."""
    service, revisions = _run(kubeconfig, namespace, name, lambda it: it.history())
    if revision is not None:
        chosen = next((it for it in revisions if it.number == revision), None)
        if chosen is None:
            see = f"see `aci-operator rollout history {name} -n {namespace}`"
            raise click.ClickException(f"there is no revision {revision}: {see}")
        click.echo(yaml.safe_dump(chosen.data.manifest(), sort_keys=False), nl=False)
        return
    width = max((len(it.name) for it in revisions), default=0)
    click.echo(f"REVISION  {'NAME':<{width}}  IMAGES")
    for it in revisions:
        images = ",".join(container.image for container in it.data.template.spec.containers)
        mark = "  (wanted)" if it.name == service.status.update_revision else ""
        click.echo(f"{it.number:<8}  {it.name:<{width}}  {images}{mark}")


@commands.command()
@options.name
@options.namespace
@options.kubeconfig
@click.option("--to-revision", type=click.IntRange(0), help="Default, or 0: what was wanted before the present one.")
def undo(name: str, namespace: str, kubeconfig: Path | None, to_revision: int | None) -> None:
    """Go back to an earlier revision of NAME."""
    revision, changed = _run(kubeconfig, namespace, name, lambda it: it.undo(to_revision))
    if not changed:
        click.echo(f'skipped: "{name}" is at revision {revision.number} ({revision.name}) already')
        return
    click.echo(f'"{name}" goes back to revision {revision.number} ({revision.name})')


@commands.command()
@options.name
@options.namespace
@options.kubeconfig
def restart(name: str, namespace: str, kubeconfig: Path | None) -> None:
    """Replace every replica of NAME by an equal one."""
    _run(kubeconfig, namespace, name, lambda it: it.restart())
    click.echo(f'"{name}" is restarted: its replicas are replaced as in any rollout')


def _run(kubeconfig: Path | None, namespace: str, name: str, work: Callable[[Rollout], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with rollout(kubeconfig, namespace, name) as it:
            return await work(it)

    try:
        return asyncio.run(inside())
    except (ClusterError, Refused) as error:
        raise click.ClickException(str(error)) from None
