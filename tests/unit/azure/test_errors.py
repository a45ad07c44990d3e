import json

import pytest
from aci_operator.azure.errors import BY_CODE, Answer, refused
from aci_operator.azure.operations import Operation
from aci_operator.core import errors
from aci_operator.core.errors import MESSAGE_LIMIT, Remaining
from hypothesis import given
from hypothesis import strategies as st

WRITES = [operation for operation in Operation if operation.writes]
READS = [operation for operation in Operation if not operation.writes]
QUOTA = (
    "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'StandardCores' exceeded in "
    "region 'westeurope'. Limit: '100', Usage: '12' Requested: '90'."
)
CAPACITY = (
    "The requested resource is not available in the location 'westeurope' at this moment. Please retry with a "
    "different resource request or in another location. Resource requested: '2' CPU '4' GB memory 'Linux' OS"
)


def answer(status: int, code: str, message: str = "text", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps({"error": {"code": code, "message": message}}))


# Texts and statuses as recorded; see the sources in the module that is tested.
@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "ContainerGroupQuotaReached", QUOTA, errors.Quota),
        (400, "InaccessibleImage", "The image 'x' in container group 'g' is not accessible.", errors.ImageInaccessible),
        (400, "InvalidOsType", "", errors.Invalid),
        (400, "InvalidRequestContent", "", errors.Invalid),
        (400, "InvalidContainerGroupUpdate", "", errors.Invalid),
        (400, "NoRegisteredProviderFound", "", errors.Invalid),
        (400, "LocationNotAvailableForResourceType", "", errors.Invalid),
        (400, "InvalidSubscriptionId", "", errors.SubscriptionNotFound),
        (401, "ExpiredAuthenticationToken", "", errors.Unauthenticated),
        (401, "AuthenticationFailed", "", errors.Unauthenticated),
        (403, "AuthorizationFailed", "", errors.Forbidden),
        (403, "RequestDisallowedByPolicy", "", errors.Forbidden),
        (404, "ResourceGroupNotFound", "Resource group 'x' could not be found.", errors.ResourceGroupNotFound),
        (404, "SubscriptionNotFound", "", errors.SubscriptionNotFound),
        (408, "RequestTimeout", "", errors.AnswerLost),
        (409, "ContainerGroupTransitioning", "", errors.Transitioning),
        (409, "ServiceUnavailable", CAPACITY, errors.Capacity),
        (409, "ServiceUnavailable", "container group quota 'ContainerGroups' exceeded. Limit: '0'", errors.Quota),
        (409, "RegistryErrorResponse", "", errors.RegistryUnavailable),
        (409, "MissingSubscriptionRegistration", "", errors.NotRegistered),
        (409, "InvalidResourceLocation", "", errors.Invalid),
        (409, "ServiceAssociationLinkNotReady", "", errors.Unavailable),
        (409, "ResourceGroupBeingDeleted", "", errors.Unavailable),
        (409, "ScopeLocked", "", errors.Forbidden),
        (409, "SomethingNew", "", errors.AnswerLost),
        (413, "RequestEntityTooLarge", "", errors.Invalid),
        (422, "Unprocessable", "", errors.Invalid),
        (429, "ResourceRequestsThrottled", "", errors.Throttled),
        (429, "", "", errors.Throttled),
        (500, "InternalServerError", "", errors.AnswerLost),
        (502, "", "", errors.AnswerLost),
        (503, "ServerTimeout", "The request timed out.", errors.AnswerLost),
        (503, "ServiceUnavailable", "", errors.AnswerLost),
        (504, "GatewayTimeout", "", errors.AnswerLost),
        (302, "", "", errors.AnswerLost),
    ],
)
def test_refusals_of_a_put(status: int, code: str, message: str, kind: type[errors.AzureError]) -> None:
    error = refused(Operation.PUT, answer(status, code, message))
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("status", [302, 408, 409, 500, 502, 503, 504])
def test_a_read_that_proves_nothing_had_no_effect(operation: Operation, status: int) -> None:
    assert type(refused(operation, answer(status, "SomethingNew"))) is errors.Unavailable


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (Operation.GET, errors.NotFound),
        (Operation.DELETE, errors.NotFound),
        (Operation.REPLACE_TAGS, errors.NotFound),
        # What a PUT does not find is something that the group refers to, and a LIST names no group.
        (Operation.PUT, errors.Invalid),
        (Operation.LIST, errors.Unavailable),
        (Operation.LIST_SUBSCRIPTION, errors.Unavailable),
    ],
)
def test_resource_not_found(operation: Operation, kind: type[errors.AzureError]) -> None:
    message = "The Resource 'Microsoft.ContainerInstance/containerGroups/x' under resource group 'rg' was not found."
    assert type(refused(operation, answer(404, "ResourceNotFound", message))) is kind


