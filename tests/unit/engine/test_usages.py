"""What Azure says is used of its quotas is a hint: it saves refused creates, and holds nothing up."""

import asyncio

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.errors import AzureError, Forbidden, Throttled, Unavailable
from aci_operator.core.usage import GROUPS, Usage
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Key
from aci_operator.engine.reads import Reads
from aci_operator.engine.usages import AGAIN, FAILED, LASTS, PATIENCE, Usages

from tests.unit.core.builders import SUBSCRIPTION, group
from tests.unit.engine.fakes import Azure, now

GROUP, NEXT = group(), Key("team-a", "next")


class Region:
    """One region, and who creates in it."""

    def __init__(self, used: float, limit: float) -> None:
        self.azure = Azure(usages=[Usage(GROUPS, used, limit)])
        self.reads = Reads(self.azure, Pauses(now))
        self.usages = Usages(self.reads, now)

    def begin(self, number: int) -> None:
        self.usages.begin(Key("team-a", f"g{number}"), GROUP.spec)

    def end(self, number: int, *, refused: bool = False) -> None:
        key = Key("team-a", f"g{number}")
        (self.usages.unused if refused else self.usages.end)(key, GROUP.spec)

    async def create(self, number: int, *, refused: bool = False) -> None:
        self.begin(number)
        await asyncio.sleep(0.1)
        self.end(number, refused=refused)

    def told(self, subject: ContainerGroup = GROUP) -> str | None:
        shortage = self.usages.shortage(NEXT, subject.spec, now())
        return None if shortage is None else shortage.message


async def test_nothing_is_read_and_nothing_held_before_something_is_sent() -> None:
    region = Region(100, 100)
    assert region.told() is None
    await asyncio.sleep(3600)
    assert region.azure.asked_usages == []


async def test_the_first_create_makes_known_what_fits() -> None:
    region = Region(100, 100)
    await region.create(1, refused=True)
    assert region.azure.asked_usages == [(SUBSCRIPTION, "westeurope")]
    shortage = region.usages.shortage(NEXT, GROUP.spec, now())
    assert shortage is not None
    assert (shortage.reason, shortage.zone) == (Reason.QUOTA_EXCEEDED, None)
    assert shortage.message == "100 of 100 container groups in westeurope are used"


async def test_creates_since_the_answer_count() -> None:
    region = Region(96, 100)
    for number in range(1, 4):
        await region.create(number)
        assert region.told() is None
    region.begin(4)
    assert region.told() == "100 of 100 container groups in westeurope are used", "also while it is under way"
    region.end(4, refused=True)
    assert region.told() is None, "one that was refused takes nothing"


async def test_a_create_is_not_in_its_own_way() -> None:
    region = Region(99, 100)
    await region.create(1)
    assert region.told() is not None
    assert region.usages.shortage(Key("team-a", "g1"), GROUP.spec, now()) is None


async def test_creates_that_the_answer_counts_are_not_counted_twice() -> None:
    region = Region(0, 10)
    for number in range(8):
        await region.create(number)
    region.azure.usages = [Usage(GROUPS, 9, 10)]
    await asyncio.sleep(AGAIN.total_seconds())
    await region.create(9)
    assert region.told() == "10 of 10 container groups in westeurope are used"


async def test_an_answer_is_believed_in_for_a_short_time() -> None:
    region = Region(100, 100)
    await region.create(1, refused=True)
    await asyncio.sleep(LASTS.total_seconds() - 1)
    assert region.told() is not None
    await asyncio.sleep(1)
    assert region.told() is None, "a create may find out whether it is still so"


async def test_after_that_one_create_goes_whatever_is_read_meanwhile() -> None:
    region = Region(100, 100)
    await region.create(1, refused=True)
    assert region.told() is not None
    await asyncio.sleep(LASTS.total_seconds())
    assert not await region.usages.settled(GROUP.spec)
    assert region.told() is None
    region.begin(2)
    assert await region.usages.settled(GROUP.spec), "those after it wait for the answer"
    assert region.told() is not None


async def test_what_ended_makes_the_answer_doubtful() -> None:
    region = Region(100, 100)
    await region.create(1, refused=True)
    region.usages.freed(SUBSCRIPTION.upper(), "westeurope")
    assert region.told() is None


async def test_a_region_is_read_seldom_and_each_by_itself() -> None:
    region = Region(0, 1000)
    for number in range(100):
        await region.create(number)
    assert len(region.azure.asked_usages) == 1
    north = group(location="northeurope")
    region.usages.begin(Key("team-a", "n"), north.spec)
    await asyncio.sleep(0.1)
    assert [location for _, location in region.azure.asked_usages] == ["westeurope", "northeurope"]
    assert region.told(north) is None


async def test_what_azure_says_of_its_next_answer_goes_before_the_time_after_a_failure() -> None:
    region = Region(100, 100)
    region.azure.errors["list_usages"].append(Throttled(retry_after=60))
    await region.create(1)
    await asyncio.sleep(65)
    await region.create(2)
    assert len(region.azure.asked_usages) == 2


async def test_what_was_created_is_not_forgotten_since_a_read_of_groups_was_throttled() -> None:
    region = Region(97, 100)
    for number in range(3):
        await region.create(number)
    region.azure.errors["list_subscription"].append(Throttled(retry_after=60))
    with pytest.raises(Throttled):
        await region.reads.list_subscription(SUBSCRIPTION)
    await asyncio.sleep(31)
    assert not await region.usages.settled(GROUP.spec), "nothing was asked"
    assert len(region.azure.asked_usages) == 1
    assert region.told() == "100 of 100 container groups in westeurope are used"


@pytest.mark.parametrize("error", [Forbidden(), Unavailable(), Throttled(retry_after=3600)])
async def test_a_failure_holds_nothing_up_and_is_not_asked_for_again_soon(error: AzureError) -> None:
    region = Region(100, 100)
    region.azure.errors["list_usages"].append(error)
    await region.create(1)
    await asyncio.sleep(FAILED.total_seconds() - 10)
    await region.create(2)
    assert region.told() is None
    assert len(region.azure.asked_usages) == 1
    await asyncio.sleep(20)
    await region.create(3)
    assert len(region.azure.asked_usages) == (1 if isinstance(error, Throttled) else 2)


@pytest.mark.parametrize(("used", "waits"), [(100, True), (91, True), (50, False)])
async def test_near_the_end_of_a_quota_a_create_waits_for_a_fresh_answer(used: float, waits: bool) -> None:
    region = Region(used, 100)
    await region.create(1)
    await asyncio.sleep(600)
    assert await region.usages.settled(GROUP.spec) is waits
    assert len(region.azure.asked_usages) == (2 if waits else 1)
    assert not await region.usages.settled(GROUP.spec), "it is fresh"


async def test_a_slow_answer_is_waited_for_briefly() -> None:
    region = Region(100, 100)
    await region.create(1)
    await asyncio.sleep(600)
    region.azure.seconds = 300
    before = now()
    assert not await region.usages.settled(GROUP.spec)
    assert (now() - before).total_seconds() == pytest.approx(PATIENCE, abs=0.01)
    await region.usages.close()


async def test_the_used_part_is_known_for_metrics() -> None:
    region = Region(98, 100)
    await region.create(1)
    assert region.usages.ratios() == {(SUBSCRIPTION, "westeurope", GROUPS): 0.98}


async def test_reading_ends_with_the_engine() -> None:
    region = Region(100, 100)
    region.begin(1)
    await region.usages.close()
    await asyncio.sleep(1)
    assert region.told() is None
