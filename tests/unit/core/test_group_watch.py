"""When a group in Azure is read: what a LIST says differs from what is known, or its turn has come."""

from typing import Any

import pytest
from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import State
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.group.observation import Listed, Observation
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import ReadGroup

from tests.unit.core.builders import (
    CREATING,
    IP,
    REQUESTED,
    RUNNING,
    at,
    cloud,
    group,
    group_status,
    holds,
    in_list,
    look,
    memory,
    read,
    starting,
)

# --- Accepted, and then?


def test_an_accepted_put_is_written_down() -> None:
    recalled = memory(look_at=60, wrote_at=at(1), accepted_at=at(1))
    step = plan(look(group(REQUESTED), recalled, now=at(1)))
    assert (step.status.accepted_at, step.effect, step.soon, step.after) == (at(1), None, True, 59)


def accepted(listed: CloudGroup | None, began: float = 15, **more: Any) -> Observation:
    """A group that was accepted at 1 and not read since; a LIST says something of it."""
    status = group_status(state=State.CREATING, requested=0, accepted=1)
    recalled = memory(look_at=61, wrote_at=at(1), accepted_at=at(1))
    return look(group(status), recalled, listed=Listed(at(began), listed), now=at(began + 1), **more)


def test_while_the_list_says_that_it_is_being_made_nothing_is_asked() -> None:
    step = plan(accepted(in_list(starting())))
    assert (step.effect, step.soon, step.after) == (None, True, 45)


@pytest.mark.parametrize("provisioning", ["Succeeded", "Failed"])
def test_when_the_list_says_that_it_has_ended_one_get_confirms_it(provisioning: str) -> None:
    assert plan(accepted(in_list(cloud(provisioning=provisioning)))).effect == ReadGroup()


def test_without_any_news_from_lists_it_is_read_after_a_while() -> None:
    status = group_status(state=State.CREATING, requested=0, accepted=1)
    recalled = memory(look_at=61, wrote_at=at(1), accepted_at=at(1))
    assert plan(look(group(status), recalled, now=at(60.9))).effect is None
    assert plan(look(group(status), recalled, now=at(61))).effect == ReadGroup()


def test_a_list_without_it_calls_for_a_read() -> None:
    assert plan(accepted(None)).effect == ReadGroup()


def test_one_look_at_a_running_group_makes_it_ready_with_its_ip() -> None:
    step = plan(look(group(CREATING), memory(read=read(0, cloud())), now=at(0.4)))
    assert (step.status.state, step.status.ip, step.status.ready_at) == (State.RUNNING, IP, at(0))
    assert holds(step.status, ConditionType.READY)
    assert (step.effect, step.soon) == (None, False)


def test_a_list_that_is_older_than_the_read_brings_no_news() -> None:
    listed = Listed(at(-3), in_list(cloud()))
    step = plan(look(group(CREATING), memory(read=read(-2, starting())), listed=listed))
    assert (step.effect, step.status.state) == (None, State.CREATING)


# --- At rest


def test_a_converged_group_is_left_in_peace_until_its_health_turn() -> None:
    subject = group(plan(look(group(RUNNING), memory(read=read(0, cloud())))).status)
    quiet = Listed(at(30), in_list(cloud()))
    step = plan(look(subject, memory(read=read(0, cloud())), listed=quiet, now=at(31)))
    assert (step.effect, step.status, step.soon, step.after) == (None, subject.status, False, 29)


def test_the_health_turn_is_one_read() -> None:
    assert plan(look(group(RUNNING), memory(read=read(0, cloud())), now=at(60))).effect == ReadGroup(at_rest=True)


def test_after_a_restart_a_group_at_rest_waits_for_its_place_in_the_turn() -> None:
    step = plan(look(group(RUNNING), memory(look_at=37)))
    assert (step.effect, step.after, step.status) == (None, 37, RUNNING)


FALTERS = group_status(state=State.RUNNING, requested=-300, accepted=-300).model_copy(
    update={"ready_at": at(-240), "provisioning_state": "Succeeded"}
)
WITHOUT_IP = RUNNING.model_copy(update={"ip": None})


@pytest.mark.parametrize(
    ("status", "listed", "effect"),
    [
        pytest.param(RUNNING, cloud(), None, id="as it is known"),
        pytest.param(RUNNING, cloud(ip="20.9.9.9"), ReadGroup(), id="another IP"),
        pytest.param(RUNNING, cloud(provisioning="Failed"), ReadGroup(), id="failed"),
        pytest.param(RUNNING, cloud(provisioning="Updating"), None, id="Azure is at it"),
        pytest.param(WITHOUT_IP, cloud(ip=""), None, id="it has no IP, as is known"),
        pytest.param(FALTERS, cloud(), None, id="not ready: its IP is not shown"),
        pytest.param(CREATING, cloud(), ReadGroup(), id="it came up"),
    ],
)
def test_after_a_restart_a_list_calls_for_a_read_only_if_it_differs_from_the_status(
    status: GroupStatus, listed: CloudGroup, effect: ReadGroup | None
) -> None:
    step = plan(look(group(status), memory(look_at=37), listed=Listed(at(0), in_list(listed))))
    assert step.effect == effect


def test_a_list_that_says_what_the_read_said_calls_for_no_other() -> None:
    waits = cloud(ip="", containers=[CloudContainer("api", "Waiting")])
    listed = Listed(at(1), in_list(waits))
    assert plan(look(group(CREATING), memory(read=read(0, waits)), listed=listed, now=at(2))).effect is None


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(cloud(ip="20.9.9.9"), id="another IP"),
        pytest.param(cloud(provisioning="Failed"), id="failed"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_list_that_differs_from_the_status_calls_for_a_read_at_once(listed: CloudGroup | None) -> None:
    news = Listed(at(30), in_list(listed) if listed else None)
    subject = group(RUNNING)
    assert plan(look(subject, memory(read=read(0, cloud())), listed=news, now=at(31))).effect == ReadGroup()
