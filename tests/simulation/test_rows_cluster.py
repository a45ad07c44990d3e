"""Rows of the table about the cluster: two operators, endings, restores, an API server that is away, lost rights."""

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from aci_emulator.front.faults import Rule
from aci_operator.api import keys
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES, Manifest, Resource

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
SERVICE = Place(SERVICES, "default", "s")


async def up(world: World, replicas: int = 3) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas))
    await world.converge("s", replicas)


# -- two operators


@pytest.mark.parametrize("seed", range(6))
async def test_two_operators_through_five_minutes_of_changes_and_pauses(make_world: MakeWorld, seed: int) -> None:
    world = make_world(seed=seed)
    chance = random.Random(seed)
    await world.start("one")
    await world.start("two")
    wanted, image = 3, "registry.test/api:1"
    world.apply(samples.service("s", replicas=wanted))
    began, paused = now(), ""
    while (now() - began).total_seconds() < 300:
        await asyncio.sleep(chance.choice([0.05, 0.5, 5, 30]) * chance.random())
        if not paused and chance.random() < 0.5:
            lease = world.user.find(Place(LEASES, "kube-system", "aci-operator")) or {"spec": {"holderIdentity": ""}}
            paused = lease["spec"]["holderIdentity"].partition("-")[0] or chance.choice(["one", "two"])
            world.operators[paused].process.pause()
            await asyncio.sleep(chance.uniform(20, 120))
        elif paused:
            world.operators[paused].process.resume()
            paused = ""
        if chance.random() < 0.7:
            wanted = chance.randint(0, 5)
            world.scale("s", wanted)
        elif chance.random() < 0.5:
            image = f"registry.test/api:{chance.randint(2, 4)}"
            world.roll("s", image)
    if paused:
        world.operators[paused].process.resume()
    await world.converge("s", wanted, image=image)
    assert len(world.names("write")) == len(set(world.names("write")))


async def test_a_leader_that_was_stopped_sends_nothing_when_it_goes_on(make_world: MakeWorld) -> None:
    world = make_world(seed=201)
    await world.start("one")
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    await world.start("two")
    world.scale("s", 4)
    await world.until(lambda: len(world.groups()) == 4)
    world.operators["one"].process.pause()
    await world.until(lambda: len(world.cloud()) == 4 and len(world.service("s")["status"]["ips"]) == 4)
    at = now()
    world.operators["one"].process.resume()
    await world.converge("s", 4)
    assert not [e for e in world.azure.record.entries if e.at > at and e.principal == "one" and e.method != "GET"]


async def test_a_stopped_leader_loses_the_lease_after_its_duration(make_world: MakeWorld) -> None:
    world = make_world(seed=202)
    await world.start("one")
    world.apply(samples.service("s", replicas=1))
    await world.converge("s", 1)
    await world.start("two")
    at = now()
    world.operators["one"].process.pause()
    world.scale("s", 2)
    await world.until(lambda: len(world.cloud()) == 2)
    assert 45 <= (now() - at).total_seconds() <= 75


async def test_a_new_leader_sees_what_the_old_one_left_although_its_watch_lags(make_world: MakeWorld) -> None:
    """A service goes last: when it is gone, nothing is billed any more."""
    world = make_world(seed=203)
    await world.start("one")
    world.apply(samples.service("other", replicas=1))
    await world.converge("other", 1)
    await world.start("two")
    world.operators["two"].ways.drop = lambda change: change.place.resource == GROUPS
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)
    await world.stop("one")
    world.delete("s")
    await world.until(lambda: world.user.find(SERVICE) is None)
    assert world.cloud("s") == []


# -- endings


async def test_a_finalizer_dropped_and_then_a_delete_leaves_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=210)
    await up(world)
    world.user.clear_finalizers(SERVICE)
    world.delete("s")
    await world.until(lambda: not world.cloud() and not world.groups(), within=1800)
    await world.settle()
    assert world.cloud() == []
    assert world.user.find(SERVICE) is None


