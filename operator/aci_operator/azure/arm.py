"""Container groups and resource groups by Azure Resource Manager: the port `engine.ports.Azure`, on the real SDK."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import IO, Any, cast
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.containerinstance.aio.operations import ContainerGroupsOperations
from azure.mgmt.resource.resources.aio.operations import ResourceGroupsOperations

from aci_operator.azure import paths
from aci_operator.azure.clients import API_VERSION, PUBLIC_CLOUD, Clients
from aci_operator.azure.exchange import Exchange
from aci_operator.azure.groups import from_list, from_read
from aci_operator.azure.headers import remaining
from aci_operator.azure.operations import Operation
from aci_operator.azure.pages import Lists
from aci_operator.azure.starts import Starts
from aci_operator.azure.usages import from_usage
from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import Invalid, NotFound, Remaining, ResourceGroupNotFound, Unavailable
from aci_operator.core.usage import Usage
from aci_operator.engine.telemetry import RequestCounter


class Arm:
    """Azure as the engine sees it: one request on the wire for each call, and one for each page of a list.

    Every call ends by a timeout. Nothing is repeated, polled, redirected or registered: the engine decides.
    What a class of error means is written at the classes in `core.errors`; no other exception leaves this one.

    Attributes:
        credential: Gives the tokens. It is not closed by `close`.
        telemetry: Told of each request.
        endpoint: Base address of ARM, https. Never from an object in the cluster.
        scope: What the tokens are for; a sovereign cloud has its own.
        transport: Carries all requests in place of aiohttp; closed by `close`.
        write_timeout: Seconds for a whole write, its token included.
        read_timeout: Seconds for a whole read; of a LIST, for each page.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        telemetry: RequestCounter,
        *,
        endpoint: str = PUBLIC_CLOUD,
        scope: str = f"{PUBLIC_CLOUD}/.default",
        transport: AsyncHttpTransport[Any, Any] | None = None,
        write_timeout: float = 20.0,
        read_timeout: float = 20.0,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        if urlsplit(self._endpoint).scheme != "https":
            raise ValueError(f'the address of Azure Resource Manager must begin with https://, not "{endpoint}"')
        self._clients = Clients(credential, self._endpoint, scope, transport)
        self._telemetry = telemetry
        self._write_timeout = write_timeout
        self._read_timeout = read_timeout
        self._starts = Starts(self._clients, self._endpoint)
        self._lists = Lists[CloudGroup](self._clients)
        self._usages = Lists[Usage | None](self._clients)
        self._closed = False

    async def close(self) -> None:
        """Close the connections; calls after it raise Unavailable."""
        self._closed = True
        await self._clients.close()

    async def get(self, ref: GroupRef) -> CloudGroup:
        """Read one group, and why it failed when it does not say so itself: then two requests.

        Raises NotFound only for 404 ResourceNotFound.
        """
        request = HttpRequest("GET", self._address(paths.of_group(ref)))
        exchange = self._exchange(Operation.GET)
        try:
            response = await exchange.run(lambda **options: self._clients.reader().send_request(request, **options))
        except NotFound:
            self._starts.over(ref)
            raise
        group = _read(exchange, ref, response)
        if group.provisioning_state == "Succeeded":
            self._starts.over(ref)
        if group.provisioning_state == "Failed" and not group.failure and self._starts.begun(ref):
            return replace(group, failure=await self._starts.why(ref, self._exchange(Operation.START)))
        return group

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        """Read all groups of a resource group, all pages of them. A missing page raises Unavailable."""
        return await self._list(Operation.LIST, scope.subscription_id, paths.groups_in(scope))

    async def list_subscription(self, subscription_id: str) -> Sequence[CloudGroup]:
        """Read all groups of a subscription that the credential may read."""
        return await self._list(Operation.LIST_SUBSCRIPTION, subscription_id, paths.groups_of(subscription_id))

    async def list_usages(self, subscription_id: str, location: str) -> Sequence[Usage]:
        """Read what is used of a subscription's quotas in a region."""
        path = paths.usages_in(subscription_id, location)
        found = await self._usages.read(self._address(path), from_usage, lambda: self._exchange(Operation.LIST_USAGES))
        return [usage for usage in found if usage is not None]

    async def put(self, ref: GroupRef, body: Mapping[str, Any]) -> tuple[CloudGroup, Remaining]:
        """Create a group; returns when Azure has accepted it, not when it runs."""
        groups, path = self._groups(ref)
        exchange = self._exchange(Operation.PUT)
        content = _json(body)
        response = await exchange.run(
            lambda **options: groups.begin_create_or_update(*path, content, polling=False, **options)
        )
        self._starts.began(ref, response.headers)
        return _read(exchange, ref, response), remaining(response.headers)

    async def delete(self, ref: GroupRef) -> Remaining:
        """Delete a group; returns when Azure has accepted it. A missing group is no error."""
        groups, path = self._groups(ref)
        try:
            response = await self._exchange(Operation.DELETE).run(
                lambda **options: groups.begin_delete(*path, polling=False, **options)
            )
        except NotFound as missing:
            return missing.remaining
        return remaining(response.headers)

    async def replace_tags(self, ref: GroupRef, tags: Mapping[str, str]) -> None:
        """Replace the whole map of tags. Restarts nothing."""
        groups, path = self._groups(ref)
        content = _json({"tags": dict(tags)})
        await self._exchange(Operation.REPLACE_TAGS).run(lambda **options: groups.update(*path, content, **options))

    async def has_resource_group(self, scope: ResourceGroupRef) -> bool:
        """Tell whether a resource group exists."""
        groups, name = self._resource_groups(scope)
        try:
            await self._exchange(Operation.FIND_RESOURCE_GROUP).run(
                lambda **options: groups.check_existence(name, **options)
            )
        except ResourceGroupNotFound:
            return False
        return True

    async def create_resource_group(self, scope: ResourceGroupRef, location: str, tags: Mapping[str, str]) -> None:
        """Create a resource group that does not exist; the tags of one that does would be replaced."""
        groups, name = self._resource_groups(scope)
        content = _json({"location": location, "tags": dict(tags)})
        try:
            await self._exchange(Operation.CREATE_RESOURCE_GROUP).run(
                lambda **options: groups.create_or_update(name, content, **options)
            )
        except Invalid as refusal:
            # Made by another in between, elsewhere: a resource group's location does not bind what is in it.
            if refusal.code != "InvalidResourceGroupLocation":
                raise

    async def _list(self, operation: Operation, subscription_id: str, path: str) -> Sequence[CloudGroup]:
        groups = await self._lists.read(
            self._address(path), partial(from_list, subscription_id), lambda: self._exchange(operation)
        )
        # A list that changes while it is read can show a group on two pages: the later one counts.
        return tuple({group.ref: group for group in groups}.values())

    def _address(self, path: str) -> str:
        return f"{self._endpoint}{path}?api-version={API_VERSION}"

    def _groups(self, ref: GroupRef) -> tuple[ContainerGroupsOperations, tuple[str, str]]:
        return self._clients.container_groups(paths.subscription(ref.scope.subscription_id)), paths.group(ref)

    def _resource_groups(self, scope: ResourceGroupRef) -> tuple[ResourceGroupsOperations, str]:
        return self._clients.resource_groups(paths.subscription(scope.subscription_id)), paths.resource_group(scope)

    def _exchange(self, operation: Operation) -> Exchange:
        if self._closed:
            raise Unavailable(message="the connection to Azure is closed")
        timeout = self._write_timeout if operation.writes else self._read_timeout
        return Exchange(operation, timeout, self._telemetry)


def _read(exchange: Exchange, ref: GroupRef, response: AsyncHttpResponse) -> CloudGroup:
    content = exchange.content(response)
    try:
        return from_read(ref, content)
    except ValueError as error:
        raise exchange.unusable(str(error)) from None


def _json(content: Mapping[str, Any]) -> IO[bytes]:
    # The SDK sends bytes as they are, and checks for `bytes` where its annotations say IO.
    return cast("IO[bytes]", json.dumps(content).encode())
