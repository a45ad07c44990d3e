"""Subscriptions, the tenant, and the regions: what clients ask when they start."""

import re

from aci_emulator.arm import projection
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

WORDS = re.compile(
    r"southafrica|switzerland|australia|germany|sweden|brazil|canada|france|norway|poland|italy|japan|korea|qatar"
    r"|spain|india|europe|asia|southeast|north|south|east|west|central|uae|uk|us|\d+"
)
SPELLED = {"uae": "UAE", "uk": "UK", "us": "US", "southafrica": "South Africa"}


def get(cloud: Cloud, call: Call) -> Response:
    """One subscription."""
    return Response.of(200, _subscription(cloud, call.subscription))


def list_all(cloud: Cloud, _call: Call) -> Response:
    """All subscriptions."""
    return Response.of(200, projection.page([_subscription(cloud, s) for s in cloud.store.subscriptions], None))


def list_tenants(cloud: Cloud, _call: Call) -> Response:
    """The only tenant."""
    tenant = cloud.settings.tenant
    item = {"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Emulated", "tenantCategory": "Home"}
    return Response.of(200, projection.page([item], None))


def list_locations(cloud: Cloud, call: Call) -> Response:
    """The regions of a subscription."""
    subscription = cloud.store.subscriptions[call.subscription.lower()]
    rows = [
        {
            "id": f"/subscriptions/{subscription.id}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": display_name(name),
            "regionalDisplayName": display_name(name),
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        for name in cloud.settings.locations
    ]
    return Response.of(200, projection.page(rows, None))


def display_name(location: str) -> str:
    """How Azure writes a region for people: "westcentralus" is "West Central US". A name of no known words stays."""
    words = WORDS.findall(location)
    if "".join(words) != location:
        return location
    return " ".join(SPELLED.get(word, word.capitalize()) for word in words)


def _subscription(cloud: Cloud, identifier: str) -> Json:
    subscription = cloud.store.subscriptions[identifier.lower()]
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription.id,
        "tenantId": cloud.settings.tenant,
        "displayName": f"Emulated {subscription.id}",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }
