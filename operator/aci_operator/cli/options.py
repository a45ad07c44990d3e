"""Options that the commands for people share. What is not given is what kubectl would take."""

import contextlib
import re
from pathlib import Path
from typing import Any, Final

import click

from aci_operator.core.errors import ClusterError
from aci_operator.kube.context import in_a_pod, namespace_of

_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PARTS: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)", re.ASCII)
_GIVEN: Final = f"{__name__}.namespace"
_NAME: Final = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")


def is_name(value: Any) -> bool:
    """Tell whether something can be the name of an object: an empty one, or `..`, would ask for something else."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def duration(text: str) -> float:
    """Return the seconds of a duration as kubectl takes it: `90`, `90s`, `5m` or `1h30m`."""
    given = f"{text}s" if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else text
    parts = _PARTS.findall(given)
    if not parts or "".join(number + unit for number, unit in parts) != given:
        raise click.BadParameter(f'"{text}" is no duration: write it as 90s, 5m or 1h30m')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _name(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_name(value):
        words = "a name has lower-case letters, digits, - and ."
        raise click.BadParameter(f'"{value}" cannot be the name of an object: {words}', param=parameter)
    return value


def _kubeconfig(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    if value is not None:
        return value
    with contextlib.suppress(RuntimeError):  # there is no home
        own = Path.home() / ".kube" / "config"
        return None if in_a_pod() and not own.exists() else own
    return None


def _namespace(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value:
        context.meta[_GIVEN] = value
        return _name(context, parameter, value)
    try:
        return _name(context, parameter, namespace_of(context.params["kubeconfig"]))
    except ClusterError as error:
        raise click.ClickException(str(error)) from None


def given_namespace() -> str | None:
    """Return the namespace that the present command was given by -n, None when it was not."""
    given: str | None = click.get_current_context().meta.get(_GIVEN)
    return given


name = click.argument("name", callback=_name)
name_or_file = click.argument("name", required=False, callback=_name)
kubeconfig = click.option(
    "--kubeconfig",
    envvar="KUBECONFIG",
    type=click.Path(path_type=Path),
    callback=_kubeconfig,
    is_eager=True,  # the namespace is read from it
    help="Default: the variable KUBECONFIG, then ~/.kube/config, then in a pod its cluster.",
)
namespace = click.option(
    "--namespace",
    "-n",
    callback=_namespace,
    help="Default: that of the kubeconfig's current context, in a pod its own, else `default`.",
)
