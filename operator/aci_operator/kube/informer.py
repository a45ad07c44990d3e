"""Keeps the store true: Kopf watches, a LIST now and then finds what a watch has lost."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aci_operator.core.errors import ApiForbidden, ClusterError
from aci_operator.kube.api import GROUPS, SERVICES, EventType, KindMissing, KubeApi, Manifest, Resource
from aci_operator.kube.parsing import Parsed
from aci_operator.kube.revisions import selector_of
from aci_operator.kube.shell import Shell
from aci_operator.kube.store import STORED, Change, Store

_logger: Final = logging.getLogger(__name__)

WATCHED: Final = (SERVICES, GROUPS)
_CONTACT_SECONDS: Final = 20.0
_PAUSE_FIRST: Final = 0.5
_PAUSE_LAST: Final = 5.0


class Informer:
    """Fills the store and tells of every change that the operator did not make itself.

    Kopf does not notice a CRD that comes after its start, and ends when one goes. So it starts only when all kinds have
    been listed, and starts again after that has come true anew.

    Args:
        kubeconfig: The same that `api` was made from.
        resync: Seconds between two LISTs.
    """

    def __init__(
        self,
        api: KubeApi,
        store: Store,
        *,
        kubeconfig: Path | None,
        on_change: Callable[[Change], None],
        resync: float = 300.0,
    ) -> None:
        self._api = api
        self._store = store
        self._kubeconfig = kubeconfig
        self._on_change = on_change
        self._resync = resync
        self._watching: dict[Resource, bool] = {}
        self._lists: set[Resource] = set()
        self._due = asyncio.Event()
        self._turn = asyncio.Lock()
        self._trouble = ""

    def ready(self) -> bool:
        """Tell whether everything is listed and watched at this moment."""
        return self._store.complete() and all(self._watching.get(resource, False) for resource in WATCHED)

    async def run(self) -> None:
        """Follow the cluster until cancelled."""
        while True:
            await self._until_listed()
            self._watching.clear()
            shell = Shell(WATCHED, self._kubeconfig, on_event=self._observed, on_report=self._reported)
            shell.start()
            try:
                await self._follow(shell)
            finally:
                await shell.stop()
                self._watching.clear()
            # Kopf may have ended at once, and the LIST may succeed all the same.
            await asyncio.sleep(_PAUSE_FIRST)

    async def _until_listed(self) -> None:
        pause = _PAUSE_FIRST
        while not await self.list_all():
            await asyncio.sleep(pause)
            pause = min(2 * pause, _PAUSE_LAST)

    async def _follow(self, shell: Shell) -> None:
        """Return when Kopf must start again."""
        ended = asyncio.ensure_future(shell.ended())
        deadline = asyncio.get_running_loop().time() + _CONTACT_SECONDS
        pause = _CONTACT_SECONDS
        try:
            while not await self._wait(ended, pause):
                self._due.clear()
                listed = await self.list_all()
                if not self._store.complete():
                    return
                # Discovery may lag behind a new CRD: Kopf then leaves a kind out for ever.
                contact = all(resource in self._watching for resource in WATCHED)
                if not contact and asyncio.get_running_loop().time() >= deadline:
                    _logger.warning("Kopf does not see all kinds yet, and starts again")
                    return
                pause = self._resync if listed and contact else _PAUSE_LAST
            _logger.warning("the watch ended: %r", ended.result())
        finally:
            ended.cancel()

    async def _wait(self, ended: "asyncio.Future[BaseException | None]", seconds: float) -> bool:
        """Wait until it is time for a LIST; tell whether Kopf has ended."""
        due = asyncio.ensure_future(self._due.wait())
        either: set[asyncio.Future[Any]] = {ended, due}
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()
        return ended.done()

    async def list_all(self) -> bool:
        """List all kinds, and tell whether that succeeded: a watch may lag, one kind's more than another's.

        One call after the other: of two LISTs at once, the one that began first could bring back what the other has not
        found any more.
        """
        async with self._turn:
            for resource in STORED:
                if not await self._list(resource):
                    return False
            self._trouble = ""
            return True

    async def _list(self, resource: Resource) -> bool:
        since, version = self._store.newest(resource), ""
        parsed: list[Parsed] = []
        try:
            async for page in self._api.pages(resource, label_selector=selector_of(resource)):
                # Before the next page comes: a manifest takes ten times the room of what is kept of it.
                parsed += [self._store.parsed(resource, manifest) for manifest in page.items]
                version = page.resource_version
        except ClusterError as error:
            if isinstance(error, KindMissing | ApiForbidden):
                self._store.incomplete(resource)
            if str(error) != self._trouble:  # once, not at every attempt
                self._trouble = str(error)
                _logger.warning("the cluster cannot be read: %s", error)
            return False
        for change in self._store.renew(resource, parsed, int(version), since=since):
            self._on_change(change)
        return True

    def _observed(self, resource: Resource, event: EventType, manifest: Manifest) -> None:
        change = self._store.observe(resource, event, manifest)
        if change is not None:
            self._on_change(change)

    def _reported(self, resource: Resource, watch: bool, status: int) -> None:
        if status == 404:
            self._store.incomplete(resource)
            self._due.set()
        if status != 200:
            self._watching[resource] = False
        elif not watch:
            self._watching.setdefault(resource, False)
            self._lists.add(resource)
        else:
            self._watching[resource] = True
            # Kopf tells only of what happens from now on (`session.py`). What has happened before, a LIST brings.
            if resource in self._lists:
                self._lists.discard(resource)
                self._due.set()
