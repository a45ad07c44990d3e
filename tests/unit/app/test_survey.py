"""What a plan learns from Azure, when a person lets it look there."""

import asyncio
from collections.abc import Callable

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.app.survey import survey
from aci_operator.core.errors import Forbidden, ResourceGroupNotFound
from aci_operator.core.usage import GROUPS, Usage

from tests.model.loop import VirtualLoop
from tests.unit.core.builders import SUBSCRIPTION, T0, cloud, replica, service, tags_of
from tests.unit.engine.fakes import Azure


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualLoop}


OBJECTS = [replica(1), replica(2)]
FOUND = cloud(tags_of(OBJECTS[0]), name=OBJECTS[0].metadata.name)


def azure(*usages: Usage) -> Azure:
    return Azure(groups={FOUND.ref: FOUND}, usages=list(usages))


async def test_what_is_gone_is_told() -> None:
    found = await survey(azure(), service(2), OBJECTS, SUBSCRIPTION, T0)
    assert [group.ref for group in found.groups or ()] == [FOUND.ref]
    assert found.notes == ["llm-2-abcdefgh is not in Azure: the operator looks twice, then replaces it"]


async def test_a_quota_without_room_is_a_shortage_and_told() -> None:
    found = await survey(azure(Usage(GROUPS, 100, 100)), service(2), OBJECTS[:1], SUBSCRIPTION, T0)
    [shortage] = found.shortages
    assert (shortage.location, shortage.reason) == ("westeurope", Reason.QUOTA_EXCEEDED)
    assert found.notes == ["100 of 100 container groups in westeurope are used"]


async def test_each_region_is_asked_once() -> None:
    looked = azure()
    places = [{"location": "westeurope", "zones": ["1"]}, {"location": "northeurope"}, {"location": "westeurope"}]
    await survey(looked, service(2, placements=places), OBJECTS[:1], SUBSCRIPTION, T0)
    assert [location for _, location in looked.asked_usages] == ["westeurope", "northeurope"]


async def test_no_resource_group_means_nothing_is_there() -> None:
    looked = azure()
    looked.errors["list"].append(ResourceGroupNotFound())
    found = await survey(looked, service(2), OBJECTS, SUBSCRIPTION, T0)
    assert found.groups == ()
    assert len(found.notes) == 2


@pytest.mark.parametrize("call", ["list", "list_usages"])
async def test_what_cannot_be_read_is_said(call: str) -> None:
    looked = azure()
    looked.errors[call].append(Forbidden("AuthorizationFailed", "no right"))
    found = await survey(looked, service(2), OBJECTS[:1], SUBSCRIPTION, T0)
    assert (found.groups is None) is (call == "list")
    assert ["cannot be read: AuthorizationFailed: no right" in note for note in found.notes] == [True]
