"""Bugs 7 to 13: how container groups come to be."""

import asyncio
from dataclasses import replace
from typing import Any

from aci_operator.api.reasons import Reason
from aci_operator.core.errors import AnswerLost
from aci_operator.core.service.actions import CreateGroup
from aci_operator.kube.api import GROUPS
from azure.core.pipeline.policies import AsyncRetryPolicy

from tests.model.faults import Mode
from tests.planted.bug import Bug, Plant
from tests.simulation import test_rows_counts as counts
from tests.simulation import test_rows_kills as kills
from tests.simulation import test_safety as safety

LIFE = "aci_operator.core.group.life"


async def under_a_random_name(original: Any, arm: Any, ref: Any, body: Any) -> Any:
    moment = asyncio.get_running_loop().time()
    return await original(arm, replace(ref, name=f"{ref.name}-{int(moment * 1000):x}"), body)


async def twice(original: Any, arm: Any, ref: Any, body: Any) -> Any:
    try:
        return await original(arm, ref, body)
    except AnswerLost:
        return await original(arm, ref, body)


def retrying(original: Any, *arguments: Any, **options: Any) -> Any:
    policies = original(*arguments, **options)
    return [*policies[:4], AsyncRetryPolicy(), *policies[4:]]


def counted_by_the_status(original: Any, o: Any) -> Any:
    """What is missing is what the last status says, not what is there."""
    decided = original(o)
    missing = max(o.service.spec.replicas - o.service.status.replicas, 0)
    births = [a for a in decided.actions if isinstance(a, CreateGroup) and a.why in {Reason.SCALING, Reason.HEALING}]
    cut = births[missing:]
    if not cut:
        return decided
    before = o.service.status
    same = decided.status.model_copy(update={"serial": before.serial, "replicas": before.replicas})
    return replace(decided, status=same, actions=tuple(a for a in decided.actions if a not in cut))


def known_from_the_watch_alone(original: Any, reader: Any, resource: Any, event: str, manifest: Any) -> None:
    """The operator's own creates count only when the watch tells of them."""
    if resource is not GROUPS or manifest.get("status", {}).get("conditions"):
        original(reader, resource, event, manifest)


def wide(original: Any, *arguments: Any) -> Any:
    return replace(original(*arguments), surge=5)


def forever(service: str, *_: object) -> str:
    return f"{service}-1-same"


PLANTS = (
    Plant(
        Bug(7, "another name for each try", "aci_operator.azure.arm:Arm.put", under_a_random_name, wraps=True),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="fence",
    ),
    Plant(
        Bug(8, "PUT repeated when its answer is lost", "aci_operator.azure.arm:Arm.put", twice, wraps=True),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="one PUT",
    ),
    Plant(
        Bug(9, "retries of the SDK left on", "aci_operator.azure.clients:Clients._policies", retrying, wraps=True),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="one PUT",
    ),
    Plant(
        Bug(
            10, "replicas counted by the last status", "aci_operator.engine.services:plan", counted_by_the_status, True
        ),
        kills.test_killed_while_it_writes_to_the_cluster,
        {"verb": "create", "resource": GROUPS, "skip": 1, "mode": Mode.HOLD_BEFORE, "lost": True},
        expects="container groups",
    ),
    Plant(
        Bug(
            10,
            "own creates counted when the watch tells",
            "aci_operator.kube.reader:Reader.take_in",
            known_from_the_watch_alone,
            wraps=True,
        ),
        counts.test_scaling_has_the_right_count_and_peak_each_time_and_no_name_twice,
        expects="P3",
    ),
    Plant(
        Bug(11, "PUT before requestedAt is recorded", f"{LIFE}:requested", lambda before, _: before),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="fence",
    ),
    Plant(
        Bug(12, "one name for ever", "aci_operator.engine.objects:group_name", forever),
        counts.test_a_name_is_never_given_again,
        expects="names: ",
    ),
    Plant(
        Bug(13, "surge ignored", "aci_operator.core.service.rollout:Bounds.of", wide, wraps=True),
        safety.test_a_rollout_has_one_more_at_most,
        expects="P3",
    ),
)
