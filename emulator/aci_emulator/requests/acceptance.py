"""Whether a PUT is accepted: the request against what exists, and against the place it asks for."""

from dataclasses import dataclass
from typing import Any

from aci_emulator import images
from aci_emulator.errors import refuse
from aci_emulator.life.model import GROUP_TYPE, Group, ResourceGroup, normal
from aci_emulator.limits.quota import check_quota
from aci_emulator.requests import admission, schema, tags, validation
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json

SIZE_LIMIT = 1024 * 1024
"""Bytes of a PUT's body; the true limit is not known, only that a 413 exists."""


@dataclass(frozen=True)
class Wanted:
    """A PUT that ARM itself lets pass; the provider has not looked at it yet."""

    resource_group: ResourceGroup
    name: str
    location: str
    tags: dict[str, str] | None
    body: schema.ContainerGroup
    document: Json

    @property
    def key(self) -> str:
        """Of the container group."""
        return f"{self.resource_group.id}/providers/{GROUP_TYPE}/{self.name}".lower()


def read(cloud: Cloud, call: Call) -> Wanted:
    """ARM's own checks: the resource group, JSON, location, tags, types.

    Raises:
        Refusal: of the first that fails.
    """
    resource_group = call.resource_group(cloud, writing=True)
    if len(call.request.body) > SIZE_LIMIT:
        raise refuse("RequestEntityTooLarge")
    document = call.body
    location = document.get("location")
    _check_location(cloud, location if isinstance(location, str) else "")
    new_tags = tags.checked(document.get("tags"))
    return Wanted(resource_group, call.params["name"], str(location), new_tags, schema.parse(document), document)


def check_present_location(present: Group | None, wanted: Wanted) -> None:
    """A name has one location.

    Raises:
        Refusal: 409 InvalidResourceLocation.
    """
    if present is not None and present.region != normal(wanted.location):
        raise refuse(
            "InvalidResourceLocation",
            name=present.name,
            present=present.location,
            group=present.resource_group,
            location=wanted.location,
        )


def accept(cloud: Cloud, call: Call, wanted: Wanted, present: Group | None) -> Group:
    """The provider's checks; gives the group as it will be, before anything has run.

    Raises:
        Refusal: of the first that fails.
    """
    if present is not None and present.transitioning:
        raise refuse("ContainerGroupTransitioning", group=present.name)
    validation.check(wanted.name, wanted.body)
    properties = wanted.body.properties
    new = Group(
        uid=cloud.guid(),
        name=wanted.name,
        subscription=wanted.resource_group.subscription,
        resource_group=wanted.resource_group.name,
        location=wanted.location,
        created=call.now,
        properties=admission.properties(wanted.body),
        containers=admission.containers(properties.containers),
        init_containers=admission.containers(properties.init_containers),
        tags=wanted.tags,
        zones=wanted.body.zones,
        identity=wanted.document.get("identity"),
    )
    if present is not None and not present.ended:
        _check_update(present, new)
    _check_images(cloud, new)
    _check_label(cloud, new)
    check_quota(new, present, cloud.store.usage(new.subscription, new.region), cloud.settings)
    if facts := short(new, cloud.settings.no_capacity):
        raise refuse("ServiceUnavailable", **facts)
    return new


def _check_location(cloud: Cloud, location: str) -> None:
    if not location:
        raise refuse("LocationRequired")
    if normal(location) not in cloud.settings.locations:
        raise refuse(
            "LocationNotAvailableForResourceType",
            location=location,
            type=GROUP_TYPE,
            locations=",".join(cloud.settings.locations),
        )


def _check_update(present: Group, new: Group) -> None:
    def fixed(group: Group) -> list[object]:
        requests = {c["name"]: c["properties"]["resources"]["requests"] for c in group.properties["containers"]}
        subnets = [subnet["id"].lower() for subnet in group.properties.get("subnetIds", [])]
        return [group.properties["osType"], group.restart_policy, requests, subnets]

    if fixed(present) != fixed(new):
        raise refuse("InvalidContainerGroupUpdate", group=present.name)


def _check_images(cloud: Cloud, group: Group) -> None:
    for container in (*group.init_containers, *group.containers):
        rule = cloud.settings.image(container.image)
        if rule.missing:
            raise refuse("InaccessibleImage", image=container.image, group=group.name)
        if rule.registry == "busy":
            raise refuse("RegistryErrorResponse", registry=images.registry(container.image))


def _check_label(cloud: Cloud, new: Group) -> None:
    fqdn = (new.properties.get("ipAddress") or {}).get("fqdn")
    if fqdn is None:
        return
    for other in cloud.store.stored():
        if other.key != new.key and (other.properties.get("ipAddress") or {}).get("fqdn") == fqdn:
            label = new.properties["ipAddress"]["dnsNameLabel"]
            raise refuse("DnsNameLabelAlreadyTaken", label=label, group=new.name)


def short(group: Group, places: list[str]) -> dict[str, Any] | None:
    """When the group's place is among those without capacity: the facts of ServiceUnavailable."""
    wanted = {group.region, *(f"{group.region}/{zone}" for zone in group.zones or [])}
    if not wanted & set(places):
        return None
    return {
        "location": group.region,
        "cpu": f"{group.cores:g}",
        "memory": f"{group.memory:g}",
        "os": group.properties["osType"],
        "network": " virtual network" if group.properties.get("subnetIds") else "",
    }
