"""Each safety row with a bug that turns it red. Numbers are of the list of planted bugs, 0 for others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_emulator.wire import Response
from aci_operator.api import keys
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict
from aci_operator.core.errors import Conflict, Forbidden, NotFound
from aci_operator.core.group import deletion, verdict
from aci_operator.core.group.status import requested, status
from aci_operator.core.group.step import AddFinalizer, PutGroup, Step
from aci_operator.core.ownership import Owner
from aci_operator.core.service.replicas import ending
from aci_operator.kube.api import GROUPS, SERVICES
from azure.core.pipeline.policies import AsyncRetryPolicy

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.operators import RealOperator
from tests.simulation.planted import Bug, expect_red
from tests.simulation.world import World

PLACE: dict[str, Any] = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}
GROUP_PATH = "*/containergroups/*"
LIST_PATH = "*/containergroups"
Scenario = Callable[[], Awaitable[None]]


@asynccontextmanager
async def running(replicas: int | None = 1, **settings: Any) -> AsyncIterator[World]:
    """A world in which a service is up; with None there is none yet."""
    world = World(RealOperator, seed=7, **settings)
    try:
        await world.start()
        if replicas is not None:
            world.apply(samples.service("s", replicas=replicas))
            await world.converge("s", replicas)
        yield world
    finally:
        await world.close()


# -- scenarios


async def an_apply() -> None:
    async with running(20, start_latency=20.0) as world:
        assert len(world.asked("write")) == 20
        began = world.asked("write")[0].at
        early = [entry for entry in world.asked("read") if entry.at <= began + timedelta(seconds=90)]
        assert len(early) <= 1.05 * 20 + 2 + 20  # and one health turn


async def a_lost_answer() -> None:
    async with running(None, read_lag=20.0) as world:
        world.azure.faults.add(Rule("cut-after", method="PUT"))
        world.apply(samples.service("s", replicas=1))
        await world.converge("s", 1)
        assert len(world.names("write")) == 1


async def a_late_put_of_a_deleted_object() -> None:
    async with running(None) as world:
        world.azure.faults.add(Rule("hold-before", method="PUT", late=True))
        world.apply(samples.service("s", replicas=1))
        await world.until(lambda: bool(world.azure.held))
        world.delete("s")
        await asyncio.sleep(28)  # the request was given up after 20 s, and Azure shows nothing yet
        world.azure.faults.clear()
        await world.ended("s")


async def a_delete_that_is_answered_and_slow() -> None:
    async with running(1) as world:
        world.azure.faults.add(Rule("answer", method="DELETE", answer=answer(202)))
        world.delete("s")
        await world.ended("s")


async def a_bare_group() -> None:
    async with running(None) as world:
        world.apply(samples.group("mine"))
        await world.until(lambda: world.groups()[0].get("status", {}).get("state") == "Running")
        world.check()


async def a_plan_from_a_stale_look() -> None:
    async with running(3) as world:
        shell = world.operators["operator"].shell
        assert shell is not None
        shell.watches[SERVICES].freeze()
        world.scale("s", 1)
        world.invariants.converged(now())  # from now on no more than one and its surge
        world.portal.remove(world.cloud()[0].name)
        await asyncio.sleep(100)
        world.check()
        shell.watches[SERVICES].thaw()
        await world.converge("s", 1)


async def a_scale_down_with_some_not_ready() -> None:
    async with running(3) as world:
        serving = {group.name for group in world.cloud()}
        world.arm.settings = world.arm.settings.changed({"start_latency": 1200.0})
        world.scale("s", 6)
        await world.until(lambda: len(world.cloud()) == 6)
        world.scale("s", 3)
        await world.converge("s", 3)
        assert {group.name for group in world.cloud()} == serving


async def a_rollout() -> None:
    async with running(3) as world:
        world.roll("s", "registry.test/api:2")
        await world.converge("s", 3, image="registry.test/api:2")


async def a_change_of_mind_while_all_start() -> None:
    async with running(None, start_latency=300.0) as world:
        world.apply(samples.service("s", replicas=3))
        await world.until(lambda: len(world.cloud()) == 3)
        world.roll("s", "registry.test/api:2")
        await world.converge("s", 3, image="registry.test/api:2")


async def wipe(world: World) -> list[str]:
    """All objects are gone, and their finalizers were cleared by hand."""
    await world.stop()
    for place in [p for p in list(world.cluster.objects.everything()) if p.resource in (SERVICES, GROUPS)]:
        world.user.wipe(place)
    await world.start()
    return sorted(group.name for group in world.cloud())


async def young_orphans() -> None:
    async with running(None, operator={"collect_every": 30}) as world:
        world.apply(samples.service("s", replicas=2))
        await world.until(lambda: len(world.service("s").get("status", {}).get("ips", ())) == 2)
        names = await wipe(world)
        await asyncio.sleep(200)
        assert sorted(group.name for group in world.cloud()) == names


async def orphans_of_one_round() -> None:
    async with running(2) as world:
        names = await wipe(world)
        await asyncio.sleep(1000)
        assert sorted(group.name for group in world.cloud()) == names


async def orphans_without_an_age() -> None:
    async with running(2) as world:
        for group in world.cloud():
            tags = {name: value for name, value in (group.tags or {}).items() if name != keys.TAG_CREATED}
            await world.in_azure("PATCH", group.name, {"tags": tags})
        names = await wipe(world)
        await asyncio.sleep(3600)
        assert sorted(group.name for group in world.cloud()) == names


async def many_orphans() -> None:
    async with running(7) as world:
        names = await wipe(world)
        await asyncio.sleep(3600)
        assert sorted(group.name for group in world.cloud()) == names


async def foreign(**changed: str) -> None:
    async with running(None) as world:
        tags = {
            keys.TAG_CLUSTER: world.invariants.cluster_id,
            keys.TAG_NAMESPACE: "default",
            keys.TAG_NAME: "mine",
            keys.TAG_UID: "d6e0f9a3-0000-4000-8000-000000000000",
            **changed,
        }
        world.portal.place(name="mine", tags=tags, **PLACE)
        world.apply(samples.group("mine"))
        await asyncio.sleep(120)
        world.check()
        world.delete("mine", resource=GROUPS)
        await world.settle()
        assert [group.name for group in world.cloud()] == ["mine"]


async def a_group_of_another_cluster() -> None:
    await foreign(**{keys.TAG_CLUSTER: "another"})


async def a_group_of_another_uid() -> None:
    await foreign(**{keys.TAG_NAME: "yours"})


async def a_lease_that_ran_out() -> None:
    async with running(1) as world:
        world.azure.faults.add(Rule("answer", method="DELETE", count=None, answer=answer(503, "ServerTimeout")))
        world.delete("s")
        await world.until(lambda: bool(world.asked("delete")))
        world.cluster.plant(Fault(Mode.FAIL, client="operator", times=None))
        at = now()
        await asyncio.sleep(300)
        assert world.asked("delete", since=at + timedelta(seconds=31)) == []


async def a_heal_beside_a_canary() -> None:
    async with running(3, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0) as world:
        world.roll("s", "registry.test/broken:1")
        await world.until(lambda: len(world.cloud()) == 4)
        world.portal.remove(next(g for g in world.cloud() if "api:1" in str(g.containers[0].image)).name)
        await world.until(lambda: len(world.asked("write")) == 5)
        images = sorted(str(group.containers[0].image) for group in world.cloud())
        assert images == ["registry.test/api:1"] * 3 + ["registry.test/broken:1"]


async def blind_reads(refusal: Response | None) -> None:
    """LISTs that are empty by mistake, and reads that are refused."""
    async with running(2) as world:
        names = sorted(group.name for group in world.cloud())
        empty = Response.of(200, {"value": []})
        world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=None, answer=empty))
        if refusal is not None:
            world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=None, answer=refusal))
        await asyncio.sleep(300)
        world.azure.faults.clear()
        await world.converge("s", 2)
        assert sorted(group.name for group in world.cloud()) == names


async def lists_that_are_empty() -> None:
    await blind_reads(None)


async def reads_that_are_forbidden() -> None:
    await blind_reads(answer(403, "AuthorizationFailed"))


async def a_new_generation() -> None:
    async with running(1) as world:
        world.roll("s", "registry.test/api:2")
        generation = world.service("s")["metadata"]["generation"]
        await world.until(lambda: world.service("s")["status"]["observedGeneration"] == generation)
        assert world.told(world.service("s"))["Ready"][0] == "False"


async def a_scale_down() -> None:
    async with running(3) as world:
        world.scale("s", 1)
        await world.settle()
        world.expect("s", 1)


async def throttled_reads() -> None:
    async with running(2) as world:
        response = answer(429, "TooManyRequests", headers={"Retry-After": "200"})
        world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=2, answer=response))
        world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=1, answer=response))
        await asyncio.sleep(400)
        world.check()


async def to_zero_and_back() -> None:
    async with running(1) as world:
        world.scale("s", 0)
        await world.converge("s", 0)
        world.scale("s", 1)
        await world.converge("s", 1)


# -- bugs


def _put_again(o: Any) -> Step:
    return Step(requested(verdict.creating(o), o.now), PutGroup())


def _let_go(o: Any, *_: object) -> Step:
    return deletion._let_go(o)  # noqa: SLF001


def _gone_when_accepted(original: Any, o: Any) -> Any:
    return _let_go(o) if o.memory.deleted_at is not None else original(o)


def _retrying(original: Any, *arguments: Any, **options: Any) -> Any:
    policies = original(*arguments, **options)
    return [*policies[:4], AsyncRetryPolicy(), *policies[4:]]


def _finalizer_later(original: Any, o: Any) -> Any:
    step = original(o)
    if not isinstance(step.effect, AddFinalizer) or o.group.status.accepted_at is not None:
        return step
    metadata = o.group.metadata.model_copy(update={"finalizers": (keys.FINALIZER,)})
    return original(replace(o, group=o.group.model_copy(update={"metadata": metadata})))


async def _undeterred(original: Any, cluster: Any, subject: Any, wanted: Any) -> Any:
    try:
        return await original(cluster, subject, wanted)
    except Conflict:
        return subject


def _without_ending(original: Any, observed: Any, *rest: Any) -> Any:
    return replace(original(observed, *rest), holding=sum(1 for group in observed.groups if not ending(group)))


def _hasty(original: Any, collector: Any, *arguments: Any, **options: Any) -> None:
    original(collector, *arguments, **options)
    collector._twice = timedelta(0)  # noqa: SLF001


def _no_grace(original: Any, groups: Any, cluster_id: str, uids: Any, at: datetime, _: timedelta) -> Any:
    return original(groups, cluster_id, uids, at, timedelta(0))


def _by_name(tags: Any, group: Any, _: str) -> Owner:
    return Owner.PREDECESSOR if tags.get(keys.TAG_NAME) == group.metadata.name else Owner.FOREIGN


def _by_cluster(tags: Any, _: object, cluster_id: str) -> Owner:
    return Owner.OURS if tags.get(keys.TAG_CLUSTER) == cluster_id else Owner.FOREIGN


def _lost_by_list(original: Any, o: Any) -> Any:
    if o.listed is not None and o.listed.group is None:
        return Step(status(o, State.LOST, Verdict.underway(Reason.DISAPPEARED, "gone")), after=30)
    return original(o)


def _still_ready(original: Any, o: Any, *arguments: Any, **options: Any) -> Any:
    before = {condition.type: condition.status for condition in o.service.status.conditions}
    verdict = original(o, *arguments, **options)
    return Verdict.fine(Reason.READY, "as before") if before.get("Ready") == "True" else verdict


def _old_ips(original: Any, o: Any, *arguments: Any) -> Any:
    right = original(o, *arguments)
    return right.model_copy(update={"ips": tuple(dict.fromkeys((*o.service.status.ips, *right.ips)))})


def _no_time(original: Any, error: Any, *arguments: Any) -> Any:
    if hasattr(error, "retry_after"):
        error.retry_after = None
    return original(error, *arguments)


def _ready_first(groups: Any, _: object) -> list[Any]:
    return sorted(groups, key=lambda group: -len(group.status.ip or ""))


def _wide(original: Any, *arguments: Any) -> Any:
    return replace(original(*arguments), surge=5)


def _drawn_late(original: Any, memories: Any, key: Any) -> None:
    asyncio.get_running_loop().call_later(1.0, original, memories, key)


LIFE, DEATH = "aci_operator.core.group.life", "aci_operator.core.group.deletion"
ROLLING, GARBAGE = "aci_operator.core.service.rolling", "aci_operator.engine.collector"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PLANTED: list[tuple[Scenario, Bug]] = [
    (a_lost_answer, Bug(11, "PUT without requestedAt", f"{LIFE}:requested", lambda before, _: before)),
    (a_lost_answer, Bug(5, "second PUT without a GET", f"{LIFE}:_find_out", _put_again)),
    (a_lost_answer, Bug(9, "retries on", "aci_operator.azure.clients:Clients._policies", _retrying, wraps=True)),
    (
        a_lost_answer,
        Bug(
            0,
            "ghost window ignored",
            "aci_operator.core.group.observation:Observation.ghost_over",
            property(lambda _: True),
        ),
    ),
    (a_late_put_of_a_deleted_object, Bug(15, "finalizer off on the first 404", f"{DEATH}:_absent", _let_go)),
    (
        a_delete_that_is_answered_and_slow,
        Bug(
            14,
            "finalizer off on an accepted DELETE",
            "aci_operator.core.group.plan:plan_deletion",
            _gone_when_accepted,
            wraps=True,
        ),
    ),
    (
        a_bare_group,
        Bug(17, "finalizer after the PUT", "aci_operator.core.group.plan:plan_life", _finalizer_later, wraps=True),
    ),
    (
        a_plan_from_a_stale_look,
        Bug(
            37,
            "plan carried out after a 409",
            "aci_operator.kube.cluster:KubeCluster.write_status",
            _undeterred,
            wraps=True,
        ),
    ),
    (
        a_scale_down_with_some_not_ready,
        Bug(21, "ready ones go first", f"{ROLLING}:expendable_first", _ready_first),
    ),
    (a_rollout, Bug(13, "surge ignored", "aci_operator.core.service.rollout:Bounds.of", _wide, wraps=True)),
    (
        a_change_of_mind_while_all_start,
        Bug(
            0,
            "ending groups not counted",
            "aci_operator.core.service.plan:triage.sort",
            _without_ending,
            wraps=True,
        ),
    ),
    (young_orphans, Bug(19, "collector without grace", f"{GARBAGE}:suspects", _no_grace, wraps=True)),
    (orphans_of_one_round, Bug(41, "collector acts on one round", f"{GARBAGE}:Collector.__init__", _hasty, wraps=True)),
    (orphans_without_an_age, Bug(20, "epoch for unknown age", "aci_operator.core.garbage:_created", lambda _: EPOCH)),
    (many_orphans, Bug(0, "no limit to a round", f"{GARBAGE}:allowance", lambda fleet: fleet)),
    (a_group_of_another_cluster, Bug(6, "taken over by name", f"{LIFE}:owner", _by_name)),
    (a_group_of_another_uid, Bug(2, "uid not checked", f"{DEATH}:owner", _by_cluster)),
    (a_lease_that_ran_out, Bug(39, "write after the lease", "aci_operator.kube.lease:Elector.held", lambda _: True)),
    (
        a_heal_beside_a_canary,
        Bug(42, "heal from the new template", "aci_operator.core.service.canary:pending", lambda *_: False),
    ),
    (
        reads_that_are_forbidden,
        Bug(33, "403 taken for 404", "aci_operator.engine.effects:NotFound", (NotFound, Forbidden)),
    ),
    (lists_that_are_empty, Bug(16, "empty LIST taken as proof", f"{LIFE}:_watch", _lost_by_list, wraps=True)),
    (
        a_new_generation,
        Bug(
            23,
            "Ready kept over a new generation",
            "aci_operator.core.service.status:judge",
            _still_ready,
            wraps=True,
        ),
    ),
    (a_scale_down, Bug(24, "IPs kept", "aci_operator.core.service.plan:status", _old_ips, wraps=True)),
    (throttled_reads, Bug(28, "Retry-After of a GET", "aci_operator.engine.memories:trouble", _no_time, wraps=True)),
    (
        throttled_reads,
        Bug(
            28,
            "Retry-After of a LIST",
            "aci_operator.engine.fleet:Fleet._list",
            lambda fleet, scope: fleet._azure.list(scope),  # noqa: SLF001
        ),
    ),
    (
        to_zero_and_back,
        Bug(12, "one name for ever", "aci_operator.engine.objects:group_name", lambda name, *_: f"{name}-1-same"),
    ),
    (an_apply, Bug(0, "name drawn too late", "aci_operator.engine.memories:Memories.drew", _drawn_late, wraps=True)),
]


@pytest.mark.parametrize(("scenario", "bug"), PLANTED, ids=lambda it: getattr(it, "title", ""))
async def test_a_bug_is_noticed(scenario: Scenario, bug: Bug) -> None:
    await expect_red(scenario, bug)
