"""What is counted as hit has had an effect: what was only planted is none."""

from collections import Counter
from unittest.mock import patch

import pytest
from aci_emulator.variants import Variants
from aci_emulator.wire import Request, Response

from tests.campaign import outages
from tests.campaign.effects import shown, told
from tests.campaign.happenings import HAPPENINGS
from tests.campaign.runs import perform
from tests.campaign.variants import consulted
from tests.model import samples
from tests.simulation.operators import RealOperator
from tests.simulation.virtual import on_virtual_time
from tests.simulation.world import World

SHORTAGES = ("no quota", "no capacity", "budget spent", "starts fail")


def hits(scenario: str, what: str, at: float = 0.1) -> int:
    outcome = perform(f"happening | {scenario} | {what} | {at}")
    assert not outcome.failure, outcome.failure
    return outcome.hits[f"happening: {what}"]


@pytest.mark.parametrize("what", ["events dropped", "events twice"])
def test_a_happening_that_touches_no_event_is_no_hit(what: str) -> None:
    never = outages.ways(drop=lambda _: lambda _: False, repeat=lambda _: lambda _: False)
    with patch.dict(HAPPENINGS, {what: never}):
        assert not hits("create", what)


@pytest.mark.parametrize("what", SHORTAGES)
def test_a_shortage_counts_where_a_group_is_made(what: str) -> None:
    assert not hits("to 0", what)
    assert hits("change of the template", what)


def test_a_late_delete_counts_where_a_group_is_deleted() -> None:
    assert not hits("create", "late delete")
    assert hits("change of the template", "late delete")


def test_reads_that_lag_count_where_something_has_changed() -> None:
    assert not hits("minReadySeconds handed down", "reads lag")
    assert hits("create", "reads lag")


@pytest.mark.parametrize(("tags", "path", "seen"), [("theirs", "s", 1), ("ours", "s", 0), ("theirs", "other", 0)])
def test_a_group_that_somebody_took_counts_where_an_operator_is_shown_it(tags: str, path: str, seen: int) -> None:
    async def look() -> int:
        world = World(RealOperator, seed=1)
        scope = f"/subscriptions/{samples.SUBSCRIPTION}/resourcegroups/{samples.RESOURCE_GROUP}/providers"
        key = f"{scope}/microsoft.containerinstance/containergroups/s".lower()
        place = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}
        world.portal.place(name="s", tags={"of": "theirs"}, **place)
        effect = told(world, shown(key, directly=False))
        answer = Response.of(200, {"value": [{"id": key.removesuffix("s") + path, "tags": {"of": tags}}]})
        for listen in world.on_answer:
            listen(Request("GET", "https://management.azure.com"), answer)
        await world.close()
        return effect()

    assert on_virtual_time(look()) == seen


def test_a_variant_counts_when_it_is_looked_at() -> None:
    seen = Counter[str]()
    variants = Variants()
    with consulted(seen):
        assert not seen
        assert variants.list_order == "creation"
    assert variants.gpu == "no-quota"
    assert seen == {"variant: list_order=creation": 1}
