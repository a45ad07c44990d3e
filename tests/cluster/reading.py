"""Reads of the API server without a process for each.

Most of what a test does is to look whether something has come about yet. As a process of kubectl each look took 0.08 s
of a processor, more than all that was looked at.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config

OURS: Final = "apis/acioperator.dev/v1alpha1"
KINDS: Final = {
    "acis": (OURS, "aciservices"),
    "aciservices": (OURS, "aciservices"),
    "acg": (OURS, "acicontainergroups"),
    "acicontainergroups": (OURS, "acicontainergroups"),
    "controllerrevisions": ("apis/apps/v1", "controllerrevisions"),
    "events": ("api/v1", "events"),
    "leases": ("apis/coordination.k8s.io/v1", "leases"),
}
"""Where the kinds are that tests look at, by the names that kubectl knows them by."""

# The official package has no types for it, nor for what reads an answer.
_load: Final[Callable[..., None]] = load_kube_config


class ReadFailed(Exception):
    """An answer that is neither what was asked for nor that it does not exist."""


def read(kubeconfig: Path, namespace: str, kind: str, name: str = "", **query: str) -> dict[str, Any] | None:
    """One object, or without a name the list of a kind; None when there is no such object, or no such kind.

    Raises:
        ReadFailed: The API server refuses, or does not answer as it should.
    """
    group, plural = KINDS[kind]
    path = "/".join(filter(None, (f"/{group}/namespaces", namespace, plural, name)))
    client = _client(kubeconfig)
    method, url, headers, _, _ = client.param_serialize("GET", path, query_params=list(query.items()))
    response = client.call_api(method, url, headers)
    whole: Callable[[], bytes] = response.read
    body = whole()
    if response.status == 404:
        return None
    if response.status != 200:
        raise ReadFailed(f"GET {path}: {response.status} {body.decode(errors='replace')}")
    found: dict[str, Any] = json.loads(body)
    return found


@cache
def _client(kubeconfig: Path) -> ApiClient:
    configuration = Configuration()
    _load(config_file=str(kubeconfig), client_configuration=configuration)
    configuration.proxy = None  # as kubectl, which never uses one to its own machine
    return ApiClient(configuration)
