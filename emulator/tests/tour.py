"""One tour through every operation of the SDK, for its stable and its preview version, synchronous and asynchronous.

Bodies are JSON, which both versions take, and results are given as JSON, so that one story serves all four clients.
Run as a module, it takes the SDK that is first on the path, and all else from the environment; it prints the results.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any

import azure.mgmt.containerinstance
from azure.core.async_paging import AsyncItemPaged
from azure.core.paging import ItemPaged
from azure.core.polling import AsyncLROPoller, LROPoller
from azure.identity import WorkloadIdentityCredential
from azure.identity.aio import WorkloadIdentityCredential as AioWorkloadIdentityCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AioContainerInstanceManagementClient

Sdk = Any
Results = dict[str, Any]
"""The last result of each operation, by names like "container_groups.get"."""

OPERATIONS = ("container_groups", "containers", "location", "operations", "subnet_service_association_link")
"""Those that both versions have."""

GROUP = {
    "location": "westeurope",
    "properties": {
        "osType": "Linux",
        "containers": [
            {
                "name": "web",
                "properties": {
                    "image": "talker/1",
                    "ports": [{"port": 80}],
                    "resources": {"requests": {"cpu": 1, "memoryInGB": 1.5}},
                },
            }
        ],
        "ipAddress": {"type": "Public", "ports": [{"port": 80, "protocol": "TCP"}]},
    },
}


@dataclass(frozen=True)
class Step:
    """One call. The first argument of all but those of `location` and `operations` is the resource group."""

    operation: str
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)

    def start(self, client: Sdk, resource_group: str) -> Any:
        group, _, method = self.operation.partition(".")
        arguments = tuple(resource_group if argument is RESOURCE_GROUP else argument for argument in self.arguments)
        return getattr(getattr(client, group), method)(*arguments, **self.keywords)


RESOURCE_GROUP = object()
_G = (RESOURCE_GROUP, "g")
STORY = (
    Step("container_groups.begin_create_or_update", (*_G, GROUP)),
    Step("container_groups.list"),
    Step("container_groups.list_by_resource_group", (RESOURCE_GROUP,)),
    Step("container_groups.update", (*_G, {"tags": {"tour": "yes"}})),
    Step("container_groups.begin_restart", _G),
    Step("containers.list_logs", (*_G, "web"), {"tail": 1, "timestamps": False}),
    Step(
        "containers.execute_command",
        (*_G, "web", {"command": "/bin/sh", "terminalSize": {"rows": 24, "cols": 80}}),
    ),
    Step("containers.attach", (*_G, "web")),
    Step("container_groups.get_outbound_network_dependencies_endpoints", _G),
    Step("container_groups.stop", _G),
    Step("container_groups.begin_start", _G),
    Step("container_groups.get", _G),
    Step("container_groups.begin_delete", _G),
    Step("location.list_usage", ("westeurope",)),
    Step("location.list_cached_images", ("westeurope",)),
    Step("location.list_capabilities", ("westeurope",)),
    Step("operations.list"),
    Step("subnet_service_association_link.begin_delete", (RESOURCE_GROUP, "network", "subnet")),
)


def tour(client: Sdk, resource_group: str) -> Results:
    """Every step, long-running ones to their end."""
    results = {}
    for step in STORY:
        result = step.start(client, resource_group)
        if isinstance(result, LROPoller):
            result = result.result()
        if isinstance(result, ItemPaged):
            result = list(result)
        results[step.operation] = as_json(result)
    return results


async def aio_tour(client: Sdk, resource_group: str) -> Results:
    """The same for an asynchronous client."""
    results = {}
    for step in STORY:
        result = step.start(client, resource_group)
        if isinstance(result, AsyncItemPaged):
            result = [item async for item in result]
        else:
            result = await result
        if isinstance(result, AsyncLROPoller):
            result = await result.result()
        results[step.operation] = as_json(result)
    return results


def as_json(result: Any) -> Any:
    """A result as it was on the wire. The stable version's models are serialized, the preview's are mappings."""
    if isinstance(result, list):
        return [as_json(item) for item in result]
    if hasattr(result, "serialize"):
        return result.serialize(keep_readonly=True)
    return result.as_dict() if hasattr(result, "as_dict") else result


def known(client: Sdk) -> set[str]:
    """Every operation that a client has in OPERATIONS, by name."""
    return {
        f"{group}.{method}"
        for group in OPERATIONS
        for method in dir(getattr(client, group))
        if not method.startswith("_") and callable(getattr(getattr(client, group), method)) and method != "models"
    }


async def main() -> None:
    """Tour the emulator that the environment names with both clients of the SDK on the path."""
    options: dict[str, Any] = {
        "subscription_id": os.environ["AZURE_SUBSCRIPTION_ID"],
        "base_url": os.environ["ACI_EMULATOR_ENDPOINT"],
        "credential_scopes": ["https://management.azure.com/.default"],
        "polling_interval": 0.02,
        "retry_total": 0,
    }
    resource_group = os.environ["RESOURCE_GROUP"]
    found: dict[str, Any] = {"version": azure.mgmt.containerinstance.__version__}
    with (
        WorkloadIdentityCredential() as credential,
        ContainerInstanceManagementClient(credential, **options) as client,
    ):
        found["known"] = sorted(known(client))
        found["sync"] = tour(client, resource_group)
    async with (
        AioWorkloadIdentityCredential() as aio_credential,
        AioContainerInstanceManagementClient(aio_credential, **options) as aio_client,
    ):
        found["aio"] = await aio_tour(aio_client, resource_group)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
