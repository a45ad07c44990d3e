"""What is counted, as Prometheus reads it."""

from datetime import timedelta

from aci_operator.api.reasons import Act, Reason, State
from aci_operator.app.metrics import Metrics
from aci_operator.core.shortage import Shortage, Size
from aci_operator.engine.telemetry import BudgetLevel

from tests.unit.core.builders import SUBSCRIPTION, T0


def shortage(location: str, zone: str | None, reason: Reason, cpu: float = 1) -> Shortage:
    return Shortage(SUBSCRIPTION, location, zone, Size(cpu, 1), reason, "no room", T0 + timedelta(minutes=5))


def level(left: int, waiting: int) -> BudgetLevel:
    return BudgetLevel("create", SUBSCRIPTION, "westeurope", {"5m": left, "1h": 280}, {"Heal": 0, "Growth": waiting})


def lines(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_a_state_that_nobody_is_in_any_more_is_told_as_zero() -> None:
    metrics = Metrics()
    metrics.groups_by_state({"Running": 3, "Failed": 1})
    metrics.groups_by_state({"Running": 4})
    told = metrics.exposition().decode()
    assert 'aci_operator_container_groups{state="Failed"} 0.0' in told
    assert told.count("aci_operator_container_groups{") == len(State)


def test_actions_are_counted_by_reason_and_heals_by_cause() -> None:
    metrics = Metrics()
    metrics.acted(Act.CREATE, Reason.SCALING, 3)
    metrics.acted(Act.CREATE, Reason.SCALING, 2)
    metrics.healed(Reason.CRASH_LOOPING)
    assert 'aci_operator_actions_total{action="create",reason="Scaling"} 5.0' in lines(metrics)
    assert 'aci_operator_heals_total{cause="CrashLooping"} 1.0' in lines(metrics)


def test_a_shortage_that_is_over_goes() -> None:
    metrics = Metrics()
    both = [shortage("westeurope", "1", Reason.NO_CAPACITY, cpu) for cpu in (1, 4)]
    metrics.shortages([*both, shortage("northeurope", None, Reason.QUOTA_EXCEEDED)])
    assert 'aci_operator_shortages{location="westeurope",reason="NoCapacity",zone="1"} 2.0' in lines(metrics)
    assert 'aci_operator_shortages{location="northeurope",reason="QuotaExceeded",zone=""} 1.0' in lines(metrics)
    metrics.shortages(both[:1])
    assert 'aci_operator_shortages{location="westeurope",reason="NoCapacity",zone="1"} 1.0' in lines(metrics)
    assert "northeurope" not in metrics.exposition().decode()


def test_where_replicas_are_placed_is_counted() -> None:
    metrics = Metrics()
    metrics.placed("westeurope", "2")
    metrics.placed("westeurope", None)
    assert 'aci_operator_placements_total{location="westeurope",zone="2"} 1.0' in lines(metrics)
    assert 'aci_operator_placements_total{location="westeurope",zone=""} 1.0' in lines(metrics)


def test_budgets_tell_what_is_left_and_who_waits() -> None:
    metrics = Metrics()
    metrics.budgets([level(7, waiting=40)])
    metrics.budgets([level(3, waiting=41)])
    metrics.waited("create", 42)
    place, last = 'location="westeurope",operation="create",', f'subscription="{SUBSCRIPTION}"'
    assert f'aci_operator_budget_left{{{place}{last},window="5m"}} 3.0' in lines(metrics)
    assert f'aci_operator_budget_waiting{{{place}share="Growth",{last}}} 41.0' in lines(metrics)
    assert 'aci_operator_budget_wait_seconds_sum{operation="create"} 42.0' in lines(metrics)


def test_the_used_part_of_quotas_is_told() -> None:
    metrics = Metrics()
    metrics.quotas({(SUBSCRIPTION, "westeurope", "ContainerGroups"): 0.98})
    labels = f'location="westeurope",quota="ContainerGroups",subscription="{SUBSCRIPTION}"'
    assert f"aci_operator_quota_usage_ratio{{{labels}}} 0.98" in lines(metrics)


def test_the_collector_tells_what_it_found_deleted_and_holds_back() -> None:
    metrics = Metrics()
    metrics.orphans(6, 6)
    metrics.acted(Act.COLLECT, Reason.NO_OBJECT, 2)
    assert "aci_operator_orphans 6.0" in lines(metrics)
    assert "aci_operator_orphans_held_back 6.0" in lines(metrics)
    assert "aci_operator_orphans_deleted_total 2.0" in lines(metrics)
