"""What the engine counts, as a port: `app.metrics` implements it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from aci_operator.api.reasons import Act, Reason
from aci_operator.core.shortage import Shortage


@dataclass(frozen=True)
class BudgetLevel:
    """How a budget of a subscription in a region stands.

    Attributes:
        kind: What it is for: create or delete.
        left: Requests that could be sent now, by window ("5m", "1h").
        waiting: Requests that wait, by share.
    """

    kind: str
    subscription_id: str
    location: str
    left: Mapping[str, int]
    waiting: Mapping[str, int]


class RequestCounter(Protocol):
    """Counts what is asked of Azure."""

    def arm_request(self, operation: str, code: str, seconds: float) -> None:
        """Count one request to Azure; `code` is the HTTP status, or a word when there was no answer."""


class Telemetry(RequestCounter, Protocol):
    """Counters for people who watch the operator."""

    def reconciled(self, kind: str, result: Literal["success", "error", "conflict"], seconds: float) -> None:
        """Count one pass over an object."""

    def queued(self, kind: str, depth: int) -> None:
        """Tell how many keys wait."""

    def groups_by_state(self, counts: Mapping[str, int]) -> None:
        """Tell how many container groups are in each state."""

    def acted(self, act: Act, why: Reason, count: int) -> None:
        """Count what was done, and why."""

    def healed(self, cause: Reason) -> None:
        """Count a replica that is replaced since it failed; `cause` is what was wrong."""

    def placed(self, location: str, zone: str | None) -> None:
        """Count the choice of a place for a new replica."""

    def shortages(self, present: Sequence[Shortage]) -> None:
        """Tell which places have no room now."""

    def budgets(self, levels: Sequence[BudgetLevel]) -> None:
        """Tell how every budget stands."""

    def quotas(self, ratios: Mapping[tuple[str, str, str], float]) -> None:
        """Tell how much of each quota is used, by subscription, region and Azure's name for it."""

    def waited(self, kind: str, seconds: float) -> None:
        """Count a create or delete whose turn has come, and how long that took."""

    def orphans(self, found: int, held_back: int) -> None:
        """Tell what a round of the collector found, and how many of these it leaves to a person's word."""
