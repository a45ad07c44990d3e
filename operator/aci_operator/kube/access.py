"""Where the API server is, and how this process proves who it is.

Credentials are read again when the API server refuses them, and inside a cluster also every minute: the tokens of
ServiceAccounts live for an hour and are replaced in their file.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Self

from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.kubeconfig import UNREADABLE, current_context, exists, files, keep_content_out_of_logs, told

_POOL: Final = 32

# The official package has no types for these.
_load_incluster: Final[Callable[..., None]] = load_incluster_config
_load_kubeconfig: Final[Callable[..., Awaitable[object]]] = load_kube_config


class Access:
    """The connection data of one event loop. Certificates are read once, tokens as often as needed."""

    def __init__(self, kubeconfig: Path | None, configuration: Configuration) -> None:
        self.configuration = configuration
        self._kubeconfig = kubeconfig
        self._reading = asyncio.Lock()

    @classmethod
    async def load(cls, kubeconfig: Path | None) -> Self:
        """Read a kubeconfig, or without one what a pod is given.

        Raises:
            ApiUnavailable: There is nothing usable to read.
        """
        access = cls(kubeconfig, Configuration())
        access.configuration.connection_pool_maxsize = _POOL
        keep_content_out_of_logs()
        await access._read()
        return access

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return str(self.configuration.host).rstrip("/")

    @property
    def proxy(self) -> str | None:
        """The proxy that the kubeconfig names."""
        proxy: str | None = self.configuration.proxy
        return proxy

    def ssl_context(self) -> ssl.SSLContext:
        """Return the TLS settings, as the official client makes them."""
        context: ssl.SSLContext = RESTClientObject(self.configuration).ssl_context
        return context

    async def authorization(self) -> str | None:
        """Return the value of the Authorization header; None when a client certificate does its work.

        Raises:
            ApiUnavailable: The token is due to be read again, and its file cannot be read.
        """
        try:
            value: str | None = await self.configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        except (ConfigException, OSError) as error:
            raise ApiUnavailable(f"no credentials for the API server: {told(error)}") from None
        return value

    async def replace(self, refused: str | None) -> bool:
        """Read the credentials again, unless it was done since `refused` was sent. Tell whether they changed."""
        async with self._reading:
            if await self.authorization() == refused:
                await self._read()
            return await self.authorization() != refused

    async def _read(self) -> None:
        try:
            if self._kubeconfig is None:
                _load_incluster(client_configuration=self.configuration)
            elif not exists(self._kubeconfig):
                raise ApiUnavailable(f"no credentials for the API server: there is no kubeconfig {self._kubeconfig}")
            else:
                # Nothing is written back: the file belongs to whoever runs the operator.
                await _load_kubeconfig(
                    config_file=files(self._kubeconfig),
                    context=current_context(self._kubeconfig),
                    client_configuration=self.configuration,
                    persist_config=False,
                )
        except UNREADABLE as error:
            raise ApiUnavailable(f"no credentials for the API server: {told(error)}") from None