async def test_the_same_with_the_operator_away_at_that_moment(make_world: MakeWorld) -> None:
    world = make_world(seed=211)
    await up(world)
    await world.stop()
    world.user.clear_finalizers(SERVICE)
    world.delete("s")
    await asyncio.sleep(5)
    assert world.user.find(SERVICE) is None
    assert len(world.cloud()) == 3
    await world.start()
    await world.until(lambda: not world.cloud() and not world.groups(), within=1800)
    await world.settle()
    assert world.cloud() == []


@pytest.mark.parametrize("after", [0.0, 0.003, 0.02, 0.06, 0.11, 0.2, 1.0, 6.0, 19.0])
@pytest.mark.parametrize("cascade", ["background", "foreground"])
async def test_deleted_while_its_groups_are_being_created(make_world: MakeWorld, after: float, cascade: str) -> None:
    world = make_world(seed=212)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(after)
    world.user.delete(SERVICE, cascade=cascade)
    await world.ended("s")


@pytest.mark.parametrize("after", [0.05, 3.0, 60.0])
async def test_a_deleted_namespace_leaves_nothing(make_world: MakeWorld, after: float) -> None:
    world = make_world(seed=213)
    world.user.namespace("team")
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", "team", replicas=3))
    world.apply(samples.service("other", replicas=1))
    await asyncio.sleep(after)
    world.user.delete_namespace("team")
    await world.ended("s", "team")
    assert world.user.find(Place(NAMESPACES, "", "team")) is None
    await world.converge("other", 1)


@pytest.mark.parametrize("order", [(SERVICES, GROUPS), (GROUPS, SERVICES)])
@pytest.mark.parametrize("after", [0.05, 60.0])
async def test_deleted_crds_leave_nothing(make_world: MakeWorld, order: tuple[Resource, ...], after: float) -> None:
    world = make_world(seed=214)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(after)
    for resource in order:
        world.user.delete_crd(resource)
    await world.until(lambda: not world.cloud() and not {SERVICES, GROUPS} & set(world.cluster.objects.kinds))
    await world.until(lambda: not world.operators["operator"].ready(), within=5)
    for resource in order:
        world.user.install_crd(resource)
    world.apply(samples.service("again", replicas=1))
    await world.converge("again", 1)
    assert world.operators["operator"].ready()


async def test_the_crd_of_groups_deleted_alone_replaces_nothing_for_ever(make_world: MakeWorld) -> None:
    world = make_world(seed=215)
    await up(world, replicas=2)
    world.user.delete_crd(GROUPS)
    await world.until(lambda: GROUPS not in world.cluster.objects.kinds, within=1800)
    assert world.cloud() == []
    world.user.install_crd(GROUPS)
    await world.converge("s", 2)


async def test_replicas_that_another_version_wrote_are_not_made_again(make_world: MakeWorld) -> None:
    world = make_world(seed=221)
    await up(world)
    names = {group.name for group in world.cloud()}

    def write(state: str) -> None:
        for manifest in world.groups():
            place = Place(GROUPS, "default", manifest["metadata"]["name"])
            world.user.set_status(place, {**manifest["status"], "state": state})

    write("Ambling")  # a state that this version does not know
    world.roll("s", "registry.test/api:2")
    await asyncio.sleep(1500)
    world.check()
    assert {group.name for group in world.cloud()} == names
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", "Unreadable")
    write("Running")
    await world.converge("s", 3, image="registry.test/api:2")


async def test_a_replica_that_is_labelled_with_another_services_name_stays_where_it_is(make_world: MakeWorld) -> None:
    world = make_world(seed=220)
    await up(world, replicas=2)
    world.apply(samples.service("t", replicas=2, image="registry.test/api:2"))
    await world.converge("t", 2)
    names = {group.name for group in world.cloud()}
    taken = world.groups(f"{keys.LABEL_SERVICE}=t")[0]["metadata"]["name"]
    world.user.patch(Place(GROUPS, "default", taken), {"metadata": {"labels": {keys.LABEL_SERVICE: "s"}}})
    world.scale("s", 3)
    await asyncio.sleep(600)
    world.check()
    assert names < {group.name for group in world.cloud()}
    assert [world.told(world.service(name))["Ready"][0] for name in ("s", "t")] == ["True", "True"]


