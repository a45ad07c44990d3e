"""The garbage collector: the last line, which leaves everything alone that it does not understand."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from aci_operator.api import keys
from aci_operator.api.reasons import Act, Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import (
    AnswerLost,
    ApiInvalid,
    ApiUnavailable,
    AzureError,
    ClusterError,
    Forbidden,
    Remaining,
    ResourceGroupNotFound,
    SubscriptionNotFound,
    Throttled,
    Unavailable,
)
from aci_operator.core.service.status import selector
from aci_operator.engine.collector import Collector
from aci_operator.engine.ports import Key

from tests.unit.core.builders import (
    RUNNING,
    SCOPE,
    SUBSCRIPTION,
    T0,
    cloud,
    foreign,
    group,
    replica,
    service,
    tags_of,
)
from tests.unit.engine.fakes import Scene, now, request

HOUR = 3600.0


def leftover(number: int = 1, *, age: float = HOUR, tags: Mapping[str, str] | None = None) -> CloudGroup:
    """A group whose object no longer exists."""
    name = f"llm-{number}-leftover"
    gone = group(name=name, uid=f"uid-of-{name}", labels={keys.LABEL_SERVICE: "llm"})
    created = (T0 - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return cloud({**tags_of(gone), keys.TAG_CREATED: created, **(tags or {})}, name=name)


def serving() -> Service:
    """A service that says of itself that it is available."""
    ready = judged((), Verdict.fine(Reason.AVAILABLE, "3 replicas serve"), 1, T0)[0]
    told = (ready.model_copy(update={"type": "Available"}),)
    return service(status=ServiceStatus(conditions=told, selector=selector(service())))


class Rounds(Scene):
    """A fleet of one that is well, and what is left over beside it."""

    def __init__(self, *left: CloudGroup) -> None:
        self.well = group(RUNNING)
        super().__init__(self.well)
        self.collector = Collector(self.around, interval=600, grace=300)
        for found in (cloud(), *left):
            self.azure.groups[found.ref] = found

    async def rounds(self, count: int = 2, pause: float = 600) -> list[str]:
        """Make rounds, and return the names of what was deleted."""
        names: list[str] = []
        for _ in range(count):
            names += [claim.name for claim in await self.collector.round()]
            await asyncio.sleep(pause)
        return names


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


@pytest.mark.parametrize(("count", "deleted"), [(5, 5), (6, 0), (40, 0)])
async def test_too_many_at_once_ask_for_a_persons_word(
    count: int, deleted: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A reinstalled CRD or a restored cluster must not cost a live fleet."""
    scene = Rounds(*(leftover(number) for number in range(count)))
    assert len(await scene.rounds(2)) == deleted
    asked = [notice for notice in scene.cluster.notices if notice.reason is Reason.ORPHANS_HELD_BACK]
    assert ["gc --confirm" in caplog.text, bool(asked), scene.telemetry.rounds[-1][1] > 0] == [deleted == 0] * 3
    assert all(notice.about is None and notice.warning and "gc --confirm" in notice.message for notice in asked)
    assert scene.telemetry.rounds == [(count, 0), (count, 0 if deleted else count)]


async def test_what_a_round_deletes_is_one_event_about_the_operator() -> None:
    scene = Rounds(*(leftover(number) for number in range(5)))
    await scene.rounds(2)
    [notice] = scene.cluster.notices
    assert (notice.about, notice.reason) == (None, Reason.COLLECTED_GROUP)
    assert notice.message.startswith("deleted 5 container groups in Azure whose objects no longer exist (NoObject): ")
    assert scene.telemetry.acts == Counter({(Act.COLLECT, Reason.NO_OBJECT): 5})


async def test_what_was_deleted_before_azure_failed_is_told() -> None:
    scene = Rounds(*(leftover(number) for number in range(3)))
    await scene.rounds(1)
    delete, ended = scene.azure.delete, list[str]()

    async def failing(ref: GroupRef) -> Remaining:
        if ended:
            raise Unavailable
        ended.append(ref.name)
        return await delete(ref)

    scene.azure.delete = failing  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await scene.collector.round()
    [notice] = scene.cluster.notices
    assert notice.message.endswith(f"(NoObject): {ended[0]}")


