"""Calls to the API server without a process for each.

Most of what a test does is to look whether something has come about yet, and every test makes and deletes a namespace.
As a process of kubectl each of these took 0.08 s of a processor, more than all that was looked at.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config

KINDS: Final = {
    "acis": SERVICES,
    "aciservices": SERVICES,
    "acg": GROUPS,
    "acicontainergroups": GROUPS,
    "controllerrevisions": REVISIONS,
    "events": EVENTS,
    "leases": LEASES,
    "namespaces": NAMESPACES,
}
"""The kinds that are asked for here, by the names that kubectl knows them by."""

BODIES: Final = {"POST": "application/json", "PATCH": "application/merge-patch+json"}

Object = dict[str, Any]

# The official package has no types for it, nor for what reads an answer.
_load: Final[Callable[..., None]] = load_kube_config


class CallFailed(Exception):
    """An answer that is neither what was asked for nor that it does not exist."""


def read(kubeconfig: Path, namespace: str, kind: str, name: str = "", **query: str) -> Object | None:
    """One object, or without a name the list of a kind; None when there is no such object, or no such kind.

    Raises:
        CallFailed: The API server refuses, or does not answer as it should.
    """
    return _call(kubeconfig, "GET", _path(namespace, kind, name), query=query)


def write(
    kubeconfig: Path,
    method: Literal["POST", "PATCH", "DELETE"],
    namespace: str,
    kind: str,
    name: str = "",
    body: Object | None = None,
) -> Object | None:
    """Create an object, merge into one, or delete one, or without a name all of a kind; None as for `read`.

    Raises:
        CallFailed: The API server refuses, or does not answer as it should.
    """
    return _call(kubeconfig, method, _path(namespace, kind, name), body=body)


def _path(namespace: str, kind: str, name: str) -> str:
    """The path of an object or of a kind; what is in no namespace is in "" here."""
    resource = KINDS[kind]
    root = f"/{'apis' if resource.group else 'api'}/{resource.api_version}"
    return "/".join(filter(None, (root, namespace and f"namespaces/{namespace}", resource.plural, name)))


def _call(
    kubeconfig: Path, method: str, path: str, *, query: dict[str, str] | None = None, body: Object | None = None
) -> Object | None:
    client = _client(kubeconfig)
    accepted = {"Content-Type": BODIES[method]} if body is not None else {}
    _, url, headers, sent, _ = client.param_serialize(
        method, path, query_params=list((query or {}).items()), header_params=accepted, body=body
    )
    response = client.call_api(method, url, headers, sent)
    whole: Callable[[], bytes] = response.read
    content = whole()
    if response.status == 404:
        return None
    if response.status >= 300:
        raise CallFailed(f"{method} {path}: {response.status} {content.decode(errors='replace')}")
    found: Object = json.loads(content)
    return found


@cache
def _client(kubeconfig: Path) -> ApiClient:
    configuration = Configuration()
    _load(config_file=str(kubeconfig), client_configuration=configuration)
    configuration.proxy = None  # as kubectl, which never uses one to its own machine
    return ApiClient(configuration)
