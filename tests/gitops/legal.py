"""Every status that the operator can write, as far as GitOps tools look at it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.keys import API_VERSION, GROUP_KIND, SERVICE_KIND
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import Verdict, condition, judged
from aci_operator.kube.api import Manifest

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GENERATION: Final = 7
UNOBSERVED: Final = {"observedGeneration": -1}
"""The schema's default."""

BESIDE: Final = {
    SERVICE_KIND: {
        ConditionType.AVAILABLE: (True, False),
        ConditionType.SUSPENDED: (None, True, False),
        ConditionType.DRIFTED: (None, True, False),
    },
    GROUP_KIND: {ConditionType.AVAILABLE: (True, False), ConditionType.DRIFTED: (None, True, False)},
}
"""What conditions of each kind can be beside the verdict's own three; None: not there."""

Told = frozenset[tuple[str, str]]
"""The conditions of an object, by type and status."""


def verdicts(reason: Reason) -> tuple[Verdict, Verdict, Verdict]:
    """All that can be said of an object for a reason."""
    return Verdict.fine(reason, "fine"), Verdict.underway(reason, "underway"), Verdict.stuck(reason, "stuck")


def conditions(kind: str, generation: int, reason: Reason = Reason.PROGRESSING) -> Iterator[tuple[Condition, ...]]:
    """Every set of conditions of a kind."""
    beside = BESIDE[kind]
    for verdict, statuses in product(verdicts(reason), list(product(*beside.values()))):
        others = tuple(
            condition((), name, status=status, reason=reason, message="beside", generation=generation, now=NOW)
            for name, status in zip(beside, statuses, strict=True)
            if status is not None
        )
        yield (*judged((), verdict, generation, NOW), *others)


def manifest(kind: str, status: Manifest, *, deleted: bool = False) -> Manifest:
    """An object of the present generation."""
    metadata: Manifest = {"name": "web", "namespace": "default", "generation": GENERATION}
    if deleted:
        metadata |= {"deletionTimestamp": "2026-01-02T03:04:05Z", "finalizers": ["acioperator.dev/azure"]}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": {}, "status": status}


def objects(kind: str) -> Iterator[Manifest]:
    """Every object: seen or not, of this or an earlier generation, deleted or not, its conditions in either order."""
    for deleted in (False, True):
        yield manifest(kind, UNOBSERVED, deleted=deleted)
        for observed in (GENERATION, GENERATION - 1, 1):
            for told in conditions(kind, observed):
                listed = [each.manifest() for each in told]
                for ordered in (listed, listed[::-1]):
                    yield manifest(kind, {"observedGeneration": observed, "conditions": ordered}, deleted=deleted)
    for reason in Reason:
        for told in conditions(kind, GENERATION, reason):
            listed = [each.manifest() for each in told]
            yield manifest(kind, {"observedGeneration": GENERATION, "conditions": listed})


def told(found: Manifest) -> Told:
    """Return what an object's conditions say."""
    return frozenset((each["type"], each["status"]) for each in found["status"].get("conditions", ()))


def legal(kind: str) -> set[Told]:
    """Return all that conditions of a kind can say, and that they can be absent."""
    all_of_them = (frozenset((each.type, each.status) for each in each) for each in conditions(kind, GENERATION))
    return {frozenset(), *all_of_them}
