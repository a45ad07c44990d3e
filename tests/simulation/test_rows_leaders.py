"""Rows of the table about two operators: one leads, and what the other has missed costs nothing."""

import asyncio
import random

import pytest
from aci_emulator.front.faults import answer
from aci_emulator.front.rules import Rule
from aci_emulator.wire import Request
from aci_operator.kube.api import GROUPS, LEASES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.scenes import GROUP_PATH, LIST_PATH, SERVICE, MakeWorld, too_many
from tests.simulation.world import LEASE, World


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
            lease = world.user.find(LEASE) or {"spec": {"holderIdentity": ""}}
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


async def test_a_successor_whose_clock_is_ahead_does_not_take_a_group_for_lost_that_reads_lag_behind(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=204, read_lag=15.0, start_latency=(30.0, 40.0))
    world.skew = -600.0
    await world.start("one")
    world.apply(samples.service("s", replicas=2))
    await world.until(lambda: sum("acceptedAt" in group["status"] for group in world.groups()) == 2)
    await world.stop("one")
    world.skew = 0.0
    await world.start("two")
    await world.converge("s", 2)
    assert len(world.names("write")) == 2


def show_old_reads(world: World) -> None:
    """Let reads be of half a minute ago from now on."""
    world.azure.faults.add(Rule("stale", method="GET", count=None, seconds=29.0))


async def sent_and_left(world: World) -> None:
    """Start a service whose PUT Azure takes 18 s late, and end the operator meanwhile."""
    await world.start()
    world.azure.faults.add(Rule("delay-before", method="PUT", path=GROUP_PATH, late=True, seconds=18.0))
    world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(1)
    await world.stop()


async def deleted_while_reads_are_old(world: World) -> None:
    """Delete the service; reads are of half a minute ago from the DELETE on, and nothing is let go too early."""

    def sent(request: Request) -> None:
        if request.method == "DELETE":
            show_old_reads(world)

    world.on_send.append(sent)
    world.delete("s")
    await world.until(lambda: bool(world.asked("delete")), within=60)
    await asyncio.sleep(10)
    world.check()
    world.azure.faults.clear()
    await world.ended("s", within=300)


async def test_a_put_left_on_its_way_by_the_process_before_is_not_gone_by_an_old_read(make_world: MakeWorld) -> None:
    world = make_world(seed=7, deletion_latency=60.0, start_latency=20.0, variants={"delete_answer": "202"})
    await sent_and_left(world)
    show_old_reads(world)
    await world.start()
    await asyncio.sleep(34)
    assert "acceptedAt" not in world.groups()[0]["status"]
    world.azure.faults.clear()
    await deleted_while_reads_are_old(world)


async def test_nor_is_one_that_was_found_since(make_world: MakeWorld) -> None:
    world = make_world(seed=7, deletion_latency=60.0, start_latency=5.0, variants={"delete_answer": "202"})
    await sent_and_left(world)
    await world.start()
    await world.until(lambda: "acceptedAt" in world.groups()[0]["status"], within=60)
    await asyncio.sleep(12)
    await deleted_while_reads_are_old(world)


async def it_leads_again_after_two(world: World, out_of_reach: Fault) -> None:
    """Let the other lead for two minutes, and then the first one, whose Lease cannot be reached by it."""
    await asyncio.sleep(120)
    out_of_reach.times = 0
    world.azure.faults.clear()
    await world.stop("two")
    await asyncio.sleep(60)
    lease = world.user.find(LEASE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"].startswith("one")


async def test_what_azure_asked_to_wait_for_holds_when_the_same_process_leads_again(make_world: MakeWorld) -> None:
    world = make_world(seed=48)
    await world.start("one")
    world.apply(samples.service("s", replicas=1))
    await world.converge("s", 1)
    await world.start("two")
    refused = Rule("answer", method="GET", path=LIST_PATH, answer=too_many(600))
    world.azure.faults.add(refused)
    await asyncio.sleep(40)
    assert refused.hits == 1
    await it_leads_again_after_two(world, world.cluster.plant(lease_out_of_reach("one")))
    world.check()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_and_for_writes_when_it_could_not_tell_the_next_leader(make_world: MakeWorld, method: str) -> None:
    world = make_world(seed=902)
    await world.start("one")
    world.apply(samples.group("early"))
    await world.settle()
    await world.start("two")
    await asyncio.sleep(30)
    out_of_reach = world.cluster.plant(lease_out_of_reach("one"))
    refused = Rule("answer", method=method, path=GROUP_PATH, answer=too_many(600))
    world.azure.faults.add(refused)
    await asyncio.sleep(3)
    if method == "PUT":
        world.apply(samples.group("mine"))
    else:
        world.delete("early", resource=GROUPS)
    await asyncio.sleep(10)
    assert refused.hits == 1
    world.azure.faults.add(Rule("answer", method=method, path=GROUP_PATH, count=None, answer=answer(503)))
    await it_leads_again_after_two(world, out_of_reach)
    world.check()


def lease_out_of_reach(client: str) -> Fault:
    return Fault(Mode.FAIL, resource=LEASES, client=client, times=None)
