"""SIGKILL of the operator at the worst moments. After its restart there is exactly what is wanted."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cluster.relay import Relay
from tests.cluster.scenes import Scene, service

GROUP = "/acicontainergroups/web-{serial}-[a-z0-9]+"
ANY = 0
"""In place of a serial: of whichever replica it is."""

Wait = Callable[[], object]


def filled(pattern: str, serial: int) -> str:
    return pattern.replace("{serial}", str(serial or "[0-9]+"))


def at_the_relay(method: str, path: str, body: str = "", *, after: bool = False, skip: int = 0) -> "Arm":
    """Stop a request to the API server."""

    def arm(_: Scene, relay: Relay, serial: int) -> Wait:
        stop = relay.stop(method, filled(path, serial), filled(body, serial), after=after, skip=skip)

        def reached() -> None:
            assert stop.reached.wait(60), "never came there"

        return reached

    return arm


def at_azure(kind: str, method: str, *, late: bool = False) -> "Arm":
    """Hold a request in Azure."""

    def arm(scene: Scene, _: Relay, serial: int) -> Wait:
        scene.azure.rule(kind, method=method, path=f"*/containerGroups/web-{serial or ''}*", late=late)
        return scene.wait_held

    return arm


Arm = Callable[[Scene, Relay, int], Wait]


@dataclass(frozen=True)
class Point:
    """A moment: how to stop the operator there, and whether it has to do with one replica."""

    name: str
    arm: Arm
    each: bool = True

    def __str__(self) -> str:
        return self.name


RISING = (
    Point("before-finalizer", at_the_relay("PATCH", "/aciservices/web$"), each=False),
    Point("after-finalizer", at_the_relay("PATCH", "/aciservices/web$", after=True), each=False),
    Point("after-revision", at_the_relay("POST", "/controllerrevisions", after=True), each=False),
    Point("after-serial", at_the_relay("PUT", "/aciservices/web/status", '"serial": ?[1-9]', after=True), each=False),
    Point("before-object", at_the_relay("POST", "/acicontainergroups$", '"web-{serial}-')),
    Point("after-object", at_the_relay("POST", "/acicontainergroups$", '"web-{serial}-', after=True)),
    Point("before-requested-at", at_the_relay("PUT", GROUP + "/status", "requestedAt")),
    Point("after-requested-at", at_the_relay("PUT", GROUP + "/status", "requestedAt", after=True)),
    Point("put-before-effect", at_azure("hold-before", "PUT")),
    Point("put-with-late-effect", at_azure("hold-before", "PUT", late=True)),
    Point("put-after-effect", at_azure("hold-after", "PUT")),
    Point("put-answered", at_the_relay("PUT", GROUP + "/status", "acceptedAt")),
    Point("before-ready", at_the_relay("PUT", GROUP + "/status", "readyAt")),
)
FALLING = (
    Point("delete-before-effect", at_azure("hold-before", "DELETE")),
    Point("delete-after-effect", at_azure("hold-after", "DELETE")),
    Point("before-finalizer-removal", at_the_relay("PATCH", GROUP + "$")),
    Point("after-finalizer-removal", at_the_relay("PATCH", GROUP + "$", after=True)),
    Point("before-last-finalizer-removal", at_the_relay("PATCH", "/aciservices/web$"), each=False),
)


NAMED = (
    "after-finalizer",
    "after-object",
    "put-before-effect",
    "put-with-late-effect",
    "put-after-effect",
    "put-answered",
    "delete-before-effect",
    "before-finalizer-removal",
)
"""Those that `make test` goes through; `make soak` takes all of them."""


def cases(points: tuple[Point, ...]) -> list[object]:
    """Each point at the first, the middle and the last replica."""
    return [
        pytest.param(point, serial, id=f"{point}-{serial}")
        for point in points
        for serial in ((1, 2, 3) if point.each else (1,))
    ]


def named(points: tuple[Point, ...], *wanted: str) -> list[Point]:
    return [point for point in points if point.name in wanted]


def test_killed_once_at_each_named_point(relayed: Scene, relay: Relay) -> None:
    scene = relayed
    scene.start()
    for replicas, point in enumerate(named(RISING, *NAMED), start=1):
        reached = point.arm(scene, relay, ANY)
        scene.kubectl.apply(service("web", replicas))
        reached()
        recover(scene)
        scene.check("web", replicas)
        assert scene.object_names() == scene.group_names()
        assert scene.peak("web") <= replicas + 1
    for place, point in enumerate(named(FALLING, *NAMED), start=1):
        reached = point.arm(scene, relay, ANY)
        scene.kubectl.apply(service("web", replicas - place))
        reached()
        recover(scene)
        scene.wait_count(replicas - place)
        scene.check("web", replicas - place)
    scene.check_log()


def recover(scene: Scene) -> None:
    """Kill the operator where it is, let Azure go on, and start it again."""
    scene.kill()
    scene.azure.clear()
    scene.operator.start_again()


@pytest.mark.soak
@pytest.mark.parametrize(("point", "serial"), cases(RISING))
def test_killed_on_the_way_up(relayed: Scene, relay: Relay, point: Point, serial: int) -> None:
    scene = relayed
    scene.start()
    reached = point.arm(scene, relay, serial)
    scene.kubectl.apply(service("web", 3))
    reached()
    recover(scene)
    scene.check("web", 3)
    assert scene.object_names() == scene.group_names()
    assert scene.peak("web") <= 4
    scene.check_log()


@pytest.mark.soak
@pytest.mark.parametrize(("point", "serial"), cases(FALLING))
def test_killed_on_the_way_down(relayed: Scene, relay: Relay, point: Point, serial: int) -> None:
    scene = relayed
    scene.start()
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    reached = point.arm(scene, relay, serial)
    scene.kubectl.text("delete", "acis", "web", "--wait=false")
    reached()
    recover(scene)
    scene.check_nothing_left()
    assert set(scene.puts().values()) == {1}
    scene.check_log()
