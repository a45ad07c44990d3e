"""What each error of Azure means for a group: a word, a sentence, and a pause that grows."""

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.core import errors
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.errors import AzureError, Throttled
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.refusals import contradicted, trouble, unanswered, unmade

from tests.unit.core.builders import SUBSCRIPTION, T0, group

SPEC = group().spec

TABLE = [
    (errors.Throttled, Reason.THROTTLED, None, [30, 60, 120, 240, 480, 600, 600]),
    (errors.Capacity, Reason.NO_CAPACITY, None, [30, 60, 120, 240, 300, 300]),
    (errors.Quota, Reason.QUOTA_EXCEEDED, None, [60, 120, 240, 480, 600, 600]),
    (errors.Transitioning, Reason.TRANSITIONING, None, [10, 20, 40, 60, 60]),
    (errors.RegistryUnavailable, Reason.REGISTRY_UNAVAILABLE, None, [30, 60, 120, 240, 480, 600, 600]),
    (errors.Unavailable, Reason.AZURE_UNAVAILABLE, None, [2, 4, 8, 16, 32, 60, 60]),
    (errors.AnswerLost, Reason.ANSWER_LOST, None, [2, 4, 8, 16, 32, 60, 60]),
    (errors.Unauthenticated, Reason.UNAUTHENTICATED, 2, [5, 10, 20, 40, 60, 60]),
    (errors.Forbidden, Reason.FORBIDDEN, 1, [5, 10, 20, 40, 60, 60]),
    (errors.NotRegistered, Reason.NOT_REGISTERED, 1, [30, 60, 120, 240, 480, 600, 600]),
    (errors.SubscriptionNotFound, Reason.SUBSCRIPTION_NOT_FOUND, 1, [30, 60, 120, 240, 480, 600, 600]),
    (errors.ResourceGroupNotFound, Reason.RESOURCE_GROUP_NOT_FOUND, 1, [10, 20, 40, 80, 120, 120]),
    (errors.ImageInaccessible, Reason.IMAGE_INACCESSIBLE, 1, [60, 120, 240, 480, 960, 1920, 3600, 3600]),
    (errors.Invalid, Reason.INVALID, 1, [60, 120, 240, 480, 960, 1920, 3600, 3600]),
]


def pause(of: Trouble) -> float:
    return (of.until - T0).total_seconds()


@pytest.mark.parametrize(("kind", "reason", "stalled_from", "pauses"), TABLE, ids=[kind.__name__ for kind, *_ in TABLE])
def test_the_pause_doubles_up_to_a_bound_and_a_person_is_called_once_time_will_not_mend_it(
    kind: type[AzureError], reason: Reason, stalled_from: int | None, pauses: list[float]
) -> None:
    seen, found = [], None
    for attempt in range(1, len(pauses) + 1):
        found = trouble(kind("Code", "its own words"), found, SPEC, T0)
        seen.append(pause(found))
        assert (found.reason, found.stalled) == (reason, stalled_from is not None and attempt >= stalled_from)
    assert seen == pauses


@pytest.mark.parametrize(
    ("reason", "stalled"), [(Reason.UNAUTHENTICATED, True), (Reason.FORBIDDEN, False)], ids=["for this", "for another"]
)
def test_a_person_whom_a_process_before_has_called_for_it_stays_called(reason: Reason, stalled: bool) -> None:
    told = judged((), Verdict.stuck(reason, "its own words"), 1, T0)
    assert trouble(errors.Unauthenticated(), None, SPEC, T0, told).stalled is stalled


@pytest.mark.parametrize("kind", AzureError.__subclasses__(), ids=lambda it: it.__name__)
def test_every_kind_of_error_is_understood(kind: type[AzureError]) -> None:
    assert trouble(kind("Code", "its own words"), None, SPEC, T0).until > T0


def test_another_kind_of_error_begins_with_the_first_pause() -> None:
    before = trouble(errors.Forbidden(), trouble(errors.Forbidden(), None, SPEC, T0), SPEC, T0)
    assert trouble(errors.Unavailable(), before, SPEC, T0).attempts == 1


def test_the_time_that_azure_gives_is_obeyed_to_the_second() -> None:
    before = trouble(Throttled(retry_after=7), None, SPEC, T0)
    assert pause(trouble(Throttled(retry_after=11), before, SPEC, T0)) == 11


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_time_of_nothing_does_not_make_it_spin(seconds: float) -> None:
    assert pause(trouble(Throttled(retry_after=seconds), None, SPEC, T0)) == 1


def test_years_of_failure_do_not_overflow() -> None:
    before = Trouble(Reason.FORBIDDEN, "", T0, attempts=10**6)
    assert pause(trouble(errors.Forbidden(), before, SPEC, T0)) == 60


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            errors.ResourceGroupNotFound(),
            ["ai-services", f"{SUBSCRIPTION}; create it, or set spec.resourceGroupPolicy to CreateIfMissing"],
        ),
        (errors.SubscriptionNotFound("SubscriptionNotFound", "who?"), [SUBSCRIPTION, "spec.subscriptionId", "who?"]),
        (errors.Unauthenticated("", "expired"), ["credential", "expired"]),
        (errors.Forbidden("AuthorizationFailed", "x/write is not allowed"), ["lacks a right", "x/write"]),
        (
            errors.NotRegistered(),
            ["register the subscription: az provider register --namespace Microsoft.ContainerInstance"],
        ),
        (errors.Capacity("ServiceUnavailable", "none left"), ["westeurope, zone 2: ", "no capacity", "none left"]),
        (errors.Unavailable("InternalServerError", "oops"), ["Azure cannot do it now and is asked again", "oops"]),
        (errors.Invalid("", "spec.template.containers[0].args: needs a command"), ["containers[0].args", "correct"]),
        (errors.ImageInaccessible("InaccessibleImage", "no such image"), ["no such image", "spec.template"]),
        (errors.Quota("ContainerGroupQuotaReached", "100 of 100"), ["100 of 100", "westeurope", "quota"]),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, AzureError) else "",
)
def test_the_sentence_says_what_to_do(error: AzureError, words: list[str]) -> None:
    said = trouble(error, None, group(zone="2").spec, T0).message
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("error", "missing", "nothing"),
    [
        (errors.ResourceGroupNotFound(), True, True),
        (errors.SubscriptionNotFound(), False, True),
        (errors.Forbidden(), False, False),
        (errors.AnswerLost(), False, False),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, AzureError) else str(it),
)
def test_only_a_missing_place_proves_that_nothing_is_there(error: AzureError, missing: bool, nothing: bool) -> None:
    found = trouble(error, None, SPEC, T0)
    assert (found.resource_group_missing, found.denials > 0) == (missing, nothing)


