"""Whose group is it? No write goes to one that is not ours by its tags."""

import pytest
from aci_operator.api import keys
from aci_operator.core.ownership import (
    Owner,
    group_tags,
    orphaned,
    owner,
    revision_of_tags,
    taken_over,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import CLUSTER, T0, UID, group, ours, predecessor

FORBIDDEN = set("<>%&\\?/")
names = st.sampled_from([keys.TAG_CLUSTER, keys.TAG_NAMESPACE, keys.TAG_NAME, keys.TAG_UID, "x"])
values = st.sampled_from(["", CLUSTER, "team-a", "llm-1-abcdefgh", UID, "other"])


@pytest.mark.parametrize(
    ("tags", "whose"),
    [
        pytest.param(ours(), Owner.OURS, id="ours"),
        pytest.param({**ours(), "added": "by a policy"}, Owner.OURS, id="a policy added one"),
        pytest.param({keys.TAG_CLUSTER: CLUSTER, keys.TAG_UID: UID}, Owner.OURS, id="cluster and uid are enough"),
        pytest.param(predecessor(), Owner.PREDECESSOR, id="restored"),
        pytest.param({**predecessor(), keys.TAG_CLUSTER: "other"}, Owner.FOREIGN, id="another cluster's"),
        pytest.param({**predecessor(), keys.TAG_NAMESPACE: "other"}, Owner.FOREIGN, id="another namespace's"),
        pytest.param({**predecessor(), keys.TAG_NAME: "other"}, Owner.FOREIGN, id="another object's"),
        pytest.param({**predecessor(), keys.TAG_UID: ""}, Owner.FOREIGN, id="empty uid"),
        pytest.param({k: v for k, v in ours().items() if k != keys.TAG_UID}, Owner.FOREIGN, id="no uid"),
        pytest.param({k: v for k, v in ours().items() if k != keys.TAG_CLUSTER}, Owner.FOREIGN, id="no cluster"),
        pytest.param({}, Owner.FOREIGN, id="no tags"),
        pytest.param({keys.TAG_CLUSTER: CLUSTER.upper(), keys.TAG_UID: UID}, Owner.FOREIGN, id="values mind case"),
    ],
)
def test_whose_it_is(tags: dict[str, str], whose: Owner) -> None:
    assert owner(tags, group(), CLUSTER) is whose


@given(st.dictionaries(names, values))
def test_nothing_is_ours_without_this_clusters_id_and_this_objects_uid(tags: dict[str, str]) -> None:
    if owner(tags, group(), CLUSTER) is Owner.OURS:
        assert (tags[keys.TAG_CLUSTER], tags[keys.TAG_UID]) == (CLUSTER, UID)


@given(st.dictionaries(names, values))
def test_an_operator_without_a_cluster_id_owns_nothing(tags: dict[str, str]) -> None:
    assert owner(tags, group(), "") is Owner.FOREIGN


def test_what_is_put_carries_all_that_proves_it() -> None:
    labels = {keys.LABEL_SERVICE: "llm", keys.LABEL_REVISION: "llm-abc"}
    assert group_tags(group(labels=labels, tags={"cost-centre": "42"}), CLUSTER, T0) == {
        "cost-centre": "42",
        "acioperator.dev_cluster": CLUSTER,
        "acioperator.dev_namespace": "team-a",
        "acioperator.dev_name": "llm-1-abcdefgh",
        "acioperator.dev_uid": UID,
        "acioperator.dev_created": "2026-01-01T12:00:00Z",
        "acioperator.dev_service": "llm",
        "acioperator.dev_revision": "v1:llm-abc",
    }


def test_a_users_tag_never_replaces_one_of_ours() -> None:
    assert group_tags(group(tags={keys.TAG_UID: "forged"}), CLUSTER, T0)[keys.TAG_UID] == UID


def test_the_names_of_our_tags_are_such_as_azure_takes() -> None:
    assert not FORBIDDEN & set("".join(ours()))


def test_taking_over_changes_the_uid_alone() -> None:
    before = {**predecessor(), "added": "by a policy"}
    after = taken_over(before, group())
    assert owner(after, group(), CLUSTER) is Owner.OURS
    assert {name for name in after if after[name] != before.get(name)} == {keys.TAG_UID}


def test_an_orphan_keeps_the_users_tags_and_says_where_it_came_from() -> None:
    assert orphaned({**ours(), "cost-centre": "42"}, group()) == {
        "cost-centre": "42",
        keys.TAG_ORPHANED_FROM: "team-a_llm-1-abcdefgh",
    }


@pytest.mark.parametrize(
    ("tag", "revision"), [("v1:llm-abc", "llm-abc"), ("v2:llm-abc", ""), ("llm-abc", ""), ("", ""), ("v1:", "")]
)
def test_a_revision_of_another_kind_of_hash_is_not_understood(tag: str, revision: str) -> None:
    assert revision_of_tags({keys.TAG_REVISION: tag}) == revision


def test_a_group_without_the_tag_of_a_revision_is_of_none() -> None:
    assert revision_of_tags({}) == ""
