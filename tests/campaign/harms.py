"""What befalls container groups: people and the platform harm them, or there is no room for more."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aci_emulator.front.faults import Rule
from aci_emulator.life.model import Group
from aci_operator.kube.api import GROUPS

from tests.campaign.stage import Happening, Stage
from tests.model import samples

STRANGE_TAG: Final = "added-by-a-policy"


NO_ROOM: Final = [{"location": samples.LOCATION, "cores": 0.0}]

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
    kept = {name: value for name, value in (group.tags or {}).items() if name.startswith("acioperator.dev_")}
    return stage.world.in_azure("PATCH", group.name, {"tags": {**kept, STRANGE_TAG: "yes"}})


async def ended(stage: Stage) -> bool:
    """`kubectl delete acg`."""
    names = sorted(stage.names())
    if names:
        stage.world.delete(stage.chance.choice(names), resource=GROUPS)
    return bool(names)


# -- room


def setting(**values: Any) -> Happening:
    async def change(stage: Stage) -> bool:
        stage.world.portal.change(values)
        return True

    return change


def rule(**rule: Any) -> Happening:
    async def plant(stage: Stage) -> bool:
        stage.world.azure.faults.add(Rule(**rule))
        return True

    return plant
