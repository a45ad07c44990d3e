"""The face on sockets: tokens and roles through the SDK, cut connections, held requests, plain HTTP manners."""

import asyncio
import http.client
import json
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aci_emulator.admin.client import AdminError, Client
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.mgmt.containerinstance import ContainerInstanceManagementClient

from .bodies import document, model
from .conftest import CLIENT, LIMITED, LIMITED_SUBJECT, SUBSCRIPTION, Sdk, Site, eventually


def path(resource_group: str, name: str) -> str:
    return (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{resource_group}"
        f"/providers/Microsoft.ContainerInstance/containerGroups/{name}"
    )


def connection(site: Site) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(site.running.ca))
    return http.client.HTTPSConnection(urlsplit(site.running.endpoint).netloc, timeout=10, context=context)


@pytest.fixture
async def session(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    async with site.aio_credential() as credential:
        token = await credential.get_token("https://management.azure.com/.default")
    context = ssl.create_default_context(cafile=str(site.running.ca))
    async with aiohttp.ClientSession(
        site.running.endpoint,
        headers={"Authorization": f"Bearer {token.token}"},
        connector=aiohttp.TCPConnector(ssl=context),
    ) as opened:
        yield opened


def test_without_a_token(site: Site) -> None:
    client = connection(site)
    client.request("GET", f"/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01")
    answer = client.getresponse()
    assert answer.status == 401
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    assert answer.headers["x-ms-request-id"]
    assert json.load(answer) == {
        "error": {
            "code": "AuthenticationFailed",
            "message": "Authentication failed. The 'Authorization' header is missing.",
        }
    }
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer authorization_uri="https://login.windows.net/22222222-2222-2222-2222-222222222222", '
        'error="invalid_token", error_description="The authentication failed because of missing '
        "'Authorization' header.\""
    )


@pytest.mark.parametrize(("client", "subject"), [(CLIENT, LIMITED_SUBJECT), ("nobody", LIMITED_SUBJECT)])
def test_a_credential_that_is_not_federated(site: Site, client: str, subject: str) -> None:
    with (
        site.credential(client, subject) as credential,
        pytest.raises(ClientAuthenticationError, match=r"AADSTS700(213|016)"),
    ):
        credential.get_token("https://management.azure.com/.default")


def test_a_right_that_is_granted_later(site: Site, resource_group: str) -> None:
    role: dict[str, Any] = {"Name": "r", "Actions": ["*/read"], "NotActions": [], "AssignableScopes": ["/"]}
    site.admin.set_role(role, LIMITED)
    with (
        site.credential(LIMITED, LIMITED_SUBJECT) as credential,
        ContainerInstanceManagementClient(credential, **site.options) as client,
    ):
        assert list(client.container_groups.list_by_resource_group(resource_group)) == []
        with pytest.raises(HttpResponseError) as refused:
            client.container_groups.begin_create_or_update(resource_group, "g", model())
        assert refused.value.status_code == 403
        assert refused.value.error is not None
        assert refused.value.error.code == "AuthorizationFailed"
        assert "Microsoft.ContainerInstance/containerGroups/write" in str(refused.value.error.message)
        site.admin.set_role({**role, "Actions": ["*/read", "Microsoft.ContainerInstance/containerGroups/*"]}, LIMITED)
        assert client.container_groups.begin_create_or_update(resource_group, "g", model()).result().name == "g"


@pytest.mark.parametrize(("kind", "exists"), [("cut-before", False), ("cut-after", True)])
async def test_cut(aio_aci: Sdk, resource_group: str, site: Site, kind: str, exists: bool) -> None:
    # aiohttp itself sends an idempotent request once more when its connection is cut, whatever the SDK's retries say.
    site.admin.rule(kind, method="PUT", path=f"*/{resource_group}/*", count=2)
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        await aio_aci.container_groups.begin_create_or_update(resource_group, "g", model(), polling=False)
    puts = [r for r in site.admin.requests() if (r["method"], r["path"]) == ("PUT", path(resource_group, "g"))]
    assert [r["status"] for r in puts] == [None, None]
    found = [g.name async for g in aio_aci.container_groups.list_by_resource_group(resource_group)]
    assert found == (["g"] if exists else [])


