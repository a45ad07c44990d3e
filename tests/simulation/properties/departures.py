"""Replicas that somebody ends who is no operator: one that has decided just before cannot know it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api import keys
from aci_operator.kube.api import Manifest

from tests.model.manifests import deleting
from tests.model.objects import Change
from tests.simulation.wishes import UNDER_WAY

ONE_PASS: Final = timedelta(seconds=2)
"""So long may a decision still be carried out after the operator has learnt of an end: it was made before."""


@dataclass
class _Departure:
    at: datetime
    replica: Manifest
    noticed: datetime | None = None


class Departures:
    """Knows who ended lately by somebody else's hand, and since when an operator knows it, by what it wrote."""

    def __init__(self) -> None:
        self._known: dict[str, _Departure] = {}

    def told(self, change: Change, *, by_others: bool) -> None:
        """Take in what becomes of a replica; `by_others`: it was not an operator who wrote it."""
        uid = change.manifest["metadata"]["uid"]
        if by_others and (change.type == "DELETED" or deleting(change.manifest)):
            self._known.setdefault(uid, _Departure(change.at, change.manifest))
        elif uid in self._known and self._known[uid].noticed is None:
            self._known[uid].noticed = change.at

    def recent(self, service_uid: str, sent: datetime) -> list[Manifest]:
        """Return those of a service that a decision may not know of which was `sent` then."""
        unseen = [it for it in self._known.values() if sent - it.at <= UNDER_WAY]
        unseen = [it for it in unseen if it.noticed is None or sent - it.noticed <= ONE_PASS]
        return [it.replica for it in unseen if service_uid_of(it.replica) == service_uid]


def service_uid_of(group: Manifest) -> str:
    """Return the uid of a replica's service, "" when it has none."""
    return str(group["metadata"].get("labels", {}).get(keys.LABEL_SERVICE_UID, ""))
