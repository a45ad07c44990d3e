"""Bugs 22 to 27: what the status says."""

from dataclasses import replace
from typing import Any

from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import Verdict
from aci_operator.core.errors import Throttled
from aci_operator.core.group import refusals

from tests.planted.bug import Bug, Plant
from tests.simulation import test_rows_rollouts as rollouts
from tests.simulation import test_safety as safety
from tests.simulation import test_scopes as scopes

SERVICES = "aci_operator.engine.services:Services"


async def generation_first(original: Any, services: Any, key: Any) -> Any:
    """The generation is called observed when a pass begins, before anything was made of it."""
    cluster = services._around.cluster  # noqa: SLF001
    service = cluster.service(key)
    if service is not None and 0 <= service.status.observed_generation < service.metadata.generation:
        seen = {"observed_generation": service.metadata.generation}
        await cluster.write_status(service, service.status.model_copy(update=seen))
    return await original(services, key)


def still_ready(original: Any, outlook: Any) -> Any:
    before = {condition.type: condition.status for condition in outlook.seen.service.status.conditions}
    verdict = original(outlook)
    return Verdict.fine(Reason.READY, "as before") if before.get("Ready") == "True" else verdict


def old_ips(original: Any, o: Any, *arguments: Any) -> Any:
    right = original(o, *arguments)
    return right.model_copy(update={"ips": tuple(dict.fromkeys((*o.service.status.ips, *right.ips)))})


async def silent(original: Any, services: Any, key: Any, observed: Any) -> Any:
    """Nothing is said of a new service before its past is known."""
    first = observed.heritage is None and observed.service.status.observed_generation < 0
    return 5.0 if first else await original(services, key, observed)


def restless(original: Any, *arguments: Any, now: Any, **named: Any) -> Any:
    made = original(*arguments, now=now, **named)
    return made.model_copy(update={"last_transition_time": now.replace(microsecond=0)})


CALLING_A_PERSON = refusals._MANNERS | {  # noqa: SLF001
    Throttled: replace(refusals._MANNERS[Throttled], stalled_from=1)  # noqa: SLF001
}

PLANTS = (
    Plant(
        Bug(22, "observedGeneration set before the work", f"{SERVICES}.reconcile", generation_first, wraps=True),
        safety.test_a_rollout_has_one_more_at_most,
        expects="P10",
    ),
    Plant(
        Bug(23, "Ready kept over a new generation", "aci_operator.core.service.status:judge", still_ready, wraps=True),
        rollouts.test_ready_is_false_from_the_first_look_at_a_new_generation,
        expects='told["Ready"]',
    ),
    Plant(
        Bug(24, "IPs kept", "aci_operator.core.service.plan:status", old_ips, wraps=True),
        safety.test_a_scale_down_shows_no_ip_of_those_that_went,
        expects="P9",
    ),
    Plant(
        Bug(25, "Stalled for a 429", "aci_operator.core.group.refusals:_MANNERS", CALLING_A_PERSON),
        scopes.test_what_azure_throttles_calls_no_person,
        expects='told["Stalled"]',
    ),
    Plant(
        Bug(26, "no condition on the first visit", f"{SERVICES}._carry_out", silent, wraps=True),
        scopes.test_a_new_object_says_something_before_azure_answers,
        expects="Reconciling",
    ),
    Plant(
        Bug(27, "lastTransitionTime always moves", "aci_operator.core.conditions:condition", restless, wraps=True),
        safety.test_a_rollout_has_one_more_at_most,
        expects="P11",
    ),
)