async def test_a_tenth_of_a_large_fleet_may_go() -> None:
    scene = Rounds(*(leftover(number) for number in range(8)))
    for number in range(80):
        living = group(name=f"web-{number}", uid=f"uid-{number}")
        scene.cluster.put(living)
        seen = cloud(tags_of(living), name=living.metadata.name)
        scene.azure.groups[seen.ref] = seen
    assert len(await scene.rounds(2)) == 8


@pytest.mark.parametrize("why", ["incomplete", "not leading"])
async def test_nothing_is_even_looked_at_while_the_cluster_is_not_known(why: str) -> None:
    scene = Rounds(leftover())
    assert await scene.rounds(1) == []
    looks = len(scene.azure.calls)
    scene.cluster.whole, scene.leadership.yes = why != "incomplete", why != "not leading"
    assert await scene.rounds(3) == []
    assert len(scene.azure.calls) == looks
    scene.cluster.whole = scene.leadership.yes = True
    assert await scene.rounds(1) == [], "what was seen before no longer counts"
    assert await scene.rounds(1) == ["llm-1-leftover"]


async def test_a_list_that_fails_deletes_nothing() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    scene.azure.errors["list_subscription"].append(Unavailable())
    with pytest.raises(Unavailable):
        await scene.collector.round()
    assert scene.azure.count("delete") == 0


async def test_an_api_server_that_does_not_answer_deletes_nothing() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    scene.cluster.errors["fetch_group"].append(ApiUnavailable())
    with pytest.raises(ClusterError):
        await scene.collector.round()
    assert scene.azure.count("delete") == 0


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


async def test_where_the_subscription_may_not_be_read_the_resource_groups_in_use_are() -> None:
    scene = Rounds(leftover())
    scene.azure.errors["list_subscription"] += [Forbidden(), Forbidden()]
    assert await scene.rounds(2) == ["llm-1-leftover"]


async def test_the_resource_groups_of_services_are_looked_at_when_the_subscription_may_not_be() -> None:
    """The last replica's object is gone by hand, and nothing else names the place."""
    scene = Rounds(leftover())
    scene.cluster.groups.clear()
    scene.azure.groups.pop(cloud().ref)
    scene.cluster.put(service(0, meta_name="web"))
    scene.azure.errors["list_subscription"] += [Forbidden(), Forbidden()]
    assert await scene.rounds(2) == ["llm-1-leftover"]


async def test_a_place_that_was_in_use_is_looked_at_later_too() -> None:
    scene = Rounds(leftover())
    scene.azure.errors["list_subscription"] += [Forbidden() for _ in range(3)]
    assert await scene.rounds(1) == []
    scene.cluster.groups.clear()
    scene.azure.groups.pop(cloud().ref)
    assert await scene.rounds(1) == ["llm-1-leftover"]


