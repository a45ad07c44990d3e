"""`aci-operator plan`: what it takes for the service's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.app import plan
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import Forbidden
from aci_operator.core.service.status import selector
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, NAMESPACES, REVISIONS, SERVICES, Listing, Resource
from aci_operator.kube.revisions import SELECTOR

from tests.model import samples
from tests.unit.app.stored import stored
from tests.unit.core.builders import CLUSTER, SUBSCRIPTION, T0, failed, replica, service
from tests.unit.core.plans import decide, status
from tests.unit.engine.fakes import Azure

KEY = Key("team-a", "llm")
OF_A_STATEFUL_SET = {
    "apiVersion": "apps/v1",
    "kind": "ControllerRevision",
    "metadata": {"namespace": KEY.namespace, "name": "db-7d4b", "uid": "u", "resourceVersion": "2"},
    "revision": 1,
    "data": {"spec": {"template": {}}},
}


class Server:
    """An API server with a service and its replicas, and a StatefulSet's revision."""

    def __init__(self, present: Service, groups: Sequence[ContainerGroup]) -> None:
        self._present = present
        self._groups = groups

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        if resource == NAMESPACES:
            return {"metadata": {"uid": CLUSTER}}
        assert (resource.kind, namespace, name) == ("AciService", *KEY)
        return stored(self._present)

    async def list(self, resource: Resource, *, label_selector: str = "", namespace: str = "") -> Listing:
        assert namespace == KEY.namespace
        service = stored(self._present)
        if resource == SERVICES:
            return Listing([service], "6")
        if resource == GROUPS:
            return Listing([samples.owned(stored(group), service) for group in self._groups], "6")
        theirs = resource == REVISIONS and label_selector != SELECTOR
        return Listing([OF_A_STATEFUL_SET] if theirs else [], "6")

    async def close(self) -> None:
        pass


async def planned(
    monkeypatch: pytest.MonkeyPatch,
    present: Service,
    groups: Sequence[ContainerGroup] = (),
    azure: Azure | None = None,
) -> list[str]:
    async def connect(kubeconfig: Path | None) -> Server:
        assert kubeconfig is None
        return Server(present, groups)

    monkeypatch.setattr(plan, "connect", connect)
    return await plan.planned(plan.Person(None, SUBSCRIPTION if azure else None, azure), KEY, None)


async def test_it_complains_of_no_revision_that_is_not_the_operators(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await planned(monkeypatch, service())
    assert caplog.text == ""


async def test_what_a_backup_says_of_an_earlier_service_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the operator does: else the replicas of the earlier one would be taken for lost, and healed."""
    new = await planned(monkeypatch, service())
    backup = status(selector="acioperator.dev/service-uid=another", available_replicas=3)
    assert await planned(monkeypatch, service(status=backup)) == new
    own = status(selector=selector(service()), available_replicas=3)
    assert await planned(monkeypatch, service(status=own)) != new


async def test_a_settled_service_needs_no_look_for_what_is_left_in_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator takes nothing over then, and makes what is missing even if it may not look."""
    told = decide([replica(1), replica(2)], 2).status
    present = service(3, status=told.model_copy(update={"selector": selector(service())}))
    azure = Azure()
    azure.errors["list"].append(Forbidden("AuthorizationFailed", "containerGroups/read"))
    lines = await planned(monkeypatch, present, [replica(1), replica(2)], azure)
    assert len([line for line in lines if line.startswith("+ replica")]) == 1
    assert any("the container groups cannot be read" in line for line in lines)


@pytest.mark.parametrize(("said", "ends"), [(Reason.HEALING, True), (Reason.HEAL_LIMIT, False)])
async def test_a_heal_that_waits_for_the_limit_is_not_planned(
    monkeypatch: pytest.MonkeyPatch, said: Reason, ends: bool
) -> None:
    verdict = judged((), Verdict.underway(said, "as it was"), 1, T0)
    present = service(status=status(selector=selector(service()), conditions=verdict))
    stopped = failed(3, lived=3600, why=Reason.STOPPED)
    told = await planned(monkeypatch, present, [replica(1), replica(2), stopped])
    assert any(line.startswith(f"- replica {stopped.metadata.name}") for line in told) is ends
