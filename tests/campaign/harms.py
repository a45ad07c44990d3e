"""What befalls container groups: people and the platform harm them, or there is no room for more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from aci_emulator.admin.admin import Admin
from aci_emulator.front.faults import Rule
from aci_emulator.life.model import Group
from aci_emulator.wire import Response
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS

from tests.campaign import effects
from tests.campaign.effects import NONE, ONE, Effect, Told, so_often
from tests.campaign.stage import Happening, Stage
from tests.model import samples
from tests.model.manifests import deleting

STRANGE_TAG: Final = "added-by-a-policy"
KEPT: Final = {keys.TAG_CLUSTER, keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_UID, keys.TAG_SERVICE, keys.TAG_CREATED}

CHANGED: Final = "registry.test/changed:1"
"""What somebody puts over a replica by hand."""

NO_ROOM: Final = [{"location": samples.LOCATION, "cores": 0.0}]

CRASHES, BETWEEN_CRASHES = 40, 6.0

# -- container groups


def on_a_group(act: Callable[[Stage, Group], Effect | Awaitable[Effect]]) -> Happening:
    async def happen(stage: Stage) -> Effect:
        group = stage.group()
        if group is None:
            return NONE
        effect = act(stage, group)
        return await effect if isinstance(effect, Awaitable) else effect

    return happen


def remove(stage: Stage, group: Group) -> Effect:
    stage.world.portal.remove(group.name)
    return ONE


def by(how: Callable[[Admin, str], object]) -> Callable[[Stage, Group], Effect]:
    """What the portal does to a group: to one that has ended, for one, it makes no difference."""

    def act(stage: Stage, group: Group) -> Effect:
        store, now = stage.world.arm.cloud.store, stage.world.azure.clock()
        before = store.get(group.key, now)
        how(stage.world.portal, group.name)
        return so_often(int(store.get(group.key, now) != before))

    return act


async def stop(stage: Stage, group: Group) -> Effect:
    return _done(await stage.world.in_azure("POST", group.name, action="stop"))


async def retag(stage: Stage, group: Group) -> Effect:
    """Take off all tags but those that say whose it is and what it is, and put on one that nobody asked for."""
    kept = {name: value for name, value in (group.tags or {}).items() if name in KEPT}
    return _done(await stage.world.in_azure("PATCH", group.name, {"tags": {**kept, STRANGE_TAG: "yes"}}))


async def change(stage: Stage, group: Group) -> Effect:
    """PUT another image over it, as `az container create` does."""
    body = (await stage.world.in_azure("GET", group.name)).document or {}
    if "properties" not in body:  # faults hit people too
        return NONE
    for shown in ("provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"):
        body["properties"].pop(shown, None)  # Azure shows it, and refuses it
    body["properties"]["containers"][0]["properties"]["image"] = CHANGED
    return _done(await stage.world.in_azure("PUT", group.name, body))


async def ended(stage: Stage) -> Effect:
    """`kubectl delete acg`."""
    there = {group["metadata"]["name"]: group for group in stage.world.groups()}
    if not there:
        return NONE
    name = stage.chance.choice(sorted(there))
    stage.world.delete(name, there[name]["metadata"]["namespace"], resource=GROUPS)
    return so_often(int(not deleting(there[name])))


async def crash(stage: Stage, group: Group) -> Effect:
    """Its first container crashes whenever it runs, for some minutes."""
    crashes = 0
    for _ in range(CRASHES):
        with suppress(LookupError, ValueError):  # it is gone, or does not run just now
            stage.world.portal.exit(group.name, code=1)
            crashes += 1
        await asyncio.sleep(BETWEEN_CRASHES)
    return so_often(crashes)


async def many_killed(stage: Stage) -> Effect:
    """A whole region fails."""
    groups = [group for group in stage.world.cloud() if keys.TAG_SERVICE in (group.tags or {})]
    killed = [by(Admin.kill)(stage, group) for group in sorted(groups, key=lambda group: group.name)]
    return lambda: sum(effect() for effect in killed)


def _done(answer: Response) -> Effect:
    return so_often(int(answer.status < HTTPStatus.MULTIPLE_CHOICES))


# -- room


def setting(told: Told, **values: Any) -> Happening:
    """Change settings of Azure; `told` knows what an operator sees of it."""

    async def change(stage: Stage) -> Effect:
        stage.world.portal.change(values)
        return effects.told(stage.world, told)

    return change


def rules(*rules: dict[str, Any]) -> Happening:
    async def plant(stage: Stage) -> Effect:
        planted = [Rule(**rule) for rule in rules]
        for rule in planted:
            stage.world.azure.faults.add(rule)
        return lambda: sum(rule.hits for rule in planted)

    return plant
