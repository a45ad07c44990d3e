"""What the operator counts, under the names that dashboards for controllers know.

Labels are bounded by the tables of the code and by the regions and subscriptions in use: no name of an object is one.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aci_operator.api.reasons import Act, Reason, State
from aci_operator.core.shortage import Shortage
from aci_operator.engine.telemetry import BudgetLevel

_PASS_SECONDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60)
_WAIT_SECONDS = (0.5, 1, 5, 30, 60, 300, 900, 1800, 3600, 7200)


class Metrics:
    """Implements `engine.ports.Telemetry`.

    Attributes:
        labels: Of each metric, by the name under which it is queried.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.labels: dict[str, tuple[str, ...]] = {}
        self._passes = self._counter("controller_runtime_reconcile", "Passes over objects.", "controller", "result")
        self._pass_seconds = self._histogram(
            "controller_runtime_reconcile_time_seconds", "Duration of passes over objects.", _PASS_SECONDS, "controller"
        )
        self._depth = self._gauge("workqueue_depth", "Objects that wait for a pass.", "name")
        self._requests = self._counter(
            "aci_operator_arm_requests", "Requests to Azure Resource Manager.", "operation", "code"
        )
        self._request_seconds = self._histogram(
            "aci_operator_arm_request_duration_seconds",
            "Duration of requests to Azure Resource Manager.",
            Histogram.DEFAULT_BUCKETS,
            "operation",
        )
        self._groups = self._gauge("aci_operator_container_groups", "Container groups by state.", "state")
        self._actions = self._counter("aci_operator_actions", "What was done, and why.", "action", "reason")
        self._heals = self._counter("aci_operator_heals", "Failed replicas that were replaced.", "cause")
        self._placements = self._counter(
            "aci_operator_placements", "Places chosen for new replicas.", "location", "zone"
        )
        self._shortages = self._gauge(
            "aci_operator_shortages", "Places and sizes without room now.", "location", "zone", "reason"
        )
        self._budget_left = self._gauge(
            "aci_operator_budget_left",
            "Creates or deletes that could be sent now.",
            "operation",
            "subscription",
            "location",
            "window",
        )
        self._budget_waiting = self._gauge(
            "aci_operator_budget_waiting",
            "Creates or deletes that wait for their turn.",
            "operation",
            "subscription",
            "location",
            "share",
        )
        self._budget_waits = self._histogram(
            "aci_operator_budget_wait_seconds", "Waits of creates and deletes.", _WAIT_SECONDS, "operation"
        )
        self._quotas = self._gauge(
            "aci_operator_quota_usage_ratio",
            "Used part of Azure's quotas, as last read; read when something is created.",
            "subscription",
            "location",
            "quota",
        )
        self._orphans = self._gauge("aci_operator_orphans", "Container groups without an object, by the last round.")
        self._held_back = self._gauge("aci_operator_orphans_held_back", "Those that wait for a person's word.")
        self._collected = self._counter("aci_operator_orphans_deleted", "Container groups without an object, deleted.")

    def reconciled(self, kind: str, result: Literal["success", "error", "conflict"], seconds: float) -> None:
        """Count one pass."""
        self._passes.labels(kind, result).inc()
        self._pass_seconds.labels(kind).observe(seconds)

    def queued(self, kind: str, depth: int) -> None:
        """Set the depth of a queue."""
        self._depth.labels(kind).set(depth)

    def arm_request(self, operation: str, code: str, seconds: float) -> None:
        """Count one request to Azure."""
        self._requests.labels(operation, code).inc()
        self._request_seconds.labels(operation).observe(seconds)

    def groups_by_state(self, counts: Mapping[str, int]) -> None:
        """Set how many groups are in each state, those with none included."""
        for state in State:
            self._groups.labels(state.value).set(counts.get(state.value, 0))

    def acted(self, act: Act, why: Reason, count: int) -> None:
        """Count what was done."""
        self._actions.labels(act.value, why.value).inc(count)
        if act is Act.COLLECT:
            self._collected.inc(count)

    def healed(self, cause: Reason) -> None:
        """Count a replica that is replaced since it failed."""
        self._heals.labels(cause.value).inc()

    def placed(self, location: str, zone: str | None) -> None:
        """Count the choice of a place; a zone that is left to Azure is an empty label."""
        self._placements.labels(location, zone or "").inc()

    def shortages(self, present: Sequence[Shortage]) -> None:
        """Set what is short; what is no longer goes."""
        self._shortages.clear()
        for shortage in present:
            self._shortages.labels(shortage.location, shortage.zone or "", shortage.reason.value).inc()

    def budgets(self, levels: Sequence[BudgetLevel]) -> None:
        """Set how the budgets stand."""
        for level in levels:
            place = (level.kind, level.subscription_id, level.location)
            for window, left in level.left.items():
                self._budget_left.labels(*place, window).set(left)
            for share, waiting in level.waiting.items():
                self._budget_waiting.labels(*place, share).set(waiting)

    def quotas(self, ratios: Mapping[tuple[str, str, str], float]) -> None:
        """Set how much of the quotas is used."""
        for labels, ratio in ratios.items():
            self._quotas.labels(*labels).set(ratio)

    def waited(self, kind: str, seconds: float) -> None:
        """Count a wait, those of no time included."""
        self._budget_waits.labels(kind).observe(seconds)

    def orphans(self, found: int, held_back: int) -> None:
        """Set what a round of the collector found."""
        self._orphans.set(found)
        self._held_back.set(held_back)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        self.labels[f"{name}_total"] = labels
        return Counter(name, what, labels, registry=self._registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        self.labels[name] = labels
        return Gauge(name, what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str, buckets: Sequence[float], *labels: str) -> Histogram:
        self.labels[name] = labels
        return Histogram(name, what, labels, buckets=buckets, registry=self._registry)
