import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aci_operator.azure.arm import Arm
from aci_operator.core import errors
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import Remaining
from aci_operator.engine.ports import Azure
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError
from azure.identity import CredentialUnavailableError
from azure.identity.aio import ManagedIdentityCredential

from tests.unit.azure.wire import TOKEN, Counters, Credential, Reply, Request, Wire, error

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
SCOPE = ResourceGroupRef.of(SUBSCRIPTION, "rg")
REF = GroupRef(SCOPE, "llm-1-abcdefgh")
HOST = "https://management.azure.com"
GROUPS = f"{HOST}/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups"
BUDGET = {
    "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m": "99",
    "x-ms-ratelimit-remaining-subscription-resource-requests-pt1h": "299",
}
BODY = {"location": "westeurope", "properties": {"containers": [{"name": "api", "properties": {"image": "i"}}]}}


def entry(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": GROUPS.removeprefix(HOST).replace("/rg/", "/RG/") + f"/{name}",
        "name": name,
        "location": "West Europe",
        "properties": {"provisioningState": "Succeeded", "containers": []},
        **changes,
    }


def arm(wire: Wire, credential: Credential | None = None, **options: Any) -> Arm:
    return Arm(credential or Credential(), Counters(), transport=wire, **options)


Call = Callable[[Azure], Awaitable[object]]
WRITES: dict[str, Call] = {
    "put": lambda azure: azure.put(REF, BODY),
    "delete": lambda azure: azure.delete(REF),
    "replace_tags": lambda azure: azure.replace_tags(REF, {"a": "b"}),
    "create_resource_group": lambda azure: azure.create_resource_group(SCOPE, "westeurope", {}),
}
READS: dict[str, Call] = {
    "get": lambda azure: azure.get(REF),
    "list": lambda azure: azure.list(SCOPE),
    "list_subscription": lambda azure: azure.list_subscription(SUBSCRIPTION),
    "find_resource_group": lambda azure: azure.has_resource_group(SCOPE),
}
CALLS = [pytest.param(name, call, id=name) for name, call in (WRITES | READS).items()]


async def hang(_: Request) -> Reply:
    await asyncio.sleep(1e6)
    raise AssertionError


LATER = {"Retry-After": "1"}
UNCLEAR: dict[str, Any] = {
    "cut": ServiceResponseError("reset"),
    "reset": ServiceRequestError("reset", error=ConnectionResetError()),
    "no answer": hang,
    "500": error(500, "InternalServerError"),
    "502 of a proxy": Reply(502, raw=b"<html>bad gateway</html>", content_type="text/html"),
    "503 with Retry-After": error(503, "ServerTimeout", headers=LATER),
    "unknown 409 with Retry-After": error(409, "SomethingNew", headers=LATER),
    "500 that is called JSON and is none": Reply(500, raw=b"oops"),
    "500 that is nested without end": Reply(500, raw=b"[" * 100_000),
    "redirect": Reply(307, headers={"Location": "https://elsewhere.example/"}),
}


@pytest.mark.looptime
@pytest.mark.parametrize("failure", UNCLEAR)
@pytest.mark.parametrize(("name", "call"), CALLS)
async def test_one_request_and_the_effect_is_unknown(name: str, call: Call, failure: str) -> None:
    wire = Wire(UNCLEAR[failure])
    counters = Counters()
    azure = Arm(Credential(), counters, transport=wire)
    with pytest.raises(errors.AnswerLost if name in WRITES else errors.Unavailable) as outcome:
        await call(azure)
    assert len(wire.sent) == 1
    assert type(outcome.value) in {errors.AnswerLost, errors.Unavailable}
    assert [operation for operation, _ in counters.arm] == [name]
    assert asyncio.get_running_loop().time() <= 20


@pytest.mark.parametrize(("name", "call"), CALLS)
async def test_one_request_when_throttled(name: str, call: Call) -> None:
    wire = Wire(error(429, "ResourceRequestsThrottled", headers={"Retry-After": "17", **BUDGET}))
    with pytest.raises(errors.Throttled) as outcome:
        await call(arm(wire))
    assert outcome.value.retry_after == 17
    assert outcome.value.remaining == Remaining(99, 299)
    assert len(wire.sent) == 1, name


