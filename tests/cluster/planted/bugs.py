"""Mistakes that an operator like this can have. Each is put into the running product from outside."""

import dataclasses
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from aci_operator.azure.arm import Arm
from aci_operator.core import conditions
from aci_operator.core.errors import AnswerLost, Conflict, Throttled
from aci_operator.core.group import deletion, watch
from aci_operator.core.ownership import Owner
from aci_operator.core.service import plan
from aci_operator.core.service import status as service_status
from aci_operator.core.service.strategy import Bounds
from aci_operator.engine import objects
from aci_operator.engine.collector import Collector
from aci_operator.engine.memories import Memories
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.lease import Elector


def change(place: object, name: str, make: Callable[[Any], Any]) -> None:
    """Replace something that is there."""
    setattr(place, name, make(getattr(place, name)))


def put_again_when_the_answer_is_lost() -> None:
    def make(put: Any) -> Any:
        async def twice(self: Arm, *arguments: Any) -> Any:
            try:
                return await put(self, *arguments)
            except AnswerLost:
                return await put(self, *arguments)

        return twice

    change(Arm, "put", make)


def let_the_object_go_before_the_group() -> None:
    let_go = deletion._let_go  # noqa: SLF001
    change(deletion, "_end", lambda _: lambda o, _found: let_go(o))


def look_at_no_tag_but_the_cluster() -> None:
    def owner(tags: Any, _group: Any, cluster_id: str) -> Owner:
        return Owner.OURS if tags.get("acioperator.dev_cluster") == cluster_id else Owner.FOREIGN

    for module in (watch, deletion):
        change(module, "owner", lambda _: owner)


def forget_after_a_restart_what_was_sent() -> None:
    def make(recall: Any) -> Any:
        def wrongly(self: Memories, group: Any) -> Any:
            known = group.metadata.uid in self._memories
            memory = recall(self, group)
            if not known and group.status.accepted_at is None:
                asked_at = group.status.requested_at
                memory = dataclasses.replace(memory, unsent=True, drawn=True, asked_at=asked_at)
                self.remember(group, memory)
            return memory

        return wrongly

    change(Memories, "recall", make)


def make_new_ones_beside_the_old() -> None:
    change(plan, "found", lambda _: lambda births, _heritage: [None for _ in births])


def collect_in_the_first_round() -> None:
    class Since(dict[Any, Any]):
        def get(self, _key: Any, _default: Any = None) -> datetime:
            return datetime.min.replace(tzinfo=UTC)

    def make(collect: Any) -> Any:
        async def at_once(self: Collector, *arguments: Any, **named: Any) -> Any:
            self._seen = Since()
            return await collect(self, *arguments, **named)

        return at_once

    change(Collector, "round", make)


def surge_without_measure() -> None:
    change(Bounds, "of", lambda of: lambda *arguments: dataclasses.replace(of(*arguments), surge=5))


def change_the_times_of_conditions_always() -> None:
    def make(condition: Any) -> Any:
        def restless(*arguments: Any, now: datetime, **named: Any) -> Any:
            made = condition(*arguments, now=now, **named)
            return made.model_copy(update={"last_transition_time": now.replace(microsecond=0)})

        return restless

    change(conditions, "condition", make)
    change(service_status, "condition", make)


def give_names_again() -> None:
    numbers = itertools.count()
    change(objects, "group_name", lambda _: lambda service, _serial, _token: f"{service}-{next(numbers) % 10}-aaaaaaaa")


def do_not_wait_as_long_as_azure_says() -> None:
    def make(put: Any) -> Any:
        async def hastily(self: Arm, *arguments: Any) -> Any:
            try:
                return await put(self, *arguments)
            except Throttled as error:
                error.retry_after = 0.1
                raise

        return hastily

    change(Arm, "put", make)


def lead_for_ever_and_never_mind_conflicts() -> None:
    async def pretend(_: Elector) -> bool:
        return True

    def make(write_status: Any) -> Any:
        async def heedless(self: KubeCluster, subject: Any, status: Any) -> Any:
            try:
                return await write_status(self, subject, status)
            except Conflict:
                return subject

        return heedless

    change(Elector, "_take_if_free", lambda _: pretend)
    change(Elector, "_write_ours", lambda _: pretend)
    change(Elector, "leading", lambda _: property(lambda _: True))
    change(Elector, "held", lambda _: lambda _: True)
    change(KubeCluster, "write_status", make)


BUGS: Final[dict[str, Callable[[], None]]] = {
    bug.__name__: bug
    for bug in (
        put_again_when_the_answer_is_lost,
        let_the_object_go_before_the_group,
        look_at_no_tag_but_the_cluster,
        forget_after_a_restart_what_was_sent,
        make_new_ones_beside_the_old,
        collect_in_the_first_round,
        surge_without_measure,
        change_the_times_of_conditions_always,
        give_names_again,
        do_not_wait_as_long_as_azure_says,
        lead_for_ever_and_never_mind_conflicts,
    )
}
