"""Rows of the table about objects that a backup, a person or another version wrote: no group is lost or made anew."""

import asyncio

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES, Manifest, Resource

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.scenes import LIST_PATH, SERVICE, MakeWorld, events, up
from tests.simulation.world import World

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
    world.user.wipe_all(SERVICES, GROUPS)
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
    world.user.wipe_all(SERVICES, GROUPS)
    await world.start()
    await asyncio.sleep(60)
    world.user.restore(backup, with_status=False)
    await world.converge("s", 3)
    assert sorted(group.name for group in world.cloud()) == names
    assert len(world.asked("write")) == 3


async def test_a_restored_service_takes_its_groups_over_though_lists_are_told_for_a_moment_that_there_is_no_such_place(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=221)
    await up(world)
    await up(world, name="other", replicas=1)
    names = sorted(group.name for group in world.cloud("s"))
    backup = [manifest for manifest in world.user.backup(SERVICES) if manifest["metadata"]["name"] == "s"]
    world.user.wipe(SERVICE)
    for manifest in world.groups(f"{keys.LABEL_SERVICE}=s"):
        world.user.wipe(Place(GROUPS, "default", manifest["metadata"]["name"]))
    await asyncio.sleep(60)
    denial = Rule("answer", method="GET", path=LIST_PATH, count=2, answer=answer(404, "ResourceGroupNotFound"))
    world.azure.faults.add(denial)
    await world.until(lambda: denial.hits == 1)
    world.user.restore(backup, with_status=False)
    await asyncio.sleep(3000)
    assert sorted(group.name for group in world.cloud("s")) == names
    assert (len(world.asked("write")), world.asked("delete")) == (4, [])
    world.check()


@pytest.mark.parametrize("lie", ["empty", "denied"])
async def test_what_the_first_list_of_a_restored_service_hides_is_made_anew_and_collected(
    make_world: MakeWorld, lie: str
) -> None:
    """The service believes that one LIST (decision 19), so for some minutes there are more groups than P3 allows."""
    world = make_world(seed=229)
    await up(world)
    hidden = {group.name for group in world.cloud()}
    backup = world.user.backup(SERVICES)
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    empty = Rule("empty", method="GET", path=LIST_PATH)
    denied = Rule("answer", method="GET", path=LIST_PATH, answer=answer(404, "ResourceGroupNotFound"))
    world.azure.faults.add(empty if lie == "empty" else denied)
    world.user.restore(backup, with_status=False)
    await world.start()
    await asyncio.sleep(3600)  # rounds of the collector
    world.expect("s", 3)
    assert (len(world.cloud()), {group.name for group in world.cloud()} & hidden) == (3, set())


async def restored_while_nobody_looks(world: World) -> None:
    """Leave an object of another uid beside the container group that was made for the one before it."""
    await world.start()
    world.apply(samples.group("lone"))
    await world.settle()
    backup = world.user.backup(GROUPS)
    await world.stop()
    world.user.wipe(Place(GROUPS, "default", "lone"))
    world.user.restore(backup, with_status=False)


async def test_a_restored_object_does_not_send_its_tags_at_each_look_while_reads_lag(make_world: MakeWorld) -> None:
    world = make_world(seed=223, read_lag=15.0)
    await restored_while_nobody_looks(world)
    await world.start()
    await world.settle()
    assert len(world.asked("tags")) <= 4
    assert world.told(world.groups()[0])["Ready"][0] == "True"


async def test_a_takeover_that_gets_no_answer_is_tried_and_told_less_and_less_often(make_world: MakeWorld) -> None:
    world = make_world(seed=224)
    await restored_while_nobody_looks(world)
    world.azure.faults.add(Rule("cut-before", method="PATCH", count=None))
    await world.start()
    await asyncio.sleep(600)
    assert len(world.asked("tags")) <= 20
    world.azure.faults.clear()
    await world.settle()
    assert world.told(world.groups()[0])["Ready"][0] == "True"


async def test_a_takeover_whose_answer_was_lost_is_forgotten_when_the_group_ends(make_world: MakeWorld) -> None:
    world = make_world(seed=225)
    await restored_while_nobody_looks(world)
    world.azure.faults.add(Rule("cut-after", method="PATCH"))
    await world.start()
    await world.settle()
    await asyncio.sleep(3600)
    assert world.told(world.groups()[0])["Ready"][0] == "True"
    world.delete("lone", resource=GROUPS)
    await world.until(lambda: not world.groups())
    assert not [words for words in events(world, "AnswerLost") if "cannot end" in words]


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


# -- owners, labels and statuses that others change


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


@pytest.mark.parametrize("places", [["northeurope"], ["westeurope", "northeurope"]], ids=["its place", "second place"])
async def test_what_may_not_be_taken_over_waits_and_is_not_made_again(make_world: MakeWorld, places: list[str]) -> None:
    world = make_world(seed=228)
    await up(world, placements=[{"location": "northeurope"}])
    backup = world.user.backup(SERVICES)
    for manifest in backup:
        manifest["spec"]["placements"] = [{"location": place} for place in places]
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    for verb in ("PATCH", "PUT"):
        world.azure.faults.add(Rule("forbidden", method=verb, count=None))
    await world.start()
    world.user.restore(backup, with_status=False)
    await world.until(lambda: len(world.groups()) == 3)
    objects = {group["metadata"]["uid"] for group in world.groups()}
    await asyncio.sleep(900)
    assert {group["metadata"]["uid"] for group in world.groups()} == objects
    world.azure.faults.clear()
    await world.converge("s", 3)
