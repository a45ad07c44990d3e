"""The garbage collector: the last line, which leaves everything alone that it does not understand."""

import pytest
from aci_operator.api import keys
from aci_operator.api.reasons import Reason
from aci_operator.api.service import ServiceStatus
from aci_operator.core.cloud import CloudGroup, GroupRef
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import ApiInvalid
from aci_operator.core.service.status import selector
from aci_operator.engine.ports import Key

from tests.unit.core.builders import SCOPE, T0, cloud, foreign, group, service
from tests.unit.engine.rounds import Rounds, leftover, serving


async def test_a_group_without_an_object_is_deleted_in_the_second_round() -> None:
    scene = Rounds(leftover())
    assert await scene.rounds(1) == []
    assert await scene.rounds(1) == ["llm-1-leftover"]
    assert set(scene.azure.groups) == {GroupRef(SCOPE, scene.well.metadata.name)}


async def test_what_a_service_that_cannot_be_read_may_take_over_is_left_alone() -> None:
    scene = Rounds(leftover())
    scene.cluster.errors["fetch_service"] += [ApiInvalid("from the future") for _ in range(4)]
    assert await scene.rounds(3) == []


async def test_two_rounds_close_together_count_as_one() -> None:
    assert await Rounds(leftover()).rounds(5, pause=60) == []


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({keys.TAG_CREATED: "yesterday"}, id="unreadable age"),
        pytest.param({keys.TAG_CLUSTER: "another"}, id="another cluster"),
        pytest.param({keys.TAG_UID: ""}, id="no uid"),
    ],
)
async def test_what_is_not_understood_is_left_alone(tags: dict[str, str]) -> None:
    assert await Rounds(leftover(tags=tags)).rounds(4) == []


async def test_a_foreign_group_is_left_alone() -> None:
    assert await Rounds(cloud(foreign(), name="theirs")).rounds(4) == []


async def test_a_young_group_has_its_grace() -> None:
    scene = Rounds(leftover(age=-200))
    assert await scene.rounds(1, pause=100) == []
    assert await scene.rounds(1) == [], "it is 100 seconds old by now"
    assert await scene.rounds(2) == ["llm-1-leftover"]


async def test_an_object_that_the_store_does_not_show_yet_keeps_its_group() -> None:
    scene = Rounds(leftover())
    scene.cluster.unseen[Key("team-a", "llm-1-leftover")] = group(name="llm-1-leftover", uid="uid-of-llm-1-leftover")
    assert await scene.rounds(4) == []


async def test_a_restored_object_of_the_same_name_keeps_its_group() -> None:
    """It has another uid, and will take the group over."""
    scene = Rounds(leftover())
    assert await scene.rounds(1) == []
    scene.cluster.put(group(name="llm-1-leftover", uid="a-new-uid"))
    assert await scene.rounds(4) == []


async def test_an_object_that_cannot_be_read_keeps_its_group() -> None:
    scene = Rounds(leftover())
    scene.cluster.errors["fetch_group"] += [ApiInvalid("from the future") for _ in range(4)]
    assert await scene.rounds(4) == []


async def test_what_was_gone_in_between_starts_anew() -> None:
    scene = Rounds(leftover())
    assert await scene.rounds(1) == []
    key = Key("team-a", "llm-1-leftover")
    scene.cluster.unseen[key] = group(name="llm-1-leftover")
    assert await scene.rounds(1) == []
    del scene.cluster.unseen[key]
    assert await scene.rounds(1) == []
    assert await scene.rounds(1) == ["llm-1-leftover"]


@pytest.mark.parametrize(("available", "deleted"), [(False, []), (True, ["llm-1-leftover"])])
async def test_a_successor_of_the_service_is_served_first(available: bool, deleted: list[str]) -> None:
    scene = Rounds(leftover())
    scene.cluster.put(serving() if available else service())
    assert await scene.rounds(4) == deleted


async def test_what_a_backup_says_of_an_earlier_service_is_not_believed() -> None:
    """The restored service shows that it is available until its first pass; its predecessor was."""
    scene = Rounds(leftover())
    scene.cluster.put(serving().model_copy(update={"metadata": service(meta_uid="restored").metadata}))
    assert await scene.rounds(4) == []


async def test_a_service_that_was_made_since_the_list_keeps_what_it_may_take_over() -> None:
    """A person's `gc --confirm` lists once, and deletes for hours."""
    scene = Rounds(leftover())
    [claim] = await scene.collector.orphans()
    scene.cluster.unseen_services[Key("team-a", "llm")] = service()
    assert not await scene.collector.delete(claim)
    scene.cluster.unseen_services[Key("team-a", "llm")] = serving()
    assert await scene.collector.delete(claim)


async def test_the_tags_are_read_again_before_the_delete() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    taken = leftover(tags={keys.TAG_UID: "somebody-took-it-over"})
    shown = scene.azure.groups[taken.ref]

    async def list_subscription(subscription_id: str) -> list[CloudGroup]:
        assert subscription_id
        scene.azure.groups[taken.ref] = taken
        return [shown]

    scene.azure.list_subscription = list_subscription  # type: ignore[method-assign]
    assert await scene.rounds(1) == []
    assert taken.ref in scene.azure.groups


async def test_a_group_that_went_by_itself_is_no_trouble() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    shown = scene.azure.groups.pop(leftover().ref)

    async def list_subscription(subscription_id: str) -> list[CloudGroup]:
        assert subscription_id
        return [shown]

    scene.azure.list_subscription = list_subscription  # type: ignore[method-assign]
    assert await scene.rounds(1) == []
    assert scene.azure.count("delete") == 0


@pytest.mark.parametrize(("generation", "deleted"), [(1, ["llm-1-leftover"]), (0, [])], ids=["its spec", "another"])
async def test_a_successor_whose_replicas_have_completed_needs_nothing(generation: int, deleted: list[str]) -> None:
    told = judged((), Verdict.underway(Reason.COMPLETED, "3 completed"), generation, T0)
    done = ServiceStatus(conditions=told, selector=selector(service()), observed_generation=generation)
    scene = Rounds(leftover())
    scene.cluster.put(service(status=done))
    assert await scene.rounds(4) == deleted
