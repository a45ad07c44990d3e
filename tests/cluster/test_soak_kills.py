"""The operator is killed at random, again and again, while people change their minds."""

import random
import time

import pytest

from tests.cluster.scenes import Scene, service

KILLS = 20
SEED = 20260101


@pytest.mark.soak
def test_twenty_random_kills(scene: Scene) -> None:
    chance = random.Random(SEED)
    most = wanted = 3
    scene.azure.change(start_latency=[0.2, 3.0], answer_latency=[0.0, 0.4], budget_5m=1000, budget_1h=3000)
    scene.start()
    scene.kubectl.apply(service("web", wanted))
    for _ in range(KILLS):
        wanted = chance.randint(0, 8)
        most = max(most, wanted)
        scene.kubectl.text("scale", "acis/web", f"--replicas={wanted}")
        at = time.monotonic() + chance.uniform(0, 3)
        scene.wait(lambda at=at: time.monotonic() >= at, "the moment of a kill")  # type: ignore[misc]
        scene.kill()
        scene.operator.start_again()
    scene.wait_ready("web")
    scene.wait_count(wanted)
    scene.check("web", wanted)
    assert scene.peak("web") <= most + 1
    scene.kubectl.text("delete", "acis", "web", "--wait=false")
    scene.restart()
    scene.check_nothing_left()
    scene.check_log()
