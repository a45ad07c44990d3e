"""Events against the model of the API server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aci_operator.api.base import rfc3339
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.engine.ports import Notice
from aci_operator.kube.api import EVENTS, NAMESPACES
from aci_operator.kube.events import NOTE_LIMIT, Recorder

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.model.server import ApiServer
from tests.model.user import User

pytestmark = pytest.mark.looptime(end=5000)


@pytest.fixture
async def server() -> ApiServer:
    return ApiServer()


@pytest.fixture
async def recorder(server: ApiServer) -> AsyncIterator[Recorder]:
    recorder = Recorder(server.client("operator"), now=now, waiting=3, remembered=2)
    task = asyncio.ensure_future(recorder.run())
    yield recorder
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


def about(name: str = "llm", uid: str = "u1", namespace: str = "default") -> Service:
    manifest = samples.service(name, namespace)
    manifest["metadata"] |= {"uid": uid, "resourceVersion": "7"}
    return Service.model_validate(manifest)


def notice(message: str = "10 groups", **changes: Any) -> Notice:
    return Notice(**{"about": about(), "reason": Reason.SCALING, "message": message, **changes})


async def posted(server: ApiServer) -> list[dict[str, Any]]:
    await asyncio.sleep(60)
    return (await server.client("test").list(EVENTS)).items


async def test_an_event_says_what_about_which_object(server: ApiServer, recorder: Recorder) -> None:
    await recorder.notify(notice(warning=True))
    [event] = await posted(server)
    assert event["metadata"]["namespace"] == "default"
    assert event["metadata"]["name"].startswith("llm.")
    assert event["involvedObject"] == {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciService",
        "namespace": "default",
        "name": "llm",
        "uid": "u1",
        "resourceVersion": "7",
    }
    assert (event["reason"], event["message"], event["type"], event["count"]) == ("Scaling", "10 groups", "Warning", 1)
    assert event["reportingComponent"] == event["source"]["component"] == "aci-operator"


async def test_an_event_about_the_operator_is_about_its_lease(server: ApiServer) -> None:
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "namespace": "default", "name": "l", "uid": "u"}
    recorder = Recorder(server.client("operator"), now=now, itself=lambda: lease)
    task = asyncio.ensure_future(recorder.run())
    await recorder.notify(notice(about=None))
    [event] = await posted(server)
    task.cancel()
    await asyncio.wait({task})
    assert event["involvedObject"] == lease


async def test_one_about_the_operator_is_dropped_while_another_leads(server: ApiServer, recorder: Recorder) -> None:
    await recorder.notify(notice(about=None))
    assert await posted(server) == []


async def test_events_of_one_moment_are_shown_in_their_order(server: ApiServer, recorder: Recorder) -> None:
    for message in ("first", "second", "third"):
        await recorder.notify(notice(message))
    events = await posted(server)
    assert len({event["lastTimestamp"] for event in events}) == 1
    by_name = sorted(events, key=lambda event: str(event["metadata"]["name"]))
    assert [event["message"] for event in by_name] == ["first", "second", "third"]


async def test_an_event_that_waited_has_the_time_of_what_it_tells(server: ApiServer, recorder: Recorder) -> None:
    server.plant(Fault(Mode.FAIL, resource=EVENTS, times=3))
    told_at = now()
    await recorder.notify(notice())
    [event] = await posted(server)
    assert event["firstTimestamp"] == rfc3339(told_at)


async def test_equal_notices_are_counted(server: ApiServer, recorder: Recorder) -> None:
    for _ in range(3):
        await recorder.notify(notice())
    [first] = await posted(server)
    assert first["count"] == 3
    await recorder.notify(notice())
    [second] = await posted(server)
    assert second["count"] == 4
    assert second["firstTimestamp"] == first["firstTimestamp"] < second["lastTimestamp"]


async def test_an_equal_notice_after_other_news_is_an_event_of_its_own(server: ApiServer, recorder: Recorder) -> None:
    for message in ("3 of 3 replicas ready", "deleting 1", "3 of 3 replicas ready"):
        await recorder.notify(notice(message))
        await recorder.notify(notice("nothing", about=about(uid="u2")))
        await asyncio.sleep(100)
    counts = {(event["message"], event["count"]) for event in await posted(server)}
    assert counts == {("3 of 3 replicas ready", 1), ("deleting 1", 1), ("nothing", 3)}


async def test_two_that_alternate_quickly_are_two_events(server: ApiServer, recorder: Recorder) -> None:
    for _ in range(20):
        await recorder.notify(notice("there is room"))
        await recorder.notify(notice("there is none"))
        await asyncio.sleep(60)
    assert [event["count"] for event in await posted(server)] == [20, 20]


async def test_other_messages_reasons_and_objects_are_other_events(server: ApiServer, recorder: Recorder) -> None:
    others = [notice(), notice("5 groups"), notice(reason=Reason.HEALING), notice(about=about(uid="u2"))]
    for each in others:
        await recorder.notify(each)
        await asyncio.sleep(1)
    events = await posted(server)
    assert [event["count"] for event in events] == [1, 1, 1, 1]
    assert len({event["metadata"]["name"] for event in events}) == 4


async def test_only_so_many_are_remembered(server: ApiServer, recorder: Recorder) -> None:
    for message in ("a", "b", "c", "a"):
        await recorder.notify(notice(message))
        await asyncio.sleep(1)
    assert len(await posted(server)) == 4


async def test_an_expired_event_is_posted_anew(server: ApiServer, recorder: Recorder) -> None:
    await recorder.notify(notice())
    [event] = await posted(server)
    await server.client("test").delete(
        EVENTS, "default", event["metadata"]["name"], uid=event["metadata"]["uid"], resource_version=""
    )
    await recorder.notify(notice())
    [again] = await posted(server)
    assert again["count"] == 1


async def test_a_slow_api_server_holds_nobody_up_and_the_queue_is_bounded(
    server: ApiServer, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    fault = server.plant(Fault(Mode.HOLD_BEFORE, resource=EVENTS, times=1))
    await recorder.notify(notice("first"))
    await fault.reached.wait()
    before = asyncio.get_running_loop().time()
    for number in range(10):
        await recorder.notify(notice(f"{number}"))
    assert asyncio.get_running_loop().time() == before
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    fault.release()
    assert {event["message"] for event in await posted(server)} == {"first", "0", "1", "2"}


async def test_that_some_are_dropped_is_said_once_until_all_have_been_posted(
    server: ApiServer, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (server.plant(Fault(Mode.HOLD_BEFORE, resource=EVENTS, times=1)) for _ in range(2))
    for number in range(10):
        await recorder.notify(notice(f"{number}"))
    await first.reached.wait()
    first.release()
    await second.reached.wait()
    for number in range(10, 20):
        await recorder.notify(notice(f"{number}"))
    assert len(caplog.records) == 1, "there was room for two more, and not for the others"
    second.release()
    assert len(await posted(server)) == 5


async def test_an_api_server_that_is_away_for_a_moment_loses_none(server: ApiServer, recorder: Recorder) -> None:
    server.plant(Fault(Mode.FAIL, resource=EVENTS, times=3))
    await recorder.notify(notice())
    assert len(await posted(server)) == 1


@pytest.mark.parametrize("mode", [Mode.FAIL, Mode.FORBID, Mode.REFUSE, Mode.CONFLICT])
async def test_what_cannot_be_posted_is_dropped(server: ApiServer, recorder: Recorder, mode: Mode) -> None:
    fault = server.plant(Fault(mode, resource=EVENTS, times=None))
    await recorder.notify(notice("lost"))
    await asyncio.sleep(60)
    fault.times = 0
    await recorder.notify(notice("kept"))
    assert [event["message"] for event in await posted(server)] == ["kept"]


async def test_a_namespace_that_is_gone_or_going_is_no_matter(
    server: ApiServer, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    User(server).namespace("going")
    User(server).delete(Place(NAMESPACES, "", "going"))
    await recorder.notify(notice(about=about(namespace="going")))
    await recorder.notify(notice(about=about(namespace="never-was", uid="u2")))
    assert await posted(server) == []
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


async def test_a_long_note_is_cut_and_a_long_name_leaves_room(server: ApiServer, recorder: Recorder) -> None:
    await recorder.notify(notice("x" * 5000, about=about(name="n" * 253)))
    [event] = await posted(server)
    assert len(event["message"]) == NOTE_LIMIT
    assert len(event["metadata"]["name"]) == 253