def test_a_message_that_was_cut_in_half_a_character_is_read() -> None:
    text = r'{"error": {"code": "ContainerGroupQuotaReached", "message": "too many \ud83d"}}'
    assert isinstance(refused(Operation.PUT, Answer(409, {}, text)), errors.Quota)


@pytest.mark.parametrize("operation", [Operation.GET, Operation.LIST, Operation.DELETE, Operation.PUT])
@pytest.mark.parametrize("text", ["", "<html>404</html>", "[]", '{"error": null}', '{"error": {"code": 7}}'])
def test_a_404_that_is_not_arms_proves_no_absence(operation: Operation, text: str) -> None:
    assert type(refused(operation, Answer(404, {}, text))) is operation.unknown


def test_forbidden_names_the_action_first() -> None:
    message = (
        f"The client '{'0' * 36}' with object id '{'1' * 36}' does not have authorization to perform action "
        f"'Microsoft.ContainerInstance/containerGroups/write' over scope '/subscriptions/{'2' * 300}'."
    )
    error = refused(Operation.PUT, answer(403, "AuthorizationFailed", message))
    assert error.message.startswith("Microsoft.ContainerInstance/containerGroups/write is not allowed: The client")
    linked = "does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on"
    error = refused(Operation.PUT, answer(403, "LinkedAuthorizationFailed", linked))
    assert error.message.startswith("Microsoft.Network/virtualNetworks/subnets/join/action is not allowed: ")


def test_forbidden_without_a_body_names_the_action_of_the_request() -> None:
    error = refused(Operation.FIND_RESOURCE_GROUP, Answer(403, {}, ""))
    assert error.message == "Microsoft.Resources/subscriptions/resourceGroups/read is not allowed: HTTP status 403"


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "17"}, "", 17.0),
        ({"Retry-After": "17"}, "Please try again after '3' seconds.", 17.0),
        ({"x-ms-retry-after-ms": "1500"}, "", 1.5),
        ({"Retry-After": "Wed, 04 Nov 2026 10:01:00 GMT", "Date": "Wed, 04 Nov 2026 10:00:00 GMT"}, "", 60.0),
        ({"Retry-After": "Wed, 04 Nov 2026 09:59:00 GMT", "Date": "Wed, 04 Nov 2026 10:00:00 GMT"}, "", 0.0),
        ({"Retry-After": "Wed, 04 Nov 2026 10:01:00 GMT"}, "", None),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({"Retry-After": "inf"}, "", None),
        ({"Retry-After": "99999999999999"}, "", 86_400.0),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Wed, 04 Nov 2026 10:00:00 GMT"}, "", 86_400.0),
        (
            {},
            "Number of requests for action 'ContainerGroupCreation' exceeded. Please try again after '1.25' minutes.",
            75.0,
        ),
        ({}, "Number of 'read' requests exceeded. Please try again after '10' seconds after additional", 10.0),
        ({}, "", None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], message: str, seconds: float | None) -> None:
    error = refused(Operation.PUT, Answer(429, headers, json.dumps({"error": {"code": "X", "message": message}})))
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == seconds


def test_budgets_of_a_refused_create() -> None:
    headers = {
        "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m": "99",
        "x-ms-ratelimit-remaining-subscription-resource-requests-pt1h": "298",
    }
    assert refused(Operation.PUT, Answer(500, headers, "")).remaining == Remaining(five_minutes=99, hour=298)
    assert refused(Operation.PUT, Answer(500, {}, "")).remaining == Remaining()


def test_secrets_do_not_pass() -> None:
    text = "Bad: Bearer abc.def, token=hunter2 and eyJhbGciOiJub25lIn0.eyJzZWNyZXQi.x at https://u:p4ss@h/?sig=Zm9v&x=1"
    error = refused(Operation.PUT, answer(400, "InvalidRequestContent", text))
    for secret in ("abc.def", "hunter2", "eyJhbGci", "p4ss", "Zm9v"):
        assert secret not in error.message
    assert "x=1" in error.message


@given(
    operation=st.sampled_from(list(Operation)),
    status=st.integers(300, 599),
    code=st.one_of(st.sampled_from(sorted(BY_CODE)), st.text(max_size=100)),
    message=st.text(max_size=2000),
)
def test_laws_of_the_table(operation: Operation, status: int, code: str, message: str) -> None:
    error = refused(operation, answer(status, code, message))
    assert len(error.message) <= MESSAGE_LIMIT
    assert error.message.isprintable()
    if status >= 500 or status == 408 or status < 400:
        assert type(error) is operation.unknown
    if type(error) is errors.AnswerLost:
        assert operation.writes
    if type(error) is errors.NotFound:
        assert (status, code) == (404, "ResourceNotFound")


@given(text=st.text(max_size=300), status=st.integers(100, 599), operation=st.sampled_from(list(Operation)))
def test_no_body_breaks_it(text: str, status: int, operation: Operation) -> None:
    assert isinstance(refused(operation, Answer(status, {}, text)), errors.AzureError)
