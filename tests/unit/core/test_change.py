"""What the policies of a rollout look at in one moment of a service: what may serve, what goes, and why."""

from collections.abc import Sequence
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.service.change import Situation
from aci_operator.core.service.replicas import Replicas
from aci_operator.core.service.revisions import Revisions
from aci_operator.core.service.strategy import Bounds

from tests.unit.core.builders import changed, failed, replica, revision

V1, V2 = revision("v1"), revision("v2", 2)
AILING = failed(1, lived=900, why=Reason.CRASH_LOOPING)
STOPPED = failed(2, lived=900, why=Reason.STOPPED)
NEVER_UP = failed(3)
WAITING = replica(4, state=State.PENDING)


def situation(live: Sequence[ContainerGroup] = (), *, wanted: int = 3, update: Any = V2, **more: Any) -> Situation:
    sets: dict[str, Any] = {"dead": (), "ailing": (), "limited": (), "departing": (), "holding": len(live)}
    sets |= {name: more.pop(name) for name in (*sets, "elsewhere", "changed") if name in more}
    revisions = Revisions(update=update, current=V1, previous=None, stored=True, spare=())
    return Situation(
        wanted=wanted,
        replicas=Replicas(live=tuple(live), **sets),
        revisions=revisions,
        bounds=more.pop("bounds", Bounds(surge=1, unavailable=0, canary=1)),
        **more,
    )


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


@pytest.mark.parametrize(
    ("dead", "growing", "why"),
    [
        pytest.param((), True, Reason.SCALING, id="more are wanted"),
        pytest.param((WAITING,), True, Reason.SCALING, id="more are wanted and one has no room"),
        pytest.param((), False, Reason.HEALING, id="one is missing"),
        pytest.param((NEVER_UP,), False, Reason.HEALING, id="one failed"),
        pytest.param((WAITING,), False, Reason.PLACEMENT, id="one has no room"),
        pytest.param((WAITING, NEVER_UP), False, Reason.HEALING, id="one has no room and one failed"),
    ],
)
def test_why_one_that_is_missing_is_made(dead: tuple[ContainerGroup, ...], growing: bool, why: Reason) -> None:
    assert situation(dead=dead, growing=growing).why is why


@pytest.mark.parametrize(("group", "why"), [(WAITING, Reason.PLACEMENT), (NEVER_UP, Reason.HEALING)])
def test_why_what_is_of_no_use_is_replaced(group: ContainerGroup, why: Reason) -> None:
    assert Situation.why_buried(group) is why


def test_why_what_is_outdated_is_replaced() -> None:
    drifted, old, elsewhere = changed(1, "v2"), replica(2), replica(3, "v2")
    names: dict[str, Any] = {
        "changed": frozenset({drifted.metadata.name}),
        "elsewhere": frozenset({elsewhere.metadata.name}),
    }
    seen = situation([drifted, old, elsewhere, replica(4, "v2")], **names)
    assert [seen.why_replaced(group) for group in seen.outdated] == [
        Reason.DRIFTED,
        Reason.ROLLING_OUT,
        Reason.ROLLING_OUT,
    ]
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
