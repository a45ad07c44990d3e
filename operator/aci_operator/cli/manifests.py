"""The services in a file or on standard input, as kubectl takes them: documents, and lists of objects."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import yaml

from aci_operator.api.keys import SERVICE_KIND
from aci_operator.cli.options import is_name
from aci_operator.kube.api import Manifest

_UNREADABLE: Final = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What comes of a text that is no YAML, of tags with values that make no sense, and of nesting without end."""


class _Loader(yaml.SafeLoader):
    """A date is text, as everywhere in Kubernetes."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - of the package
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def services(file: Path, namespace: str | None) -> list[Manifest]:
    """Return the services in a file, `-` being standard input; with a namespace, none may name another.

    Raises:
        ClickException: There is none, or not every one can be planned. The message says what is wrong, and where.
    """
    named = "standard input" if str(file) == "-" else str(file)
    text = _text(file, named)
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except _UNREADABLE as error:
        raise click.ClickException(f"{named} is no YAML: {_told(error)}") from None
    found = [
        _checked(place, it, namespace)
        for number, document in enumerate(documents, 1)
        if document is not None
        for place, it in _objects(f"{named}, document {number}", document)
        if it.get("kind") == SERVICE_KIND
    ]
    if not found:
        raise click.ClickException(f"there is no {SERVICE_KIND} in {named}")
    return found


def _text(file: Path, named: str) -> str:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode()
    except OSError as error:
        raise click.ClickException(f"{named} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{named} is not UTF-8 (byte {error.start}): save it as UTF-8") from None


def _objects(place: str, document: Any) -> Iterator[tuple[str, Manifest]]:
    """Yield the objects of a document with where each is; those of a list one by one."""
    try:
        content = json.loads(json.dumps(document, allow_nan=False))
    except _UNREADABLE as error:
        raise click.ClickException(f"{place} has what JSON cannot hold: {_told(error)}") from None
    waiting = [(place, content)]
    while waiting:
        where, it = waiting.pop(0)
        if not isinstance(it, dict):
            raise click.ClickException(f"{where} must be an object with apiVersion and kind, not {_shown(it)}")
        kind, items = str(it.get("kind")), it.get("items") or []
        if kind != "List" and not (kind.endswith("List") and isinstance(items, list)):
            yield where, it
            continue
        if not isinstance(items, list):
            raise click.ClickException(f"{where}: items must be a list, not {_shown(items)}")
        waiting[:0] = [(f"{where}, items[{index}]", item) for index, item in enumerate(items)]


def _checked(place: str, service: Manifest, namespace: str | None) -> Manifest:
    """Return a service whose name, namespace and spec can be taken; all else is for the API server to judge."""
    for field in ("metadata", "spec"):
        if not isinstance(service.get(field), dict | None):
            raise click.ClickException(f"{place}: {field} must be an object, not {_shown(service[field])}")
    metadata = service.get("metadata") or {}
    if metadata.get("name") is None:
        raise click.ClickException(f"{place}: metadata.name is missing")
    for field, value in (("name", metadata["name"]), ("namespace", metadata.get("namespace"))):
        if not is_name(value) and (field == "name" or value not in (None, "")):
            quoted = ": put it in quotes" if isinstance(value, int | float) else ""
            raise click.ClickException(f"{place}: metadata.{field} must be a name, not {_shown(value)}{quoted}")
    own = metadata.get("namespace")
    if own and namespace and own != namespace:
        raise click.ClickException(f'{place}: metadata.namespace is "{own}", but -n is "{namespace}": leave -n out')
    return service


def _shown(value: Any) -> str:
    """Return a value as it may stand in a sentence."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return json.dumps(value)[:60]


def _told(error: Exception) -> str:
    """Return one line on what is wrong with a text."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        return f"{error.problem} (line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1})"
    return str(error).partition("\n")[0]
