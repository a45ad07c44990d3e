"""The model of the API server keeps the contract that the real one keeps."""

import pytest
from aci_operator.kube.api import NAMESPACES, KubeApi, Resource

from tests.model.contract import *  # noqa: F403
from tests.model.kinds import custom
from tests.model.objects import Place
from tests.model.scene import SPARE, Cascade, Scene
from tests.model.server import ApiServer
from tests.model.user import User


class ModelScene:
    """A new server for each test."""

    def __init__(self) -> None:
        self.namespace = "contract"
        self._server = ApiServer(seed=1)
        self._user = User(self._server)
        self._user.namespace(self.namespace)
        self.api: KubeApi = self._server.client("contract")

    async def delete(self, resource: Resource, name: str, *, cascade: Cascade) -> None:
        self._user.delete(Place(resource, self.namespace, name), cascade=cascade)

    async def delete_namespace(self) -> None:
        self._user.delete(Place(NAMESPACES, "", self.namespace))

    async def install_spare(self) -> None:
        self._server.objects.kinds[SPARE] = custom(SPARE)

    async def delete_spare(self) -> None:
        self._user.delete_crd(SPARE)


@pytest.fixture
async def scene() -> Scene:
    return ModelScene()
