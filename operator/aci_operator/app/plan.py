"""`aci-operator plan`: what the operator would do next for a service, and why, without doing it.

Everything is read with the rights of who runs it: from the API server, and from Azure if that is asked for. What only
the running operator knows is said to be unknown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.app.metrics import Metrics
from aci_operator.app.survey import Survey, survey
from aci_operator.azure.arm import Arm
from aci_operator.azure.credentials import credential
from aci_operator.core.conditions import find
from aci_operator.core.errors import ApiInvalid, ObjectGone
from aci_operator.core.service.adoption import unclaimed
from aci_operator.core.service.explain import explained
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.status import own, settled
from aci_operator.core.shortage import waits_for
from aci_operator.engine.ports import Azure, Key
from aci_operator.kube.api import NAMESPACES, SERVICES, Manifest
from aci_operator.kube.client import Client, connect
from aci_operator.kube.parsing import parse
from aci_operator.kube.revisions import selector_of
from aci_operator.kube.store import STORED, Store

UNKNOWN = (
    "not known here: what is left of Azure's budgets, where other services have met no room, and how many heals these "
    "have under way"
)
UNSEEN = (
    "Azure was not asked (--azure): what is gone or left there by an earlier service of this name, and what is used of "
    "the quotas"
)


@dataclass(frozen=True)
class Person:
    """Who asks.

    Attributes:
        kubeconfig: Whose rights are used in the cluster.
        subscription: What the operator takes for services that name none.
        azure: Reads Azure; None does not.
    """

    kubeconfig: Path | None
    subscription: str | None
    azure: Azure | None = None


async def planned(person: Person, key: Key, wanted: Manifest | None) -> list[str]:
    """Return the plan of a service in words.

    Args:
        person: Who asks.
        key: Of the service.
        wanted: The manifest as it is to be applied; None for the service as it is.

    Raises:
        ClusterError: The API server cannot be asked, or refuses the manifest.
    """
    api = await connect(person.kubeconfig)
    try:
        manifest = await (api.get(SERVICES, *key) if wanted is None else _applied(api, key, wanted))
        content = parse(SERVICES, manifest).content
        if not isinstance(content, Service):
            raise ApiInvalid(f"{SERVICES.kind} {key} cannot be read")
        service = own(content)
        store = Store()
        for resource in STORED:
            listing = await api.list(resource, label_selector=selector_of(resource), namespace=key.namespace)
            store.replace_all(resource, listing, since=-1)
        cluster_id = await _cluster_id(api) if person.azure is not None else ""
    finally:
        await api.close()
    uid, now = service.metadata.uid, datetime.now(UTC)
    groups, subscription = store.groups_of(uid), service.subscription_or(person.subscription)
    found = Survey((), (), [UNSEEN])
    if person.azure is not None and subscription is not None:
        found = await survey(person.azure, service, groups, subscription, now)

    def has_object(name: str) -> bool:
        return store.group(Key(key.namespace, name)) is not None

    left = () if settled(service, groups) else found.groups
    told = [waits_for(group.spec, group.status, now) for group in groups]
    observed = Observation(
        service=service,
        groups=groups,
        unreadable=store.unreadable_of(uid),
        revisions=store.revisions_of(uid),
        strays=store.strays_of(service.metadata),
        now=now,
        heritage=None if left is None else unclaimed(left, service, cluster_id, has_object),
        default_subscription=person.subscription,
        allowance=0 if _heals_wait(service) else None,
        shortages=[*(shortage for shortage in told if shortage is not None), *found.shortages],
    )
    return [*explained(service, plan(observed)), *(f"note: {note}" for note in (*found.notes, UNKNOWN))]


def _heals_wait(service: Service) -> bool:
    """Tell whether the operator has said that heals are at their limit: of what others do a person sees no more."""
    ready = find(service.status.conditions, ConditionType.READY)
    return ready is not None and ready.reason == Reason.HEAL_LIMIT


async def look(
    kubeconfig: Path | None, subscription: str | None, key: Key, wanted: Manifest | None, endpoint: str | None
) -> list[str]:
    """Return the plan of a service in words; with the address of Azure, it is read by the environment's credential.

    Raises:
        ClusterError: As `planned`.
        ValueError: The address is none.
    """
    if endpoint is None:
        return await planned(Person(kubeconfig, subscription), key, wanted)
    chain = credential()
    try:
        arm = Arm(chain, Metrics(), endpoint=endpoint)
        try:
            return await planned(Person(kubeconfig, subscription, arm), key, wanted)
        finally:
            await arm.close()
    finally:
        await chain.close()


async def _cluster_id(api: Client) -> str:
    return str((await api.get(NAMESPACES, "", "kube-system"))["metadata"]["uid"])


async def _applied(api: Client, key: Key, wanted: Manifest) -> Manifest:
    """Return what the API server would store, with its defaults; nothing is stored."""
    manifest = {**wanted, "metadata": {**wanted["metadata"], "name": key.name, "namespace": key.namespace}}
    try:
        present = await api.get(SERVICES, *key)
    except ObjectGone:
        created = await api.create(SERVICES, manifest, dry_run=True)
        return {**created, "metadata": {"resourceVersion": "0", **created["metadata"]}}  # what is not stored has none
    replicas = {"replicas": present["spec"]["replicas"]}  # as kubectl apply leaves it when the file has none
    changed = {**present, "spec": {**replicas, **(wanted.get("spec") or {})}}
    return await api.replace(SERVICES, changed, dry_run=True)
