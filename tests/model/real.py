"""The scene of a contract test on a real control plane."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import yaml
from aci_operator.api.crd import crds
from aci_operator.core.errors import ObjectGone
from aci_operator.kube.api import GROUPS, SERVICES, KubeApi, Resource
from aci_operator.kube.client import connect

from devcluster.cluster import ControlPlane
from tests.model.scene import SPARE, Cascade

_SPARE_NAME = f"{SPARE.plural}.{SPARE.group}"


@asynccontextmanager
async def real_scene(control_plane: ControlPlane) -> AsyncIterator["RealScene"]:
    """Make a namespace on a control plane that has the CRDs; nothing of the test is left afterwards."""
    namespace = f"contract-{uuid.uuid4().hex[:8]}"
    control_plane.kubectl("create", "namespace", namespace)
    api = await connect(control_plane.admin)
    scene = RealScene(api, control_plane, namespace)
    try:
        yield scene
    finally:
        await scene.clear()
        await api.close()
        control_plane.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


class RealScene:
    """A namespace of a control plane that has the CRDs; `api` is the operator's own client."""

    def __init__(self, api: KubeApi, control_plane: ControlPlane, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self._control_plane = control_plane

    async def delete(self, resource: Resource, name: str, *, cascade: Cascade) -> None:
        """Delete with kubectl."""
        kind = f"{resource.plural}.{resource.group}"
        self._kubectl("delete", kind, name, "-n", self.namespace, f"--cascade={cascade}", "--wait=false")

    async def delete_namespace(self) -> None:
        """Delete the namespace with kubectl."""
        self._kubectl("delete", "namespace", self.namespace, "--wait=false")

    async def install_spare(self) -> None:
        """Apply the CRD and wait until it is served."""
        definition = _spare()
        self._kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump(definition))
        self._kubectl("wait", "--for=condition=Established", "--timeout=30s", f"crd/{_SPARE_NAME}")

    async def delete_spare(self) -> None:
        """Delete the CRD with kubectl."""
        self._kubectl("delete", "crd", _SPARE_NAME, "--wait=false")

    async def clear(self) -> None:
        """Delete what is left, whatever its finalizers say: an operator of another test would take care of it."""
        for resource in (SERVICES, GROUPS):
            for left in (await self.api.list(resource)).items:
                metadata = left["metadata"]
                if metadata["namespace"] != self.namespace:
                    continue
                with suppress(ObjectGone):
                    if metadata.get("finalizers"):
                        await self.api.patch_metadata(resource, self.namespace, metadata["name"], {"finalizers": None})
                    await self.api.delete(
                        resource, self.namespace, metadata["name"], uid=metadata["uid"], resource_version=""
                    )

    def _kubectl(self, *arguments: str, stdin: str | None = None) -> None:
        self._control_plane.kubectl(*arguments, stdin=stdin)


def _spare() -> dict[str, Any]:
    definition = next(crd for crd in crds() if crd["spec"]["names"]["plural"] == SPARE.plural)
    spec = {**definition["spec"], "group": SPARE.group}
    names = {key: value for key, value in spec["names"].items() if key not in ("shortNames", "categories")}
    return {**definition, "metadata": {"name": _SPARE_NAME}, "spec": {**spec, "names": names}}
