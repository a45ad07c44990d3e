"""Every refusal of Azure in one table: code, HTTP status, text, who answers, source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aci_emulator.wire import Json, Response

Origin = Literal["gateway", "service"]


@dataclass(frozen=True)
class Known:
    """One row.

    Attributes:
        text: a format string.
        origin: goes to `x-ms-failure-cause`.
        source: who says so, each as "KIND: WHERE" or a bare KIND, joined by "; ". The kinds are recording (of a
            client's own tests), specification, document, report (a public issue, or a public file by its number),
            assumption (of all, or of the parts it names) and variant (a field of `Variants`, which decides).
        code: what the answer says where that is not the row's name, because one code has several texts.
    """

    status: int
    text: str
    origin: Origin
    source: str
    code: str | None = None


class Refusal(Exception):
    """Azure says no. Carries everything that the answer needs."""

    def __init__(self, code: str, status: int, message: str, origin: Origin, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code
        self.status = status
        self.message = message
        self.origin = origin
        self.headers = dict(headers)

    @property
    def response(self) -> Response:
        """The answer with ARM's error envelope."""
        headers = {"x-ms-failure-cause": self.origin, **self.headers}
        return Response.of(self.status, envelope(self.code, self.message), headers)


def envelope(code: str, message: str) -> Json:
    """ARM's error body (certain: azure.mgmt.core parses this)."""
    return {"error": {"code": code, "message": message}}


def refuse(row: str, *, status: str | None = None, headers: Mapping[str, str] | None = None, **facts: Any) -> Refusal:
    """The refusal of a row of the table, its text filled with `facts`; `status` is that of a variant.

    Raises:
        KeyError: the table has no such row, or the text needs a fact that was not given.
    """
    known = TABLE[row]
    return Refusal(
        known.code or row, int(status or known.status), known.text.format(**facts), known.origin, headers or {}
    )


TABLE: dict[str, Known] = {
    # -- ARM itself
    "MissingApiVersionParameter": Known(
        400,
        "The api-version query parameter (?api-version=) is required for all requests.",
        "gateway",
        "report: public file 1419899336",
    ),
    "InvalidApiVersionParameter": Known(
        400,
        "The api-version '{version}' is invalid. The supported versions are '{supported}'.",
        "gateway",
        "assumption",
    ),
    "NoRegisteredProviderFound": Known(
        400,
        "No registered resource provider found for location '{location}' and API version '{version}' for type "
        "'{type}'. The supported api-versions are '{supported}'. The supported locations are '{locations}'.",
        "gateway",
        "recording: Python 2021",
    ),
    "AuthenticationFailed": Known(
        401,
        "Authentication failed. The 'Authorization' header is missing.",
        "gateway",
        "recording: .NET, Go and Python",
    ),
    "ExpiredAuthenticationToken": Known(
        401,
        "The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'.",
        "gateway",
        "report: public file 10179267139",
    ),
    "InvalidAuthenticationToken": Known(
        401, "The access token is invalid.", "gateway", "report: public file 69700576069"
    ),
    "AuthorizationFailed": Known(
        403,
        "The client '{client}' with object id '{object}' does not have authorization to perform action '{action}' "
        "over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials.",
        "gateway",
        "report: public file 68901005565",
    ),
    "ResourceNotFound": Known(
        404,
        "The Resource '{type}/{name}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
        "gateway",
        "recording: CLI 2023",
    ),
    "ResourceGroupNotFound": Known(
        404, "Resource group '{group}' could not be found.", "gateway", "report: azure-sdk-for-java #1156"
    ),
    "SubscriptionNotFound": Known(
        404, "The subscription '{subscription}' could not be found.", "gateway", "report: public file 57443128105"
    ),
    "InvalidSubscriptionId": Known(
        400,
        "The provided subscription identifier '{subscription}' is malformed or invalid.",
        "gateway",
        "report: public file 37561404330",
    ),
    "InvalidResourceType": Known(
        404,
        "The resource type could not be found in the namespace '{namespace}' for api version '{version}'.",
        "gateway",
        "assumption",
    ),
    "InvalidResourceNamespace": Known(404, "The resource namespace '{namespace}' is invalid.", "gateway", "assumption"),
    "NotFound": Known(404, "The requested path '{path}' was not found.", "gateway", "assumption"),
    "HttpMethodNotSupported": Known(
        405, "The requested resource does not support http method '{method}'.", "gateway", "assumption"
    ),
    "InvalidRequestContent": Known(
        400,
        "The request content was invalid and could not be deserialized: '{problem}'.",
        "gateway",
        "document: acr-image-pull-failures-managed-identity",
    ),
    "UnsupportedMediaType": Known(
        415,
        "The content media type '{media}' is not supported. Only 'application/json' is supported.",
        "gateway",
        "document: chaos-studio-troubleshooting; report: public file 9310466017 (status)",
    ),
    "InvalidFilterInQueryString": Known(
        400,
        "Invalid $filter '{filter}' specified in the query string.",
        "gateway",
        "report: public file 58384062883; assumption: text",
    ),
    "RequestUriTooLong": Known(414, "The request URI is too long.", "gateway", "assumption"),
    "BadRequest": Known(400, "The request is invalid: {problem}.", "gateway", "assumption"),
    "LocationRequired": Known(400, "The location property is required for this definition.", "gateway", "assumption"),
    "LocationNotAvailableForResourceType": Known(
        400,
        "The provided location '{location}' is not available for resource type '{type}'. List of available regions "
        "for the resource type is '{locations}'.",
        "gateway",
        "report: public file 60999364557; assumption: status",
    ),
    "LocationNotAvailableForResourceGroup": Known(
        400,
        "The provided location '{location}' is not available for resource group. List of available regions is "
        "'{locations}'.",
        "gateway",
        "report: vscode-azureresourcegroups #33; assumption: code and status",
    ),
    "InvalidResourceLocation": Known(
        409,
        "The resource '{name}' already exists in location '{present}' in resource group '{group}'. A resource with "
        "the same name cannot be created in location '{location}'. Please select a new resource name.",
        "gateway",
        "report: public file 60338278234",
    ),
    "InvalidResourceGroupLocation": Known(
        409,
        "Invalid resource group location '{location}'. The Resource group already exists in location '{present}'.",
        "gateway",
        "report: azure-cli #22242, algo #1814",
    ),
    "InvalidResourceGroupName": Known(
        400,
        "The provided resource group name '{group}' has these invalid characters: '{characters}'. The name can only "
        "be a letter, digit, '-', '.', '(', ')' or '_'.",
        "gateway",
        "assumption",
    ),
    "ResourceGroupBeingDeleted": Known(
        409,
        "The resource group '{group}' is in deprovisioning state and cannot perform this operation.",
        "gateway",
        "report: public file 850373403; assumption: status",
    ),
    "MissingSubscriptionRegistration": Known(
        409,
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how "
        "to register subscriptions.",
        "gateway",
        "report: public file 35096788002",
    ),
    "SubscriptionRequestsThrottled": Known(
        429,
        "Number of '{kind}' requests for subscription '{subscription}' actor '{actor}' exceeded. Please try again "
        "after '{seconds}' seconds.",
        "gateway",
        "report: public file 60800786972",
    ),
    "InvalidTagNameCharacters": Known(
        400,
        "The tag names '{names}' have reserved characters '<,>,%,&,\\,?,/' or control characters.",
        "gateway",
        "report: public file 31981026366; assumption: status",
    ),
    "InvalidTagName": Known(
        400,
        "Tag name too large. Following tag name '{name}' exceeded the maximum length. Maximum allowed length for tag "
        "name - '512' characters.",
        "gateway",
        "report: public file 31981026366; assumption: rest of the text, status",
    ),
    "InvalidTagValueLength": Known(
        400,
        "Tag value too large. Following tag value '{value}' exceeded the maximum length. Maximum allowed length for "
        "tag value - '256' characters.",
        "gateway",
        "assumption",
    ),
    "InvalidTagCount": Known(
        400,
        "The number of tags '{count}' exceeds the maximum of '50' for one resource.",
        "gateway",
        "document: tag-resources; assumption: code and text",
    ),
    # -- Microsoft.ContainerInstance
    "ResourceRequestsThrottled": Known(
        429,
        "Number of requests for action '{action}' exceeded the limit of '{limit}' for time interval '{interval}'. "
        "Please try again after '{minutes}' minutes.",
        "service",
        "report: public file 39107927192 (text), azqr #34 (status); variant: throttle_code",
    ),
    "TooManyRequests": Known(
        429,
        "Number of requests for action '{action}' exceeded the limit of '{limit}' for time interval '{interval}'. "
        "Please try again after '{minutes}' minutes.",
        "service",
        "report: public file 39107927192 (text); variant: throttle_code",
    ),
    "ContainerGroupTransitioning": Known(
        409,
        "The container group '{group}' is still transitioning, please retry later.",
        "service",
        "report: data-safe-haven #2641",
    ),
    "ContainerGroupStopped": Known(
        409,
        "Container Group '{group}' in resource group '{resource_group}' is stopped.",
        "service",
        "report: azure-docs #71458, azure-cli #8136; variant: stopped_status",
    ),
    "InvalidContainerGroupUpdate": Known(
        400,
        "The updates on container group '{group}' are invalid. If you are going to update the os type, restart "
        "policy, network profile, CPU, memory or GPU resources for a container group, you must delete it first and "
        "then create a new one.",
        "service",
        "report: azure-docs #38067; variant: invalid_update",
    ),
    "ContainerGroupQuotaReached": Known(
        400,
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '{quota}' exceeded in "
        "region '{location}'. Limit: '{limit}', Usage: '{usage}' Requested: '{requested}'.",
        "service",
        "report: public file 14481897635",
    ),
    "ServiceUnavailable": Known(
        409,
        "The requested resource is not available in the location '{location}' at this moment. Please retry with a "
        "different resource request or in another location. Resource requested: '{cpu}' CPU '{memory}' GB memory "
        "'{os}' OS{network}",
        "service",
        "report: virtual-kubelet #592",
    ),
    "SameNameInManyRegions": Known(
        409,
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'ContainerGroups' exceeded "
        "in region '{location}'. Limit: '0', Usage: '{usage}' Requested: '1'.",
        "service",
        "document: service-unavailable-container-group-quota-exceeded; assumption: status",
        code="ServiceUnavailable",
    ),
    "ServiceAssociationLinkNotReady": Known(
        409,
        "Network is not ready for container group '{group}'. Please try again.",
        "service",
        "report: terraform-provider-azurerm #15025",
    ),
    "InaccessibleImage": Known(
        400,
        "The image '{image}' in container group '{group}' is not accessible. Please check the image and registry "
        "credential.",
        "service",
        "document: inaccessible-image; report: public file 47776789106",
    ),
    "RegistryErrorResponse": Known(
        409,
        "An error response is received from the docker registry '{registry}'. Please retry later.",
        "service",
        "document: docker-hub-rate-limit; report: public file 62893646135",
    ),
    "InvalidOsType": Known(
        400,
        "The 'osType' for container group '{os}' is invalid. The value must be one of 'Windows,Linux'.",
        "service",
        "report: mslearn-azure-developer #67",
    ),
    "ResourceRequestsNotSpecified": Known(
        400,
        "The resource requests are not specified in container '{container}' of contain group '{group}'. Both memory "
        "and CPU requests are required since API version '2017-07-01-preview'.",
        "service",
        "report: mslearn-azure-developer #67",
    ),
    "ResourceSomeRequestsNotSpecified": Known(
        400,
        "The '{resource}' request is not specified in '{resource}ComputeResources' in container '{container}' of "
        "contain group '{group}'. It is required since API version '2017-07-01-preview'.",
        "service",
        "report: public file 17183379597",
    ),
    "ContainerLimitGreaterThanContainerGroupTotalRequest": Known(
        400,
        "The '{resource}' limit '{limit}' in container '{container}' is greater than the total request '{total}' of "
        "container group '{group}'.",
        "service",
        "report: virtual-kubelet #153",
    ),
    "InvalidContainerEnvironmentVariable": Known(
        400,
        "The environment variable name in container '{container}' of container group '{group}' is invalid. A valid "
        "environment variable name must start with alphabetic character or '_', followed by a string of alphanumeric "
        "characters or '_' (e.g. 'my_name', or 'MY_NAME', or 'MyName').",
        "service",
        "report: public file 13024653146; assumption: status",
    ),
    "LogAnalyticsMetadataNotAllowed": Known(
        400,
        "Log Analytics metadata is not allowed for log type: '{log_type}'.",
        "service",
        "report: azure-rest-api-specs #9768; assumption: status",
    ),
    "CustomProvisioningTimeoutInSecondsNotSuppported": Known(  # codespell:ignore: Azure spells it so
        400,
        "Custom provisioning timeout in seconds is not supported.",
        "service",
        "report: terraform-provider-azapi #993; assumption: text",
    ),
    "AmbiguousImageResitryCredentialType": Known(
        400,
        "The image registry credential of server '{server}' in container group '{group}' is ambiguous: give either a "
        "username and password, or an identity.",
        "service",
        "document: acr-image-pull-failures-managed-identity; assumption: text",
    ),
    "InvalidImageRegistryCredentialType": Known(
        400,
        "The image registry credential of server '{server}' in container group '{group}' is invalid: give either a "
        "username and password, or an identity.",
        "service",
        "document: acr-image-pull-failures-managed-identity; assumption: text",
    ),
    "InvalidImageRegistryIdentity": Known(
        400,
        "The identity '{identity}' of the image registry credential in container group '{group}' is not one of the "
        "group's user-assigned identities.",
        "service",
        "document: acr-image-pull-failures-managed-identity; assumption: text",
    ),
    "PrivateIPAddressNotSupported": Known(
        400,
        "IP Address type in container group '{group}' is invalid. Private IP address is only supported when network "
        "profile is defined.",
        "service",
        "report: terraform-azurerm-caf #1145",
    ),
    "InvalidIpAddressTypeForNetworkProfile": Known(
        400,
        "IP Address type can't be public when network profile is set.",
        "service",
        "report: terraform-provider-azurerm #19579, public file 39567856737; assumption: status",
    ),
    "MissingIpAddressPorts": Known(
        400,
        "The ports in the 'ipAddress' of container group '{group}' cannot be empty.",
        "service",
        "report: terraform-provider-azurerm #1697",
    ),
    "InvalidIpAddressPorts": Known(
        400,
        "The ports in the 'ipAddress' of container group '{group}' are invalid: {problem}",
        "service",
        "document: resource-and-quota-limits; assumption: code and text",
    ),
    "InvalidDnsNameLabel": Known(
        400,
        "The DNS name label '{label}' in container group '{group}' is invalid. It can contain only lowercase "
        "letters, numbers and hyphens. The first character must be a letter. The last character must be a letter or "
        "number. The value must be between 5 and 63 characters long.",
        "service",
        "report: vscode-spot #38; assumption: code and status",
    ),
    "DnsNameLabelAlreadyTaken": Known(
        409,
        "The DNS name label '{label}' in container group '{group}' is not available. Try using a different label.",
        "service",
        "report: public file 58899023763; variant: dns_label_taken",
    ),
    "InvalidContainerGroupName": Known(
        400,
        "The container group name '{group}' is invalid. A name has 1 to 63 letters, digits and hyphens, and begins and "
        "ends with a letter or digit.",
        "service",
        "document: container-instances-troubleshooting; assumption: code and text",
    ),
    "InvalidContainerName": Known(
        400,
        "The container name '{container}' in container group '{group}' is invalid. A name has 1 to 63 lowercase "
        "letters, digits and hyphens, begins and ends with a letter or digit, and occurs once in a group.",
        "service",
        "document: container-instances-troubleshooting; assumption: code and text",
    ),
    "InvalidContainerCount": Known(
        400,
        "The container group '{group}' has '{count}' containers. A group has from 1 to 60 containers.",
        "service",
        "document: resource-and-quota-limits; assumption: code and text",
    ),
    "InvalidVolume": Known(
        400,
        "The volume '{volume}' of container group '{group}' is invalid: {problem}",
        "service",
        "document: resource-and-quota-limits; assumption: code and text",
    ),
    "InvalidResourceRequests": Known(
        400,
        "The resource requests of container group '{group}' are invalid: '{cpu}' CPU and '{memory}' GB memory. The "
        "largest group of sku '{sku}' has '{max_cpu}' CPU and '{max_memory}' GB memory.",
        "service",
        "document: resource-and-quota-limits; assumption: code and text",
    ),
    "InvalidParameter": Known(
        400,
        "The value '{value}' of '{field}' in container group '{group}' is invalid. The value must be one of "
        "'{allowed}'.",
        "service",
        "assumption",
    ),
    "SpotPriorityContainerGroupNotSupportedForInboundConnectivity": Known(
        400,
        "Spot Priority is not supported for container groups with inbound connectivity.",
        "service",
        "document: error-codes-spot-container-creation; assumption: status",
    ),
    "SpotPriorityContainerGroupNotSupportedInSku": Known(
        400,
        "Spot Priority Container Group is not supported in '{sku}' Sku.",
        "service",
        "document: error-codes-spot-container-creation; assumption: status",
    ),
    "SpotPriorityContainerGroupWithGPUResourcesNotSupported": Known(
        400,
        "Spot Priority Container Groups that include containers requesting GPU resources are not supported.",
        "service",
        "document: error-codes-spot-container-creation; assumption: status",
    ),
    "PriorityNotSpecified": Known(
        400,
        "The 'Priority' must be one of 'Regular,Spot' for container group '{group}'.",
        "service",
        "document: error-codes-spot-container-creation; assumption: status",
    ),
    "ConfidentialContainerGroupSkuIsNotSupported": Known(
        400,
        "The sku 'Confidential' is not supported for container group '{group}'.",
        "service",
        "report: public file 52278799862; assumption: text and occasion",
    ),
    "InvalidAvailabilityZone": Known(
        400,
        "The zone(s) '{zones}' for resource 'Microsoft.ContainerInstance/containerGroups/{group}' is not supported. "
        "The supported zones for location '{location}' are '{allowed}'",
        "gateway",
        "assumption",
    ),
    "ContainerNotFound": Known(
        404,
        "The container '{container}' does not exist in container group '{group}'.",
        "service",
        "report: compose-cli #1302",
    ),
    "ContainerLogNotAvailable": Known(
        404,
        "Log of container '{container}' in container group '{group}' is not available yet. Please check container "
        "'InstanceView' for more information or retry later.",
        "service",
        "report: virtual-kubelet #237",
    ),
    "SubnetInUse": Known(
        409,
        "The subnet '{subnet}' is still in use. Please delete all container groups in the subnet and try again. One "
        "sample container group in use is '{group}'.",
        "service",
        "document: support article on deleting a subnet; assumption: status",
    ),
    "OperationNotFound": Known(404, "The operation '{operation}' could not be found.", "service", "assumption"),
    "ServerTimeout": Known(
        503,
        "The request timed out. Diagnostic information: timestamp '{timestamp}', subscription id '{subscription}', "
        "tracking id '{tracking}', request correlation id '{correlation}'.",
        "gateway",
        "report: azure-aci #132; assumption: x-ms-failure-cause",
    ),
    "RequestEntityTooLarge": Known(
        413, "Request Entity Too Large", "gateway", "report: terraform-provider-azurerm #23481; assumption: code"
    ),
}