async def test_cut_is_seen_by_the_sync_client_too(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("cut-after", method="PUT", path=f"*/{resource_group}/*")
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        aci.container_groups.begin_create_or_update(resource_group, "g", model(), polling=False)
    assert aci.container_groups.get(resource_group, "g").name == "g"


async def test_answers_in_place_of_and_after_the_effect(aio_aci: Sdk, resource_group: str, site: Site) -> None:
    groups = aio_aci.container_groups
    rule = site.admin.rule(
        "answer", method="GET", path="*/containerGroups/g", count=2, status=429, code="X", headers={"Retry-After": "9"}
    )
    for _ in range(2):
        with pytest.raises(HttpResponseError) as throttled:
            await groups.get(resource_group, "g")
        response: Any = throttled.value.response
        assert response.headers["Retry-After"] == "9"
    with pytest.raises(ResourceNotFoundError):
        await groups.get(resource_group, "g")
    assert next(r for r in site.admin.rules() if r["id"] == rule)["hits"] == 2

    site.admin.rule("answer-after", method="PUT", path="*/containerGroups/g", status=503, code="ServerTimeout")
    with pytest.raises(HttpResponseError) as timeout:
        await groups.begin_create_or_update(resource_group, "g", model(), polling=False)
    assert timeout.value.status_code == 503
    assert (await groups.get(resource_group, "g")).name == "g"


@pytest.mark.parametrize(("kind", "meanwhile"), [("hold-before", 404), ("hold-after", 200)])
async def test_hold(session: aiohttp.ClientSession, resource_group: str, site: Site, kind: str, meanwhile: int) -> None:
    url = path(resource_group, "g") + "?api-version=2023-05-01"
    rule = site.admin.rule(kind, method="PUT", path=f"*/{resource_group}/*", count=None)
    putting = asyncio.ensure_future(session.put(url, json=document()))
    await eventually(lambda: bool(site.admin.held()), "the PUT is held")
    async with session.get(url) as seen:
        assert seen.status == meanwhile
    assert not putting.done()
    site.admin.release(rule)
    async with await putting as answer:
        assert answer.status == 201
    assert site.admin.held() == []


@pytest.mark.parametrize(("late", "status"), [(False, 404), (True, 200)])
async def test_client_that_dies_while_held(
    session: aiohttp.ClientSession,
    resource_group: str,
    site: Site,
    late: bool,
    status: int,
) -> None:
    url = path(resource_group, "g") + "?api-version=2023-05-01"
    site.admin.rule("hold-before", method="PUT", path=f"*/{resource_group}/*", count=None, late=late)
    client = connection(site)
    headers = {"Authorization": session.headers["Authorization"], "Content-Type": "application/json"}
    client.request("PUT", url, json.dumps(document()), headers)
    await eventually(lambda: bool(site.admin.held()), "the PUT is held")
    client.close()
    if not late:
        await eventually(lambda: not site.admin.held(), "the PUT is dropped")
    site.admin.release()
    async with session.get(url) as seen:
        assert seen.status == status


async def test_a_token_endpoint_that_fails(site: Site) -> None:
    site.admin.rule("answer", method="POST", path="*/oauth2/v2.0/token", count=None, status=400, code="down")
    async with site.aio_credential() as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token("https://management.azure.com/.default")
    assert site.admin.requests(time.time() - 5)[-1]["operation"] == "token"


async def test_head_keep_alive_gzip_and_expect(session: aiohttp.ClientSession, resource_group: str, site: Site) -> None:
    group = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{resource_group}?api-version=2025-04-01"
    async with session.head(group) as answer:
        assert answer.status == 204
    async with session.head(group.replace(resource_group, "none")) as answer:
        assert answer.status == 404
    url = path(resource_group, "g") + "?api-version=2023-05-01"
    async with session.put(url, json=document(), compress="gzip", expect100=True) as answer:
        assert answer.status == 201
    client = connection(site)
    for _ in range(3):
        client.request("GET", url, headers={"Authorization": session.headers["Authorization"]})
        with client.getresponse() as response:
            assert response.status == 200
            response.read()


async def test_a_body_that_is_too_large(session: aiohttp.ClientSession, resource_group: str) -> None:
    url = path(resource_group, "g") + "?api-version=2023-05-01"
    for size in (2_000_000, 17_000_000):
        async with session.put(url, data=b" " * size, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 413
            assert (await answer.json())["error"]["code"] == "RequestEntityTooLarge"


async def test_over_budget(aio_aci: Sdk, resource_group: str, site: Site) -> None:
    north = model(location="northeurope")
    site.admin.change(budget_5m=1, budget_1h=2)
    try:
        cls = lambda pipeline, _body, _headers: pipeline.http_response.headers  # noqa: E731 the SDK's own form
        put = aio_aci.container_groups.begin_create_or_update
        headers = await (await put(resource_group, "a", north, polling=False, cls=cls)).result()
        name = "x-ms-ratelimit-remaining-subscription-resource-requests"
        assert (headers[f"{name}-pt5m"], headers[f"{name}-pt1h"]) == ("0", "1")
        with pytest.raises(HttpResponseError) as throttled:
            await put(resource_group, "b", north, polling=False)
    finally:
        site.admin.change(budget_5m=10_000, budget_1h=20_000)
    assert throttled.value.status_code == 429
    assert throttled.value.error is not None
    assert throttled.value.error.code == "ResourceRequestsThrottled"
    response: Any = throttled.value.response
    assert 0 < int(response.headers["Retry-After"]) <= 6
    assert response.headers[f"{name}-pt5m"] == "0"


def test_a_host_that_is_none(site: Site) -> None:
    client = connection(site)
    client.request("GET", "/subscriptions", headers={"Host": "["})
    assert client.getresponse().status == 400


def test_upper_case_escapes_and_a_strange_path(site: Site) -> None:
    client = connection(site)
    client.request("GET", "/%2F%c3%BC/../a//b?x=%zz")
    assert client.getresponse().status == 401


@pytest.mark.parametrize(
    ("method", "command", "body"),
    [
        ("GET", "nothing", None),
        ("POST", "kill", {"group": "nobody"}),
        ("POST", "kill", {}),
        ("POST", "rules", {"kind": "explode"}),
        ("POST", "rules", {"kind": "answer"}),
        ("POST", "rules", {"kind": "cut-before", "path": "re:("}),
        ("POST", "rules", {"kind": "cut-before", "colour": "red"}),
        ("POST", "settings", {"seed": "x"}),
        ("POST", "settings", {"colour": 1}),
        ("POST", "role", {"role": 5}),
        ("POST", "groups", {"resource_group": "none", "name": "g", "location": "westeurope"}),
        ("POST", "release", {"id": "hold-99"}),
        ("POST", "settings", [1]),
    ],
)
def test_bad_admin_requests(site: Site, method: str, command: str, body: Any) -> None:
    with pytest.raises(AdminError, match=r"\w"):
        site.admin.call(method, command, body)


def test_an_emulator_that_is_not_there(site: Site) -> None:
    with pytest.raises(AdminError, match="cannot reach"):
        Client("https://127.0.0.1:1", site.running.ca).groups()
