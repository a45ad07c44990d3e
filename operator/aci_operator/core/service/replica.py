"""The object of a new replica, with all that its PUT will need, resolved."""

from aci_operator.api import keys
from aci_operator.api.base import ObjectMeta, OwnerReference
from aci_operator.api.group import ContainerGroup, GroupSpec
from aci_operator.api.placement import Network, NetworkType
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.core.naming import NAME_LIMIT
from aci_operator.core.revision import Revision
from aci_operator.core.service.market import Place


def controlled_by(service: Service) -> OwnerReference:
    """Return the reference of a group object to the service that controls it."""
    return OwnerReference(
        api_version=keys.API_VERSION,
        kind=keys.SERVICE_KIND,
        name=service.metadata.name,
        uid=service.metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )


def replica(
    service: Service,
    revision: Revision,
    serial: int,
    name: str,
    *,
    subscription: str,
    place: Place,
    why: Reason = Reason.SCALING,
    retry: bool = False,
) -> ContainerGroup:
    """Return the object of a replica, in a place.

    It is born with its finalizer, so nothing it leads to can leak, and with the reason why it is made, and made there.
    """
    meta, spec = service.metadata, service.spec
    notes = {
        keys.ANNOTATION_REASON: why.value,
        keys.ANNOTATION_RETRY: "true" if retry else "",
        keys.ANNOTATION_PASSED_OVER: place.passed_over,
    }
    return ContainerGroup(
        metadata=ObjectMeta(
            name=name,
            namespace=meta.namespace,
            finalizers=(keys.FINALIZER,),
            labels={
                keys.LABEL_SERVICE: meta.name[:NAME_LIMIT],
                keys.LABEL_SERVICE_UID: meta.uid,
                keys.LABEL_REVISION: revision.name,
                keys.LABEL_SERIAL: str(serial),
            },
            annotations={key: note for key, note in notes.items() if note},
            owner_references=(controlled_by(service),),
        ),
        spec=GroupSpec(
            subscription_id=subscription,
            resource_group=spec.resource_group,
            resource_group_policy=spec.resource_group_policy,
            location=place.location,
            zone=place.zone,
            network=_network(revision.data.network, place),
            deletion_policy=spec.deletion_policy,
            min_ready_seconds=spec.min_ready_seconds,
            tags=spec.tags,
            template=revision.data.template.spec,
        ),
    )


def _network(network: Network, place: Place) -> Network:
    """Return the network with the subnet of the place, since a subnet is in one region."""
    if network.type is not NetworkType.PRIVATE or place.subnet_id is None:
        return network
    return network.model_copy(update={"subnet_id": place.subnet_id})


def reason_of_birth(group: ContainerGroup) -> Reason:
    """Return why a group object was made; Requested when a user made it, or a version that did not write that down."""
    written = group.metadata.annotations.get(keys.ANNOTATION_REASON)
    return next((reason for reason in Reason if reason.value == written), Reason.REQUESTED)
