"""A round of the collector: how many may go, what is told of it, where it looks, and that it fails alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Act, Reason
from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import (
    AnswerLost,
    ApiForbidden,
    ApiUnavailable,
    AzureError,
    ClusterError,
    Forbidden,
    ObjectGone,
    Remaining,
    ResourceGroupNotFound,
    SubscriptionNotFound,
    Throttled,
    Unauthenticated,
    Unavailable,
)
from aci_operator.engine.ports import Key

from tests.unit.core.builders import SUBSCRIPTION, cloud, group, replica, service, tags_of
from tests.unit.engine.fakes import now
from tests.unit.engine.rounds import Rounds, leftover

OTHER = "abcdef00-2222-2222-2222-222222222222"

# --- How many


@pytest.mark.parametrize(("count", "deleted"), [(5, 5), (6, 0), (40, 0)])
async def test_too_many_at_once_ask_for_a_persons_word(
    count: int, deleted: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A reinstalled CRD or a restored cluster must not cost a fleet of more than that."""
    scene = Rounds(*(leftover(number) for number in range(count)))
    assert len(await scene.rounds(2)) == deleted
    asked = [notice for notice in scene.cluster.notices if notice.reason is Reason.ORPHANS_HELD_BACK]
    assert ["gc --confirm" in caplog.text, bool(asked), scene.telemetry.rounds[-1][1] > 0] == [deleted == 0] * 3
    assert all(notice.about is None and notice.warning and "gc --confirm" in notice.message for notice in asked)
    assert scene.telemetry.rounds == [(count, 0), (count, 0 if deleted else count)]


async def test_a_tenth_of_a_large_fleet_may_go() -> None:
    scene = Rounds(*(leftover(number) for number in range(8)))
    for number in range(80):
        living = group(name=f"web-{number}", uid=f"uid-{number}")
        scene.cluster.put(living)
        seen = cloud(tags_of(living), name=living.metadata.name)
        scene.azure.groups[seen.ref] = seen
    assert len(await scene.rounds(2)) == 8


# --- What is told


async def test_what_a_round_deletes_is_one_event_about_the_operator() -> None:
    scene = Rounds(*(leftover(number) for number in range(5)))
    await scene.rounds(2)
    [notice] = scene.cluster.notices
    assert (notice.about, notice.reason) == (None, Reason.COLLECTED_GROUP)
    assert notice.message.startswith("deleted 5 container groups in Azure whose objects no longer exist (NoObject): ")
    assert scene.telemetry.acts == Counter({(Act.COLLECT, Reason.NO_OBJECT): 5})


async def test_what_was_deleted_before_azure_asked_to_wait_is_told() -> None:
    scene = Rounds(*(leftover(number) for number in range(3)))
    await scene.rounds(1)
    delete, ended = scene.azure.delete, list[str]()

    async def failing(ref: GroupRef) -> Remaining:
        if ended:
            raise Throttled(retry_after=60)
        ended.append(ref.name)
        return await delete(ref)

    scene.azure.delete = failing  # type: ignore[method-assign]
    with pytest.raises(Throttled):
        await scene.collector.round()
    [notice] = scene.cluster.notices
    assert notice.message.endswith(f"(NoObject): {ended[0]}")


# --- Where it looks


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


