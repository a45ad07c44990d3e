"""The manifests that the operator sends."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aci_operator.api import keys
from aci_operator.api.base import ObjectMeta
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.revision import Revision
from aci_operator.kube.api import GROUPS, LEASES, REVISIONS, SERVICES, Manifest, Resource


def resource_of(subject: Service | ContainerGroup) -> Resource:
    """Return the kind of an object."""
    return SERVICES if isinstance(subject, Service) else GROUPS


def reference(subject: Service | ContainerGroup) -> Manifest:
    """Return what identifies an object, as in an Event's involvedObject."""
    resource = resource_of(subject)
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "namespace": subject.metadata.namespace,
        "name": subject.metadata.name,
        "uid": subject.metadata.uid,
        "resourceVersion": subject.metadata.resource_version,
    }


def lease_reference(lease: Manifest) -> Manifest:
    """Return what identifies a Lease. Its version changes all the time, and would tell nobody anything."""
    names = {name: lease["metadata"][name] for name in ("namespace", "name", "uid")}
    return {"apiVersion": LEASES.api_version, "kind": LEASES.kind, **names}


def status_manifest(subject: Service | ContainerGroup, status: ServiceStatus | GroupStatus) -> Manifest:
    """Return the body of a status write. It holds no spec: the API server takes that from the stored object."""
    resource = resource_of(subject)
    metadata = subject.metadata
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {
            "namespace": metadata.namespace,
            "name": metadata.name,
            "uid": metadata.uid,
            "resourceVersion": metadata.resource_version,
        },
        "status": status.manifest(),
    }


def group_manifest(group: ContainerGroup) -> Manifest:
    """Return the body of a group's creation; what only the API server can know is left out."""
    return {
        "apiVersion": GROUPS.api_version,
        "kind": GROUPS.kind,
        "metadata": _new_metadata(group.metadata),
        "spec": group.spec.manifest(),
    }


def revision_manifest(service: Service, revision: Revision) -> Manifest:
    """Return the ControllerRevision that holds a revision."""
    owner = service.metadata
    return {
        "apiVersion": REVISIONS.api_version,
        "kind": REVISIONS.kind,
        "metadata": {
            "namespace": owner.namespace,
            "name": revision.name,
            "labels": {keys.LABEL_SERVICE: _label(owner.name), keys.LABEL_SERVICE_UID: owner.uid},
            "ownerReferences": [
                {
                    "apiVersion": SERVICES.api_version,
                    "kind": SERVICES.kind,
                    "name": owner.name,
                    "uid": owner.uid,
                    "controller": True,
                }
            ],
        },
        "revision": revision.number,
        "data": revision.data.manifest(),
    }


def _new_metadata(metadata: ObjectMeta) -> dict[str, Any]:
    whole = metadata.manifest()
    sent = ("namespace", "name", "labels", "annotations", "finalizers", "ownerReferences")
    return {name: whole[name] for name in sent if whole.get(name)}


def _label(name: str) -> str:
    """Return a name as a label's value, which is at most 63 characters long and ends with a letter or digit."""
    return name[:63].rstrip("-._")


def new_lease(namespace: str, name: str) -> Manifest:
    """Return a Lease that nobody has held yet."""
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": metadata, "spec": {}}


def held_lease(lease: Manifest, holder: str, duration: float, now: datetime) -> Manifest:
    """Return a Lease that somebody has taken or renewed; `duration` is in seconds."""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec: dict[str, Any] = dict(lease.get("spec", {}))
    if spec.get("holderIdentity") != holder:
        spec |= {"acquireTime": moment, "leaseTransitions": spec.get("leaseTransitions", -1) + 1}
    spec |= {"holderIdentity": holder, "leaseDurationSeconds": max(1, round(duration)), "renewTime": moment}
    return {**lease, "spec": spec}


def noted(lease: Manifest, annotations: Mapping[str, str]) -> Manifest:
    """Return a Lease with annotations; others that it has stay."""
    metadata = lease["metadata"]
    return {**lease, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **annotations}}}


def given_back(lease: Manifest) -> Manifest:
    """Return a Lease that is given back, so that the next process need not wait for it to run out."""
    return {**lease, "spec": {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}}