@pytest.mark.parametrize(("attempts", "pause"), [(1, 0), (2, 20), (3, 40)])
def test_where_azure_contradicts_itself_it_is_sent_again_at_once_and_then_ever_later(
    attempts: int, pause: float
) -> None:
    last = None
    for _ in range(attempts):
        last = trouble(errors.ResourceGroupNotFound(), last, SPEC, T0)
    assert last is not None
    found = contradicted(last, SPEC, T0)
    assert found is not None
    assert (found.until - T0).total_seconds() == pause
    assert (found.reason, found.attempts) == (Reason.RESOURCE_GROUP_NOT_FOUND, attempts)
    assert [found.resource_group_missing, found.denials, found.stalled] == [False, 0, False]


def test_only_answers_in_a_row_that_there_is_no_place_for_it_count_together() -> None:
    """Whether the resource group can be made says nothing of that."""
    counted, last = [], None
    answers = [errors.ResourceGroupNotFound(), errors.SubscriptionNotFound(), errors.Unavailable("Code", "busy")]
    for error in (*answers, errors.ResourceGroupNotFound()):
        last = trouble(error, last, SPEC, T0)
        counted.append(last.denials)
        for missing in (True, False):
            last = unmade(errors.Forbidden("Code", "no right"), last, SPEC, T0, (), missing=missing)
        counted.append(last.denials)
    found = contradicted(trouble(errors.ResourceGroupNotFound(), last, SPEC, T0), SPEC, T0)
    again = trouble(errors.ResourceGroupNotFound(), found, SPEC, T0)
    assert (*counted, again.denials) == (1, 1, 2, 2, 0, 0, 1, 1, 1)


def test_what_kept_a_resource_group_from_being_made_is_over_when_it_exists() -> None:
    failed = unmade(errors.Forbidden("Code", "no right"), None, SPEC, T0, (), missing=True)
    assert contradicted(failed, SPEC, T0) is None


@pytest.mark.parametrize("missing", [True, False])
def test_a_resource_group_that_is_not_known_to_be_missing_keeps_nobody_from_the_container_group(missing: bool) -> None:
    failed = unmade(errors.Unavailable("Code", "busy"), None, SPEC, T0, (), missing=missing)
    assert failed.unmade == 1
    assert (failed.resource_group_missing, failed.write, failed.of_making) == (missing, missing, True)


def test_tries_to_make_a_resource_group_become_fewer_whatever_each_is_answered() -> None:
    pauses, last = [], None
    for _ in range(4):
        last = trouble(errors.ResourceGroupNotFound(), last, SPEC, T0)
        last = unmade(errors.Forbidden("Code", "no right"), last, SPEC, T0, (), missing=False)
        pauses.append(pause(last))
    assert pauses == [5, 10, 20, 40]


def test_of_what_a_try_to_make_a_resource_group_was_answered_only_the_same_counts_before_a_person_is_called() -> None:
    last = None
    for _ in range(3):
        last = unmade(errors.Unavailable("Code", "busy"), last, SPEC, T0, (), missing=True)
    first = unmade(errors.Unauthenticated("Code", "expired"), last, SPEC, T0, (), missing=True)
    second = unmade(errors.Unauthenticated("Code", "expired"), first, SPEC, T0, (), missing=True)
    assert [first.stalled, second.stalled] == [False, True]
    after = trouble(errors.Unauthenticated("Code", "expired"), last, SPEC, T0)
    assert (after.attempts, after.unmade, after.stalled) == (1, 0, False)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.Invalid("Code", "a tag"), 120),
        (errors.Throttled("Code", "wait"), 120),
        (errors.Throttled("Code", "wait", retry_after=300), 300),
    ],
    ids=["refused", "busy", "asked to wait"],
)
def test_a_resource_group_that_was_refused_is_looked_for_at_least_every_two_minutes(
    error: AzureError, seconds: int
) -> None:
    last = unmade(error, None, SPEC, T0, (), missing=True)
    for _ in range(8):
        last = unmade(error, last, SPEC, T0, (), missing=True)
    assert pause(last) == seconds


def test_a_put_without_a_usable_answer_is_sent_again_after_its_ghost_window_and_then_ever_later() -> None:
    """Each takes a turn of the budget from others."""
    pauses, last = [], None
    for _ in range(8):
        last = unanswered(errors.AnswerLost("Code", "its own words"), last, SPEC, T0)
        pauses.append(pause(last))
    assert pauses == [0, 60, 120, 240, 480, 960, 1920, 3600]
    assert last is not None
    assert (last.reason, "its own words" in last.message) == (Reason.ANSWER_LOST, True)
