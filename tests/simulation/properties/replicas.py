"""Births and deaths of replicas: each needs a reason in what its service asks for, by the API server's own objects.

P3: never more than wanted and the surge, no number given that is not written down, nothing new beside enough good
ones; and a rollout keeps to its canary, to Recreate and to its pause. P19: what serves does not go before what never
was ready, and what is as it should be does not go at all.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from aci_operator.api import keys
from aci_operator.api.reasons import Reason
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.model.manifests import deleting
from tests.model.objects import Place
from tests.model.server import ApiServer
from tests.simulation.properties.departures import Departures
from tests.simulation.properties.honesty import Complaint
from tests.simulation.wishes import Wish, Wishes, most

FAILED: Final = {"Failed", "Lost"}
MAY_RECOVER: Final = {Reason.CRASH_LOOPING, Reason.NO_IP, Reason.STUCK}


class Replicas:
    """Judges what operators do to the replicas of services."""

    def __init__(self, cluster: ApiServer, departures: Departures) -> None:
        self._cluster = cluster
        self._departures = departures
        self._wishes = Wishes()
        self._lost: set[str] = set()
        self.heard: Callable[[Manifest, datetime], None] = self._wishes.heard

    def told(self, group: Manifest) -> None:
        """Take in what is said of a replica: one that is lost stays so when its object ends."""
        if state(group) == "Lost":
            self._lost.add(group["metadata"]["uid"])
        elif state(group) != "Deleting":
            self._lost.discard(group["metadata"]["uid"])

    def born(self, group: Manifest, now: datetime) -> Iterator[Complaint]:
        """Yield what is wrong with a birth that an operator decided on, just after it."""
        service = self._service(group)
        if service is None:
            return
        name, status = group["metadata"]["name"], service.get("status", {})
        wishes = self._wishes.recent(service["metadata"]["uid"], now)
        others = [other for other in self._replicas(service) if other is not group]
        present = sum(1 for other in others if other["metadata"]["uid"] not in self._lost) + 1
        if present > most(wishes):
            yield Complaint("P3", f"{name} is born as one of {present}, {most(wishes)} are allowed")
        serial = group["metadata"]["labels"].get(keys.LABEL_SERIAL, "0")
        if int(serial) > status.get("serial", 0):
            yield Complaint("P3", f"{name} is born with the number {serial}, which is not written down")
        enough = sum(1 for other in others if not deleting(other) and _good(other, status, wishes))
        if _revision(group) == status.get("updateRevision") and enough >= max(wish.replicas for wish in wishes):
            yield Complaint("P3", f"{name} is born beside {enough} that are as they should be, which are enough")
        yield from self._in_order(group, others, status, wishes)

    def _in_order(
        self, group: Manifest, others: list[Manifest], status: Manifest, wishes: list[Wish]
    ) -> Iterator[Complaint]:
        name, revision = group["metadata"]["name"], _revision(group)
        there = [other for other in others if other["metadata"]["uid"] not in self._lost]
        strangers = [other for other in there if _revision(other) != revision]
        if strangers and all(wish.recreate for wish in wishes):
            yield Complaint("Recreate", f"{name} is born while {strangers[0]['metadata']['name']} is there")
        if revision != status.get("updateRevision") or revision == status.get("currentRevision"):
            return
        if all(wish.paused for wish in wishes):
            yield Complaint("paused", f"{name} of the new revision is born")
        placed = [other for other in others if not deleting(other) and all(wish.has(other) for wish in wishes)]
        alike = [other for other in placed if _revision(other) == revision]
        proven = sum(1 for other in alike if _has_served(other))
        serving = any(is_true(other, "Available") and not deleting(other) for other in strangers)
        least, canaries = min(wish.canary for wish in wishes), max(wish.canary for wish in wishes)
        if serving and proven < least and len(alike) >= canaries:
            yield Complaint("canary", f"{name} is born beside {len(alike)} that have proven nothing")

    def ended(self, group: Manifest, before: Manifest, now: datetime) -> Iterator[Complaint]:
        """Yield what is wrong with a death that an operator decided on, just after it."""
        service = self._service(group)
        if service is None or deleting(service) or not _has_done(before):
            return
        name, status = group["metadata"]["name"], service.get("status", {})
        wishes = self._wishes.recent(service["metadata"]["uid"], now)
        left = [other for other in self._replicas(service) if not deleting(other) and other is not group]
        if any(wish.paused for wish in wishes) or not _good(before, status, wishes):
            return
        unseen = self._departures.recent(service["metadata"]["uid"], self._cluster.record.last.sent)
        if len(left) + len(unseen) < min(wish.replicas for wish in wishes):
            yield Complaint("P19", f"{name} is ended, which is as it should be, and leaves {len(left)}")
        idle = [other for other in left if _revision(other) == _revision(group) and _never_ready(other)]
        if idle and is_true(before, "Available"):
            yield Complaint("P19", f"{name} is ended, which serves, and {idle[0]['metadata']['name']} is not")

    def _service(self, group: Manifest) -> Manifest | None:
        name = group["metadata"].get("labels", {}).get(keys.LABEL_SERVICE, "")
        return self._cluster.objects.everything().get(Place(SERVICES, group["metadata"]["namespace"], name))

    def _replicas(self, service: Manifest) -> list[Manifest]:
        uid = service["metadata"]["uid"]
        everything = self._cluster.objects.everything().items()
        return [
            m
            for place, m in everything
            if place.resource == GROUPS and m["metadata"].get("labels", {}).get(keys.LABEL_SERVICE_UID) == uid
        ]


def state(group: Manifest) -> str:
    """Return the state that an object shows, "" when none was written."""
    return str(group.get("status", {}).get("state", ""))


def is_true(manifest: Manifest, condition: str) -> bool:
    """Tell whether an object says so of itself."""
    conditions = manifest.get("status", {}).get("conditions", ())
    return any(c["type"] == condition and c["status"] == "True" for c in conditions)


def ailing(group: Manifest) -> bool:
    """Tell whether a replica was available and has failed by the operator's judgement alone: it may serve at times."""
    conditions = {c["type"]: c["reason"] for c in group.get("status", {}).get("conditions", ())}
    return state(group) == "Failed" and conditions.get("Ready") in MAY_RECOVER and "availableAt" in group["status"]