@pytest.mark.parametrize("error", [Forbidden(), SubscriptionNotFound(), ResourceGroupNotFound()])
async def test_a_place_that_cannot_be_looked_at_does_not_hide_the_others(error: AzureError) -> None:
    other = "00000000-2222-2222-2222-222222222222"
    scene = Rounds(leftover())
    scene.cluster.put(service(0, meta_name="web", subscriptionId=other))
    whole, part = scene.azure.list_subscription, scene.azure.list

    async def list_subscription(subscription_id: str) -> Sequence[CloudGroup]:
        if subscription_id == other:
            raise Forbidden if isinstance(error, ResourceGroupNotFound) else error
        return await whole(subscription_id)

    async def in_scope(scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        if scope.subscription_id == other:
            raise error
        return await part(scope)

    scene.azure.list_subscription = list_subscription  # type: ignore[method-assign]
    scene.azure.list = in_scope  # type: ignore[method-assign]
    assert await scene.rounds(2) == ["llm-1-leftover"]


async def test_subscriptions_that_only_services_name_are_looked_at_too() -> None:
    other = "22222222-2222-2222-2222-222222222222"
    scene = Rounds()
    scene.cluster.put(service(subscriptionId=other.upper()), replica(1))
    await scene.collector.round()
    looked = [name for verb, name in scene.azure.calls if verb == "list_subscription"]
    assert looked == [SUBSCRIPTION, other]


async def test_deletions_pass_the_budget() -> None:
    scene = Rounds(leftover(1), leftover(2))
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    await scene.rounds(1)
    budget.block(now() + timedelta(seconds=300))
    assert await scene.rounds(1) == []
    assert len(await scene.rounds(1)) == 2


async def test_a_throttled_delete_holds_all_others_of_the_budget_back() -> None:
    scene = Rounds(leftover(1), leftover(2))
    await scene.rounds(1)
    scene.azure.errors["delete"].append(Throttled(retry_after=120))
    with pytest.raises(Throttled):
        await scene.collector.round()
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    assert budget.take(request("team-a", "another"), now() + timedelta(seconds=100)) is not None
    assert budget.take(request("team-a", "another"), now() + timedelta(seconds=120)) is None


async def test_a_throttled_delete_holds_back_what_had_its_turn_already() -> None:
    """The loop of groups spends of the same budget: its answer comes while the orphan is looked at again."""
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    budget = scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope")
    deleting = asyncio.ensure_future(scene.collector.delete(claim, patient=True))
    await asyncio.sleep(scene.azure.seconds / 2)
    budget.block(now() + timedelta(seconds=120))
    await asyncio.sleep(100)
    assert scene.azure.count("delete") == 0
    assert await deleting


async def test_the_right_to_write_is_asked_for_before_each_delete() -> None:
    scene = Rounds(leftover(1), leftover(2))
    await scene.rounds(1)
    claims = await scene.collector.orphans()
    scene.leadership.yes = False
    assert [await scene.collector.delete(claim) for claim in claims] == [False, False]
    assert scene.azure.count("delete") == 0


async def test_a_person_waits_for_the_budget() -> None:
    """250 orphans, of which 100 may be deleted in five minutes."""
    scene = Rounds(*(leftover(number) for number in range(250)))
    claims = await scene.collector.orphans()
    began = now()
    assert [await scene.collector.delete(claim, patient=True) for claim in claims] == [True] * 250
    assert timedelta(minutes=10) <= now() - began < timedelta(minutes=12)
    assert set(scene.azure.groups) == {cloud().ref}


async def test_a_person_waits_when_azure_asks_for_it() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.azure.errors["delete"].append(Throttled(retry_after=120))
    began = now()
    assert await scene.collector.delete(claim, patient=True)
    assert now() - began >= timedelta(seconds=120)
    assert scene.azure.count("delete") == 2


async def test_what_got_its_object_back_during_the_wait_is_left_alone() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.around.budgets.of("delete", SUBSCRIPTION, "westeurope").block(now() + timedelta(seconds=300))
    deleting = asyncio.ensure_future(scene.collector.delete(claim, patient=True))
    await asyncio.sleep(200)
    scene.cluster.put(group(name="llm-1-leftover", uid="restored"))
    assert not await deleting
    assert claim.ref in scene.azure.groups


async def test_what_was_not_deleted_has_spent_nothing() -> None:
    scene = Rounds(leftover())
    (claim,) = await scene.collector.orphans()
    scene.azure.groups[claim.ref] = leftover(tags={keys.TAG_UID: "somebody-took-it-over"})
    for _ in range(150):
        assert not await scene.collector.delete(claim)
    scene.azure.groups[claim.ref] = leftover()
    assert await scene.collector.delete(claim)


async def test_a_mistake_in_one_round_does_not_end_the_rounds(caplog: pytest.LogCaptureFixture) -> None:
    scene = Rounds(leftover())
    scene.azure.errors["list_subscription"].append(KeyError("a mistake"))
    running = asyncio.ensure_future(scene.collector.run())
    await asyncio.sleep(600 * 4)
    assert not running.done()
    running.cancel()
    assert leftover().ref not in scene.azure.groups
    assert "a mistake" in caplog.text


async def test_an_error_of_one_round_does_not_end_the_rounds() -> None:
    scene = Rounds(leftover())
    scene.azure.errors["list_subscription"].append(Unavailable())
    scene.azure.errors["delete"].append(AnswerLost())
    running = asyncio.ensure_future(scene.collector.run())
    await asyncio.sleep(600 * 6)
    assert not running.done()
    running.cancel()
    assert leftover().ref not in scene.azure.groups
