"""`aci-operator plan`: what the operator would do next for a service, and why, without doing it.

Everything is read from the API server with the rights of who runs it; Azure is not asked.
"""

from datetime import UTC, datetime
from pathlib import Path

from aci_operator.api.base import ConditionType
from aci_operator.api.service import Service
from aci_operator.core.conditions import is_true
from aci_operator.core.errors import ApiInvalid, ObjectGone
from aci_operator.core.service.explain import explained
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.engine.ports import Key
from aci_operator.kube.api import SERVICES, Manifest
from aci_operator.kube.client import Client, connect
from aci_operator.kube.parsing import parse
from aci_operator.kube.store import STORED, Store

UNSEEN = "Azure was not asked: what an earlier service of this name has left there would be taken over first"


async def planned(kubeconfig: Path | None, key: Key, wanted: Manifest | None, subscription: str | None) -> list[str]:
    """Return the plan of a service in words.

    Args:
        kubeconfig: Whose rights are used.
        key: Of the service.
        wanted: The manifest as it is to be applied; None for the service as it is.
        subscription: What the operator takes for services that name none.

    Raises:
        ClusterError: The API server cannot be asked, or refuses the manifest.
    """
    api = await connect(kubeconfig)
    try:
        manifest = await (api.get(SERVICES, *key) if wanted is None else _applied(api, key, wanted))
        service = parse(SERVICES, manifest).content
        if not isinstance(service, Service):
            raise ApiInvalid(f"{SERVICES.kind} {key} cannot be read")
        store = Store()
        for resource in STORED:
            store.replace_all(resource, await api.list(resource, namespace=key.namespace), since=-1)
    finally:
        await api.close()
    uid = service.metadata.uid
    observed = Observation(
        service=service,
        groups=store.groups_of(uid),
        unreadable=store.unreadable_of(uid),
        revisions=store.revisions_of(uid),
        strays=store.strays_of(service.metadata),
        now=datetime.now(UTC),
        default_subscription=subscription,
    )
    lines = explained(service, plan(observed))
    return lines if is_true(service.status.conditions, ConditionType.AVAILABLE) else [*lines, UNSEEN]


async def _applied(api: Client, key: Key, wanted: Manifest) -> Manifest:
    """Return what the API server would store, with its defaults; nothing is stored."""
    manifest = {**wanted, "metadata": {**wanted.get("metadata", {}), "name": key.name, "namespace": key.namespace}}
    try:
        present = await api.get(SERVICES, *key)
    except ObjectGone:
        created = await api.create(SERVICES, manifest, dry_run=True)
        return {**created, "metadata": {"resourceVersion": "0", **created["metadata"]}}  # what is not stored has none
    replicas = {"replicas": present["spec"]["replicas"]}  # as kubectl apply leaves it when the file has none
    changed = {**present, "spec": {**replicas, **wanted.get("spec", {})}}
    return await api.replace(SERVICES, changed, dry_run=True)
