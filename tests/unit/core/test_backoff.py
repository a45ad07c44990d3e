"""When a failed replica is replaced: each row is one and what is remembered, and the pause."""

from datetime import timedelta

import pytest
from aci_operator.api.service import Heals
from aci_operator.core.service import backoff

from tests.unit.core.builders import at, condition_message, failed, replica
from tests.unit.core.plans import gone, heal, remembered


@pytest.mark.parametrize(
    ("times", "seconds"), [(0, 10), (1, 20), (2, 40), (8, 2560), (9, 3600), (50, 3600), (10_000, 3600)]
)
def test_the_pause_doubles_up_to_an_hour(times: int, seconds: int) -> None:
    assert backoff.pause(times) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("lived", "known", "pause"),
    [
        pytest.param(None, None, 10, id="never available"),
        pytest.param(None, remembered(failures=3), 80, id="never available, again"),
        pytest.param(None, remembered(relapses=3), 10, id="never available, after relapses"),
        pytest.param(599, None, 0, id="a first relapse"),
        pytest.param(599, remembered(relapses=1), 10, id="a second relapse"),
        pytest.param(599, remembered(relapses=4), 80, id="a fifth relapse"),
        pytest.param(600, remembered(failures=9, relapses=9), 0, id="it had served for long"),
    ],
)
def test_when_a_failed_replica_is_replaced(lived: float | None, known: Heals | None, pause: int) -> None:
    assert backoff.due(failed(1, lived=lived), known) == at(pause)


def test_one_that_has_not_failed_is_never_due() -> None:
    assert backoff.due(replica(1), remembered(failures=3)) is None


def test_the_status_keeps_it_and_says_when_the_next_try_is() -> None:
    decided = heal([replica(1), replica(2), failed(3)], known=remembered(failures=5, failedAt=at(-1)), now=60)
    assert (gone(decided), decided.after) == ([], 260)
    assert decided.status.heals is not None
    assert decided.status.heals.failures == 5
    assert "the next try is at 12:05:20 UTC" in condition_message(decided.status)
