"""Rows of the table in which Azure refuses, is slow, is silent, or somebody else acts in it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aci_emulator.front.faults import Kind, Rule, answer
from aci_emulator.limits.roles import Role
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
PLACE: dict[str, Any] = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}
QUICK_LEASE = {"lease_duration": 8, "lease_renew_every": 1, "write_window": 4}
GROUP_PATH = "*/containergroups/*"
LIST_PATH = "*/containergroups"


async def up(world: World, replicas: int = 3, **spec: Any) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas, **spec))
    await world.converge("s", replicas)


# -- lost answers


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("status", [500, 503, 504, None])
async def test_a_put_without_a_usable_answer_makes_one_group(
    make_world: MakeWorld, status: int | None, skip: int
) -> None:
    world = make_world(seed=100 + skip)
    kind: Kind = "cut-after" if status is None else "answer-after"
    response = None if status is None else answer(status, "ServerTimeout")
    rule = Rule(kind, method="PUT", path=f"*/containergroups/s-{skip + 1}-*", answer=response)
    world.azure.faults.add(rule)
    await up(world)
    assert rule.hits == 1
    assert len(world.names("write")) == len(set(world.names("write"))) == 3
    assert all(group.puts == 1 and group.starts == 1 for group in world.cloud())


@pytest.mark.parametrize("status", [500, 503, None])
async def test_a_put_that_never_had_an_effect_is_sent_again_under_the_same_name(
    make_world: MakeWorld, status: int | None
) -> None:
    world = make_world(seed=110)
    kind: Kind = "cut-before" if status is None else "answer"
    world.azure.faults.add(
        Rule(kind, method="PUT", count=2, answer=None if status is None else answer(status, "ServerTimeout"))
    )
    await up(world, replicas=1)
    assert len(world.names("write")) == 3
    assert len(set(world.names("write"))) == 1
    first, second, third = (entry.at for entry in world.asked("write"))
    assert (second - first).total_seconds() >= 30, "the ghost window was not waited for"
    assert (third - second).total_seconds() >= 30


async def test_a_group_that_shows_late_after_a_lost_answer_is_found(make_world: MakeWorld) -> None:
    world = make_world(seed=111, read_lag=20.0)
    world.azure.faults.add(Rule("cut-after", method="PUT"))
    await up(world, replicas=1)
    assert len(world.names("write")) == 1


async def test_a_put_that_arrives_late_is_no_second_group(make_world: MakeWorld) -> None:
    world = make_world(seed=112)
    world.azure.faults.add(Rule("hold-before", method="PUT", late=True))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(25)  # the operator has given its request up after 20 s
    world.azure.faults.clear()
    await world.converge("s", 1)
    assert len(world.names("write")) == 1


async def test_a_group_that_somebody_removes_before_it_was_ever_seen_is_made_again_under_its_name(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=113)
    world.azure.faults.add(Rule("cut-after", method="PUT"))
    world.azure.faults.add(Rule("cut-before", method="GET", path=GROUP_PATH, count=None))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.cloud()))
    world.portal.remove(world.cloud()[0].name)
    world.azure.faults.clear()
    await world.converge("s", 1)
    first, second = world.asked("write")
    assert first.path == second.path
    assert (second.at - first.at).total_seconds() >= 30, "the ghost window was not waited for"


# -- refusals and storms


@pytest.mark.parametrize("seconds", [1, 70, 400])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", GROUP_PATH), ("GET", GROUP_PATH), ("GET", LIST_PATH), ("DELETE", GROUP_PATH)],
)
async def test_retry_after_is_obeyed(make_world: MakeWorld, method: str, path: str, seconds: int) -> None:
    world = make_world(seed=120)
    response = answer(429, "TooManyRequests", headers={"Retry-After": str(seconds)})
    rule = Rule("answer", method=method, path=path, count=3, answer=response)
    if method == "DELETE":
        await up(world, replicas=2)
        world.azure.faults.add(rule)
        world.delete("s")
        await world.until(lambda: rule.hits > 0)
        await world.ended("s")
    else:
        world.azure.faults.add(rule)
        await up(world, replicas=2)
    assert rule.hits > 0


@pytest.mark.parametrize("status", [401, 403, 408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("kind", ["answer", "answer-after"])
async def test_a_storm_over_every_operation_passes(make_world: MakeWorld, kind: Kind, status: int) -> None:
    world = make_world(seed=130)
    # An effect together with a refusal as answer is possible with 5xx and timeouts alone.
    kind = kind if status >= 500 or status == 408 else "answer"
    code = {409: "ContainerGroupTransitioning", 403: "AuthorizationFailed"}.get(status, "Injected")
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    await up(world, replicas=2)
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    world.scale("s", 1)
    await asyncio.sleep(20)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 1, image="registry.test/api:2")
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    world.delete("s")
    await world.ended("s")


async def test_azure_away_for_an_hour_changes_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=131)
    await up(world)
    before = world.service("s")
    ready = [group["status"] for group in world.groups()]
    world.operators["operator"].transport.reachable = False
    await asyncio.sleep(3600)
    world.check()
    assert world.service("s")["status"] == before["status"]
    assert [group["status"] for group in world.groups()] == ready
    world.scale("s", 4)
    await asyncio.sleep(60)
    world.operators["operator"].transport.reachable = True
    await world.converge("s", 4)


@pytest.mark.parametrize("count", [1, 5])
async def test_an_empty_list_ends_nothing(make_world: MakeWorld, count: int) -> None:
    world = make_world(seed=132)
    await up(world)
    names = {group.name for group in world.cloud()}
    since = now()
    empty = answer(200)
    empty = type(empty).of(200, {"value": []})
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=count, answer=empty))
    await asyncio.sleep(600)
    world.check()
    assert {group.name for group in world.cloud()} == names
    assert not [call for call in world.cluster.record.writes("operator", since=since) if call.verb == "delete"]
    await world.converge("s", 3)


async def test_a_404_that_is_not_true_ends_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=133)
    await up(world)
    names = {group.name for group in world.cloud()}
    missing = answer(404, "ResourceNotFound")
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=6, answer=missing))
    await asyncio.sleep(600)
    await world.converge("s", 3)
    assert {group.name for group in world.cloud()} == names


async def test_quota_waits_and_goes_on_when_it_is_raised(make_world: MakeWorld) -> None:
    world = make_world(seed=134, group_quota=2)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(900)
    world.check()
    told = world.told(world.service("s"))
    assert told["Reconciling"][:2] == ("True", "QuotaExceeded")
    assert told["Stalled"][0] == "False"
    assert len(world.service("s")["status"]["ips"]) == 2
    world.arm.settings = world.arm.settings.changed({"group_quota": 10})
    await asyncio.sleep(700)
    await world.converge("s", 3)


async def test_the_budget_of_creates_is_not_overdrawn_across_a_restart(make_world: MakeWorld) -> None:
    world = make_world(seed=135, start_latency=5.0, group_quota=200, core_quota=200, operator=QUICK_LEASE)
    await world.start()
    world.apply(samples.service("s", replicas=110))
    await world.until(lambda: len(world.asked("write")) >= 40)
    await world.crash()
    await world.start()
    await world.converge("s", 110)
    assert [entry for entry in world.asked("write") if entry.status == 429] == []
    assert len(world.asked("write")) == 110


async def test_a_missing_resource_group_is_told_and_the_service_goes_on_when_it_is_made(make_world: MakeWorld) -> None:
    world = make_world(seed=136)
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroup="other"))
    await asyncio.sleep(300)
    world.check()
    stalled = world.told(world.service("s"))["Stalled"]
    assert stalled[:2] == ("True", "ResourceGroupNotFound")
    assert '"other"' in stalled[2]
    assert "CreateIfMissing" in stalled[2]
    path = f"/subscriptions/{samples.SUBSCRIPTION}/resourcegroups/other?api-version=2022-09-01"
    assert (await world.portal_put(path, {"location": samples.LOCATION})).status == 201
    await world.converge("s", 2)


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        (
            {"placements": [{"location": "westeurop"}]},
            {"placements": [{"location": samples.LOCATION}]},
            "InvalidSpec",
        ),
        ({"resourceGroup": "other"}, {"resourceGroupPolicy": "CreateIfMissing"}, "ResourceGroupNotFound"),
        ({}, {"tags": {"cost-centre": "42"}}, "Forbidden"),
    ],
    ids=["location", "policy", "tags"],
)
async def test_a_mistake_outside_of_the_template_can_be_mended(
    make_world: MakeWorld, wrong: dict[str, Any], right: dict[str, Any], reason: str
) -> None:
    world = make_world(seed=143)
    policy = Rule("answer", method="PUT", path=GROUP_PATH, count=None, answer=answer(403, "RequestDisallowedByPolicy"))
    if reason == "Forbidden":
        world.azure.faults.add(policy)
    await world.start()
    world.apply(samples.service("s", replicas=3, **wrong))
    await asyncio.sleep(300)
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", reason)
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": right})
    world.azure.faults.clear()
    await world.converge("s", 3, within=120)
    assert world.peak("s") == 3
    assert all(right.get("tags", {}).items() <= (group.tags or {}).items() for group in world.cloud())


async def test_a_service_of_a_missing_resource_group_can_be_deleted(make_world: MakeWorld) -> None:
    world = make_world(seed=137)
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroup="other"))
    await asyncio.sleep(300)
    world.delete("s")
    await world.ended("s")


async def test_create_if_missing_makes_the_resource_group_once(make_world: MakeWorld) -> None:
    world = make_world(seed=138)
    await up(world, replicas=3, resourceGroup="other", resourceGroupPolicy="CreateIfMissing")
    made = [e for e in world.azure.record.entries if e.method == "PUT" and e.path.lower().endswith("/other")]
    assert made[0].status == 201
    world.delete("s")
    await world.ended("s")
    assert not [e for e in world.azure.record.entries if e.method == "DELETE" and e.path.lower().endswith("/other")]


async def test_deletes_that_azure_answers_with_500_are_told_and_become_fewer(make_world: MakeWorld) -> None:
    world = make_world(seed=145)
    await up(world, replicas=1)
    world.azure.faults.add(
        Rule("answer", method="DELETE", path=GROUP_PATH, count=None, answer=answer(500, "InternalServerError"))
    )
    world.delete("s")
    await asyncio.sleep(600)
    world.check()
    told = world.told(world.groups()[0])["Reconciling"]
    assert told[:2] == ("True", "AnswerLost")
    assert "InternalServerError" in told[2]
    assert len(world.asked("delete")) <= 20
    world.azure.faults.clear()
    await world.ended("s")


async def test_a_role_without_delete_is_told_and_works_once_granted(make_world: MakeWorld) -> None:
    world = make_world(seed=139)
    await up(world, replicas=2)
    action = "Microsoft.ContainerInstance/containerGroups/delete"
    roles = world.arm.cloud.roles
    roles.assign("operator", Role(Actions=["*"], NotActions=[action]))
    world.scale("s", 1)
    await asyncio.sleep(300)
    world.check()
    [doomed] = [group for group in world.groups() if "deletionTimestamp" in group["metadata"]]
    stalled = world.told(doomed)["Stalled"]
    assert stalled[:2] == ("True", "Forbidden")
    assert action.lower() in stalled[2].lower()
    del roles.own["operator"]
    await world.converge("s", 1)


# -- what is not ours


@pytest.mark.parametrize("tags", ["none", "other cluster", "other name", "no uid"])
async def test_a_foreign_group_at_the_wanted_name_is_never_touched(make_world: MakeWorld, tags: str) -> None:
    world = make_world(seed=140)
    ours = {
        keys.TAG_CLUSTER: world.invariants.cluster_id,
        keys.TAG_NAMESPACE: "default",
        keys.TAG_NAME: "mine",
        keys.TAG_UID: "d6e0f9a3-0000-4000-8000-000000000000",
    }
    chosen: dict[str, dict[str, str]] = {
        "none": {},
        "other cluster": {**ours, keys.TAG_CLUSTER: "another"},
        "other name": {**ours, keys.TAG_NAME: "yours"},
        "no uid": {name: value for name, value in ours.items() if name != keys.TAG_UID},
    }
    world.portal.place(name="mine", tags=chosen[tags], **PLACE)
    await world.start()
    world.apply(samples.group("mine"))
    await asyncio.sleep(300)
    world.check()
    stalled = world.told(world.groups()[0])["Stalled"]
    assert stalled[:2] == ("True", "OwnershipConflict")
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []
    world.delete("mine", resource=GROUPS)
    await world.settle()
    assert world.groups() == []
    assert [group.name for group in world.cloud()] == ["mine"]
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []


async def test_a_foreign_group_that_comes_while_the_put_is_refused_is_not_touched(make_world: MakeWorld) -> None:
    world = make_world(seed=144)
    throttled = answer(429, "TooManyRequests", headers={"Retry-After": "60"})
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, answer=throttled))
    await world.start()
    world.apply(samples.group("mine"))
    await world.until(lambda: bool(world.asked("write")))
    await asyncio.sleep(59)  # later than the last LIST before the next try
    world.portal.place(name="mine", tags={}, **PLACE)
    await asyncio.sleep(60)
    world.check()
    assert world.told(world.groups()[0])["Stalled"][:2] == ("True", "OwnershipConflict")
    assert len(world.asked("write")) == 1


async def test_a_foreign_group_that_takes_a_replicas_name_stalls_the_service(make_world: MakeWorld) -> None:
    world = make_world(seed=141)
    fault = world.cluster.plant(Fault(Mode.HOLD_BEFORE, verbs=frozenset({"replace_status"}), resource=GROUPS))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await fault.reached.wait()
    await world.crash(lost=True)
    world.cluster.heal()
    [name] = [group["metadata"]["name"] for group in world.groups()]
    world.portal.place(name=name, **PLACE)
    await world.start()
    await asyncio.sleep(300)
    world.check()
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", "OwnershipConflict")
    world.delete("s")
    await world.settle()
    assert [group.name for group in world.cloud()] == [name]
    assert world.user.find(Place(SERVICES, "default", "s")) is None
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []


async def test_a_group_whose_tags_are_taken_off_is_left_alone_from_then_on(make_world: MakeWorld) -> None:
    world = make_world(seed=142)
    await up(world, replicas=1)
    [group] = world.cloud()
    await world.in_azure("PATCH", group.name, {"tags": {}})
    await asyncio.sleep(300)
    world.scale("s", 0)
    await world.settle()
    assert [left.name for left in world.cloud()] == [group.name]
    assert world.groups() == []


async def test_tags_that_others_add_stay_through_a_change_of_ours(make_world: MakeWorld) -> None:
    world = make_world(seed=143)
    await up(world, replicas=1, deletionPolicy="Orphan")
    [group] = world.cloud()
    await world.in_azure("PATCH", group.name, {"tags": {**(group.tags or {}), "added-by": "policy"}})
    world.delete("s")
    await world.settle()
    [left] = world.cloud()
    assert (left.tags or {})["added-by"] == "policy"
    assert not [tag for tag in left.tags or {} if tag == keys.TAG_UID]
    assert world.asked("delete") == []
    assert world.groups() == []
    await asyncio.sleep(3 * 3600)  # rounds of the collector
    assert [group.name for group in world.cloud()] == [left.name]
    assert left.starts == 1


# -- healing


async def remove(world: World, name: str) -> None:
    world.portal.remove(name)


async def stop(world: World, name: str) -> None:
    assert (await world.in_azure("POST", name, action="stop")).status < 300


async def unmake(world: World, name: str) -> None:
    world.delete(name, resource=GROUPS)


async def kill(world: World, name: str) -> None:
    world.portal.kill(name)


@pytest.mark.parametrize("harm", [remove, stop, unmake, kill])
async def test_a_replica_that_is_harmed_is_replaced_and_the_others_stay(
    make_world: MakeWorld, harm: Callable[[World, str], Any]
) -> None:
    world = make_world(seed=150)
    await up(world, template={"spec": {**samples.replica(), "restartPolicy": "Never"}})
    names = sorted(group.name for group in world.cloud())
    await harm(world, names[1])
    await world.converge("s", 3)
    after = {group.name for group in world.cloud()}
    assert names[1] not in after
    assert {names[0], names[2]} < after
    assert len(world.names("write")) == 4


async def test_a_removed_replica_is_replaced_within_31_seconds(make_world: MakeWorld) -> None:
    world = make_world(seed=151)
    await up(world)
    at = now()
    world.portal.remove(world.cloud()[0].name)
    await world.until(lambda: len(world.asked("write")) == 4)
    assert (now() - at).total_seconds() <= 36


async def test_an_image_that_cannot_start_costs_few_creates(make_world: MakeWorld) -> None:
    world = make_world(seed=152, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=60.0)
    await world.start()
    world.apply(samples.service("s", replicas=2, image="registry.test/broken:1"))
    await asyncio.sleep(3600)
    world.check()
    assert len(world.asked("write")) <= 2 * 3600 / 120 + 2
    world.roll("s", "registry.test/fine:1")
    await world.converge("s", 2, image="registry.test/fine:1")


async def test_an_image_that_azure_refuses_is_told_and_costs_few_creates(make_world: MakeWorld) -> None:
    world = make_world(seed=153, images={"*none*": {"missing": True}})
    await world.start()
    world.apply(samples.service("s", replicas=2, image="registry.test/none:1"))
    await asyncio.sleep(3600)
    world.check()
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", "ImageInaccessible")
    assert len(world.asked("write")) <= 16
    world.roll("s", "registry.test/fine:1")
    await world.converge("s", 2, image="registry.test/fine:1")
