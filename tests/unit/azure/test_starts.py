"""Why a start failed: the group does not say, its operation does."""

import contextlib

import pytest
from aci_operator.core.errors import NotFound, Throttled

from tests.unit.azure.test_arm import BODY, HOST, REF, SUBSCRIPTION, arm, entry
from tests.unit.azure.wire import Reply, Wire, error

OPERATIONS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westeurope/operations"
ADDRESS = f"{HOST}{OPERATIONS}/1?api-version=2018-06-01"
PUT = Reply(201, entry(REF.name), headers={"Azure-AsyncOperation": ADDRESS})
FAILED = Reply(200, entry(REF.name, properties={"provisioningState": "Failed", "containers": []}))
TOLD = Reply(200, {"status": "Failed", "error": {"message": "no room"}})


async def test_a_failed_group_has_the_text_of_its_operation_which_is_read_once() -> None:
    wire = Wire(PUT, FAILED, TOLD, FAILED)
    azure = arm(wire)
    await azure.put(REF, BODY)
    assert [(await azure.get(REF)).failure for _ in range(2)] == ["no room", "no room"]
    assert [request.url for request in wire.requests].count(ADDRESS) == 1


@pytest.mark.parametrize(
    "said",
    [
        error(403, "AuthorizationFailed"),
        Reply(200, {"status": "Failed", "error": {}}),
        Reply(200, {"status": "Failed"}),
    ],
    ids=["no right", "an empty error", "no error"],
)
async def test_an_operation_that_says_nothing_fails_no_read(said: Reply) -> None:
    azure = arm(Wire(PUT, FAILED, said))
    await azure.put(REF, BODY)
    assert (await azure.get(REF)).failure == ""


async def test_a_retry_after_of_the_operation_is_kept_to() -> None:
    """It is the second request of one read: else the next read would come before its time."""
    throttled = error(429, "SubscriptionRequestsThrottled")._replace(headers={"Retry-After": "60"})
    azure = arm(Wire(PUT, FAILED, throttled))
    await azure.put(REF, BODY)
    with pytest.raises(Throttled) as wait:
        await azure.get(REF)
    assert wait.value.retry_after == 60


async def test_an_operation_on_another_host_gets_no_token() -> None:
    wire = Wire(Reply(201, entry(REF.name), headers={"Azure-AsyncOperation": "https://elsewhere.example/1"}), FAILED)
    azure = arm(wire)
    await azure.put(REF, BODY)
    assert (await azure.get(REF)).failure == ""
    assert len(wire.requests) == 2


@pytest.mark.parametrize("end", [Reply(200, entry(REF.name)), error(404, "ResourceNotFound")], ids=["well", "gone"])
async def test_an_operation_is_forgotten_when_its_group_is_well_or_gone(end: Reply) -> None:
    wire = Wire(PUT, end, FAILED)
    azure = arm(wire)
    await azure.put(REF, BODY)
    with contextlib.suppress(NotFound):
        await azure.get(REF)
    await azure.get(REF)
    assert len(wire.requests) == 3
