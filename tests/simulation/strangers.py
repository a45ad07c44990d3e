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


async def take(world: World, group: Group, chance: random.Random) -> None:
    """Make a group of ours somebody else's: it says another cluster, or another object."""
    tags = dict(group.tags or {})
    named = [tag for tag in (keys.TAG_CLUSTER, keys.TAG_UID) if tag in tags]
    if named:
        tag = chance.choice(named)
        with suppress(ConnectionCut):  # faults hit people too
            await world.in_azure("PATCH", group.name, {"tags": {**tags, tag: f"{FOREIGN}{tags[tag]}"}})


async def give_back(world: World) -> None:
    """Undo that; of a group whose object is no more, the new owner makes an end."""
    objects = {manifest["metadata"]["name"] for manifest in world.groups()}
    for group in world.cloud():
        tags = group.tags or {}
        if _is_stranger(group) or not any(value.startswith(FOREIGN) for value in tags.values()):
            continue
        if group.name in objects:
            ours = {name: value.rpartition(FOREIGN)[2] for name, value in tags.items()}  # it may have been taken twice
            await world.in_azure("PATCH", group.name, {"tags": ours})
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
