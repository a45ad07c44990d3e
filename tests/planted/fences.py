"""Bugs 37 to 41: what keeps a stale look or a second operator from deciding anything that sticks."""

from datetime import timedelta
from typing import Any

from aci_operator.core.errors import Conflict
from aci_operator.kube.api import KindMissing

from tests.planted.bug import Bug, Plant
from tests.simulation import test_rows_collector as leftovers
from tests.simulation import test_safety as safety
from tests.simulation import test_scopes as scopes

CLUSTER = "aci_operator.kube.cluster:KubeCluster"
COLLECTOR = "aci_operator.engine.collector"


async def undeterred(original: Any, cluster: Any, subject: Any, wanted: Any) -> Any:
    try:
        return await original(cluster, subject, wanted)
    except Conflict:
        return subject


async def whatever_it_is_now(original: Any, cluster: Any, group: Any) -> None:
    metadata = group.metadata.model_copy(update={"uid": "", "resource_version": ""})
    await original(cluster, group.model_copy(update={"metadata": metadata}))


class Rescoped:
    """A cluster whose groups are where the operator's default says, not where their objects say."""

    def __init__(self, cluster: Any, subscription: str) -> None:
        self._cluster = cluster
        self._subscription = subscription

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster, name)

    def group(self, key: Any) -> Any:
        group = self._cluster.group(key)
        if group is None:
            return None
        spec = group.spec.model_copy(update={"subscription_id": self._subscription})
        return group.model_copy(update={"spec": spec})


def by_default(original: Any, engine: Any, settings: Any, *, cluster: Any, **rest: Any) -> None:
    original(engine, settings, cluster=Rescoped(cluster, settings.default_subscription), **rest)


def hasty(original: Any, collector: Any, *arguments: Any, **options: Any) -> None:
    original(collector, *arguments, **options)
    collector._twice = timedelta(0)  # noqa: SLF001


def without_a_kind(original: Any, operator: Any, *arguments: Any) -> None:
    """A kind that does not exist is taken for one of which there is no object."""
    original(operator, *arguments)
    reader = operator._cluster._reader  # noqa: SLF001
    fetch = reader.fetch

    async def nothing_there(resource: Any, key: Any) -> Any:
        try:
            return await fetch(resource, key)
        except KindMissing:
            return None

    informer = operator._informer  # noqa: SLF001
    list_all = informer.list_all

    async def all_there_is() -> bool:
        await list_all()
        return True

    operator.store.complete, reader.fetch, informer.list_all = lambda: True, nothing_there, all_there_is


PLANTS = (
    Plant(
        Bug(37, "plan carried out after a 409", f"{CLUSTER}.write_status", undeterred, wraps=True),
        safety.test_a_plan_from_a_stale_look_is_thrown_away,
        expects="P3",
    ),
    Plant(
        Bug(38, "object deleted without preconditions", f"{CLUSTER}.delete_group", whatever_it_is_now, wraps=True),
        scopes.test_a_replica_that_a_person_has_taken_out_of_its_service_is_not_deleted,
        expects="fence",
    ),
    Plant(
        Bug(39, "write after the Lease was lost", "aci_operator.kube.lease:Elector.held", lambda _: True),
        safety.test_nothing_is_sent_once_the_lease_has_run_out,
        expects='asked("delete"',
    ),
    Plant(
        Bug(40, "scope taken from the defaults", "aci_operator.engine.engine:Engine.__init__", by_default, wraps=True),
        scopes.test_another_default_subscription_leaves_nothing_behind_in_the_old_one,
        expects="P7: the finalizer",
    ),
    Plant(
        Bug(41, "collector acts on one round", f"{COLLECTOR}:Collector.__init__", hasty, wraps=True),
        safety.test_orphans_of_one_round_are_left_alone,
        expects="== names",
    ),
    Plant(
        Bug(41, "a fleet collected after its CRDs came back", f"{COLLECTOR}:allowance", lambda fleet: fleet),
        leftovers.test_crds_that_are_installed_again_cost_no_fleet,
        expects="== names",
    ),
    Plant(
        Bug(
            41,
            "a missing CRD taken for no objects",
            "aci_operator.app.operator:Operator.__init__",
            without_a_kind,
            True,
        ),
        leftovers.test_the_collector_is_off_while_a_crd_is_missing,
        slow=True,
        expects="== names",
    ),
)
