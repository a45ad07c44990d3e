"""From `kubectl apply` to IPs in the status, and on: scaled, healed, rolled out, at rest."""

import time
from typing import Any

import pytest

from devcluster.waiting import wait_until
from tests.cluster.scenes import Scene, service

PATIENT: dict[str, Any] = {
    "POLL": 5,
    "LIST_BUSY": 5,
    "LIST_QUIET": 30,
    "HEALTH_TURN": 60,
    "GHOST_WINDOW": 30,
    "RESYNC": 300,
}
"""The durations of every day; the Lease's stay short."""


def test_three_replicas_come_up_with_an_ip_each(scene: Scene) -> None:
    scene.azure.change(start_latency=[1.0, 3.0])
    scene.start(**PATIENT)
    scene.kubectl.apply(service("web", 3))
    scene.kubectl.text("wait", "--for=condition=Ready", "acis/web", "--timeout=90s")
    scene.check("web", 3)
    assert len(scene.requests("containerGroups/write")) == 3
    assert len(scene.requests("containerGroups/read")) <= 1.05 * 3 + 2
    assert scene.requests("containerGroups/delete") == []
    assert {each["operation"] for each in scene.arm_writes()} == {"containerGroups/write"}
    scene.check_log()


def watch_it_rest(scene: Scene, seconds: float) -> None:
    """Nothing is written, for so long, from when the last Event was posted."""
    mark = scene.audit.now()
    arm = len(scene.arm_writes())
    until = time.monotonic() + seconds
    wait_until(
        lambda: time.monotonic() >= until or bool(scene.writes(mark)), "the end of the watch", seconds=seconds + 5
    )
    assert scene.writes(mark) == []
    assert len(scene.arm_writes()) == arm


def settle(scene: Scene) -> None:
    """Wait until the last words are said."""
    scene.wait_ready("web")
    scene.wait(lambda: "Ready" in scene.reasons("AciService", "web"), "the Event that says so")
    for group in scene.object_names():
        scene.wait(lambda name=group: "Running" in scene.reasons("AciContainerGroup", name), "its Event")  # type: ignore[misc]


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_at_rest_nothing_is_written_nor_after_a_restart(scene: Scene, seconds: int) -> None:
    check_rest(scene, seconds)


def check_rest(scene: Scene, seconds: int) -> None:
    """At rest it looks once a second at all there is, and finds nothing to write."""
    scene.start(HEALTH_TURN=1, RESYNC=1)
    scene.kubectl.apply(service("web", 3))
    settle(scene)
    watch_it_rest(scene, seconds)
    assert scene.audit.writes(0, user="system:serviceaccount:aci-operator:aci-operator")  # it would show
    mark, arm = scene.audit.now(), len(scene.arm_writes())
    scene.operator.stop()
    scene.operator.start_again()
    read = len(scene.requests("containerGroups/read"))
    scene.wait(lambda: len(scene.requests("containerGroups/read")) >= read + 3, "a look at every group")
    watch_it_rest(scene, seconds)
    assert scene.writes(mark) == []
    assert len(scene.arm_writes()) == arm
    scene.check("web", 3)


def test_scaling_gives_the_right_count_and_no_name_twice(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    before = 3
    for wanted in (10, 2, 0, 1):
        scene.azure.reset_peak()
        scene.kubectl.text("scale", "acis/web", f"--replicas={wanted}")
        scene.wait_ready("web")
        scene.wait(lambda count=wanted: len(scene.groups("web")) == count, f"{wanted} groups")  # type: ignore[misc]
        scene.wait(lambda count=wanted: len(scene.object_names()) == count, f"{wanted} objects")  # type: ignore[misc]
        scene.check("web", wanted)
        assert scene.peak("web") <= max(wanted + 1, before)
        before = wanted
    assert set(scene.puts().values()) == {1}
    assert len(scene.puts()) == 3 + 7 + 1


@pytest.mark.soak
def test_what_disappears_ends_or_is_deleted_is_replaced(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    removed, killed, deleted = sorted(scene.group_names("web"))
    scene.azure.remove(removed)
    scene.azure.kill(killed)
    scene.kubectl.text("delete", "acg", deleted)
    scene.wait(lambda: not scene.object_names() & {removed, killed, deleted}, "the end of the three")
    scene.wait(lambda: len(scene.group_names("web") - {removed, killed, deleted}) == 3, "three others")
    scene.check("web", 3)
    assert scene.peak("web") <= 4
    assert set(scene.puts().values()) == {1}


@pytest.mark.soak
def test_a_new_image_is_rolled_out_and_the_end_leaves_nothing(scene: Scene) -> None:
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    image = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "example.azurecr.io/web:2"}]
    scene.kubectl("patch", "acis", "web", "--type=json", "--patch", str(image).replace("'", '"'))
    scene.wait_ready("web")
    scene.wait(lambda: len(scene.groups("web")) == 3, "the end of the old ones")
    assert {group["image"] for group in scene.groups("web")} == {"example.azurecr.io/web:2"}
    assert scene.peak("web") <= 4
    scene.kubectl.text("delete", "acis", "web", "--timeout=60s")
    scene.check_nothing_left()
    assert set(scene.puts().values()) == {1}
    scene.check_log()
