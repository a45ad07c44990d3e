"""`aci-emulator ctl`: the admin API on the command line, JSON lines out."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from aci_emulator.admin import assignments, ctl_faults
from aci_emulator.admin.console import show, words


@click.group()
def ctl() -> None:
    """Look into a running emulator and disturb it. Needs ACI_EMULATOR_ENDPOINT and SSL_CERT_FILE (its ca.pem)."""


for _command in ctl_faults.COMMANDS:
    ctl.add_command(_command)


@ctl.command()
def groups() -> None:
    """One line for each container group alive."""
    show(lambda client: client.groups())


@ctl.command()
@click.option("--since", default="0", help="Seconds since the epoch, or an ISO 8601 time (UTC unless it says else).")
def requests(since: str) -> None:
    """One line for each request, in order of arrival."""
    at = _epoch(since)
    show(lambda client: client.requests(at))


def _epoch(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"neither seconds nor an ISO time: {text!r}") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


@ctl.command()
@click.option("--tag", metavar="KEY=VALUE", help="Of this tag only.")
@click.option("--reset", is_flag=True, help="Count from now on.")
def peak(tag: str | None, *, reset: bool) -> None:
    """The most groups alive at once: all (tag null), and for each tag seen."""
    if not reset:
        show(lambda client: client.peak(tag))
        return
    show(lambda client: client.call("POST", "peak/reset"))


@ctl.command()
@click.argument("group")
def kill(group: str) -> None:
    """The containers of GROUP (name or id) end, and stay so."""
    show(lambda client: [client.kill(group)])


@ctl.command("platform-kill")
@click.argument("group")
def platform_kill(group: str) -> None:
    """The platform ends the containers of GROUP; its restart policy says what follows."""
    show(lambda client: [client.platform_kill(group)])


@ctl.command()
@click.argument("group")
def maintenance(group: str) -> None:
    """The platform moves GROUP: its containers begin again, and its address changes."""
    show(lambda client: [client.maintenance(group)])


@ctl.command()
@click.argument("group")
def evict(group: str) -> None:
    """The Spot group GROUP is evicted, and restarted by itself."""
    show(lambda client: [client.evict(group)])


@ctl.command("exit")
@click.argument("group")
@click.option("--container", help="The first one by default.")
@click.option("--code", type=click.IntRange(0, 65535), default=0, show_default=True, help="Its exit code.")
def exit_(group: str, container: str | None, code: int) -> None:
    """A container of GROUP ends by itself."""
    show(lambda client: [client.exit(group, code, container)])


@ctl.command()
@click.argument("group")
def remove(group: str) -> None:
    """GROUP (name or id) vanishes, as if deleted by hand."""
    show(lambda client: [client.remove(group)])


@ctl.command("put-group")
@click.option("--resource-group", required=True)
@click.option("--name", required=True)
@click.option("--location", required=True)
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE")
@click.option("--subscription", help="The first one by default.")
def put_group(resource_group: str, name: str, location: str, tags: tuple[str, ...], subscription: str | None) -> None:
    """Put a container group there that is someone else's."""
    fields: dict[str, Any] = {"resource_group": resource_group, "name": name, "location": location}
    if subscription:
        fields["subscription"] = subscription
    given = words(tags)
    show(lambda client: [client.place(**fields, tags=given)])


@ctl.command()
def settings() -> None:
    """The settings in force, with the variants that were drawn."""
    show(lambda client: [client.settings()])


@ctl.command("set")
@click.argument("pairs", nargs=-1, metavar="KEY=VALUE...")
def set_(pairs: tuple[str, ...]) -> None:
    """Change settings while it runs (values are YAML); prints all of them."""
    try:
        given = assignments.parse(list(pairs))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    show(lambda client: [client.change(**given)])


@ctl.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--principal", metavar="CLIENT_ID", help="Of this client; of all without their own otherwise.")
@click.option("--scope", metavar="ID", help="Assigned there; where the file's AssignableScopes say otherwise.")
def role(file: Path, principal: str | None, scope: str | None) -> None:
    """Change a role, or a list of them, while it runs."""
    try:
        document = json.loads(file.read_text())
    except ValueError as error:
        raise click.ClickException(f"{file} is no JSON: {error}") from error
    show(lambda client: client.call("POST", "role", {"role": document, "principal": principal, "scope": scope}))
