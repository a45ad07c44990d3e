"""What our PUT decides of a container group, in one flat form: taken from its body and from what a GET shows.

Whatever Azure adds, hides or spells differently is not in it: secure values, passwords and keys, ids, defaults, the
order of sets, the case of resource ids. So two forms differ only where somebody has changed something.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

Value = str | tuple[str, ...] | None
"""None is not to be compared: it is write-only, or makes no sense."""

Shape = tuple[tuple[str, Value], ...]
"""Values by the paths of their fields in an AciContainerGroup's spec, in order of the paths."""

NETWORK: Final = "network."
"""Begins the paths of what Azure shows only once a group has been placed."""

_CACHED: Final = 2048
_NAME_LIMIT: Final = 63


def shape(document: Mapping[str, Any]) -> Shape | None:
    """Return the form of the body of a PUT or a GET; None when there are no containers in it."""
    properties = _map(document.get("properties"))
    containers = properties.get("containers")
    if not isinstance(containers, list):
        return None
    found: dict[str, Value] = {
        "template.restartPolicy": _word(properties.get("restartPolicy")) or "always",
        "template.priority": _word(properties.get("priority")),  # whether Azure shows what it takes for granted is open
        "template.userAssignedIdentities": _set(_map(_map(document.get("identity")).get("userAssignedIdentities"))),
        "template.imageRegistries": _set(map(_registry, _maps(properties.get("imageRegistryCredentials")))),
        **_network(properties),
    }
    for container in _maps(containers):
        found |= _container(container)
    return _same(tuple(sorted(found.items())))


@lru_cache(maxsize=_CACHED)
def _same(equal: Shape) -> Shape:
    """Return one and the same object for all equal ones: the replicas of a service do not differ."""
    return equal


def _container(container: Mapping[str, Any]) -> dict[str, Value]:
    path = f"template.containers[{_name(container)}]"
    properties = _map(container.get("properties"))
    requests = _map(_map(properties.get("resources")).get("requests"))
    command = properties.get("command")
    return {
        path: "",
        f"{path}.image": _text(properties.get("image")),
        f"{path}.command": tuple(map(str, command)) if isinstance(command, list) else (),
        f"{path}.ports": _ports(properties.get("ports")),
        f"{path}.resources.requests.cpu": _number(requests.get("cpu")),
        f"{path}.resources.requests.memory": _number(requests.get("memoryInGB")),
        **{f"{path}.env[{_name(env)}]": _plain(env) for env in _maps(properties.get("environmentVariables"))},
    }


def _plain(variable: Mapping[str, Any]) -> Value:
    """Return the value of a variable; that of a secure one is never shown, and never compared."""
    return None if variable.get("secureValue") is not None else _text(variable.get("value")) or ""


def _network(properties: Mapping[str, Any]) -> dict[str, Value]:
    address, subnets = _map(properties.get("ipAddress")), _maps(properties.get("subnetIds"))
    shown: dict[str, Value] = {}
    if address:
        shown[f"{NETWORK}type"] = _word(address.get("type"))
        shown[f"{NETWORK}ports"] = _ports(address.get("ports"))
    if subnets:
        shown[f"{NETWORK}subnetId"] = _set(_word(subnet.get("id")) or "" for subnet in subnets)
    return shown


def _registry(credentials: Mapping[str, Any]) -> str:
    return f"{_word(credentials.get('server'))} {_word(credentials.get('identity'))}"


def _ports(ports: object) -> tuple[str, ...]:
    return _set(f"{port.get('port')}/{_word(port.get('protocol')) or 'tcp'}" for port in _maps(ports))


def _set(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word.lower() for word in words}))


def _number(value: object) -> Value:
    return f"{value:.2f}" if isinstance(value, int | float) else None


def _name(item: Mapping[str, Any]) -> str:
    return (_text(item.get("name")) or "")[:_NAME_LIMIT]


def _word(value: object) -> str | None:
    """Return what Azure compares without case."""
    return value.lower() if isinstance(value, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