def falters(group: Manifest) -> bool:
    """Tell whether a replica was available and is expected to be again, or may be at times."""
    return ailing(group) or (state(group) == "Running" and "availableAt" in group["status"])


def _revision(group: Manifest) -> str:
    return str(group["metadata"].get("labels", {}).get(keys.LABEL_REVISION, ""))


def _good(group: Manifest, status: Manifest, wishes: list[Wish]) -> bool:
    """Tell whether a replica is as it should be, whatever becomes of it: right of revision, place and form."""
    right = _revision(group) == status.get("updateRevision") and all(wish.has(group) for wish in wishes)
    theirs = any(c["reason"] == "OwnershipConflict" for c in group.get("status", {}).get("conditions", ()))
    return right and state(group) not in FAILED and not (is_true(group, "Drifted") or _roomless(group) or theirs)


def _roomless(group: Manifest) -> bool:
    """Tell whether Azure has not taken it: it may do better in another place."""
    return "acceptedAt" not in group.get("status", {})


def _has_served(group: Manifest) -> bool:
    return is_true(group, "Available") or state(group) == "Succeeded" or "availableAt" in group.get("status", {})


def _has_done(group: Manifest) -> bool:
    return is_true(group, "Available") or state(group) == "Succeeded"


def _never_ready(group: Manifest) -> bool:
    status = group.get("status", {})
    adopted = group["metadata"].get("annotations", {}).get(keys.ANNOTATION_REASON) == Reason.ADOPTION
    return "readyAt" not in status and not is_true(group, "Ready") and not adopted
