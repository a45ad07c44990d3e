"""Bugs planted from outside, each of which some world must show."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest.mock import patch

from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.conditions import Verdict
from aci_operator.core.group import deletion, life, watch
from aci_operator.core.group.observation import Observation as GroupLook
from aci_operator.core.group.status import status
from aci_operator.core.group.step import PutGroup, Step
from aci_operator.core.ownership import Owner
from aci_operator.core.service import scale
from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.observation import Observation as ServiceLook
from aci_operator.core.service.status import status as service_status

LIFE: Final = "aci_operator.core.group.life"
WATCH: Final = "aci_operator.core.group.watch"
DELETION: Final = "aci_operator.core.group.deletion"
PLAN_LIFE: Final = "aci_operator.core.group.plan.plan_life"
LOOK: Final = "aci_operator.core.group.observation.Observation"
SERVICE: Final = "aci_operator.core.service"


@dataclass(frozen=True)
class Bug:
    """A bug.

    Attributes:
        title: What is wrong.
        world: The name of a world that shows it.
        breaks: The property that it breaks.
        patches: What stands in the place of what.
    """

    title: str
    world: str
    breaks: str
    patches: dict[str, Any]


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Plant a bug for a while. A name that does not exist any more is an error."""
    with ExitStack() as stack:
        for target, instead in bug.patches.items():
            stack.enter_context(patch(target, instead))
        yield


_plan_deletion, _status, _status_of_group = deletion.plan_deletion, service_status, status
_plan_life = life.plan_life
_find_out = life._find_out  # noqa: SLF001 - what is replaced


def _at_once(o: GroupLook) -> Step:
    missing = o.trouble is None and o.memory.read is not None and o.memory.read.group is None
    return _send_again(o) if missing else _find_out(o)


def _send_again(o: GroupLook) -> Step:
    return Step(o.group.status.model_copy(update={"requested_at": o.now}), PutGroup())


def _let_go_when_answered(o: GroupLook) -> Step:
    return deletion._let_go(o) if o.memory.deleted_at is not None else _plan_deletion(o)  # noqa: SLF001


def _lost_at_once(o: GroupLook, *_: object) -> Step:
    return Step(_status_of_group(o, State.LOST, Verdict.underway(Reason.DISAPPEARED, "it is gone")))


def _believes_lists(o: GroupLook) -> Step:
    missing = o.listed is not None and o.listed.group is None
    return _lost_at_once(o) if missing else _watch(o)


_watch = watch.watch


def _without_surge(s: Situation) -> Change:
    return scale.change(replace(s, replicas=replace(s.replicas, holding=0)))


def _keeps_ips(o: ServiceLook, *arguments: Any) -> ServiceStatus:
    shown = _status(o, *arguments)
    before = o.service.status
    return shown.model_copy(update={"ips": before.ips, "ip_summary": before.ip_summary}) if before.ips else shown


def _always_another_serial(*arguments: Any) -> ServiceStatus:
    shown = _status(*arguments)
    return shown.model_copy(update={"serial": shown.serial + 1})


BUGS: Final = {
    "409": Bug(
        "a plan goes on although its status write got 409",
        "conflict",
        "P3",
        {"tests.exhaustive.draft.Draft.thrown_away": lambda *_: None},
    ),
    "put-again": Bug(
        "a PUT without an answer is sent again without a GET", "birth", "one PUT", {f"{LIFE}._find_out": _send_again}
    ),
    "requested": Bug(
        "requestedAt is not recorded before the PUT", "birth", "fence", {f"{LIFE}.requested": lambda before, _: before}
    ),
    "ghost": Bug("a 404 after a lost answer counts at once", "birth", "one PUT", {f"{LIFE}._find_out": _at_once}),
    "drawn": Bug(
        "what another process has sent is not asked for",
        "no Lease",
        "one PUT",
        {f"{LOOK}.unsent": property(lambda o: o.memory.unsent)},
    ),
    "accepted": Bug(
        "the finalizer goes when the DELETE is answered",
        "deletion",
        "P7",
        {"aci_operator.core.group.plan.plan_deletion": _let_go_when_answered},
    ),
    "first-404": Bug(
        "the finalizer goes on the first 404",
        "deletion",
        "P7",
        {f"{DELETION}._absent": lambda o, _: deletion._let_go(o)},  # noqa: SLF001
    ),
    "tags": Bug(
        "a group is deleted whatever its tags are", "foreign", "P5", {f"{DELETION}.owner": lambda *_: Owner.OURS}
    ),
    "surge": Bug("the surge is ignored", "to and fro", "P3", {f"{SERVICE}.plan.change": _without_surge}),
    "serial": Bug(
        "a serial is given twice",
        "rollout",
        "names",
        {f"{SERVICE}.observation.Observation.serial": property(lambda _: 0)},
    ),
    "lost": Bug("one 404 means that a group is lost", "birth", "P20", {f"{WATCH}._missing": _lost_at_once}),
    "list": Bug("a LIST without a group means that it is lost", "birth", "P20", {f"{LIFE}.watch": _believes_lists}),
    "ip": Bug(
        "the IP of a group that is gone is kept",
        "birth",
        "P9",
        {f"{SERVICE}.plan.status": _keeps_ips},
    ),
    "heal": Bug("a failed replica is never replaced", "birth", "P1", {f"{SERVICE}.triage._due": lambda *_: False}),
    "repeat": Bug(
        "a DELETE that was lost is never repeated",
        "deletion",
        "P1",
        {f"{DELETION}._just_written": lambda o: o.memory.wrote_at is not None},
    ),
    "serials": Bug("each plan writes the status", "birth", "P1", {f"{SERVICE}.plan.status": _always_another_serial}),
    "room": Bug(
        "a place that is short is asked all the same",
        "no room",
        "room",
        {PLAN_LIFE: lambda o: _plan_life(replace(o, shortage=None))},
    ),
    "budget": Bug(
        "a PUT does not wait for its turn",
        "budget",
        "budget",
        {PLAN_LIFE: lambda o: _plan_life(replace(o, turn=None))},
    ),
    "deadline": Bug(
        "a first rollout stops at its deadline", "late", "P1", {f"{SERVICE}.rollout.stops": lambda *_: True}
    ),
    "lag": Bug("who takes the Lease does not list first", "lagging", "P4", {}),
}
