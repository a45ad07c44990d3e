"""The resource provider's registration, usages and operations."""

from typing import get_args

from aci_emulator.arm import projection
from aci_emulator.errors import refuse
from aci_emulator.life.model import Subscription
from aci_emulator.regions import QuotaName, normal
from aci_emulator.requests.versions import CONTAINER_INSTANCE
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

NAMESPACE = "Microsoft.ContainerInstance"


def get(cloud: Cloud, call: Call) -> Response:
    """The provider with its types, versions and registration."""
    _check_namespace(call)
    return Response.of(200, _document(cloud, call))


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


def usages(cloud: Cloud, call: Call) -> Response:
    """What is used of each quota in a region, counted from what exists."""
    location = normal(call.params["location"])
    if location not in cloud.settings.locations:
        raise refuse(
            "LocationNotAvailableForResourceType",
            location=call.params["location"],
            type=f"{NAMESPACE}/locations/usages",
            locations=",".join(cloud.settings.locations),
        )
    usage = cloud.usage(call.subscription, location, call.now)
    rows = [
        _usage(call, name, usage.of(name), float(cloud.settings.quota(location, name))) for name in get_args(QuotaName)
    ]
    return Response.of(200, {"value": rows})


def _usage(call: Call, name: str, used: float, limit: float) -> Json:
    # Recorded: the id ends in lower camel for core counters and in upper camel for group counters.
    last = name[0].lower() + name[1:] if name.endswith("Cores") else name
    words = "".join(f" {c}" if c.isupper() else c for c in name).strip()
    location = call.params["location"]
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{NAMESPACE}/locations/{location}/usages/{last}",
        "unit": "Count",
        "currentValue": int(used) if used.is_integer() else used,
        "limit": int(limit) if limit.is_integer() else limit,
        "name": {"value": name, "localizedValue": words},
    }


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
    types = ("containerGroups", "locations", "locations/usages", "locations/operations", "operations")
    subscription = _subscription(cloud, call)
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{NAMESPACE}",
        "namespace": NAMESPACE,
        "resourceTypes": [
            {"resourceType": name, "locations": cloud.settings.locations, "apiVersions": list(CONTAINER_INSTANCE)}
            for name in types
        ],
        "registrationState": _state(subscription, call),
        "registrationPolicy": "RegistrationRequired",
    }


def operations(_cloud: Cloud, _call: Call) -> Response:
    """The actions of the provider that the emulator knows."""
    names = ("read", "write", "delete", "start/action", "stop/action", "restart/action", "containers/logs/read")
    rows = [{"name": f"{NAMESPACE}/containerGroups/{name}", "origin": "User"} for name in names]
    return Response.of(200, projection.page(rows, None))
