"""Single reads that bring the store up to date, when a write has shown that it is not or may not be."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aci_operator.core.errors import ApiUnavailable, ClusterError, Conflict, ObjectGone
from aci_operator.engine.ports import Key
from aci_operator.kube.api import EventType, KindMissing, KubeApi, Manifest, Resource
from aci_operator.kube.store import Change, Store

_logger: Final = logging.getLogger(__name__)

_PAUSE_FIRST: Final = 0.5
_PAUSE_LAST: Final = 10.0


class Reader:
    """Reads objects into the store and tells of what that changed."""

    def __init__(self, api: KubeApi, store: Store, on_change: Callable[[Change], None]) -> None:
        self._api = api
        self._store = store
        self._on_change = on_change

    def take_in(self, resource: Resource, event: EventType, manifest: Manifest) -> None:
        """Store what the API server answered."""
        self._tell(self._store.observe(resource, event, manifest))

    async def fetch(self, resource: Resource, key: Key) -> Manifest | None:
        """Read an object and take in what it is now; None when it alone does not exist."""
        held = self._store.held(resource, key)
        try:
            manifest = await self._api.get(resource, *key)
        except KindMissing:
            self._store.incomplete(resource)
            raise
        except ObjectGone:
            if held is not None:
                self._tell(self._store.gone(resource, key, held.uid, held.version))
            return None
        self.take_in(resource, "MODIFIED", manifest)
        return manifest

    async def refresh(self, resource: Resource, key: Key) -> None:
        """Read an object whose stored version proved wrong, so that the next pass sees the truth."""
        try:
            await self.fetch(resource, key)
        except ClusterError as error:
            _logger.debug("%s %s could not be read again: %s", resource.kind, key, error)

    @asynccontextmanager
    async def corrected(self, resource: Resource, key: Key) -> AsyncIterator[None]:
        """Write inside of this: an object that has changed, or is gone, is read again before the error goes on."""
        try:
            yield
        except (Conflict, ObjectGone):
            await self.refresh(resource, key)
            raise

    async def settle(self, resource: Resource, key: Key) -> None:
        """Read an object until the API server answers."""
        pause = _PAUSE_FIRST
        while True:
            try:
                await self.fetch(resource, key)
            except ApiUnavailable as error:
                _logger.debug("%s %s: waiting to learn what became of it: %s", resource.kind, key, error)
            except KindMissing:
                return
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _PAUSE_LAST)

    def _tell(self, change: Change | None) -> None:
        if change is not None:
            self._on_change(change)
