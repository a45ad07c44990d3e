"""What a contract test is given, on the model and on the real API server alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from aci_operator.api import keys
from aci_operator.core.errors import ObjectGone
from aci_operator.kube.api import KubeApi, Manifest, Resource

Cascade = Literal["background", "foreground", "orphan"]
Result = TypeVar("Result")

SPARE = Resource(f"spare.{keys.GROUP}", keys.VERSION, "acicontainergroups", keys.GROUP_KIND)
"""A copy of a kind of ours that a test may delete."""

FINALIZER = "contract.test/wait"
PATIENCE = 120.0
"""Seconds; the real collector learns of new kinds every 30 s, and a new control plane has just learnt of ours."""
PAUSE = 0.05


class Scene(Protocol):
    """A cluster with the CRDs installed, and a namespace of the test's own."""

    api: KubeApi
    namespace: str

    async def delete(self, resource: Resource, name: str, *, cascade: Cascade) -> None:
        """Delete as `kubectl delete --cascade` does, without waiting."""

    async def delete_namespace(self) -> None:
        """Delete the test's namespace, without waiting."""

    async def install_spare(self) -> None:
        """Install the CRD of SPARE."""

    async def delete_spare(self) -> None:
        """Delete the CRD of SPARE, without waiting."""


@dataclass(frozen=True)
class Hand:
    """Shorthand for tests: objects of one kind in the scene's namespace."""

    scene: Scene
    resource: Resource

    async def get(self, name: str) -> Manifest:
        """Read an object."""
        return await self.scene.api.get(self.resource, self.scene.namespace, name)

    async def patch(self, name: str, metadata: Manifest) -> Manifest:
        """Merge into its metadata."""
        return await self.scene.api.patch_metadata(self.resource, self.scene.namespace, name, metadata)

    async def delete(self, manifest: Manifest, *, version: str = "", uid: str = "") -> None:
        """Delete an object by its uid, or by another."""
        uid = uid or manifest["metadata"]["uid"]
        name = manifest["metadata"]["name"]
        await self.scene.api.delete(self.resource, self.scene.namespace, name, uid=uid, resource_version=version)

    async def gone(self, name: str) -> bool:
        """Tell whether it is gone."""
        try:
            await self.get(name)
        except ObjectGone:
            return True
        return False


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a check holds."""
    async with asyncio.timeout(PATIENCE):
        while not await check():  # noqa: ASYNC110 - the real server tells nobody
            await asyncio.sleep(PAUSE)


def version(manifest: Manifest) -> int:
    """Return the resourceVersion."""
    return int(manifest["metadata"]["resourceVersion"])


def edited(manifest: Manifest, **metadata: object) -> Manifest:
    """Return a copy with other metadata."""
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


def respec(manifest: Manifest, **spec: object) -> Manifest:
    """Return a copy with another spec."""
    return {**manifest, "spec": {**manifest["spec"], **spec}}


def without(manifest: Manifest, field: str) -> Manifest:
    """Return a copy without one field of its metadata."""
    return {**manifest, "metadata": {k: v for k, v in manifest["metadata"].items() if k != field}}
