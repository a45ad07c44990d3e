"""What Azure refuses in volumes and their mounts."""

import re

from aci_emulator.errors import refuse
from aci_emulator.requests.container_rules import everyone
from aci_emulator.requests.schema import ContainerGroup, Volume

VOLUME = re.compile(r"[a-z0-9]([a-z0-9-]{3,61}[a-z0-9])")
MOST_VOLUMES = 20
"""Volumes of a group (documented)."""


def volumes(name: str, group: ContainerGroup) -> None:
    """Count, names, one kind each, and what each kind needs."""
    found = group.properties.volumes or []
    if len(found) > MOST_VOLUMES:
        too_many = f"a group has at most {MOST_VOLUMES} volumes."
        raise refuse("InvalidVolume", volume=found[MOST_VOLUMES].name, group=name, problem=too_many)
    seen: set[str] = set()
    for volume in found:
        problem = "the name is given twice." if volume.name in seen else _problem(volume)
        if problem is not None:
            raise refuse("InvalidVolume", volume=volume.name, group=name, problem=problem)
        seen.add(volume.name)


def _problem(volume: Volume) -> str | None:
    kinds = [volume.azure_file, volume.empty_dir, volume.secret, volume.git_repo]
    if not VOLUME.fullmatch(volume.name):
        return "a name has 5 to 63 lowercase letters, digits and hyphens."
    if sum(kind is not None for kind in kinds) + _references(volume) != 1:
        return "exactly one of azureFile, emptyDir, secret and gitRepo is given."
    file = volume.azure_file
    if (
        file is not None
        and not file.storage_account_key
        and "storageAccountKeyReference" not in (file.model_extra or {})
    ):
        # Also on an update: what a GET returned lacks the key, and sending it back is refused.
        return "the storageAccountKey is required."
    if volume.git_repo is not None and ".." in (volume.git_repo.directory or "").split("/"):
        return "the directory must not contain '..'."
    return None


def _references(volume: Volume) -> bool:
    # A kind of the versions since 2025-09-01.
    return "secretReference" in (volume.model_extra or {})


def mounts(name: str, group: ContainerGroup) -> None:
    """Each mount is of a volume that is there, at a path without a colon (specification)."""
    names = {volume.name for volume in group.properties.volumes or []}
    for container in everyone(group):
        for mount in container.properties.volume_mounts or []:
            problem = None
            if mount.name not in names:
                problem = "it is mounted, but not defined."
            elif not mount.mount_path or ":" in mount.mount_path:
                problem = "a mountPath must be given, and must not contain ':'."
            if problem is not None:
                raise refuse("InvalidVolume", volume=mount.name, group=name, problem=problem)
