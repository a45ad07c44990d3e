"""The LISTs of the informer, against the model of the API server."""

import asyncio

import pytest
from aci_operator.engine.ports import Key
from aci_operator.kube.api import SERVICES
from aci_operator.kube.informer import Informer
from aci_operator.kube.store import Change, Store

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.model.server import ApiServer
from tests.model.user import User

pytestmark = pytest.mark.looptime(end=5000)


async def test_a_list_that_began_before_another_brings_nothing_back() -> None:
    """A new leader lists, while the informer does so because its watch has begun; the watch has missed a deletion."""
    server, store = ApiServer(), Store()
    user, changes = User(server), list[Change]()
    informer = Informer(server.client("operator"), store, kubeconfig=None, on_change=changes.append)
    user.apply(samples.service("llm"))
    assert await informer.list_all()

    slow = server.plant(Fault(Mode.HOLD_AFTER, verbs=frozenset({"list"}), resource=SERVICES))
    first = asyncio.create_task(informer.list_all())
    await slow.reached.wait()
    user.wipe(Place(SERVICES, "default", "llm"))
    second = asyncio.create_task(informer.list_all())
    await asyncio.sleep(1)
    slow.release()

    assert await first
    assert await second
    assert store.service(Key("default", "llm")) is None
