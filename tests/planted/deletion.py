"""Bugs 14 to 21: how container groups end, by their finalizer, the collector or a scale-down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from aci_operator.api import keys
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict
from aci_operator.core.garbage import suspects
from aci_operator.core.group import deletion
from aci_operator.core.group.status import status
from aci_operator.core.group.step import AddFinalizer, Step
from aci_operator.engine.ports import Key

from tests.planted.bug import Bug, Plant
from tests.simulation import test_rows_collector as leftovers
from tests.simulation import test_safety as safety
from tests.simulation import test_scopes as scopes

LIFE, DEATH = "aci_operator.core.group.life", "aci_operator.core.group.deletion"
PLAN, GARBAGE = "aci_operator.core.group.plan", "aci_operator.engine.collector"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def let_go(o: Any, *_: object) -> Step:
    return deletion._let_go(o)  # noqa: SLF001


def gone_when_accepted(original: Any, o: Any) -> Any:
    return let_go(o) if o.memory.deleted_at is not None else original(o)


def gone_by_list(original: Any, o: Any) -> Any:
    return let_go(o) if o.listed is not None and o.listed.group is None else original(o)


def lost_by_list(original: Any, o: Any) -> Any:
    if o.listed is not None and o.listed.group is None:
        return Step(status(o, State.LOST, Verdict.underway(Reason.DISAPPEARED, "gone")), after=30)
    return original(o)


def finalizer_later(original: Any, o: Any) -> Any:
    step = original(o)
    if not isinstance(step.effect, AddFinalizer) or o.group.status.accepted_at is not None:
        return step
    metadata = o.group.metadata.model_copy(update={"finalizers": (keys.FINALIZER,)})
    return original(replace(o, group=o.group.model_copy(update={"metadata": metadata})))


async def cluster_first(original: Any, collector: Any) -> Any:
    """All that is asked of the cluster is asked before the cloud is listed."""
    around = collector._around  # noqa: SLF001
    groups, services = set(around.cluster.group_keys()), set(around.cluster.service_keys())
    uids = around.cluster.group_uids()

    async def orphaned(claim: Any) -> bool:
        known = Key(claim.namespace, claim.name) in groups or Key(claim.namespace, claim.service) in services
        return not known

    async def orphans(cloud: Any) -> list[Any]:
        grace = collector._grace  # noqa: SLF001
        found = suspects(cloud, around.cluster_id, uids, around.clock(), grace)
        return [claim for claim in found if await orphaned(claim)]

    with patch.object(collector, "_orphaned", orphaned), patch.object(collector, "_orphans", orphans):
        return await original(collector)


def no_grace(original: Any, groups: Any, cluster_id: str, uids: Any, at: datetime, _: timedelta) -> Any:
    return original(groups, cluster_id, uids, at, timedelta(0))


def ready_first(groups: Any, _: object) -> list[Any]:
    return sorted(groups, key=lambda group: -len(group.status.ip or ""))


PLANTS = (
    Plant(
        Bug(14, "finalizer off on an accepted DELETE", f"{PLAN}:plan_deletion", gone_when_accepted, wraps=True),
        safety.test_the_object_stays_until_its_group_has_gone,
        expects="its container groups are not",
    ),
    Plant(
        Bug(15, "finalizer off on the first 404", f"{DEATH}:_absent", let_go),
        safety.test_a_put_that_takes_effect_late_is_not_left_behind,
        expects="assert not self.cloud(name)",
    ),
    Plant(
        Bug(16, "finalizer off on an empty LIST", f"{PLAN}:plan_deletion", gone_by_list, wraps=True),
        safety.test_a_put_that_takes_effect_late_is_not_left_behind,
        expects="assert not self.cloud(name)",
    ),
    Plant(
        Bug(16, "lost by an empty LIST", f"{LIFE}:watch", lost_by_list, wraps=True),
        safety.test_empty_lists_end_nothing,
        expects="P20",
    ),
    Plant(
        Bug(17, "finalizer after the PUT", f"{PLAN}:plan_life", finalizer_later, wraps=True),
        safety.test_a_bare_group_has_its_finalizer_before_its_put,
        expects="fence",
    ),
    Plant(
        Bug(18, "collector looks at the cluster before the cloud", f"{GARBAGE}:Collector.round", cluster_first, True),
        scopes.test_what_comes_back_while_the_collector_lists_is_not_collected,
        expects="fence",
    ),
    Plant(
        Bug(19, "collector without grace", f"{GARBAGE}:suspects", no_grace, wraps=True),
        safety.test_young_orphans_are_left_alone,
        expects="== names",
    ),
    Plant(
        Bug(20, "epoch for unknown age", "aci_operator.core.garbage:_created", lambda _: EPOCH),
        leftovers.test_the_collector_leaves_alone_what_it_cannot_date,
        expects="== names",
    ),
    Plant(
        Bug(21, "ready ones go first", "aci_operator.core.service.rolling:expendable_first", ready_first),
        safety.test_a_scale_down_keeps_those_that_serve,
        expects="P19",
    ),
)
