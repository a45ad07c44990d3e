"""Plain HTTP manners over TLS, as clients use them that were never looked at: sockets, requests, aiohttp."""

import gzip
import http.client
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from aci_emulator.serve.exchange import takes_gzip

from .bodies import document
from .conftest import SUBSCRIPTION, Site
from .test_tls import connection, path

VERSION = "api-version=2023-05-01"


@pytest.fixture
def bearer(site: Site) -> dict[str, str]:
    with site.credential() as credential:
        return {"Authorization": f"Bearer {credential.get_token('https://management.azure.com/.default').token}"}


@pytest.fixture
def group(resource_group: str, bearer: dict[str, str], site: Site) -> str:
    """The path of a group that was just made, with a version."""
    url = f"{path(resource_group, 'g')}?{VERSION}"
    made = requests.put(
        site.running.endpoint + url, json=document(), headers=bearer, verify=str(site.running.ca), timeout=10
    )
    assert made.status_code == 201
    return url


Ask = Callable[..., tuple[http.client.HTTPResponse, bytes]]


@pytest.fixture
def ask(site: Site, bearer: dict[str, str]) -> Iterator[Ask]:
    """Send a request on one connection that stays open; gives the answer and its raw body."""
    client = connection(site)

    def send(method: str, url: str, body: Any = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        given = {**bearer, **{name.replace("_", "-"): value for name, value in headers.items()}}
        client.request(method, url, body, given)
        answer = client.getresponse()
        return answer, answer.read()

    yield send
    client.close()


def raw(site: Site, request: bytes) -> bytes:
    """What comes back to some bytes, until the server closes."""
    parts = urlsplit(site.running.endpoint)
    context = ssl.create_default_context(cafile=str(site.running.ca))
    plain = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10)
    with context.wrap_socket(plain, server_hostname=str(parts.hostname)) as secure:
        secure.sendall(request)
        received = b""
        while chunk := secure.recv(65536):
            received += chunk
    return received


def test_one_connection_serves_many_requests(ask: Ask, group: str) -> None:
    seen = [ask("GET", group)[0] for _ in range(3)]
    assert [answer.status for answer in seen] == [200] * 3
    assert {answer.version for answer in seen} == {11}


@pytest.mark.parametrize(
    ("accepted", "packed"), [("gzip", True), ("deflate, gzip;q=1.0, *;q=0.5", True), ("identity", False), ("", False)]
)
def test_answers_are_packed_when_the_client_takes_it(ask: Ask, group: str, accepted: str, packed: bool) -> None:
    answer, body = ask("GET", group, Accept_Encoding=accepted)
    assert (answer.headers["Content-Encoding"] == "gzip") == packed
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(body)
    plain = gzip.decompress(body) if packed else body
    assert json.loads(plain)["name"] == "g"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("br, GZIP ; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("x-gzip", False),
        ("*", False),
    ],
)
def test_what_an_accept_encoding_means(accepted: str, expected: bool) -> None:
    assert takes_gzip(accepted) == expected


def test_a_packed_body_is_unpacked(ask: Ask, resource_group: str) -> None:
    body = gzip.compress(json.dumps(document()).encode())
    headers = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
    answer, _ = ask("PUT", f"{path(resource_group, 'packed')}?{VERSION}", body, **headers)
    assert answer.status == 201


def test_a_body_that_is_not_packed_as_it_says(ask: Ask, resource_group: str) -> None:
    headers = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
    answer, body = ask("PUT", f"{path(resource_group, 'g')}?{VERSION}", b"plain", **headers)
    assert answer.status == 400
    assert json.loads(body)["error"]["code"] == "BadRequest"


def test_a_small_body_that_unpacks_to_a_large_one(ask: Ask, resource_group: str) -> None:
    headers = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
    body = gzip.compress(b" " * 20_000_000)
    answer, text = ask("PUT", f"{path(resource_group, 'g')}?{VERSION}", body, **headers)
    assert answer.status == 413
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    assert json.loads(text)["error"]["code"] == "RequestEntityTooLarge"


