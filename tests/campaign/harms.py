"""What befalls container groups: people and the platform harm them, or there is no room for more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from aci_emulator.front.faults import Rule
from aci_emulator.life.model import Group
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS

from tests.campaign.stage import Happening, Stage
from tests.model import samples

STRANGE_TAG: Final = "added-by-a-policy"
KEPT: Final = {keys.TAG_CLUSTER, keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_UID, keys.TAG_SERVICE, keys.TAG_CREATED}

CHANGED: Final = "registry.test/changed:1"
"""What somebody puts over a replica by hand."""

NO_ROOM: Final = [{"location": samples.LOCATION, "cores": 0.0}]

CRASHES, BETWEEN_CRASHES = 40, 6.0

# -- container groups


def on_a_group(act: Callable[[Stage, Group], Any]) -> Happening:
    async def happen(stage: Stage) -> bool:
        group = stage.group()
        if group is None:
            return False
        answer = act(stage, group)
        if isinstance(answer, Awaitable):
            await answer
        return True

    return happen


def stop(stage: Stage, group: Group) -> Any:
    return stage.world.in_azure("POST", group.name, action="stop")


def retag(stage: Stage, group: Group) -> Any:
    """Take off all tags but those that say whose it is and what it is, and put on one that nobody asked for."""
    kept = {name: value for name, value in (group.tags or {}).items() if name in KEPT}
    return stage.world.in_azure("PATCH", group.name, {"tags": {**kept, STRANGE_TAG: "yes"}})


async def change(stage: Stage, group: Group) -> None:
    """PUT another image over it, as `az container create` does."""
    body = (await stage.world.in_azure("GET", group.name)).document or {}
    if "properties" not in body:  # faults hit people too
        return
    for shown in ("provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"):
        body["properties"].pop(shown, None)  # Azure shows it, and refuses it
    body["properties"]["containers"][0]["properties"]["image"] = CHANGED
    await stage.world.in_azure("PUT", group.name, body)


async def ended(stage: Stage) -> bool:
    """`kubectl delete acg`."""
    names = sorted(stage.names())
    if names:
        stage.world.delete(stage.chance.choice(names), resource=GROUPS)
    return bool(names)


async def crash(stage: Stage, group: Group) -> None:
    """Its first container crashes whenever it runs, for some minutes."""
    for _ in range(CRASHES):
        with suppress(LookupError, ValueError):  # it is gone, or does not run just now
            stage.world.portal.exit(group.name, code=1)
        await asyncio.sleep(BETWEEN_CRASHES)


async def many_killed(stage: Stage) -> bool:
    """A whole region fails."""
    names = sorted(group.name for group in stage.world.cloud() if keys.TAG_SERVICE in (group.tags or {}))
    for name in names:
        stage.world.portal.kill(name)
    return bool(names)


# -- room


def setting(**values: Any) -> Happening:
    async def change(stage: Stage) -> bool:
        stage.world.portal.change(values)
        return True

    return change


def rules(*rules: dict[str, Any]) -> Happening:
    async def plant(stage: Stage) -> bool:
        for rule in rules:
            stage.world.azure.faults.add(Rule(**rule))
        return True

    return plant
