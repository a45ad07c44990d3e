"""The loop of container groups: one pass after the other over one object, against an Azure that does as it likes."""

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import GroupRef
from aci_operator.core.errors import Forbidden, Throttled, Unavailable
from aci_operator.engine.ports import Key

from tests.unit.core.builders import RUNNING, SCOPE, cloud, foreign, group, holds, predecessor, tags_of
from tests.unit.engine.scenes import KEY, REF, MakeScene, verbs


async def test_a_group_comes_up_with_one_put_and_one_get(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 20)
    assert verbs(scene) == ["put", "get"]
    shown = scene.cluster.groups[KEY].status
    assert (shown.state, shown.ip) == (State.RUNNING, "20.0.0.1")
    assert holds(shown, ConditionType.READY)


async def test_at_rest_it_costs_one_get_a_minute_two_lists_a_minute_and_no_write(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 60)
    reads, lists, writes = scene.azure.count("get"), scene.azure.count("list"), len(scene.cluster.writes)
    await scene.live(KEY, 3600)
    assert abs(scene.azure.count("get") - reads - 60) <= 1
    assert abs(scene.azure.count("list") - lists - 120) <= 2
    assert len(scene.cluster.writes) == writes
    assert scene.azure.count("put") == 1


async def test_a_restored_object_takes_its_running_group_over(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.azure.groups[REF] = cloud(predecessor())
    await scene.live(KEY, 20)
    assert (scene.azure.count("put"), scene.azure.count("replace_tags")) == (0, 1)
    assert scene.azure.groups[REF].tags[keys.TAG_UID] == group().metadata.uid
    assert holds(scene.cluster.groups[KEY].status, ConditionType.READY)


async def test_a_foreign_group_in_the_way_costs_no_writes_while_it_is_there(make_scene: MakeScene) -> None:
    scene = make_scene(group(), fresh=False)
    scene.azure.groups[REF] = cloud(foreign())
    await scene.live(KEY, 30)
    writes = len(scene.cluster.writes)
    assert holds(scene.cluster.groups[KEY].status, ConditionType.STALLED)
    await scene.live(KEY, 600)
    assert len(scene.cluster.writes) == writes
    assert set(verbs(scene)) == {"get"}


async def test_a_group_that_vanishes_is_lost_within_a_quiet_list_and_a_read(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 120)
    del scene.azure.groups[REF]
    await scene.live(KEY, 31)
    shown = scene.cluster.groups[KEY].status
    assert (shown.state, shown.ip) == (State.LOST, None)
    assert Key("team-a", "llm") not in scene.woken
    assert scene.azure.count("put") == 1


async def test_the_service_is_woken_when_its_replica_says_something_new(make_scene: MakeScene) -> None:
    scene = make_scene(group(labels={keys.LABEL_SERVICE: "llm"}))
    await scene.groups.reconcile(KEY)
    assert Key("team-a", "llm") in scene.woken


async def test_an_unreachable_azure_makes_a_running_group_no_worse(make_scene: MakeScene) -> None:
    scene = make_scene(group())
    await scene.live(KEY, 60)
    before = scene.cluster.groups[KEY].status
    scene.azure.errors["get"] += [Unavailable() for _ in range(1000)]
    scene.azure.errors["list"] += [Unavailable() for _ in range(1000)]
    calls = len(scene.azure.calls)
    await scene.live(KEY, 600)
    assert scene.cluster.groups[KEY].status == before
    assert len(scene.azure.calls) - calls < 60


async def test_a_throttled_read_holds_the_reads_of_others_back_and_says_nothing_of_them(make_scene: MakeScene) -> None:
    second = group(RUNNING, name="llm-2-abcdefgh", uid="uid-of-the-second")
    scene = make_scene(group(RUNNING), second, fresh=False)
    for it in (group(RUNNING), second):
        scene.azure.groups[GroupRef(SCOPE, it.metadata.name)] = cloud(tags_of(it), name=it.metadata.name)
    scene.azure.errors["get"].append(Throttled(retry_after=300))
    await scene.live(KEY, 70)
    await scene.live(Key("team-a", "llm-2-abcdefgh"), 200)
    assert scene.azure.count("get") == 1
    assert [it.status for it in scene.cluster.groups.values()] == [RUNNING, RUNNING]
    await scene.live(Key("team-a", "llm-2-abcdefgh"), 150)
    assert scene.azure.count("get") >= 2


@pytest.mark.parametrize(
    ("refusals", "restored"), [pytest.param([], True, id="done"), pytest.param([Forbidden()], False, id="a policy")]
)
async def test_tags_that_cannot_be_put_back_hide_no_news(
    make_scene: MakeScene, refusals: list[Exception], restored: bool
) -> None:
    subject = group(RUNNING, tags={"cost-centre": "42"})
    scene = make_scene(subject, fresh=False)
    tags = {name: value for name, value in tags_of(subject).items() if name != "cost-centre"}
    scene.azure.groups[REF] = cloud(tags, ip="20.9.9.9")
    scene.azure.errors["replace_tags"] += refusals
    await scene.live(KEY, 180)
    assert scene.cluster.groups[KEY].status.ip == "20.9.9.9"
    told = [notice.reason for notice in scene.cluster.notices]
    assert (told.count(Reason.IP_CHANGED), Reason.TAGS_RESTORED in told) == (1, restored)


async def test_a_name_that_is_used_again_elsewhere_leaves_nothing_that_is_listed_for_ever(
    make_scene: MakeScene,
) -> None:
    """Its finalizer is cleared by hand, and it is made again in another resource group, before the next pass."""
    scene = make_scene(group(uid="first", resourceGroup="old"))
    await scene.live(KEY, 10)
    scene.cluster.put(group(uid="second", resourceGroup="new", version="50"))
    await scene.live(KEY, 60)
    scene.azure.calls.clear()
    await scene.live(KEY, 300)
    assert {name for verb, name in scene.azure.calls if verb == "list"} == {"new"}
