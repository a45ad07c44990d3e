"""Rare looks that the tables of the policies have no row for; with these, every branch of the core is taken."""

from dataclasses import replace
from datetime import datetime

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ConditionType, ObjectMeta
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.body import body
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import find
from aci_operator.core.group.drift import TAGS_PAUSE
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.observation import Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import PutBackTags, PutGroup, ReadGroup
from aci_operator.core.ownership import mended
from aci_operator.core.service.actions import DeleteGroup, DropRevision, Plan, ReleaseGroup
from aci_operator.core.service.adoption import unclaimed
from aci_operator.core.service.explain import explained
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan as plan_service
from aci_operator.core.service.status import own, refused_status, selector
from aci_operator.core.shape import shape
from aci_operator.core.shortage import Size, late
from aci_operator.core.story import Entry, Tell

from tests.unit.core.builders import (
    CLUSTER,
    IP,
    REQUESTED,
    RUNNING,
    T0,
    at,
    cloud,
    condition,
    fresh,
    group,
    holds,
    look,
    memory,
    ours,
    read,
    reason,
    replica,
    revision,
    service,
    tags_of,
    template,
)

# --- A container group


def test_a_zone_is_in_the_put() -> None:
    assert body(group(zone="2"), {})["zones"] == ["2"]


@pytest.mark.parametrize(("expected", "told"), [(1, False), (2, False), (2.1, True), (60, True)])
def test_a_delete_says_that_it_waits_only_when_that_takes_long(expected: float, told: bool) -> None:
    turn = Turn(at(1), at(expected))
    step = plan(look(group(RUNNING, deleting=True), memory(read=read(0, cloud())), turn=turn))
    assert (step.effect, reason(step.status) == "WaitingForBudget") == (None, told)


def changed() -> CloudGroup:
    """Return the group with another image, as somebody made it in Azure."""
    return replace(cloud(), shape=shape(body(group(template=template("another:2")), {})))


def test_what_somebody_has_changed_is_told_once() -> None:
    step = plan(look(group(RUNNING), memory(read=read(0, changed()))))
    assert holds(step.status, ConditionType.DRIFTED)
    message = condition(step.status, ConditionType.DRIFTED).message
    assert message == "changed in Azure: template.containers[api].image"
    assert step.news == (Tell(Reason.DRIFTED, message, warning=True),)
    again = plan(look(group(step.status), memory(read=read(0, changed()))))
    assert (again.news, again.status) == ((), step.status)


def test_what_cannot_be_sent_cannot_differ() -> None:
    senseless = group(RUNNING, template=template(args=["x"]))
    step = plan(look(senseless, memory(read=read(0, changed()))))
    assert find(step.status.conditions, ConditionType.DRIFTED) is None


MOVED = Tell(Reason.IP_CHANGED, f"its IP changed from {IP} to 20.9.9.9")
BACK = Tell(
    Reason.TAGS_RESTORED,
    "put back tags that it had lost in Azure (Drifted)",
    entry=Entry(Act.REPLACE_TAGS, Reason.DRIFTED),
)


@pytest.mark.parametrize(
    ("read_at", "tried_at", "may_write", "effect", "tell"),
    [
        pytest.param(0, None, True, PutBackTags(ours()), (BACK,), id="a fresh read"),
        pytest.param(-11, None, True, ReadGroup(), (), id="an old read"),
        pytest.param(0, None, False, None, (), id="no right to write"),
        pytest.param(0, at(-TAGS_PAUSE + 1), True, None, (), id="tried just before"),
        pytest.param(0, at(-TAGS_PAUSE), True, PutBackTags(ours()), (BACK,), id="tried long ago"),
    ],
)
def test_tags_are_put_back_after_a_fresh_read_and_not_again_and_again(
    read_at: float, tried_at: datetime | None, may_write: bool, effect: object, tell: tuple[Tell, ...]
) -> None:
    lost = {name: value for name, value in ours().items() if name != keys.TAG_NAME}
    recalled = memory(read=read(read_at, cloud(lost, ip="20.9.9.9")), retagged_at=tried_at)
    step = plan(look(group(RUNNING), recalled, may_write=may_write))
    assert (step.effect, step.tell) == (effect, tell)
    assert (step.news, step.status.ip) == ((MOVED,), "20.9.9.9"), "whatever comes of the tags"


def test_without_a_read_the_ghost_window_is_not_over() -> None:
    assert not look(group(REQUESTED), memory(), now=at(100)).ghost_over
    assert look(group(), memory(), now=at(100)).ghost_until is None


def test_what_the_api_server_refuses_is_said_first() -> None:
    step = plan(look(group(finalizers=()), fresh(), refused="no right to patch"))
    assert (reason(step.status), holds(step.status, ConditionType.STALLED)) == ("KubernetesForbidden", True)
    assert not isinstance(step.effect, PutGroup)