@pytest.mark.parametrize(("name", "call"), CALLS)
async def test_a_request_that_never_left_had_no_effect(name: str, call: Call) -> None:
    wire = Wire(ServiceRequestError("Cannot connect to host"))
    with pytest.raises(errors.Unavailable):
        await call(arm(wire))
    assert len(wire.sent) == 1, name


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ServiceRequestError("Cannot connect to host login.microsoftonline.com"), errors.Unavailable),
        (ServiceResponseError("reset"), errors.Unavailable),
        (ClientAuthenticationError("AADSTS700016: Application was not found"), errors.Unauthenticated),
        (CredentialUnavailableError("no credential"), errors.Unauthenticated),
        (FileNotFoundError(2, "No such file or directory", "/var/run/token"), errors.Unauthenticated),
        (TimeoutError(), errors.Unavailable),
    ],
)
@pytest.mark.parametrize(("name", "call"), CALLS)
async def test_without_a_token_nothing_is_sent(
    name: str, call: Call, failure: BaseException, kind: type[errors.AzureError]
) -> None:
    wire, counters = Wire(), Counters()
    with pytest.raises(kind) as outcome:
        await call(Arm(Credential(failure), counters, transport=wire))
    assert type(outcome.value) is kind
    assert wire.sent == []
    assert counters.arm == [(name, "no-token")]


@pytest.mark.parametrize("failure", [ServiceRequestError("Cannot connect to host"), ServiceResponseError("reset")])
async def test_a_metadata_endpoint_that_is_out_of_reach_calls_for_no_person(failure: Exception) -> None:
    identity = ManagedIdentityCredential(transport=Wire(failure), retry_total=0)
    with pytest.raises(errors.Unavailable, match="no token"):
        await Arm(identity, Counters(), transport=Wire()).get(REF)


@pytest.mark.parametrize(("name", "call"), CALLS)
async def test_the_provider_is_not_registered_unasked(name: str, call: Call) -> None:
    message = (
        "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'. See https://aka.ms/rps"
    )
    wire = Wire(error(409, "MissingSubscriptionRegistration", message))
    with pytest.raises(errors.NotRegistered):
        await call(arm(wire))
    assert len(wire.sent) == 1, name


async def test_put() -> None:
    body = entry(REF.name, tags={"a": "b"})
    body["properties"] |= {"provisioningState": "Pending", "instanceView": {"events": [], "state": "Pending"}}
    operation = {"Azure-AsyncOperation": f"{HOST}/subscriptions/{SUBSCRIPTION}/operations/1?api-version=2018-06-01"}
    wire = Wire(Reply(201, body, BUDGET | operation))
    group, remaining = await arm(wire).put(REF, BODY)
    assert (group.ref, group.provisioning_state, group.state) == (REF, "Pending", "Pending")
    assert (group.location, group.tags) == ("westeurope", {"a": "b"})
    assert remaining == Remaining(five_minutes=99, hour=299)
    (request,) = wire.requests
    assert (request.method, request.url) == ("PUT", f"{GROUPS}/{REF.name}?api-version=2023-05-01")
    assert request.body == BODY
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "reply", [Reply(201, raw=b'{"id": '), Reply(201, []), Reply(202, None), Reply(200, {"name": "x"}), Reply(201, "x")]
)
async def test_an_accepted_put_that_cannot_be_read_may_have_had_its_effect(reply: Reply) -> None:
    with pytest.raises(errors.AnswerLost):
        await arm(Wire(reply)).put(REF, BODY)


async def test_what_the_sdk_cannot_parse_is_read_all_the_same() -> None:
    body = entry(REF.name)
    body["properties"] |= {"ipAddress": {"ip": "20.1.2.3", "ports": "none", "type": 5}, "volumes": 7}
    group, _ = await arm(Wire(Reply(201, body))).put(REF, BODY)
    assert group.ip == "20.1.2.3"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, entry(REF.name), BUDGET),
        Reply(202, None, BUDGET),
        Reply(204, None, BUDGET),
        error(404, "ResourceNotFound", headers=BUDGET),
    ],
)
async def test_delete(reply: Reply) -> None:
    wire = Wire(reply)
    assert await arm(wire).delete(REF) == Remaining(99, 299)
    assert wire.sent == ["DELETE"]


async def test_replace_tags() -> None:
    wire = Wire(Reply(200, entry(REF.name)))
    await arm(wire).replace_tags(REF, {"a": "b"})
    assert (wire.sent, wire.requests[0].body) == (["PATCH"], {"tags": {"a": "b"}})


