"""What was done for a service: one Event for all that was done alike."""

import pytest
from aci_operator.api.reasons import Act, Reason
from aci_operator.core.service.deeds import Done, listed, summaries
from aci_operator.core.story import Entry, Tell


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (1, "a"), (5, "a, b, c, d, e"), (6, "a, b, c, d, e and 1 more"), (7, "a, b, c, d, e and 2 more")],
)
def test_at_most_five_are_named(count: int, text: str) -> None:
    assert listed(list("abcdefg")[:count]) == text


def test_what_was_done_is_one_event_for_each_kind_and_cause() -> None:
    made = [Done(Act.CREATE, Reason.SCALING, "Scaling", f"llm-{number}") for number in range(1, 8)]
    ended = [
        Done(Act.DELETE, Reason.HEALING, "Healing: Stopped", "llm-0"),
        Done(Act.DELETE, Reason.HEALING, "Healing: StartFailed", "llm-9"),
    ]
    stored = Done(Act.STORE_REVISION, Reason.REQUESTED, "Requested", "llm-abc")
    assert list(summaries([made[0], *ended, *made[1:], stored])) == [
        Tell(
            Reason.CREATED_GROUP,
            "creating 7 (Scaling): llm-1, llm-2, llm-3, llm-4, llm-5 and 2 more",
            entry=Entry(Act.CREATE, Reason.SCALING, 7),
        ),
        Tell(
            Reason.DELETED_GROUP,
            "deleting 1 (Healing: Stopped): llm-0",
            entry=Entry(Act.DELETE, Reason.HEALING, 1),
        ),
        Tell(
            Reason.DELETED_GROUP,
            "deleting 1 (Healing: StartFailed): llm-9",
            entry=Entry(Act.DELETE, Reason.HEALING, 1),
        ),
        Tell(
            Reason.CREATED_REVISION,
            "storing revision (Requested): llm-abc",
            entry=Entry(Act.STORE_REVISION, Reason.REQUESTED, 1),
        ),
    ]
