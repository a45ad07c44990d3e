"""What no plan of a container group may ever do, whatever it sees."""

from dataclasses import replace
from itertools import product
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason, State
from aci_operator.core.group.memory import Read, Trouble
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import (
    CreateResourceGroup,
    DeleteGroup,
    PutGroup,
    ReadGroup,
    RemoveFinalizer,
    ReplaceTags,
)
from aci_operator.core.ownership import Owner, owner
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried
from tests.unit.core.builders import (
    CLUSTER,
    IP,
    UID,
    at,
    cloud,
    condition,
    foreign,
    group,
    group_status,
    in_list,
    look,
    memory,
    ours,
    predecessor,
    starting,
)

WRITES: Final = (PutGroup, DeleteGroup, ReplaceTags, CreateResourceGroup)

# Made once: to draw an object is cheap, to make one is not.
TAGS: Final = [ours(), predecessor(), foreign(), {}, {keys.TAG_ORPHANED_FROM: "team-a_llm-1-abcdefgh"}]
MOMENTS: Final = [-400, -61, -60, -31, -30, -11, -10, -5, -1, 0, 5]
CLOUDS: Final = [
    cloud(tags, provisioning=provisioning, state=state, ip=ip)
    for tags, provisioning, state, ip in product(
        TAGS,
        ["Succeeded", "Failed", "Creating", ""],
        ["Running", "Stopped", "Failed", "Succeeded", ""],
        [IP, "20.9.9.9", ""],
    )
] + [starting(tags) for tags in TAGS]
STATUSES: Final = [
    group_status(state=state, requested=requested, accepted=accepted, ready_since=since, ready=ready, ip=ip).model_copy(
        update={"cluster_id": cluster_id}
    )
    for state, requested, accepted, (since, ready, ip), cluster_id in product(
        [None, *State],
        [None, -400, -20, 0],
        [None, -300, -10],
        [(None, False, None), (-200, False, None), (-200, True, IP)],
        [None, CLUSTER, "another"],
    )
]
GROUPS: Final = [
    group(
        deleting=deleting,
        finalizers=finalizers,
        annotations=annotations,
        generation=generation,
        deletionPolicy=policy,
        resourceGroupPolicy=resource_group,
    )
    for deleting, finalizers, annotations, generation, policy, resource_group in product(
        [False, True],
        [(keys.FINALIZER, "a/b"), (keys.FINALIZER,), ()],
        [{}, {keys.ANNOTATION_ABANDON: UID}],
        [1, 3],
        ["Delete", "Orphan"],
        ["MustExist", "CreateIfMissing"],
    )
]
TROUBLES: Final = [
    Trouble(
        why,
        "Azure said so",
        at(until),
        stalled=stalled,
        resource_group_missing=missing,
        denials=denials,
        write=write,
    )
    for (why, stalled, missing, denials), until, write in product(
        [
            (Reason.FORBIDDEN, True, False, 0),
            (Reason.AZURE_UNAVAILABLE, False, False, 0),
            (Reason.RESOURCE_GROUP_NOT_FOUND, True, True, 1),
            (Reason.RESOURCE_GROUP_NOT_FOUND, True, True, 2),
        ],
        [-5, 0, 20],
        [False, True],
    )
]

moments = st.sampled_from(MOMENTS).map(at)
clouds = st.sampled_from(CLOUDS)
reads = st.none() | st.builds(Read, moments, st.none() | clouds)
memories = st.builds(
    memory,
    read=reads,
    look_at=st.sampled_from([-60, 0, 60]),
    drawn=st.booleans(),
    unsent=st.booleans(),
    wrote_at=st.none() | moments,
    accepted_at=st.none() | moments,
    deleted_at=st.none() | moments,
    trouble=st.none() | st.sampled_from(TROUBLES),
)
lists = st.none() | st.builds(Listed, moments, st.none() | clouds.map(in_list))
groups, statuses, yes_or_no = st.sampled_from(GROUPS), st.sampled_from(STATUSES), st.booleans()
clocks = st.sampled_from([at(0), at(0.4)])
turns = st.none() | st.sampled_from([1, 60]).map(lambda seconds: Turn(at(seconds), at(seconds)))


@st.composite
def looks(draw: st.DrawFn) -> Observation:
    """Anything that can be seen of one group, likely or not."""
    subject = draw(groups).model_copy(update={"status": draw(statuses)})
    return look(
        subject,
        draw(memories),
        listed=draw(lists),
        turn=draw(turns),
        may_write=draw(yes_or_no),
        in_service=draw(yes_or_no),
        now=draw(clocks),
    )


