"""Bugs 28 to 33: pauses, workers, and answers that say less than one may think."""

from collections.abc import Awaitable
from typing import Any

from aci_operator.api.reasons import Reason
from aci_operator.azure.pages import Page
from aci_operator.core.errors import AzureError, Forbidden, NotFound, Throttled, Unauthenticated
from aci_operator.engine.heritage import NOTHING

from tests.planted.bug import Bug, Plant
from tests.simulation import test_budgets as budgets
from tests.simulation import test_healing as healing
from tests.simulation import test_rows_storms as storms
from tests.simulation import test_safety as safety
from tests.simulation import test_scopes as scopes

MEMORIES, READS = "aci_operator.engine.memories", "aci_operator.engine.reads"


async def get_at_once(reads: Any, ref: Any) -> Any:
    return await _without_its_time(reads._azure.get(ref))  # noqa: SLF001


async def list_at_once(reads: Any, scope: Any) -> Any:
    return await _without_its_time(reads._azure.list(scope))  # noqa: SLF001


async def _without_its_time(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except Throttled as error:
        error.retry_after = None
        raise


def forgetful(original: Any, services: Any, key: Any, service: Any, past: Any) -> Any:
    """A process does not count what failed before its own start."""
    heals = service.status.heals
    if heals is not None:
        earlier = services.__dict__.setdefault("earlier", {}).setdefault(key, heals.failures)
        counted = heals.model_copy(update={"failures": max(heals.failures - earlier, 0)})
        service = service.model_copy(update={"status": service.status.model_copy(update={"heals": counted})})
    return original(services, key, service, past)


def first_time(original: Any, error: Any, _: object, *rest: Any) -> Any:
    return original(error, None, *rest)


def alone(original: Any, controller: Any, kind: str, reconcile: Any, telemetry: Any, workers: int, **more: Any) -> None:
    del workers
    original(controller, kind, reconcile, telemetry, workers=1, **more)


async def what_there_is(original: Any, *arguments: Any) -> Any:
    """A page that cannot be had ends the list."""
    try:
        return await original(*arguments)
    except AzureError:
        return Page(b"", [], None)


async def nothing_without_a_right(original: Any, heritage: Any, key: Any, service: Any) -> Any:
    past = await original(heritage, key, service)
    refused = past.obstacle is not None and past.obstacle.reason is Reason.UNAUTHENTICATED
    return NOTHING if refused else past


PLANTS = (
    Plant(
        Bug(28, "Retry-After of a GET ignored", f"{READS}:Reads.get", get_at_once),
        safety.test_throttled_reads_wait_as_long_as_azure_says,
        expects="P12",
    ),
    Plant(
        Bug(28, "Retry-After of a LIST ignored", f"{READS}:Reads.list", list_at_once),
        safety.test_throttled_reads_wait_as_long_as_azure_says,
        expects="P12",
    ),
    Plant(
        Bug(28, "Retry-After of a PUT ignored", "aci_operator.engine.budgets.budget:Budget.block", lambda *_: None),
        budgets.test_nothing_is_sent_before_the_time_that_azure_gives,
        {"told": "sent"},
        expects="P12",
    ),
    Plant(
        Bug(29, "a restart resets the back-off", "aci_operator.engine.services:Services._observe", forgetful, True),
        healing.test_a_start_that_fails_is_tried_later_and_later_also_after_a_restart,
        expects="later > 1.2 * sooner",
    ),
    Plant(
        Bug(29, "each event resets the back-off", f"{MEMORIES}:trouble", first_time, wraps=True),
        storms.test_deletes_that_azure_answers_with_500_are_told_and_become_fewer,
        expects='world.asked("delete")',
    ),
    Plant(
        Bug(30, "one worker for all", "aci_operator.engine.controller:Controller.__init__", alone, wraps=True),
        safety.test_a_put_without_an_answer_delays_nobody,
        expects="t-",
    ),
    Plant(
        Bug(31, "part of a list taken for all", "aci_operator.azure.pages:Lists._page", what_there_is, wraps=True),
        scopes.test_a_service_that_comes_back_makes_nothing_before_a_list_is_whole,
        {"broken": "second page"},
        expects="P3",
    ),
    Plant(
        Bug(32, "401 taken for no groups", "aci_operator.engine.heritage:Heritage.look", nothing_without_a_right, True),
        scopes.test_a_service_that_comes_back_makes_nothing_before_a_list_is_whole,
        {"broken": "401"},
        expects="P3",
    ),
    Plant(
        Bug(32, "401 taken for a 404", "aci_operator.engine.effects:NotFound", (NotFound, Unauthenticated)),
        safety.test_unauthorized_reads_end_nothing,
        expects="P20",
    ),
    Plant(
        Bug(33, "403 taken for a 404", "aci_operator.engine.effects:NotFound", (NotFound, Forbidden)),
        safety.test_forbidden_reads_end_nothing,
        expects="P20",
    ),
)
