"""`aci-emulator ctl`: the admin API on the command line, JSON lines out."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from aci_emulator.admin import assignments
from aci_emulator.admin.client import AdminError, Client
from aci_emulator.wire import Json


@click.group()
def ctl() -> None:
    """Look into a running emulator and disturb it. Needs ACI_EMULATOR_ENDPOINT and SSL_CERT_FILE (its ca.pem)."""


def _client() -> Client:
    endpoint, ca = os.environ.get("ACI_EMULATOR_ENDPOINT"), os.environ.get("SSL_CERT_FILE")
    if not endpoint or not ca:
        raise click.ClickException("set ACI_EMULATOR_ENDPOINT and SSL_CERT_FILE (the emulator's ca.pem)")
    try:
        return Client(endpoint, Path(ca))
    except OSError as error:
        raise click.ClickException(f"cannot read {ca}: {error}") from error


def _show(ask: Callable[[Client], list[Json]]) -> None:
    try:
        lines = ask(_client())
    except AdminError as error:
        raise click.ClickException(str(error)) from error
    for line in lines:
        click.echo(json.dumps(line))


def _words(pairs: tuple[str, ...]) -> dict[str, str]:
    result = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise click.BadParameter(f"expected KEY=VALUE, got {pair!r}")
        result[name] = value
    return result


@ctl.command()
def groups() -> None:
    """One line for each container group alive."""
    _show(lambda client: client.groups())


@ctl.command()
@click.option("--since", default="0", help="Seconds since the epoch, or an ISO 8601 time (UTC unless it says else).")
def requests(since: str) -> None:
    """One line for each request, in order of arrival."""
    at = _epoch(since)
    _show(lambda client: client.requests(at))


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
        _show(lambda client: client.peak(tag))
        return
    _show(lambda client: client.call("POST", "peak/reset"))


@ctl.command()
@click.argument("group")
def kill(group: str) -> None:
    """The containers of GROUP (name or id) end, and stay so."""
    _show(lambda client: [client.kill(group)])


@ctl.command("platform-kill")
@click.argument("group")
def platform_kill(group: str) -> None:
    """The platform ends the containers of GROUP; its restart policy says what follows."""
    _show(lambda client: [client.platform_kill(group)])


@ctl.command()
@click.argument("group")
def maintenance(group: str) -> None:
    """The platform moves GROUP: its containers begin again, and its address changes."""
    _show(lambda client: [client.maintenance(group)])


@ctl.command()
@click.argument("group")
def evict(group: str) -> None:
    """The Spot group GROUP is evicted, and restarted by itself."""
    _show(lambda client: [client.evict(group)])


@ctl.command("exit")
@click.argument("group")
@click.option("--container", help="The first one by default.")
@click.option("--code", type=click.IntRange(0, 65535), default=0, show_default=True, help="Its exit code.")
def exit_(group: str, container: str | None, code: int) -> None:
    """A container of GROUP ends by itself."""
    _show(lambda client: [client.exit(group, code, container)])


@ctl.command()
@click.argument("group")
def remove(group: str) -> None:
    """GROUP (name or id) vanishes, as if deleted by hand."""
    _show(lambda client: [client.remove(group)])


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
    given = _words(tags)
    _show(lambda client: [client.place(**fields, tags=given)])


@ctl.command()
@click.option("--method", default="*", show_default=True, help="A verb; * for any.")
@click.option("--path", default="*", show_default=True, help="A glob over the path, or re: and a regular expression.")
@click.option("--after", is_flag=True, help="After the effect; before it otherwise.")
@click.option("--count", type=click.IntRange(min=1), help="Hold so many; all until released otherwise.")
@click.option("--late", is_flag=True, help="Carry it out on release even if its client has gone away.")
def hold(method: str, path: str, count: int | None, *, after: bool, late: bool) -> None:
    """Stop matching requests until released; prints the id."""
    kind = "hold-after" if after else "hold-before"
    _show(
        lambda client: [{"id": client.rule(kind, method=method.upper(), path=path, count=count, late=late)}],
    )


@ctl.command()
@click.argument("rule", default="all")
def release(rule: str) -> None:
    """Lift one hold, or all, and let what it held go on."""
    _show(lambda client: client.release(rule))


@ctl.command()
def held() -> None:
    """One line for each request that is held now."""
    _show(lambda client: client.held())


@ctl.command()
@click.option("--method", default="*", show_default=True, help="A verb; * for any.")
@click.option("--path", default="*", show_default=True, help="A glob over the path, or re: and a regular expression.")
@click.option("--count", type=click.IntRange(min=0), default=1, show_default=True, help="How many; 0 for all.")
@click.option("--status", type=click.IntRange(200, 599), help="Answer with this status.")
@click.option("--code", help="With this ARM error code.")
@click.option("--message", help="And this text.")
@click.option("--header", "headers", multiple=True, metavar="K=V", help="And this header. Repeatable.")
@click.option("--cut", type=click.Choice(["before", "after"]), help="No answer: cut before or after the effect.")
@click.option("--after", is_flag=True, help="Answer so after the effect, not instead of it.")
def fault(
    *,
    method: str,
    path: str,
    count: int,
    status: int | None,
    code: str | None,
    message: str | None,
    headers: tuple[str, ...],
    cut: str | None,
    after: bool,
) -> None:
    """Break the next matching requests; prints the id."""
    if (status is None) == (cut is None):
        raise click.UsageError("give either --status or --cut")
    fields: dict[str, Any] = {"method": method.upper(), "path": path, "count": count or None}
    kind = f"cut-{cut}"
    if status is not None:
        kind = "answer-after" if after else "answer"
        fields |= {"status": status, "code": code, "message": message, "headers": _words(headers)}
    _show(lambda client: [{"id": client.rule(kind, **fields)}])


@ctl.command()
def faults() -> None:
    """One line for each rule, with its hits."""
    _show(lambda client: client.rules())


@ctl.command()
def clear() -> None:
    """Lift every rule."""
    _show(lambda client: client.clear())


@ctl.command("set")
@click.argument("pairs", nargs=-1, metavar="KEY=VALUE...")
def set_(pairs: tuple[str, ...]) -> None:
    """Change settings while it runs (values are YAML); prints all of them."""
    try:
        given = assignments.parse(list(pairs))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    _show(lambda client: [client.change(**given)])


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
    _show(lambda client: client.call("POST", "role", {"role": document, "principal": principal, "scope": scope}))
