"""`aci-operator rollout`: what `kubectl rollout` does for a Deployment, with the rights of who runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aci_operator.api.service import Service
from aci_operator.core.errors import ApiInvalid, ApiUnavailable, Conflict
from aci_operator.core.revision import Revision
from aci_operator.core.service import rollback
from aci_operator.core.service.status import own, selector
from aci_operator.kube.api import REVISIONS, SERVICES, Manifest
from aci_operator.kube.client import Client, connect
from aci_operator.kube.parsing import StoredRevision, parse

PAUSE = 1.0
"""Seconds between two looks at a rollout."""

PATIENCE = 60.0
"""Seconds since the last answer for which a rollout is watched on without one: API servers are restarted too."""

TRIES = 5
"""So often is a change sent while only the operator writes in between."""


class Refused(Exception):
    """What is not done to a service as it is. The message says why, and what to do."""


@dataclass
class Rollout:
    """One service, as a person sees and changes it."""

    api: Client
    namespace: str
    name: str

    async def status(self, say: Callable[[str], None], *, watch: bool) -> bool:
        """Say how the rollout gets on, each line once, until it is finished or stalled; tell whether it is finished."""
        said = ""
        service, _ = await self._read()
        while True:
            line = rollback.progress(service)
            if line != said:
                say(line)
                said = line
            if rollback.finished(service) or rollback.stalled(service) or not watch:
                return rollback.finished(service) or not (watch or rollback.stalled(service))
            service = await self._next_look()

    async def history(self) -> tuple[Service, Sequence[Revision]]:
        """Return the service and its stored revisions, oldest first."""
        service, _ = await self._read()
        return service, await self._revisions(service)

    async def undo(self, number: int | None) -> tuple[Revision, bool]:
        """Go back to a revision, or to the one before the present. Return it, and whether anything had to be changed.

        It is decided on one look at the service: what a person has changed since is not overwritten.

        Raises:
            Refused: There is no such revision, or the service is paused.
        """
        service, manifest = await self._read()
        revision = rollback.previous(service, await self._revisions(service), number)
        if revision is None:
            see = f"see `aci-operator rollout history {self.name} -n {self.namespace}`"
            raise Refused(f"there is no such revision: {see}")
        self._check(service)
        if rollback.is_at(service, revision):
            return revision, False
        await self._change(manifest, rollback.going_back(manifest["spec"], revision))
        return revision, True

    async def restart(self) -> None:
        """Replace every replica by an equal one, as a rollout. Raises Refused when the service is paused."""
        service, manifest = await self._read()
        self._check(service)
        await self._change(manifest, rollback.restart(datetime.now(UTC)))

    async def _next_look(self) -> Service:
        """Return what the next look with an answer shows; after a while without one, raise."""
        loop = asyncio.get_running_loop()
        answered_at = loop.time()
        while True:
            await asyncio.sleep(PAUSE)
            try:
                service, _ = await self._read()
            except ApiUnavailable:
                if loop.time() - answered_at >= PATIENCE:
                    raise
            else:
                return service

    def _check(self, service: Service) -> None:
        if why := rollback.resume_first(service):
            raise Refused(why)

    async def _change(self, manifest: Manifest, spec: Manifest) -> None:
        """Change the spec that `manifest` shows. Raises Conflict when it is another by now.

        In an outage the operator writes a status every few seconds, which changes the version, but not the generation.
        """
        for left in reversed(range(TRIES)):
            try:
                await self.api.patch_spec(SERVICES, manifest, spec)
            except Conflict:
                _, present = await self._read()
                if not left or _spec_of(present) != _spec_of(manifest):
                    raise
                manifest = present
            else:
                return

    async def _revisions(self, service: Service) -> Sequence[Revision]:
        listing = await self.api.list(REVISIONS, label_selector=selector(service), namespace=self.namespace)
        contents = (parse(REVISIONS, item).content for item in listing.items)
        found = [content.revision for content in contents if isinstance(content, StoredRevision)]
        return sorted(found, key=lambda revision: revision.number)

    async def _read(self) -> tuple[Service, Manifest]:
        manifest = await self.api.get(SERVICES, self.namespace, self.name)
        content = parse(SERVICES, manifest).content
        if not isinstance(content, Service):
            raise ApiInvalid(f"{SERVICES.kind} {self.namespace}/{self.name} cannot be read")
        return own(content), manifest


def _spec_of(manifest: Manifest) -> tuple[str, int]:
    """Return what tells a spec from others: whose it is, and its generation."""
    return manifest["metadata"]["uid"], manifest["metadata"]["generation"]


@asynccontextmanager
async def rollout(kubeconfig: Path | None, namespace: str, name: str) -> AsyncIterator[Rollout]:
    """Open the rollout of a service."""
    api = await connect(kubeconfig)
    try:
        yield Rollout(api, namespace, name)
    finally:
        await api.close()
