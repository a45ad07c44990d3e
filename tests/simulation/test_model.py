"""What the model can do to its clients: faults, and the ways of a watch."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aci_operator.core.errors import ApiForbidden, ApiUnavailable, Conflict
from aci_operator.kube.api import SERVICES, EventType, KindMissing, Manifest

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.model.process import Process
from tests.model.server import ApiServer, Client
from tests.model.user import User
from tests.model.watch import Watch

S = Place(SERVICES, "default", "s")


class Seen:
    """What a watch told: the type and replicas of each event."""

    def __init__(self) -> None:
        self.server = ApiServer(seed=1)
        self.user = User(self.server)
        self.events: list[tuple[EventType | None, int]] = []
        self.watch = Watch(self.server, self.server.client("watcher"), SERVICES, self._observed)

    def _observed(self, event: EventType | None, manifest: Manifest) -> None:
        self.events.append((event, manifest["spec"]["replicas"]))

    def scale(self, replicas: int) -> None:
        self.user.patch(S, {"spec": {"replicas": replicas}})

    async def run(self, story: Callable[[], Awaitable[None]]) -> list[tuple[EventType | None, int]]:
        self.user.apply(samples.service("s"))
        task = asyncio.ensure_future(self.watch.run())
        await asyncio.sleep(1)
        await story()
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait({task})
        return self.events


async def write(client: Client) -> Manifest:
    return await client.create(SERVICES, samples.service("s"))


@pytest.mark.parametrize(
    ("mode", "error", "effect"),
    [
        (Mode.FAIL, ApiUnavailable, False),
        (Mode.LOSE, ApiUnavailable, True),
        (Mode.CONFLICT, Conflict, False),
        (Mode.FORBID, ApiForbidden, False),
    ],
)
async def test_write_faults(mode: Mode, error: type[Exception], *, effect: bool) -> None:
    server = ApiServer()
    fault = server.plant(Fault(mode, verbs=frozenset({"create"}), client="a"))
    with pytest.raises(error):
        await write(server.client("a"))
    assert (S in server.objects.everything()) is effect
    assert fault.hits == 1
    assert [(call.client, call.verb) for call in server.record.writes("a")] == [("a", "create")]
    assert server.record.writes("b") == []


async def test_a_fault_may_skip_and_repeat() -> None:
    server = ApiServer()
    server.plant(Fault(Mode.FAIL, verbs=frozenset({"list"}), skip=1, times=2))
    client = server.client("a")
    outcomes = await asyncio.gather(*(client.list(SERVICES) for _ in range(4)), return_exceptions=True)
    assert [isinstance(outcome, ApiUnavailable) for outcome in outcomes] == [False, True, True, False]


async def test_a_held_write_outlives_its_process() -> None:
    server = ApiServer()
    process = Process("a")
    fault = server.plant(Fault(Mode.HOLD_BEFORE))
    process.run(write(server.client(process)))
    await fault.reached.wait()
    await process.kill()
    assert S not in server.objects.everything()
    fault.release()
    await asyncio.sleep(1)
    assert S in server.objects.everything()


async def test_a_call_ends_by_a_timeout() -> None:
    server = ApiServer()
    server.plant(Fault(Mode.HOLD_AFTER))
    with pytest.raises(ApiUnavailable):
        await write(server.client("a"))
    assert S in server.objects.everything()


async def test_a_watch_tells_everything() -> None:
    seen = Seen()

    async def story() -> None:
        seen.scale(2)
        seen.user.delete(S)

    assert await seen.run(story) == [(None, 1), ("MODIFIED", 2), ("DELETED", 2)]


async def test_events_get_lost_or_come_twice() -> None:
    seen = Seen()
    seen.watch.ways.drop = lambda change: change.manifest["spec"]["replicas"] == 2
    seen.watch.ways.repeat = lambda change: change.manifest["spec"]["replicas"] == 3

    async def story() -> None:
        seen.scale(2)
        seen.scale(3)

    assert await seen.run(story) == [(None, 1), ("MODIFIED", 3), ("MODIFIED", 3)]


async def test_what_disappears_while_the_watch_is_cut_is_never_told() -> None:
    seen = Seen()

    async def story() -> None:
        seen.watch.cut(5.0)
        seen.user.apply(samples.service("other", replicas=7))
        seen.user.delete(S)
        await asyncio.sleep(6)

    assert await seen.run(story) == [(None, 1), (None, 7)]


async def test_time_travel() -> None:
    seen = Seen()

    async def story() -> None:
        past = seen.server.objects.version
        seen.scale(2)
        await asyncio.sleep(1)
        seen.watch.relist_from(past)
        seen.watch.replay(past)

    assert await seen.run(story) == [(None, 1), ("MODIFIED", 2), (None, 1), ("MODIFIED", 2)]


async def test_a_frozen_watch_is_silent_until_it_thaws() -> None:
    seen = Seen()

    async def story() -> None:
        seen.watch.freeze()
        seen.scale(2)
        await asyncio.sleep(60)
        assert seen.events == [(None, 1)]
        seen.watch.thaw()

    assert await seen.run(story) == [(None, 1), ("MODIFIED", 2)]


async def test_a_watch_ends_with_its_kind() -> None:
    seen = Seen()
    task = asyncio.ensure_future(seen.watch.run())
    await asyncio.sleep(1)
    seen.user.delete_crd(SERVICES)
    with pytest.raises(KindMissing):
        await task
