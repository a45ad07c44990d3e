"""The limit on heals over all services."""

from datetime import timedelta

from aci_operator.api.service import Heals, ServiceStatus
from aci_operator.engine.ports import Key
from aci_operator.engine.storm import Storm

from tests.unit.core.builders import T0, group, service
from tests.unit.engine.fakes import Scene

A, B = Key("team-a", "a"), Key("team-a", "b")


def remembering(name: str, replacing: int) -> ServiceStatus:
    return ServiceStatus(heals=Heals(revision=name, replacing=replacing, failed_at=T0, replaced_at=T0 + timedelta(1)))


async def test_what_others_are_replacing_is_taken_from_the_limit() -> None:
    scene = Scene(*(group(name=f"g-{number}") for number in range(50)))
    storm = Storm(scene.cluster)
    assert storm.allowance(A) == 10
    storm.entered(B, 4)
    assert (storm.allowance(A), storm.allowance(B)) == (6, 10)
    storm.entered(B, 0)
    assert storm.allowance(A) == 10
    await scene.close()


async def test_after_a_restart_it_counts_what_the_services_remember() -> None:
    scene = Scene(
        service(meta_name="a", status=remembering("a", 2)), service(meta_name="b", status=remembering("b", 9))
    )
    storm = Storm(scene.cluster)
    assert (storm.allowance(A), storm.allowance(B)) == (0, 3)
    await scene.close()
