"""What Azure refuses in containers: counts, names, variables, probes, security contexts."""

import base64
import binascii
import re
from collections.abc import Iterator

from aci_emulator.errors import Refusal, refuse
from aci_emulator.requests.containers import Container, Probe
from aci_emulator.requests.schema import ContainerGroup
from aci_emulator.requests.words import CHOICES

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
"""A name of a variable: at most 63 characters (documented)."""
MOST_CONTAINERS = 60
"""Containers of a group, init containers among them (documented)."""


def everyone(group: ContainerGroup) -> list[Container]:
    """Containers and init containers."""
    return [*(group.properties.containers or []), *(group.properties.init_containers or [])]


def containers(name: str, group: ContainerGroup) -> None:
    """Counts, names, images and variables."""
    found = everyone(group)
    if not group.properties.containers or len(found) > MOST_CONTAINERS:
        raise refuse("InvalidContainerCount", group=name, count=len(found))
    seen: set[str] = set()
    for container in found:
        if not LABEL.fullmatch(container.name) or container.name in seen:
            raise refuse("InvalidContainerName", container=container.name, group=name)
        seen.add(container.name)
        if not container.properties.image:
            raise _invalid(name, "image", "<null>", "an image")
        for variable in container.properties.environment_variables or []:
            if not VARIABLE.fullmatch(variable.name):
                raise refuse("InvalidContainerEnvironmentVariable", container=container.name, group=name)
        for port in container.properties.ports or []:
            if port.protocol not in (None, *CHOICES["protocol"]):
                raise _invalid(name, "protocol", port.protocol, ",".join(CHOICES["protocol"]))


def probes(name: str, group: ContainerGroup) -> None:
    """A probe runs a command or asks over HTTP; its numbers are no less than they can be."""
    for container in group.properties.containers or []:
        for field, probe in (
            ("livenessProbe", container.properties.liveness_probe),
            ("readinessProbe", container.properties.readiness_probe),
        ):
            if probe is not None:
                _probe(name, field, probe)


def _probe(name: str, field: str, probe: Probe) -> None:
    if (probe.exec is None) == (probe.http_get is None):
        given = "<null>" if probe.exec is None else "exec,httpGet"
        raise _invalid(name, field, given, "exec,httpGet")
    if probe.exec is not None and not probe.exec.command:
        raise _invalid(name, f"{field}.exec.command", "<null>", "a command")
    if probe.http_get is not None:
        if not 1 <= probe.http_get.port <= 65535:
            raise _invalid(name, f"{field}.httpGet.port", str(probe.http_get.port), "1-65535")
        if probe.http_get.scheme not in (None, *CHOICES["httpGet.scheme"]):
            raise _invalid(name, f"{field}.httpGet.scheme", probe.http_get.scheme, ",".join(CHOICES["httpGet.scheme"]))
    for number, value, least in _numbers(probe):
        if value is not None and value < least:
            raise _invalid(name, f"{field}.{number}", str(value), f"{least} or more")


def _numbers(probe: Probe) -> Iterator[tuple[str, int | None, int]]:
    yield "initialDelaySeconds", probe.initial_delay_seconds, 0
    yield "periodSeconds", probe.period_seconds, 1
    yield "failureThreshold", probe.failure_threshold, 1
    yield "successThreshold", probe.success_threshold, 1
    yield "timeoutSeconds", probe.timeout_seconds, 1


def security(name: str, group: ContainerGroup) -> None:
    """A seccomp profile is base64 (specification)."""
    for container in everyone(group):
        context = container.properties.security_context
        if context is not None and context.seccomp_profile is not None and not is_base64(context.seccomp_profile):
            raise _invalid(name, "seccompProfile", "<hidden>", "base64")


def is_base64(text: str) -> bool:
    """Whether a text is base64."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _invalid(name: str, field: str, value: str | None, allowed: str) -> Refusal:
    return refuse("InvalidParameter", value=value, field=field, group=name, allowed=allowed)
