"""Conditions by the Kubernetes API conventions, in combinations that kstatus reads rightly.

Reconciling and Stalled are never both True, and Ready is True only when neither is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.reasons import Reason

MESSAGE_LIMIT = 1024


@dataclass(frozen=True)
class Verdict:
    """The one thing to say about an object: it is ready, on its way, or needs a person."""

    ready: bool
    stalled: bool
    reason: Reason
    message: str

    @staticmethod
    def fine(reason: Reason, message: str) -> "Verdict":
        """Ready."""
        return Verdict(ready=True, stalled=False, reason=reason, message=message)

    @staticmethod
    def underway(reason: Reason, message: str) -> "Verdict":
        """Not ready; the operator is working on it or waits for something that will come."""
        return Verdict(ready=False, stalled=False, reason=reason, message=message)

    @staticmethod
    def stuck(reason: Reason, message: str) -> "Verdict":
        """Not ready, and as far as is known only a person can change that."""
        return Verdict(ready=False, stalled=True, reason=reason, message=message)


def find(conditions: Iterable[Condition], kind: ConditionType) -> Condition | None:
    """Return the condition of a type, or None."""
    return next((condition for condition in conditions if condition.type == kind), None)


def reason_of(condition: Condition) -> Reason:
    """Return the reason of a condition; another version of the operator may have written an unknown one."""
    return next((reason for reason in Reason if reason.value == condition.reason), Reason.PROGRESSING)


def is_true(conditions: Iterable[Condition], kind: ConditionType) -> bool:
    """Tell whether the condition of a type is present and True."""
    condition = find(conditions, kind)
    return condition is not None and condition.status == "True"


def is_available(conditions: Sequence[Condition]) -> bool:
    """Tell whether a group has been ready for long enough. Earlier operators did not say: then ready is enough."""
    known = find(conditions, ConditionType.AVAILABLE)
    return is_true(conditions, ConditionType.READY) if known is None else known.status == "True"


def judged(before: Sequence[Condition], verdict: Verdict, generation: int, now: datetime) -> tuple[Condition, ...]:
    """Return Ready, Reconciling and Stalled as the verdict has them."""
    reconciling = not verdict.ready and not verdict.stalled
    return tuple(
        condition(
            before, kind, status=status, reason=verdict.reason, message=verdict.message, generation=generation, now=now
        )
        for kind, status in (
            (ConditionType.READY, verdict.ready),
            (ConditionType.RECONCILING, reconciling),
            (ConditionType.STALLED, verdict.stalled),
        )
    )


def condition(
    before: Sequence[Condition],
    kind: ConditionType,
    *,
    status: bool,
    reason: Reason,
    message: str,
    generation: int,
    now: datetime,
) -> Condition:
    """Return one condition; its transition time moves only when its status does."""
    text = "True" if status else "False"
    old = find(before, kind)
    unchanged = old is not None and old.status == text
    return Condition(
        type=kind.value,
        status=text,
        reason=reason.value,
        message=message[:MESSAGE_LIMIT],
        last_transition_time=old.last_transition_time if old is not None and unchanged else now.replace(microsecond=0),
        observed_generation=max(generation, 0),
    )


def exception(before: Sequence[Condition], made: Condition) -> tuple[Condition, ...]:
    """Return a condition that is there only once it has been True: objects that never had it have no write for it."""
    never = made.status == "False" and all(known.type != made.type for known in before)
    return () if never else (made,)