async def test_children_that_are_left_by_cascade_orphan_are_taken_over(make_world: MakeWorld) -> None:
    world = make_world(seed=216)
    await up(world)
    names = sorted(group.name for group in world.cloud())
    world.user.delete(SERVICE, cascade="orphan")
    await world.until(lambda: world.user.find(SERVICE) is None)
    await world.settle()
    assert sorted(group.name for group in world.cloud()) == names
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)
    assert sorted(group.name for group in world.cloud()) == names
    assert len(world.asked("write")) == 3
    assert world.asked("delete") == []


async def test_a_service_made_again_while_its_predecessor_ends_gets_groups_of_its_own(make_world: MakeWorld) -> None:
    world = make_world(seed=217)
    await up(world, replicas=2)
    names = {group.name for group in world.cloud()}
    world.delete("s")
    await world.until(lambda: world.user.find(SERVICE) is None)
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    assert not names & {group.name for group in world.cloud()}


# -- a restore


def without_owners(manifest: Manifest) -> Manifest:
    metadata = {name: value for name, value in manifest["metadata"].items() if name != "ownerReferences"}
    return {**manifest, "metadata": metadata}


@pytest.mark.parametrize("with_status", [False, True])
@pytest.mark.parametrize("references", [False, True])
@pytest.mark.parametrize("order", [(SERVICES, GROUPS), (GROUPS, SERVICES)])
@pytest.mark.parametrize("away", [20.0, 700.0])
async def test_objects_restored_with_new_uids_take_their_groups_over(
    make_world: MakeWorld, away: float, order: tuple[Resource, ...], *, references: bool, with_status: bool
) -> None:
    world = make_world(seed=220)
    await up(world)
    names, starts = sorted(g.name for g in world.cloud()), [g.starts for g in world.cloud()]
    backup = world.user.backup(*order)
    backup.sort(key=lambda manifest: order.index(SERVICES if manifest["kind"] == SERVICES.kind else GROUPS))
    await world.stop()
    for place in [p for p in list(world.cluster.objects.everything()) if p.resource in (SERVICES, GROUPS)]:
        world.user.wipe(place)
    await world.start()
    await asyncio.sleep(away)
    assert sorted(group.name for group in world.cloud()) == names
    world.user.restore([m if references else without_owners(m) for m in backup], with_status=with_status)
    await world.converge("s", 3)
    await asyncio.sleep(2000)  # rounds of the collector
    world.check()
    world.expect("s", 3)
    assert sorted(group.name for group in world.cloud()) == names
    assert [group.starts for group in world.cloud()] == starts
    assert len(world.asked("write")) == 3
    assert world.asked("delete") == []


async def test_a_restore_of_the_services_alone_takes_their_groups_over(make_world: MakeWorld) -> None:
    world = make_world(seed=221)
    await up(world)
    names = sorted(g.name for g in world.cloud())
    backup = world.user.backup(SERVICES)
    await world.stop()
    for place in [p for p in list(world.cluster.objects.everything()) if p.resource in (SERVICES, GROUPS)]:
        world.user.wipe(place)
    await world.start()
    await asyncio.sleep(60)
    world.user.restore(backup, with_status=False)
    await world.converge("s", 3)
    assert sorted(group.name for group in world.cloud()) == names
    assert len(world.asked("write")) == 3


async def test_a_restored_object_does_not_send_its_tags_at_each_look_while_reads_lag(make_world: MakeWorld) -> None:
    world = make_world(seed=223, read_lag=15.0)
    await world.start()
    world.apply(samples.group("lone"))
    await world.settle()
    backup = world.user.backup(GROUPS)
    await world.stop()
    world.user.wipe(Place(GROUPS, "default", "lone"))
    world.user.restore(backup, with_status=False)
    await world.start()
    await world.settle()
    assert len(world.asked("tags")) <= 4
    assert world.told(world.groups()[0])["Ready"][0] == "True"


