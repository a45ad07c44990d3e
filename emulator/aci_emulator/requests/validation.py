"""What Azure refuses in a container group: every rule that the request alone can break, in order."""

import re
from collections.abc import Callable

from aci_emulator.errors import refuse
from aci_emulator.requests import container_rules, network_rules, resource_rules, volume_rules
from aci_emulator.requests.schema import ContainerGroup
from aci_emulator.requests.words import CHOICES
from aci_emulator.variants import Variants

# Recordings of 2020 and 2022 have upper-case letters in group names: accepted and kept.
GROUP_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
READ_ONLY_TIMEOUTS = {"provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"}
ZONES = ("1", "2", "3")


def check(name: str, group: ContainerGroup, variants: Variants) -> None:
    """Apply every rule that the request alone can break.

    Raises:
        Refusal: 400, of the first rule that is broken; with the variant `gpu` also 409.
    """
    for rule in _RULES:
        rule(name, group)
    resource_rules.gpus(name, group, variants)


def _names(name: str, _group: ContainerGroup) -> None:
    if not GROUP_NAME.fullmatch(name):
        raise refuse("InvalidContainerGroupName", group=name)


def _timeouts(_name: str, group: ContainerGroup) -> None:
    # Sending back what GET returned is refused: a read-modify-write must drop these.
    if READ_ONLY_TIMEOUTS & set(group.properties.model_extra or {}):
        raise refuse("CustomProvisioningTimeoutInSecondsNotSuppported")


def _words(name: str, group: ContainerGroup) -> None:
    properties = group.properties
    if properties.os_type not in CHOICES["osType"]:
        raise refuse("InvalidOsType", os=properties.os_type or "<null>")
    if properties.priority not in (None, *CHOICES["priority"]):
        raise refuse("PriorityNotSpecified", group=name)
    log = properties.diagnostics.log_analytics if properties.diagnostics else None
    given = [
        ("restartPolicy", properties.restart_policy),
        ("sku", properties.sku),
        ("logType", log.log_type if log else None),
        ("identity.type", group.identity.type if group.identity else None),
    ]
    for field, value in given:
        if value not in (None, *CHOICES[field]):
            raise refuse("InvalidParameter", value=value, field=field, group=name, allowed=",".join(CHOICES[field]))


def _zones(name: str, group: ContainerGroup) -> None:
    strange = [zone for zone in group.zones or [] if zone not in ZONES]
    if strange:
        raise refuse(
            "InvalidAvailabilityZone",
            zones=",".join(strange),
            group=name,
            location=group.location,
            allowed=",".join(ZONES),
        )


def _registries(name: str, group: ContainerGroup) -> None:
    identity = group.identity
    assigned = {item.lower() for item in (identity.user_assigned_identities or {})} if identity else set()
    for registry in group.properties.image_registry_credentials or []:
        with_password = registry.username is not None or registry.password is not None
        if with_password and registry.identity is not None:
            raise refuse("AmbiguousImageResitryCredentialType", server=registry.server, group=name)
        if registry.identity is not None:
            if registry.identity.lower() not in assigned:
                raise refuse("InvalidImageRegistryIdentity", identity=registry.identity, group=name)
        elif not registry.username or not (registry.password or "passwordReference" in (registry.model_extra or {})):
            raise refuse("InvalidImageRegistryCredentialType", server=registry.server, group=name)


def _diagnostics(_name: str, group: ContainerGroup) -> None:
    log = group.properties.diagnostics.log_analytics if group.properties.diagnostics else None
    if log is not None and log.metadata and log.log_type == "ContainerInstanceLogs":
        raise refuse("LogAnalyticsMetadataNotAllowed", log_type=log.log_type)


def _confidential(name: str, group: ContainerGroup) -> None:
    properties = group.properties
    if properties.sku == "Confidential" and properties.os_type == "Windows":
        raise refuse("ConfidentialContainerGroupSkuIsNotSupported", group=name)
    policy = properties.confidential_compute_properties
    if policy is not None and policy.cce_policy is not None and not container_rules.is_base64(policy.cce_policy):
        raise refuse("InvalidParameter", value="<hidden>", field="ccePolicy", group=name, allowed="base64")


_RULES: tuple[Callable[[str, ContainerGroup], None], ...] = (
    _names,
    _timeouts,
    _words,
    _zones,
    container_rules.containers,
    container_rules.probes,
    container_rules.security,
    resource_rules.requests,
    network_rules.spot,
    network_rules.address,
    network_rules.resolver,
    _registries,
    volume_rules.volumes,
    volume_rules.mounts,
    _diagnostics,
    _confidential,
)
