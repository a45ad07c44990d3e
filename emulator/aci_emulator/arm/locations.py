"""What a region offers: capabilities and images that are there already."""

from aci_emulator.arm import projection
from aci_emulator.errors import refuse
from aci_emulator.life.model import normal
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

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
    return location


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
