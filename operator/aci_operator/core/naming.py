"""Names of container groups and revisions. The object in the cluster and the group in Azure have the same name."""

import hashlib
import re
import string
from base64 import b32encode
from typing import Final

NAME_LIMIT: Final = 63
"""The longest name of a container group (and of a label's value)."""

TOKEN_LENGTH: Final = 8
TOKEN_ALPHABET: Final = string.ascii_lowercase + "234567"

MARK_LENGTH: Final = 5
"""Characters of a hash of the whole name in a name that was cut: others that begin alike are cut to something else."""

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def group_name(service: str, serial: int, token: str) -> str:
    """Return the name of a replica: the service's name, shortened if need be, its serial and a random token.

    The token keeps a name from ever being used twice: a name that is deleted and made again can lose the new group
    (Azure/azure-cli#14643), and one name in two regions trips Azure's fraud check.
    """
    return _shortened(service, f"-{serial}-{token}")


def service_part(group: str) -> str:
    """Return what the name of a replica has in common with those of its service's others, and of no other service."""
    return group.rsplit("-", 2)[0]


def revision_name(service: str, revision_hash: str) -> str:
    """Return the name of a revision, which also serves as a label's value."""
    return _shortened(service, f"-{revision_hash}")


def is_dns_label(name: str) -> bool:
    """Tell whether a namespace can have a name; services and groups have none that a namespace could not have."""
    return _DNS_LABEL.fullmatch(name) is not None


def _shortened(name: str, suffix: str) -> str:
    if len(name) + len(suffix) <= NAME_LIMIT:
        return name + suffix
    mark = b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:MARK_LENGTH]
    return f"{name[: NAME_LIMIT - len(suffix) - MARK_LENGTH - 1].rstrip('-')}-{mark}{suffix}"
