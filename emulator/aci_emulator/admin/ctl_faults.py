"""Commands of `ctl` that make things go wrong: faults and holds."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from aci_emulator.admin.console import show, words
from aci_emulator.front.kinds import KINDS

_BOTH_SIDES = sorted({kind.removesuffix("-before") for kind in KINDS if kind.endswith("-before")})
"""Words for two kinds: before the effect, or with --after."""

_WHICH = (
    click.option("--method", default="*", show_default=True, help="A verb; * for any."),
    click.option("--path", default="*", show_default=True, help="A glob over the path, or re: and a pattern."),
    click.option("--operation", default="*", show_default=True, help="A glob over the operation, see `ctl requests`."),
    click.option("--principal", metavar="CLIENT_ID", help="Requests of this client only."),
    click.option("--skip", type=click.IntRange(min=0), default=0, show_default=True, help="Let so many pass first."),
    click.option("--probability", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Hit by chance."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of that chance."),
)


def _which(command: Callable[..., None]) -> Callable[..., None]:
    return reduce(lambda decorated, option: option(decorated), reversed(_WHICH), command)


def _add(fields: dict[str, Any]) -> None:
    given = {name: value for name, value in fields.items() if value is not None and value is not False}
    kind, count = given.pop("kind"), given.pop("count", None) or None
    show(lambda client: [{"id": client.rule(kind, count=count, **given)}])


@click.command()
@_which
@click.option("--after", is_flag=True, help="After the effect; before it otherwise.")
@click.option("--count", type=click.IntRange(min=1), help="Hold so many; all until released otherwise.")
@click.option("--late", is_flag=True, help="Carry it out on release even if its client has gone away.")
def hold(*, after: bool, **fields: Any) -> None:
    """Stop matching requests until released; prints the id."""
    _add({"kind": "hold-after" if after else "hold-before", **fields})


@click.command()
@click.argument("rule", default="all")
def release(rule: str) -> None:
    """Lift one hold, or all, and let what it held go on."""
    show(lambda client: client.release(rule))


@click.command()
def held() -> None:
    """One line for each request that is held now."""
    show(lambda client: client.held())


@click.command()
@click.argument("kind", required=False, type=click.Choice([*KINDS, *_BOTH_SIDES]))
@_which
@click.option("--count", type=click.IntRange(min=0), default=1, show_default=True, help="How many; 0 for all.")
@click.option("--status", type=click.IntRange(200, 599), help="Answer with this status.")
@click.option("--code", help="With this ARM error code; which refusal, for not-found and unauthorized.")
@click.option("--message", help="And this text.")
@click.option("--header", "headers", multiple=True, metavar="K=V", help="And this header. Repeatable.")
@click.option("--cut", type=click.Choice(["before", "after"]), help="No answer: cut before or after the effect.")
@click.option("--after", is_flag=True, help="After the effect, not before it or instead of it.")
@click.option("--seconds", type=click.FloatRange(min=0), help="How long, how late, how long ago.")
@click.option("--late", is_flag=True, help="delay: carry it out even if its client has gone away.")
@click.option("--name", metavar="GLOB", help="omit: leave groups of these names out.")
@click.option("--first", type=click.IntRange(min=0), help="partial: show so many.")
@click.option("--share", type=click.FloatRange(0, 1), help="partial: show this share of all.")
def fault(
    *, kind: str | None, status: int | None, cut: str | None, after: bool, headers: tuple[str, ...], **fields: Any
) -> None:
    """Break the next matching requests in the way of KIND; prints the id.

    --status alone answers so, and --cut alone cuts the connection.
    """
    word = kind or ("cut" if cut else "answer" if status else None)
    if word is None or (kind and cut):
        raise click.UsageError("give a KIND, or --status, or --cut")
    given = words(headers) or None
    _add({"kind": _kind(word, after=after or cut == "after"), "status": status, "headers": given, **fields})


def _kind(word: str, *, after: bool) -> str:
    if after and f"{word}-after" not in KINDS:
        raise click.UsageError(f"{word} takes no --after")
    if word in _BOTH_SIDES:
        return f"{word}-after" if after else f"{word}-before"
    return f"{word}-after" if after else word


@click.command()
def faults() -> None:
    """One line for each rule, with its hits; then (id null) for each kind, with those of rules that are gone."""
    show(lambda client: [*client.rules(), *client.call("GET", "hits")])


@click.command()
def clear() -> None:
    """Lift every rule."""
    show(lambda client: client.clear())


COMMANDS = (hold, release, held, fault, faults, clear)
