"""Container groups in the operator's resource group that are not its own, and people who make one of its own theirs."""

import random
from contextlib import suppress
from typing import Final

from aci_emulator.front.front import ConnectionCut
from aci_emulator.life.model import Group
from aci_operator.api import keys

from tests.model import samples
from tests.simulation.world import World

LONG_AGO: Final = "2025-01-01T00:00:00Z"
FOREIGN: Final = "another-"
"""Before the value of a tag that somebody has changed."""

PROOF: Final = (keys.TAG_CLUSTER, keys.TAG_UID)
Taken = dict[str, dict[str, str]]
"""What the tags of a group were before somebody took it, by its name."""


def place(world: World) -> list[Group]:
    """Put strangers there: one without tags, and some whose tags look as if they were ours, but for one thing."""
    cluster = world.invariants.cluster_id
    for name, tags in {
        "theirs-plain": {"team": "b"},
        "theirs-1-aaaaaaaa": {**_tags("theirs-1-aaaaaaaa", f"{FOREIGN}{cluster}"), keys.TAG_CREATED: LONG_AGO},
        "theirs-2-aaaaaaaa": {**_tags("theirs-2-aaaaaaaa", cluster), keys.TAG_CREATED: "yesterday"},
        "theirs-3-aaaaaaaa": {keys.TAG_CLUSTER: cluster, keys.TAG_CREATED: LONG_AGO},
    }.items():
        world.portal.place(name=name, resource_group=samples.RESOURCE_GROUP, location=samples.LOCATION, tags=tags)
    return _present(world)


def untouched(world: World, before: list[Group]) -> None:
    """Assert that strangers are as they were."""
    assert [_seen(group) for group in _present(world)] == [_seen(group) for group in before], "a stranger was touched"


async def take(world: World, group: Group, chance: random.Random, taken: Taken) -> None:
    """Make a group of ours somebody else's: it says another cluster or another object, or nothing of whose it is."""
    tags = dict(group.tags or {})
    named = [tag for tag in PROOF if tag in tags]
    if not named:
        return
    taken.setdefault(group.name, tags)
    tag = chance.choice(named)
    changed = {**tags, tag: f"{FOREIGN}{tags[tag]}"}
    without = {name: value for name, value in tags.items() if name != tag}
    with suppress(ConnectionCut):  # faults hit people too
        await world.in_azure("PATCH", group.name, {"tags": chance.choice([changed, changed, without, {}])})


async def give_back(world: World, taken: Taken) -> None:
    """Undo that; of a group whose object is no more, the new owner makes an end."""
    objects = {manifest["metadata"]["name"] for manifest in world.groups()}
    for group in world.cloud():
        if group.name not in taken or keys.TAG_ORPHANED_FROM in (group.tags or {}):
            continue
        if group.name in objects:
            await world.in_azure("PATCH", group.name, {"tags": {**(group.tags or {}), **taken[group.name]}})
        else:
            world.portal.remove(group.name)


def _tags(name: str, cluster: str) -> dict[str, str]:
    return {
        keys.TAG_CLUSTER: cluster,
        keys.TAG_NAMESPACE: "default",
        keys.TAG_NAME: name,
        keys.TAG_UID: "d6e0f9a3-0000-4000-8000-000000000000",
    }


def _is_stranger(group: Group) -> bool:
    return group.name.startswith("theirs-")


def _present(world: World) -> list[Group]:
    return [group for group in world.cloud() if _is_stranger(group)]


def _seen(group: Group) -> tuple[str, dict[str, str], int]:
    return group.name, dict(group.tags or {}), group.puts
