"""What a region offers: usages, capabilities, and images that are there already."""

import math
import re
from typing import get_args

from aci_emulator.arm import projection
from aci_emulator.errors import refuse
from aci_emulator.regions import QuotaName, normal
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

PROVIDER = "/providers/Microsoft.ContainerInstance"

GPU_QUOTAS = ("StandardK80Cores", "StandardP100Cores", "StandardV100Cores")

CACHED = (
    "mcr.microsoft.com/windows/nanoserver:1809",
    "mcr.microsoft.com/windows/servercore:ltsc2019",
    "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019",
)
"""Recorded lists have about 40 images, all for Windows; these names are a choice among such."""

CACHED_VERSIONS = ("Windows Server 2019 - Before 2B", "Windows Server 2019 - After 2B")


def known(cloud: Cloud, call: Call, kind: str) -> str:
    """The normal form of the location in the path.

    Raises:
        Refusal: 400 LocationNotAvailableForResourceType.
    """
    location = normal(call.params["location"])
    if location not in cloud.settings.locations:
        raise refuse(
            "LocationNotAvailableForResourceType",
            location=call.params["location"],
            type=f"Microsoft.ContainerInstance/locations/{kind}",
            locations=",".join(cloud.settings.locations),
        )
    call.region = location
    return location


def usages(cloud: Cloud, call: Call) -> Response:
    """What is used of each quota in a region, counted from what exists; nothing is left of the GPUs."""
    location = known(cloud, call, "usages")
    usage = cloud.usage(call.subscription, location, call.now)
    rows = {name: (usage.of(name), cloud.settings.quota(location, name)) for name in get_args(QuotaName)}
    gpus = dict.fromkeys(GPU_QUOTAS, (0.0, 0.0))
    everything = {**rows, **gpus}
    return Response.of(200, {"value": [_usage(call, name, *amounts) for name, amounts in everything.items()]})


def capabilities(cloud: Cloud, call: Call) -> Response:
    """The largest groups, as recorded in October 2024; the GPUs of then only where they are still accepted."""
    location = known(cloud, call, "capabilities").upper()
    rows: list[tuple[str, str, str, Json]] = [
        ("NotSpecified", address, "None", {"maxMemoryInGB": 256.0, "maxCpu": 32.0, "maxGpuCount": 0})
        for address in ("Public", "Private")
    ]
    if cloud.settings.variants.gpu == "accepted":
        rows.append(("Linux", "Public", "V100", {"maxMemoryInGB": 448.0, "maxCpu": 24.0, "maxGpuCount": 4}))
    items = [
        {
            "resourceType": "containerGroups",
            "osType": system,
            "location": location,
            "ipAddressType": address,
            "gpu": gpu,
            "capabilities": largest,
        }
        for system, address, gpu, largest in rows
    ]
    return Response.of(200, projection.page(items, None))


def cached_images(cloud: Cloud, call: Call) -> Response:
    """Images that start faster, since they are there."""
    known(cloud, call, "cachedImages")
    rows = [
        {"osType": "Windows", "osVersion": version, "image": image} for image in CACHED for version in CACHED_VERSIONS
    ]
    return Response.of(200, projection.page(rows, None))


def _usage(call: Call, name: str, used: float, limit: float) -> Json:
    # Recorded: the id ends in lower camel for core counters and in upper camel for group counters.
    last = name[0].lower() + name[1:] if name.endswith("Cores") else name
    # Recorded in 2024: the confidential quotas carry the names of the dedicated ones.
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("Confidential", "Dedicated"))
    location = call.params["location"]
    return {
        "id": f"/subscriptions/{call.subscription}{PROVIDER}/locations/{location}/usages/{last}",
        "unit": "Count",
        # Whole numbers (specification); that a part of a core counts as one is assumed.
        "currentValue": math.ceil(used),
        "limit": math.ceil(limit),
        "name": {"value": name, "localizedValue": words},
    }
