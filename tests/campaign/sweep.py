"""One scenario with its faults: the reference without any, and the runs that must come to the same end."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.campaign.acts import Scenario
from tests.campaign.effects import NONE
from tests.campaign.happenings import HAPPENINGS
from tests.campaign.outcome import Outcome
from tests.campaign.plans import Blow, Site
from tests.campaign.rest import BOUND, reached, shape, silent
from tests.campaign.scenarios import BY_NAME, SCENARIOS
from tests.campaign.stage import Stage, peace
from tests.campaign.strikes import Strike
from tests.model.clock import now
from tests.simulation.operators import RealOperator
from tests.simulation.virtual import on_virtual_time
from tests.simulation.world import World

QUICK: Final = {"resync": 100, "collect_every": 120, "collect_grace": 60}
"""Settings of the operators: what they do seldom comes a few times while a run looks for silence."""

ENDURED: Final = 90.0
"""Seconds from a happening to peace."""


@dataclass(frozen=True)
class Reference:
    """What a scenario comes to when nothing goes wrong.

    Attributes:
        calls: How many calls of each kind each operator makes until everything is as wanted.
        shape: The world at its end.
        seconds: Virtual seconds from the act to the end.
    """

    outcome: Outcome
    calls: Counter[Site]
    shape: Mapping[str, Any]
    seconds: float


@cache
def reference(name: str) -> Reference:
    """Run a scenario without a fault, once in a process."""
    return on_virtual_time(_reference(BY_NAME[name]))


def strike(name: str, blows: Sequence[Blow], run: str) -> Outcome:
    """Run a scenario with faults at some of its calls. Those that a former fault kept from being made do not count."""
    return on_virtual_time(_strike(BY_NAME[name], blows, run, reference(name).shape))


def happening(name: str, what: str, at: float, run: str) -> Outcome:
    """Run a scenario in which something befalls the world after a share of its time."""
    known = reference(name)
    return on_virtual_time(_happening(BY_NAME[name], what, at * known.seconds, run, known.shape))


async def _reference(scenario: Scenario) -> Reference:
    world = await _set_up(scenario)
    try:
        before, began = _calls(world), now()
        asked = Counter[str]()
        world.entra.on_ask.append(lambda client: asked.update([client]))
        await scenario.act(world)
        await reached(world, scenario.end)
        seconds = (now() - began).total_seconds()
        calls = _calls(world)
        calls.subtract(before)
        calls.update({Site(client, "token"): count for client, count in asked.items()})
        await silent(world, scenario.end)
        outcome = Outcome(f"reference | {scenario.name}", seconds=seconds)
        outcome.look(world)
        return Reference(outcome, +calls, shape(world), seconds)
    finally:
        await world.close()


async def _strike(scenario: Scenario, blows: Sequence[Blow], run: str, wanted: Mapping[str, Any]) -> Outcome:
    world = await _set_up(scenario)
    strikes = [Strike(world, blow.point, blow.mode, skip=blow.skip, client=blow.client) for blow in blows]
    for one in strikes:
        one.plant()
    outcome = Outcome(run)
    try:
        began = now()
        await scenario.act(world)
        await reached(world, scenario.end)
        outcome.seconds = (now() - began).total_seconds()
        for one in strikes:
            await one.over()
        peace(world)
        await _end(world, scenario, wanted)
    except (AssertionError, KeyError) as failure:
        outcome.failed(f"{type(failure).__name__}: {failure}")
    finally:
        await world.close()
    outcome.look(world)
    outcome.hits.update({f"fault: {one.point}: {one.mode}": one.hits() for one in strikes if one.hits()})
    return outcome


async def _happening(scenario: Scenario, what: str, after: float, run: str, wanted: Mapping[str, Any]) -> Outcome:
    world = await _set_up(scenario)
    outcome = Outcome(run)
    effect = NONE

    async def befall() -> None:
        nonlocal effect
        await asyncio.sleep(after)
        effect = await HAPPENINGS[what](Stage(world, random.Random(run)))
        await asyncio.sleep(ENDURED)
        peace(world)

    befalling = asyncio.create_task(befall())
    try:
        await scenario.act(world)
        await befalling
        outcome.seconds = await reached(world, scenario.end, within=BOUND)
        await _end(world, scenario, wanted)
    except (AssertionError, KeyError) as failure:
        outcome.failed(f"{type(failure).__name__}: {failure}")
    finally:
        befalling.cancel()
        await world.close()
    outcome.hits += Counter({f"happening: {what}": effect()})
    outcome.look(world)
    return outcome


async def _end(world: World, scenario: Scenario, wanted: Mapping[str, Any]) -> None:
    await silent(world, scenario.end)
    found = shape(world)
    assert scenario.anywhere or found == wanted, (
        f"P17: it ends otherwise than without a fault: {_difference(found, wanted)}"
    )


async def _set_up(scenario: Scenario) -> World:
    """Bring a world to rest before the act. Each scenario has its own draw of what is not known of Azure."""
    world = World(
        RealOperator,
        seed=SCENARIOS.index(scenario),
        operator=QUICK,
        page_size=2,
        variants_seed=SCENARIOS.index(scenario),
        **scenario.settings,
    )
    world.entra.short_lived = True
    passing = ("operator",) if scenario.begin and not scenario.operators else ()
    for name in scenario.operators + passing:
        await world.start(name)
        await asyncio.sleep(1.0)
    for manifest in scenario.begin:
        world.apply(manifest)
    await reached(world, scenario.begun)
    for name in passing:
        await world.stop(name)
    return world


def _calls(world: World) -> Counter[Site]:
    clients = world.invariants.operators
    calls = Counter(
        Site(call.client, f"{call.verb} {call.resource.plural}")
        for call in world.cluster.record
        if call.client in clients
    )
    calls.update(
        Site(entry.principal, entry.operation) for entry in world.azure.record.entries if entry.principal in clients
    )
    return calls


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    names = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
    return "; ".join(f"{name}: {found.get(name)}, not {wanted.get(name)}" for name in names)