async def test_create_resource_group() -> None:
    wire = Wire(Reply(201, {"id": "x", "location": "westeurope"}))
    await arm(wire).create_resource_group(SCOPE, "westeurope", {"a": "b"})
    assert wire.sent == ["PUT"]
    assert wire.requests[0].url == f"{HOST}/subscriptions/{SUBSCRIPTION}/resourcegroups/rg?api-version=2025-04-01"
    assert wire.requests[0].body == {"location": "westeurope", "tags": {"a": "b"}}


async def test_a_resource_group_that_another_has_made_elsewhere_is_good_enough() -> None:
    await arm(Wire(error(409, "InvalidResourceGroupLocation"))).create_resource_group(SCOPE, "x", {})


@pytest.mark.parametrize(("status", "exists"), [(204, True), (404, False)])
async def test_has_resource_group(status: int, exists: bool) -> None:
    wire = Wire(Reply(status))
    assert await arm(wire).has_resource_group(SCOPE) is exists
    assert wire.sent == ["HEAD"]


async def test_a_challenge_voids_the_first_answer() -> None:
    claims = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ"'}
    wire = Wire(error(401, "InvalidAuthenticationToken", headers=claims), ServiceResponseError("reset"))
    credential = Credential()
    with pytest.raises(errors.AnswerLost):
        await arm(wire, credential).put(REF, BODY)
    assert wire.sent == ["PUT", "PUT"]
    assert credential.asked[1]["claims"] == '{"a":1}'


async def test_an_expired_token_is_not_repeated() -> None:
    wire = Wire(error(401, "ExpiredAuthenticationToken", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}))
    with pytest.raises(errors.Unauthenticated):
        await arm(wire).put(REF, BODY)
    assert wire.sent == ["PUT"]


@pytest.mark.parametrize(
    ("call", "address"),
    [
        (READS["list"], f"{GROUPS}?api-version=2023-05-01"),
        (
            READS["list_subscription"],
            GROUPS.replace("/resourceGroups/rg", "") + "?api-version=2023-05-01",
        ),
    ],
)
async def test_list_reads_all_pages_and_merges_them_by_name(call: Call, address: str) -> None:
    second = "https://management.azure.com:443/subscriptions/x?api-version=2023-05-01&$skiptoken=abc%3D"
    wire = Wire(
        Reply(200, {"value": [entry("a"), entry("b", tags={"page": "1"})], "nextLink": second}),
        Reply(200, {"value": [entry("b", tags={"page": "2"}), entry("C")], "nextLink": ""}),
    )
    groups: Any = await call(arm(wire))
    assert [(group.ref.name, group.tags) for group in groups] == [("a", {}), ("b", {"page": "2"}), ("c", {})]
    assert {group.ref.scope for group in groups} == {SCOPE}
    assert [request.url for request in wire.requests] == [address, second]


async def test_a_page_that_has_not_changed_is_not_parsed_again() -> None:
    first = {"value": [entry("a")], "nextLink": f"{HOST}/2"}
    wire = Wire(
        Reply(200, first),
        Reply(200, {"value": [entry("b", tags={"at": "1"})]}),
        Reply(200, first),
        Reply(200, {"value": [entry("b", tags={"at": "2"})]}),
    )
    azure = arm(wire)
    before, after = await azure.list(SCOPE), await azure.list(SCOPE)
    assert after[0] is before[0]
    assert [group.tags for group in (before[1], after[1])] == [{"at": "1"}, {"at": "2"}]


BAD_SECOND_PAGES: dict[str, Any] = {
    "500": error(500, "InternalServerError"),
    "cut": ServiceResponseError("reset"),
    "no JSON": Reply(200, raw=b'{"value": ['),
    "nested without end": Reply(200, raw=b"[" * 100_000),
    "no list": Reply(200, {"value": None}),
    "no object": Reply(200, []),
    "an entry without an id": Reply(200, {"value": [{"name": "x"}]}),
    "an entry that is no object": Reply(200, {"value": [None]}),
    "a circle": Reply(200, {"value": [], "nextLink": f"{HOST}/2"}),
}


