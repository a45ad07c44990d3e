"""Revisions: what a rollout changes, under a name that is its hash.

The hash covers exactly the template and the network, with every default left out: an operator that learns a new field
with a default gives every old template the hash that it always had, and restarts nothing.
"""

import hashlib
import json
from base64 import b32encode
from dataclasses import dataclass
from typing import Any, Final

from aci_operator.api.base import Model
from aci_operator.api.placement import Network
from aci_operator.api.service import ServiceSpec
from aci_operator.api.template import Template

HASH_LENGTH: Final = 10


class RevisionData(Model):
    """What a revision holds."""

    template: Template
    network: Network

    def canonical(self) -> dict[str, Any]:
        """Return the data without defaults and without what never reaches Azure."""
        content = self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"template": {"metadata": {"labels"}}}
        )
        if not content["template"].get("metadata"):
            content["template"].pop("metadata", None)  # there were only labels
        return content


@dataclass(frozen=True)
class Revision:
    """One revision of a service. `number` tells the order of first use; a template that comes back keeps its own."""

    name: str
    number: int
    data: RevisionData


def revision_data(spec: ServiceSpec) -> RevisionData:
    """Return what the present spec asks every replica to be."""
    return RevisionData(template=spec.template, network=spec.network)


def revision_hash(data: RevisionData) -> str:
    """Return the hash: lower-case letters and digits, never changed for data that was hashed before."""
    text = json.dumps(data.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:HASH_LENGTH]