@pytest.mark.parametrize("delay", [0.001, 0.05, 5.0])
async def test_owners_of_long_ago_that_a_backup_puts_over_living_objects_cost_no_group(
    make_world: MakeWorld, delay: float
) -> None:
    """`kubectl apply` of a backup does so. Kubernetes' collector deletes such objects if nobody adopts them first."""
    world = make_world(seed=222)
    await up(world)
    before = sorted((group.name, group.uid, group.starts, group.puts) for group in world.cloud())
    world.cluster.collector.delay = delay
    for manifest in world.groups():
        reference = {**manifest["metadata"]["ownerReferences"][0], "uid": "of-long-ago"}
        place = Place(GROUPS, "default", manifest["metadata"]["name"])
        world.user.patch(place, {"metadata": {"ownerReferences": [reference]}})
    await world.converge("s", 3)
    assert sorted((group.name, group.uid, group.starts, group.puts) for group in world.cloud()) == before
    assert world.peak("s") == 3


# -- the collector


async def orphans(world: World, replicas: int = 3) -> list[str]:
    """Make groups whose objects are gone without a trace."""
    await up(world, replicas)
    names = sorted(g.name for g in world.cloud())
    await world.stop()
    for place in [p for p in list(world.cluster.objects.everything()) if p.resource in (SERVICES, GROUPS)]:
        world.user.wipe(place)
    await world.start()
    return names


async def test_orphans_are_collected_after_two_rounds_and_not_before(make_world: MakeWorld) -> None:
    world = make_world(seed=230)
    names = await orphans(world)
    await asyncio.sleep(1150)
    assert sorted(group.name for group in world.cloud()) == names
    await world.until(lambda: not world.cloud(), within=900)
    world.check()


