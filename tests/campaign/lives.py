"""A life drawn from a seed: several services, people who change them, and everything that can go wrong meanwhile.

Then peace: what people got wrong they put right, and every service must come to what its spec says, and be silent.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from unittest.mock import patch

from aci_emulator.life.model import Group
from aci_operator.core.service import storm
from aci_operator.kube.api import GROUPS

from tests.campaign import draws, lies
from tests.campaign.acts import OTHER, S, Service, place, roll
from tests.campaign.catalogue import DECISIVE, IN_DOUBT, LIES, POINTS, TRUSTED
from tests.campaign.draws import Size
from tests.campaign.effects import Effect, shown, told
from tests.campaign.happenings import GROUP_TAKEN, HAPPENINGS, NAME_TAKEN, OF_LIVES, OFTEN
from tests.campaign.harms import CHANGED
from tests.campaign.outcome import Outcome
from tests.campaign.rest import LONG_SILENCE, reached, silent
from tests.campaign.stage import Stage, peace
from tests.campaign.strikes import Strike
from tests.campaign.sweep import QUICK
from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation import strangers
from tests.simulation.operators import RealOperator
from tests.simulation.world import World

CHAPTER: Final = 240.0
"""Seconds in which much happens."""

BETWEEN: Final = (700.0, 1300.0)
"""Seconds between two chapters, at least and at most: what goes wrong goes on, and most services come to rest."""

PAUSES: Final = (0.02, 0.3, 4.0, 30.0)
LONE: Final = ("lone", "lone", "theirs-plain", "theirs-1-aaaaaaaa", "theirs-3-aaaaaaaa")
"""Names of groups without a service; some are taken."""

READS_LAG: Final = 30.0
"""Seconds after which nobody believes any more what somebody has put right: a read lags, and counts for a while."""

THERE_FOR: Final = 80.0
"""Seconds for which strangers have been there: every read shows them, also one that is stale while reads lag."""

PARTING: Final = 4.0
"""Seconds between the last change and peace."""

PATIENT: Final = 86_400
"""The progressDeadlineSeconds that a person gives a service whose rollout has been held."""

ONCE_MORE: Final = 0.25
"""The share of the other services that are rolled out in peace too: whatever was full must be usable again."""

BOUND: Final = 4500.0
"""Seconds from peace within which all is as wanted: an hour of back-off after failures, and the time of a rollout."""


class Life:
    """What happens to a world, in one or more chapters."""

    def __init__(self, seed: int, size: Callable[[random.Random], Size]) -> None:
        self.chance = random.Random(seed)
        self.size = size(self.chance)
        self.names = self.chance.choice([("operator",), ("operator",), ("one", "two")])
        self.world = World(RealOperator, seed=seed, operator=QUICK, **draws.settings(self.chance, seed))
        self.wanted: dict[str, Service] = {}
        self.story: list[str] = []
        self.hits: Counter[str] = Counter()
        self.strangers: list[Group] = []
        self.taken: strangers.Taken = {}
        self.retagged = False
        self._strikes: list[Strike] = []
        self._happening: list[tuple[str, asyncio.Task[Effect]]] = []
        self._by_people: list[tuple[str, Effect]] = []
        self._began = now()

    async def run(self) -> None:
        """Let things happen, then end all that goes wrong, and put right what people got wrong."""
        self.world.entra.short_lived = True
        self.strangers = strangers.place(self.world)
        await asyncio.sleep(THERE_FOR)
        self._began = now()
        self.world.user.namespace(OTHER)
        for name in self.size.names if self.size.begun else ():
            self._apply(name)
        for name in self.names:
            await self.world.start(name)
        things: list[Callable[[], Awaitable[None]]] = [
            *(4 * [self.apply]),
            *(4 * [self.scale]),
            *(4 * [self.roll]),
            *(3 * [self.change]),
            *(9 * [self.strike]),
            *(7 * [self.happen]),
            self.delete,
            *(2 * [self.alone]),
            self.steal,
            *(2 * [self.calm]),
        ]
        for chapter in range(self.size.chapters):
            if chapter:
                await asyncio.sleep(self.chance.uniform(*BETWEEN))
            ends = now() + timedelta(seconds=CHAPTER)
            while now() < ends:
                await self.chance.choice(things)()
                await asyncio.sleep(self.chance.choice(PAUSES) * self.chance.random())
        await self.end()

    async def end(self) -> None:
        """Make peace for good."""
        befallen = [(what, await happening) for what, happening in self._happening]
        await self._part()
        for one in self._strikes:
            await one.over()
            if one.hits():
                self.hits[f"fault: {one.point}: {one.mode}"] += one.hits()
        peace(self.world)
        for what, effect in [*befallen, *self._by_people]:
            self.hits += Counter({f"happening: {what}": effect()})
        await strangers.give_back(self.world, self.taken)
        await asyncio.sleep(READS_LAG)
        self._tidy()
        await asyncio.sleep(READS_LAG)
        self.attend()
        for name, wanted in self.wanted.items():
            if wanted.image not in draws.GOOD or self.chance.random() < ONCE_MORE:
                self._roll(name, self.chance.choice(draws.GOOD))
        self._note("peace")

    async def _part(self) -> None:
        """Change a service for the last time, while a write of its pass fails: what follows has to come by itself."""
        for name in self._one():
            for client in self.names:
                point = self.chance.choice(["create acicontainergroups", "replace_status aciservices"])
                self._strikes.append(Strike(self.world, point, self.chance.choice(["error", "lost"]), client=client))
                self._strikes[-1].plant()
            replicas = (self.wanted[name].replicas + self.chance.randint(1, 3)) % (draws.MOST + 1)
            self._scale(name, replicas)
            self._note(f"part {name} {replicas}")
        await asyncio.sleep(PARTING)

    def attend(self) -> None:
        """Put right what a status asks a person for: past its deadline a service makes nothing more until then.

        No other spec is touched. A change of it would heal whatever the operator has given up looking at.
        """
        for name in sorted(self.wanted):
            service = self.world.service(name, place(name).namespace)
            stalled = self.world.told(service).get("Stalled", ("False",))[0] == "True"
            if service["spec"].get("paused") or (stalled and service["spec"]["progressDeadlineSeconds"] < PATIENT):
                change = {"paused": False, "progressDeadlineSeconds": PATIENT}
                self.world.user.patch(place(name), {"spec": change})
                self._note(f"attend {name}")

    async def apply(self) -> None:
        """`kubectl apply` of a new service, or of one that is there."""
        name = self.chance.choice(self.size.names)
        if name in self.wanted or self.world.user.find(place(name)) is None:
            self._apply(name)

    async def scale(self) -> None:
        """`kubectl scale`."""
        for name in self._one():
            replicas = self.chance.randint(0, draws.MOST)
            self._scale(name, replicas)
            self._note(f"scale {name} {replicas}")

    async def roll(self) -> None:
        """`kubectl set image`, at times to one that does not work."""
        for name in self._one():
            self._roll(name, self.chance.choice([*draws.GOOD, *draws.GOOD, *draws.BAD]))

    async def change(self) -> None:
        """`kubectl patch`."""
        for name in self._one():
            spec = draws.change(self.chance)
            self.world.user.patch(place(name), {"spec": spec})
            self._note(f"change {name} {spec}")

    async def delete(self) -> None:
        """`kubectl delete`."""
        for name in self._one():
            del self.wanted[name]
            cascade = self.chance.choice(["background", "foreground"])
            self.world.user.delete(place(name), cascade=cascade)
            self._note(f"delete {name} {cascade}")

    async def strike(self) -> None:
        """Let one of the next calls of a kind fail."""
        points = self.chance.choices([DECISIVE, TRUSTED, sorted(POINTS)], weights=[5, 2, 3])[0]
        point = self.chance.choice(points)
        mode = self.chance.choice([*POINTS[point], *(mode for mode in POINTS[point] if mode in IN_DOUBT | LIES)])
        skip, client = self.chance.choice([0, 0, 0, 1, 3]), self.chance.choice(self.names)
        if mode in lies.MODES and lies.elsewhere(self.world, point):
            return
        if mode == "stale" and self.retagged:
            return
        self._strikes.append(Strike(self.world, point, mode, skip=skip, client=client))
        self._strikes[-1].plant()
        self._note(f"strike {client} {point} {skip} {mode}")

    async def happen(self) -> None:
        """Let something befall the world."""
        happenings = {**HAPPENINGS, **OF_LIVES}
        what = self.chance.choice(sorted([*happenings, *OFTEN]))
        if what in lies.HAPPENINGS and lies.elsewhere(self.world, "containerGroups/list"):
            return
        if what == "tags changed" and not self._may_retag():
            return
        self._note(what)

        async def befall() -> Effect:
            return await happenings[what](Stage(self.world, self.chance))

        self._happening.append((what, asyncio.create_task(befall())))

    async def alone(self) -> None:
        """A container group without a service comes or goes; somebody else may have its name in Azure."""
        alone = Place(GROUPS, S.namespace, self.chance.choice(LONE))
        if self.world.user.find(alone) is None:
            self.world.apply(samples.group(alone.name))
            for stranger in self.strangers:
                if stranger.name == alone.name:
                    seen = told(self.world, shown(stranger.key, directly=True))
                    self._by_people.append((NAME_TAKEN, seen))
        else:
            self.world.user.delete(alone)
        self._note(f"alone {alone.name}")

    async def steal(self) -> None:
        """Somebody makes a container group theirs."""
        group = Stage(self.world, self.chance).group()
        if group is not None and self._may_retag():
            await strangers.take(self.world, group, self.chance, self.taken)
            taken = self.world.arm.cloud.store.get(group.key, self.world.azure.clock())
            if taken is not None and taken.tags != group.tags:
                self._by_people.append((GROUP_TAKEN, told(self.world, shown(group.key, directly=False))))
            self._note(f"steal {group.name}")

    async def calm(self) -> None:
        """End what goes wrong, in the middle of a life."""
        peace(self.world)
        self._note("calm")

    def _may_retag(self) -> bool:
        """Tell whether somebody may change tags: no write is guarded against a read that is older than reads lag."""
        past = lies.of_the_past(self.world)
        self.retagged = self.retagged or not past
        return not past

    def _tidy(self) -> None:
        """End what has no service, and what somebody has changed."""
        changed = {group.name for group in self.world.cloud() if group.containers[0].image == CHANGED}
        for name in changed - Stage(self.world, self.chance).names():
            self.world.portal.remove(name)
        for manifest in self.world.groups():
            metadata = manifest["metadata"]
            if metadata["name"] in changed or not metadata.get("ownerReferences"):
                self.world.user.delete(Place(GROUPS, metadata["namespace"], metadata["name"]))

    def _apply(self, name: str) -> None:
        manifest = draws.manifest(self.chance, name)
        self.world.apply(manifest)
        image = manifest["spec"]["template"]["spec"]["containers"][0]["image"]
        self.wanted[name] = Service(manifest["spec"]["replicas"], image)
        self._note(f"apply {name} {manifest['spec']['replicas']} {image}")

    def _scale(self, name: str, replicas: int) -> None:
        self.world.scale(name, replicas, place(name).namespace)
        self.wanted[name] = Service(replicas, self.wanted[name].image)

    def _roll(self, name: str, image: str) -> None:
        roll(self.world, image, name, restartPolicy="Never" if image == draws.DONE else "Always")
        self.wanted[name] = Service(self.wanted[name].replicas, image)
        self._note(f"roll {name} {image}")

    def _one(self) -> list[str]:
        return [self.chance.choice(sorted(self.wanted))] if self.wanted else []

    def _note(self, words: str) -> None:
        self.story.append(f"{(now() - self._began).total_seconds():.2f} {words}")


async def lived(seed: int, run: str, size: Callable[[random.Random], Size]) -> Outcome:
    """Run one seed; its size is drawn first."""
    life, outcome = Life(seed, size), Outcome(run)
    try:
        with patch.object(storm, "LEAST", draws.heals(seed)):
            await life.run()
            outcome.seconds = await reached(life.world, life.wanted, within=BOUND, meanwhile=life.attend)
            await silent(life.world, life.wanted, lasting=LONG_SILENCE)
        strangers.untouched(life.world, life.strangers)
    except (AssertionError, KeyError) as failure:
        outcome.failed("\n".join([*life.story, f"{type(failure).__name__}: {failure}"]))
    finally:
        await life.world.close()
    outcome.lasted = asyncio.get_running_loop().time()
    outcome.hits += life.hits
    outcome.look(life.world)
    return outcome
