"""Which revision is wanted, which one serves, and which stored ones go."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Progress
from aci_operator.core.revision import Revision
from aci_operator.core.service.actions import DropRevision, StoreRevision

from tests.unit.core.builders import failed, replica, revision
from tests.unit.core.plans import V1, V2, V3, born, decide, some, status


def test_a_revision_is_stored_before_it_is_used_and_only_once() -> None:
    assert isinstance(decide([], revisions=()).actions[0], StoreRevision)
    assert not any(isinstance(action, StoreRevision) for action in decide([], revisions=[V1]).actions)


@pytest.mark.parametrize(("present", "number"), [([], 1), ([V1, revision("v2", 7)], 8)], ids=["first", "next"])
def test_the_number_of_a_new_revision_is_the_next_one(present: list[Revision], number: int) -> None:
    stored = decide(some(1, 2, 3), 3, "v3", revisions=present).actions[0]
    assert isinstance(stored, StoreRevision)
    assert stored.revision.number == number


def test_one_of_one_is_all_of_a_rollout_and_none_of_none_proves_nothing() -> None:
    assert decide(some(2, image="v2"), 1, "v2").status.current_revision == V2.name
    assert decide([], 0, "v2").status.current_revision == V1.name


@pytest.mark.parametrize(
    ("served", "state", "current", "grows_by"),
    [
        pytest.param(V1.name, State.RUNNING, V1, ["v1", "v2"], id="by the status"),
        pytest.param(None, State.RUNNING, V1, ["v1", "v2"], id="by now"),
        pytest.param(None, State.CREATING, V2, ["v2", "v2"], id="never"),
    ],
)
def test_growth_is_of_the_first_template_when_it_has_served(
    served: str | None, state: State, current: Revision, grows_by: list[str]
) -> None:
    before = status(update_revision=V1.name, served_revision=served, progress=Progress(revision=V1.name))
    decided = decide(some(1, 2, state=state), 3, "v2", before=before)
    assert decided.status.current_revision == current.name
    assert born(decided) == grows_by, "one more, and one for the surge"


def test_what_began_to_serve_after_the_next_template_was_wanted_is_what_served_before() -> None:
    begun = status("v2", update_revision=V2.name, progress=Progress(revision=V2.name))
    decided = decide([*some(1, 2), replica(3, state=State.LOST)], 3, "v2", before=begun, paused=True)
    assert decided.status.current_revision == V1.name
    assert born(decided) == ["v1"]


@pytest.mark.parametrize(
    ("group", "served"),
    [
        pytest.param(replica(1, state=State.CREATING), None, id="it starts"),
        pytest.param(failed(1), None, id="it has failed"),
        pytest.param(replica(1), V1.name, id="it serves"),
        pytest.param(failed(1, at_=-100, lived=60), V1.name, id="it has served"),
        pytest.param(replica(1, state=State.SUCCEEDED, proven=False), V1.name, id="it has done its work"),
    ],
)
def test_the_first_revision_has_served_when_the_first_replica_shows_what_it_is_worth(
    group: ContainerGroup, served: str | None
) -> None:
    assert decide([group], before=status(current_revision=None)).status.served_revision == served


@pytest.mark.parametrize(
    ("told", "served"),
    [
        pytest.param({"update_revision": V1.name}, False, id="nothing shows it"),
        pytest.param({"update_revision": V1.name, "progress": Progress(revision=V1.name)}, False, id="none has yet"),
        pytest.param(
            {"update_revision": V1.name, "progress": Progress(revision=V1.name, available=1)}, True, id="one has"
        ),
        pytest.param(
            {"update_revision": V1.name, "progress": Progress(revision=V1.name, complete=True)}, True, id="all had"
        ),
        pytest.param({"update_revision": V1.name, "established_replicas": 1}, True, id="one had"),
        pytest.param({"update_revision": V2.name}, True, id="another one followed it"),
    ],
)
def test_a_status_of_before_shows_whether_its_current_revision_has_served(told: dict[str, Any], served: bool) -> None:
    decided = decide([], 3, "v3", before=status(**told), paused=True)
    assert decided.status.served_revision == (V1.name if served else None)
    assert born(decided) == (["v1"] * 3 if served else [])


def test_when_what_served_is_stored_no_longer_it_is_what_serves_now() -> None:
    decided = decide(some(4, 5, image="v2"), 3, "v3", before=status(), revisions=[V2, V3], paused=True)
    assert (decided.status.current_revision, born(decided)) == (V2.name, ["v2"])


def test_paused_on_the_way_back_a_recreate_knows_what_was_rolled_out_last_for_as_long_as_it_is() -> None:
    """V2 was rolled out, then V3 was wanted; of that one came up, and falters."""
    before = status("v2", update_revision=V3.name, established_replicas=1)
    seen = []
    for _ in range(3):
        there = some(4, image="v3", ready=False, proven=True)
        decided = decide(there, 2, "v2", before=before, paused=True, strategy={"type": "Recreate"})
        before = decided.status
        seen.append(before.current_revision)
    assert seen == [V2.name] * 3


def test_ten_revisions_are_kept_beyond_those_in_use() -> None:
    history = [revision(f"old-{number}", number) for number in range(1, 14)]
    in_use = history[0]
    groups = [*some(1, 2, 3), replica(4, "old-1", ending=True)]
    decided = decide(groups, 3, "v1", revisions=[*history, revision("v1", 20)])
    dropped = [action.revision.number for action in decided.actions if isinstance(action, DropRevision)]
    assert dropped == [2, 3]
    assert in_use.number not in dropped


def test_what_was_wanted_before_is_remembered_and_kept_longest() -> None:
    first = decide(some(1, 2, 3), 3, "v2", before=status("v1", update_revision=V1.name)).status
    assert first.previous_revision == V1.name
    done = decide(some(4, 5, 6, image="v2"), 3, "v2", before=first, revisionHistoryLimit=1)
    assert done.status.previous_revision == V1.name
    assert [it.revision for it in done.actions if isinstance(it, DropRevision)] == [V3], (
        "though it was used first later"
    )


def test_the_revision_that_served_is_not_dropped_while_the_canary_starts() -> None:
    history = [V1, *(revision(f"old-{number}", number) for number in range(2, 14)), revision("v2", 20)]
    decided = decide([], 3, "v2", revisions=history)
    assert V1 not in [action.revision for action in decided.actions if isinstance(action, DropRevision)]


@pytest.mark.parametrize(("limit", "kept"), [(0, 0), (1, 1), (10, 2)])
def test_so_many_old_revisions_are_kept(limit: int, kept: int) -> None:
    old = [revision("v2", 2), revision("v3", 3)]
    decided = decide(some(1, 2, 3), 3, revisions=[revision("v1"), *old], revisionHistoryLimit=limit)
    dropped = [action for action in decided.actions if type(action).__name__ == "DropRevision"]
    assert len(dropped) == len(old) - kept
