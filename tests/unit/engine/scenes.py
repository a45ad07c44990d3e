"""What tests of the loop of container groups speak of: one object, its group, and the calls about it."""

from collections.abc import Callable

from aci_operator.core.cloud import GroupRef
from aci_operator.engine.ports import Key

from tests.unit.core.builders import NAME, SCOPE
from tests.unit.engine.fakes import Scene

KEY = Key("team-a", NAME)
REF = GroupRef(SCOPE, NAME)
MakeScene = Callable[..., Scene]


def verbs(scene: Scene) -> list[str]:
    return [verb for verb, _ in scene.azure.calls if verb != "list"]