@pytest.mark.parametrize(
    "error",
    [
        Forbidden(),
        SubscriptionNotFound(),
        ResourceGroupNotFound(),
        Unauthenticated("InvalidAuthenticationTokenTenant"),
        Unavailable(),
    ],
)
async def test_a_place_that_cannot_be_looked_at_does_not_hide_the_others(
    error: AzureError, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever may write a service can name the subscription of another tenant, to which Azure answers 401."""
    scene = Rounds(leftover())
    scene.cluster.put(service(0, meta_name="web", subscriptionId=OTHER))
    whole, part = scene.azure.list_subscription, scene.azure.list

    async def list_subscription(subscription_id: str) -> Sequence[CloudGroup]:
        if subscription_id == OTHER:
            raise Forbidden if isinstance(error, ResourceGroupNotFound) else error
        return await whole(subscription_id)

    async def in_scope(scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        if scope.subscription_id == OTHER:
            raise error
        return await part(scope)

    scene.azure.list_subscription = list_subscription  # type: ignore[method-assign]
    scene.azure.list = in_scope  # type: ignore[method-assign]
    assert await scene.rounds(2) == ["llm-1-leftover"]
    told = 0 if isinstance(error, ResourceGroupNotFound) else 2
    assert caplog.text.count("left out of this round of garbage collection") == told, "once in each round"


async def test_where_a_list_fails_what_was_seen_there_counts_no_longer() -> None:
    elsewhere = replace(leftover(), ref=GroupRef(ResourceGroupRef.of(OTHER, "ai-services"), "llm-1-leftover"))
    scene = Rounds(elsewhere)
    scene.cluster.put(service(0, meta_name="web", subscriptionId=OTHER))
    assert await scene.rounds(1) == []
    whole = scene.azure.list_subscription

    async def list_subscription(subscription_id: str) -> Sequence[CloudGroup]:
        if subscription_id == OTHER:
            raise Unavailable
        return await whole(subscription_id)

    scene.azure.list_subscription = list_subscription  # type: ignore[method-assign]
    assert await scene.rounds(1) == []
    scene.azure.list_subscription = whole  # type: ignore[method-assign]
    assert await scene.rounds(1) == [], "seen for the first time again"
    assert await scene.rounds(1) == ["llm-1-leftover"]


async def test_nothing_is_listed_before_azure_answers_reads_again() -> None:
    scene = Rounds(leftover())
    scene.azure.errors["get"].append(Throttled(retry_after=900))
    with pytest.raises(Throttled):
        await scene.reads.get(cloud().ref)
    with pytest.raises(Throttled):
        await scene.collector.round()
    assert (scene.azure.count("list_subscription"), scene.azure.count("list")) == (0, 0)
    await asyncio.sleep(900)
    assert await scene.rounds(2) == ["llm-1-leftover"]


async def test_subscriptions_that_only_services_name_are_looked_at_too() -> None:
    scene = Rounds()
    scene.cluster.put(service(subscriptionId=OTHER.upper()), replica(1))
    await scene.collector.round()
    looked = [name for verb, name in scene.azure.calls if verb == "list_subscription"]
    assert looked == [SUBSCRIPTION, OTHER]


# --- What it cannot know or do


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


async def test_a_list_that_fails_deletes_nothing_and_its_round_counts_as_none() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    scene.azure.errors["list_subscription"].append(Unavailable())
    with pytest.raises(Unavailable):
        await scene.collector.round()
    assert scene.azure.count("delete") == 0
    await asyncio.sleep(600)
    assert await scene.rounds(1) == []
    assert await scene.rounds(1) == ["llm-1-leftover"]


async def test_an_orphan_that_cannot_be_deleted_keeps_no_other_from_going(caplog: pytest.LogCaptureFixture) -> None:
    """One with a lock of its own on it is the first of each round, for ever."""
    scene = Rounds(leftover(1), leftover(2), leftover(3))
    delete = scene.azure.delete

    async def locked(ref: GroupRef) -> Remaining:
        if ref.name == "llm-1-leftover":
            raise Forbidden("ScopeLocked", "there is a lock")
        return await delete(ref)

    scene.azure.delete = locked  # type: ignore[method-assign]
    assert await scene.rounds(3) == ["llm-2-leftover", "llm-3-leftover"]
    assert "llm-1-leftover without an object could not be deleted: ScopeLocked: there is a lock" in caplog.text


@pytest.mark.parametrize("error", [ApiForbidden("not in this namespace"), ObjectGone("no such kind")])
async def test_one_whose_object_cannot_be_asked_for_keeps_no_other_from_going(
    error: ClusterError, caplog: pytest.LogCaptureFixture
) -> None:
    """Its tags may name a namespace that an authorisation webhook keeps to itself."""
    scene = Rounds(leftover(1), leftover(2))
    fetch = scene.cluster.fetch_group

    async def refusing(key: Key) -> ContainerGroup | None:
        if key.name == "llm-1-leftover":
            raise error
        return await fetch(key)

    scene.cluster.fetch_group = refusing  # type: ignore[method-assign]
    assert await scene.rounds(2) == ["llm-2-leftover"]
    assert f"llm-1-leftover is left alone, it is not known whether it has an object: {error}" in caplog.text


@pytest.mark.parametrize("verb", ["fetch_group", "fetch_service"])
async def test_one_whose_object_cannot_be_asked_for_any_more_is_left_alone(verb: str) -> None:
    scene = Rounds(leftover())
    [claim] = await scene.collector.orphans()
    scene.cluster.errors[verb].append(ApiForbidden("not in this namespace"))
    assert not await scene.collector.delete(claim)
    assert scene.azure.count("delete") == 0


async def test_a_kind_that_goes_during_a_round_ends_it() -> None:
    scene = Rounds(leftover(1), leftover(2))
    await scene.rounds(1)
    fetch = scene.cluster.fetch_group

    async def missing(key: Key) -> ContainerGroup | None:
        assert key.name == "llm-1-leftover"
        scene.cluster.fetch_group = fetch  # type: ignore[method-assign]
        scene.cluster.whole = False
        raise ObjectGone("no such kind")

    scene.cluster.fetch_group = missing  # type: ignore[method-assign]
    assert await scene.rounds(1) == []
    scene.cluster.whole = True
    assert await scene.rounds(1) == [], "what was seen before no longer counts"
    assert await scene.rounds(1) == ["llm-1-leftover", "llm-2-leftover"]


async def test_an_api_server_that_does_not_answer_deletes_nothing() -> None:
    scene = Rounds(leftover())
    await scene.rounds(1)
    scene.cluster.errors["fetch_group"].append(ApiUnavailable())
    with pytest.raises(ClusterError):
        await scene.collector.round()
    assert scene.azure.count("delete") == 0


async def test_a_delete_that_is_under_way_at_the_end_counts() -> None:
    scene = Rounds(leftover())
    budget = scene.around.budgets.of("delete", leftover().ref.scope.subscription_id, "westeurope")
    before = budget.left(now())
    [claim] = await scene.collector.orphans()
    scene.azure.seconds = 3600
    running = asyncio.ensure_future(scene.collector.delete(claim))
    await asyncio.sleep(4000)
    assert scene.azure.count("delete") == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert budget.left(now()) != before


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
