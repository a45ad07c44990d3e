"""The garbage collector: container groups of this cluster whose object no longer exists.

It is the last line, for what no finalizer could hold: an object whose finalizer was cleared by hand, or a PUT whose
effect came after everything was given up. It looks at the cloud first and at the cluster afterwards, twice, and leaves
everything alone that it does not understand.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from aci_operator.api.reasons import Act, Reason
from aci_operator.core.cloud import CloudGroup, GroupRef
from aci_operator.core.errors import (
    ApiForbidden,
    ApiInvalid,
    AzureError,
    ClusterError,
    NotFound,
    ObjectGone,
    Remaining,
    Throttled,
)
from aci_operator.core.garbage import Claim, allowance, fleet_size, suspects
from aci_operator.core.service.deeds import listed
from aci_operator.core.service.share import Share
from aci_operator.core.service.status import needs_nothing, own
from aci_operator.core.story import Entry, Tell
from aci_operator.engine.budgets.budget import UNTOLD_PAUSE, Budget
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.inventory import Inventory
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)


class Collector:
    """Makes rounds over everything in Azure that carries this cluster's id.

    Args:
        interval: Seconds between two rounds; a group must be an orphan in two of them.
        grace: Seconds since its creation before a group can be an orphan.
    """

    def __init__(self, around: Surroundings, *, interval: float, grace: float) -> None:
        self._around = around
        self._interval = interval
        self._grace = timedelta(seconds=grace)
        self._twice = timedelta(seconds=interval * 0.9)  # seen in an earlier round, however long that one took
        self._seen: dict[GroupRef, datetime] = {}
        self._inventory = Inventory(around)

    async def run(self) -> None:
        """Make rounds until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.round()
            except (AzureError, ClusterError) as error:
                log.warning("garbage collection ends early: %s", error)
            except Exception:
                log.exception("garbage collection ends early: unexpected failure")

    async def round(self) -> Sequence[Claim]:
        """Make one round and return what was deleted."""
        around = self._around
        if not around.cluster.complete() or not around.leadership.held():
            self._seen.clear()
            return ()
        now = around.clock()
        before, self._seen = self._seen, {}  # a round that ends early, or leaves a place out, has seen nothing there
        cloud = await self._inventory.groups()
        orphans = await self._orphans(cloud)
        if not around.cluster.complete():
            return ()  # a kind has gone meanwhile, and its objects' absence says nothing
        self._seen = {claim.ref: before.get(claim.ref, now) for claim in orphans}
        ripe = [claim for claim in orphans if now - self._seen[claim.ref] >= self._twice]
        allowed = allowance(fleet_size(cloud, around.cluster_id))
        held_back = len(ripe) if len(ripe) > allowed else 0
        around.telemetry.orphans(len(orphans), held_back)
        if held_back:
            await around.chronicle.tell(None, _held_back(held_back, allowed))
            return ()
        return await self._collect(ripe)

    async def _collect(self, ripe: Sequence[Claim]) -> Sequence[Claim]:
        """Delete orphans, and tell of those that were deleted, also when something fails in between.

        One that Azure does not delete, as with a lock on it, keeps none of the others from going.
        """
        deleted: list[Claim] = []
        try:
            for claim in ripe:
                try:
                    if await self.delete(claim):
                        deleted.append(claim)
                except Throttled:
                    raise
                except AzureError as error:
                    log.warning("container group %s without an object could not be deleted: %s", claim.ref.name, error)
        finally:
            if deleted:
                await self._around.chronicle.tell(None, _collected(deleted))
        return deleted

    async def orphans(self) -> Sequence[Claim]:
        """Return the groups whose object no longer exists, by one look at the cloud and then at the cluster."""
        return await self._orphans(await self._inventory.groups())

    async def _orphans(self, cloud: Sequence[CloudGroup]) -> Sequence[Claim]:
        uids = self._around.cluster.group_uids()
        suspected = suspects(cloud, self._around.cluster_id, uids, self._around.clock(), self._grace)
        return [claim for claim in suspected if await self._orphaned(claim)]

    async def _orphaned(self, claim: Claim) -> bool:
        """Tell whether no object stands behind a claim, by the API server itself.

        An object of the same name with another uid is a restored one: it takes the group over. A successor of the
        service that is not served yet keeps what its predecessor left. What may not be read, as in a namespace that an
        authorisation webhook keeps to itself, is left alone too: who may write tags must not end the rounds of all.
        """
        try:
            if await self._around.cluster.fetch_group(Key(claim.namespace, claim.name)) is not None:
                return False
            return not claim.service or await self._served(Key(claim.namespace, claim.service))
        except ApiInvalid:
            return False  # there is one, though it makes no sense to this version of the operator
        except (ApiForbidden, ObjectGone) as error:  # gone is the whole kind; an object's own 404 is no error here
            log.warning(
                "container group %s is left alone, it is not known whether it has an object: %s", claim.ref.name, error
            )
            return False

    async def _served(self, key: Key) -> bool:
        """Tell whether the service that has a name now needs nothing of what its predecessor left, or there is none."""
        service = await self._around.cluster.fetch_service(key)
        return service is None or needs_nothing(own(service))

    async def delete(self, claim: Claim, *, patient: bool = False) -> bool:
        """Delete an orphan, if a direct read still shows the same tags; tell whether it was done.

        Where the budget has no room it is left for a later round, unless `patient`: then this waits, also when Azure
        asks for it, and looks again whether the group is still an orphan.
        """
        budget = self._around.budgets.of("delete", claim.ref.scope.subscription_id, claim.location)
        key = Key(claim.namespace, claim.name)
        request = Request(key, Key(claim.namespace, claim.service), Share.GROWTH)
        while True:
            turn = budget.take(request, self._around.clock())
            if turn is not None and not patient:
                budget.leave(key)
                return False
            if turn is not None:
                await asyncio.sleep((turn.ask_at - self._around.clock()).total_seconds())
                continue
            try:
                return await self._delete(claim, key, budget)
            except Throttled as error:
                if not patient:
                    raise
                await asyncio.sleep(UNTOLD_PAUSE.total_seconds() if error.retry_after is None else error.retry_after)
            finally:
                budget.unused(key)

    async def _delete(self, claim: Claim, key: Key, budget: Budget) -> bool:
        """Delete an orphan with what was taken of the budget."""
        around = self._around
        if not (await self._due(claim) and around.leadership.held()):
            return False
        if budget.blocked(around.clock()):
            raise Throttled(message="Azure has asked for a pause meanwhile")
        try:
            remaining = await around.azure.delete(claim.ref)
        except AzureError as error:
            budget.refused(key, error, around.clock())
            raise
        except BaseException:
            budget.answered(key, Remaining(), around.clock())  # it may have arrived, and counts
            raise
        budget.answered(key, remaining, around.clock())
        log.info("deleted container group %s: its object %s no longer exists", claim.ref.name, key)
        return True

    async def _due(self, claim: Claim) -> bool:
        """Tell whether a direct read still shows the same tags, and still no object stands behind them."""
        try:
            group = await self._around.reads.get(claim.ref)
        except NotFound:
            return False
        still = suspects([group], self._around.cluster_id, (), self._around.clock(), self._grace)
        return still == [claim] and await self._orphaned(claim)


def _held_back(count: int, allowed: int) -> Tell:
    message = (
        f"{count} container groups belong to no object any more, more than the {allowed} that are deleted without a "
        "person's word: look at them with 'aci-operator gc', delete them with 'aci-operator gc --confirm'"
    )
    return Tell(Reason.ORPHANS_HELD_BACK, message, warning=True)


def _collected(claims: Sequence[Claim]) -> Tell:
    names = listed([claim.ref.name for claim in claims])
    message = (
        f"deleted {len(claims)} container groups in Azure whose objects no longer exist ({Reason.NO_OBJECT}): {names}"
    )
    entry = Entry(Act.COLLECT, Reason.NO_OBJECT, len(claims))
    return Tell(Reason.COLLECTED_GROUP, message, warning=True, entry=entry)
