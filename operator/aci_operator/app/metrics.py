"""What the operator counts, under the names that dashboards for controllers know (observability.md, O2 and O3)."""

from collections.abc import Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aci_operator.api.reasons import State

_PASS_SECONDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60)


class Metrics:
    """Implements `engine.ports.Telemetry`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._passes = Counter(
            "controller_runtime_reconcile",
            "Passes over objects.",
            ["controller", "result"],
            registry=self._registry,
        )
        self._pass_seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Duration of passes over objects.",
            ["controller"],
            buckets=_PASS_SECONDS,
            registry=self._registry,
        )
        self._depth = Gauge("workqueue_depth", "Objects that wait for a pass.", ["name"], registry=self._registry)
        self._requests = Counter(
            "aci_operator_arm_requests",
            "Requests to Azure Resource Manager.",
            ["operation", "code"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "aci_operator_arm_request_duration_seconds",
            "Duration of requests to Azure Resource Manager.",
            ["operation"],
            registry=self._registry,
        )
        self._groups = Gauge(
            "aci_operator_container_groups", "Container groups by state.", ["state"], registry=self._registry
        )

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

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
