"""Which groups belong to nobody any more. What is not understood is not touched."""

from datetime import timedelta

import pytest
from aci_operator.api import keys
from aci_operator.core.garbage import allowance, fleet_size, suspects

from tests.unit.core.builders import CLUSTER, SCOPE, UID, at, cloud, ours

GRACE = timedelta(minutes=5)
LATER = at(3600)


def names(*uids: str, **changes: str) -> list[str]:
    seen = cloud({**ours(), **changes})
    return [claim.name for claim in suspects([seen], CLUSTER, uids, LATER, GRACE)]


def test_a_group_whose_object_is_not_there_is_suspect() -> None:
    claim = suspects([cloud({**ours(), keys.TAG_SERVICE: "llm"})], CLUSTER, ["another"], LATER, GRACE)[0]
    assert (claim.ref.scope, claim.namespace, claim.name, claim.uid, claim.service) == (
        SCOPE,
        "team-a",
        "llm-1-abcdefgh",
        UID,
        "llm",
    )


def test_a_group_whose_object_is_there_is_not() -> None:
    assert names(UID) == []


@pytest.mark.parametrize(
    "created", ["", "yesterday", "2026-01-01", "2026-01-01T12:00:00+00:00", "2026-13-01T12:00:00Z", "1767268800"]
)
def test_a_group_whose_age_cannot_be_read_is_not(created: str) -> None:
    assert names(**{keys.TAG_CREATED: created}) == []


@pytest.mark.parametrize("tag", [keys.TAG_CLUSTER, keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_UID, keys.TAG_CREATED])
def test_a_group_that_lacks_a_tag_is_not(tag: str) -> None:
    seen = cloud({name: value for name, value in ours().items() if name != tag})
    assert suspects([seen], CLUSTER, (), LATER, GRACE) == []


@pytest.mark.parametrize("name", ["a/b", ".", "..", "a b", "a?b", "a.b", "A", "-a", "a-", "a\n", "ä", "a" * 64])
@pytest.mark.parametrize("tag", [keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_SERVICE])
def test_a_group_whose_tags_can_name_no_object_is_not(tag: str, name: str) -> None:
    """Its path would be another one's, and a 404 there says that the whole kind is missing."""
    assert names(**{tag: name}) == []


@pytest.mark.parametrize("name", ["a", "1", "a-1", "a--b", "a" * 63])
@pytest.mark.parametrize("tag", [keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_SERVICE])
def test_a_group_whose_tags_can_name_an_object_is(tag: str, name: str) -> None:
    assert len(names(**{tag: name})) == 1


def test_a_group_of_another_cluster_is_not() -> None:
    assert names(**{keys.TAG_CLUSTER: "another"}) == []


def test_without_a_cluster_id_nothing_is() -> None:
    assert suspects([cloud({**ours(), keys.TAG_CLUSTER: ""})], "", (), LATER, GRACE) == []


@pytest.mark.parametrize(("age", "suspect"), [(-600, False), (0, False), (299, False), (300, True)])
def test_a_young_group_is_not_even_when_clocks_differ(age: float, suspect: bool) -> None:
    assert bool(suspects([cloud()], CLUSTER, (), at(age), GRACE)) is suspect


@pytest.mark.parametrize(("fleet", "allowed"), [(0, 5), (49, 5), (50, 5), (60, 6), (1000, 100)])
def test_a_round_may_take_a_tenth_of_the_fleet_or_five(fleet: int, allowed: int) -> None:
    assert allowance(fleet) == allowed


def test_the_fleet_is_what_carries_this_clusters_id() -> None:
    assert fleet_size([cloud(), cloud({}), cloud({keys.TAG_CLUSTER: "another"})], CLUSTER) == 1
