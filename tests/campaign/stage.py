"""Where a campaign takes place: a world, and the chance that picks in it. And the end of all that goes wrong in it."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aci_emulator.life.model import Group
from aci_operator.api import keys

from tests.campaign.effects import Effect
from tests.model.watch import Watch, Ways
from tests.simulation.world import Surroundings, World


@dataclass
class Stage:
    """A world and the chance that picks in it: which replica, which watch."""

    world: World
    chance: random.Random

    def operator(self) -> Surroundings | None:
        """Pick a process that lives."""
        living = list(self.world.operators.values())
        return self.chance.choice(living) if living else None

    def watch(self) -> Watch | None:
        """Pick a watch of a process that lives."""
        around = self.operator()
        return self.chance.choice(list(around.shell.watches.values())) if around and around.shell else None

    def group(self) -> Group | None:
        """Pick a container group of a service."""
        groups = [group for group in self.world.cloud() if keys.TAG_SERVICE in (group.tags or {})]
        return self.chance.choice(groups) if groups else None

    def names(self) -> set[str]:
        """Return the names of the group objects."""
        return {manifest["metadata"]["name"] for manifest in self.world.groups()}


Happening = Callable[[Stage], Awaitable[Effect]]
"""Lets something happen; gives what tells, once there is peace, how often it has had an effect."""


def peace(world: World) -> None:
    """End everything that goes wrong."""
    world.cluster.heal()
    world.azure.faults.clear()
    world.on_send.clear()
    world.on_answer.clear()
    world.entra.on_ask.clear()
    world.entra.short_lived = False
    world.skew = 0.0
    world.arm.settings = world.settings
    for around in world.operators.values():
        around.process.resume()
        around.transport.reachable = True
        around.ways.drop = around.ways.repeat = lambda _: False
        around.ways.delay = Ways().delay
        for watch in around.shell.watches.values() if around.shell else ():
            watch.thaw()