AT_ONCE: Final = 0.1
"""The least pause: what is due is looked at again."""

many = tried(200)


@many
@given(looks())
def test_a_plan_without_an_effect_is_the_same_a_moment_later_and_writes_nothing(o: Observation) -> None:
    step = plan(o)
    recorded = o.memory.accepted_at is None or o.group.status.accepted_at is not None
    at_once = step.after is not None and step.after <= AT_ONCE  # with its new state a read may be due already
    if step.effect is not None or at_once or not recorded:  # that Azure has taken a PUT is a step of its own
        return
    again = plan(replace(o, group=o.group.model_copy(update={"status": step.status})))
    assert (again.effect, again.status) == (None, step.status)


@many
@given(looks())
def test_a_look_does_not_write_the_status_twice(o: Observation) -> None:
    step = plan(o)
    if isinstance(step.effect, ReadGroup):
        again = plan(replace(o, group=o.group.model_copy(update={"status": step.status})))
        assert (again.effect, again.status) == (step.effect, step.status)


@many
@given(looks())
def test_nothing_is_written_to_azure_without_the_right_to(o: Observation) -> None:
    assert not isinstance(plan(replace(o, may_write=False)).effect, WRITES)


@many
@given(looks())
def test_a_group_is_changed_or_deleted_only_when_a_fresh_read_shows_that_it_is_ours(o: Observation) -> None:
    effect = plan(o).effect
    if not isinstance(effect, DeleteGroup | ReplaceTags):
        return
    seen = o.memory.read
    assert seen is not None
    assert seen.group is not None
    assert o.age(seen.at) <= o.timing.fresh
    whose = owner(seen.group.tags, o.group, o.cluster_id)
    if isinstance(effect, ReplaceTags) and o.group.metadata.deletion_timestamp is None:
        assert whose is Owner.PREDECESSOR
        assert owner(effect.tags, o.group, o.cluster_id) is Owner.OURS
    else:
        assert whose is Owner.OURS


@many
@given(looks())
def test_a_group_is_deleted_only_when_its_object_is(o: Observation) -> None:
    if isinstance(plan(o).effect, DeleteGroup | RemoveFinalizer):
        assert o.group.metadata.deletion_timestamp is not None


@many
@given(looks())
def test_nothing_is_sent_while_anything_shows_a_group_of_that_name(o: Observation) -> None:
    if not isinstance(plan(o).effect, PutGroup):
        return
    assert o.listed is None or o.listed.group is None
    assert o.fresh_read is None or o.fresh_read.group is None
    assert o.group.metadata.deletion_timestamp is None
    assert o.group.status.accepted_at is None


@many
@given(looks())
def test_a_put_has_its_time_in_the_status(o: Observation) -> None:
    step = plan(o)
    if isinstance(step.effect, PutGroup):
        assert step.status.requested_at == o.now.replace(microsecond=0)
        assert step.status.cluster_id == o.cluster_id


@many
@given(looks())
def test_under_another_cluster_id_azure_is_not_written_to(o: Observation) -> None:
    if o.group.status.cluster_id not in {None, o.cluster_id}:
        assert not isinstance(plan(o).effect, WRITES)


@many
@given(looks())
def test_conditions_never_contradict_one_another(o: Observation) -> None:
    shown = plan(o).status
    if not shown.conditions:
        return
    ready, reconciling, stalled = (
        condition(shown, kind).status == "True"
        for kind in (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)
    )
    assert [ready, reconciling, stalled].count(True) == 1


@many
@given(looks())
def test_the_observed_generation_never_goes_back(o: Observation) -> None:
    shown = plan(o).status
    assert shown.observed_generation >= o.group.status.observed_generation
    assert shown.observed_generation <= o.group.metadata.generation


@many
@given(looks())
def test_an_ip_that_was_not_seen_is_not_shown(o: Observation) -> None:
    shown = plan(o).status
    assert shown.ip is None or shown == o.group.status or condition(shown, ConditionType.READY).status == "True"


@many
@given(looks())
def test_whoever_waits_does_not_spin(o: Observation) -> None:
    step = plan(o)
    if step.effect is None and step.after is not None:
        assert step.after >= 0.1


@many
@given(looks())
def test_what_azure_was_known_to_have_is_not_forgotten(o: Observation) -> None:
    before, after = o.group.status, plan(o).status
    assert before.accepted_at is None or after.accepted_at == before.accepted_at
    assert before.ready_at is None or after.ready_at == before.ready_at
    assert before.cluster_id is None or after.cluster_id == before.cluster_id
