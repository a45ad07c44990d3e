"""A sweep over seeds: a random life under random faults on both sides, then peace: it must converge and be silent.

SEEDS=200 runs the first 200, SEEDS=17-17 seed 17 alone.
"""

import asyncio
import os
import random
from collections.abc import Callable

import pytest
from aci_emulator.front.faults import Kind, Rule, answer
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import WRITES, Fault, Mode
from tests.simulation import strangers
from tests.simulation.honesty import SECRETIVE
from tests.simulation.world import World

MakeWorld = Callable[..., World]
NAMES = ("a", "b")
UNTIL_PEACE = 300.0
COOLING = 1000.0
"""Seconds after which a service has forgotten all that failed: the last of it leaves its status after 15 minutes."""

QUICK = {"lease_duration": 8, "lease_renew_every": 1, "write_window": 4}
"""Settings of an operator whose successor need not wait long."""

MODES = [Mode.FAIL, Mode.LOSE, Mode.CONFLICT, Mode.FORBID]


def seeds() -> list[int]:
    """Return the seeds to run."""
    first, dash, last = os.environ.get("SEEDS", "14").partition("-")
    return list(range(int(first), int(last) + 1)) if dash else list(range(int(first)))


class Life:
    """What happens to a world."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.wanted: dict[str, tuple[int, str]] = {}
        self.story: list[str] = []
        self._things = [
            self.apply,
            self.apply,
            self.scale,
            self.scale,
            self.roll,
            self.delete,
            self.crash,
            self.azure_fault,
            self.azure_fault,
            self.cluster_fault,
            self.cluster_fault,
            self.watch_fault,
            self.harm,
            self.theft,
            self.unplug,
        ]

    async def run(self) -> None:
        """Let things happen, then end all faults."""
        await self.world.start()
        began = now()
        while (now() - began).total_seconds() < UNTIL_PEACE:
            thing = self.chance.choice(self._things)
            self.story.append(f"{(now() - began).total_seconds():.2f} {thing.__name__}")
            await thing()
            await asyncio.sleep(self.chance.choice([0.02, 0.3, 5.0, 40.0]) * self.chance.random())
        self.world.cluster.heal()
        self.world.azure.faults.clear()
        await strangers.give_back(self.world)
        around = self.world.operators["operator"]
        around.transport.reachable = True
        around.ways.drop = around.ways.repeat = lambda _: False
        around.ways.delay = lambda _: 0.01

    async def apply(self) -> None:
        name = self.chance.choice(NAMES)
        replicas, image = self.chance.randint(0, 4), f"registry.test/api:{self.chance.randint(1, 3)}"
        if not any(name == group["metadata"]["name"] for group in self._services()) or name in self.wanted:
            self.world.apply(samples.service(name, replicas=replicas, image=image))
            self.wanted[name] = (replicas, image)

    async def scale(self) -> None:
        if self.wanted:
            name = self.chance.choice(sorted(self.wanted))
            self.wanted[name] = (self.chance.randint(0, 5), self.wanted[name][1])
            self.world.scale(name, self.wanted[name][0])

    async def roll(self) -> None:
        if self.wanted:
            name = self.chance.choice(sorted(self.wanted))
            self.wanted[name] = (self.wanted[name][0], f"registry.test/api:{self.chance.randint(1, 3)}")
            self.world.roll(name, self.wanted[name][1])

    async def delete(self) -> None:
        if self.wanted and self.chance.random() < 0.5:
            name = self.chance.choice(sorted(self.wanted))
            del self.wanted[name]
            self.world.delete(name)

    async def crash(self) -> None:
        await self.world.crash(lost=self.chance.random() < 0.5)
        await asyncio.sleep(self.chance.uniform(0, 20))
        await self.world.start()

    async def azure_fault(self) -> None:
        kind: Kind = self.chance.choice(["answer", "answer-after", "cut-before", "cut-after"])
        status = self.chance.choice([500, 503, 504] if kind == "answer-after" else [401, 403, 429, 500, 503])
        response = answer(status, "Injected", SECRETIVE) if kind.startswith("answer") else None
        method = self.chance.choice(["PUT", "GET", "DELETE", "*"])
        count = self.chance.randint(1, 5)
        path = "*/containergroups*"
        self.world.azure.faults.add(Rule(kind, method=method, path=path, count=count, answer=response))

    async def cluster_fault(self) -> None:
        verb = self.chance.choice([*sorted(WRITES), "get", "list"])
        mode = self.chance.choice([m for m in MODES if m is not Mode.CONFLICT or verb in WRITES - {"create"}])
        times = self.chance.randint(1, 5)
        self.world.cluster.plant(Fault(mode, verbs=frozenset({verb}), client="operator", times=times))

    async def watch_fault(self) -> None:
        around = self.world.operators["operator"]
        match self.chance.randint(0, 4):
            case 0:
                around.ways.delay = lambda _: self.chance.uniform(0, 5)
            case 1:
                around.ways.drop = lambda _: self.chance.random() < 0.2
            case 2:
                around.ways.repeat = lambda _: self.chance.random() < 0.3
            case _ if around.shell is not None:
                watch = self.chance.choice(list(around.shell.watches.values()))
                watch.cut(self.chance.uniform(0, 20))

    async def harm(self) -> None:
        groups = [group for name in NAMES for group in self.world.cloud(name)]
        if groups:
            name = self.chance.choice(groups).name
            match self.chance.randint(0, 2):
                case 0:
                    self.world.portal.remove(name)
                case 1:
                    self.world.portal.kill(name)
                case _ if any(group["metadata"]["name"] == name for group in self.world.groups()):
                    self.world.delete(name, resource=GROUPS)

    async def theft(self) -> None:
        groups = [group for name in NAMES for group in self.world.cloud(name)]
        if groups:
            await strangers.take(self.world, self.chance.choice(groups), self.chance)

    async def unplug(self) -> None:
        around = self.world.operators["operator"]
        around.transport.reachable = not around.transport.reachable

    def _services(self) -> list[Manifest]:
        everything = self.world.cluster.objects.everything().items()
        return [manifest for place, manifest in everything if place.resource == SERVICES]


async def lived(world: World, seed: int) -> None:
    """Run one seed. A failure says how to run it again."""
    life, others = Life(world, seed), strangers.place(world)
    try:
        await life.run()
        for name, (replicas, image) in life.wanted.items():
            await world.converge(name, replicas, image=image)
        for name in set(NAMES) - set(life.wanted):
            await world.ended(name)
        await asyncio.sleep(COOLING)
        since = now()
        await asyncio.sleep(700)
        world.check()
        strangers.untouched(world, others)
        assert world.cluster.record.writes("operator", since=since) == []
        assert {entry.method for entry in world.azure.record.entries if entry.at >= since} <= {"GET"}
    except (AssertionError, KeyError) as failure:
        again = f"SEEDS={seed}-{seed} python -m pytest tests/simulation/test_seeds.py"
        raise AssertionError("\n".join([f"again: {again}", *life.story, str(failure)])) from failure


@pytest.mark.parametrize("seed", seeds())
async def test_a_random_life_ends_in_peace(make_world: MakeWorld, seed: int) -> None:
    await lived(make_world(seed=seed, operator=QUICK), seed)
