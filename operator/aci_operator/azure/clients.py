"""The SDK's asynchronous clients: one for each subscription, made when first needed, all on one transport."""

from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    HeadersPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.aio.operations import ContainerGroupsOperations
from azure.mgmt.core import AsyncARMPipelineClient
from azure.mgmt.core.policies import ARMHttpLoggingPolicy, AsyncARMChallengeAuthenticationPolicy
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.resource.resources.aio.operations import ResourceGroupsOperations

from aci_operator.azure import transport as network
from aci_operator.azure.witness import WitnessPolicy

API_VERSION: Final = "2023-05-01"
"""The version that the stable SDK speaks."""

PUBLIC_CLOUD: Final = "https://management.azure.com"


class Clients:
    """Makes and keeps the clients.

    Attributes:
        credential: Gives the tokens; its owner closes it.
        endpoint: Base address of ARM.
        scope: What the tokens are for.
        transport: Carries all requests; None makes one on the first use, inside the event loop.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        endpoint: str,
        scope: str,
        transport: AsyncHttpTransport[Any, Any] | None,
    ) -> None:
        self._credential = credential
        self._endpoint = endpoint
        self._scope = scope
        self._transport = transport
        self._groups: dict[str, ContainerInstanceManagementClient] = {}
        self._resources: dict[str, ResourceManagementClient] = {}
        self._reader: AsyncARMPipelineClient[Any, Any] | None = None

    def container_groups(self, subscription_id: str) -> ContainerGroupsOperations:
        """Return the operations on container groups."""
        client = self._groups.get(subscription_id)
        if client is None:
            client = ContainerInstanceManagementClient(
                self._credential,
                subscription_id,
                self._endpoint,
                api_version=API_VERSION,
                policies=self._policies(),
                transport=self._wire(),
            )
            self._groups[subscription_id] = client
        return client.container_groups

    def resource_groups(self, subscription_id: str) -> ResourceGroupsOperations:
        """Return the operations on resource groups."""
        client = self._resources.get(subscription_id)
        if client is None:
            client = ResourceManagementClient(
                self._credential,
                subscription_id,
                self._endpoint,
                policies=self._policies(),
                transport=self._wire(),
            )
            self._resources[subscription_id] = client
        return client.resource_groups

    def reader(self) -> AsyncARMPipelineClient[Any, Any]:
        """Return the SDK's bare ARM client, for answers that no model shall parse.

        The operations of the SDK make a model of each group before any callback of theirs sees the answer. Their
        client's own `_send_request` is private; this class is public, and is what they are built on.
        """
        if self._reader is None:
            self._reader = AsyncARMPipelineClient(
                base_url=self._endpoint, policies=self._policies(decode=False), transport=self._wire()
            )
        return self._reader

    async def close(self) -> None:
        """Close the clients, and with them the transport."""
        for groups in self._groups.values():
            await groups.close()
        for resources in self._resources.values():
            await resources.close()
        if self._reader is not None:
            await self._reader.close()
        elif self._transport is not None:
            await self._transport.close()

    def _wire(self) -> AsyncHttpTransport[Any, Any]:
        if self._transport is None:
            self._transport = network.transport()
        return self._transport

    def _policies(self, *, decode: bool = True) -> list[Any]:
        """Return the pipeline: the SDK's own policies and a witness, without those that send requests by themselves.

        Left out are the retries (an identical PUT restarts containers), the redirects (a token would go where an answer
        points) and the registration of the resource provider (it would register a customer's subscription unasked, and
        poll every 10 s inside our call). Network tracing, which logs bodies and tokens, is not there to be switched on.
        A client takes its policies as they are, so no option of a call and no environment variable brings them back.
        """
        return [
            RequestIdPolicy(),
            HeadersPolicy(),
            UserAgentPolicy(sdk_moniker="mgmt-containerinstance", user_agent="aci-operator"),
            ProxyPolicy(),
            *([ContentDecodePolicy()] if decode else []),
            AsyncARMChallengeAuthenticationPolicy(self._credential, self._scope),
            WitnessPolicy(),
            ARMHttpLoggingPolicy(),
        ]
