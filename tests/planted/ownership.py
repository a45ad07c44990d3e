"""Bugs 1 to 6: whose a container group is."""

from typing import Any

from aci_operator.api import keys
from aci_operator.core.group import verdict
from aci_operator.core.group.status import requested
from aci_operator.core.group.step import PutGroup, Step
from aci_operator.core.ownership import Owner

from tests.planted.bug import Bug, Plant
from tests.simulation import test_rows_foreign as foreign
from tests.simulation import test_safety as safety
from tests.simulation import test_scopes as scopes

LIFE, DEATH = "aci_operator.core.group.life", "aci_operator.core.group.deletion"
WATCH = "aci_operator.core.group.watch"


def by_cluster(tags: Any, _: object, cluster_id: str) -> Owner:
    return Owner.OURS if tags.get(keys.TAG_CLUSTER) == cluster_id else Owner.FOREIGN


def by_uid(tags: Any, group: Any, _: str) -> Owner:
    return Owner.OURS if tags.get(keys.TAG_UID) == group.metadata.uid else Owner.FOREIGN


def by_name(tags: Any, group: Any, _: str) -> Owner:
    return Owner.PREDECESSOR if tags.get(keys.TAG_NAME) == group.metadata.name else Owner.FOREIGN


def benevolent(original: Any, tags: Any, *rest: Any) -> Owner:
    readable = tags.get(keys.TAG_CLUSTER) and tags.get(keys.TAG_UID)
    return original(tags, *rest) if readable else Owner.OURS


def of_any_cluster(original: Any, group: Any, cluster_id: str) -> Any:
    claim = original(group, group.tags.get(keys.TAG_CLUSTER, ""))
    return claim if cluster_id else None


def put_again(o: Any) -> Step:
    return Step(requested(verdict.creating(o), o.now), PutGroup())


PLANTS = (
    Plant(
        Bug(1, "delete without a look at the tags", f"{DEATH}:owner", lambda *_: Owner.OURS),
        foreign.test_a_group_whose_tags_are_taken_off_is_left_alone_from_then_on,
        expects="P5",
    ),
    Plant(
        Bug(2, "tags checked without the uid", f"{DEATH}:owner", by_cluster),
        safety.test_a_group_of_another_uid_is_left_alone,
        expects="P5",
    ),
    Plant(
        Bug(3, "tags checked without the cluster's id", f"{DEATH}:owner", by_uid),
        scopes.test_a_group_that_another_cluster_has_taken_is_left_alone,
        expects="P5",
    ),
    Plant(
        Bug(3, "other clusters' groups collected", "aci_operator.core.garbage:_claim", of_any_cluster, wraps=True),
        scopes.test_the_collector_leaves_other_clusters_alone,
        expects="P5",
    ),
    Plant(
        Bug(4, "unreadable tags taken for ours, at the end", f"{DEATH}:owner", benevolent, wraps=True),
        foreign.test_a_group_whose_tags_are_taken_off_is_left_alone_from_then_on,
        expects="P5",
    ),
    Plant(
        Bug(4, "unreadable tags taken for ours, in life", f"{WATCH}:owner", benevolent, wraps=True),
        foreign.test_a_foreign_group_at_the_wanted_name_is_never_touched,
        {"tags": "none"},
        expects="P5",
    ),
    Plant(
        Bug(5, "second PUT without a GET", f"{LIFE}:_find_out", put_again),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="one PUT",
    ),
    Plant(
        Bug(6, "taken over by name", f"{WATCH}:owner", by_name),
        safety.test_a_group_of_another_cluster_is_not_taken_over,
        expects="P5",
    ),
)
