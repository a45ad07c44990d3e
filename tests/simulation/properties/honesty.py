"""What a status says must be consistent with itself, and with the one before: the API conventions, as far as one sees.

P10: conditions are of the generation that is said to be observed. P11: Ready is true of the counts beside it, Stalled
calls a person only for what a person can mend, and a time of transition moves only with its status. P14: no secret.
"""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from aci_operator.api.reasons import Reason
from aci_operator.kube.api import SERVICES, Manifest

from tests.model.canary import CANARY

HEAL_BY_THEMSELVES: Final = {
    reason.value
    for reason in (
        Reason.THROTTLED,
        Reason.NO_CAPACITY,
        Reason.QUOTA_EXCEEDED,
        Reason.WAITING_FOR_BUDGET,
        Reason.AZURE_UNAVAILABLE,
        Reason.ANSWER_LOST,
        Reason.TRANSITIONING,
        Reason.REGISTRY_UNAVAILABLE,
    )
}
_JUDGED: Final = ("Ready", "Reconciling", "Stalled")


class Complaint(NamedTuple):
    """A rule that does not hold, and how."""

    rule: str
    words: str


def complaints(manifest: Manifest, before: Manifest) -> Iterator[Complaint]:
    """Yield what is wrong with the status of an object that an operator wrote; `before` it was that of `before`."""
    name, status = manifest["metadata"]["name"], manifest.get("status", {})
    conditions = {c["type"]: c for c in status.get("conditions", ())}
    earlier = {c["type"]: c for c in before.get("status", {}).get("conditions", ())}
    observed = status.get("observedGeneration", -1)
    for kind in _JUDGED:
        if kind in conditions and conditions[kind]["observedGeneration"] != max(observed, 0):
            yield Complaint("P10", f"{name}: generation {observed} is observed, but not by {kind}")
    for kind, condition in conditions.items():
        old = earlier.get(kind, condition)
        moved = old["status"] == condition["status"] and old["lastTransitionTime"] != condition["lastTransitionTime"]
        if moved and _same_author(manifest, before):
            yield Complaint("P11", f"{name}: {kind} stayed, but its lastTransitionTime moved")
    stalled = conditions.get("Stalled", {})
    if stalled.get("status") == "True" and stalled["reason"] in HEAL_BY_THEMSELVES:
        yield Complaint("P11", f"{name} is Stalled for {stalled['reason']}, which no person can mend")
    if conditions.get("Ready", {}).get("status") == "True" and manifest["kind"] == SERVICES.kind:
        wanted = manifest["spec"]["replicas"]
        counts = [status.get(count) for count in ("replicas", "readyReplicas", "updatedReplicas")]
        if observed == manifest["metadata"]["generation"] and counts != [wanted] * 3:
            yield Complaint("P11", f"{name} is Ready with {counts} of {wanted} replicas")


def tells_a_secret(manifest: Manifest) -> bool:
    """Tell whether an object says what nobody may read."""
    return CANARY in json.dumps(manifest)


def _same_author(manifest: Manifest, before: Manifest) -> bool:
    """Tell whether the status before was about this very service, and not out of a backup."""
    return bool(manifest.get("status", {}).get("selector") == before.get("status", {}).get("selector"))
