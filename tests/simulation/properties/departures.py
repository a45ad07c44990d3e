"""Replicas that somebody ends who is no operator: one that has decided just before cannot know it."""

from datetime import datetime
from typing import NamedTuple

from aci_operator.api import keys
from aci_operator.kube.api import Manifest

from tests.model.manifests import deleting
from tests.model.objects import Change
from tests.simulation.wishes import UNDER_WAY


class _Departure(NamedTuple):
    at: datetime
    replica: Manifest


class Departures:
    """Knows who ended lately by somebody else's hand."""

    def __init__(self) -> None:
        self._known: dict[str, _Departure] = {}

    def told(self, change: Change) -> None:
        """Take in what somebody else has made of a replica."""
        if change.type == "DELETED" or deleting(change.manifest):
            self._known.setdefault(change.manifest["metadata"]["uid"], _Departure(change.at, change.manifest))

    def recent(self, service_uid: str, now: datetime) -> list[Manifest]:
        """Return those of a service that a decision may not know of which is carried out now."""
        known = [it.replica for it in self._known.values() if now - it.at <= UNDER_WAY]
        return [replica for replica in known if service_uid_of(replica) == service_uid]


def service_uid_of(group: Manifest) -> str:
    """Return the uid of a replica's service, "" when it has none."""
    return str(group["metadata"].get("labels", {}).get(keys.LABEL_SERVICE_UID, ""))
