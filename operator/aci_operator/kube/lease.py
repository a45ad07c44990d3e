"""Leadership by a Lease: at most one operator writes to Azure.

The client library's own election cannot create its Lease and does not notice that its leader has crashed (37.0.2).

All times are this process's own monotonic clock. Another process's clock never counts: a Lease is free when its record
has not changed for its duration as seen from here. One that is missed where another's was seen is free after as long:
its holder goes on until it learns that somebody has deleted it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from aci_operator.core.errors import AlreadyExists, ClusterError, Conflict, ObjectGone
from aci_operator.kube.api import LEASES, KubeApi, Manifest
from aci_operator.kube.manifests import given_back, held_lease, new_lease, noted

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeaseTimes:
    """Seconds.

    Attributes:
        duration: An unchanged record this old may be taken over.
        renew_every: Between two renewals. One is given up after half of it.
        retry_every: After a failed renewal, and between two looks at another's Lease.
        write_window: After the start of the last renewal a write may still begin. With the time that a write can take
            it must stay below the duration.
    """

    duration: float = 60
    renew_every: float = 10
    retry_every: float = 2
    write_window: float = 30


class Elector:
    """Holds the Lease, or waits for it. Implements `engine.ports.Leadership`.

    Args:
        identity: Never used by another process, nor by this one's predecessor.
        note: Annotations for the next process, written with each renewal. Those of the one before stay until then.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        namespace: str,
        name: str,
        identity: str,
        times: LeaseTimes = LeaseTimes(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        note: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._times = times
        self._now = now
        self._note = note
        self._lease: Manifest | None = None  # ours, as last written; None while another holds it
        self._renewed_at = 0.0
        self._seen: tuple[str, float] | None = None  # the version of another's record, "" of none, and when it runs out

    @property
    def leading(self) -> bool:
        """Whether this process took the Lease and has not seen another take it."""
        return self._lease is not None

    @property
    def lease(self) -> Manifest | None:
        """The Lease as this process wrote it last; None while it is not ours."""
        return self._lease

    def held(self) -> bool:
        """Tell whether a write may begin now."""
        return self.leading and _clock() < self._renewed_at + self._times.write_window

    async def run(self, lead: Callable[[], Awaitable[None]]) -> None:
        """Wait for the Lease and run `lead` while it is held; over again when it was lost.

        An API server that does not answer ends nothing: nobody else can take the Lease then, and `held` is False. Only
        the sight of another holder cancels `lead`. Returns or raises when `lead` does by itself; the Lease is given
        back then, and when this is cancelled.
        """
        try:
            while True:
                await self._acquire()
                if await self._lead(lead):
                    return
        finally:
            await self._give_back()

    async def _lead(self, lead: Callable[[], Awaitable[None]]) -> bool:
        """Run `lead` and renew. Tell whether it came to its end by itself."""
        work = asyncio.ensure_future(lead())
        ended = False
        pause = self._times.renew_every
        try:
            while self.leading and not ended:
                await asyncio.wait({work}, timeout=pause)
                ended = work.done()
                if not ended:
                    renewed = await self._attempt(self._write_ours)
                    pause = self._times.renew_every if renewed else self._times.retry_every
        finally:
            work.cancel()
            await asyncio.wait({work})
        if not work.cancelled():
            work.result()
        if not ended:
            _logger.warning("leadership lost: another process holds the Lease %s/%s", self._namespace, self._name)
        return ended

    async def _acquire(self) -> None:
        waiting = False
        while not await self._attempt(self._take_if_free):
            if not waiting:
                waiting = True
                _logger.info("waiting for the Lease %s/%s", self._namespace, self._name)
            await asyncio.sleep(self._times.retry_every)
        _logger.info("leadership taken as %s", self._identity)

    async def _attempt(self, step: Callable[[], Awaitable[bool]]) -> bool:
        try:
            async with asyncio.timeout(self._times.renew_every / 2):
                return await step()
        except (ClusterError, TimeoutError) as error:
            _logger.warning("Lease %s/%s: %s", self._namespace, self._name, str(error) or "no answer in time")
            return False

    async def _take_if_free(self) -> bool:
        lease = await self._read()
        if lease is not None and self._is_vacant(lease):
            self._seen = None
        else:
            self._look(lease)
        return await self._write(lease) if self._has_run_out() else False

    async def _write_ours(self) -> bool:
        try:
            return await self._write(self._lease)
        except (Conflict, ObjectGone):
            # An answer may have been lost, or someone has edited or deleted the Lease.
            lease = await self._read()
            ours = lease is not None and lease["spec"].get("holderIdentity") == self._identity
            self._lease = lease if ours else None
            self._look(None if ours else lease)
            return await self._write(lease) if ours else False

    async def _read(self) -> Manifest | None:
        try:
            return await self._api.get(LEASES, self._namespace, self._name)
        except ObjectGone:
            return None

    async def _write(self, lease: Manifest | None) -> bool:
        """Put our name into this version of the Lease, or into a new one; raises Conflict when it has changed."""
        started = _clock()
        present = lease or new_lease(self._namespace, self._name)
        if lease is not None and lease is self._lease:  # not that of the process before: what it noted is to be read
            present = noted(lease, self._note())
        body = held_lease(present, self._identity, self._times.duration, self._now())
        try:
            written = await (self._api.replace(LEASES, body) if lease else self._api.create(LEASES, body))
        except AlreadyExists:
            return False
        self._lease, self._renewed_at, self._seen = written, started, None
        return True

    def _look(self, lease: Manifest | None) -> None:
        """Note when another's record runs out: from now on if it is a new one, or was there and is not any more."""
        if lease is None and self._seen is None:
            return
        version = "" if lease is None else lease["metadata"]["resourceVersion"]
        if self._seen is None or self._seen[0] != version:
            spec: dict[str, Any] = {} if lease is None else lease.get("spec", {})
            self._seen = version, _clock() + spec.get("leaseDurationSeconds", self._times.duration)

    def _is_vacant(self, lease: Manifest) -> bool:
        return lease.get("spec", {}).get("holderIdentity") in {None, "", self._identity}

    def _has_run_out(self) -> bool:
        """Tell whether the last record of another that was seen here is too old to lead by, or none was seen."""
        return self._seen is None or _clock() >= self._seen[1]

    async def _give_back(self) -> None:
        """Empty the Lease, so that the next process need not wait for it to run out."""
        lease, self._lease = self._lease, None
        if lease is None:
            return
        try:
            async with asyncio.timeout(self._times.renew_every):
                await self._api.replace(LEASES, given_back(noted(lease, self._note())))
        except (ClusterError, TimeoutError) as error:
            _logger.warning("the Lease was not given back: %s", str(error) or "no answer in time")


def _clock() -> float:
    return asyncio.get_running_loop().time()