async def test_too_many_orphans_wait_for_a_persons_word(make_world: MakeWorld) -> None:
    world = make_world(seed=231)
    names = await orphans(world, replicas=7)
    await asyncio.sleep(2 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


async def test_the_collector_leaves_alone_what_it_cannot_date(make_world: MakeWorld) -> None:
    world = make_world(seed=232)
    names = await orphans(world)
    for group in world.cloud():
        tags = {name: value for name, value in (group.tags or {}).items() if "created" not in name}
        await world.in_azure("PATCH", group.name, {"tags": tags})
    await asyncio.sleep(2 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


async def test_the_collector_is_off_while_a_crd_is_missing(make_world: MakeWorld) -> None:
    world = make_world(seed=233)
    await up(world)
    names = sorted(g.name for g in world.cloud())
    await world.stop()
    for place in [p for p in list(world.cluster.objects.everything()) if p.resource in (SERVICES, GROUPS)]:
        world.user.wipe(place)
    world.user.delete_crd(SERVICES)
    await asyncio.sleep(5)
    await world.start()
    await asyncio.sleep(3 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


# -- the API server


async def test_an_operator_that_starts_before_the_crds_exist(make_world: MakeWorld) -> None:
    world = make_world(seed=240)
    for resource in (SERVICES, GROUPS):
        world.user.delete_crd(resource)
    await asyncio.sleep(5)
    await world.start()
    await asyncio.sleep(200)
    world.check()
    assert not world.operators["operator"].ready()
    world.user.install_crd(GROUPS)
    await asyncio.sleep(100)
    assert not world.operators["operator"].ready()
    world.user.install_crd(SERVICES)
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    assert world.operators["operator"].ready()


@pytest.mark.parametrize("seconds", [20, 100, 900])
async def test_an_api_server_that_is_away_while_groups_start(make_world: MakeWorld, seconds: float) -> None:
    world = make_world(seed=241)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await world.until(lambda: len(world.asked("write")) >= 2)
    world.cluster.plant(Fault(Mode.FAIL, client="operator", times=None))
    for watch in world.operators["operator"].shell.watches.values():  # type: ignore[union-attr]
        watch.cut(seconds)
    world.scale("s", 1)
    await asyncio.sleep(seconds)
    since = now()
    assert not [entry for entry in world.asked("write") if (since - entry.at).total_seconds() < seconds - 60]
    world.cluster.heal()
    await world.converge("s", 1)


@pytest.mark.parametrize("mode", [Mode.FAIL, Mode.LOSE, Mode.CONFLICT])
@pytest.mark.parametrize("verb", ["create", "replace", "replace_status", "patch", "delete"])
async def test_writes_that_fail_now_and_then(make_world: MakeWorld, verb: str, mode: Mode) -> None:
    world = make_world(seed=242)
    if (verb, mode) == ("create", Mode.CONFLICT):
        mode = Mode.FAIL  # a create has nothing to conflict with
    for skip in range(0, 40, 2):
        world.cluster.plant(Fault(mode, verbs=frozenset({verb}), client="operator", skip=skip, times=1))
    await up(world, replicas=3)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 3, image="registry.test/api:2")
    world.scale("s", 1)
    await world.converge("s", 1)
    world.delete("s")
    await world.ended("s")


RIGHTS = [
    ("get", NAMESPACES, False),
    ("list", SERVICES, False),
    ("list", GROUPS, False),
    ("list", REVISIONS, False),
    ("create", REVISIONS, True),
    ("create", GROUPS, True),
    ("create", LEASES, False),
    ("replace", LEASES, False),
    ("create", EVENTS, False),
    ("patch", SERVICES, True),
    ("patch", GROUPS, False),
    ("replace_status", SERVICES, False),
    ("replace_status", GROUPS, False),
    ("delete", GROUPS, True),
    ("get", GROUPS, False),
]


@pytest.mark.parametrize(("verb", "resource", "told"), RIGHTS)
async def test_a_right_that_is_missing_is_told_and_works_once_granted(
    make_world: MakeWorld, verb: str, resource: Resource, *, told: bool
) -> None:
    world = make_world(seed=243)
    forbidden = Fault(Mode.FORBID, verbs=frozenset({verb}), resource=resource, client="operator", times=None)
    if verb == "delete":
        await up(world, replicas=2)
        world.cluster.plant(forbidden)
        world.scale("s", 1)
    else:
        world.cluster.plant(forbidden)
        await world.start()
        world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(100)
    world.check()
    if told:
        stalled = world.told(world.service("s"))["Stalled"]
        assert stalled[:2] == ("True", "KubernetesForbidden")
        assert verb in stalled[2]
        assert resource.plural in stalled[2]
    assert world.service("s")["status"].get("replicas", 0) == len(world.groups()), "what there is, not what should be"
    writes = [c for c in world.cluster.record.writes("operator") if c.outcome == "ApiForbidden"]
    assert len(writes) <= 60, "it hammers at what is forbidden"
    world.cluster.heal()
    await world.converge("s", 1)
    world.delete("s")
    await world.ended("s")


# -- the watch


def late(seconds: float) -> Callable[[World, random.Random], None]:
    def fault(world: World, chance: random.Random) -> None:
        world.operators["operator"].ways.delay = lambda _: chance.uniform(0, seconds)

    return fault


def dropping(world: World, chance: random.Random) -> None:
    world.operators["operator"].ways.drop = lambda _: chance.random() < 0.3


def repeating(world: World, chance: random.Random) -> None:
    world.operators["operator"].ways.repeat = lambda _: chance.random() < 0.5


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fault", [late(1), late(20), dropping, repeating])
async def test_a_watch_that_is_late_forgets_or_repeats(
    make_world: MakeWorld, fault: Callable[[World, random.Random], None], seed: int
) -> None:
    world = make_world(seed=seed)
    await world.start()
    fault(world, random.Random(seed))
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)
    for replicas in (5, 1):
        world.scale("s", replicas)
        await asyncio.sleep(3)
    await world.converge("s", 1)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 1, image="registry.test/api:2")
    world.delete("s")
    await world.ended("s")


@pytest.mark.parametrize("resource", [SERVICES, GROUPS])
@pytest.mark.parametrize("how", ["cut", "freeze", "past", "replay"])
async def test_a_watch_that_is_cut_frozen_or_goes_back(make_world: MakeWorld, how: str, resource: Resource) -> None:
    world = make_world(seed=244)
    await up(world, replicas=3)
    shell = world.operators["operator"].shell
    assert shell is not None
    watch = shell.watches[resource]
    version = world.cluster.objects.version
    for before, replicas in pairwise([3, 6, 2, 4]):
        if how == "cut":
            watch.cut(7)
        elif how == "freeze":
            watch.freeze()
        world.scale("s", replicas)
        await asyncio.sleep(4)
        if how == "past":
            watch.relist_from(version)
        elif how == "replay":
            watch.replay(version)
        await asyncio.sleep(40)
        watch.thaw()
        await world.converge("s", replicas)
        assert before != replicas
    assert len(world.names("write")) == len(set(world.names("write")))


# -- rollouts