def test_the_body_may_wait_for_a_100(site: Site, bearer: dict[str, str], resource_group: str) -> None:
    body = json.dumps(document()).encode()
    head = (
        f"PUT {path(resource_group, 'g')}?{VERSION} HTTP/1.1\r\nHost: azure\r\nConnection: close\r\n"
        f"Authorization: {bearer['Authorization']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    received = raw(site, head.encode() + body)
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")


def test_http_1_0_gets_links_on_the_address(site: Site, bearer: dict[str, str], resource_group: str) -> None:
    body = json.dumps(document()).encode()
    head = (
        f"PUT {path(resource_group, 'g')}?{VERSION} HTTP/1.0\r\nAuthorization: {bearer['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    received = raw(site, head.encode() + body).decode()
    assert received.startswith("HTTP/1.0 201 ")
    link = re.search(r"Azure-AsyncOperation: (\S+)", received)
    assert link is not None
    assert link[1].startswith(site.running.endpoint)


def test_head_has_the_status_of_get_and_no_body(ask: Ask, resource_group: str) -> None:
    subscription = f"/subscriptions/{SUBSCRIPTION}"
    groups = f"{subscription}/resourcegroups"
    for url, status in ((f"{groups}/{resource_group}", 204), (f"{groups}/none", 404), (subscription, 405)):
        answer, body = ask("HEAD", f"{url}?api-version=2021-04-01")
        assert (answer.status, body) == (status, b"")


def test_a_head_that_is_refused_leaves_the_connection_usable(ask: Ask, group: str) -> None:
    assert ask("HEAD", group)[0].status == 405
    assert ask("GET", group)[0].status == 200


@pytest.mark.parametrize(
    "spelled",
    [
        lambda url: url.replace("Microsoft.", "Microsoft%2E"),
        lambda url: url.replace("Microsoft.", "Microsoft%2e"),
        lambda url: url.replace("/subscriptions", "//subscriptions"),
        lambda url: url.replace("/resourceGroups/", "/RESOURCEGROUPS//"),
        lambda url: url.replace("containerGroups", "containergroups"),
        lambda url: url.replace("?", "/?"),
        lambda url: url.replace("api-version", "API-Version"),
        lambda url: url + "&unknown=1&$expand=all&=&%zz",
        lambda url: url + "#fragment",
    ],
)
def test_spellings_of_one_url(ask: Ask, group: str, spelled: Callable[[str], str]) -> None:
    answer, body = ask("GET", spelled(group))
    assert answer.status == 200, body


@pytest.mark.parametrize(("asked", "echoed"), [("true", "mine"), ("True", "mine"), ("false", None), (None, None)])
def test_the_clients_own_id_comes_back_when_it_asks(
    ask: Ask, group: str, asked: str | None, echoed: str | None
) -> None:
    headers = {"x_ms_client_request_id": "mine", **({"x_ms_return_client_request_id": asked} if asked else {})}
    for url in (group, group.replace("/g?", "/missing?")):
        answer, _ = ask("GET", url, **headers)
        assert answer.headers["x-ms-client-request-id"] == echoed
        assert answer.headers["x-ms-request-id"]


@pytest.mark.parametrize(
    ("change", "status", "cause", "code"),
    [
        ({"location": "mars"}, 400, "gateway", "LocationNotAvailableForResourceType"),
        ({"properties": {}}, 400, "service", "InvalidOsType"),
    ],
)
def test_who_refuses_is_told(
    ask: Ask, resource_group: str, change: dict[str, Any], status: int, cause: str, code: str
) -> None:
    body = json.dumps({**document(), **change})
    answer, text = ask("PUT", f"{path(resource_group, 'x')}?{VERSION}", body, Content_Type="application/json")
    assert (answer.status, answer.headers["x-ms-failure-cause"]) == (status, cause)
    assert json.loads(text)["error"]["code"] == code


def test_a_body_on_get_is_ignored(ask: Ask, group: str) -> None:
    assert ask("GET", group, b"{broken", Content_Type="text/plain")[0].status == 200


def test_a_body_without_a_media_type(ask: Ask, resource_group: str) -> None:
    answer, body = ask("PUT", f"{path(resource_group, 'g')}?{VERSION}", json.dumps(document()).encode())
    assert answer.status == 415
    assert "'<null>'" in json.loads(body)["error"]["message"]


def test_a_signed_operation_url_is_long_and_works(ask: Ask, resource_group: str) -> None:
    body = json.dumps(document())
    made, _ = ask("PUT", f"{path(resource_group, 'h')}?{VERSION}", body, Content_Type="application/json")
    link = made.headers["Azure-AsyncOperation"]
    target = link[link.index("/subscriptions") :]
    assert ask("GET", f"{target}&c={'x' * 4000}")[0].status == 200


@pytest.mark.parametrize("size", [20_000, 60_000])
def test_a_very_long_url_is_refused(ask: Ask, group: str, size: int) -> None:
    answer, body = ask("GET", f"{group}&x={'y' * size}")
    assert answer.status == 414
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    assert json.loads(body)["error"]["code"] == "RequestUriTooLong"


def test_a_url_that_is_too_long_even_to_look_at(ask: Ask, group: str) -> None:
    assert 400 <= ask("GET", f"{group}&x={'y' * 100_000}")[0].status < 500


def test_a_chunked_body(site: Site, bearer: dict[str, str], resource_group: str) -> None:
    def parts() -> Iterator[bytes]:
        text = json.dumps(document()).encode()
        yield text[:10]
        yield text[10:]

    url = f"{site.running.endpoint}{path(resource_group, 'g')}?{VERSION}"
    headers = {**bearer, "Content-Type": "application/json"}
    assert requests.put(url, data=parts(), headers=headers, verify=str(site.running.ca), timeout=10).status_code == 201
