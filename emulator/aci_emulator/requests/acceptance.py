"""Whether a PUT is accepted: the request against what exists, and against the place it asks for."""

from dataclasses import dataclass

from aci_emulator import images
from aci_emulator.errors import refuse
from aci_emulator.life.model import GROUP_TYPE, Group, ResourceGroup
from aci_emulator.limits import capacity, dns
from aci_emulator.limits.quota import check_name, check_quota
from aci_emulator.regions import normal
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
    validation.check(wanted.name, wanted.body, cloud.settings.variants)
    properties = wanted.body.properties
    normal_location = cloud.settings.variants.location_case == "normal"
    new = Group(
        uid=cloud.guid(),
        name=wanted.name,
        subscription=wanted.resource_group.subscription,
        resource_group=wanted.resource_group.name,
        location=normal(wanted.location) if normal_location else wanted.location,
        created=call.now,
        properties=admission.properties(wanted.body),
        containers=admission.containers(properties.containers),
        init_containers=admission.containers(properties.init_containers),
        tags=wanted.tags,
        zones=wanted.body.zones,
        identity=admission.identity(wanted.body),
    )
    if present is not None and not present.ended:
        _check_update(present, new, cloud.settings.variants.invalid_update)
    _check_images(cloud, new)
    # The name of a group that exists stays, also one that is made from its uid.
    new = dns.named(new, present.uid if present is not None else new.uid, cloud.settings.tenant)
    dns.check(new, cloud.store.stored(), cloud.settings)
    check_quota(new, cloud.usage(new.subscription, new.region, call.now, without=present), cloud.settings)
    check_name(new, cloud.store.stored(), cloud.settings, call.now)
    check_capacity(cloud, call, new)
    if present is None:
        cloud.links.check(new, call.now)
    return new


def check_capacity(cloud: Cloud, call: Call, group: Group) -> None:
    """Whether the region can place a group that holds no machine yet.

    Raises:
        Refusal: 409 ServiceUnavailable.
    """
    short = capacity.oversized(group, cloud.settings) or capacity.shortage(
        group, cloud.store.groups(call.now), cloud.settings, late=False
    )
    if short is not None:
        raise short


def check_return(cloud: Cloud, call: Call, group: Group) -> None:
    """Whether a group that holds no machine any more may come up again.

    Raises:
        Refusal: 400 ContainerGroupQuotaReached for one that failed, and may have left its quota to others; 409
            ServiceUnavailable.
    """
    if group.provisioning == "Failed":
        check_quota(group, cloud.usage(group.subscription, group.region, call.now, without=group), cloud.settings)
    check_capacity(cloud, call, group)


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


def _check_update(present: Group, new: Group, status: str) -> None:
    def fixed(group: Group) -> list[object]:
        requests = {c["name"]: c["properties"]["resources"]["requests"] for c in group.properties["containers"]}
        # A network profile stands for a subnet in versions before 2021-07-01.
        profile = group.properties.get("networkProfile")
        return [group.properties["osType"], group.restart_policy, requests, group.subnets, profile]

    if fixed(present) != fixed(new):
        raise refuse("InvalidContainerGroupUpdate", status=status, group=present.name)


def _check_images(cloud: Cloud, group: Group) -> None:
    for container in (*group.init_containers, *group.containers):
        rule = cloud.settings.image(container.image)
        if rule.missing:
            raise refuse("InaccessibleImage", image=container.image, group=group.name)
        if rule.registry == "busy":
            raise refuse("RegistryErrorResponse", registry=images.registry(container.image))