async def test_a_rollout_begins_with_a_canary_and_never_has_more_than_one_too_many(make_world: MakeWorld) -> None:
    world = make_world(seed=250)
    await up(world, replicas=4)
    world.portal.reset_peak()
    world.roll("s", "registry.test/api:2")
    ready = []
    await world.until(lambda: any(g.containers[0].image == "registry.test/api:2" for g in world.cloud()))
    canary = now()
    await world.until(lambda: len(world.asked("delete")) == 1)
    assert (world.asked("delete")[0].at - canary).total_seconds() >= 10, "an old one went before the canary was ready"
    while True:
        world.check()
        ready.append(len(world.service("s")["status"]["ips"]))
        if world.service("s")["status"]["updatedReplicas"] == 4 and len(world.cloud()) == 4:
            break
        await asyncio.sleep(1)
    await world.converge("s", 4, image="registry.test/api:2")
    assert world.peak("s") == 5
    assert min(ready) >= 4
    assert len(world.asked("write")) == 8


async def test_a_change_of_mind_in_the_middle_of_a_rollout(make_world: MakeWorld) -> None:
    world = make_world(seed=251)
    await up(world, replicas=3)
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: len(world.asked("delete")) == 1)
    world.roll("s", "registry.test/api:3")
    await world.converge("s", 3, image="registry.test/api:3")


async def test_a_rollback_keeps_those_that_never_left(make_world: MakeWorld) -> None:
    world = make_world(seed=252)
    await up(world, replicas=3)
    old = {group.name for group in world.cloud()}
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: len(world.asked("delete")) == 1)
    left = old & {group.name for group in world.cloud()}
    world.roll("s", "registry.test/api:1")
    await world.converge("s", 3, image="registry.test/api:1")
    assert left <= {group.name for group in world.cloud()}


async def test_a_heal_beside_the_canary_is_of_the_old_revision(make_world: MakeWorld) -> None:
    world = make_world(seed=253, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, replicas=3)
    world.roll("s", "registry.test/broken:1")
    await world.until(lambda: len(world.cloud()) == 4)
    await asyncio.sleep(30)
    victim = next(group for group in world.cloud() if "api:1" in str(group.containers[0].image))
    world.portal.remove(victim.name)
    await world.until(lambda: len(world.service("s")["status"]["ips"]) == 3 and len(world.cloud()) == 4)
    images = sorted(str(group.containers[0].image) for group in world.cloud())
    assert images == ["registry.test/api:1"] * 3 + ["registry.test/broken:1"]
    world.roll("s", "registry.test/api:1")
    await world.converge("s", 3, image="registry.test/api:1")


async def test_growth_beside_the_canary_is_of_the_old_revision(make_world: MakeWorld) -> None:
    world = make_world(seed=254, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, replicas=2)
    world.roll("s", "registry.test/broken:1")
    await world.until(lambda: len(world.cloud()) == 3)
    world.scale("s", 4)
    await world.until(lambda: len(world.service("s")["status"]["ips"]) == 4)
    images = sorted(str(group.containers[0].image) for group in world.cloud())
    assert images == ["registry.test/api:1"] * 4 + ["registry.test/broken:1"]


async def test_ready_is_false_from_the_first_look_at_a_new_generation(make_world: MakeWorld) -> None:
    world = make_world(seed=255)
    await up(world, replicas=2)
    world.roll("s", "registry.test/api:2")
    await world.until(
        lambda: world.service("s")["status"]["observedGeneration"] == world.service("s")["metadata"]["generation"]
    )
    told = world.told(world.service("s"))
    assert told["Ready"][0] == "False"
    assert told["Available"][0] == "True"


async def test_another_services_trouble_delays_nobody(make_world: MakeWorld) -> None:
    world = make_world(seed=256, images={"*none*": {"missing": True}})
    await world.start()
    for index in range(30):
        world.apply(samples.service(f"bad{index}", replicas=1, image="registry.test/none:1"))
    world.azure.faults.add(Rule("hold-before", method="PUT", path="*/containergroups/bad1-*", count=None))
    await asyncio.sleep(100)
    at = now()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: any(name.startswith("s-") for name in world.names("write")))
    assert (now() - at).total_seconds() <= 1
