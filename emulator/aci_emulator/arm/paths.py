"""ARM's paths: for each the name in the record, the action that a role must allow, and the handler."""

from collections.abc import Callable
from typing import Literal

from aci_emulator.arm import (
    actions,
    containers,
    locations,
    networks,
    operations,
    providers,
    reads,
    resource_groups,
    resources,
    subscriptions,
    writes,
)
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response

Handler = Callable[[Cloud, Call], Response]
Family = Literal["containers", "resources", "operation"]
Row = tuple[str, str, str, str | None, Family, Handler]
"""Method, path, name, action, family, handler."""

_SUB = "/subscriptions/{subscription}"
_RG = _SUB + "/resourceGroups/{resourceGroup}"
_ACI = "/providers/Microsoft.ContainerInstance"
_GROUPS = _RG + _ACI + "/containerGroups"
_GROUP = _GROUPS + "/{name}"
_CONTAINER = _GROUP + "/containers/{container}"
_LOCATION = _SUB + _ACI + "/locations/{location}"
_SUBNET = _RG + "/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}"
_RIGHT = "Microsoft.ContainerInstance/containerGroups"
_RG_RIGHT = "Microsoft.Resources/subscriptions/resourceGroups"

TABLE: tuple[Row, ...] = (
    ("PUT", _GROUP, "containerGroups/write", f"{_RIGHT}/write", "containers", writes.put),
    ("GET", _GROUP, "containerGroups/read", f"{_RIGHT}/read", "containers", reads.get),
    ("HEAD", _GROUP, "containerGroups/head", f"{_RIGHT}/read", "containers", resources.head),
    ("PATCH", _GROUP, "containerGroups/tags", f"{_RIGHT}/write", "containers", writes.patch),
    ("DELETE", _GROUP, "containerGroups/delete", f"{_RIGHT}/delete", "containers", writes.delete),
    ("GET", _GROUPS, "containerGroups/list", f"{_RIGHT}/read", "containers", reads.list_in_resource_group),
    (
        "GET",
        f"{_SUB}{_ACI}/containerGroups",
        "containerGroups/listBySubscription",
        f"{_RIGHT}/read",
        "containers",
        reads.list_in_subscription,
    ),
    ("POST", f"{_GROUP}/start", "containerGroups/start", f"{_RIGHT}/start/action", "containers", actions.start),
    ("POST", f"{_GROUP}/stop", "containerGroups/stop", f"{_RIGHT}/stop/action", "containers", actions.stop),
    ("POST", f"{_GROUP}/restart", "containerGroups/restart", f"{_RIGHT}/restart/action", "containers", actions.restart),
    (
        "GET",
        f"{_GROUP}/outboundNetworkDependenciesEndpoints",
        "outboundNetworkDependenciesEndpoints/read",
        f"{_RIGHT}/outboundNetworkDependenciesEndpoints/read",
        "containers",
        networks.outbound_dependencies,
    ),
    (
        "GET",
        f"{_CONTAINER}/logs",
        "containers/logs",
        f"{_RIGHT}/containers/logs/read",
        "containers",
        containers.read_logs,
    ),
    (
        "POST",
        f"{_CONTAINER}/exec",
        "containers/exec",
        f"{_RIGHT}/containers/exec/action",
        "containers",
        containers.execute,
    ),
    (
        "POST",
        f"{_CONTAINER}/attach",
        "containers/attach",
        f"{_RIGHT}/containers/attach/action",
        "containers",
        containers.attach,
    ),
    (
        "GET",
        f"{_LOCATION}/operations/{{operation}}",
        "operations/read",
        "Microsoft.ContainerInstance/locations/operations/read",
        "operation",
        operations.read_operation,
    ),
    ("GET", f"{_LOCATION}/operationresults/{{job}}", "linkDeletion/read", None, "operation", networks.read_deletion),
    (
        "GET",
        f"{_LOCATION}/usages",
        "usages/read",
        "Microsoft.ContainerInstance/locations/usages/read",
        "containers",
        locations.usages,
    ),
    (
        "GET",
        f"{_LOCATION}/capabilities",
        "capabilities/read",
        "Microsoft.ContainerInstance/locations/capabilities/read",
        "containers",
        locations.capabilities,
    ),
    (
        "GET",
        f"{_LOCATION}/cachedImages",
        "cachedImages/read",
        "Microsoft.ContainerInstance/locations/cachedImages/read",
        "containers",
        locations.cached_images,
    ),
    (
        "DELETE",
        f"{_SUBNET}{_ACI}/serviceAssociationLinks/default",
        "serviceAssociationLinks/delete",
        "Microsoft.ContainerInstance/serviceAssociationLinks/delete",
        "containers",
        networks.delete_link,
    ),
    ("GET", f"{_ACI}/operations", "providerOperations/read", None, "containers", providers.operations),
    (
        "GET",
        f"{_SUB}/providers",
        "providers/list",
        "Microsoft.Resources/subscriptions/providers/read",
        "resources",
        providers.list_all,
    ),
    (
        "GET",
        f"{_SUB}/providers/{{namespace}}",
        "providers/read",
        "Microsoft.Resources/subscriptions/providers/read",
        "resources",
        providers.get,
    ),
    (
        "POST",
        f"{_SUB}/providers/{{namespace}}/register",
        "providers/register",
        "Microsoft.ContainerInstance/register/action",
        "resources",
        providers.register,
    ),
    ("HEAD", _RG, "resourceGroups/head", f"{_RG_RIGHT}/read", "resources", resource_groups.head),
    ("GET", _RG, "resourceGroups/read", f"{_RG_RIGHT}/read", "resources", resource_groups.get),
    ("PUT", _RG, "resourceGroups/write", f"{_RG_RIGHT}/write", "resources", resource_groups.put),
    ("PATCH", _RG, "resourceGroups/tags", f"{_RG_RIGHT}/write", "resources", resource_groups.patch),
    ("DELETE", _RG, "resourceGroups/delete", f"{_RG_RIGHT}/delete", "resources", resource_groups.delete),
    (
        "GET",
        f"{_SUB}/resourceGroups",
        "resourceGroups/list",
        f"{_RG_RIGHT}/read",
        "resources",
        resource_groups.list_all,
    ),
    ("GET", f"{_RG}/resources", "resources/list", None, "resources", resources.list_in_resource_group),
    ("GET", f"{_SUB}/resources", "resources/listBySubscription", None, "resources", resources.list_in_subscription),
    (
        "GET",
        f"{_SUB}/operationresults/{{job}}",
        "operationResults/read",
        None,
        "operation",
        resource_groups.read_deletion,
    ),
    ("GET", _SUB, "subscriptions/read", "Microsoft.Resources/subscriptions/read", "resources", subscriptions.get),
    (
        "GET",
        f"{_SUB}/locations",
        "locations/list",
        "Microsoft.Resources/subscriptions/locations/read",
        "resources",
        subscriptions.list_locations,
    ),
    ("GET", "/subscriptions", "subscriptions/list", None, "resources", subscriptions.list_all),
    ("GET", "/tenants", "tenants/list", None, "resources", subscriptions.list_tenants),
)
