"""The calls to the API server on the official client, one implementation for all kinds.

The generated classes are left out: manifests stay the dicts that they are on the wire, which costs a third of the time
and knows no difference between built-in and custom kinds.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

import aiohttp
from kubernetes.aio.client import ApiClient

from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.access import Access
from aci_operator.kube.api import REVISIONS, Listing, Manifest, Resource
from aci_operator.kube.refusals import Expired, Request, refusal

CHUNK: Final = 500
TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5)
DEADLINE: Final = "20s"
"""How long the API server may work on a request: it gives up before the client does, so no write has a late effect."""

_USER_AGENT: Final = "aci-operator"
_JSON: Final = "application/json"
_YAML: Final = "application/yaml"
_MERGE_PATCH: Final = "application/merge-patch+json"
_LIST_ATTEMPTS: Final = 3
_DRY_RUN: Final = {"dryRun": "All"}


async def connect(kubeconfig: Path | None) -> "Client":
    """Return a client for the cluster of a kubeconfig, or for the one that this process runs in.

    Raises:
        ApiUnavailable: There are no credentials to read. The API server itself is not asked.
    """
    access = await Access.load(kubeconfig)
    try:
        return Client(access)
    except OSError as error:  # of TLS too
        raise ApiUnavailable(f"the certificates for the API server make no sense: {error}") from error


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


class Client:
    """Implements `KubeApi`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._api = ApiClient(access.configuration)
        self._api.user_agent = _USER_AGENT

    async def close(self) -> None:
        """Close all connections."""
        close: Callable[[], Awaitable[None]] = self._api.close
        await close()

    async def get(self, resource: Resource, namespace: str, name: str) -> Manifest:
        """Read one object."""
        return await self._object(Request("get", resource, namespace, name))

    async def list(self, resource: Resource, *, label_selector: str = "", namespace: str = "") -> Listing:
        """Read all objects, of one namespace or all, in chunks; again when a chunk came too late for the API server."""
        for _ in range(_LIST_ATTEMPTS):
            items: list[Manifest] = []
            version = ""
            try:
                async for page in self.pages(resource, label_selector=label_selector, namespace=namespace):
                    items += page.items
                    version = page.resource_version
            except Expired:
                continue
            return Listing(items, version)
        raise ApiUnavailable(f"{Request('list', resource, namespace)}: the list expired between its chunks")

    async def pages(
        self, resource: Resource, *, label_selector: str = "", namespace: str = ""
    ) -> AsyncIterator[Listing]:
        """Read all objects, of one namespace or all, chunk by chunk."""
        request = Request("list", resource, namespace)
        query = {"limit": str(CHUNK)} | ({"labelSelector": label_selector} if label_selector else {})
        following = True
        while following:
            page = await self._object(request, query=query)
            for item in page["items"]:  # built-in kinds leave these out in a list
                item.setdefault("apiVersion", resource.api_version)
                item.setdefault("kind", resource.kind)
            yield Listing(page["items"], page["metadata"]["resourceVersion"])
            following = bool(page["metadata"].get("continue"))
            query["continue"] = page["metadata"].get("continue", "")

    async def create(self, resource: Resource, body: Manifest, *, dry_run: bool = False) -> Manifest:
        """Create an object, or only learn what it would be."""
        metadata = body["metadata"]
        request = Request("create", resource, metadata.get("namespace", ""), metadata["name"])
        return await self._object(request, body, _DRY_RUN if dry_run else None)

    async def replace(self, resource: Resource, body: Manifest, *, dry_run: bool = False) -> Manifest:
        """Replace an object, or only learn what it would be."""
        return await self._object(_update(resource, body, ""), body, _DRY_RUN if dry_run else None)

    async def replace_status(self, resource: Resource, body: Manifest) -> Manifest:
        """Replace the status of an object."""
        return await self._object(_update(resource, body, "status"), body)

    async def patch_metadata(self, resource: Resource, namespace: str, name: str, metadata: Manifest) -> Manifest:
        """Merge into the metadata of an object."""
        return await self._object(Request("patch", resource, namespace, name), {"metadata": metadata})

    async def patch_spec(self, resource: Resource, body: Manifest, spec: Manifest) -> Manifest:
        """Merge into the spec of the very version of an object that `body` is. For people: the operator never does."""
        metadata = body["metadata"]
        change = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "spec": spec}
        return await self._object(Request("patch", resource, metadata["namespace"], metadata["name"]), change)

    async def delete(self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str) -> None:
        """Delete an object, with preconditions."""
        preconditions = {"uid": uid} | ({"resourceVersion": resource_version} if resource_version else {})
        await self._object(Request("delete", resource, namespace, name), {"preconditions": preconditions})

    async def _object(
        self, request: Request, body: Manifest | None = None, query: dict[str, str] | None = None
    ) -> Manifest:
        used = await self._access.authorization()
        answer = await self._send(request, body, query)
        # A refused credential means that nothing happened, so even a write may be sent again.
        if answer.status == 401 and await self._access.replace(used):
            answer = await self._send(request, body, query)
        if answer.status >= 300:
            raise refusal(request, answer.status, answer.body)
        try:
            manifest: Any = json.loads(answer.body)
        except ValueError:
            manifest = None
        if not isinstance(manifest, dict):
            raise ApiUnavailable(f"{request}: the answer is no object")
        return manifest

    async def _send(self, request: Request, body: Manifest | None, query: dict[str, str] | None) -> _Answer:
        content_type = _content_type(request)
        try:
            method, url, headers, sent, _ = await self._api.param_serialize(
                _METHODS[request.verb],
                _path(request),
                query_params=[("timeout", DEADLINE), *(query or {}).items()],
                header_params={"Accept": _JSON, "Content-Type": content_type},
                body=json.dumps(body) if content_type == _YAML else body,
                auth_settings=["BearerToken"],
            )
            response = await self._api.call_api(method, url, headers, sent, _request_timeout=TIMEOUT)
            read: Callable[[], Awaitable[bytes]] = response.read
            return _Answer(response.status, await read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ApiUnavailable(f"{request}: no answer ({type(error).__name__})") from error


def _content_type(request: Request) -> str:
    """Return how a body is sent.

    A ControllerRevision's data are stored byte for byte, and any later write that spells the same JSON otherwise is
    refused as a change of them; the API server's own garbage collector makes such writes. Sent as YAML, of which JSON
    is a part, the data are spelt by the API server from the start.
    """
    if request.verb == "patch":
        return _MERGE_PATCH
    return _YAML if request.verb in {"create", "update"} and request.resource == REVISIONS else _JSON


_METHODS: Final = {"get": "GET", "list": "GET", "create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}


def _update(resource: Resource, body: Manifest, subresource: Literal["", "status"]) -> Request:
    metadata = body["metadata"]
    return Request("update", resource, metadata.get("namespace", ""), metadata["name"], subresource)


def _path(request: Request) -> str:
    resource = request.resource
    parts = ["apis", resource.group] if resource.group else ["api"]
    parts.append(resource.version)
    if request.namespace:
        parts += ["namespaces", request.namespace]
    parts.append(resource.plural)
    if request.verb not in {"list", "create"}:
        parts.append(request.name)
    if request.subresource:
        parts.append(request.subresource)
    return "/" + "/".join(quote(part, safe="") for part in parts)
