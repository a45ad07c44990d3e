"""The resource provider's registration and operations."""

from aci_emulator.arm import projection
from aci_emulator.arm.subscriptions import display_name
from aci_emulator.errors import refuse
from aci_emulator.life.model import Subscription
from aci_emulator.requests.versions import CONTAINER_INSTANCE, RESOURCES
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

NAMESPACE = "Microsoft.ContainerInstance"


ACTIONS = (
    ("containerGroups", "read", "Get Container Group"),
    ("containerGroups", "write", "Create or Update Container Group"),
    ("containerGroups", "delete", "Delete Container Group"),
    ("containerGroups", "start/action", "Start Container Group"),
    ("containerGroups", "stop/action", "Stop Container Group"),
    ("containerGroups", "restart/action", "Restart Container Group"),
    ("containerGroups/containers/logs", "read", "Get Container Logs"),
    ("containerGroups/containers/exec", "action", "Exec Into Container"),
    ("containerGroups/containers/attach", "action", "Attach To Container"),
    ("containerGroups/outboundNetworkDependenciesEndpoints", "read", "Get Outbound Network Dependencies"),
    ("serviceAssociationLinks", "delete", "Delete Service Association Link"),
    ("locations/usages", "read", "Get Usages"),
    ("locations/capabilities", "read", "Get Capabilities"),
    ("locations/cachedImages", "read", "Get Cached Images"),
    ("locations/operations", "read", "Get Operation"),
)
"""Resource type, action, and the name for people, which is assumed."""


def get(cloud: Cloud, call: Call) -> Response:
    """The provider with its types, versions and registration."""
    _check_namespace(call)
    return Response.of(200, _document(cloud, call))


def list_all(cloud: Cloud, call: Call) -> Response:
    """The provider, and ARM's own."""
    resources = {
        "id": f"/subscriptions/{_subscription(cloud, call).id}/providers/Microsoft.Resources",
        "namespace": "Microsoft.Resources",
        "resourceTypes": [
            {"resourceType": name, "locations": [], "apiVersions": list(reversed(RESOURCES))}
            for name in ("subscriptions", "subscriptions/resourceGroups", "subscriptions/providers", "resources")
        ],
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationFree",
    }
    return Response.of(200, projection.page([_document(cloud, call), resources], None))


def register(cloud: Cloud, call: Call) -> Response:
    """Ask for the registration; it is done after `registration_latency`."""
    _check_namespace(call)
    subscription = _subscription(cloud, call)
    if subscription.registered_at is None:
        subscription.registered_at = call.after(cloud.wait(cloud.settings.registration_latency))
        cloud.store.version += 1
    return Response.of(200, _document(cloud, call))


def check_registered(cloud: Cloud, call: Call) -> None:
    """Let a write pass only in a registered subscription.

    Raises:
        Refusal: 409 MissingSubscriptionRegistration; the SDK then registers by itself.
    """
    if _state(_subscription(cloud, call), call) != "Registered":
        raise refuse("MissingSubscriptionRegistration", namespace=NAMESPACE)


def _check_namespace(call: Call) -> None:
    if call.params["namespace"].lower() != NAMESPACE.lower():
        raise refuse("InvalidResourceNamespace", namespace=call.params["namespace"])


def _subscription(cloud: Cloud, call: Call) -> Subscription:
    return cloud.store.subscriptions[call.subscription.lower()]


def _state(subscription: Subscription, call: Call) -> str:
    if subscription.registered_at is None:
        return "NotRegistered"
    return "Registered" if subscription.registered_at <= call.now else "Registering"


def _document(cloud: Cloud, call: Call) -> Json:
    types = (
        "containerGroups",
        "serviceAssociationLinks",
        "locations",
        "locations/capabilities",
        "locations/cachedImages",
        "locations/usages",
        "locations/operations",
        "operations",
    )
    subscription = _subscription(cloud, call)
    locations = [display_name(location) for location in cloud.settings.locations]
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{NAMESPACE}",
        "namespace": NAMESPACE,
        "resourceTypes": [
            {"resourceType": name, "locations": locations, "apiVersions": list(reversed(CONTAINER_INSTANCE))}
            for name in types
        ],
        "registrationState": _state(subscription, call),
        "registrationPolicy": "RegistrationRequired",
    }


def operations(_cloud: Cloud, _call: Call) -> Response:
    """The actions of the provider that the emulator knows."""
    rows = [
        {
            "name": f"{NAMESPACE}/{kind}/{action}",
            "display": {"provider": NAMESPACE, "resource": kind, "operation": words, "description": words},
            "origin": "User",
        }
        for kind, action, words in ACTIONS
    ]
    return Response.of(200, projection.page(rows, None))
