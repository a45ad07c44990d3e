"""P5 and P7: operators write on nothing that is not theirs, and leave nothing of theirs behind."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from aci_emulator.life.model import Group
from aci_emulator.state.store import Store
from aci_emulator.wire import Request
from aci_operator.api import keys
from aci_operator.kube.api import SERVICES, Manifest

from tests.model.manifests import finalizers, owners
from tests.model.server import ApiServer
from tests.simulation.properties.honesty import Complaint

UNSEEN: Final = timedelta(seconds=26)
"""So long after somebody changed a group's tags a write may still go by the old ones, as Azure has no precondition.

A read lags by up to 15 s in random lives, and counts for 5; and a write that comes late is on its way for 25.
"""


class Ownership:
    """Knows whose groups are, by their tags, and when somebody else has changed these."""

    def __init__(self, cluster: ApiServer, store: Store) -> None:
        self._cluster = cluster
        self._store = store
        self._retagged: dict[str, datetime] = {}

    def retagged(self, path: str, now: datetime) -> None:
        """Take in that somebody else changes the tags of a group."""
        self._retagged[path.lower()] = now

    def was_retagged(self, path: str) -> bool:
        """Tell whether somebody else has ever changed the tags of a group."""
        return path.lower() in self._retagged

    def written(
        self, request: Request, group: Group, present: Manifest | None, cluster_id: str, now: datetime
    ) -> Iterator[Complaint]:
        """Yield what is wrong with an operator's write on a group; `present` is the object of its name, if any."""
        if self._just_retagged(request.path, now):
            return
        name, tags = group.name, group.tags or {}
        again = request.method == "PATCH" and keys.TAG_ORPHANED_FROM in tags  # it does to its orphan what it has done
        if tags.get(keys.TAG_CLUSTER) != cluster_id and not again:
            yield Complaint("P5", f"{request.method} {name}, whose tags are not this cluster's: {tags}")
        if present is None:
            return
        dropped = others_tags(tags, present) - {*sent_tags(request.body)} if request.method == "PATCH" else set()
        if dropped:
            yield Complaint("P5", f"PATCH {name} takes off {dropped}, which are not ours")
        mine = tags.get(keys.TAG_UID) == present["metadata"]["uid"]
        if not (mine or again or (request.method == "PATCH" and takes_over(request.body, tags, present))):
            yield Complaint("P5", f"{request.method} {name}, whose tags carry another uid than its object")

    def freed(self, manifest: Manifest, before: Manifest, cluster_id: str, now: datetime) -> Iterator[Complaint]:
        """Yield what is left in Azure of an object whose finalizer goes."""
        if not before or keys.FINALIZER not in finalizers(before):
            return
        uid = manifest["metadata"]["uid"]
        abandoned = manifest["metadata"].get("annotations", {}).get(keys.ANNOTATION_ABANDON) == uid
        if abandoned or self._superseded(manifest):
            return
        ours = {keys.TAG_UID: uid, keys.TAG_CLUSTER: cluster_id}
        # Who gives our tags back at that moment makes an orphan, which the collector finds (P4).
        left = [
            group.name
            for group in self._store.stored()
            if ours.items() <= (group.tags or {}).items() and not self._just_retagged(group.id, now)
        ]
        if left:
            yield Complaint("P7", f"the finalizer of {manifest['metadata']['name']} went, {left} is there")

    def _just_retagged(self, path: str, now: datetime) -> bool:
        retagged = self._retagged.get(path.lower())
        return retagged is not None and now - retagged <= UNSEEN

    def _superseded(self, manifest: Manifest) -> bool:
        """Tell whether its owner is no more and a service of that name is there, which gets its container group."""
        named = [owner for owner in owners(manifest) if owner["kind"] == SERVICES.kind]
        living = {
            p.name: m["metadata"]["uid"]
            for p, m in self._cluster.objects.everything().items()
            if p.resource == SERVICES
        }
        return any(living.get(owner["name"], owner["uid"]) != owner["uid"] for owner in named)


def others_tags(tags: dict[str, str], group: Manifest) -> set[str]:
    """Return the names of the tags that somebody else has put on a group."""
    wanted = {name.lower() for name in group["spec"].get("tags", {})}
    return {name for name in tags if not name.startswith(keys.TAG_PREFIX) and name.lower() not in wanted}


def takes_over(content: bytes, tags: dict[str, str], group: Manifest) -> bool:
    """Tell whether a PATCH gives the group of an earlier object of the same name to the one that is here now."""
    metadata = group["metadata"]
    same = (tags.get(keys.TAG_NAMESPACE), tags.get(keys.TAG_NAME)) == (metadata["namespace"], metadata["name"])
    return same and sent_tags(content).get(keys.TAG_UID) == metadata["uid"]


def sent_tags(content: bytes) -> dict[str, str]:
    """Return the tags in the body of a PATCH."""
    tags: dict[str, str] = json.loads(content).get("tags", {})
    return tags
