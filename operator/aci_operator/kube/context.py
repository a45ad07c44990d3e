"""Where kubectl would look when nobody says where: the namespace of a context or of a pod."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kubernetes.aio.config import list_kube_config_contexts

from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.kubeconfig import UNREADABLE, current_context, exists, files, told

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""What a pod is given of its ServiceAccount."""

# The official package has no types for it.
_contexts: Final[Callable[[str], tuple[Any, Any]]] = list_kube_config_contexts


def in_a_pod() -> bool:
    """Tell whether this runs in a pod that has a ServiceAccount."""
    address = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    return all(address) and (ACCOUNT / "token").is_file()


def namespace_of(kubeconfig: Path | None) -> str:
    """Return the namespace of the current context, else in a pod that of its ServiceAccount, else `default`.

    Raises:
        ApiUnavailable: The kubeconfig cannot be read. One that does not exist names nothing.
    """
    of_context = None if kubeconfig is None else _of_context(kubeconfig)
    return of_context or (_of_pod() if in_a_pod() else "") or "default"


def _of_context(kubeconfig: Path) -> str:
    try:
        if not exists(kubeconfig):
            return ""
        known, current = _contexts(files(kubeconfig))
        name = current_context(kubeconfig)
        chosen = current if name is None else next(each for each in known if each["name"] == name)
        namespace = chosen["context"].get("namespace") or ""
    except (*UNREADABLE, StopIteration) as error:
        why = f"no namespace from the kubeconfig {kubeconfig}, broken or incomplete: {told(error)}"
        raise ApiUnavailable(why) from None
    if not isinstance(namespace, str):
        raise ApiUnavailable(f"the namespace of the current context in {kubeconfig} must be text, not {namespace}")
    return namespace


def _of_pod() -> str:
    if named := os.environ.get("POD_NAMESPACE"):  # as kubectl's own library reads it
        return named
    try:
        return (ACCOUNT / "namespace").read_text().strip()
    except (OSError, ValueError):
        return ""
