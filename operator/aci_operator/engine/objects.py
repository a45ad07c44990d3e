"""What a service's plan asks for, done to the objects in the cluster; each thing that was done is noted at once."""

from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.api.service import Service
from aci_operator.core.errors import ClusterError, Conflict
from aci_operator.core.naming import TOKEN_ALPHABET, TOKEN_LENGTH, group_name
from aci_operator.core.service.actions import (
    AdoptGroup,
    CreateGroup,
    Deed,
    DeleteGroup,
    DropRevision,
    HandDown,
    Preparation,
    ReleaseGroup,
    StoreRevision,
)
from aci_operator.core.service.deeds import Done
from aci_operator.core.service.replica import replica
from aci_operator.core.service.replicas import available
from aci_operator.engine.memories import Memories, key_of
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings


class Objects:
    """Carries out the actions, and adds what was done to a list of the caller's."""

    def __init__(self, around: Surroundings, memories: Memories) -> None:
        self._around = around
        self._memories = memories

    async def prepare(self, service: Service, action: Preparation, done: list[Done]) -> None:
        """Do what can be done before the decision is written down: nothing is created or deleted by it."""
        match action:
            case StoreRevision(revision):
                await self._around.cluster.create_revision(service, revision)
                done.append(_done(Act.STORE_REVISION, Reason.TEMPLATE_CHANGED, revision.name))
            case AdoptGroup(group):
                adopted = await self._around.cluster.adopt_group(group, service)
                self._around.wake_group(key_of(adopted))
                done.append(_done(Act.ADOPT, Reason.ADOPTION, group.metadata.name))
            case ReleaseGroup(group):
                await self._around.cluster.release_group(group)
                done.append(_done(Act.RELEASE, Reason.ORPHANED, group.metadata.name))

    async def perform(self, service: Service, action: Deed, subscription: str, done: list[Done]) -> None:
        """Do what follows from the decision, once it is written down."""
        cluster = self._around.cluster
        match action:
            case CreateGroup(revision, serial, why, place, heir, retry):
                token = "".join(self._around.chance.choices(TOKEN_ALPHABET, k=TOKEN_LENGTH))
                name = heir.ref.name if heir else group_name(service.metadata.name, serial, token)
                made = replica(
                    service, revision, serial, name, subscription=subscription, place=place, why=why, retry=retry
                )
                if heir is None:
                    self._memories.drew(Key(service.metadata.namespace, name))
                try:
                    group = await cluster.create_group(made)
                except ClusterError:
                    self._memories.undrew(Key(service.metadata.namespace, name))
                    raise
                self._around.wake_group(key_of(group))
                preferred = place.location == service.spec.placements[0].location
                because = action.because(None if preferred else place.location)
                done.append(Done(Act.CREATE, why, because, group.metadata.name))
                self._around.telemetry.placed(place.location, place.zone)
            case DeleteGroup(group, why):
                if why is not Reason.DELETING and group.spec.deletion_policy is DeletionPolicy.ORPHAN:
                    # Orphan is for the end of the service; what it replaces itself would run and cost for ever.
                    await self._end_in_azure(group)
                else:
                    await cluster.delete_group(group)
                self._around.wake_group(key_of(group))
                done.append(Done(Act.DELETE, why, action.because, group.metadata.name))
                if why is Reason.HEALING and action.cause is not None:
                    self._around.telemetry.healed(action.cause)
            case HandDown(group):
                await cluster.hand_down(group, service.spec.deletion_policy, service.spec.min_ready_seconds)
                done.append(_done(Act.HAND_DOWN, Reason.SPEC_CHANGED, group.metadata.name))
            case DropRevision(revision):
                await cluster.delete_revision(service, revision)
                done.append(_done(Act.DROP_REVISION, Reason.HISTORY_LIMIT, revision.name))

    async def _end_in_azure(self, group: ContainerGroup) -> None:
        """Delete an object with Orphan so that its container group ends too."""
        cluster = self._around.cluster
        handed_down = await cluster.hand_down(group, DeletionPolicy.DELETE, group.spec.min_ready_seconds)
        # Its own pass may have written since, seen here where an answer was lost: it must still be what it was.
        if _standing(handed_down) != _standing(group):
            raise Conflict(f"{key_of(group)} has changed since its end was decided")
        try:
            await cluster.delete_group(handed_down)
        except Conflict:
            fresh = cluster.group(key_of(group))
            if fresh is None or _standing(fresh) != _standing(group):
                raise
            await cluster.delete_group(fresh)


def _standing(group: ContainerGroup) -> tuple[str, State | None, bool]:
    return group.metadata.uid, group.status.state, available(group)


def _done(act: Act, why: Reason, name: str) -> Done:
    return Done(act, why, why.value, name)