def test_of_an_object_without_a_time_no_tags_are_put_back() -> None:
    timeless = group().model_copy(update={"metadata": ObjectMeta(name="llm-1-abcdefgh")})
    assert mended({}, timeless, CLUSTER) is None


# --- A service


def test_unclaimed_is_what_carries_our_tags_and_has_no_object() -> None:
    mine = tags_of(replica(1))
    named = {**mine, keys.TAG_NAME: "llm-1-abcdefgh"}
    groups = [cloud(named), cloud({**named, keys.TAG_CLUSTER: "another"}), cloud({**named, keys.TAG_NAME: "other"})]
    assert unclaimed(groups, service(), CLUSTER, {"llm-2-abcdefgh"}.__contains__) == groups[:1]
    assert unclaimed(groups, service(), CLUSTER, {"llm-1-abcdefgh"}.__contains__) == []


def test_what_somebody_has_taken_the_uid_of_is_not_taken_over() -> None:
    named = {**tags_of(replica(1)), keys.TAG_NAME: "llm-1-abcdefgh"}
    without = {tag: value for tag, value in named.items() if tag != keys.TAG_UID}
    for tags in (without, {**named, keys.TAG_UID: ""}):
        assert unclaimed([replace(cloud(named), tags=tags)], service(), CLUSTER, lambda _: False) == []


@pytest.mark.parametrize("stalled", [False, True])
@pytest.mark.parametrize(("until", "after"), [(7, 7), (0, 0.1), (-7, 0.1)])
def test_a_service_that_cannot_look_at_its_past_says_why(stalled: bool, until: float, after: float) -> None:
    obstacle = Trouble(Reason.FORBIDDEN, "a right is missing", at(until), stalled=stalled)
    decided = plan_service(Observation(service(), [], [], T0, heritage=None, obstacle=obstacle))
    assert (reason(decided.status), decided.after) == ("Forbidden", after)
    assert holds(decided.status, ConditionType.STALLED) is stalled


def test_a_status_out_of_a_backup_is_not_a_services_own() -> None:
    kept = ServiceStatus(serial=4, selector=selector(service()))
    assert own(service(status=kept)).status == kept
    assert own(service(status=kept, meta_uid="another")).status == ServiceStatus()


def test_a_refusal_counts_what_is_there() -> None:
    status = ServiceStatus(update_revision=revision("v2").name, serial=9)
    groups = [replica(1), replica(2, "v2"), replica(3, ending=True)]
    told = refused_status(Observation(service(status=status), [*groups, replica(4)], [], T0), "forbidden")
    assert (told.replicas, told.updated_replicas, told.ready_replicas, told.serial) == (3, 1, 3, 9)
    assert reason(told) == "KubernetesForbidden"


def test_a_group_of_no_size_has_the_size_0() -> None:
    senseless = template(resources={"requests": {"cpu": "1", "memory": "1500M"}})
    spec = group(template=senseless).spec.template
    container = spec.containers[0]
    requests = container.resources.requests.model_copy(update={"cpu": "much"})
    resources = container.resources.model_copy(update={"requests": requests})
    spec = spec.model_copy(update={"containers": (container.model_copy(update={"resources": resources}),)})
    assert Size.of(spec) == Size(0, 0)


def test_a_group_that_azure_took_and_could_not_place_tells_of_a_shortage() -> None:
    failed = replica(1, state=State.FAILED).status
    assert late(group().spec, RUNNING) is None
    assert late(group().spec, failed) is None
    short = [entry.model_copy(update={"reason": Reason.NO_CAPACITY.value}) for entry in failed.conditions]
    told = late(group().spec, failed.model_copy(update={"conditions": tuple(short)}))
    assert told is not None
    assert (told.reason, told.location) == (Reason.NO_CAPACITY, "westeurope")


def test_what_is_taken_away_is_explained() -> None:
    taken = (DropRevision(revision()), ReleaseGroup(replica(1)))
    subject = service(meta_finalizers=("a/b", keys.FINALIZER))
    lines = explained(subject, Plan(ServiceStatus(), 0, taken, finalizers=("a/b",)))
    assert lines == [
        f"- finalizer {keys.FINALIZER}",
        f"- revision {revision().name}: revisionHistoryLimit",
        "~ let go of llm-1-abcdefgh",
    ]


def test_a_reason_that_needs_no_more_words_is_all_that_is_said() -> None:
    taken = (DeleteGroup(replica(1), Reason.REQUESTED),)
    assert explained(service(), Plan(ServiceStatus(), 0, taken)) == ["- replica llm-1-abcdefgh: Requested"]