@pytest.mark.parametrize("second", BAD_SECOND_PAGES)
async def test_a_list_without_all_its_pages_is_no_list(second: str) -> None:
    wire = Wire(Reply(200, {"value": [entry("a")], "nextLink": f"{HOST}/2"}), BAD_SECOND_PAGES[second])
    with pytest.raises(errors.Unavailable):
        await arm(wire).list(SCOPE)
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next",
        "http://management.azure.com/next",
        "https://management.azure.com:8443/next",
        "https://management.azure.com@evil.example/next",
        "//evil.example/next",
        "https://management.azure.com:port/next",
    ],
)
async def test_a_next_page_on_another_host_gets_no_token(link: str) -> None:
    wire = Wire(Reply(200, {"value": [], "nextLink": link}))
    with pytest.raises(errors.Unavailable, match="another host"):
        await arm(wire).list(SCOPE)
    assert len(wire.sent) == 1


async def test_an_endpoint_of_ones_own() -> None:
    link = "https://127.0.0.1:7443/next?page=2"
    wire = Wire(Reply(200, {"value": [], "nextLink": link}), Reply(200, {"value": []}))
    assert await arm(wire, endpoint="https://127.0.0.1:7443/").list(SCOPE) == ()
    assert [request.url.split("?", maxsplit=1)[0] for request in wire.requests] == [
        GROUPS.replace(HOST, "https://127.0.0.1:7443"),
        "https://127.0.0.1:7443/next",
    ]


def test_an_endpoint_without_tls_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        arm(Wire(), endpoint="http://127.0.0.1:7443")


@pytest.mark.parametrize(
    ("subscription", "resource_group", "name"),
    [
        ("mine", "rg", "x"),
        (f"{SUBSCRIPTION}/x", "rg", "x"),
        (SUBSCRIPTION, "..", "x"),
        (SUBSCRIPTION, "rg/../other", "x"),
        (SUBSCRIPTION, "", "x"),
        (SUBSCRIPTION, "rg", ".."),
        (SUBSCRIPTION, "rg", "a/b"),
        (SUBSCRIPTION, "rg", ""),
        (SUBSCRIPTION, "rg", "a?b"),
    ],
)
async def test_what_cannot_stand_in_a_path_is_not_sent(subscription: str, resource_group: str, name: str) -> None:
    wire = Wire()
    with pytest.raises(errors.Invalid):
        await arm(wire).put(GroupRef(ResourceGroupRef(subscription, resource_group), name), BODY)
    assert wire.sent == []


async def test_neither_token_nor_body_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "azure"):
        caplog.set_level(logging.DEBUG, logger=name)
    body = {"properties": {"environmentVariables": [{"name": "KEY", "value": "hunter2"}]}}
    wire = Wire(Reply(201, entry(REF.name)), error(400, "InvalidRequestContent", "secret=hunter2"))
    azure = arm(wire)
    await azure.put(REF, body)
    with pytest.raises(errors.Invalid) as refusal:
        await azure.put(REF, body)
    logging.getLogger("test").warning("failed", exc_info=refusal.value)
    assert "azure.core" in caplog.text
    assert TOKEN not in caplog.text
    assert "hunter2" not in caplog.text


async def test_close() -> None:
    wire = Wire(Reply(200, entry(REF.name)), Reply(200, {"value": []}), Reply(204))
    azure = arm(wire)
    await azure.get(REF)
    await azure.list(SCOPE)
    await azure.has_resource_group(SCOPE)
    await azure.close()
    assert wire.closed
    with pytest.raises(errors.Unavailable):
        await azure.get(REF)
    assert len(wire.sent) == 3


async def test_telemetry() -> None:
    counters = Counters()
    wire = Wire(
        Reply(200, entry(REF.name)),
        error(404, "ResourceNotFound"),
        ServiceRequestError("refused"),
        ServiceResponseError("reset"),
    )
    azure = Arm(Credential(), counters, transport=wire)
    await azure.get(REF)
    for _ in range(3):
        with pytest.raises(errors.AzureError):
            await azure.get(REF)
    assert counters.arm == [("get", "200"), ("get", "404"), ("get", "unreachable"), ("get", "cut")]


@pytest.mark.looptime
async def test_a_cancelled_call_ends_at_once() -> None:
    azure = arm(Wire(hang))
    call = asyncio.create_task(azure.put(REF, BODY))
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.looptime
async def test_timeouts_cover_the_token_too() -> None:
    class Slow(Credential):
        async def get_token(self, *_: str, **__: Any) -> Any:
            await asyncio.sleep(1e6)

    with pytest.raises(errors.Unavailable):
        await arm(Wire(), Slow(), write_timeout=7).put(REF, BODY)
    assert asyncio.get_running_loop().time() == 7
