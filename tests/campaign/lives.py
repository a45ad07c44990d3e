"""A life drawn from a seed: several services, people who change them, and everything that can go wrong meanwhile.

Then peace: what people got wrong they put right, and every service must come to what its spec says, and be silent.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from aci_emulator.life.model import Group

from tests.campaign import draws
from tests.campaign.acts import S, Service, roll
from tests.campaign.catalogue import POINTS, Mode
from tests.campaign.happenings import HAPPENINGS
from tests.campaign.outcome import Outcome
from tests.campaign.rest import reached, silent
from tests.campaign.stage import Stage, peace
from tests.campaign.strikes import Strike
from tests.campaign.sweep import QUICK
from tests.model.clock import now
from tests.simulation import strangers
from tests.simulation.operators import RealOperator
from tests.simulation.world import World

NAMES: Final = ("a", "b", "c")
UNTIL_PEACE: Final = 240.0
PAUSES: Final = (0.02, 0.3, 6.0, 45.0)

READS_LAG: Final = 30.0
"""Seconds after which nobody believes any more what somebody has put right: a read lags, and counts for a while."""

BOUND: Final = 4500.0
"""Seconds from peace within which all is as wanted: an hour of back-off after failures, and the time of a rollout."""


class Life:
    """What happens to a world."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.names = self.chance.choice([("operator",), ("operator",), ("one", "two")])
        self.world = World(RealOperator, seed=seed, operator=QUICK, **draws.settings(self.chance, seed))
        self.wanted: dict[str, Service] = {}
        self.story: list[str] = []
        self.hits: Counter[str] = Counter()
        self.strangers: list[Group] = []
        self._strikes: list[Strike] = []
        self._happening: list[asyncio.Task[None]] = []
        self._began = now()

    async def run(self) -> None:
        """Let things happen, then end all that goes wrong, and put right what people got wrong."""
        self.world.entra.short_lived = True
        self.strangers = strangers.place(self.world)
        for name in self.names:
            await self.world.start(name)
        things: list[Callable[[], Awaitable[None]]] = [
            *(4 * [self.apply]),
            *(2 * [self.scale]),
            *(3 * [self.roll]),
            *(2 * [self.change]),
            self.delete,
            *(5 * [self.strike]),
            *(4 * [self.happen]),
            self.steal,
            self.calm,
        ]
        while (now() - self._began).total_seconds() < UNTIL_PEACE:
            await self.chance.choice(things)()
            await asyncio.sleep(self.chance.choice(PAUSES) * self.chance.random())
        await self.end()

    async def end(self) -> None:
        """Make peace for good."""
        if self._happening:
            await asyncio.wait(self._happening)
            for happening in self._happening:
                happening.result()
        for one in self._strikes:
            await one.over()
            if one.hits():
                self.hits[f"fault: {one.point}: {one.mode}"] += one.hits()
        peace(self.world)
        await strangers.give_back(self.world)
        await asyncio.sleep(READS_LAG)
        for name, wanted in self.wanted.items():
            # Past its deadline a service makes nothing more until a person has seen why.
            self.world.user.patch(S._replace(name=name), {"spec": {"paused": False, "progressDeadlineSeconds": 86_400}})
            if wanted.image not in draws.GOOD:
                self._roll(name, self.chance.choice(draws.GOOD))
        self._note("peace")

    async def apply(self) -> None:
        """`kubectl apply` of a new service, or of one that is there."""
        name = self.chance.choice(NAMES)
        if name in self.wanted or self.world.user.find(S._replace(name=name)) is None:
            manifest = draws.manifest(self.chance, name)
            self.world.apply(manifest)
            image = manifest["spec"]["template"]["spec"]["containers"][0]["image"]
            self.wanted[name] = Service(manifest["spec"]["replicas"], image)
            self._note(f"apply {name} {manifest['spec']['replicas']} {image}")

    async def scale(self) -> None:
        """`kubectl scale`."""
        for name in self._one():
            replicas = self.chance.randint(0, draws.MOST)
            self.world.scale(name, replicas)
            self.wanted[name] = Service(replicas, self.wanted[name].image)
            self._note(f"scale {name} {replicas}")

    async def roll(self) -> None:
        """`kubectl set image`, at times to one that does not work."""
        for name in self._one():
            self._roll(name, self.chance.choice([*draws.GOOD, *draws.GOOD, *draws.BAD]))

    async def change(self) -> None:
        """`kubectl patch`."""
        for name in self._one():
            spec = draws.change(self.chance)
            self.world.user.patch(S._replace(name=name), {"spec": spec})
            self._note(f"change {name} {spec}")

    async def delete(self) -> None:
        """`kubectl delete`."""
        for name in self._one():
            del self.wanted[name]
            cascade = self.chance.choice(["background", "foreground"])
            self.world.user.delete(S._replace(name=name), cascade=cascade)
            self._note(f"delete {name} {cascade}")

    async def strike(self) -> None:
        """Let one of the next calls of a kind fail."""
        point = self.chance.choice(sorted(POINTS))
        mode: Mode = self.chance.choice(POINTS[point])
        skip, client = self.chance.choice([0, 0, 1, 3]), self.chance.choice(self.names)
        self._strikes.append(Strike(self.world, point, mode, skip=skip, client=client))
        self._strikes[-1].plant()
        self._note(f"strike {client} {point} {skip} {mode}")

    async def happen(self) -> None:
        """Let something befall the world."""
        what = self.chance.choice(sorted(HAPPENINGS))
        self._note(what)

        async def befall() -> None:
            if await HAPPENINGS[what](Stage(self.world, self.chance)):
                self.hits[f"happening: {what}"] += 1

        self._happening.append(asyncio.create_task(befall()))

    async def steal(self) -> None:
        """Somebody makes a container group theirs."""
        group = Stage(self.world, self.chance).group()
        if group is not None:
            await strangers.take(self.world, group, self.chance)
            self._note(f"steal {group.name}")

    async def calm(self) -> None:
        """End what goes wrong, in the middle of a life."""
        peace(self.world)
        self._note("calm")

    def _roll(self, name: str, image: str) -> None:
        roll(self.world, image, name)
        self.wanted[name] = Service(self.wanted[name].replicas, image)
        self._note(f"roll {name} {image}")

    def _one(self) -> list[str]:
        return [self.chance.choice(sorted(self.wanted))] if self.wanted else []

    def _note(self, words: str) -> None:
        self.story.append(f"{(now() - self._began).total_seconds():.2f} {words}")


async def lived(seed: int, run: str) -> Outcome:
    """Run one seed."""
    life, outcome = Life(seed), Outcome(run)
    try:
        await life.run()
        outcome.seconds = await reached(life.world, life.wanted, within=BOUND)
        await silent(life.world, life.wanted)
        strangers.untouched(life.world, life.strangers)
    except (AssertionError, KeyError) as failure:
        outcome.failed("\n".join([*life.story, f"{type(failure).__name__}: {failure}"]))
    finally:
        await life.world.close()
    outcome.hits += life.hits
    outcome.look(life.world)
    return outcome
