"""What the policies of a rollout look at in one moment of a service: what may serve, what goes, and what counts."""

from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.service.strategy import Bounds

from tests.unit.core.builders import changed, failed, replica
from tests.unit.core.situations import V1, V2, situation

AILING = failed(1, lived=900, why=Reason.CRASH_LOOPING)
STOPPED = failed(2, lived=900, why=Reason.STOPPED)
NEVER_UP = failed(3)
WAITING = replica(4, state=State.PENDING)


@pytest.mark.parametrize(
    ("group", "serves"),
    [
        pytest.param(replica(5), True, id="available"),
        pytest.param(replica(5, ready=False, proven=True), True, id="falters"),
        pytest.param(replica(5, ready=False), False, id="never ready"),
        pytest.param(AILING, True, id="ails"),
        pytest.param(STOPPED, False, id="stopped"),
        pytest.param(NEVER_UP, False, id="never up"),
        pytest.param(WAITING, False, id="not sent"),
    ],
)
def test_what_may_serve(group: ContainerGroup, serves: bool) -> None:
    assert situation([group]).may_serve(group) is serves


def test_what_the_limit_on_heals_keeps_may_serve() -> None:
    assert situation([STOPPED], limited=(STOPPED,)).may_serve(STOPPED)


def test_what_drifted_is_outdated_and_not_older() -> None:
    drifted, old, elsewhere = changed(1, "v2"), replica(2), replica(3, "v2")
    names: dict[str, Any] = {
        "changed": frozenset({drifted.metadata.name}),
        "elsewhere": frozenset({elsewhere.metadata.name}),
    }
    seen = situation([drifted, old, elsewhere, replica(4, "v2")], **names)
    assert seen.older == (old, elsewhere)
    assert [group.metadata.name for group in seen.updated] == [replica(4).metadata.name]


@pytest.mark.parametrize(
    ("wanted", "births", "held", "goes"),
    [
        pytest.param(3, 0, False, [], id="none is too many"),
        pytest.param(3, 1, False, ["ailing"], id="the one that ails first"),
        pytest.param(3, 2, False, ["ailing", "drifted"], id="then what drifted"),
        pytest.param(3, 2, True, ["ailing"], id="what drifted stays while it is held"),
        pytest.param(3, 3, False, ["ailing", "drifted"], id="what is of an older revision stays in the count"),
    ],
)
def test_who_leaves_when_so_many_births_serve(wanted: int, births: int, held: bool, goes: list[str]) -> None:
    drifted, old = changed(5, "v2"), replica(4)
    who = {AILING.metadata.name: "ailing", drifted.metadata.name: "drifted", old.metadata.name: "old"}
    names = frozenset({drifted.metadata.name})
    seen = situation([drifted, old], wanted=wanted, ailing=(AILING,), changed=names, held=held)
    assert sorted(who[name] for name in seen.leaving([AILING, drifted, old], births)) == goes


def test_who_is_not_there_until_then_does_not_leave() -> None:
    assert situation(wanted=0, ailing=(AILING,)).leaving([replica(5)], 1) == frozenset()


@pytest.mark.parametrize(("update", "same"), [(V1, True), (V2, False)])
def test_what_is_wanted_is_what_served_before(update: Any, same: bool) -> None:
    assert situation(update=update).same_revision is same


def test_as_many_must_serve_as_are_wanted_but_those_that_may_be_missing() -> None:
    assert situation(wanted=5, bounds=Bounds(surge=0, unavailable=2, canary=1)).least == 3
